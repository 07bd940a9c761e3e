"""The fields that a JSON Schema document declares: where each stands, and by which names people know it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice

from rules.formats import json_schema
from rules.jsontext import JsonValue
from rules.pointer import join

MAX_FIELDS = 20_000
"""So many fields of one document are looked at; nobody reviews more."""

_IDS = ("field_id", "x-field-id", "field-id")
_AREAS = ("$defs", "definitions")
_WORDS = re.compile(r"[^0-9a-z]+")


@dataclass(frozen=True, slots=True)
class Field:
    """One declared field: its name, the JSON Pointer of its schema, its place in documents as people write it.

    `instance` is as findings have it (`items[].price`); `None` where the field stands in a definition, because it may
    be in many places then. `siblings` is the pointer of the object of properties that it stands in.
    """

    name: str
    pointer: str
    instance: str | None
    siblings: str
    schema: JsonValue = field(hash=False)


@dataclass(frozen=True)
class Fields:
    """The fields of one document, and how to find one of them."""

    every: tuple[Field, ...]
    _known: Mapping[str, tuple[Field, ...]] = field(repr=False)

    @classmethod
    def of(cls, schema: JsonValue) -> Fields:
        """Find the fields of a schema; a document that is no schema has none."""
        every = tuple(islice(_declared(schema), MAX_FIELDS))
        known: dict[str, list[Field]] = {}
        for one in every:
            for name in dict.fromkeys(_names(one)):
                known.setdefault(name, []).append(one)
        return cls(every, {name: tuple(found) for name, found in known.items()})

    def at(self, pointer: str) -> Field | None:
        """Give the field whose schema stands at a pointer."""
        return next((one for one in self._known.get(pointer, ()) if one.pointer == pointer), None)

    def named(self, name: str, *, beside: str | None = None) -> tuple[Field, ...]:
        """Give the fields that somebody may mean by a name, place, pointer, title or id.

        A field among the `beside` siblings is meant before others. Spelling and spaces are forgiven at last.
        """
        for key in (name, _plain(name)):
            found = self._known.get(key, ())
            near = tuple(one for one in found if one.siblings == beside)
            if near or found:
                return near or found
        return ()


def _declared(schema: JsonValue) -> Iterator[Field]:
    for place, inner in json_schema.schemas(schema):
        if len(place) >= 2 and place[-2] == "properties":
            yield Field(place[-1], join("", *place), _instance(place), join("", *place[:-1]), inner)


def _instance(place: tuple[str, ...]) -> str | None:
    """Write the place in documents of a schema: `/properties/items/items/properties/price` is `items[].price`."""
    text, at = "", 0
    while at < len(place):
        if place[at] in _AREAS:
            return None
        if place[at] == "properties" and at + 1 < len(place):
            text += f".{place[at + 1]}" if text else place[at + 1]
            at += 1
        elif place[at] == "items":
            text += "[]"
        at += 1
    return text


def _names(one: Field) -> Iterable[str]:
    yield from (one.name, one.pointer, _plain(one.name))
    if one.instance is not None:
        yield one.instance
    if isinstance(one.schema, dict):
        title = one.schema.get("title")
        if isinstance(title, str):
            yield from (title, _plain(title))
        yield from (str(one.schema[key]) for key in _IDS if isinstance(one.schema.get(key), int | str))


def _plain(name: str) -> str:
    """Write a name without case, spaces and signs: "Old Field Name" and old_field_name are the same."""
    return _WORDS.sub("_", name.casefold()).strip("_")
