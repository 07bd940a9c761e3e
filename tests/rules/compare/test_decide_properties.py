from __future__ import annotations

from typing import Any

import jsonschema_rs
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rules.compare import decide
from tests.rules.compare.schemas import INSTANCES, SCHEMAS

SMALL_BUDGET = 20_000
LIMITS = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


def accepts(schema: Any, instance: Any) -> bool:
    """Ask a validator that is neither the engine's own nor the one that confirmed the witness."""
    return jsonschema_rs.Draft202012Validator(schema).is_valid(instance)


@LIMITS
@given(SCHEMAS)
def test_a_schema_is_included_in_itself(schema: Any) -> None:
    again = {"allOf": [schema], "title": "the same again"}
    assert decide(schema, schema).status == "included"
    assert decide(schema, again).status == "included"
    assert decide(again, schema).status == "included"


@LIMITS
@given(SCHEMAS, SCHEMAS)
def test_a_meet_is_included_and_a_join_includes(one: Any, other: Any) -> None:
    assert decide({"allOf": [one, other]}, one, budget=SMALL_BUDGET).status != "not_included"
    assert decide(one, {"anyOf": [other, one]}, budget=SMALL_BUDGET).status != "not_included"


@settings(LIMITS, max_examples=150)
@given(SCHEMAS, SCHEMAS, st.lists(INSTANCES, max_size=8))
def test_another_validator_agrees_with_every_answer(left: Any, right: Any, instances: list[Any]) -> None:
    decision = decide(left, right, budget=SMALL_BUDGET)
    if decision.status == "not_included":
        assert accepts(left, decision.witness)
        assert not accepts(right, decision.witness)
    if decision.status == "included":
        assert all(accepts(right, instance) for instance in instances if accepts(left, instance))


@LIMITS
@given(SCHEMAS, INSTANCES)
def test_a_constant_is_included_exactly_where_it_is_valid(schema: Any, instance: Any) -> None:
    decision = decide({"const": instance}, schema, budget=SMALL_BUDGET)
    if decision.status != "undecided":
        assert (decision.status == "included") is accepts(schema, instance)


@LIMITS
@given(SCHEMAS, SCHEMAS)
def test_negation_turns_an_inclusion_around(left: Any, right: Any) -> None:
    answers = {decide(left, right).status, decide({"not": right}, {"not": left}).status} - {"undecided"}
    assert len(answers) < 2


@LIMITS
@given(SCHEMAS, SCHEMAS)
def test_more_budget_never_turns_an_answer_around(left: Any, right: Any) -> None:
    answers = {decide(left, right, budget=budget).status for budget in (40, 400, SMALL_BUDGET)} - {"undecided"}
    assert len(answers) < 2
