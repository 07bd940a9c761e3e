"""The message on Slack that follows a migration: one for each run, brought up to date, with buttons of the moment."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.dispatch.channels import restater
from bot.steward.handlers import handlers
from bot.steward.migrations.live import LIVE
from bot.store import Store
from bot.worker import Worker
from tests.bot.post_room import PostRoom, post_room
from tests.bot.steward.test_migrations import Stage, on
from tests.fakes.slack.double import Post
from tests.sqlite import migrated

__all__ = ["on"]


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    return migrated(tmp_path / "concordat.db")


@pytest.fixture
def post(on: Stage) -> Iterator[PostRoom]:
    """A post office on the stage's own store, at its clock, whose messages the steward may bring up to date."""
    with post_room(on.room.store) as found:
        steward = replace(on.room.steward, targets=on.folder / "targets.yml", restate=restater(found.settings))
        on.room = replace(on.room, worker=Worker(on.room.store, handlers(steward), on.room.clock))
        yield found


def deliver(on: Stage, post: PostRoom) -> None:
    post.time.now = on.room.now
    post.work()
    for _ in range(8):
        post.later(seconds=2)  # a channel takes one message a second


def followed(post: PostRoom) -> list[Post]:
    return [one for one in post.slack.posts if "Migration of order" in one.text]


def buttons(one: Post) -> list[str]:
    return [each["text"]["text"] for block in one.blocks if block["type"] == "actions" for each in block["elements"]]


def said(one: Post) -> str:
    return json.dumps(list(one.blocks), ensure_ascii=False)


def test_one_message_follows_a_migration_from_its_wait_to_its_cutover(on: Stage, post: PostRoom) -> None:
    on.fill("1", "2")
    hour = on.room.now.hour
    pull = on.propose(window={"from": f"{(hour + 2) % 24:02}:00", "to": f"{(hour + 4) % 24:02}:00"})
    on.merge(pull)
    deliver(on, post)
    (message,) = followed(post)
    assert "waits for its start" in message.text
    assert "Its time is" in said(message)
    assert buttons(message) == ["Start now", "Abort", "Roll back"]
    on.tick(hours=2)
    assert on.state() == "cut-over"
    (message,) = followed(post)
    assert "completed, way back open" in said(message)
    assert "100 %" in said(message)
    assert buttons(message) == ["Roll back"]


def test_a_run_that_paused_shows_why_and_what_can_be_done(on: Stage, post: PostRoom) -> None:
    on.fill("1", "-5")
    pull = on.propose()
    on.merge(pull)
    deliver(on, post)
    (message,) = followed(post)
    assert "PAUSED" in message.text
    assert "1 rows cannot be migrated" in said(message)
    assert buttons(message) == ["Start now", "Resume", "Abort", "Roll back"]
    on.say(pull, "/migrate resume exclude")
    (message,) = followed(post)
    assert buttons(message) == ["Roll back"]


def test_where_nobody_has_slack_github_shows_the_same_and_nothing_is_sent(store: Store) -> None:
    with post_room(store, contacts={"*": ("dana@example.com",)}) as room:
        number = room.owe(LIVE, channel="", to="", recipient="user:dana")
        room.work()
        assert [one.channel for one in room.attempts(number)] == ["shown"]
        assert not room.mail.mails


def test_a_message_that_slack_refuses_to_change_stops_nothing(store: Store) -> None:
    with post_room(store) as room:
        restate: Any = restater(room.settings)
        facts = {"contract": "order", "version": "1 → 2", "headline": "running", "bar": "[]", "next": "Nothing.",
                 "repository": "octo/orders", "pull": "1"}  # fmt: skip
        restate(json.dumps({"channel": "C0REVIEWS", "ts": "1.0"}), LIVE, facts)
        assert not room.slack.posts
        with post_room(store, slack_token=None) as bare:
            assert restater(bare.settings) is None
