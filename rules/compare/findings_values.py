"""Differences in what one value may be: marks, type, null, enumerations, constraints, alternatives."""

from __future__ import annotations

from collections.abc import Callable, Generator, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from heapq import merge

from rules.compare.findings_walk import Difference, Matched, Pair, Probe, Step, key_of
from rules.compare.places import LISTS, MAPS, ONE, Node, Place
from rules.compare.views import TYPES, View
from rules.jsontext import JsonValue, canonical, same

DOCUMENTATION = ("title", "description", "examples", "example", "$comment", "readOnly", "writeOnly")
_ALTERNATIVES = ("oneOf", "anyOf")
_TYPING = ("type", "enum", "const", *_ALTERNATIVES)
DEPRECATIONS = ("deprecated", "x-deprecated", "deprecationMessage")


@dataclass(frozen=True, slots=True)
class Group:
    """Keywords that people change together, and the type that they speak of ("" for any)."""

    keywords: tuple[str, ...]
    family: str = ""


GROUPS = (
    Group(("pattern", "format", "contentEncoding", "contentMediaType", "contentSchema"), "string"),
    Group(("minLength",), "string"),
    Group(("maxLength",), "string"),
    Group(("minimum", "exclusiveMinimum"), "number"),
    Group(("maximum", "exclusiveMaximum"), "number"),
    Group(("multipleOf", "divisibleBy"), "number"),
    Group(("minItems",), "array"),
    Group(("maxItems",), "array"),
    Group(("uniqueItems",), "array"),
    Group(("contains", "minContains", "maxContains"), "array"),
    Group(("unevaluatedItems",), "array"),
    Group(("minProperties",), "object"),
    Group(("maxProperties",), "object"),
    Group(("propertyNames",), "object"),
    Group(("dependencies", "dependentRequired", "dependentSchemas"), "object"),
    Group(("not",)),
    Group(("if", "then", "else")),
    Group(("$dynamicRef", "$recursiveRef", "$dynamicAnchor", "$recursiveAnchor")),
)


def marks(pair: Pair) -> Iterator[Difference]:
    """Yield changes that no validator looks at: default, deprecation, documentation."""
    yield from _mark(pair, "DEFAULT_CHANGED", ("default",))
    yield from _mark(pair, "DEPRECATION_CHANGED", DEPRECATIONS)
    yield from _mark(pair, "DOCUMENTATION_CHANGED", DOCUMENTATION)


def _mark(pair: Pair, kind: str, keywords: tuple[str, ...]) -> Iterator[Difference]:
    used = pair.old.mentioned | pair.new.mentioned
    changed = [
        word for word in keywords if word in used and not same(pair.old.annotation(word), pair.new.annotation(word))
    ]
    if changed and pair.old.node and pair.new.node:
        yield pair.difference(
            kind, "fixed", keywords=tuple(changed),
            before={word: pair.old.annotation(word) for word in changed if pair.old.annotates(word)},
            after={word: pair.new.annotation(word) for word in changed if pair.new.annotates(word)},
            old_pointer=pair.old.place_of_mark(changed[0]), new_pointer=pair.new.place_of_mark(changed[0]),
        )  # fmt: skip


def differences(pair: Pair) -> Generator[Difference, None, bool]:
    """Yield changes of type, enumeration, constraints and alternatives; true when nothing inside is comparable."""
    if pair.old.never != pair.new.never:
        kind = "CONSTRAINT_TIGHTENED" if pair.new.never else "CONSTRAINT_LOOSENED"
        yield pair.difference(kind, "node", before=not pair.old.never, after=not pair.new.never, name="never")
        return True
    if _offers_other_types(pair):
        # Nothing more is said of what stands inside, so all that it says is weighed here.
        yield _type_change(pair, pair.old.offered, pair.new.offered, "node")
        return True
    if pair.old.types != pair.new.types:
        yield _type_change(pair, pair.old.types, pair.new.types)
        if not _comparable(pair):
            return True
    yield from _choices(pair)
    used = pair.old.words | pair.new.words
    for group in GROUPS:
        if not used.isdisjoint(group.keywords):
            yield from _constraint(pair, group, used)
    yield from _branches(pair)
    return False


def _offers_other_types(pair: Pair) -> bool:
    """Say whether alternatives came where there were none, or left altogether, and the types changed with that."""
    return bool(pair.old.groups) != bool(pair.new.groups) and pair.old.offered != pair.new.offered


def _type_change(pair: Pair, old: frozenset[str], new: frozenset[str], probe: Probe = "group") -> Difference:
    kind = "FIELD_TYPE_CHANGED"
    if old - {"null"} == new - {"null"}:
        kind = "NULLABLE_ADDED" if "null" in new else "NULLABLE_REMOVED"
    return pair.difference(
        kind, probe, keywords=_TYPING, before=type_names(old), after=type_names(new),
        old_pointer=pair.old.place_of("type"), new_pointer=pair.new.place_of("type"),
    )  # fmt: skip


