from __future__ import annotations

from datetime import timedelta

from rules.obligations import Owed, obligations
from rules.review import Review
from tests.rules.test_review_log import ADVISOR_YES, CRM, CRM_YES, DATA_YES, MAJOR, MINOR, PATCH, START, at, told


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
