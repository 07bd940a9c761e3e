"""What a schema says at one place in plain terms, whichever way it is written.

A view looks through `$ref`, `allOf`, a lone alternative and "this or null", and speaks of items and tuples in one way
for every draft, so that findings compare what is said and not how.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from rules import pointer
from rules.compare.places import Node, Place, Source, children
from rules.jsontext import JsonValue, canonical

TYPES = frozenset({"null", "boolean", "object", "array", "string", "integer", "number"})
IN_PLACE = frozenset({"allOf", "anyOf", "oneOf", "if", "then", "else", "dependentSchemas", "dependencies"})
"""Keywords whose schemas apply to the same place, some of them only sometimes."""
GROUPS = ("oneOf", "anyOf")
"""Keywords with alternatives."""
MAX_PARTS = 2_000
"""More schemas than this applying to one place are not looked through for findings."""


@dataclass(frozen=True, slots=True)
class Part:
    """One schema that applies here; `or_null` when null is accepted beside it; `reference` where it leads outside."""

    place: Place
    or_null: bool = False


def type_of(value: JsonValue) -> str:
    """Name the JSON Schema type of a value; an integer is "integer"."""
    if value is None or isinstance(value, bool):
        return "null" if value is None else "boolean"
    if isinstance(value, str):
        return "string"
    if isinstance(value, dict | list):
        return "object" if isinstance(value, dict) else "array"
    return "integer" if value == int(value) else "number"


class View:
    """Everything that one schema document says of one part of the documents it describes.

    An alternative that is the only one of its keyword is looked through, unless it is to be held `beside` others.
    """

    def __init__(self, source: Source, node: Node, *, beside: bool = False) -> None:
        self.source = source
        self.node = node
        self._beside = beside
        self.lifted: set[tuple[str, str]] = set()

    @property
    def pointer(self) -> str | None:
        """Where to point people; `None` when nothing is said of this part."""
        return self.node[0].pointer if self.node else None

    @cached_property
    def parts(self) -> tuple[Part, ...]:
        """The schemas that apply, with references and `allOf` looked through; each place once."""
        found: dict[str, Part] = {}
        stack = [Part(place) for place in reversed(self.node)]
        while stack and len(found) < MAX_PARTS:
            part = stack.pop()
            if part.place.pointer not in found:
                found[part.place.pointer] = part
                stack.extend(reversed(self._through(part)))
        return tuple(found.values())

    def _through(self, part: Part) -> list[Part]:
        value = part.place.value
        if not isinstance(value, dict):
            return []
        inner: list[Part] = []
        if isinstance(value.get("$ref"), str):
            target = self.source.resolve(value["$ref"], part.place.pointer)
            inner += [Part(target, part.or_null)] if target else []
            if self.source.siblings_ignored:
                return inner
        if isinstance(value.get("allOf"), list):
            inner += [Part(part.place.below("allOf", str(i)), part.or_null) for i in range(len(value["allOf"]))]
        for keyword in ("anyOf", "oneOf"):
            if not self._beside and isinstance(value.get(keyword), list) and len(value[keyword]) == 1:
                self.lifted.add((part.place.pointer, keyword))
                inner.append(Part(part.place.below(keyword, "0"), part.or_null))
            other = _beside_null(part.place, keyword)
            if other is not None:
                self.lifted.add((part.place.pointer, keyword))
                inner.append(Part(other, or_null=True))
        return inner

    @cached_property
    def speaking(self) -> tuple[Part, ...]:
        """The parts whose own keywords count: schemas as objects, without those that only refer."""
        return tuple(part for part in self.parts if isinstance(part.place.value, dict) and not self._mute(part.place))

    def _mute(self, place: Place) -> bool:
        ignored = self.source.siblings_ignored and isinstance(place.value, dict)
        return ignored and isinstance(place.value.get("$ref"), str)

    @cached_property
    def mentioned(self) -> frozenset[str]:
        """Every word that some part says, annotations beside references too."""
        return frozenset(word for part in self.parts if isinstance(part.place.value, dict) for word in part.place.value)

    @cached_property
    def never(self) -> bool:
        """Say whether some part refuses everything."""
        return any(part.place.value is False or part.place.value == {"not": {}} for part in self.parts)

    def values(self, keyword: str) -> list[JsonValue]:
        """Return what every part says under a keyword, each value once, in canonical order."""
        found = {canonical(part.place.value[keyword]): part.place.value[keyword] for part in self.having(keyword)}
        return [found[text] for text in sorted(found)]

    @cached_property
    def words(self) -> frozenset[str]:
        """Every keyword that some part uses."""
        return frozenset(word for part in self.speaking for word in part.place.value)

    def having(self, keyword: str) -> list[Part]:
        """Return the parts that use a keyword."""
        return [part for part in self.speaking if keyword in part.place.value] if keyword in self.words else []

    def place_of(self, keyword: str) -> str | None:
        """Return the pointer of a keyword in the first part that uses it, else of the whole."""
        for part in self.having(keyword):
            return pointer.join(part.place.pointer, keyword)
        return self.pointer

    @cached_property
    def types(self) -> frozenset[str]:
        """The JSON types that may stand here, by `type` and, without one, by `enum` and `const`."""
        types = TYPES
        for part in self.speaking:
            own = _declared(part.place.value)
            if own is not None:
                types &= (own | {"null"}) if part.or_null else own
        return types

    @cached_property
    def offered(self) -> frozenset[str]:
        """The types that may stand here when the alternatives are counted too, as far as each names its own."""
        types = self.types
        for _, branches in self.groups:
            types &= frozenset[str]().union(*(View(self.source, (branch,)).types for branch in branches))
        return types

    @cached_property
    def typed(self) -> bool:
        """Say whether anything names a type."""
        return self.types != TYPES

    @cached_property
    def choices(self) -> list[JsonValue] | None:
        """The values that an enumeration, a const or an alternative of consts permits; `None` where any may stand."""
        lists = [(part, found) for part in self.speaking for found in _enumerated(part.place.value)]
        if not lists:
            return None
        (part, first), rest = lists[0], lists[1:]
        keep = [v for v in first if all(canonical(v) in {canonical(w) for w in other} for _, other in rest)]
        return [*keep, None] if part.or_null and None not in keep else keep

    @cached_property
    def fields(self) -> dict[str, Node]:
        """The declared properties, each with every schema that some part gives it."""
        return self._map("properties")

    @cached_property
    def elsewhere(self) -> frozenset[str]:
        """The properties that alternatives and conditions of this place declare; bounded."""
        names: set[str] = set()
        seen: set[str] = set()
        looked_at: set[str] = set()  # many alternatives may refer to the same schema
        stack = [place for part in self.parts for place in _in_place(part.place)]
        while stack and len(seen) < MAX_PARTS:
            place = stack.pop()
            if place.pointer not in seen:
                seen.add(place.pointer)
                parts = [part for part in View(self.source, (place,)).parts if part.place.pointer not in looked_at]
                looked_at.update(part.place.pointer for part in parts)
                names.update(name for part in parts if not self._mute(part.place) for name in _named(part.place))
                stack.extend(found for part in parts for found in _in_place(part.place))
        return frozenset(names)

    @cached_property
    def patterns(self) -> dict[str, Node]:
        """The `patternProperties`, likewise."""
        return self._map("patternProperties")

    def _map(self, keyword: str) -> dict[str, Node]:
        found: dict[str, Node] = {}
        for part in self.having(keyword):
            inner, above = part.place.value[keyword], pointer.join(part.place.pointer, keyword)
            for name, held in inner.items() if isinstance(inner, dict) else ():
                if isinstance(held, dict | bool):
                    found[name] = (*found.get(name, ()), Place(f"{above}/{pointer.escape(name)}", held))
        return found

    @cached_property
    def required(self) -> dict[str, str]:
        """The required names, each with the pointer of the list that names it."""
        return {
            name: f"{part.place.pointer}/required"
            for part in reversed(self.having("required"))
            if isinstance(part.place.value["required"], list)
            for name in part.place.value["required"]
            if isinstance(name, str)
        }

    @cached_property
    def tuple_items(self) -> list[Node]:
        """The schemas of the first array positions, one each."""
        positions: list[Node] = []
        for part in self.speaking:
            keyword = "prefixItems" if "prefixItems" in part.place.value else "items"
            listed = part.place.value.get(keyword)
            for i in range(len(listed) if isinstance(listed, list) else 0):
                if i == len(positions):
                    positions.append(())
                positions[i] = (*positions[i], part.place.below(keyword, str(i)))
        return positions

    @cached_property
    def other_items(self) -> Node:
        """The schemas of the array positions after the tuple."""
        found = []
        for part in self.speaking:
            value = part.place.value
            keyword = "additionalItems" if isinstance(value.get("items"), list) else "items"
            if isinstance(value.get(keyword), dict | bool):
                found.append(part.place.below(keyword))
        return tuple(found)

    @cached_property
    def extra(self) -> Node:
        """The schemas of properties that nothing names."""
        return tuple(
            part.place.below(keyword)
            for keyword in ("additionalProperties", "unevaluatedProperties")
            for part in self.having(keyword)
            if isinstance(part.place.value[keyword], dict | bool)
        )

    @cached_property
    def groups(self) -> list[tuple[str, tuple[Place, ...]]]:
        """The `oneOf` and `anyOf` of the parts as (keyword, branches), without enumerations and "or null"."""
        return [
            (keyword, tuple(part.place.below(keyword, str(i)) for i in range(len(part.place.value[keyword]))))
            for keyword, part in self._grouped()
        ]

    @property
    def grouped(self) -> bool:
        """Say whether there are `groups`, without making a place for each of their branches."""
        return any(True for _ in self._grouped())

    def _grouped(self) -> Iterator[tuple[str, Part]]:
        for keyword in () if self.words.isdisjoint(GROUPS) else GROUPS:
            for part in self.having(keyword):
                listed = part.place.value[keyword]
                if (part.place.pointer, keyword) in self.lifted or not isinstance(listed, list):
                    continue
                if _constants(listed) is None:
                    yield keyword, part

    def annotates(self, keyword: str) -> bool:
        """Say whether some part gives the annotation at all."""
        return any(isinstance(part.place.value, dict) and keyword in part.place.value for part in self.parts)

    def place_of_mark(self, keyword: str) -> str | None:
        """Return the pointer of an annotation, else of the whole."""
        for part in self.parts:
            if isinstance(part.place.value, dict) and keyword in part.place.value:
                return pointer.join(part.place.pointer, keyword)
        return self.pointer

    def annotation(self, keyword: str) -> JsonValue:
        """Return the first value given to an annotation, `None` without one; a `$ref`'s neighbours count."""
        for part in self.parts:
            if isinstance(part.place.value, dict) and keyword in part.place.value:
                return part.place.value[keyword]
        return None