def _comparable(pair: Pair) -> bool:
    """Say whether what stands inside can still be compared: some type beside null is on both sides."""
    if not pair.new.typed and not (pair.new.fields or pair.new.groups or pair.new.tuple_items or pair.new.other_items):
        return False
    return bool((pair.old.types & pair.new.types) - {"null"}) and (pair.old.typed or not pair.old.node)


def type_names(types: frozenset[str]) -> JsonValue:
    """Write types as a schema would: "number" covers "integer"; every type is `None`."""
    if types == TYPES:
        return None
    shown = sorted(types - {"integer"} if "number" in types else types, key=lambda name: (name == "null", name))
    return shown[0] if len(shown) == 1 else shown


def _choices(pair: Pair) -> Iterator[Difference]:
    old, new = pair.old.choices, pair.new.choices
    if old is None and new is None:
        return
    if old is None or new is None:
        kind = "CONSTRAINT_TIGHTENED" if old is None else "CONSTRAINT_LOOSENED"
        yield pair.difference(
            kind, "group", name="enum", keywords=("type", "enum", "const", "oneOf", "anyOf"), before=old, after=new,
            old_pointer=_choices_pointer(pair.old), new_pointer=_choices_pointer(pair.new),
        )  # fmt: skip
        return
    nullable = ("null" in pair.old.types) != ("null" in pair.new.types)
    for kind, have, lack in (("ENUM_VALUE_REMOVED", old, new), ("ENUM_VALUE_ADDED", new, old)):
        known = {canonical(value) for value in lack}
        values = [v for v in have if canonical(v) not in known and not (v is None and nullable)]
        if values:
            yield pair.difference(
                kind, "group", name="enum", keywords=("enum", "const", "oneOf", "anyOf"),
                before=values if have is old else None, after=values if have is new else None,
                old_pointer=_choices_pointer(pair.old), new_pointer=_choices_pointer(pair.new),
            )  # fmt: skip


def _choices_pointer(view: View) -> str | None:
    for keyword in ("enum", "const", "oneOf", "anyOf"):
        if view.having(keyword):
            return view.place_of(keyword)
    return view.pointer


def _constraint(pair: Pair, group: Group, used: frozenset[str]) -> Iterator[Difference]:
    if (
        group.family
        and not {group.family, "integer" if group.family == "number" else ""} & pair.old.types & pair.new.types
    ):
        return
    changed = tuple(word for word in group.keywords if word in used and not _alike(pair, word))
    if not changed:
        return
    first = changed[0]
    yield pair.difference(
        "CONSTRAINT_CHANGED", "group", name=first, keywords=group.keywords, family=group.family,
        before=_said(pair.old, changed), after=_said(pair.new, changed),
        old_pointer=_first_place(pair.old, changed), new_pointer=_first_place(pair.new, changed),
    )  # fmt: skip


def _alike(pair: Pair, keyword: str) -> bool:
    if keyword in ONE | LISTS | MAPS:
        old, new = _schemas(pair.old, keyword), _schemas(pair.new, keyword)
        names = [place.pointer.rpartition("/")[2] for place in old], [place.pointer.rpartition("/")[2] for place in new]
        same_names = keyword in ONE or names[0] == names[1]
        if not (same_names and pair.unchanged.same_nodes(old, new)):
            return False
        return keyword != "dependencies" or pair.old.values(keyword) == pair.new.values(keyword)
    return same(pair.old.values(keyword), pair.new.values(keyword))


def _schemas(view: View, keyword: str) -> Node:
    found: list[Place] = []
    for part in view.having(keyword):
        value = part.place.value[keyword]
        if keyword in MAPS and isinstance(value, dict):
            found += [part.place.below(keyword, n) for n in sorted(value) if isinstance(value[n], dict | bool)]
        elif isinstance(value, dict | bool):
            found.append(part.place.below(keyword))
    return tuple(found)


def _said(view: View, keywords: tuple[str, ...]) -> JsonValue:
    said = {word: view.values(word) for word in keywords if view.having(word)}
    return {word: values[0] if len(values) == 1 else values for word, values in said.items()}


def _first_place(view: View, keywords: tuple[str, ...]) -> str | None:
    return next((view.place_of(word) for word in keywords if view.having(word)), view.pointer)


