"""What is kept for those who look at pages, and what the words of a delivery change in our own books."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.steward.shelf import REPORT, RULES, SUMMARY
from bot.store.sessions import Session
from notices import home
from tests.bot.steward.room import MAJOR, MINOR, Room, room
from tests.e2e.stage import schema
from tests.fakes.github.people import Pull


@pytest.fixture
def on(tmp_path: Path) -> Iterator[Room]:
    with room(tmp_path) as made:
        yield made


def kept(on: Room, kind: str, pull: Pull) -> str | None:
    with on.store.reading() as transaction:
        return transaction.recall(kind, f"pull:{on.repository.state.id}:{pull.number}")


def summary(on: Room, pull: Pull) -> home.Summary:
    text = kept(on, SUMMARY, pull)
    assert text is not None
    return home.read(text)


def test_report_rules_and_summary_of_a_change_are_kept(on: Room) -> None:
    pull = on.pull(MAJOR)
    on.hear()
    assert "MAJOR change" in (kept(on, REPORT, pull) or "")
    assert "Why: MAJOR change" in (kept(on, RULES, pull) or "")
    found = summary(on, pull)
    assert (found.repository, found.number, found.title, found.open) == ("octo/orders", pull.number, "topic", True)
    assert [(one.name, one.grade) for one in found.changes] == [("order", "MAJOR")]


def test_a_closed_pull_request_leaves_the_list_and_its_report_stays(on: Room) -> None:
    pull = on.pull(MINOR)
    on.hear()
    pull.close()
    on.hear()
    assert not summary(on, pull).open
    assert kept(on, REPORT, pull) is not None
    pull.reopen()
    on.hear()
    assert summary(on, pull).open


def test_a_pull_request_that_changes_no_contract_any_more_leaves_the_list(on: Room) -> None:
    pull = on.pull(MINOR)
    on.hear()
    pull.push({"schemas/order.json": schema()}, message="As it was")
    on.hear()
    assert not summary(on, pull).open


def test_whoever_takes_back_what_they_allowed_is_signed_out_everywhere(on: Room) -> None:
    ends = on.now + timedelta(hours=8)
    with on.store.transaction() as transaction:
        for number, user in enumerate((7, 7, 8)):
            transaction.begin_session(Session(str(number), user, "somebody", "sealed", on.now, ends))
    on.receive("github_app_authorization", {"action": "revoked", "sender": {"id": 7, "login": "ana"}})
    with on.store.reading() as transaction:
        assert transaction.session("0", on.now) is None
        assert transaction.session("1", on.now) is None
        assert transaction.session("2", on.now) is not None
