"""Warnings of a deprecation, from the notice on the default branch to what people have in their hands."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.dispatch.channels import Channels
from bot.dispatch.dispatcher import NOTICE, Dispatch
from bot.dispatch.ways import BULK, URGENT
from bot.settings import Settings
from bot.worker import Worker
from tests.bot.steward.room import Room, room
from tests.bot.steward.test_deprecations import CONTRACT, deprecate, look
from tests.e2e.stage import schema
from tests.fakes.mail import MailSink
from tests.fakes.slack import SlackDouble
from tests.fakes.slack.double import SECRET, TOKEN

PARTNERS = """\
partners:
  dialer:
    title: The Dialer
    contacts: {email: it@dialer.example}
    zone: Europe/Berlin
"""


@dataclass
class Post:
    """A room whose promises are kept, by doubles of mail and Slack."""

    room: Room
    mail: MailSink
    slack: SlackDouble
    dispatch: Dispatch

    def live(self, *days: float) -> None:
        """Let days pass, and after each stretch the sweep come by and the post go out."""
        for stretch in days:
            look(self.room, days=stretch)
            self.send()

    def send(self) -> None:
        self.dispatch.tick()
        worker = Worker(self.room.store, {NOTICE: self.dispatch.handle}, self.room.clock, pools=(URGENT, BULK))
        while worker.run_once():
            self.room.clock.advance(timedelta(seconds=2))
            self.dispatch.tick()

    @property
    def told(self) -> list[str]:
        """What the owners' channel on Slack was told."""
        return [one.text for one in self.slack.posts]


@contextmanager
def post(made: Room, **more: Any) -> Iterator[Post]:
    with MailSink() as mail, SlackDouble(clock=made.clock) as slack:
        values: dict[str, Any] = {
            "app_id": 1, "private_key": "", "webhook_secrets": ("s" * 32,), "github_api_url": "", "database_url": "",
            "host": "127.0.0.1", "port": 0, "base_url": "https://concordat.example", "slack_token": TOKEN,
            "slack_signing_secret": SECRET, "slack_api_url": slack.api_url, "smtp_url": mail.url,
            "mail_from": "Concordat <concordat@octo.example>", "contacts": {"octo/data": ("C0REVIEWS",)},
        }  # fmt: skip
        settings = Settings(**(values | more))
        channels = Channels(settings, made.steward.app, made.clock)
        yield Post(made, mail, slack, Dispatch(settings, made.store, made.clock, channels))


@pytest.fixture
def on(tmp_path: Path) -> Iterator[Post]:
    with room(tmp_path, config=CONTRACT, wired=False) as made:
        made.repository.commit("main", {".github/partners.yml": PARTNERS}, message="Who they are")
        with post(made) as found:
            yield found


def test_owners_and_partners_hear_of_it_four_times_each_and_not_once_more(on: Post) -> None:
    removal = deprecate(on.room, days=32)
    on.live(1.5, 1, 8, 8, 5, 2, 5, 1, 1, 1)
    assert len(on.mail.mails) == 4
    assert {str(one.message["To"]) for one in on.mail.mails} == {"it@dialer.example"}
    assert all(removal in str(one.message["Subject"]) for one in on.mail.mails)
    assert len(on.told) == 4
    assert all(removal in one for one in on.told)
    assert on.room.dead == ()


def test_a_field_that_was_removed_before_its_day_warns_nobody(on: Post) -> None:
    deprecate(on.room, days=8)
    on.room.hear()
    on.live(0.5)
    before = (len(on.mail.mails), len(on.told))
    on.room.repository.push("main", {"schemas/order.json": schema("2.0.0", placed=None)})
    on.room.hear()
    on.live(1, 5, 1, 2)
    assert (len(on.mail.mails), len(on.told)) == before


def test_two_fields_have_threads_of_their_own(on: Post) -> None:
    first = deprecate(on.room, days=8)
    on.live(0.5, 1)
    held = json.loads(on.room.repository.read("schemas/order.json", "main") or b"")["properties"]
    notice = {"deprecated_on": str(on.room.now.date()), "removal_date": str((on.room.now + timedelta(days=35)).date())}
    held["note"] = {"deprecated": True, "x-deprecation": {**notice, "migration_guide": "Leave it out."}}
    on.room.repository.commit("main", {"schemas/order.json": schema("1.2.0", **held)}, message="Deprecate another")
    on.live(5, 6)
    roots = [one for one in on.slack.posts if not one.thread]
    assert [first in one.text for one in roots] == [True, False]
    assert [len(on.slack.thread(one.ts)) for one in roots] == [1, 0]


def test_partners_who_cannot_be_read_leave_what_was_promised_as_it_is(on: Post) -> None:
    deprecate(on.room, days=32)
    on.live(0.5)
    on.room.repository.commit("main", {".github/partners.yml": "partners: []\n"}, message="Break it")
    on.live(2, 1)
    assert len(on.mail.mails) == 1


def test_owners_whom_no_channel_knows_are_mentioned_in_one_issue_about_the_field(tmp_path: Path) -> None:
    with room(tmp_path, config=CONTRACT, wired=False) as made, post(made, contacts={}) as on:
        removal = deprecate(made, days=8)
        on.live(0.5, 1, 5)
        (issue,) = made.repository.state.issues.values()
        assert issue.title == "placed of order is on its way out: warnings to its owners"
        said = [one.body for one in made.repository.state.comments.values() if one.number == issue.number]
        warned = [one for one in said if "### DEPRECATION NOTICE" in one]
        assert len(warned) == 2
        assert all("@octo/data" in one and removal in one for one in warned)
        # A partner without an address is not told by an issue, and the owners hear that.
        rest = [one for one in said if one not in warned]
        assert len(rest) == 2
        assert all("no conversation on GitHub to write to" in one for one in rest)
        assert on.room.dead == ()
