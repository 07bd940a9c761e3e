"""Is there a value that satisfies a conjunction of formulas? A witness, a proof that there is none, or not known.

For each type: collect literals, solve them alone (a relaxation: without it there is no value), evaluate the value
found on the open choices, and branch on one that it fails. A conjunction met again inside a value of itself is taken as
empty there: a smallest value never holds itself. Results that rest on this are kept only while it stands. What lies
deeper than Python's stack goes is taken as empty likewise, and settled afterwards from the top.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import chain
from operator import attrgetter

from rules.compare import algebra as a
from rules.compare.algebra import Node
from rules.compare.budget import Budget
from rules.compare.compiler import Compiler
from rules.compare.evaluate import Evaluator, every
from rules.compare.group import SHARE, Group
from rules.compare.outcome import EMPTY, Empty, Found, Outcome, Unknown
from rules.compare.values import Reason

Conjunction = frozenset[Node]
SolveType = Callable[["Solver", Group], Outcome]
Refuted = Callable[["Solver", Group, Node], bool]
MAX_DEPTH = 48
"""Values nested in one another that one search looks at: Python's stack bounds it."""
OWED = -1
"""The depth of what is taken as empty until the search ends: above the value that is asked about."""
MAX_BRANCHING = 40


class Solver:
    """Searches for values; one for each decision."""

    def __init__(self, compiler: Compiler, solvers: Mapping[int, SolveType], refuted: Refuted) -> None:
        self.compiler = compiler
        self.evaluator = Evaluator(compiler)
        self._solvers = solvers
        self._refuted = refuted
        self._known: dict[Conjunction, Outcome] = {}
        self._unsettled: list[Conjunction] = []
        self._active: dict[Conjunction, int] = {}
        self._leaning: dict[Conjunction, int] = {}
        self._leaning_on: dict[int, list[Conjunction]] = {}
        self._lowest = MAX_DEPTH + 1
        self._owed: dict[Conjunction, None] = {}

    def begin(self) -> None:
        """Be ready for another question; forget what was not known, and what an unfinished search took for granted."""
        for nodes in (*self._unsettled, *self._leaning):
            self._known.pop(nodes, None)
        self._unsettled.clear()
        self._leaning.clear()
        self._leaning_on.clear()
        self._active.clear()
        self._owed.clear()
        self._lowest = MAX_DEPTH + 1

    @property
    def budget(self) -> Budget:
        """The budget of this decision."""
        return self.compiler.budget

    def answer(self, nodes: Conjunction) -> Outcome:
        """Find a value of a conjunction, however deep the values inside it."""
        while True:
            outcome = self.solve(nodes)
            if isinstance(outcome, Found) or self._settled():
                return outcome

    def _settled(self) -> bool:
        """Solve what was owed, each from the top; where one is not empty, forget what leant on that it is.

        No value of least depth among all that are owed can be, where each is empty as long as none of lesser depth is.
        """
        for owed in iter(lambda: next((one for one in self._owed if one not in self._known), None), None):
            if not isinstance(self._solve_new(owed), Empty):
                for other in self._leaning_on.pop(OWED, []):
                    del self._known[other], self._leaning[other]
                self._owed.clear()
                return False
        for other in self._leaning_on.pop(OWED, []):
            del self._leaning[other]
        self._owed.clear()
        return True

    def solve(self, nodes: Conjunction) -> Outcome:
        """Find a value of a conjunction that is one part of a value, or the whole of one."""
        self.budget.spend(1 + len(nodes) // SHARE)
        top, bottom = self.compiler.algebra.top, self.compiler.algebra.bottom
        if top in nodes:
            nodes -= {top}
        if bottom in nodes or any(node.negation in nodes for node in nodes):
            return EMPTY
        known = self._known.get(nodes)
        if known is not None:
            self._lowest = min(self._lowest, self._leaning.get(nodes, self._lowest))
            return known
        if nodes in self._active:
            self._lowest = min(self._lowest, self._active[nodes])
            return EMPTY
        if nodes in self._owed or len(self._active) >= MAX_DEPTH:
            self._owed[nodes] = None
            self._lowest = OWED
            return EMPTY
        return self._solve_new(nodes)

    def _solve_new(self, nodes: Conjunction) -> Outcome:
        depth = len(self._active)
        outer, self._lowest = self._lowest, MAX_DEPTH + 1
        self._active[nodes] = depth
        try:
            outcome = self._search_types(nodes)
        finally:
            del self._active[nodes]
        mine, self._lowest = self._lowest, outer
        self._keep(nodes, outcome, depth, mine)
        return outcome

    def _keep(self, nodes: Conjunction, outcome: Outcome, depth: int, lowest: int) -> None:
        self._known[nodes] = outcome
        if isinstance(outcome, Unknown):
            self._unsettled.append(nodes)
        # What leaned on something further inside was settled when that was.
        leaning_on_this = self._leaning_on.pop(depth, [])
        if not isinstance(outcome, Empty):
            for other in leaning_on_this:
                del self._known[other], self._leaning[other]
        elif lowest < depth:
            self._lean([nodes, *leaning_on_this], lowest)
            self._lowest = min(self._lowest, lowest)
        else:
            for other in leaning_on_this:
                del self._leaning[other]

    def _lean(self, several: list[Conjunction], depth: int) -> None:
        self._leaning_on.setdefault(depth, []).extend(several)
        for nodes in several:
            self._leaning[nodes] = depth

    def _search_types(self, nodes: Conjunction) -> Outcome:
        unknown: Unknown | None = None
        ordered = sorted(nodes, key=attrgetter("id"))
        mask = self._mask(ordered)
        for type_ in a.TYPES:
            if not type_ & mask:
                continue
            group = Group(self.compiler, type_)
            group.add(ordered)
            outcome = self._search(group, MAX_BRANCHING)
            if isinstance(outcome, Found):
                return outcome
            if isinstance(outcome, Unknown):
                unknown = unknown or outcome
        return unknown or EMPTY

    def _mask(self, nodes: list[Node]) -> int:
        mask = a.ANY
        for node in nodes:
            mask &= node.mask
            if mask and node.kind == "place":
                mask &= self.compiler.expand(node).mask
        return mask

    def _search(self, group: Group, depth: int) -> Outcome:
        if not group.consistent:
            return EMPTY
        self.budget.spend()
        if any(self._closed_off(group, branches) for branches in group.choices.values()):
            return EMPTY
        outcome = self._relaxed(group)
        if isinstance(outcome, Empty):
            return EMPTY
        choice = self._failed_choice(group, outcome)
        if choice is None:
            return self._without_opaque(group, outcome)
        if depth == 0:
            return Unknown(Reason(*self._origin(choice), "too many alternatives meet"))
        return self._branch(group, choice, depth)

    def _closed_off(self, group: Group, branches: list[Node]) -> bool:
        """Say quickly that no branch of a choice can be: so it is with all that changed in a schema that got wider."""
        return bool(branches) and all(self._refuted(self, group, branch) for branch in branches)

    def _relaxed(self, group: Group) -> Outcome:
        if group.candidates is not None:
            return self._candidates(group)
        return self._solvers[group.type](self, group)

    def _candidates(self, group: Group) -> Outcome:
        """Try the values of an enumeration; all that the group says is evaluated on each."""
        unknown = False
        for text in sorted(self._possible_texts(group)):
            value = self.compiler.values[text]
            said = chain(group.literals, group.choices)
            result = every(self.evaluator.holds(node, value) for node in said)
            if result is True:
                return Found(value, 1 + len(text) // 8)
            unknown = unknown or result is None
        return Unknown(self.evaluator.doubt) if unknown else EMPTY

    def _possible_texts(self, group: Group) -> set[str]:
        candidates = group.candidates or frozenset()
        self.budget.spend((len(candidates) + len(group.excluded)) // SHARE)
        return {text for text in candidates if a.type_of_text(text) == group.type} - group.excluded

    def _failed_choice(self, group: Group, outcome: Outcome) -> Node | None:
        if group.candidates is not None:
            return None
        least: Node | None = None
        for choice in group.choices:
            if least is not None and len(choice.parts) >= len(least.parts):
                continue
            if not isinstance(outcome, Found) or self.evaluator.holds(choice, outcome.value) is not True:
                least = choice
        return least

    def _branch(self, group: Group, choice: Node, depth: int) -> Outcome:
        live = group.live(choice) or []
        unknown: Unknown | None = None
        base = group.extended(())
        del base.choices[choice]
        for branch in live:
            self.budget.at(self._origin(branch))
            if self._refuted(self, group, branch):
                continue
            outcome = self._search(base.extended([branch]), depth - 1)
            if isinstance(outcome, Found):
                return outcome
            if isinstance(outcome, Unknown):
                unknown = unknown or outcome
        return unknown or EMPTY

    def _without_opaque(self, group: Group, outcome: Outcome) -> Outcome:
        if group.opaque and isinstance(outcome, Found):
            return Unknown(group.opaque[0].reason)
        return outcome

    def _origin(self, node: Node, depth: int = 6) -> tuple[str, str]:
        origins = self.compiler.algebra.origins
        if node in origins or depth == 0:
            return origins.get(node, (self.budget.keyword, self.budget.pointer))
        parts = (self.compiler.expand(node),) if node.kind in ("place", "closed") else node.parts
        return self._origin(parts[0], depth - 1) if parts else (self.budget.keyword, self.budget.pointer)
