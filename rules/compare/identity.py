"""When two schemas are surely the same: by what they assert, not by where they stand or how they are annotated.

A schema's key is its structure without annotations, plus the structure of all that its references reach. Equal keys
mean equal schemas, also in different documents; this is what makes unchanged parts free.
"""

from __future__ import annotations

from collections.abc import Hashable

from rules.compare.components import components
from rules.compare.references import SCHEMA, SCHEMA_LIST, SCHEMA_MAP, AmbiguousError, Place, Scope
from rules.jsontext import JsonValue, canonical

REFERENCES = frozenset({"$ref", "$dynamicRef", "$recursiveRef"})
TIED = REFERENCES | {"$schema"}
"""Keywords whose meaning depends on where they stand."""
PLAIN = 12
"""Schemas of more keywords, or lists longer than that, are not read as text first."""
SCALARS = frozenset({str, int, float, bool, type(None)})
Target = tuple[str, str, str, Scope]
"""A schema that is referred to: document, resource, pointer and way; no ids, so that it can be the same elsewhere."""
Where = tuple[int, str, int, Scope]


class Identity:
    """Gives each schema its key, and remembers one place for each key."""

    def __init__(self, *, formats: bool) -> None:
        self._formats = formats
        self._numbers: dict[Hashable, int] = {}
        self._shapes: dict[Where, tuple[int, frozenset[Target]]] = {}
        self._reached: dict[tuple[int, Target], int] = {}
        self._places: dict[tuple[int, Target], Place] = {}
        self._keys: dict[Where, Hashable] = {}
        self._texts: dict[str, dict[int, str]] = {}
        self._plain: dict[str, tuple[int, frozenset[Target]]] = {}
        self.places: dict[Hashable, Place] = {}

    def _number(self, thing: Hashable) -> int:
        return self._numbers.setdefault(thing, len(self._numbers))

    def plain_text(self, dialect: str, value: JsonValue) -> str:
        """Write a small schema that means the same wherever it stands as text; "" for any other.

        Most fields of most documents are such, and the same few over and over.
        """
        if type(value) is not dict:
            return ""
        texts = self._texts.get(dialect)
        if texts is None:
            texts = self._texts[dialect] = {}
        found = texts.get(id(value))
        if found is None:
            found = texts[id(value)] = f"{dialect}{value!r}" if _is_plain(value, 2) else ""
        return found

    def key(self, place: Place) -> Hashable:
        """Give the key of a schema; a schema that is only a reference has its target's."""
        where = (id(place.value), place.base, id(place.document), place.scope)
        found = self._keys.get(where)
        if found is None:
            end = self._through_references(place)
            shape, targets = self._shape(end)
            found = self._keys[where] = (end.dialect.name, shape, self._reach(end, targets))
            self.places.setdefault(found, end)
        return found

    def _through_references(self, place: Place) -> Place:
        for _ in range(32):
            if type(place.value) is not dict or "$ref" not in place.value:
                return place
            kept = self._kept(place)
            if kept is None or [*kept] != ["$ref"] or not isinstance(kept["$ref"], str):
                return place
            try:
                target = place.refer("$ref", kept["$ref"])
            except AmbiguousError:
                return place
            if target is None:
                return place
            place = target
        return place

    def _kept(self, place: Place) -> dict[str, JsonValue] | None:
        value = place.value
        if not isinstance(value, dict):
            return None
        if place.dialect.ref_hides_siblings and "$ref" in value:
            return {"$ref": value["$ref"]}
        dropped = () if self._formats else ("format",)
        return {k: value[k] for k in sorted(value) if k in place.dialect.keywords and k not in dropped}

    def _shape(self, place: Place) -> tuple[int, frozenset[Target]]:
        where = (id(place.value), place.base, id(place.document), place.scope)
        found = self._shapes.get(where)
        if found is None:
            text = self.plain_text(place.dialect.name, place.value)
            found = self._plain.get(text) or self._make_shape(place)
            self._shapes[where] = found
            if text:
                self._plain[text] = found
        return found

    def _make_shape(self, place: Place) -> tuple[int, frozenset[Target]]:
        kept = self._kept(place)
        if kept is None:
            return self._number(("value", canonical(place.value))), frozenset()
        targets: set[Target] = set()
        parts: list[Hashable] = [("foreign", id(place.value))] if id(place.value) in place.document.foreign else []
        for keyword, value in kept.items():
            if keyword in REFERENCES and isinstance(value, str):
                parts.append((keyword, self._reference(place, keyword, value, targets)))
            else:
                parts.append((keyword, self._part(place, keyword, value, targets)))
        return self._number(tuple(parts)), frozenset(targets)

    def _reference(self, place: Place, keyword: str, value: str, targets: set[Target]) -> Hashable:
        try:
            target = place.refer(keyword, value)
        except AmbiguousError:
            return ("ambiguous", id(place.document.world), place.base, place.pointer, place.scope)
        if target is None:
            address = place.document.elsewhere(place.base, value)
            # Whatever stands at an address, it is the same for whoever refers to it.
            return ("elsewhere", address) if address else ("nowhere", place.base, value)
        document = target.document
        where = f"{document.dialect.name} {document.address}"
        base = "" if target.base == document.root.base else target.base
        name = (where, base, target.pointer, target.scope)
        self._places[id(document.world), name] = target
        targets.add(name)
        return name

    def _part(self, place: Place, keyword: str, value: JsonValue, targets: set[Target]) -> Hashable:
        dialect = place.dialect.name

        def inner(*tokens: str | int) -> int:
            schema = value[tokens[0]] if tokens else value
            known = self._plain.get(self.plain_text(dialect, schema))
            if known is not None:
                return known[0]
            shape, more = self._shape(place.child(keyword, *tokens))
            targets.update(more)
            return shape

        if isinstance(value, list) and keyword in SCHEMA_LIST:
            return ("list", *(inner(i) for i in range(len(value))))
        if isinstance(value, dict | bool) and keyword in SCHEMA:
            return inner()
        if isinstance(value, dict) and keyword in SCHEMA_MAP:
            return ("map", *((name, inner(name)) for name in sorted(value)))
        return canonical(value)

    def _reach(self, place: Place, targets: frozenset[Target]) -> int:
        """Give one number to all that the targets lead to, by name and structure."""
        if not targets:
            return -1
        world = id(place.document.world)
        return self._number(("reach", frozenset((name, self._reached_from(world, name)) for name in targets)))

    def _reached_from(self, world: int, name: Target) -> int:
        def leads_to(one: tuple[int, Target]) -> list[tuple[int, Target]]:
            return [(world, more) for more in self._shape(self._places[one])[1]]

        start = (world, name)
        for together in components(start, leads_to, self._reached) if start not in self._reached else ():
            inside = frozenset((one[1], self._shape(self._places[one])[0]) for one in together)
            beyond = {more: self._reached.get(more) for one in together for more in leads_to(one)}
            left = frozenset((more[1], number) for more, number in beyond.items() if number is not None)
            self._reached |= dict.fromkeys(together, self._number(("together", inside, left)))
        return self._reached[start]


def _is_plain(value: JsonValue, depth: int) -> bool:
    kind = type(value)
    if kind in SCALARS:
        return True
    if depth < 0 or (kind is not dict and kind is not list) or len(value) > PLAIN:
        return False
    if kind is dict and not TIED.isdisjoint(value):
        return False
    for item in value if kind is list else value.values():  # quicker than any generator, of many thousands
        if type(item) not in SCALARS and not _is_plain(item, depth - 1):
            return False
    return True
