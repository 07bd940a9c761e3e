"""Objects: which names may, must and must not be there, and what their values have to be.

Listed names stand for themselves; all other names fall into cells that no pattern tells apart, each with room for so
many names as its language has words. Every demand ("some name of these has such a value") is met by a property; a
smallest object has no more than the demands and `minProperties` ask for.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from rules.compare import algebra as a
from rules.compare.algebra import Node
from rules.compare.emptiness import Conjunction, Solver
from rules.compare.group import Group
from rules.compare.names import Names
from rules.compare.outcome import EMPTY, Empty, Found, Outcome, Unknown, composed
from rules.compare.patterns.regex import Regex
from rules.compare.patterns.search import members, shortest
from rules.compare.values import Reason

MAX_PATTERNS = 8
MAX_FILL = 5_000


@dataclass(slots=True)
class Index:
    """What a group says, by name."""

    by_name: dict[str, list[Node]] = field(default_factory=dict)
    by_pattern: list[tuple[Names, Node]] = field(default_factory=list)
    forced: dict[str, list[Node]] = field(default_factory=dict)
    demands: list[tuple[Names, Node]] = field(default_factory=list)
    listed: set[str] = field(default_factory=set)
    low: int = 0
    high: int | None = None


def index_of(solver: Solver, group: Group) -> Index:
    """Sort the literals of a group by name, once."""
    if isinstance(group.index, Index):
        return group.index
    index = Index()
    for node in group.literals:
        _sort_in(solver, index, node)
    group.index = index
    return index


def _sort_in(solver: Solver, index: Index, node: Node) -> None:
    match node.body:
        case a.Properties(names, child):
            index.listed |= names.listed
            if node.positive:
                _universal(index, names, child)
            elif names.regex is None and len(names.listed) == 1:
                index.forced.setdefault(next(iter(names.listed)), []).append(child.negation)
            else:
                index.demands.append((names, child.negation))
        case a.Required(name):
            index.listed.add(name)
            if node.positive:
                index.forced.setdefault(name, [])
            else:
                index.by_name.setdefault(name, []).append(solver.compiler.algebra.bottom)
        case a.MinSize(size) if node.positive:
            index.low = max(index.low, size)
        case a.MaxSize(size) if not node.positive:
            index.low = max(index.low, size + 1)
        case a.MinSize(size) | a.MaxSize(size):
            bound = size if node.positive else size - 1
            index.high = bound if index.high is None else min(index.high, bound)


def _universal(index: Index, names: Names, child: Node) -> None:
    if names.regex is not None:
        index.by_pattern.append((names, child))
        return
    for name in names.listed:
        index.by_name.setdefault(name, []).append(child)


def refuted(solver: Solver, group: Group, branch: Node) -> bool:
    """Say quickly that a demand on one name contradicts what a group says of that name."""
    if group.type != a.OBJECT or branch.kind != "literal" or branch.positive:
        return False
    body = branch.body
    if not isinstance(body, a.Properties) or body.names.regex is not None or len(body.names.listed) != 1:
        return False
    index = index_of(solver, group)
    name = next(iter(body.names.listed))
    wanted = [body.child.negation, *index.forced.get(name, [])]
    return isinstance(solver.solve(_allowed(solver, index, name) | frozenset(wanted)), Empty)


def _allowed(solver: Solver, index: Index, name: str) -> Conjunction:
    lang = solver.compiler.languages
    patterned = [child for names, child in index.by_pattern if names.contains(name, lang)]
    return frozenset([*index.by_name.get(name, []), *patterned])


@dataclass(slots=True)
class _Cell:
    regex: Regex
    children: Conjunction


@dataclass(slots=True)
class _Draft:
    """An object in the making: listed names, and properties in cells, each with what its value must be."""

    named: dict[str, Conjunction] = field(default_factory=dict)
    cells: list[tuple[int, Conjunction]] = field(default_factory=list)

    def copy(self) -> _Draft:
        return _Draft(dict(self.named), list(self.cells))

    @property
    def size(self) -> int:
        return len(self.named) + len(self.cells)


def solve_object(solver: Solver, group: Group) -> Outcome:
    """Find an object of a group."""
    return _Objects(solver, index_of(solver, group)).solve()


class _Objects:
    def __init__(self, solver: Solver, index: Index) -> None:
        self.solver = solver
        self.index = index
        self.unknown: Unknown | None = None
        self._cells: list[_Cell] | None = None

    def solve(self) -> Outcome:
        index = self.index
        if index.high is not None and max(index.low, len(index.forced)) > index.high:
            return EMPTY
        draft = _Draft()
        for name in sorted(index.forced, key=lambda name: -len(index.forced[name])):
            wanted = _allowed(self.solver, index, name) | frozenset(index.forced[name])
            if not self._possible(wanted):
                return EMPTY
            draft.named[name] = wanted
        if len(index.by_pattern) + len(index.demands) > 4 * MAX_PATTERNS:
            return self._give_up("patternProperties", "too many patterns of names meet")
        found = self._meet(draft, 0)
        if found is not None:
            return found
        return self.unknown or EMPTY

    def _give_up(self, keyword: str, detail: str) -> Outcome:
        return Unknown(Reason(keyword, self.solver.budget.pointer, detail))

    def _possible(self, wanted: Conjunction) -> bool:
        return not isinstance(self.solver.solve(wanted), Empty)

    def cells(self) -> list[_Cell]:
        """Split the names that nobody lists into cells, each with what its values must be."""
        if self._cells is None:
            lang = self.solver.compiler.languages
            found = [_Cell(lang.everything, frozenset())]
            patterns = self._patterns()
            spared = [lang.negate(lang.literal(name)) for name in sorted(self.index.listed)] if patterns else []
            for regex in patterns:
                halves = [(cell, half) for cell in found for half in (regex, lang.negate(regex))]
                found = [_Cell(lang.both([cell.regex, half]), frozenset()) for cell, half in halves]
                found = [cell for cell in found if shortest(lang, cell.regex) is not None]
            self._cells = []
            for cell in found:
                small = lang.both([cell.regex, *spared]) if cell.regex is not lang.everything else cell.regex
                children = frozenset(child for names, child in self.index.by_pattern if self._covers(names, cell))
                self._cells.append(_Cell(small, children))
        return self._cells

    def _patterns(self) -> list[Regex]:
        lang = self.solver.compiler.languages
        every = [names.regex for names, _ in [*self.index.by_pattern, *self.index.demands] if names.regex is not None]
        distinct = {regex.id: regex for regex in every if regex is not lang.everything}
        for regex in list(distinct.values()):
            opposite = lang.negate(regex)
            if opposite.id in distinct and regex.id in distinct:
                del distinct[opposite.id]
        return list(distinct.values())

    def _covers(self, names: Names, cell: _Cell) -> bool:
        """Say whether a cell lies inside a pattern; it lies inside or outside, so one of its words tells."""
        lang = self.solver.compiler.languages
        if names.regex is None:
            return False
        if names.regex is lang.everything:
            return True
        word = shortest(lang, cell.regex)
        return word is not None and lang.matches(names.regex, word)

    def _meet(self, draft: _Draft, at: int) -> Outcome | None:
        """Meet the demands from `at` on, then fill up; `None` where that fails."""
        self.solver.budget.spend()
        if self.index.high is not None and draft.size > self.index.high:
            return None
        if at == len(self.index.demands):
            return self._fill(draft)
        names, child = self.index.demands[at]
        for option in self._options(draft, names, child):
            found = self._meet(option, at + 1)
            if found is not None:
                return found
        return None

    def _options(self, draft: _Draft, names: Names, child: Node) -> Iterator[_Draft]:
        yield from self._joining(draft, names, child)
        for i, cell in enumerate(self.cells() if names.regex is not None else []):
            if self._covers(names, cell) and self._possible(cell.children | {child}):
                option = draft.copy()
                option.cells.append((i, cell.children | {child}))
                if self._room(option, i):
                    yield option
        lang = self.solver.compiler.languages
        for name in sorted(self.index.listed):
            if name in draft.named or not names.contains(name, lang):
                continue
            wanted = _allowed(self.solver, self.index, name) | {child}
            if self._possible(wanted):
                option = draft.copy()
                option.named[name] = wanted
                yield option

    def _joining(self, draft: _Draft, names: Names, child: Node) -> Iterator[_Draft]:
        lang = self.solver.compiler.languages
        for name, wanted in draft.named.items():
            if names.contains(name, lang) and self._possible(wanted | {child}):
                option = draft.copy()
                option.named[name] = wanted | {child}
                yield option
        for position, (i, wanted) in enumerate(draft.cells):
            if self._covers(names, self.cells()[i]) and self._possible(wanted | {child}):
                option = draft.copy()
                option.cells[position] = (i, wanted | {child})
                yield option

    def _room(self, draft: _Draft, i: int) -> bool:
        used = sum(1 for cell, _ in draft.cells if cell == i)
        return len(self._words(i, used)) == used

    def _words(self, i: int, count: int) -> list[str]:
        lang = self.solver.compiler.languages
        regex = self.cells()[i].regex
        if regex is lang.everything:
            return _fresh(self.index.listed, count)
        return members(lang, regex, count)

    def _fill(self, draft: _Draft) -> Outcome | None:
        missing = self.index.low - draft.size
        if missing > MAX_FILL:
            self.unknown = Unknown(
                Reason("minProperties", self.solver.budget.pointer, "too many properties to write down")
            )
            return None
        draft = draft.copy()
        if missing > 0 and not self._filled(draft, missing):
            return None
        return self._written(draft)

    def _filled(self, draft: _Draft, missing: int) -> bool:
        for i, cell in enumerate(self.cells()):
            if not self._possible(cell.children):
                continue
            used = sum(1 for other, _ in draft.cells if other == i)
            room = min(len(self._words(i, used + missing)) - used, missing)
            draft.cells += [(i, cell.children)] * room
            missing -= room
            if missing == 0:
                return True
        for name in sorted(self.index.listed - draft.named.keys()):
            wanted = _allowed(self.solver, self.index, name)
            if self._possible(wanted):
                draft.named[name] = wanted
                missing -= 1
                if missing == 0:
                    return True
        return False

    def _written(self, draft: _Draft) -> Outcome | None:
        value, sizes = {}, []
        parts = list(draft.named.items())
        for i in sorted({i for i, _ in draft.cells}):
            wanted = [one for cell, one in draft.cells if cell == i]
            parts += zip(self._words(i, len(wanted)), wanted, strict=True)
        for name, wanted_here in parts:
            outcome = self.solver.solve(wanted_here)
            self._noted(outcome)
            if not isinstance(outcome, Found):
                return None
            value[name] = outcome.value
            sizes.append(outcome.size)
        return self._noted(composed(value, sizes))

    def _noted(self, outcome: Outcome) -> Outcome | None:
        if isinstance(outcome, Unknown):
            self.unknown = self.unknown or outcome
            return None
        return outcome


def _fresh(listed: set[str], count: int) -> list[str]:
    """Make names that nobody lists."""
    found: list[str] = []
    number = 0
    while len(found) < count:
        name = "extra" if number == 0 else f"extra{number + 1}"
        if name not in listed:
            found.append(name)
        number += 1
    return found
