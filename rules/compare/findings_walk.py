"""Walk two schema documents side by side and name their differences, one for each cause.

What is unchanged by hash is skipped, a pair of schemas is compared once however often it is referred to, and below a
type that changed altogether nothing more is said. The comparers of one pair are in `findings_values` and
`findings_fields`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from rules.compare.places import LISTS, MAPS, ONE, Node, Place, Unchanged
from rules.compare.renames import Fields, renames
from rules.compare.views import View
from rules.jsontext import JsonValue

StepKind = Literal["field", "item", "position", "extra", "pattern"]
Probe = Literal["group", "node", "added", "removed", "required", "optional", "open", "branch", "moved", "fixed"]

_TELLING = frozenset(LISTS | MAPS | ONE) - {
    "allOf", "prefixItems", "items", "additionalItems", "properties", "patternProperties", "additionalProperties",
    "unevaluatedProperties",
}  # fmt: skip
"""Keywords with schemas inside that are told about at the place of the keyword itself."""
_HOLDING = frozenset(LISTS | MAPS | ONE) - {"allOf"}
"""Keywords with schemas inside; the branches of an `allOf` are parts of the same place."""
MAX_PAIRS = 50_000
"""Pairs of schemas compared at most; beyond, the relations still decide and one finding says so."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step from a document into a part of it."""

    kind: StepKind
    name: str = ""


Path = tuple[Step, ...]
Key = tuple[tuple[str, ...], ...]
"""Sets of places of both documents, by their pointers."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference before it is graded.

    `old` and `new` are what both sides say at `path`; `probe` says which question settles the severity, `keywords`
    which of what they say it is about, `name` the field or keyword in question, `before` and `after` the values that
    people compare.
    """

    kind: str
    path: Path
    old: View
    new: View
    probe: Probe
    old_pointer: str | None
    new_pointer: str | None
    before: JsonValue = None
    after: JsonValue = None
    name: str = ""
    keywords: tuple[str, ...] = ()
    family: str = ""

    @property
    def place(self) -> Path:
        """The part of a document that the difference is about: the field itself, not the object around it."""
        return (*self.path, Step("field", self.name)) if self.probe in FIELD_PROBES else self.path


FIELD_PROBES: frozenset[str] = frozenset({"added", "removed", "required", "optional", "moved"})


@dataclass(frozen=True, slots=True)
class Matched:
    """What became of a set of alternatives: those gone, those that came, those on both sides."""

    gone: list[Place]
    come: list[Place]
    both: list[tuple[Place, Place]]


@dataclass(frozen=True)
class Pair:
    """What the two documents say of one part of the documents they describe."""

    old: View
    new: View
    path: Path
    unchanged: Unchanged
    identical: Unchanged
    matched: dict[Key, Matched] = field(default_factory=dict)
    """What became of sets of alternatives, by their pointers on both sides; shared by all pairs of a walk."""
    met: set[Key] = field(default_factory=set)
    """The pairs met so far, likewise."""

    def inner(self, old: Node, new: Node, *steps: Step) -> Iterator[Pair]:
        """Yield the pair for a part inside this one, unless not a word of it changed."""
        key = key_of(old, new)
        if key not in self.met and not self.identical.same_nodes(old, new):
            self.met.add(key)
            views = _views(self.unchanged, old, new)
            yield Pair(*views, (*self.path, *steps), self.unchanged, self.identical, self.matched, self.met)

    @cached_property
    def same_words(self) -> bool:
        """Say whether all that changed stands behind references of the fields and items inside."""
        old, new = self.old.parts, self.new.parts
        return (
            len(old) == len(new)
            and _TELLING.isdisjoint(self.old.words)
            and all(
                a.or_null == b.or_null and self.identical.equal(a.place, b.place) for a, b in zip(old, new, strict=True)
            )
            and self.unchanged.same_nodes(self.old.extra, self.new.extra)
        )

    @property
    def holding(self) -> Key:
        """The places of both sides that hold what is inside this pair, however they were reached."""
        return tuple(
            tuple(
                part.place.pointer
                for part in view.parts
                if isinstance(part.place.value, dict) and _HOLDING & part.place.value.keys()
            )
            for view in (self.old, self.new)
        )

    @cached_property
    def gone(self) -> dict[str, View]:
        """The old fields that the new version declares nowhere at this place."""
        return _missing(self.old, self.new)

    @cached_property
    def come(self) -> dict[str, View]:
        """The new fields that the old version declared nowhere at this place."""
        return _missing(self.new, self.old)

    @cached_property
    def renamed(self) -> dict[str, str]:
        """Old names that left, each with the new name that came for it."""
        return renames(Fields(self.gone, self.come, self.unchanged))

    def difference(self, kind: str, probe: Probe, **details: object) -> Difference:
        """Make a difference of this pair; pointers default to the whole schemas."""
        values = {"old_pointer": self.old.pointer, "new_pointer": self.new.pointer, **details}
        return Difference(kind=kind, path=self.path, old=self.old, new=self.new, probe=probe, **values)  # type: ignore[arg-type] # fields by name


