"""A major release of sixty days, from `/release` to feedback, with everything real but the other side's servers.

GitHub, the mail server and Slack are doubles that answer over sockets, refuse, break off, ask to wait; the process is
killed between any two words to its database; partners answer on their pages by the links that they were sent, a release
owner decides with the button in Slack.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import pytest
import vobject  # type: ignore[import-untyped]  # it has no types
from flask import Flask

from bot.clicks import Clicks
from bot.clock import Clock
from bot.dispatch.after import looks_again
from bot.dispatch.buttons import Closing
from bot.dispatch.channels import Channels
from bot.dispatch.dispatcher import NOTICE, Dispatch
from bot.github import App
from bot.settings import Settings
from bot.steward.handlers import DELIVERY
from bot.steward.promises import CLOSE
from bot.steward.releases import handler as releases
from bot.steward.releases.values import stream_of
from bot.store import Store
from bot.store.links import SlackUser
from bot.store.values import NewJob, Obligation
from bot.web import create_app
from bot.web.slack import CLICK, PATH
from bot.worker import Handler
from notices.channels.contract import mark_of
from rules.release_ledger import fold
from rules.release_plan import CHECKLIST, VERIFICATION
from rules.release_state import Release
from tests.bot.steward.room import MAJOR, Room, room
from tests.e2e.stage import schema
from tests.fakes.github.people import Pull
from tests.fakes.mail import MailSink
from tests.fakes.slack import Fault, SlackDouble
from tests.fakes.slack.double import SECRET, TOKEN

T = TypeVar("T")
BASE = "https://concordat.example.com"
CONFIG = """\
version: 1
contracts:
  order:
    files: schemas/order.json
    version: semver-field
    owners: {teams: [octo/data]}
    release-owners: [rosa]
    partners: {crm: reads, warehouse: writes, ledger: both, gone: reads, moved: reads, silent: reads, lost: both}
"""
PARTNERS = """\
version: 1
partners:
  crm:
    title: CRM team
    criticality: critical
    contacts: {slack: C0PARTNERS}
    backup: {email: crm@crm.example}
    zone: America/Denver
    fields: {order: [/placed]}
  warehouse:
    contacts: {email: w@warehouse.example}
    zone: Asia/Kolkata
    quiet-hours: {from: "18:00", to: "08:00"}
  ledger:
    contacts: {github: octo/ledger}
  gone:
    contacts: {email: nobody@gone.example}
  moved:
    contacts: {slack: C0ELSEWHERE, email: team@moved.example}
  silent:
    contacts: {email: nobody@silent.example}
    backup: {email: backup@silent.example}
