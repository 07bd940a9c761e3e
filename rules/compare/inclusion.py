"""Decide inclusion: whether every document of one JSON Schema is accepted by another.

Left is included in right when no value satisfies left and not right. Both are compiled to one algebra; `emptiness`
searches for such a value. A value found is a witness only when a validator confirms it; without that, and whenever
something is not understood or the budget ends, the answer is "undecided" with the keyword that stood in the way.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Final, Literal

from rules.compare import algebra as a
from rules.compare import dialects
from rules.compare.arrays import solve_array
from rules.compare.budget import Budget, ExhaustedError
from rules.compare.closing import closed_formula, closing
from rules.compare.compiler import Compiler
from rules.compare.confirm import Confirmation
from rules.compare.dialects import Dialect
from rules.compare.emptiness import Solver
from rules.compare.group import Group
from rules.compare.keywords import compile_schema
from rules.compare.library import Library
from rules.compare.membership import Membership
from rules.compare.numbers import solve_number
from rules.compare.objects import refuted, solve_object
from rules.compare.outcome import EMPTY, Empty, Found, Outcome, Unknown
from rules.compare.references import MAX_SCHEMAS, Place
from rules.compare.strings import solve_string
from rules.compare.values import Decision, Reason
from rules.jsontext import JsonValue, canonical, same

Closed = Literal["none", "left", "both"]
NO_DOCUMENTS: Final[Mapping[str, JsonValue]] = MappingProxyType({})
Formats = Literal["annotate", "assert"]
TOO_LARGE = Reason("", "", f"a document has more than {MAX_SCHEMAS:,} schemas")
GLANCE = 2_000
"""Steps for a look at one value, without a proof."""


def decide(  # noqa: PLR0913 - the question's parts, each with a name of its own
    left: JsonValue,
    right: JsonValue,
    *,
    dialect: str | None = None,
    closed: Closed = "none",
    formats: Formats = "annotate",
    budget: int = 200_000,
    registry: Mapping[str, JsonValue] = NO_DOCUMENTS,
) -> Decision:
    """Say whether every document of `left` is accepted by `right`, both JSON Schemas as JSON values.

    `dialect` names the draft of a document without `$schema` (draft4, draft6, draft7, draft2019-09, draft2020-12; the
    last by default). `closed` restricts one or both sides to documents without undeclared properties. `formats`
    says whether `format` asserts. `registry` has the documents that references may lead to, by URI; the official
    meta-schemas are known, and nothing is fetched. `budget` counts steps, so the answer is the same everywhere.
    `ValueError` for an unknown dialect name; nothing that a schema says raises.
    """
    return Engine(dialect=dialect, formats=formats, registry=registry).decide(left, right, closed=closed, budget=budget)


class Engine:
    """Decides any number of questions; what is read, compiled and solved for one serves the next.

    The schemas asked about are kept, and must not be changed meanwhile.
    """

    def __init__(
        self,
        *,
        dialect: str | None = None,
        formats: Formats = "annotate",
        registry: Mapping[str, JsonValue] = NO_DOCUMENTS,
    ) -> None:
        self._fallback = dialects.named(dialect)
        self._budget = Budget(0)
        self._compiler = Compiler(self._budget, compile_schema, closed_formula, formats=formats == "assert")
        self._solver = Solver(self._compiler, SOLVERS, refuted)
        self._confirmation = Confirmation(formats=formats == "assert", library=Library(registry))
        self._sides: dict[int, _Side] = {}
        self._included: set[tuple[_Side, _Side]] = set()
        self.read = 0
        """Schemas read so far, of all documents asked about: what a question costs beside its steps."""

    def membership(self, schema: JsonValue) -> Membership:
        """Give the set of documents that a schema accepts, as a validator sees it."""
        return self._side(schema).members

    def decide(
        self,
        left: JsonValue,
        right: JsonValue,
        *,
        closed: Closed = "none",
        budget: int = 200_000,
        also: JsonValue = True,
    ) -> Decision:
        """Answer like `decide` of this module; what an earlier question has compiled costs no steps again.

        Only documents that the schema `also` accepts count.
        """
        question = _Question(self._side(left), self._side(right), closed, None if also is True else self._side(also))
        self._budget.begin(budget)
        self._solver.begin()
        try:
            return self._decided(question)
        except ExhaustedError as ended:
            return Decision("undecided", reason=ended.reason, steps=self._budget.used)
        except RecursionError:
            reason = Reason("", "", "the schemas are nested too deeply")
            return Decision("undecided", reason=reason, steps=self._budget.used)
        except (ValueError, OverflowError) as problem:
            # Of Python's values some are no JSON: infinite numbers, and integers longer than Python writes down.
            return Decision("undecided", reason=Reason("", "", f"this is no JSON: {problem}"), steps=self._budget.used)

    def may_tell_apart(self, left: JsonValue, right: JsonValue, value: JsonValue) -> bool:
        """Say quickly whether left may accept and right refuse a value; validators have the last word."""
        self._budget.begin(GLANCE)
        try:
            return self._holds(left, value) is not False and self._holds(right, value) is not True
        except (ExhaustedError, RecursionError):
            return True

    def _holds(self, schema: JsonValue, value: JsonValue) -> bool | None:
        side = self._side(schema)
        if not isinstance(side.dialect, Dialect) or not isinstance(schema, bool | dict):
            return None
        return self._solver.evaluator.holds(self._formula(side), value)

    def _formula(self, side: _Side) -> a.Node:
        """Give the formula of a whole document, read at its first use."""
        if side.formula is None:
            root = side.root
            self.read += root.document.size
            side.formula = self._compiler.node(root)
        return side.formula

    def _side(self, schema: JsonValue) -> _Side:
        found = self._sides.get(id(schema))
        if found is None:
            found = self._sides[id(schema)] = _Side(schema, _dialect(schema, self._fallback), self._confirmation)
        return found

    def _decided(self, question: _Question) -> Decision:
        left, right = question.left, question.right
        if question.closes_left >= question.closes_right and same(left.schema, right.schema):
            return Decision("included")
        for side in (left, right):
            if not isinstance(side.schema, bool | dict):
                return Decision("undecided", reason=Reason("", "", "this is no schema"))
        for side in (left, right):
            if isinstance(side.dialect, Reason):
                return Decision("undecided", reason=side.dialect)
        for side in (left, right):
            if side.root.document.too_large:
                return Decision("undecided", reason=TOO_LARGE)
        accepted = self._formulas(left, closes=question.closes_left)
        if question.also is not None:
            accepted.append(self._formula(question.also))
        refused = self._compiler.algebra.all(self._refusable(question)).negation
        return self._answer(question, self._solver.answer(frozenset([*accepted, refused])))

    def _refusable(self, question: _Question) -> list[a.Node]:
        """Give what documents of left may fail of right: but for closing, nothing where they are known to be in it."""
        if question.closes_right and question.sides in self._included:
            return [closing(self._compiler, question.right.root)]
        return self._formulas(question.right, closes=question.closes_right)

    def _formulas(self, side: _Side, *, closes: bool) -> list[a.Node]:
        found = [self._formula(side)]
        return [*found, closing(self._compiler, side.root)] if closes else found

    def _answer(self, question: _Question, outcome: Outcome) -> Decision:
        if isinstance(outcome, Empty):
            if question.closed == "none" and question.also is None:
                self._included.add(question.sides)
            return Decision("included", steps=self._budget.used)
        if isinstance(outcome, Unknown):
            return Decision("undecided", reason=outcome.reason, steps=self._budget.used)
        if question.confirms(outcome.value):
            return Decision("not_included", witness=outcome.value, steps=self._budget.used)
        detail = "a witness was found that the validator does not confirm"
        reason = Reason(self._budget.keyword, self._budget.pointer, detail)
        return Decision("undecided", reason=reason, steps=self._budget.used)


class _Side:
    """One schema document as the engine and the validator read it."""

    def __init__(self, schema: JsonValue, dialect: Dialect | Reason, confirmation: Confirmation) -> None:
        self.schema = schema
        self.dialect = dialect
        self.formula: a.Node | None = None
        self._confirmation = confirmation
        self.members = Membership(schema, dialect if isinstance(dialect, Dialect) else None, confirmation)

    @cached_property
    def root(self) -> Place:
        """The document, its references ready to be followed."""
        assert isinstance(self.dialect, Dialect)  # what is not known has been answered already
        return self._confirmation.document(self.schema, self.dialect).root


@dataclass(frozen=True, slots=True)
class _Question:
    left: _Side
    right: _Side
    closed: Closed
    also: _Side | None = None

    @property
    def sides(self) -> tuple[_Side, _Side]:
        return self.left, self.right

    @property
    def closes_left(self) -> bool:
        return self.closed != "none"

    @property
    def closes_right(self) -> bool:
        return self.closed == "both"

    def confirms(self, witness: JsonValue) -> bool:
        """Say whether the validator accepts a witness for the left side and refuses it for the right."""
        left = self.left.members.accepts(witness, closed=self.closes_left)
        return left is True and self.right.members.accepts(witness, closed=self.closes_right) is False


def _dialect(schema: JsonValue, fallback: Dialect | None) -> Dialect | Reason:
    named = schema.get("$schema") if isinstance(schema, dict) else None
    if named is None:
        return fallback or dialects.DEFAULT
    return dialects.by_uri(named) or Reason("$schema", "/$schema", f'the dialect "{named!s:.100}" is not known')


def _solve_null(_solver: Solver, group: Group) -> Outcome:
    return EMPTY if "null" in group.excluded else Found(None)


def _solve_boolean(_solver: Solver, group: Group) -> Outcome:
    return next((Found(value) for value in (True, False) if canonical(value) not in group.excluded), EMPTY)


SOLVERS = {
    a.NULL: _solve_null,
    a.BOOLEAN: _solve_boolean,
    a.NUMBER: solve_number,
    a.STRING: solve_string,
    a.ARRAY: solve_array,
    a.OBJECT: solve_object,
}
