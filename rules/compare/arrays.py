"""Arrays: what each item must be, how many items pass or fail the schemas that are counted, and repetition.

An item beyond all listed indices that no demand needs can be left out of an array without harm. So lengths up to the
listed indices, `minItems` and the sum of demands suffice.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import combinations

from rules.compare import algebra as a
from rules.compare.algebra import Node
from rules.compare.emptiness import Conjunction, Solver
from rules.compare.group import Group
from rules.compare.outcome import EMPTY, Empty, Found, Outcome, Unknown, composed
from rules.compare.values import Reason
from rules.jsontext import JsonValue, canonical

MAX_ITEMS = 400
MAX_CAREFUL = 24


@dataclass(frozen=True, slots=True)
class _Count:
    """Among the items from `start` until before `end`, between `low` and `high` are of `child`."""

    start: int
    end: int | None
    child: Node
    low: int
    high: int | None


@dataclass(slots=True)
class _Shape:
    every: list[tuple[int, int | None, Node]] = field(default_factory=list)
    counts: list[_Count] = field(default_factory=list)
    low: int = 0
    high: int | None = None
    unique: bool | None = None

    def at_least(self, size: int) -> None:
        self.low = max(self.low, size)

    def at_most(self, size: int) -> None:
        self.high = size if self.high is None else min(self.high, size)


def _collect(group: Group) -> tuple[_Shape, bool]:
    """Sort the literals of a group; the flag says that some items repeat and none does."""
    shape, clash = _Shape(), False
    for node in group.literals:
        match node.body:
            case a.Items(start, end, child):
                if node.positive:
                    shape.every.append((start, end, child))
                else:
                    shape.counts.append(_Count(start, end, child.negation, 1, None))
            case a.Contains(child, count):
                low, high = (count, None) if node.positive else (0, count - 1)
                shape.counts.append(_Count(0, None, child, low, high))
            case a.MinSize(size):
                shape.at_least(size) if node.positive else shape.at_most(size - 1)
            case a.MaxSize(size):
                shape.at_most(size) if node.positive else shape.at_least(size + 1)
            case _:
                clash = clash or shape.unique is (not node.positive)
                shape.unique = node.positive
    return shape, clash


def solve_array(solver: Solver, group: Group) -> Outcome:
    """Find an array of a group."""
    shape, clash = _collect(group)
    if clash or (shape.high is not None and shape.high < shape.low):
        return EMPTY
    return _Arrays(solver, shape).solve()


class _Arrays:
    def __init__(self, solver: Solver, shape: _Shape) -> None:
        self.solver = solver
        self.shape = shape
        self.unknown: Unknown | None = None

    def solve(self) -> Outcome:
        shape = self.shape
        for one in shape.counts:
            if one.low > 0 and isinstance(self.solver.solve(frozenset([one.child])), Empty):
                return EMPTY
        edges = [n for start, end, _ in shape.every for n in (start, end or 0)]
        edges += [n for one in shape.counts for n in (one.start, one.end or 0)]
        needed = sum(one.low for one in shape.counts) + (2 if shape.unique is False else 0)
        longest = max(shape.low, max(edges, default=0) + needed)
        if shape.high is not None:
            longest = min(longest, shape.high)
        if shape.low > MAX_ITEMS:
            return Unknown(Reason("minItems", self.solver.budget.pointer, "too many items to write down"))
        for length in range(shape.low, min(longest, shape.low + MAX_ITEMS) + 1):
            found = self._of_length(length)
            if found is not None:
                return found
            if self._stuck_at(length):
                break
        if longest > shape.low + MAX_ITEMS and self.unknown is None and not self._stuck_at(shape.low + MAX_ITEMS):
            self.unknown = Unknown(Reason("maxItems", self.solver.budget.pointer, "too many lengths to try"))
        return self.unknown or EMPTY

    def _base(self, i: int) -> Conjunction:
        return frozenset(
            child for start, end, child in self.shape.every if start <= i and (end is None or i < end)
        )  # fmt: skip

    def _stuck_at(self, length: int) -> bool:
        """Say that no longer array is possible, since its next item is not."""
        return length > 0 and isinstance(self.solver.solve(self._base(length - 1)), Empty)

    def _of_length(self, length: int) -> Outcome | None:
        """Find an array of this length; `None` where there is none or it is not known."""
        if self._stuck_at(length):
            return None
        if self.shape.unique is False:
            for i, j in combinations(range(length), 2):
                slots: list[tuple[int, ...]] = [(n,) if n != i else (i, j) for n in range(length) if n != j]
                found = self._fill(slots, length)
                if found is not None:
                    return found
            return None
        return self._fill([(n,) for n in range(length)], length)

    def _fill(self, slots: list[tuple[int, ...]], length: int) -> Outcome | None:
        bases: list[Conjunction] = []
        for slot in slots:
            base = frozenset(child for i in slot for child in self._base(i))
            if isinstance(self.solver.solve(base), Empty):
                return None
            bases.append(base)
        if not self.shape.counts:
            return self._written(slots, bases, length)
        if len(slots) > MAX_CAREFUL:
            self.unknown = self.unknown or Unknown(
                Reason("contains", self.solver.budget.pointer, "too many items to weigh against what is counted")
            )
            return None
        return self._choose(slots, bases, length, [0] * len(self.shape.counts))

    def _choose(
        self, slots: list[tuple[int, ...]], bases: list[Conjunction], length: int, sums: list[int], at: int = 0
    ) -> Outcome | None:
        """Decide from slot `at` on which counted schemas the item passes."""
        self.solver.budget.spend(1 + len(slots) * len(self.shape.counts) // 8)
        if not self._reachable(slots[at:], sums):
            return None
        if at == len(slots):
            return self._written(slots, bases, length)
        for wanted, added in self._truths(slots[at], bases[at], sums):
            more = [one + extra for one, extra in zip(sums, added, strict=True)]
            chosen = [*bases[:at], wanted, *bases[at + 1 :]]
            found = self._choose(slots, chosen, length, more, at + 1)
            if found is not None:
                return found
        return None

    def _reachable(self, rest: list[tuple[int, ...]], sums: list[int]) -> bool:
        for one, so_far in zip(self.shape.counts, sums, strict=True):
            if one.high is not None and so_far > one.high:
                return False
            if so_far + sum(_weight(one, slot) for slot in rest) < one.low:
                return False
        return True

    def _truths(
        self, slot: tuple[int, ...], base: Conjunction, sums: list[int]
    ) -> Iterator[tuple[Conjunction, list[int]]]:
        """Give what an item may be made to pass or fail, with what that adds to each count."""
        options: list[tuple[Conjunction, list[int]]] = [(base, [])]
        for one, so_far in zip(self.shape.counts, sums, strict=True):
            weight = _weight(one, slot)
            found = []
            for wanted, added in options:
                if weight and (so_far < one.low or one.high is not None):
                    found.append((wanted | {one.child}, [*added, weight]))
                negative = weight and one.high is not None
                found.append((wanted | {one.child.negation} if negative else wanted, [*added, 0]))
            options = [option for option in found if not isinstance(self.solver.solve(option[0]), Empty)]
        yield from options

    def _written(self, slots: list[tuple[int, ...]], wanted: list[Conjunction], length: int) -> Outcome | None:
        values = self._different(wanted) if self.shape.unique else self._any(wanted)
        if values is None:
            return None
        items: list[JsonValue] = [None] * length
        for slot, found in zip(slots, values, strict=True):
            for i in slot:
                items[i] = found.value
        outcome = composed(items, (found.size * len(slot) for slot, found in zip(slots, values, strict=True)))
        self._note(outcome)
        return outcome if isinstance(outcome, Found) else None

    def _any(self, wanted: list[Conjunction]) -> list[Found] | None:
        values = []
        for one in wanted:
            outcome = self.solver.solve(one)
            if not isinstance(outcome, Found):
                self._note(outcome)
                return None
            values.append(outcome)
        return values

    def _note(self, outcome: Outcome) -> None:
        if isinstance(outcome, Unknown):
            self.unknown = self.unknown or outcome

    def _different(self, wanted: list[Conjunction]) -> list[Found] | None:
        """Give each item a value of its own: a matching of items to values."""
        domains = [self._domain(one, len(wanted)) for one in wanted]
        holder: dict[str, int] = {}

        def place(item: int, tried: set[str]) -> bool:
            for text in domains[item]:
                if text in tried:
                    continue
                tried.add(text)
                if text not in holder or place(holder[text], tried):
                    holder[text] = item
                    return True
            return False

        if not all(place(item, set()) for item in range(len(wanted))):
            return None
        owned = {item: text for text, item in holder.items()}
        return [domains[item][owned[item]] for item in range(len(wanted))]

    def _domain(self, wanted: Conjunction, count: int) -> dict[str, Found]:
        """Give up to `count` different values."""
        compiler = self.solver.compiler
        found: dict[str, Found] = {}
        while len(found) < count:
            excluded = {compiler.algebra.enumeration(frozenset(found)).negation} if found else set()
            outcome = self.solver.solve(wanted | excluded)
            if not isinstance(outcome, Found):
                self._note(outcome)
                break
            text = canonical(outcome.value)
            if text in found:  # cannot be: it is excluded
                break
            compiler.constant(outcome.value)
            found[text] = outcome
        return found


def _weight(one: _Count, slot: tuple[int, ...]) -> int:
    return sum(1 for i in slot if one.start <= i and (one.end is None or i < one.end))