"""
NO_SUCH = "550 5.1.1 no such user"
UNREACHABLE = {"gone", "lost"}
SLACK_ROSA = SlackUser("T0", "U0ROSA")


class KilledError(BaseException):
    """The process ended here."""


@dataclass
class World:
    """Everybody's letter boxes, the release, and the hands that turn the clock."""

    room: Room
    mail: MailSink
    slack: SlackDouble
    dispatch: Dispatch
    web: Flask
    pull: Pull
    kills: int = 0
    chance: random.Random = field(default_factory=lambda: random.Random(0))
    deadly: float = 0.0
    troubled: float = 0.0

    @property
    def stream(self) -> str:
        return stream_of(self.room.repository.state.id, "order", "2.0.0")

    @property
    def release(self) -> Release:
        with self.room.store.reading() as transaction:
            found = fold(transaction.events(self.stream), now=self.room.now)
        assert found is not None
        return found

    def state(self) -> str:
        return self.release.state

    @property
    def promises(self) -> tuple[Obligation, ...]:
        with self.room.store.reading() as transaction:
            return transaction.obligations(self.stream)

    # time

    def work(self) -> None:
        """Do what is due; a process that dies is followed by another one, once its leases have ended."""
        due = True
        while due:
            try:
                self.dispatch.tick()
                self._hear()
            except KilledError:
                self.kills += 1
                self.room.clock.advance(timedelta(minutes=3))
            due = any(job.due is not None and job.due <= self.room.now for job in self.room.waiting)

    def _hear(self) -> None:
        """Take in what GitHub has sent, each delivery once it is acknowledged, and do what is due."""
        for delivery in self.room.github.deliveries[len(self.room.heard) :]:
            payload = {"event": delivery.event, "guid": delivery.guid}
            job = NewJob(DELIVERY, payload, key=f"{DELIVERY}:{delivery.guid}", raw=delivery.body.decode())
            self.room.store.keep([job])
            self.room.heard.append(delivery)
        self.room.work()

    def insisting(self, does: Callable[[], T]) -> T:
        """Do something, and again where the process died before it was done."""
        while True:
            try:
                return does()
            except KilledError:
                self.kills += 1

    def sweep(self) -> None:
        """Do what comes round every half hour, and what follows."""
        self.insisting(lambda: releases.sweep(self.room.store, self.room.now))
        self.work()

    def until(self, moment: datetime) -> None:
        """Let time pass, from one thing that is due to the next."""
        while self.room.now < moment:
            step = max(min(self._following(), moment) - self.room.now, timedelta(seconds=1))
            self.room.clock.advance(step)
            if self.chance.random() < self.troubled:
                self.trouble()
            self.work()

    def day(self, before: int) -> datetime:
        """Give the moment so many days before the go-live, a quarter of an hour later."""
        return self.release.terms.instant(self.release.day - timedelta(days=before)) + timedelta(minutes=15)

    def _following(self) -> datetime:
        owed = [one.due for one in self.promises if one.state == "owed"]
        jobs = [job.due for job in self.room.waiting if job.due is not None]
        return min((*owed, *jobs, self.room.now + timedelta(hours=12)))

    def trouble(self) -> None:
        """Let something go wrong outside."""
        post = "chat.postMessage"
        what = self.chance.choice(("busy", "full", "limit", "lost", "mute", "late", "broken"))
        if what in {"busy", "full"}:
            self.mail.answers += ["451 4.3.2 busy"] * (1 if what == "busy" else 4)
        faults = {
            "limit": Fault(post, "429", seconds=30), "lost": Fault(post, "lost", "after"),
            "mute": Fault(post, "lost"), "late": Fault(post, "late", seconds=0.05), "broken": Fault(post, "500"),
        }  # fmt: skip
        if what in faults:
            self.slack.faults.append(faults[what])

    # people

    def says(self, login: str, text: str) -> None:
        self.room.clock.advance(timedelta(minutes=1))
        self.pull.comment_as(login, text)
        self.work()

    def says_on_issue(self, login: str, text: str) -> None:
        self.room.clock.advance(timedelta(minutes=1))
        self.room.repository.comment_on_issue_as(login, self.release.issue, text)
        self.work()

    def answers(self, party: str, what: str, **fields: Any) -> str:
        """Open a partner's page by the link that they were sent, fill in a form and send it; the page that follows."""
        path = self.links(party)[-1]
        client = self.web.test_client()
        text = self.insisting(lambda: client.get(path, base_url=BASE)).text
        hidden = dict(re.findall(r'type="hidden" name="(version|nonce)" value="([^"]*)"', text))
        self.room.clock.advance(timedelta(minutes=1))
        sent = self.insisting(lambda: client.post(f"{path}?what={what}", base_url=BASE, data={**hidden, **fields}))
        assert sent.status_code == 303, sent.text
        self.work()
        return self.insisting(lambda: client.get(sent.headers["Location"], base_url=BASE)).text

    def links(self, party: str) -> list[str]:
        urls = [one.payload["facts"]["readiness_url"] for one in self.promises if one.recipient == f"partner:{party}"]
        return [urlsplit(one).path for one in urls]

    def clicks(self, action: str, *, reason: str = "") -> None:
        """Let rosa click the newest button of that name on Slack, with a reason above it."""
        shown = [
            post for post in self.slack.posts
            if any(one["action_id"] == action for block in post.blocks if block["type"] == "actions"
                   for one in block["elements"])
        ]  # fmt: skip
        body, headers = self.slack.click(shown[-1], action, SLACK_ROSA.user, reason=reason)
        form, client = "application/x-www-form-urlencoded", self.web.test_client()
        sent = self.insisting(lambda: client.post(PATH, data=body, headers=headers, content_type=form))
        assert sent.status_code == 200
        self.room.clock.advance(timedelta(seconds=1))
        self.work()

    # what arrived

    def copies(self) -> Counter[str]:
        """Count by mark how often each message is there, on any channel."""
        marks = [str(one.message["Message-ID"])[1:].partition("@")[0] for one in self.mail.mails]
        marks += [one.metadata["event_payload"]["mark"] for one in self.slack.posts]
        comments = self.room.repository.state.comments.values()
        marks += [found[1] for one in comments if (found := re.match(r"<!-- concordat:notice:(\w+) -->", one.body))]
        return Counter(marks)

    def arrived(self, recipient: str) -> list[str]:
        """List the kinds of the messages that one recipient has, in the order of their dates."""
        there = self.copies()
        mine = [one for one in self.promises if one.recipient == recipient and there[mark_of(one.key)]]
        return [one.kind for one in sorted(mine, key=lambda one: (one.due, one.obligation_id))]


