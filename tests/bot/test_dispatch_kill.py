"""Killed between any two steps, dispatch neither doubles a message nor loses one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Any

import pytest

from bot.store import Store
from tests.bot.post_room import PostRoom, post_room
from tests.fakes.slack import Fault


class KilledError(BaseException):
    """The process ended here: nothing after this line ran."""


class Mortal:
    """A store that ends the process at its n-th word to the database: before the word is kept, or after."""

    def __init__(self, store: Store, dies_at: int, *, after: bool) -> None:
        self._store = store
        self._left = dies_at
        self._after = after
        self.died = False
        self.one_writer = store.one_writer

    @contextmanager
    def transaction(self) -> Iterator[Any]:
        self._left -= 1
        dies = self._left == 0
        with self._store.transaction() as transaction:
            yield transaction
            if dies and not self._after:
                self.died = True
                raise KilledError
        if dies:
            self.died = True
            raise KilledError

    @contextmanager
    def reading(self) -> Iterator[Any]:
        with self._store.reading() as transaction:
            yield transaction


def killed_once(room: PostRoom, dies_at: int, *, after: bool) -> bool:
    """Work until the process dies, then go on with another one after the lease has ended; whether it died."""
    mortal = Mortal(room.store, dies_at, after=after)
    with suppress(KilledError):
        room.work(mortal)  # type: ignore[arg-type]
    for _ in range(6):
        room.later(minutes=3)
    return mortal.died


def points(prepare: Callable[[PostRoom], int], check: Callable[[PostRoom, int], None], store: Store) -> int:
    count, at = 0, 0
    for after in (False, True):
        at = 0
        while True:
            at += 1
            with post_room(store) as room:
                with store.transaction() as transaction:
                    for one in transaction.obligations("release:1:patient-record:3.0.0"):
                        transaction.supersede(one.key, room.time())
                room.time.now += timedelta(days=count)
                number = prepare(room)
                died = killed_once(room, at, after=after)
                check(room, number)
                count += 1
            if not died:
                break
    return count


def test_on_slack_every_point_leads_to_one_message(store: Store) -> None:
    seen: list[int] = []

    def prepare(room: PostRoom) -> int:
        seen.append(1)
        return room.owe("release.announced", "slack", "C0PARTNERS", key=f"k{len(seen)}", recipient=f"p:{len(seen)}")

    def check(room: PostRoom, number: int) -> None:
        assert len(room.slack.posts) == 1
        assert room.obligation(number).state == "met"

    assert points(prepare, check, store) >= 10


@pytest.mark.parametrize("when", ["before", "after"])
def test_on_slack_an_answer_lost_and_a_death_together_lead_to_one_message(store: Store, when: str) -> None:
    seen: list[int] = []

    def prepare(room: PostRoom) -> int:
        seen.append(1)
        room.slack.faults.append(Fault("chat.postMessage", "lost", when))  # type: ignore[arg-type]
        return room.owe("release.announced", "slack", "C0PARTNERS", key=f"k{len(seen)}", recipient=f"p:{len(seen)}")

    def check(room: PostRoom, number: int) -> None:
        assert len(room.slack.posts) == 1
        assert room.obligation(number).state == "met"

    points(prepare, check, store)


def test_by_mail_every_point_leads_to_one_message_or_to_none_and_the_owners_know(store: Store) -> None:
    seen: list[int] = []

    def prepare(room: PostRoom) -> int:
        seen.append(1)
        return room.owe("release.confirm", key=f"k{len(seen)}", recipient=f"p:{len(seen)}")

    def check(room: PostRoom, number: int) -> None:
        state = room.obligation(number).state
        told = any("Nobody knows" in post.text for post in room.slack.posts)
        assert (state, told) in {("met", False), ("failed", True)}
        assert len(room.mail.mails) <= 1
        assert len(room.mail.mails) == 1 or told

    assert points(prepare, check, store) >= 10


def test_a_worker_paused_past_its_lease_takes_its_extra_message_back(store: Store) -> None:
    with post_room(store) as room:
        number = room.owe("release.announced", "slack", "C0PARTNERS")
        woken: list[int] = []

        def meanwhile(_post: object) -> None:
            # While this worker's message is on its way, its lease ends, and another one does the job.
            if not woken:
                woken.append(1)
                hidden = room.slack._posts.pop()  # Slack has not shown it yet
                room.time.now += timedelta(minutes=5)
                room.work()
                room.slack._posts.append(hidden)

        room.slack.arrived = meanwhile
        room.work()
        assert len(room.slack.posts) == 1
        assert room.obligation(number).state == "met"
        assert "chat.delete" in room.slack.calls
