"""What a schema evaluates in an object or array, by cases of which branches pass; and `unevaluated*` made from that.

Source: JSON Schema core 2020-12 §11; elimination by cases as in arXiv 2503.11288. The cases are as many as the ways in
which branches can pass; beyond a bound the keyword is not decided.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from rules.compare import algebra as a
from rules.compare import names
from rules.compare.algebra import Node
from rules.compare.compiler import Compiler, MalformedError
from rules.compare.names import Names
from rules.compare.reading import mapping, origin, own_names, schema, schemas
from rules.compare.references import AmbiguousError, Place
from rules.compare.values import Reason
from rules.jsontext import JsonValue

MAX_CASES = 128
MAX_DEPTH = 40


@dataclass(frozen=True, slots=True)
class Evaluated:
    """Property names and item ranges, each with the schema that speaks about it.

    `named` says that some property is named, by `properties` or `patternProperties`. `contained` are the schemas of
    `contains`: an item that passes one is evaluated where `contains` evaluates, from 2020-12 on.
    """

    properties: tuple[tuple[Names, Place], ...] = ()
    items: tuple[tuple[int, int | None, Place], ...] = ()
    contained: tuple[Place, ...] = ()
    named: bool = False

    def joined(self, other: Evaluated) -> Evaluated:
        """Evaluate what either does."""
        return Evaluated(
            self.properties + other.properties, self.items + other.items, self.contained + other.contained,
            self.named or other.named,
        )  # fmt: skip


Case = tuple[Node, Evaluated]
NOTHING = Evaluated()


def cases(compiler: Compiler, place: Place, depth: int = 0) -> list[Case]:
    """Give the ways in which a schema evaluates, each with its condition; one of them holds where the schema does."""
    if depth > MAX_DEPTH:
        raise MalformedError("references or branches are nested too deeply")
    if not isinstance(place.value, dict):
        return [(compiler.algebra.top, NOTHING)]
    if "$ref" in place.value and place.dialect.ref_hides_siblings:
        return cases(compiler, _target(place, "$ref"), depth + 1)
    found = [(compiler.algebra.top, _own(compiler, place))]
    for choice in _applicators(compiler, place, depth + 1):
        if len(choice) != 1 or choice[0][1] != NOTHING:
            found = _product(compiler, found, choice)
    return _with_unevaluated(compiler, place, found)


def _product(compiler: Compiler, left: list[Case], right: list[Case]) -> list[Case]:
    if len(left) * len(right) > MAX_CASES and min(len(left), len(right)) > 1:  # alternatives alone multiply nothing
        raise MalformedError(f"it depends on more than {MAX_CASES} cases of which branches pass")
    compiler.budget.spend(len(left) * len(right))
    joined = [(compiler.algebra.all([c, d]), e.joined(f)) for c, e in left for d, f in right]
    return [case for case in joined if case[0] is not compiler.algebra.bottom]


def _target(place: Place, keyword: str) -> Place:
    value = place.value[keyword]
    try:
        target = place.refer(keyword, value)
    except AmbiguousError as problem:
        raise MalformedError(str(problem)) from problem
    if target is None:
        raise MalformedError(f'"{value!s:.200}" is not in this document, and nothing is fetched')
    return target


def _understands(place: Place, keyword: str) -> bool:
    return keyword in place.value and keyword in place.dialect.keywords


def _applicators(compiler: Compiler, place: Place, depth: int) -> Iterator[list[Case]]:
    for keyword in ("$ref", "$dynamicRef", "$recursiveRef"):
        if _understands(place, keyword):
            yield cases(compiler, _target(place, keyword), depth)
    if _understands(place, "allOf"):
        yield from (cases(compiler, branch, depth) for branch in schemas(place, "allOf"))
    if _understands(place, "anyOf"):
        yield from (_maybe(compiler, branch, depth) for branch in schemas(place, "anyOf"))
    if _understands(place, "oneOf"):
        yield _one_of(compiler, schemas(place, "oneOf"), depth)
    if _understands(place, "if"):
        yield _if(compiler, place, depth)
    yield from _dependencies(compiler, place, depth)


def _dependencies(compiler: Compiler, place: Place, depth: int) -> Iterator[list[Case]]:
    for keyword in ("dependentSchemas", "dependencies"):
        for name, needed in mapping(place.value[keyword]).items() if _understands(place, keyword) else ():
            if isinstance(needed, list):
                continue
            if keyword in place.dialect.doubted:
                raise MalformedError(f"{place.dialect.name} has no {keyword}; validators differ")
            yield _dependent(compiler, name, schema(place, keyword, name), depth)


def _silent(found: list[Case]) -> bool:
    return all(evaluated == NOTHING for _, evaluated in found)


def _passing(compiler: Compiler, branch: Place, depth: int) -> list[Case]:
    condition = compiler.in_place(branch)
    return [(compiler.algebra.all([condition, c]), e) for c, e in cases(compiler, branch, depth)]


def _maybe(compiler: Compiler, branch: Place, depth: int) -> list[Case]:
    passing = _passing(compiler, branch, depth)
    if _silent(passing):
        return [(compiler.algebra.top, NOTHING)]
    return [*passing, (compiler.in_place(branch).negation, NOTHING)]


def _one_of(compiler: Compiler, branches: list[Place], depth: int) -> list[Case]:
    found = [case for branch in branches for case in _passing(compiler, branch, depth)]
    return [(compiler.algebra.top, NOTHING)] if _silent(found) else found


def _if(compiler: Compiler, place: Place, depth: int) -> list[Case]:
    condition = schema(place, "if")
    passing = _passing(compiler, condition, depth)
    if "then" in place.value:
        passing = _product(compiler, passing, cases(compiler, schema(place, "then"), depth))
    failing = [(compiler.in_place(condition).negation, NOTHING)]
    if "else" in place.value:
        failing = _product(compiler, failing, cases(compiler, schema(place, "else"), depth))
    found = passing + failing
    return [(compiler.algebra.top, NOTHING)] if _silent(found) else found


def _dependent(compiler: Compiler, name: str, branch: Place, depth: int) -> list[Case]:
    inner = cases(compiler, branch, depth)
    if _silent(inner):
        return [(compiler.algebra.top, NOTHING)]
    here = compiler.algebra.literal(a.OBJECT, a.Required(name))
    present = compiler.algebra.all([compiler.algebra.types(a.OBJECT), here])
    return [*((compiler.algebra.all([present, c]), e) for c, e in inner), (present.negation, NOTHING)]


def _own(compiler: Compiler, place: Place) -> Evaluated:
    value = place.value
    properties: list[tuple[Names, Place]] = []
    speaks = value.keys() & {"properties", "patternProperties", "additionalProperties"}
    own = own_names(compiler, place) if speaks else []
    properties += [
        (names.one(name), schema(place, "properties", name)) for name in mapping(value.get("properties", {}))
    ]
    for pattern, named in zip(mapping(value.get("patternProperties", {})), own[1:], strict=True):
        properties.append((named, schema(place, "patternProperties", pattern)))
    count = len(properties)
    if "additionalProperties" in value:
        rest = names.outside(own, compiler.languages)
        properties += [(named, schema(place, "additionalProperties")) for named in rest]
    contained = (schema(place, "contains"),) if _understands(place, "contains") else ()
    return Evaluated(tuple(properties), tuple(_own_items(place)), contained, named=count > 0)


def _own_items(place: Place) -> Iterator[tuple[int, int | None, Place]]:
    value = place.value
    keyword = "items" if place.dialect.tuples_in_items else "prefixItems"
    rest = "items"
    count = 0
    if isinstance(value.get(keyword), list):
        count = len(value[keyword])
        yield from ((i, i + 1, schema(place, keyword, i)) for i in range(count))
        rest = "additionalItems" if keyword == "items" else "items"
    if rest in value:
        yield (count, None, schema(place, rest))


def _with_unevaluated(compiler: Compiler, place: Place, found: list[Case]) -> list[Case]:
    for keyword, add in (("unevaluatedProperties", _rest_of_properties), ("unevaluatedItems", _rest_of_items)):
        if _understands(place, keyword):
            found = [(condition, add(compiler, evaluated, schema(place, keyword))) for condition, evaluated in found]
    return found


def _rest_of_properties(compiler: Compiler, evaluated: Evaluated, child: Place) -> Evaluated:
    rest = names.outside([named for named, _ in evaluated.properties], compiler.languages)
    return replace(evaluated, properties=(*evaluated.properties, *((named, child) for named in rest)))


def _rest_of_items(_compiler: Compiler, evaluated: Evaluated, child: Place) -> Evaluated:
    end = items_end(evaluated)
    return evaluated if end is None else replace(evaluated, items=(*evaluated.items, (end, None, child)))


def items_end(evaluated: Evaluated) -> int | None:
    """Give the number of first items that are evaluated; `None` for all."""
    end = 0
    for start, stop, _ in sorted(evaluated.items, key=lambda item: item[0]):
        if start > end:
            break
        if stop is None:
            return None
        end = max(end, stop)
    return end


def unevaluated_properties(compiler: Compiler, place: Place, _value: JsonValue) -> Node:
    """Make the formula of `unevaluatedProperties`."""
    child = compiler.node(schema(place, "unevaluatedProperties"))
    if child is compiler.algebra.top:
        return child
    where = origin(place, "unevaluatedProperties")
    branches = []
    for condition, evaluated in _cases_without(compiler, place, "unevaluatedProperties"):
        rest = names.outside([named for named, _ in evaluated.properties], compiler.languages)
        each = [compiler.algebra.literal(a.OBJECT, a.Properties(named, child), where) for named in rest]
        branches.append(compiler.algebra.all([condition, *each]))
    return compiler.algebra.any(branches)


def unevaluated_items(compiler: Compiler, place: Place, _value: JsonValue) -> Node:
    """Make the formula of `unevaluatedItems`."""
    child = compiler.node(schema(place, "unevaluatedItems"))
    if child is compiler.algebra.top:
        return child
    where = origin(place, "unevaluatedItems")
    branches = []
    for condition, evaluated in _cases_without(compiler, place, "unevaluatedItems"):
        end = items_end(evaluated)
        passed = _contained(compiler, place, evaluated.contained)
        each = [compiler.algebra.any([child, *passed])]
        rest = (
            [] if end is None else [compiler.algebra.literal(a.ARRAY, a.Items(end, None, one), where) for one in each]
        )
        branches.append(compiler.algebra.all([condition, *rest]))
    return compiler.algebra.any(branches)


def _contained(compiler: Compiler, place: Place, contained: Iterable[Place]) -> list[Node]:
    """Give what `contains` lets pass for evaluated: so it is from 2020-12 on, and to validators before as well."""
    passed = [compiler.node(one) for one in contained]
    if not place.dialect.tuples_in_items:
        return passed
    detail = "by 2019-09 contains evaluates no items; validators differ"
    reason = Reason("unevaluatedItems", f"{place.shown}/unevaluatedItems", detail)
    differing = compiler.algebra.literal(a.ANY, a.Opaque("contains in 2019-09", reason))
    return [compiler.algebra.all([one, differing]) for one in passed]


def _cases_without(compiler: Compiler, place: Place, keyword: str) -> list[Case]:
    kept = {name: value for name, value in place.value.items() if name != keyword}
    compiler.kept.append(kept)  # identities are remembered by address, so nothing met may be freed
    return cases(compiler, replace(place, value=kept))
