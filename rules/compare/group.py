"""One conjunction for one type: the literals that a value of that type must satisfy, and the choices still open."""

from __future__ import annotations

from collections.abc import Iterable

from rules.compare import algebra as a
from rules.compare import names
from rules.compare.algebra import Node
from rules.compare.compiler import Compiler
from rules.jsontext import JsonValue

SHARE = 16
"""Values of an enumeration that are looked at for the price of one step."""


class Group:
    """Literals of one type, without contradiction on their face, and disjunctions (`choices`) about the same value.

    With each choice stand its branches that are not refuted on their face by what came before.
    `candidates` is the set of canonical texts that the value must be one of, or `None`;
    `excluded` those that it must not be.
    """

    __slots__ = (
        "candidates",
        "choices",
        "compiler",
        "consistent",
        "excluded",
        "index",
        "literals",
        "opaque",
        "seen",
        "type",
    )

    def __init__(self, compiler: Compiler, type_: int) -> None:
        self.compiler = compiler
        self.type = type_
        self.literals: dict[Node, None] = {}
        self.seen: set[Node] = set()
        self.choices: dict[Node, list[Node]] = {}
        self.candidates: frozenset[str] | None = None
        self.excluded: set[str] = set()
        self.opaque: list[a.Opaque] = []
        self.consistent = True
        self.index: object = None

    def extended(self, nodes: Iterable[Node]) -> Group:
        """Give this group with more formulas, simplified."""
        self.compiler.budget.spend((len(self.seen) + len(self.choices)) // SHARE)
        group = Group(self.compiler, self.type)
        group.literals = dict(self.literals)
        group.seen = set(self.seen)
        group.choices = dict(self.choices)
        group.candidates = self.candidates
        group.excluded = set(self.excluded)
        group.opaque = list(self.opaque)
        group.consistent = self.consistent
        group.add(nodes)
        return group

    def add(self, nodes: Iterable[Node]) -> None:
        """Take formulas in, and what follows from them at once."""
        pending = list(nodes)
        while pending and self.consistent:
            while pending and self.consistent:
                self._take(pending.pop(), pending)
            if self.consistent:
                pending = self._propagate()

    def _take(self, node: Node, pending: list[Node]) -> None:
        if node in self.seen:
            return
        if not node.mask & self.type or node.negation in self.seen:
            self.consistent = False
            return
        self.seen.add(node)
        self.compiler.budget.spend()
        match node.kind:
            case "constant":
                self.consistent = node.positive
            case "types":
                pass  # the mask has told
            case "place" | "closed":
                pending.append(self.compiler.expand(node))
            case "and":
                pending.extend(node.parts)
            case "or":
                self.choices[node] = []
            case "enum":
                self._enumerated(node, pending)
            case _:
                self._literal(node)

    def _enumerated(self, node: Node, pending: list[Node]) -> None:
        texts = node.body.texts
        if node.positive:
            self.candidates = texts if self.candidates is None else self.candidates & texts
            self.consistent = bool(self.candidates)
            return
        own = self.compiler.texts_of_type(node, self.type)
        self.compiler.budget.spend(len(own) // SHARE)
        if self.type & (a.OBJECT | a.ARRAY):
            self.compiler.budget.spend(len(own))
            pending += [differs(self.compiler, self.compiler.values[text]) for text in sorted(own)]
        else:
            self.excluded |= own

    def _literal(self, node: Node) -> None:
        if not node.type & self.type:
            return
        if isinstance(node.body, a.Opaque):
            self.opaque.append(node.body)
        else:
            self.literals[node] = None

    def _propagate(self) -> list[Node]:
        """Drop choices that hold already, and take the last branch of those with one left."""
        forced: list[Node] = []
        for choice in list(self.choices):
            live = self.live(choice)
            if live is None:
                del self.choices[choice]
            elif len(live) < 2:
                del self.choices[choice]
                if not live:
                    self.consistent = False
                    return []
                forced.append(live[0])
            else:
                self.choices[choice] = live
        return forced

    def live(self, choice: Node) -> list[Node] | None:
        """Give the branches of a choice that are not refuted on their face; `None` where one holds already."""
        found = []
        self.compiler.budget.spend(1 + len(choice.parts) // 4)
        for branch in choice.parts:
            status = self._status(branch, 3)
            if status is True:
                return None
            if status is None:
                found.append(branch)
        return found

    def _status(self, node: Node, depth: int) -> bool | None:
        if node in self.seen:
            return True
        if node.negation in self.seen or not node.mask & self.type:
            return False
        return self._status_inside(node, depth)

    def _status_inside(self, node: Node, depth: int) -> bool | None:
        match node.kind:
            case "constant":
                return node.positive
            case "types":
                return True
            case "literal":
                return None if node.type & self.type else True
            case "enum":
                return None
            case "place" | "closed":
                return self._status(self.compiler.expand(node), depth - 1) if depth else None
            case _:
                return self._junction(node, depth - 1) if depth and len(node.parts) < 64 else None

    def _junction(self, node: Node, depth: int) -> bool | None:
        conjunction = node.kind == "and"
        answer: bool | None = conjunction
        seen, own = self.seen, self.type
        status: bool | None
        for part in node.parts:  # as `_status` does, without a call for each of very many
            if part in seen:
                status = True
            elif part.negation in seen or not part.mask & own:
                status = False
            else:
                status = self._status_inside(part, depth)
            if status is (not conjunction):
                return status
            if status is None:
                answer = None
        return answer


def differs(compiler: Compiler, value: dict[str, JsonValue] | list[JsonValue]) -> Node:
    """Say of an object or an array how it can be another than a given one."""
    algebra = compiler.algebra

    def equal(inner: JsonValue) -> Node:
        return algebra.enumeration(frozenset([compiler.constant(inner)]))

    if isinstance(value, dict):
        parts = [algebra.literal(a.OBJECT, a.Required(name)).negation for name in value]
        parts += [
            algebra.literal(a.OBJECT, a.Properties(names.one(name), equal(value[name]))).negation for name in value
        ]
        others = names.Names(frozenset(value), compiler.languages.everything)
        parts.append(algebra.literal(a.OBJECT, a.Properties(others, algebra.bottom)).negation)
        return algebra.any(parts)
    parts = [algebra.literal(a.ARRAY, a.MaxSize(len(value))).negation]
    if value:
        parts.append(algebra.literal(a.ARRAY, a.MinSize(len(value))).negation)
    parts += [algebra.literal(a.ARRAY, a.Items(i, i + 1, equal(item))).negation for i, item in enumerate(value)]
    return algebra.any(parts)
