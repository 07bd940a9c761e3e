"""closed(S): the documents in which every property is one that S evaluates at that place.

Closing adds a formula beside the schema and rewrites nothing inside it. What applies at a place is a set of schemas,
from wherever they come; so moving a `$ref` or splitting an `allOf` changes nothing. An object of which no property is
named stays open, and `additionalProperties: true` evaluates everything.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator

from rules.compare import algebra as a
from rules.compare import names
from rules.compare.algebra import Node
from rules.compare.compiler import Compiler, MalformedError
from rules.compare.names import Names
from rules.compare.patterns.regex import Regex
from rules.compare.patterns.search import shortest
from rules.compare.references import Place
from rules.compare.unevaluated import Case, Evaluated, cases
from rules.compare.values import Reason

SPEAKS = frozenset(
    [
        "$ref", "$dynamicRef", "$recursiveRef", "allOf", "anyOf", "oneOf", "if", "then", "else", "dependentSchemas",
        "dependencies", "properties", "patternProperties", "additionalProperties", "unevaluatedProperties", "items",
        "prefixItems", "additionalItems", "contains", "unevaluatedItems",
    ]
)  # fmt: skip
"""A schema without any of these evaluates nothing."""
MAX_PATTERNS = 8
MAX_CONTAINED = 3
MAX_CASES = 64


def closing(compiler: Compiler, place: Place) -> Node:
    """Make the formula that closes one schema."""
    return _closed(compiler, [place])


def _closed(compiler: Compiler, places: Iterable[Place]) -> Node:
    keys = frozenset(
        compiler.identity.key(place)
        for place in places
        if isinstance(place.value, dict) and place.value.keys() & SPEAKS
    )
    return compiler.algebra.closed(keys)


def closed_formula(compiler: Compiler, keys: frozenset[Hashable]) -> Node:
    """State what closing the schemas that apply at one place means for it and for what is below."""
    places = [compiler.identity.places[key] for key in sorted(keys, key=repr)]
    try:
        return compiler.algebra.any(
            [
                compiler.algebra.all([condition, *_body(compiler, evaluated)])
                for condition, evaluated in _together(compiler, places)
            ]
        )
    except MalformedError as problem:
        reason = Reason("additionalProperties", places[0].pointer, f"what closing means here: {problem}")
        return compiler.algebra.literal(a.ANY, a.Opaque(("closed", keys), reason))


def _together(compiler: Compiler, places: list[Place]) -> list[Case]:
    found: list[Case] = [(compiler.algebra.top, Evaluated())]
    for place in places:
        more = cases(compiler, place)
        if len(found) * len(more) > MAX_CASES and min(len(found), len(more)) > 1:
            raise MalformedError(f"it depends on more than {MAX_CASES} cases of which branches pass")
        found = [(compiler.algebra.all([c, d]), e.joined(f)) for c, e in found for d, f in more]
    return found


def _body(compiler: Compiler, evaluated: Evaluated) -> Iterator[Node]:
    compiler.budget.spend(len(evaluated.properties) + 1)
    if evaluated.named:
        for rest in names.outside([named for named, _ in evaluated.properties], compiler.languages):
            yield _properties(compiler, rest, compiler.algebra.bottom)
    yield from _below_names(compiler, evaluated)
    yield from _below_patterns(compiler, evaluated)
    yield from _below_items(compiler, evaluated)


def _properties(compiler: Compiler, named: Names, child: Node) -> Node:
    if child is compiler.algebra.top:
        return child
    return compiler.algebra.literal(a.OBJECT, a.Properties(named, child))


def _below_names(compiler: Compiler, evaluated: Evaluated) -> Iterator[Node]:
    by_name: dict[str, list[Place]] = {}
    patterned = [(named, place) for named, place in evaluated.properties if named.regex is not None]
    for named, place in evaluated.properties:
        for name in sorted(named.listed):
            places = by_name.setdefault(name, [])
            if named.regex is None:
                places.append(place)
    for name, places in by_name.items():
        places += [place for named, place in patterned if named.contains(name, compiler.languages)]
        yield _properties(compiler, names.one(name), _closed(compiler, places))


def _below_patterns(compiler: Compiler, evaluated: Evaluated) -> Iterator[Node]:
    patterned = [(named.regex, place) for named, place in evaluated.properties if named.regex is not None]
    listed = frozenset(name for named, _ in evaluated.properties for name in named.listed)
    if len(patterned) > MAX_PATTERNS:
        raise MalformedError(f"more than {MAX_PATTERNS} patterns of names meet")
    cells: list[tuple[Regex, list[Place]]] = [(compiler.languages.everything, [])]
    for regex, place in patterned:
        split = []
        for cell, places in cells:
            inside = compiler.languages.both([cell, regex])
            outside = compiler.languages.both([cell, compiler.languages.negate(regex)])
            split += [(inside, [*places, place]), (outside, places)]
        cells = [(cell, places) for cell, places in split if shortest(compiler.languages, cell) is not None]
    for cell, places in cells:
        yield _properties(compiler, Names(listed, cell), _closed(compiler, places))


def _below_items(compiler: Compiler, evaluated: Evaluated) -> Iterator[Node]:
    edges = sorted({0, *(n for start, end, _ in evaluated.items for n in (start, end) if n is not None)})
    for start, end in zip(edges, [*edges[1:], None], strict=True):
        places = [place for low, high, place in evaluated.items if low <= start and (high is None or start < high)]
        child = _with_contained(compiler, places, evaluated.contained)
        if child is not compiler.algebra.top:
            yield compiler.algebra.literal(a.ARRAY, a.Items(start, end, child))


def _with_contained(compiler: Compiler, places: list[Place], contained: tuple[Place, ...]) -> Node:
    speaking = [place for place in contained if isinstance(place.value, dict) and place.value.keys() & SPEAKS]
    if len(speaking) > MAX_CONTAINED:
        raise MalformedError(f"more than {MAX_CONTAINED} contains meet")
    found = [(compiler.algebra.top, places)]
    for place in speaking:
        passes = compiler.node(place)
        found = [
            case
            for condition, before in found
            for case in (
                (compiler.algebra.all([condition, passes]), [*before, place]),
                (compiler.algebra.all([condition, passes.negation]), before),
            )
        ]
    return compiler.algebra.any(
        [compiler.algebra.all([condition, _closed(compiler, before)]) for condition, before in found]
    )