@contextmanager
def world(folder: Path, database: str) -> Iterator[World]:
    with MailSink() as mail, SlackDouble() as slack:
        environment = {
            "BASE_URL": BASE, "SLACK_BOT_TOKEN": TOKEN, "SLACK_SIGNING_SECRET": SECRET, "SLACK_API_URL": slack.api_url,
            "SMTP_URL": mail.url, "MAIL_FROM": "Concordat <concordat@octo.example>",
            "CONTACTS": "rosa=C0REVIEWS,rosa@octo.example",
        }  # fmt: skip
        made: dict[str, Any] = {}

        def more(settings: Settings, store: Store, app: App, clock: Clock) -> Mapping[str, Handler]:
            slack.clock = clock
            made["dispatch"] = Dispatch(settings, store, clock, Channels(settings, app, clock), heard=looks_again)
            made["web"] = create_app(settings, store, clock, wake=lambda: None, github=app)
            return {
                NOTICE: made["dispatch"].handle, CLICK: Clicks(settings, clock).handle,
                CLOSE: Closing(settings, clock).handle,
            }  # fmt: skip

        mail.refuses = {"nobody@gone.example": NO_SUCH, "nobody@silent.example": NO_SUCH}
        with room(folder, config=CONFIG, wired=False, database=database, environment=environment, more=more) as opened:
            opened.github.team("octo/data", "carl", "rosa", "eve")
            opened.github.team("octo/ledger", "lee")
            opened.clock.advance(datetime(2027, 1, 4, 9, 0, tzinfo=UTC) - opened.now)
            opened.repository.commit("main", {".github/partners.yml": PARTNERS})
            files = {"schemas/order.json": schema("2.0.0", placed=None)}
            pull = opened.pull({**MAJOR, **files})
            rosa = opened.github.site.world.account("rosa")
            with opened.store.transaction() as transaction:
                transaction.link_slack(SLACK_ROSA, rosa.id, "rosa", opened.now)
            yield World(opened, mail, slack, made["dispatch"], made["web"], pull)


@contextmanager
def dying(one: World) -> Iterator[None]:
    """Kill the process now and then, just before or just after a word to the database is kept."""
    real = Store.transaction

    @contextmanager
    def transaction(store: Store) -> Iterator[Any]:
        fate = one.chance.random()
        with real(store) as opened:
            yield opened
            if fate < one.deadly:
                raise KilledError
        if fate > 1 - one.deadly:
            raise KilledError

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Store, "transaction", transaction)
        yield


