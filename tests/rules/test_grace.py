from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from rules import grace
from rules.assessment import Assessment, assess
from rules.contract import Policy
from rules.documents import Problem
from rules.jsontext import JsonValue
from tests.rules.making import change, contract, document
from tests.rules.test_deprecation import NOTICE, WHOLE, block, marked, schema

EVE, DAY = date(2026, 11, 30), date(2026, 12, 1)
"""The day before the removal date, and the removal date."""
BASE = schema(total=marked(), total_cents=WHOLE)
GONE = schema(total_cents=WHOLE)


def judged(base: JsonValue, head: JsonValue, **policy: Any) -> Assessment:
    return assess(change(base, head, of=contract(policy=Policy(**policy))))


def found(base: JsonValue, head: JsonValue, today: date, **policy: Any) -> list[Problem]:
    return list(grace.problems(judged(base, head, **policy), today))


def codes(base: JsonValue, head: JsonValue, today: date, **policy: Any) -> list[str]:
    return [one.code for one in found(base, head, today, **policy)]


def test_a_field_that_was_never_deprecated_may_not_go() -> None:
    (one,) = found(schema(total=WHOLE, total_cents=WHOLE), GONE, EVE)
    assert (one.code, one.blocking) == ("removal_not_deprecated", True)
    assert "`total` goes" in one.sentence
    assert "the earliest legal removal is 2026-12-30." in one.fix


def test_a_notice_that_comes_with_the_removal_warns_nobody() -> None:
    late = {**GONE, "deprecations": [block(deprecation_date="2026-11-29", removal_date="2026-12-29")]}
    assert codes(schema(total=WHOLE, total_cents=WHOLE), late, DAY) == ["removal_not_deprecated"]


def test_a_field_may_go_on_its_removal_date_and_not_the_day_before() -> None:
    (early,) = found(BASE, GONE, EVE)
    assert (early.code, early.blocking) == ("removal_too_early", True)
    assert early.fix == "Keep `total` for 1 more day: the earliest legal removal is 2026-12-01."
    assert found(BASE, GONE, DAY) == []
    assert found(BASE, GONE, DAY + timedelta(days=400)) == []


def test_the_notice_of_the_governance_protocol_counts_likewise() -> None:
    base = {**schema(total=WHOLE, total_cents=WHOLE), "deprecations": [block()]}
    assert codes(base, GONE, EVE) == ["removal_too_early"]
    assert codes(base, GONE, DAY) == []


def test_the_grace_period_is_never_less_than_the_policys() -> None:
    short = schema(total=marked({**NOTICE, "removal_date": "2026-11-02"}), total_cents=WHOLE)
    assert codes(short, GONE, EVE) == ["removal_too_early"]
    assert codes(short, GONE, DAY) == []
    assert codes(BASE, GONE, DAY, grace_days=60) == ["removal_too_early"]


def test_a_notice_without_usable_dates_lets_nothing_go() -> None:
    broken = schema(total=marked({**NOTICE, "removal_date": "soon"}), total_cents=WHOLE)
    (one,) = found(broken, GONE, date(2030, 1, 1))
    assert (one.code, "no usable dates" in one.sentence) == ("removal_too_early", True)
    bare = schema(total={**WHOLE, "deprecated": True}, total_cents=WHOLE)
    assert codes(bare, GONE, date(2030, 1, 1)) == ["removal_not_deprecated"]


def test_a_rename_and_a_move_take_the_field_away_as_well() -> None:
    base = schema(customer_total={"type": "integer", "minimum": 7, "title": "T"})
    assert codes(base, schema(customer_totals={"type": "integer", "minimum": 7, "title": "T"}), DAY) == [
        "removal_not_deprecated"
    ]


@pytest.mark.parametrize("changed", [{"type": "string"}, {"maximum": 10}, {"enum": [1, 2]}])
def test_a_deprecated_field_is_not_tightened_or_retyped_before_it_may_go(changed: dict[str, JsonValue]) -> None:
    head = schema(total=marked(**changed), total_cents=WHOLE)
    assert set(codes(BASE, head, EVE)) == {"deprecated_field_changed"}
    assert codes(BASE, head, DAY) == []
    (one, *_) = found(BASE, head, EVE)
    assert "stays as it is until 2026-12-01" in one.sentence


def test_a_deprecated_object_is_left_alone_in_all_its_parts() -> None:
    order = {**schema(total=WHOLE), "deprecated": True, "x-deprecation": {**NOTICE, "replacement": "bill"}}
    less = {**schema(total={**WHOLE, "maximum": 9}), "deprecated": True, "x-deprecation": order["x-deprecation"]}
    bill = schema(total=WHOLE)
    assert codes(schema(order=order, bill=bill), schema(order=less, bill=bill), EVE) == ["deprecated_field_changed"]


def test_a_field_that_is_not_deprecated_is_no_matter_of_grace() -> None:
    assert codes(BASE, schema(total=marked(), total_cents={**WHOLE, "maximum": 9}), EVE) == []


def test_the_replacement_stays_as_long_as_the_field() -> None:
    guided = {**NOTICE, "migration_guide": "By hand."}
    base, head = schema(total=marked(guided), total_cents=WHOLE), schema(total=marked(guided))
    assert codes(base, head, EVE) == ["removal_not_deprecated", "replacement_removed"]
    assert "replacement_removed" not in codes(base, head, DAY)


def test_a_removal_date_moves_later_and_never_earlier() -> None:
    later = schema(total=marked({**NOTICE, "removal_date": "2027-01-01"}), total_cents=WHOLE)
    assert codes(BASE, later, EVE) == []
    (one,) = found(later, BASE, EVE)
    assert (one.code, one.line) == ("deprecation_shortened", 7)
    assert "Set the removal date to 2027-01-01 or later" in one.fix


def test_a_deprecation_may_be_taken_back() -> None:
    assert codes(BASE, schema(total=WHOLE, total_cents=WHOLE), EVE) == []


def test_a_notice_is_not_dated_back_further_than_a_review_takes() -> None:
    plain = schema(total=WHOLE, total_cents=WHOLE)
    assert codes(plain, BASE, date(2026, 11, 8)) == []
    (one,) = found(plain, BASE, date(2026, 11, 9))
    assert one.code == "deprecation_backdated"
    assert "Date it 2026-11-09 or later, and the removal 2026-12-09 or later" in one.fix


def test_a_field_that_two_places_share_goes_by_the_notice_in_its_definition() -> None:
    line = schema(price=marked({**NOTICE, "replacement": "cost"}), cost=WHOLE)
    base = {**schema(a={"$ref": "#/$defs/line"}, b={"$ref": "#/$defs/line"}), "$defs": {"line": line}}
    head = {**base, "$defs": {"line": schema(cost=WHOLE)}}
    assert set(codes(base, head, EVE)) == {"removal_too_early"}
    assert codes(base, head, DAY) == []


def test_what_was_served_is_told() -> None:
    assert [one.field for one in grace.served(judged(BASE, GONE), DAY)] == ["total"]
    assert grace.served(judged(BASE, GONE), EVE) == ()
    assert grace.served(judged(BASE, None), DAY) == ()


def test_a_contract_that_begins_or_ends_or_cannot_be_read_has_no_grace() -> None:
    assert found(None, BASE, EVE) == []
    assert found(BASE, None, EVE) == []
    assert found(BASE, document({"type": 7}), EVE) == []
