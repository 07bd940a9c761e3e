"""Two documents of one skeleton: one is included in the other as soon as each of its schemas' own words are.

The skeleton is all that holds or leads to other schemas: fields, items, `allOf`, references into the definitions. Where
it is the same on both sides, and nothing in it negates, chooses, counts or depends on what passes, the same schemas
apply to a value on both sides, whatever the value, and it is accepted where the own words of all of them accept it. So
the inclusion of own words carries over to the whole, by induction on the depth of the value; and closing, which
depends on what applies alone, says the same on both sides. Nothing follows where some own words are not included.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from rules.jsontext import JsonValue, same

MAPS = ("properties", "patternProperties", "$defs", "definitions")
ONE = ("items", "additionalItems", "additionalProperties")
LISTS = ("allOf", "prefixItems")
SKELETON: Final = frozenset({*MAPS, *ONE, *LISTS, "$ref"})
OWN: Final = frozenset(
    [
        "type", "enum", "const", "multipleOf", "maximum", "exclusiveMaximum", "minimum", "exclusiveMinimum",
        "maxLength", "minLength", "pattern", "format", "maxItems", "minItems", "uniqueItems", "maxProperties",
        "minProperties", "required", "dependentRequired",
    ]
)  # fmt: skip
"""Keywords that say all that they say of a value by themselves."""
SILENT: Final = frozenset(
    ["title", "description", "default", "examples", "$comment", "deprecated", "readOnly", "writeOnly"]
)
"""Keywords that say nothing of a value."""
KNOWN: Final = SKELETON | OWN | SILENT
NAMING: Final = frozenset({"$schema", "$id", "id"})
"""Keywords that a document may begin with, the same on both sides."""
MAX_CHANGED = 20
"""Schemas with other words than before; more are cheaper to look at together."""
_LOCAL = re.compile(r"#/(\$defs|definitions)/([A-Za-z0-9_.-]+)")

Pair = tuple[JsonValue, JsonValue]
"""What stands at one place in the old document and in the new one."""


class _OtherError(Exception):
    """The skeletons are not the same, or hold what this module does not know."""


def changed_words(old: JsonValue, new: JsonValue) -> list[Pair] | None:
    """Give the own words of the schemas that changed, as documents; `None` where the skeletons are not the same."""
    if not isinstance(old, dict) or not isinstance(new, dict):
        return None
    naming = [{word: side[word] for word in NAMING if word in side} for side in (old, new)]
    if not same(*naming):
        return None
    dialect = {"$schema": old["$schema"]} if "$schema" in old else {}
    try:
        return [(left | dialect, right | dialect) for left, right in _changed(old, new)]
    except _OtherError:
        return None


def _changed(old: dict[str, JsonValue], new: dict[str, JsonValue]) -> Iterator[tuple[JsonValue, JsonValue]]:
    left, right = ({word: said for word, said in side.items() if word not in NAMING} for side in (old, new))
    stack: list[Pair] = [(left, right)]
    count = 0
    while stack:
        left, right = stack.pop()
        if isinstance(left, bool) and left is right:
            continue
        _ask(isinstance(left, dict) and isinstance(right, dict))
        _ask(all(word in KNOWN or word.startswith("x-") for side in (left, right) for word in side))
        words = [{word: side[word] for word in OWN if word in side} for side in (left, right)]
        if not same(*words):
            count += 1
            _ask(count <= MAX_CHANGED)
            yield words[0], words[1]
        _ask(left.keys() & SKELETON == right.keys() & SKELETON)
        if "$ref" in left:
            _ask(left["$ref"] == right["$ref"] and _defined(old, left["$ref"]))
        stack += _inside(left, right)


def _ask(holds: bool) -> None:
    if not holds:
        raise _OtherError


def _defined(root: dict[str, JsonValue], reference: JsonValue) -> bool:
    """Say whether a reference leads to a definition of the document, which is looked at as the others are."""
    found = _LOCAL.fullmatch(reference) if isinstance(reference, str) else None
    store = root.get(found[1]) if found else None
    return found is not None and isinstance(store, dict) and found[2] in store


def _inside(left: dict[str, JsonValue], right: dict[str, JsonValue]) -> Iterator[Pair]:
    for word in SKELETON & left.keys() - {"$ref"}:
        one, other = left[word], right[word]
        if word in MAPS:
            _ask(isinstance(one, dict) and isinstance(other, dict) and one.keys() == other.keys())
            yield from ((one[name], other[name]) for name in one)
        elif word in LISTS:
            _ask(isinstance(one, list) and isinstance(other, list) and len(one) == len(other))
            yield from zip(one, other, strict=True)
        else:
            yield one, other
