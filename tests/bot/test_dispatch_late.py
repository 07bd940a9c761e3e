"""What goes out once nothing could go out for weeks: one message of each series, and none of a day that has passed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from bot.store import Store
from tests.bot.post_room import BEGIN, PostRoom, post_room


@pytest.fixture
def room(store: Store) -> Iterator[PostRoom]:
    with post_room(store) as found:
        yield found


def subjects(room: PostRoom) -> list[str]:
    return sorted(str(mail.message["Subject"]) for mail in room.mail.mails)


def states(room: PostRoom, *numbers: int) -> list[str]:
    return [room.obligation(one).state for one in numbers]


def test_of_a_release_whose_milestones_were_missed_each_partner_hears_the_last_one(room: PostRoom) -> None:
    kinds = ("release.consultation", "release.testing", "release.confirm")
    numbers = [room.owe(kind, due=BEGIN + timedelta(days=15 * at)) for at, kind in enumerate(kinds)]
    other = room.owe(kinds[0], "email", "it@laguna.example", recipient="partner:laguna")
    room.time.now += timedelta(days=31)
    room.work()
    assert subjects(room) == [
        "patient-record 3.0.0: confirm that you are ready",
        "patient-record 3.0.0: how far are you, and what do you need?",
    ]
    assert states(room, *numbers, other) == ["superseded", "superseded", "met", "met"]


def test_a_reminder_of_a_go_live_that_has_passed_is_not_sent(room: PostRoom) -> None:
    number = room.owe("release.reminder", go_live=(BEGIN + timedelta(days=7)).isoformat())
    room.time.now += timedelta(days=8)
    room.work()
    assert (subjects(room), states(room, number)) == ([], ["superseded"])


@pytest.mark.parametrize("kind", ["deprecation.warning", "deprecation.due"])
def test_of_the_warnings_about_a_field_only_the_last_goes_out_and_none_on_its_day(room: PostRoom, kind: str) -> None:
    day = (BEGIN + timedelta(days=14)).date().isoformat()
    first = room.owe(kind, key="14", removal_date=day)
    second = room.owe(kind, key="7", removal_date=day, due=BEGIN + timedelta(days=7))
    other = room.owe(kind, key="7 of another", removal_date=day, field="/ward", due=BEGIN + timedelta(days=7))
    room.time.now += timedelta(days=8)
    room.work()
    assert states(room, first, second, other) == ["superseded", "met", "met"]
    last = room.owe(kind, key="1", removal_date=day, due=BEGIN + timedelta(days=13))
    room.time.now += timedelta(days=6)
    room.work()
    assert states(room, last) == ["superseded"]


def test_a_message_that_was_tried_goes_on_although_a_later_one_is_due(room: PostRoom) -> None:
    room.mail.answers += ["451 later"]
    first = room.owe("release.consultation")
    room.work()
    second = room.owe("release.testing", due=BEGIN + timedelta(minutes=1))
    room.later(minutes=30)
    assert states(room, first, second) == ["met", "met"]