def live_through(one: World) -> None:
    """Play the release as its people do, from the announcement to a fortnight after its go-live."""
    one.work()
    one.says("rosa", "/release 2.0.0 2027-03-08")
    one.until(one.room.now + timedelta(hours=1))
    one.until(one.day(31))
    one.answers("warehouse", "blocker", severity="medium", text="The sample of /placed is missing.", by="Wim")
    one.until(one.room.now + timedelta(hours=1))
    (blocker,) = one.release.blocking
    one.room.repository.close_issue(blocker.issue)
    one.sweep()
    for party in ("crm", "warehouse"):
        one.answers(party, "checklist", item=list(CHECKLIST))
    assert "ready" in one.answers("crm", "ready", ready="yes", by="Ada")
    one.until(one.day(12))
    one.pull.merge()
    one.until(one.day(6))
    assert one.state() == "announced"
    one.clicks("concordat:go")
    one.until(one.room.now + timedelta(hours=1))
    assert one.state() == "go"
    one.until(one.day(0))
    assert one.state() == "live"
    one.answers("crm", "verify", item=list(VERIFICATION), by="Ada")
    one.until(one.day(-14))


MAJOR_PLAN = [
    "release.announced", "release.consultation", "release.testing", "release.testing_ends", "release.confirm",
    "release.confirm_reminder", "release.confirm_closes", "release.live", "release.verify", "release.feedback",
]  # fmt: skip
UNTOLD = {"release.unreached", "delivery.failed", "delivery.unknown"}


@pytest.mark.slow
def test_everybody_gets_each_notice_of_a_major_release_once(database_url: str, tmp_path: Path) -> None:
    with world(tmp_path, database_url) as one:
        live_through(one)
        for party in ("warehouse", "ledger", "moved", "silent"):
            assert one.arrived(f"partner:{party}") == MAJOR_PLAN, party
        assert one.arrived("partner:crm") == [
            kind for kind in MAJOR_PLAN
            if kind not in {"release.testing_ends", "release.confirm_reminder", "release.confirm_closes",
                            "release.verify"}
        ]  # fmt: skip
        assert set(one.copies().values()) == {1}
        comments = [one.body for one in one.room.repository.state.comments.values()]
        assert not [text for text in comments if "/readiness/" in text or "/calendars/" in text]
        assert {one.recipients for one in one.mail.mails if one.recipients[0].endswith("silent.example")} == {
            ("backup@silent.example",)
        }
        assert not one.room.dead


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2))
def test_with_kills_and_trouble_outside_nobody_gets_a_notice_twice_and_the_owner_hears_of_the_others(
    seed: int, database_url: str, tmp_path: Path
) -> None:
    with world(tmp_path, database_url) as one:
        one.chance = random.Random(seed)
        one.deadly, one.troubled = 0.004, 0.3
        with dying(one):
            live_through(one)
        assert one.kills > 3
        there = one.copies()
        assert max(there.values()) == 1
        told = {one.key for one in one.promises if one.kind in UNTOLD and there[mark_of(one.key)]}
        for owed in one.promises:
            if owed.recipient.startswith("partner:") and owed.state != "superseded":
                met = bool(there[mark_of(owed.key)])
                party = owed.recipient.partition(":")[2]
                word = any(owed.key in key or key.split("/")[-2] == party for key in told)
                assert met or word or owed.due > one.room.now, f"{owed.key} {owed.state}"
                if owed.state == "met":
                    assert met


EVERYBODY = {"crm", "warehouse", "ledger", "moved", "silent"}


