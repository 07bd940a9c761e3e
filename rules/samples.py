"""Sample documents of a schema: the same for the same schema, each confirmed by the validator before it is shown.

What the schema gives (const, enum, default, examples) is taken first; the rest is made by type, bounded in size. What
does not come out valid is not shown; then the engine's own smallest document stands in, and if there is none, nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

from rules.compare import decide
from rules.jsontext import JsonValue, canonical
from rules.pointer import get
from rules.validator import UncheckableError, errors

MOST_VALUES, DEEPEST = 2_000, 12
BUDGET = 20_000
"""Steps of the engine for the smallest document."""

_TEXTS: dict[str, str] = {
    "date": "2027-01-20", "date-time": "2027-01-20T10:00:00Z", "time": "10:00:00Z", "email": "ada@example.com",
    "uuid": "7d444840-9dc0-11d1-b245-5ffdce74fad2", "uri": "https://example.com/1", "hostname": "example.com",
    "ipv4": "192.0.2.1", "ipv6": "2001:db8::1", "duration": "P1D", "uri-reference": "/1", "json-pointer": "/a",
}  # fmt: skip


def samples(schema: JsonValue) -> tuple[JsonValue, ...]:
    """Make up to three valid documents: with every declared field, with the required ones alone, the first example."""
    found: dict[str, JsonValue] = {}
    for one in _candidates(schema):
        if valid(schema, one):
            found.setdefault(canonical(one), one)
    if not found:
        smallest = decide(schema, False, budget=BUDGET)
        if smallest.status == "not_included" and valid(schema, smallest.witness):
            return (smallest.witness,)
    return tuple(islice(found.values(), 3))


def valid(schema: JsonValue, value: JsonValue) -> bool:
    """Say whether a document is valid; what cannot be checked is not."""
    try:
        return next(errors(schema, value), None) is None
    except UncheckableError:
        return False


def _candidates(schema: JsonValue) -> Iterator[JsonValue]:
    yield _Maker(schema, whole=True).value(schema)
    yield _Maker(schema, whole=False).value(schema)
    examples = schema.get("examples") if isinstance(schema, dict) else None
    if isinstance(examples, list):
        yield from examples[:1]


class _Maker:
    """Makes one document; with `whole` of every declared field, else of the required ones."""

    def __init__(self, root: JsonValue, *, whole: bool) -> None:
        self._root = root
        self._whole = whole
        self._left = MOST_VALUES

    def value(self, schema: JsonValue, depth: int = 0) -> JsonValue:
        self._left -= 1
        if not isinstance(schema, dict) or depth > DEEPEST or self._left < 0:
            return None
        schema = self._resolved(schema)
        for key in ("const", "default"):
            if key in schema:
                return schema[key]
        for key in ("enum", "examples"):
            listed = schema.get(key)
            if isinstance(listed, list) and listed and (depth or key == "enum"):
                return listed[0]
        made = _MAKERS.get(_type(schema), _Maker.nothing)
        return made(self, schema, depth)

    def _resolved(self, schema: dict[str, Any]) -> dict[str, Any]:
        """Lay what applies at the same place over the schema: references, all of allOf, the first alternative."""
        merged = dict(schema)
        parts: list[JsonValue] = []
        for _ in range(DEEPEST):
            reference = merged.pop("$ref", None)
            parts += merged.pop("allOf", None) or []
            for key in ("anyOf", "oneOf"):
                parts += (merged.pop(key, None) or [])[:1]
            if isinstance(reference, str):
                parts.append(self._target(reference))
            if not parts:
                break
            merged = _laid(merged, parts.pop(0))
        return merged

    def _target(self, reference: str) -> JsonValue:
        try:
            return get(self._root, reference.removeprefix("#")) if reference.startswith("#") else None
        except (KeyError, ValueError):
            return None

    def object_(self, schema: dict[str, Any], depth: int) -> JsonValue:
        declared = schema.get("properties")
        declared = declared if isinstance(declared, dict) else {}
        required = [name for name in schema.get("required", ()) if isinstance(name, str)]
        names = list(dict.fromkeys((*(declared if self._whole else ()), *required)))
        made = {name: self.value(declared.get(name, {"type": "string"}), depth + 1) for name in names[:200]}
        return {name: one for name, one in made.items() if name in required or declared.get(name) is not False}

    def array(self, schema: dict[str, Any], depth: int) -> JsonValue:
        first = schema.get("prefixItems")
        made = [self.value(one, depth + 1) for one in (first if isinstance(first, list) else ())[:20]]
        least = _number(schema, "minItems", 0)
        count = max(int(least), 1 if self._whole else 0) - len(made)
        items = schema.get("items", {"type": "string"})
        return made + [self.value(items, depth + 1) for _ in range(min(max(count, 0), 20))]

    def text(self, schema: dict[str, Any], _: int) -> JsonValue:
        known = _TEXTS.get(str(schema.get("format")))
        if "pattern" in schema:
            found = decide(
                {key: schema[key] for key in schema if key in _OF_TEXT} | {"type": "string"}, False, budget=BUDGET
            )
            return found.witness if found.status == "not_included" else known or "text"
        text = known or "text"
        return text.ljust(min(int(_number(schema, "minLength", 0)), 200), "x")[: int(_number(schema, "maxLength", 200))]

    def number(self, schema: dict[str, Any], _: int) -> JsonValue:
        low = _number(schema, "minimum", 1)
        low = max(low, _number(schema, "exclusiveMinimum", low - 1) + 1)
        high = min(_number(schema, "maximum", low), _number(schema, "exclusiveMaximum", low + 1) - 1)
        step = _number(schema, "multipleOf", 1) or 1
        found = min(low, high)
        return int(-(-found // step) * step)

    def boolean(self, _schema: dict[str, Any], _: int) -> JsonValue:
        return True

    def nothing(self, _schema: dict[str, Any], _: int) -> JsonValue:
        return None


_OF_TEXT = frozenset({"pattern", "minLength", "maxLength", "format"})
_MAKERS = {
    "object": _Maker.object_, "array": _Maker.array, "string": _Maker.text, "integer": _Maker.number,
    "number": _Maker.number, "boolean": _Maker.boolean,
}  # fmt: skip


def _type(schema: dict[str, Any]) -> str:
    named = schema.get("type")
    if isinstance(named, list):
        named = next((one for one in named if one != "null"), "null")
    if isinstance(named, str):
        return named
    for key, kind in (("properties", "object"), ("items", "array"), ("pattern", "string"), ("minimum", "number")):
        if key in schema:
            return kind
    return "object" if "required" in schema else "string"


def _number(schema: dict[str, Any], key: str, other: Any) -> Any:
    found = schema.get(key, other)
    return other if isinstance(found, bool | str | list | dict) or found is None else found


def _laid(below: dict[str, Any], above: JsonValue) -> dict[str, Any]:
    if not isinstance(above, dict):
        return below
    merged = {**above, **below}
    for key, kind in (("properties", dict), ("required", list)):
        one, other = below.get(key), above.get(key)
        if isinstance(one, kind) and isinstance(other, kind):
            merged[key] = {**other, **one} if kind is dict else [*one, *other]  # type: ignore[dict-item] # both are dicts
    return merged
