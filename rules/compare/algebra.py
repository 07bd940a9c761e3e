"""The algebra that schemas are compiled to: hash-consed formulas about one JSON value, each with its negation.

A positive literal of a type holds for every value of other types, as a keyword does; its negation is a value of that
type that fails it. So `¬minLength 3` is "a string shorter than 3". Negation is by duals and never deep: each node
links its twin. `Place` nodes stand for a schema not looked into yet (they make recursion finite), `Closed` nodes for
"every property here is one that these schemas evaluate".
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Final

from rules.compare.names import Names
from rules.compare.patterns.regex import Regex
from rules.compare.values import Reason

NULL, BOOLEAN, NUMBER, STRING, ARRAY, OBJECT = (1, 2, 4, 8, 16, 32)
ANY: Final = 63
_TYPE_BY_FIRST = {"n": NULL, "t": BOOLEAN, "f": BOOLEAN, '"': STRING, "[": ARRAY, "{": OBJECT}
"""The type of a value by the first character of its canonical text; a number's is a digit or a sign."""
TYPES: Final = (OBJECT, STRING, NUMBER, ARRAY, BOOLEAN, NULL)
"""In the order in which a witness is looked for."""


@dataclass(frozen=True, slots=True)
class AtLeast:
    """A number is at least, or more than, a bound."""

    bound: Fraction
    strict: bool = False


@dataclass(frozen=True, slots=True)
class AtMost:
    """A number is at most, or less than, a bound."""

    bound: Fraction
    strict: bool = False


@dataclass(frozen=True, slots=True)
class MultipleOf:
    """A number divided by this is an integer."""

    divisor: Fraction


@dataclass(frozen=True, slots=True)
class InLanguage:
    """A string is a word of a language."""

    regex: Regex


@dataclass(frozen=True, slots=True)
class MinSize:
    """A string has at least so many characters, an array items, an object properties."""

    size: int


@dataclass(frozen=True, slots=True)
class MaxSize:
    """A string has at most so many characters, an array items, an object properties."""

    size: int


@dataclass(frozen=True, slots=True)
class Required:
    """An object has a property of this name."""

    name: str


@dataclass(frozen=True, slots=True)
class Properties:
    """Every property with one of these names has a value of `child`."""

    names: Names
    child: Node


@dataclass(frozen=True, slots=True)
class Items:
    """Every item from index `start` until before `end` is of `child`."""

    start: int
    end: int | None
    child: Node


@dataclass(frozen=True, slots=True)
class Contains:
    """At least `count` items are of `child`."""

    child: Node
    count: int


@dataclass(frozen=True, slots=True)
class Unique:
    """No two items are equal."""


@dataclass(frozen=True, slots=True)
class Opaque:
    """Something not understood; only equality with itself is known."""

    key: object
    reason: Reason = field(compare=False)


@dataclass(frozen=True, slots=True)
class Enumeration:
    """The value is one of these, by their canonical texts."""

    texts: frozenset[str]


Atom = (
    AtLeast | AtMost | MultipleOf | InLanguage | MinSize | MaxSize | Required | Properties | Items | Contains
    | Unique | Opaque
)  # fmt: skip


def type_of_text(text: str) -> int:
    """Give the type of a value by its canonical text."""
    return _TYPE_BY_FIRST.get(text[0], NUMBER)


class Node:
    """One formula; made only by `Algebra`, so that equal formulas are the same object.

    `mask` has every type of which a value can satisfy it, as far as shows without a look into places. Sets of formulas
    are in no order: sort by `id` where the order matters, so that every run takes the same steps.
    """

    __slots__ = ("body", "id", "kind", "mask", "negation", "parts", "positive", "type")

    negation: Node

    def __init__(self, number: int, kind: str, positive: bool) -> None:
        self.id = number
        self.kind = kind
        self.positive = positive
        self.parts: tuple[Node, ...] = ()
        self.type = ANY
        self.mask = ANY
        self.body: Any = None

    def __repr__(self) -> str:
        inner = self.body if self.body is not None else list(self.parts)
        return f"{'' if self.positive else '¬'}{self.kind}[{self.type}]({inner})"


class Algebra:
    """The table of all formulas of one decision, and where each literal was written."""

    def __init__(self) -> None:
        self._table: dict[object, Node] = {}
        self._count = 0
        self.origins: dict[Node, tuple[str, str]] = {}
        self.top, self.bottom = self._twins(("constant",), "constant")

    def _twins(self, key: object, kind: str) -> tuple[Node, Node]:
        self._count += 2
        node, twin = Node(self._count, kind, positive=True), Node(self._count + 1, kind, positive=False)
        node.negation, twin.negation = twin, node
        self._table[key] = node
        return node, twin

    def _leaf(self, kind: str, body: Any, type_: int = ANY) -> Node:
        key = (kind, type_, type(body), body)
        found = self._table.get(key)
        if found is None:
            found, twin = self._twins(key, kind)
            found.body = twin.body = body
            found.type = twin.type = type_
            if kind == "literal":
                twin.mask = type_
            elif kind == "types":
                found.mask, twin.mask = body, ANY ^ body
        return found

    def literal(self, type_: int, atom: Atom, origin: tuple[str, str] | None = None) -> Node:
        """Make "if the value is of this type, the atom holds"."""
        node = self._leaf("literal", atom, type_)
        if origin is not None:
            self.origins.setdefault(node, origin)
            self.origins.setdefault(node.negation, origin)
        return node

    def types(self, mask: int) -> Node:
        """Make "the value is of one of these types"."""
        if mask == ANY:
            return self.top
        return self.bottom if mask == 0 else self._leaf("types", mask)

    def enumeration(self, texts: frozenset[str]) -> Node:
        """Make "the value is one of these", given by canonical text."""
        if not texts:
            return self.bottom
        node = self._leaf("enum", Enumeration(texts))
        if node.mask == ANY:
            node.mask = sum(set(map(type_of_text, texts)))
        return node

    def place(self, key: object) -> Node:
        """Make "the value is accepted by the schema of this key"."""
        return self._leaf("place", key)

    def closed(self, keys: frozenset[object]) -> Node:
        """Make "every property is one that the schemas of these keys evaluate, here and below"."""
        return self._leaf("closed", keys) if keys else self.top

    def all(self, parts: Iterable[Node]) -> Node:
        """Conjoin."""
        flat: dict[Node, None] = {}
        for part in parts:
            for one in part.parts if part.kind == "and" else (part,):
                flat[one] = None
        flat.pop(self.top, None)
        if self.bottom in flat or any(part.negation in flat for part in flat):
            return self.bottom
        if len(flat) < 2:
            return next(iter(flat), self.top)
        return self._junction(tuple(flat))

    def any(self, parts: Iterable[Node]) -> Node:
        """Disjoin."""
        return self.all([part.negation for part in parts]).negation

    def _junction(self, parts: tuple[Node, ...]) -> Node:
        key = ("and", frozenset(parts))
        found = self._table.get(key)
        if found is None:
            found, twin = self._twins(key, "and")
            twin.kind = "or"
            found.parts = parts
            twin.parts = tuple(part.negation for part in parts)
            twin.mask = 0
            for part in parts:
                found.mask &= part.mask
                twin.mask |= part.negation.mask
        return found