@pytest.mark.slow
def test_a_critical_fix_and_its_rollback_each_reach_everybody_within_the_hour(
    database_url: str, tmp_path: Path
) -> None:
    with world(tmp_path, database_url) as one:
        one.work()
        one.says("rosa", "/emergency https://incidents.example/42")
        one.says("rosa", "/release 2.0.0 2027-01-04")
        one.pull.merge()
        one.until(one.room.now + timedelta(minutes=40))
        assert one.state() == "go"
        for party in EVERYBODY:
            assert one.arrived(f"partner:{party}") == ["release.announced"], party
        assert {str(mail.message["Subject"]).strip()[:7] for mail in one.mail.mails} == {"URGENT:"}
        one.until(one.room.now + timedelta(minutes=30))
        assert one.state() == "live"
        one.clicks("concordat:rollback", reason="names are lost")
        assert one.state() == "rolled back"
        one.until(one.room.now + timedelta(minutes=30))
        for party in EVERYBODY:
            assert one.arrived(f"partner:{party}")[-1] == "release.rolled_back", party
        assert {"revert", "root_cause"} == set(one.release.follow_ups)
        one.until(one.room.now + timedelta(hours=9))
        assert one.arrived("partner:warehouse")[-2:] == ["release.status", "release.status"]
        one.room.repository.close_issue(one.release.follow_ups["root_cause"])
        one.sweep()
        one.until(one.room.now + timedelta(hours=2))
        assert one.arrived("partner:ledger")[-1] == "release.resolved"
        assert set(one.copies().values()) == {1}


@pytest.mark.slow
def test_a_postponement_moves_the_entry_in_every_calendar_and_a_cancellation_takes_it_out(
    database_url: str, tmp_path: Path
) -> None:
    with world(tmp_path, database_url) as one:
        one.work()
        one.says("rosa", "/release 2.0.0 2027-03-08")
        one.until(one.room.now + timedelta(hours=1))
        one.says_on_issue("rosa", "/postpone 2027-04-12 two partners need a month more")
        one.until(one.room.now + timedelta(hours=1))
        one.says_on_issue("rosa", "/cancel not needed any more")
        one.until(one.room.now + timedelta(hours=1))
        files = [mail.message for mail in one.mail.mails if mail.recipients == ("w@warehouse.example",)]
        entries = [_calendar(message) for message in files]
        assert [entry.method.value for entry in entries] == ["REQUEST", "REQUEST", "CANCEL"]
        events = [entry.vevent for entry in entries]
        assert len({event.uid.value for event in events}) == 1
        numbers = [int(event.sequence.value) for event in events]
        assert numbers == sorted(set(numbers))
        assert [f"{event.dtstart.value:%m-%d}" for event in events] == ["03-08", "04-12", "04-12"]
        assert {str(message["References"] or message["Message-ID"]) for message in files} == {files[0]["Message-ID"]}
        assert {owed.state for owed in one.promises if owed.kind == "release.consultation"} == {"superseded"}


@pytest.mark.slow
def test_an_announcement_that_was_tried_in_vain_before_a_postponement_goes_out_with_the_new_day(
    database_url: str, tmp_path: Path
) -> None:
    with world(tmp_path, database_url) as one:
        one.mail.refuses["w@warehouse.example"] = "451 4.3.2 busy"
        one.work()
        one.says("rosa", "/release 2.0.0 2027-03-08")
        one.until(one.room.now + timedelta(minutes=20))
        assert not [mail for mail in one.mail.mails if mail.recipients == ("w@warehouse.example",)]
        one.says_on_issue("rosa", "/postpone 2027-04-12 two partners need a month more")
        one.until(one.room.now + timedelta(minutes=20))
        del one.mail.refuses["w@warehouse.example"]
        one.until(one.room.now + timedelta(hours=1))
        days = {
            party: [
                f"{_calendar(mail.message).vevent.dtstart.value:%m-%d}"
                for mail in one.mail.mails if mail.recipients == (address,)
            ]
            for party, address in (("warehouse", "w@warehouse.example"), ("silent", "backup@silent.example"))
        }  # fmt: skip
        assert days["warehouse"] == ["04-12", "04-12"], "both the announcement and the postponement name the new day"
        assert days["silent"] == ["03-08", "04-12"], "who was told the old day is told the new one at once"
        assert set(one.copies().values()) == {1}


def _calendar(message: EmailMessage) -> Any:
    (part,) = [one for one in message.iter_attachments() if one.get_content_type() == "text/calendar"]
    content = part.get_payload(decode=True)
    assert isinstance(content, bytes)
    return vobject.readOne(content.decode())
