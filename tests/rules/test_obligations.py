from __future__ import annotations

from datetime import timedelta

import pytest

from rules.obligations import Owed, obligations
from rules.review import Review
from tests.rules.test_review_log import ADVISOR_YES, CRM, CRM_YES, DATA_YES, MAJOR, MINOR, PATCH, START, Told, at, told


def owed(review: Review, hours: float) -> tuple[Owed, ...]:
    return obligations([("pull:1:2", review)], START + timedelta(hours=hours))


def moments(found: tuple[Owed, ...], recipient: str) -> list[tuple[str, float]]:
    return [(one.kind, (one.due - START) / timedelta(hours=1)) for one in found if one.recipient == recipient]


def test_a_team_is_asked_reminded_at_50_and_90_percent_and_told_of_the_breach() -> None:
    assert moments(owed(at(1, []), 1), "team:acme/crm") == [
        ("review.requested", 0), ("review.reminder", 24), ("review.reminder", 43.2), ("review.breached", 48),
    ]  # fmt: skip


def test_a_major_review_goes_to_email_four_hours_after_the_breach_without_an_answer() -> None:
    found = owed(at(1, [], MAJOR), 1)
    (email,) = [one for one in found if one.kind == "review.escalated" and one.recipient == "team:acme/crm"]
    assert (email.channel, email.due) == ("email", START + timedelta(days=7, hours=4))


def test_nothing_is_owed_to_one_who_said_yes_nor_once_all_did() -> None:
    assert {one.recipient for one in owed(at(5, [CRM_YES]), 5)} == {"team:acme/data"}
    assert owed(at(5, [CRM_YES, DATA_YES, ADVISOR_YES], MAJOR), 5) == ()


def test_reminders_do_not_run_while_the_clock_stands_still_and_count_running_time() -> None:
    hold = [told("held", 10, CRM, until=(START + timedelta(hours=34)).isoformat())]
    assert moments(owed(at(20, hold), 20), "team:acme/crm") == [("review.requested", 0)]
    assert moments(owed(at(40, hold), 40), "team:acme/crm")[1] == ("review.reminder", 48)


def test_a_key_is_owed_once_whatever_the_moment_and_says_when_it_is_late() -> None:
    early, late = owed(at(1, []), 1), owed(at(72, []), 72)
    assert [one.key for one in early] == [one.key for one in late]
    assert len({one.key for one in late}) == len(late)
    assert all(one.late for one in late)


def test_a_patch_is_told_and_asks_for_nothing() -> None:
    assert {one.kind for one in owed(at(1, [], PATCH), 1)} == {"review.told"}


def test_a_reopened_review_is_asked_for_anew() -> None:
    minor = {one.key for one in owed(at(1, [], MINOR), 1)}
    assert minor.isdisjoint({one.key for one in owed(at(1, [], MAJOR), 1)})


def tasks(review: Review, hours: float) -> list[tuple[str, str, float]]:
    found = [one for one in owed(review, hours) if one.kind in ("review.assigned", "review.unmet")]
    return [(one.kind, one.recipient, (one.due - START) / timedelta(hours=1)) for one in found]


def test_a_condition_is_told_to_whom_it_is_assigned_and_at_its_end_to_who_asked_too() -> None:
    until = (START + timedelta(hours=30)).isoformat()
    asked = told("conditioned", 1, CRM, id="c1", text="fix it", login="vera", assignee="sam", until=until)
    assert tasks(at(5, [asked]), 5) == [
        ("review.assigned", "user:sam", 1), ("review.unmet", "user:sam", 30), ("review.unmet", "user:vera", 30),
    ]  # fmt: skip
    later = told("conditioned", 1, CRM, id="c2", text="fix it", login="vera", assignee="sam", guards="migration")
    assert tasks(at(5, [CRM_YES, DATA_YES, later]), 5) == [("review.assigned", "user:sam", 1)]
    assert tasks(at(40, [asked, told("condition_done", 6, CRM, id="c1")]), 40) == []


def test_conditions_are_counted_through_the_pull_request() -> None:
    first = told("conditioned", 1, CRM, id="c1", text="fix", contract="another")
    found = at(5, [first, told("conditioned", 2, CRM, id="c2", text="run")])
    assert found.ledger is not None
    assert [(one.id, one.number) for one in found.ledger.conditions] == [("c2", 2)]


@pytest.mark.parametrize("kind", ["approved", "withdrawn", "condition_done", "unheld", "spoke"])
def test_any_word_of_the_team_since_the_breach_is_an_answer(kind: str) -> None:
    def mailed(*facts: Told) -> set[str]:
        found = owed(at(170, list(facts), MAJOR), 170)
        return {one.recipient for one in found if one.kind == "review.escalated"}

    assert mailed() == {"team:acme/crm", "team:acme/data", "role:Advisor"}
    assert "team:acme/crm" not in mailed(told(kind, 169, CRM, teams=["acme/crm"]))
    assert "team:acme/crm" in mailed(told("spoke", 160, CRM, teams=["acme/crm"]))
