"""What documents fail, found quickly where many of them fail for the same reasons.

To list a document's errors takes ten times as long as to validate it, and in a table that is to be migrated most rows
may have the same few. A keyword that is met as the reason gets a validator of its own, and the schema another without
it: a document that passes the rest fails exactly those of the keywords whose validators refuse it. That holds for
keywords that stand in the schema itself or below `properties`, and look at nothing but their value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from bot.migrations.check import Check, finding_of, findings_of
from bot.migrations.errors import Refused
from rules.jsontext import JsonValue

Finding = tuple[str, str]
Passes = Callable[[JsonValue], bool]

_MOST = 8
_KEYWORDS = frozenset({
    "type", "const", "enum", "format", "pattern", "minLength", "maxLength", "minimum", "maximum", "exclusiveMinimum",
    "exclusiveMaximum", "multipleOf", "minItems", "maxItems", "uniqueItems", "minProperties", "maxProperties",
    "required",
})  # fmt: skip
_WITHIN = ("#/$defs/", "#/definitions/")
_BOUND = frozenset({
    "id", "$id", "$anchor", "$dynamicAnchor", "$recursiveAnchor", "$dynamicRef", "$recursiveRef",
    "unevaluatedProperties", "unevaluatedItems",
})  # fmt: skip
"""Keywords by which another place of the schema may look at the one that is taken out."""


@dataclass(frozen=True, slots=True)
class _Parted:
    """A schema without some of its keywords, its validator, and these keywords with theirs."""

    schema: JsonValue
    passes: Passes
    parts: tuple[tuple[Finding, Passes], ...] = ()


class Usual:
    """Finds what documents fail by a schema, and remembers the reasons."""

    def __init__(self, check: Check) -> None:
        self._check = check
        self._parted = _Parted(check.schema, check.passes)
        self._learns = _can_be_parted(check.schema)

    def findings(self, document: JsonValue) -> tuple[Finding, ...]:
        """Say every rule that a document fails, as (place with * for items, rule), each once, in no set order."""
        known = self._parted
        if known.parts and known.passes(document):
            return tuple([finding for finding, passes in known.parts if not passes(document)])
        errors = list(self._check.errors(document))
        for error in errors if self._learns else ():
            self._learn(error)
        return findings_of(errors)

    def _learn(self, error: Any) -> None:
        known, again = self._parted, self._check.again
        parted = _parted(known.schema, error) if len(known.parts) < _MOST else None
        if parted is None or again is None:
            return
        rest, alone = parted
        try:
            part = finding_of(error), again(alone).passes
            self._parted = _Parted(rest, again(rest).passes, (*known.parts, part))
        except Refused:  # the whole can be used: one more reason to leave it whole
            self._learns = False


def _can_be_parted(schema: JsonValue) -> bool:
    """Say whether a keyword can be taken out with no other place of the schema noticing."""
    if not isinstance(schema, dict) or "draft-04" in str(schema.get("$schema")):  # there two keywords are one
        return False
    return all(_is_free(node, root=node is schema) for node in _objects(schema))


def _is_free(node: dict[str, JsonValue], *, root: bool) -> bool:
    reference = node.get("$ref", _WITHIN[0])
    bound = _BOUND & node.keys() - ({"$id"} if root else set())
    return not bound and isinstance(reference, str) and reference.startswith(_WITHIN)


def _objects(schema: JsonValue) -> Iterator[dict[str, JsonValue]]:
    left = [schema]
    while left:
        node = left.pop()
        if isinstance(node, dict):
            yield node
            left += node.values()
        elif isinstance(node, list):
            left += node


def _parted(schema: JsonValue, error: Any) -> tuple[JsonValue, JsonValue] | None:
    """Part a schema in two: without the keyword that an error is of, and that keyword alone; `None` if it cannot be."""
    *way, keyword = error.schema_path
    if keyword not in _KEYWORDS or len(way) % 2 or any(step != "properties" for step in way[::2]):
        return None
    nodes = [schema]
    for name in way[1::2]:
        inner = nodes[-1].get("properties", {}).get(name)
        if not isinstance(inner, dict):
            return None
        nodes.append(inner)
    missing = error.kind.value if keyword == "required" else None
    parts = None if any("$ref" in node for node in nodes) else _out_of(nodes[-1], keyword, missing)
    if parts is None:
        return None
    rest, alone = parts
    for node, name in zip(reversed(nodes[:-1]), reversed(way[1::2]), strict=True):
        rest, alone = node | {"properties": node["properties"] | {name: rest}}, {"properties": {name: alone}}
    dialect = {key: value for key, value in nodes[0].items() if key == "$schema"}
    return rest, dialect | alone


def _out_of(
    node: dict[str, JsonValue], keyword: str, missing: str | None
) -> tuple[dict[str, JsonValue], dict[str, JsonValue]] | None:
    """Take a keyword out, of `required` one name; `None` where it is out already."""
    if keyword not in node:
        return None
    without = {key: value for key, value in node.items() if key != keyword}
    if missing is None:
        return without, {keyword: node[keyword]}
    if missing not in node[keyword]:
        return None
    return without | {keyword: [name for name in node[keyword] if name != missing]}, {keyword: [missing]}