def _branches(pair: Pair) -> Iterator[Difference]:
    old, new = ([keyword for keyword, _ in view.groups] for view in (pair.old, pair.new))
    if old != new:
        first = next((word for word in new if word not in old), (new or old)[0])
        yield pair.difference(
            "CONSTRAINT_CHANGED", "group", name=first, keywords=_ALTERNATIVES, before=old or None, after=new or None,
            old_pointer=pair.old.place_of(old[0]) if old else pair.old.pointer,
            new_pointer=pair.new.place_of(new[0]) if new else pair.new.pointer,
        )  # fmt: skip
    for keyword, found in _matched(pair):
        for place in found.gone:
            yield pair.difference(
                "BRANCH_REMOVED", "branch", name=keyword, before=place.value, old_pointer=place.pointer,
                new_pointer=pair.new.place_of(keyword),
            )  # fmt: skip
        for place in found.come:
            yield pair.difference(
                "BRANCH_ADDED", "branch", name=keyword, after=place.value, new_pointer=place.pointer,
                old_pointer=pair.old.place_of(keyword),
            )  # fmt: skip


def _matched(pair: Pair) -> Iterator[tuple[str, Matched]]:
    """Match within each keyword in order; a whole set of alternatives that came or left is told as a constraint."""
    old, new = pair.old.groups, pair.new.groups
    if len(old) == len(new):
        found = list(zip(old, new, strict=True))
    else:
        sides = (([group for group in side if group[0] == word] for side in (old, new)) for word in _ALTERNATIVES)
        found = [both for left, right in sides for both in zip(left, right, strict=False)]
    for (keyword, left), (_, right) in found:
        key = key_of(left, right)
        if key not in pair.matched:  # references lead to the same alternatives from many places
            pair.matched[key] = _match(pair, left, right)
        yield keyword, pair.matched[key]


def _match(pair: Pair, left: Node, right: Node) -> Matched:
    gone, come = list(left), list(right)
    matched: list[tuple[Place, Place]] = []
    for way in _ways(pair, left, right):
        found = list(_partners(gone, come, way))
        taken = {id(place) for both in found for place in both}
        gone, come = ([place for place in side if id(place) not in taken] for side in (gone, come))
        matched += found
    return Matched(gone, come, matched)


@dataclass(frozen=True, slots=True)
class _Way:
    """How alternatives find each other: by what both name themselves, where `same` says so too."""

    old: Callable[[Place], Iterable[Hashable]]
    new: Callable[[Place], Iterable[Hashable]]
    same: Callable[[Place, Place], bool] = lambda _old, _new: True


def _ways(pair: Pair, left: Node, right: Node) -> Iterator[_Way]:
    old, new = pair.old.source, pair.new.source
    yield _Way(lambda place: (old.meaning(place),), lambda place: (new.meaning(place),), pair.unchanged.same)
    yield _Way(lambda place: _labels(View(old, (place,))), lambda place: _labels(View(new, (place,))))
    if len(left) == len(right):
        yield _Way(_position, _position)


def _partners(gone: Sequence[Place], come: Sequence[Place], way: _Way) -> Iterator[tuple[Place, Place]]:
    """Give each old alternative the first new one that is left for it, without asking every one about every other."""
    named: dict[Hashable, list[int]] = {}
    for number, place in enumerate(come):
        for name in way.new(place):
            named.setdefault(name, []).append(number)
    left = set(range(len(come)))
    for old in gone:
        coming = (number for number in merge(*(named.get(name, ()) for name in way.old(old))) if number in left)
        partner = next((number for number in coming if way.same(old, come[number])), None)
        if partner is not None:
            left.remove(partner)
            yield old, come[partner]


def _position(place: Place) -> tuple[str]:
    return (place.pointer.rpartition("/")[2],)


def _labels(view: View) -> set[str]:
    """Name what tells one alternative from the others: a title, a referenced name, a tag property, its type."""
    found = {f"title {view.annotation('title')}"} if view.annotation("title") else set()
    for place in view.node:
        if isinstance(place.value, dict) and isinstance(place.value.get("$ref"), str):
            found.add(f"ref {place.value['$ref']}")
    for name, node in view.fields.items():
        choices = View(view.source, node).choices
        if choices and len(choices) == 1:
            found.add(f"tag {name}={canonical(choices[0])}")
    if len(view.types) == 1 and "object" not in view.types:
        found.add(f"type {min(view.types)}")
    return found


def inner(pair: Pair) -> Iterator[Pair]:
    """Yield the pairs inside: items, alternatives, conditional parts."""
    old, new = pair.old.tuple_items, pair.new.tuple_items
    for i in range(max(len(old), len(new))):
        left = old[i] if i < len(old) else pair.old.other_items
        right = new[i] if i < len(new) else pair.new.other_items
        yield from pair.inner(left, right, Step("position", str(i)))
    first = str(max(len(old), len(new))) if old or new else ""
    yield from pair.inner(pair.old.other_items, pair.new.other_items, Step("item", first))
    for _, found in _matched(pair):
        for a, b in found.both:
            yield from pair.inner((a,), (b,))