def _in_place(place: Place) -> list[Place]:
    return [child for _, child in children(place, IN_PLACE)]


def _named(place: Place) -> list[str]:
    held = place.value.get("properties") if isinstance(place.value, dict) else None
    return [name for name, inner in held.items() if isinstance(inner, dict | bool)] if isinstance(held, dict) else []


def _beside_null(place: Place, keyword: str) -> Place | None:
    branches = place.value.get(keyword)
    if not isinstance(branches, list) or len(branches) != 2:
        return None
    empty = [isinstance(b, dict) and b.get("type") == "null" for b in branches]
    return place.below(keyword, str(empty.index(False))) if empty.count(True) == 1 else None


def _declared(value: dict[str, JsonValue]) -> frozenset[str] | None:
    named = value.get("type")
    if isinstance(named, str | list):
        own = frozenset([named] if isinstance(named, str) else (n for n in named if isinstance(n, str)))
        return own | {"integer"} if "number" in own else own
    listed = next(iter(_enumerated(value)), None)
    return frozenset(type_of(item) for item in listed) if listed is not None else None


def _enumerated(value: dict[str, JsonValue]) -> list[list[JsonValue]]:
    found = [list(value["enum"])] if isinstance(value.get("enum"), list) else []
    found += [[value["const"]]] if "const" in value else []
    for keyword in ("oneOf", "anyOf"):
        constants = _constants(value.get(keyword))
        found += [constants] if constants else []
    return found


def _constants(branches: JsonValue) -> list[JsonValue] | None:
    if not isinstance(branches, list) or not branches:
        return None
    found: list[JsonValue] = []
    for branch in branches:
        if not isinstance(branch, dict) or not ({"const", "enum"} & branch.keys()) or "properties" in branch:
            return None
        found += branch["enum"] if isinstance(branch.get("enum"), list) else [branch.get("const")]
    return found
