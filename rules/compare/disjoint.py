"""Which alternatives exclude each other on their face: by type, by listed values, or by the tag that a property holds.

Two schemas that no value satisfies together need no formula that says "not both", and most of what people write under
`oneOf` is of this kind: a list of constants, or objects told apart by a `type` or `kind` that must be there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import combinations

from rules.compare import algebra as a
from rules.compare.algebra import Node
from rules.compare.compiler import Compiler
from rules.jsontext import canonical

DEPTH = 4
"""Places and conjunctions inside one another that are looked through."""
MAX_PARTS = 200
"""Conjunctions with more parts than this are not looked through."""


@dataclass(slots=True)
class _Face:
    """What shows of a formula: its types, its values where they are listed, and what its properties may hold."""

    mask: int = a.ANY
    values: frozenset[str] | None = None
    required: set[str] = field(default_factory=set)
    held: dict[str, frozenset[str]] = field(default_factory=dict)


def overlapping(compiler: Compiler, branches: list[Node]) -> Iterator[tuple[Node, Node]]:
    """Give each pair of branches that is not surely disjoint."""
    faces = {branch: _face(compiler, branch) for branch in branches}
    compiler.budget.spend(len(branches) ** 2 // 16)
    return (pair for pair in combinations(branches, 2) if not _disjoint(faces[pair[0]], faces[pair[1]]))


def _disjoint(one: _Face, other: _Face) -> bool:
    shared = one.mask & other.mask
    if not shared:
        return True
    if one.values is not None and other.values is not None:
        return one.values.isdisjoint(other.values)
    return shared == a.OBJECT and any(
        texts.isdisjoint(other.held[name])
        for name, texts in one.held.items()
        if name in other.held and (name in one.required or name in other.required)
    )


def _face(compiler: Compiler, branch: Node) -> _Face:
    face = _Face()
    for node in _conjuncts(compiler, branch, DEPTH):
        face.mask &= node.mask
        if not node.positive:
            continue
        match node.body:
            case a.Enumeration(texts):
                face.values = texts if face.values is None else face.values & texts
            case a.Required(name):
                face.required.add(name)
            case a.Properties(names, child) if names.regex is None and len(names.listed) == 1:
                held = _listed(compiler, child)
                if held is not None:
                    face.held[next(iter(names.listed))] = held
    return face


def _listed(compiler: Compiler, child: Node) -> frozenset[str] | None:
    """Give the values that a property's schema lists, by its text alone: it may lead back to what is compiled now."""
    if child.kind != "place" or not child.positive:
        return None
    place = compiler.identity.places[child.body]
    if not isinstance(place.value, dict) or "$ref" in place.value:
        return None
    if "const" in place.value and "const" in place.dialect.keywords - place.dialect.doubted:
        return frozenset([canonical(place.value["const"])])
    listed = place.value.get("enum")
    if not isinstance(listed, list):
        return None
    compiler.budget.spend(len(listed) // 4)
    return frozenset(map(canonical, listed))


def _conjuncts(compiler: Compiler, node: Node, depth: int) -> Iterator[Node]:
    """Give the formulas that a formula conjoins, itself among them."""
    yield node
    if depth == 0:
        return
    if node.kind == "place" and node.positive:
        yield from _conjuncts(compiler, compiler.expand(node), depth - 1)
    elif node.kind == "and" and len(node.parts) <= MAX_PARTS:
        for part in node.parts:
            yield from _conjuncts(compiler, part, depth - 1)
