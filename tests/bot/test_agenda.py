"""The agenda of the weekly sync: when it is due, what stands in it, and that it goes out once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot import agenda
from bot.store import Store
from bot.store.values import NewEvent, NewObligation, Obligation
from rules.violations import REPORTED, body, read
from tests.bot.post_room import Time, post_room

ZONE = "America/Denver"
MEETING = datetime(2026, 11, 23, 17, tzinfo=UTC)
"""A Monday, 10:00 in Denver."""


@pytest.mark.parametrize(
    ("at", "due"),
    [
        (MEETING - timedelta(minutes=61), False), (MEETING - timedelta(minutes=60), True),
        (MEETING - timedelta(seconds=1), True), (MEETING, False), (MEETING + timedelta(days=1), False),
        (MEETING + timedelta(days=7, minutes=-30), True),
    ],
)  # fmt: skip
def test_it_is_due_in_the_hour_before_the_meeting(at: datetime, due: bool) -> None:
    found = agenda.meeting(ZONE, at)
    assert (found is not None) is due


@pytest.mark.parametrize(
    ("day", "hour"), [(datetime(2027, 3, 8, tzinfo=UTC), 17), (datetime(2027, 3, 15, tzinfo=UTC), 16)]
)
def test_the_meeting_stays_at_ten_when_the_clocks_change(day: datetime, hour: int) -> None:
    at = day.replace(hour=hour - 1, minute=30)
    assert agenda.meeting(ZONE, at) == at.replace(hour=hour, minute=0)


def test_whoever_meets_gets_what_there_is_to_speak_about_once(store: Store) -> None:
    with post_room(store, contacts={"sync": ("sync@hospital.example",)}) as room:
        room.time.now = MEETING - timedelta(minutes=30)
        seen(store, room.time)
        assert agenda.handle(store, room.time, ZONE) == 0
        troubled(store, room.time())
        assert agenda.handle(store, room.time, ZONE) == 1
        assert agenda.handle(store, room.time, ZONE) == 1
        room.work()
        (mail,) = room.mail.mails
        body = mail.message.get_body(("plain",))
        assert body is not None
        text = body.get_content().replace("\r\n", "\n")
        assert mail.recipients == ("sync@hospital.example",)
        assert mail.message["Subject"] == "Agenda of the contract sync, 2026-11-23"
        assert "2026-11-23 17:00 UTC (10:00 America/Denver): the sync" in text
        assert "order 2.0.0: crm reports a high blocker (#7)" in text
        assert "2026-12-31: /placed of order is removed" in text
        assert "Contract change requests:\n- None." in text


def test_what_has_no_issue_yet_is_named_without_a_number(store: Store) -> None:
    with post_room(store, contacts={"sync": ("sync@hospital.example",)}) as room:
        room.time.now = MEETING - timedelta(minutes=30)
        seen(store, room.time)
        troubled(store, room.time(), filed=False)
        agenda.handle(store, room.time, ZONE)
        (owed,) = [one for one in promises(store) if one.kind == agenda.KIND]
        assert owed.payload["facts"]["issues"] == "order 2.0.0: crm reports a high blocker"


def test_violations_and_the_share_that_keeps_to_the_contract_are_spoken_about(store: Store) -> None:
    with post_room(store, contacts={"sync": ("sync@hospital.example",)}) as room:
        room.time.now = MEETING - timedelta(minutes=30)
        seen(store, room.time)
        told = {"contract": "order", "type": "null_value", "partner": "crm", "count": 30, "checked": 1000}
        broken = NewEvent(REPORTED, "v", room.time(), body(read(told)), 1)
        with store.transaction() as transaction:
            transaction.append("violations:1:order", [broken])
        agenda.handle(store, room.time, ZONE)
        (owed,) = [one for one in promises(store) if one.kind == agenda.KIND]
        facts = owed.payload["facts"]
        assert facts["issues"] == "order: high violation of crm, null in a required field"
        assert "Contract compliance of order: 97.0 % (target 100 %, alert below 98 %)" in facts["figures"]


def promises(store: Store) -> tuple[Obligation, ...]:
    with store.reading() as transaction:
        return transaction.obligations("sync:1")


def seen(store: Store, time: Time) -> None:
    with store.transaction() as transaction:
        transaction.see(1, 5, time())


def troubled(store: Store, now: datetime, *, filed: bool = True) -> None:
    """Let a partner report a blocker, and a field be on its way out."""
    stream = "release:1:order:2.0.0"
    body = {"contract": "order", "version": "2.0.0", "kind": "major", "go_live": "2027-02-01", "digest": "d"}
    blocker = {"id": "b", "party": "crm", "severity": "high", "text": "it stops", "digest": "d"}
    facts = {"facts": {"contract": "order", "field": "/placed", "removal_date": "2026-12-31"}}
    with store.transaction() as transaction:
        transaction.append(stream, [
            NewEvent("release.announced", "a", now - timedelta(days=2), body),
            NewEvent("release.blocker", "b", now - timedelta(days=1), blocker),
        ])  # fmt: skip
        if filed:
            issue = {"id": "b", "issue": 7}
            transaction.append(stream, [NewEvent("release.blocker_filed", "f", now - timedelta(days=1), issue)])
        owed = NewObligation("w", "deprecation.warning", "contracts:1:deprecations:x", "partner:crm",
                             now + timedelta(days=9), facts)  # fmt: skip
        transaction.owe(owed)
