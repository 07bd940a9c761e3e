"""Decide inclusion: whether every document of one JSON Schema is accepted by another.

Left is included in right when no value satisfies left and not right. Both are compiled to one algebra; `emptiness`
searches for such a value. A value found is a witness only when a validator confirms it; without that, and whenever
something is not understood or the budget ends, the answer is "undecided" with the keyword that stood in the way.
"""

from __future__ import annotations

from typing import Literal

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
from rules.compare.numbers import solve_number
from rules.compare.objects import refuted, solve_object
from rules.compare.outcome import EMPTY, Empty, Found, Outcome, Unknown
from rules.compare.references import Document
from rules.compare.strings import solve_string
from rules.compare.values import Decision, Reason
from rules.jsontext import JsonValue, canonical

Closed = Literal["none", "left", "both"]
Formats = Literal["annotate", "assert"]


def decide(  # noqa: PLR0913 - the question's parts, each with a name of its own
    left: JsonValue,
    right: JsonValue,
    *,
    dialect: str | None = None,
    closed: Closed = "none",
    formats: Formats = "annotate",
    budget: int = 200_000,
) -> Decision:
    """Say whether every document of `left` is accepted by `right`, both JSON Schemas as JSON values.

    `dialect` names the draft of a document without `$schema` (draft4, draft6, draft7, draft2019-09, draft2020-12; the
    last by default). `closed` restricts one or both sides to documents without undeclared properties. `formats`
    says whether `format` asserts. `budget` counts steps, so the answer is the same everywhere. `ValueError` for an
    unknown dialect name; nothing that a schema says raises.
    """
    fallback = dialects.named(dialect)
    spent = Budget(budget)
    try:
        return _decide(_Question(left, right, fallback, closed, formats), spent)
    except ExhaustedError as ended:
        return Decision("undecided", reason=ended.reason, steps=spent.used)
    except RecursionError:
        return Decision("undecided", reason=Reason("", "", "the schemas are nested too deeply"), steps=spent.used)


class _Question:
    def __init__(
        self, left: JsonValue, right: JsonValue, dialect: Dialect | None, closed: Closed, formats: Formats
    ) -> None:
        self.left = left
        self.right = right
        self.closes_left = closed != "none"
        self.closes_right = closed == "both"
        self.asserts = formats == "assert"
        self.dialects = [_dialect(schema, dialect) for schema in (left, right)]


def _dialect(schema: JsonValue, fallback: Dialect | None) -> Dialect | Reason:
    named = schema.get("$schema") if isinstance(schema, dict) else None
    if named is None:
        return fallback or dialects.DEFAULT
    found = dialects.by_uri(named) or fallback
    return found or Reason("$schema", "/$schema", f'the dialect "{named!s:.100}" is not known')


def _decide(question: _Question, budget: Budget) -> Decision:
    if question.closes_left >= question.closes_right and canonical(question.left) == canonical(question.right):
        return Decision("included")
    for schema in (question.left, question.right):
        if not isinstance(schema, bool | dict):
            return Decision("undecided", reason=Reason("", "", "this is no schema"))
    unknown = next((found for found in question.dialects if isinstance(found, Reason)), None)
    if unknown is not None:
        return Decision("undecided", reason=unknown)
    compiler = Compiler(budget, compile_schema, closed_formula, formats=question.asserts)
    left, right = _formulas(question, compiler)
    solver = Solver(compiler, SOLVERS, refuted)
    outcome = solver.solve(frozenset([*left, compiler.algebra.all(right).negation]))
    return _answer(question, outcome, budget)


def _formulas(question: _Question, compiler: Compiler) -> tuple[list[a.Node], list[a.Node]]:
    sides = []
    closes = (question.closes_left, question.closes_right)
    for schema, dialect, close in zip((question.left, question.right), question.dialects, closes, strict=True):
        if isinstance(dialect, Reason):  # answered already
            raise TypeError(dialect.detail)
        root = Document(schema, dialect).root
        side = [compiler.node(root)]
        if close:
            side.append(closing(compiler, root))
        sides.append(side)
    return sides[0], sides[1]


def _answer(question: _Question, outcome: Outcome, budget: Budget) -> Decision:
    if isinstance(outcome, Empty):
        return Decision("included", steps=budget.used)
    if isinstance(outcome, Unknown):
        return Decision("undecided", reason=outcome.reason, steps=budget.used)
    if _confirmed(question, outcome.value):
        return Decision("not_included", witness=outcome.value, steps=budget.used)
    reason = Reason(budget.keyword, budget.pointer, "a witness was found that the validator does not confirm")
    return Decision("undecided", reason=reason, steps=budget.used)


def _confirmed(question: _Question, witness: JsonValue) -> bool:
    confirmation = Confirmation(formats=question.asserts)
    verdicts = []
    closes = (question.closes_left, question.closes_right)
    for schema, dialect, close in zip((question.left, question.right), question.dialects, closes, strict=True):
        if isinstance(dialect, Reason):
            return False
        verdicts.append(confirmation.accepts(schema, dialect, witness, closed=close))
    return verdicts == [True, False]


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
