from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.store.values import NewEvent
from rules.contract import Owners, Partner
from rules.partners import Book
from rules.violation_obligations import owed
from rules.violations import (
    ANSWERED,
    FILED,
    REPORTED,
    RESOLVED,
    TYPES,
    body,
    compliance,
    failures,
    fold,
    open_ones,
    read,
)
from tests.rules.making import contract

AT = datetime(2026, 11, 21, 10, tzinfo=UTC)


def told(name: str, minutes: float = 0, **payload: Any) -> NewEvent:
    given_ = {"contract": "orders", "type": "type_mismatch", **payload}
    return NewEvent(REPORTED, name, AT + timedelta(minutes=minutes), body(read(given_)), 1)


def fact(kind: str, about: str, minutes: float, **more: Any) -> NewEvent:
    return NewEvent(kind, f"{kind}:{about}", AT + timedelta(minutes=minutes), {"id": about, **more}, 1)


def test_a_log_line_with_missing_fields_and_its_schema_version_is_a_report() -> None:
    found = read({"contract": "ads", "partner": "acme", "missing": ["adBreakId"], "schemaVersion": "2.0", "count": 3})
    assert (found.type, found.fields, found.version, found.count) == ("required_missing", ("adBreakId",), "2.0", 3)


@pytest.mark.parametrize(
    "wrong",
    [
        {}, {"type": "other"}, {"contract": ""}, {"contract": ["a"]}, {"count": 0}, {"count": True}, {"count": 10**10},
        {"fields": "all"}, {"fields": ["a"] * 51}, {"text": "x" * 201}, {"checked": 1, "count": 2}, {"missing": [1]},
    ],
)  # fmt: skip
def test_what_is_no_report_is_refused_with_the_reason(wrong: dict[str, Any]) -> None:
    whole = {"contract": "orders", "type": "null_value", **wrong} if wrong else wrong
    with pytest.raises(ValueError, match="`"):
        read(whole)


def test_reports_of_the_same_are_one_violation_until_it_is_resolved() -> None:
    first = [told("a", party="x"), told("b", 1, count=4), told("c", 2, fields=["total"])]
    found = fold(first)
    assert [one.count for one in found] == [5, 1]
    again = fold([*first, fact(RESOLVED, found[0].id, 3), told("d", 4)])
    assert [(one.count, one.resolved is not None) for one in again] == [(5, True), (1, False), (1, False)]
    assert len({one.id for one in again}) == 3


@given(st.permutations(range(6)))
def test_the_order_of_arrival_does_not_matter(order: list[int]) -> None:
    name = fold([told("a")])[0].id
    facts = [
        told("a"), told("b", 1), fact(FILED, name, 2, issue=7), fact(ANSWERED, name, 3), fact(RESOLVED, name, 4),
        told("c", 5),
    ]  # fmt: skip
    assert fold(facts[one] for one in order) == fold(facts)


def test_the_gravest_comes_first() -> None:
    facts = [told("a", type="sync_slow"), told("b", 1, type="null_value"), told("c", 2)]
    assert [one.severity for one in open_ones(fold(facts))] == ["critical", "high", "medium"]


def test_failures_are_counted_by_partner_and_the_share_that_keeps_to_the_contract_is_told() -> None:
    facts = [
        told("a", partner="crm", count=2, checked=100), told("b", 1, partner="crm"), told("c", 2, count=3, checked=100),
        told("d", 3, partner="crm", type="sync_slow", count=9, checked=10),
    ]  # fmt: skip
    assert failures(facts) == {"": 3, "crm": 3}
    assert failures(facts, AT + timedelta(minutes=1)) == {"": 3, "crm": 1}
    assert compliance(facts) == pytest.approx(97.5)
    assert compliance([told("a")]) is None


OWNED = contract(owners=Owners(teams=("acme/crm",)), release_owners=("rita",), partners=(Partner("crm", "reads"),))


def kinds(kind: str, *more: NewEvent) -> list[tuple[str, str, float]]:
    facts = [told("a", type=kind, partner="crm"), *more]
    (one,) = fold(facts)
    found = owed("s", one, OWNED, Book(), AT)
    return [(each.kind.partition(".")[2], each.recipient, (each.due - AT).total_seconds() / 3600) for each in found]


def test_owners_release_owners_and_partner_are_told_at_once_and_a_critical_one_by_mail_after_four_hours() -> None:
    everybody = [("partner", "partner:crm", 0), ("reported", "team:acme/crm", 0), ("reported", "user:rita", 0)]
    assert kinds("type_mismatch") == [
        *everybody, ("escalated", "team:acme/crm", 4), ("escalated", "user:rita", 4),
    ]  # fmt: skip
    assert kinds("null_value") == [*everybody, ("overdue", "team:acme/crm", 24), ("overdue", "user:rita", 24)]
    assert kinds("sync_slow") == everybody


def test_an_answer_ends_the_escalation_and_the_end_of_it_everything() -> None:
    name = fold([told("a", partner="crm")])[0].id
    assert "escalated" not in {kind for kind, _, _ in kinds("type_mismatch", fact(ANSWERED, name, 1))}
    assert kinds("type_mismatch", fact(RESOLVED, name, 1)) == []


def test_every_type_has_its_class_and_severity_as_the_governance_protocol_has_them() -> None:
    assert {(one.family, one.severity) for one in TYPES.values()} == {
        ("schema mismatch", "critical"), ("data quality", "high"), ("performance", "medium"),
    }  # fmt: skip