def _views(unchanged: Unchanged, old: Node, new: Node) -> tuple[View, View]:
    """View both sides; where either has alternatives, a lone one of the other is held beside them."""
    views = View(unchanged.old, old), View(unchanged.new, new)
    if any(view.grouped for view in views):
        return View(unchanged.old, old, beside=True), View(unchanged.new, new, beside=True)
    return views


def _missing(view: View, other: View) -> dict[str, View]:
    return {
        name: View(view.source, node)
        for name, node in view.fields.items()
        if name not in other.fields and name not in other.elsewhere
    }


def walk(unchanged: Unchanged) -> Iterator[Difference]:
    """Yield every difference, outer before inner, those of one depth in the order of the old document.

    What stands in a definition is told once, at the nearest place that refers to it, however many there are.
    """
    told: set[Hashable] = set()
    for difference in _walked(unchanged):
        causes = {(difference.kind, difference.probe, difference.name, place) for place in _causes(difference)}
        if told.isdisjoint(causes):
            yield difference
        told |= causes


def _causes(difference: Difference) -> Iterator[tuple[Hashable, ...]]:
    """Name what is to blame: both places; or the new one and what the old one means, of which there may be copies."""
    yield difference.old_pointer, difference.new_pointer
    if difference.new_pointer is not None and difference.new.node and difference.old.node:
        meaning = tuple(difference.old.source.meaning(place) for place in difference.old.node)
        yield difference.new_pointer, difference.new.node[0].pointer, meaning


def _walked(unchanged: Unchanged) -> Iterator[Difference]:
    from rules.compare import findings_fields, findings_values  # noqa: PLC0415 - they build on this module's values

    old, new = unchanged.old, unchanged.new
    waiting = deque([Pair(*_views(unchanged, (old.root,), (new.root,)), (), unchanged, Unchanged(old, new, text=True))])
    entered: set[Key] = set()
    for _ in range(MAX_PAIRS):
        if not waiting:
            return
        pair = waiting.popleft()
        if not pair.same_words:
            yield from findings_values.marks(pair)
            if not unchanged.same_nodes(pair.old.node, pair.new.node):
                if (yield from findings_values.differences(pair)):
                    continue
                yield from findings_fields.differences(pair)
        if pair.holding not in entered:
            entered.add(pair.holding)
            waiting.extend(findings_fields.inner(pair))
            waiting.extend(findings_values.inner(pair))


def key_of(*nodes: Node) -> Key:
    """Name sets of places by their pointers."""
    return tuple(tuple(place.pointer for place in node) for node in nodes)


def people(path: Path) -> str:
    """Write a path as people do: `items[].price`, `["odd name"]`, `labels.*`; "" is the whole document."""
    text = ""
    for step in path:
        if step.kind == "field":
            plain = step.name.replace("_", "a").replace("-", "a").replace("$", "a").isalnum()
            text += (f".{step.name}" if text else step.name) if plain else f"[{_quoted(step.name)}]"
        elif step.kind == "item":
            text += "[]"
        elif step.kind == "position":
            text += f"[{step.name}]"
        else:
            text += ("." if text else "") + ("*" if step.kind == "extra" else f"{{{step.name}}}")
    return text


def _quoted(name: str) -> str:
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
