"""Every copy of a message loses its buttons once what they ask for is decided, or is another."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bot.steward import promises
from bot.steward.promises import obligation
from bot.store import Store
from bot.store.values import NewObligation
from notices.examples import facts
from rules.obligations import Owed
from tests.bot.post_room import STREAM, PostRoom, post_room
from tests.fakes.slack import Fault, Post


def owed(room: PostRoom, who: str, *, state: str = "8", kind: str = "release.decide") -> NewObligation:
    said = Owed(f"{kind}/{who}", kind, f"user:{who}", "slack", room.time(), facts=facts(kind))
    return obligation(said, STREAM, {"version_of_state": state})


def has_buttons(post: Post) -> bool:
    return any(block["type"] in {"actions", "input"} for block in post.blocks)


@pytest.fixture
def room(store: Store) -> Iterator[PostRoom]:
    with post_room(store, contacts={"ana": ("C0REVIEWS",), "ben": ("C0PARTNERS",)}) as found:
        promises.keep(store, STREAM, [owed(found, "ana"), owed(found, "ben")], found.time())
        found.work()
        assert all(map(has_buttons, found.slack.posts))
        assert len(found.slack.posts) == 2
        yield found


def test_what_is_decided_is_asked_by_no_copy_any_more(room: PostRoom) -> None:
    promises.keep(room.store, STREAM, [], room.time())
    room.later(seconds=2)
    assert not any(map(has_buttons, room.slack.posts))
    assert all(
        "was answered, or has changed since" in post.blocks[-1]["elements"][0]["text"] for post in room.slack.posts
    )
    promises.keep(room.store, STREAM, [], room.time())
    room.later(seconds=2)
    assert [post.edits for post in room.slack.posts] == [1, 1]


def test_what_was_drawn_from_another_state_is_asked_no_more_and_what_stands_keeps_its_buttons(room: PostRoom) -> None:
    standing = [owed(room, "ana"), owed(room, "ben")]
    promises.keep(room.store, STREAM, standing, room.time())
    room.later(seconds=2)
    assert all(map(has_buttons, room.slack.posts))
    promises.keep(room.store, STREAM, [owed(room, "ana", state="9"), owed(room, "ben", state="9")], room.time())
    room.later(seconds=2)
    assert not any(map(has_buttons, room.slack.posts))


@pytest.mark.parametrize("what", ["429", "500", "lost"])
def test_a_message_whose_edit_failed_loses_its_buttons_later(room: PostRoom, what: str) -> None:
    room.slack.faults.append(Fault("chat.update", what, times=2))
    promises.keep(room.store, STREAM, [], room.time())
    room.later(seconds=2)
    room.through(hours=1)
    assert not any(map(has_buttons, room.slack.posts))


def test_a_message_that_somebody_deleted_is_left_alone(room: PostRoom) -> None:
    room.slack.faults.append(Fault("chat.update", "message_not_found", times=9))
    promises.keep(room.store, STREAM, [], room.time())
    room.later(seconds=2)
    with room.store.reading() as transaction:
        assert not transaction.jobs("open")
        assert not transaction.jobs("dead")


def test_the_first_message_of_a_thread_keeps_what_it_says_now(room: PostRoom) -> None:
    late = owed(room, "ana", kind="release.undecided")
    promises.keep(room.store, STREAM, [owed(room, "ana"), owed(room, "ben"), late], room.time())
    room.later(seconds=2)
    promises.keep(room.store, STREAM, [], room.time())
    room.later(seconds=2)
    first = next(post for post in room.slack.posts if post.channel == "C0REVIEWS" and not post.thread)
    assert "ESCALATION" in first.blocks[1]["text"]["text"]
    assert not any(map(has_buttons, room.slack.posts))
