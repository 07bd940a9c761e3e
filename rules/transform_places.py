"""The places of a document that a migration's steps look at, empty and fill, by pointers that may hold wildcards."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import Any

from rules.jsontext import JsonValue
from rules.pointer import join, split
from rules.transform_values import TransformError, place_of

Document = JsonValue
Change = Callable[[Document], Document]


class _Absent:
    """What stands for "nothing is there", since null is a value."""


ABSENT = _Absent()


def each(at: str, change: Callable[[JsonValue, str], JsonValue]) -> Change:
    """Change every value at a place; a place that is not there is left alone."""
    tokens = split(at)
    parents, last = tokens[:-1], tokens[-1]

    if not parents and last != "*":

        def simple(document: Document) -> Document:
            if isinstance(document, dict) and last in document:
                document[last] = change(document[last], at)
            return document

        return simple

    def run(document: Document) -> Document:
        for parent, where in list(values(document, parents)):
            for name in places(parent, last):
                parent[name] = change(parent[name], join(where, name))
        return document

    return run


def places(parent: JsonValue, last: str, *, create: bool = False) -> Sequence[Any]:
    """Give the keys that a pointer's last token has in a value: all for `*`, a new one where it may be made."""
    if last == "*":
        return _keys(parent)
    key = place_of(parent, last)
    return [key] if key is not None else [last] if create and isinstance(parent, dict) else []


def _keys(value: JsonValue) -> Sequence[Any]:
    return list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()


def values(document: Document, tokens: Sequence[str]) -> Iterator[tuple[JsonValue, str]]:
    """Give the values at a place with their pointers; `*` stands for every member or item."""
    found = [(document, "")]
    for token in tokens:
        following = []
        for value, where in found:
            if token == "*":  # noqa: S105 a wildcard
                following += [(value[key], join(where, key)) for key in _keys(value)]
            elif (key := place_of(value, token)) is not None:
                following.append((value[key], join(where, key)))
        found = following
    yield from found


def look(document: Document, tokens: Sequence[str]) -> Any:
    """Give the first value at a place, or `ABSENT`."""
    return next((value for value, _ in values(document, tokens)), ABSENT)


def take(document: Document, tokens: tuple[str, ...]) -> Any:
    """Take a value out, and the objects and lists that this leaves empty, save the document itself."""
    parent = look(document, tokens[:-1])
    key = place_of(parent, tokens[-1])
    if key is None:
        return ABSENT
    if isinstance(parent, list) and key != len(parent) - 1:
        raise TransformError(
            "move", join("", *tokens), f"{join('', *tokens)} is followed by other items, which would move"
        )
    value = parent.pop(key)
    if not parent and len(tokens) > 1:
        take(document, tokens[:-1])
    return value


def put(document: Document, tokens: Sequence[str], value: JsonValue, rule: str) -> None:
    """Put a value where nothing is, making what is missing on the way: a list for 0, an object for any other name."""
    here, pointer = document, join("", *tokens)
    for token, following in pairwise(tokens):
        key = place_of(here, token)
        empty: JsonValue = [] if following == "0" else {}
        here = _add(here, token, empty, rule, pointer) if key is None else here[key]
    if place_of(here, tokens[-1]) is not None:
        raise TransformError(rule, pointer, f"{pointer} is there already")
    _add(here, tokens[-1], value, rule, pointer)


def _add(parent: JsonValue, token: str, value: JsonValue, rule: str, pointer: str) -> JsonValue:
    if isinstance(parent, dict):
        parent[token] = value
    elif isinstance(parent, list) and token == str(len(parent)):
        parent.append(value)
    else:
        raise TransformError(rule, pointer, f"there is no place for {pointer}")
    return value


def fresh(value: JsonValue) -> JsonValue:
    """Copy a value of the migration file, so that no two documents share a list."""
    if isinstance(value, dict):
        return {key: fresh(item) for key, item in value.items()}
    return [fresh(item) for item in value] if isinstance(value, list) else value
