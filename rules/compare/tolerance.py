"""An old contract as it looks to a reader who ignores the properties that it does not declare.

Every `additionalProperties: false` and `unevaluatedProperties: false` is taken out; in its stead the names that only
the neighbouring schemas of the same place declare stay refused, so that a `oneOf` still tells its alternatives apart.
Inside `not`, `if` and `oneOf` taking them out can only make the contract refuse more, which errs towards MAJOR.
"""

from __future__ import annotations

from collections.abc import Iterator

from rules import pointer
from rules.compare.places import LISTS, MAPS, ONE, STORES, Place, Source, children
from rules.compare.views import IN_PLACE
from rules.jsontext import JsonValue

MAX_VISITS = 200_000
"""Schemas looked at to learn which apply to the same place; beyond, alternatives are not kept apart."""
NOTHING: dict[str, JsonValue] = {"not": {}}
"""The schema that accepts nothing, in every draft."""


def tolerant(schema: JsonValue) -> JsonValue:
    """Return the schema as a reader sees it who ignores undeclared properties; every other word is kept."""
    return _tolerant(schema, "", _declared_beside(Source(schema)))


def _declared_beside(source: Source) -> dict[str, set[str]]:
    """Map the pointer of each schema to the names that all schemas of the same place declare together."""
    beside: dict[str, set[str]] = {}
    visits = 0
    for start in _places(source):
        together = list(_together(source, start, MAX_VISITS - visits))
        visits += len(together)
        names = {name for place in together for name in _names(place)}
        for place in together:
            beside.setdefault(place.pointer, set()).update(names)
    return beside


def _places(source: Source) -> Iterator[Place]:
    """Yield every schema that begins a place: the root, and what is reached by other than in-place keywords."""
    stack = [(source.root, True)]
    while stack:
        place, begins = stack.pop()
        if begins:
            yield place
        stack.extend((child, word not in IN_PLACE) for word, child in children(place))


def _together(source: Source, start: Place, limit: int) -> Iterator[Place]:
    seen: set[str] = set()
    stack = [start]
    while stack and len(seen) < limit:
        place = stack.pop()
        if place.pointer in seen:
            continue
        seen.add(place.pointer)
        yield place
        stack.extend(child for word, child in children(place) if word in IN_PLACE)
        reference = place.value.get("$ref") if isinstance(place.value, dict) else None
        target = source.resolve(reference, place.pointer) if isinstance(reference, str) else None
        stack.extend([target] if target else [])


def _names(place: Place) -> set[str]:
    named = place.value.get("properties") if isinstance(place.value, dict) else None
    return set(named) if isinstance(named, dict) else set()


def _tolerant(schema: JsonValue, at: str, beside: dict[str, set[str]]) -> JsonValue:
    if not isinstance(schema, dict):
        return schema
    result = {
        word: _value(word, value, pointer.join(at, word), beside)
        for word, value in schema.items()
        if not _refuses_others(word, value)
    }
    own = schema.get("properties") if isinstance(schema.get("properties"), dict) else {}
    others = beside.get(at, set()) - set(own or {})
    if len(result) < len(schema) and others:
        result["properties"] = {**result.get("properties", {}), **dict.fromkeys(sorted(others), NOTHING)}
    return result


def _refuses_others(word: str, value: JsonValue) -> bool:
    return word in ("additionalProperties", "unevaluatedProperties") and (value is False or value == NOTHING)


def _value(word: str, value: JsonValue, at: str, beside: dict[str, set[str]]) -> JsonValue:
    if word in LISTS and isinstance(value, list):
        return [_tolerant(inner, pointer.join(at, i), beside) for i, inner in enumerate(value)]
    if word in MAPS | STORES and isinstance(value, dict):
        return {name: _tolerant(inner, pointer.join(at, name), beside) for name, inner in value.items()}
    return _tolerant(value, at, beside) if word in ONE else value
