"""A release from its announcement to its end, before the double, in fake time, its notices delivered to a sink."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.commands.parser import commands
from bot.commands.registry import run
from bot.commands.values import Berth, Person, Scene
from bot.github import App
from bot.github.errors import Unavailable
from bot.settings import Settings
from bot.steward import promises
from bot.steward.child import Failed
from bot.steward.child import run as run_child
from bot.steward.releases import handler as releases
from bot.steward.releases import packing
from bot.steward.releases import revert as release_revert
from bot.steward.releases import shelf as release_shelf
from bot.steward.releases.offers import offer
from bot.steward.releases.values import stream_of
from bot.steward.talk import Said
from bot.steward.values import Place
from bot.store.values import NewEvent, NewObligation, Obligation
from rules.assessment import assess
from rules.change import Change
from rules.config import load
from rules.documents import parse
from rules.partners import load as load_partners
from rules.partners import parties
from rules.release_ledger import fold
from rules.release_state import Release
from tests.bot.steward.room import MAJOR, Room, room
from tests.e2e.stage import schema
from tests.fakes import within
from tests.fakes.github.people import Pull

CONFIG = """\
version: 1
contracts:
  order:
    files: schemas/order.json
    version: semver-field
    owners: {teams: [octo/data]}
    release-owners: [rosa]
    partners: {crm: reads, warehouse: writes, lost: both}
"""
PARTNERS = """\
version: 1
partners:
  crm:
    title: CRM team
    criticality: critical
    contacts: {slack: C0123456789}
    backup: {email: crm@example.com}
    fields: {order: [/placed]}
  warehouse:
    contacts: {email: w@example.com}
    zone: Asia/Kolkata
    quiet-hours: {from: "18:00", to: "08:00"}
"""
ROSA = Person(5, "rosa")


@dataclass
class Stage:
    """The room with one pull request that is to be released, and everybody's letter box."""

    room: Room
    pull: Pull
    got: list[Obligation] = field(default_factory=list)
    said: int = 0

    @property
    def stream(self) -> str:
        return stream_of(self.room.repository.state.id, "order", "2.0.0")

    @property
    def place(self) -> Place:
        state = self.room.repository.state
        return Place(self.room.repository.installation_id, state.id, state.full_name)

    @property
    def release(self) -> Release:
        with self.room.store.reading() as transaction:
            found = fold(transaction.events(self.stream), now=self.room.now)
        assert found is not None
        return found

    def state(self) -> str:
        return self.release.state

    def command(self, text: str) -> str:
        """Give a command, as its steward will; the fact is kept and the release looked after."""
        self.said += 1
        (written,) = commands(text)
        with self.room.store.reading() as transaction:
            standing = fold(transaction.events(self.stream), now=self.room.now)
        scene = Scene(ROSA, (), self.room.now, self.room.now, "comment", self.said, None, (self.berth(standing),))
        outcome = run(written, scene)
        assert outcome is not None
        with self.room.store.transaction() as transaction:
            releases.admit(transaction, self.place, outcome.releases)
        self.room.work()
        return outcome.says

    def berth(self, standing: Release | None) -> Berth:
        config = load(CONFIG)
        (contract,) = config.contracts
        found = offer(assess(self.change()))
        return Berth(
            contract, lambda version: stream_of(self.place.repository_id, "order", version),
            parties(contract, load_partners(PARTNERS, config=config)), standing, found.kind, found.digest,
            self.pull.number, self.pull.state.merged_at is not None, found.removals, (), found.breaking, found.says,
        )  # fmt: skip

    def change(self) -> Change:
        path = "schemas/order.json"
        text = self.room.repository.read(path, self.pull.state.head_sha) or b""
        return Change(load(CONFIG).contracts[0], parse(path, schema()), parse(path, text))

    def tell(self, kind: str, **body: Any) -> None:
        """Let a partner say something, as their page does."""
        self.said += 1
        fact = NewEvent(kind, f"page:{self.said}", self.room.now, {"digest": self.release.digest, **body})
        with self.room.store.transaction() as transaction:
            releases.admit(transaction, self.place, [(self.stream, fact)])
        self.room.work()

    def deliver(self, *refused: str) -> list[str]:
        """Deliver what is due to the sink; what goes to these recipients fails for good."""
        with self.room.store.reading() as transaction:
            due = transaction.due_obligations(self.room.now)
        for one in due:
            with self.room.store.transaction() as transaction:
                attempt = transaction.begin_delivery(one.obligation_id, one.payload["channel"], self.room.now)
                assert attempt is not None
                outcome = "permanent" if one.recipient in refused else "delivered"
                transaction.settle_delivery(attempt.delivery_id, self.room.now, outcome)  # type: ignore[arg-type] # either
        self.got += [one for one in due if one.recipient not in refused]
        if due:
            self.look()
        return [f"{one.kind} {one.recipient}" for one in due]

    def look(self) -> None:
        releases.sweep(self.room.store, self.room.now)
        self.room.work()

    def live_through(self, days: float) -> None:
        """Let time pass until something falls due, do it, and so on."""
        end = self.room.now + timedelta(days=days)
        while self.room.now < end:
            self.room.clock.advance(max(min(self._following(), end) - self.room.now, timedelta(seconds=1)))
            self.room.work()
            self.deliver()

    def _following(self) -> datetime:
        with self.room.store.reading() as transaction:
            owed = [one.due for one in transaction.obligations(self.stream) if one.state == "owed"]
        jobs = [job.due for job in self.room.waiting if job.due is not None]
        return min((at for at in (*owed, *jobs) if at > self.room.now), default=self.room.now + timedelta(days=2))

    def issue(self, number: int | None = None) -> str:
        state = self.room.repository.state
        return state.issues[number or self.release.issue].body

    def said_on_issue(self) -> list[str]:
        comments = self.room.repository.state.comments.values()
        return [one.body for one in comments if one.number == self.release.issue]

    def kinds(self, recipient: str) -> list[str]:
        return [one.kind for one in self.got if one.recipient == recipient]


@contextmanager
def stage(folder: Path, database: str | None = None) -> Iterator[Stage]:
    with room(folder, config=CONFIG, wired=False, database=database) as opened:
        opened.github.team("octo/data", "carl", "rosa", "eve")
        opened.clock.advance(datetime(2027, 1, 4, 9, 0, tzinfo=UTC) - opened.now)
        opened.repository.commit("main", {".github/partners.yml": PARTNERS})
        files = {"schemas/order.json": schema("2.0.0", placed=None)}
        yield Stage(opened, opened.pull({**MAJOR, **files}))


@pytest.mark.slow
def test_a_major_release_lives_through_its_sixty_days(database_url: str, tmp_path: Path) -> None:
    with stage(tmp_path, database_url) as one:
        assert one.command("/release 2.0.0 2027-03-08").startswith("Announced: 3 partners are told now")
        assert one.issue().startswith(f"<!-- concordat:release {one.stream} -->")
        assert sorted(one.deliver()) == [
            "release.announced partner:crm", "release.announced partner:warehouse", "release.unreached user:rosa",
        ]  # fmt: skip
        assert sorted(one.release.reached) == ["crm", "warehouse"]
        one.live_through(40)
        one.pull.merge()
        for item in ("code", "samples"):
            one.tell("release.checklist", party="crm", item=item, done=True, by="ada")
        one.tell("release.readiness", party="crm", ready=True, by="ada")
        one.live_through(17)
        assert one.state() == "announced"
        assert "release.decide" in one.kinds("user:rosa")
        assert one.command("/go").startswith("Go: `order` 2.0.0 goes live on 2027-03-08")
        one.live_through(16)
        assert one.state() == "live"
        assert one.kinds("partner:warehouse") == [
            "release.announced", "release.consultation", "release.testing", "release.testing_ends", "release.confirm",
            "release.confirm_reminder", "release.confirm_closes", "release.live", "release.verify", "release.feedback",
        ]  # fmt: skip
        assert "release.confirm_reminder" not in one.kinds("partner:crm")
        assert len({got.key for got in one.got}) == len(one.got)
        assert "is live since 2027-03-08" in one.issue()


@pytest.mark.slow
def test_without_a_go_nothing_goes_live_and_the_owner_is_told(tmp_path: Path) -> None:
    with stage(tmp_path) as one:
        one.command("/release 2.0.0 2027-03-08")
        one.deliver()
        one.pull.merge()
        one.live_through(64)
        assert one.state() == "announced"
        kinds = one.kinds("user:rosa")
        assert {"release.decide", "release.undecided", "release.held"} <= set(kinds)
        assert "release.live" not in one.kinds("partner:crm")


def test_a_notice_that_arrived_late_moves_the_day_and_everybody_is_told(tmp_path: Path) -> None:
    with stage(tmp_path) as one:
        one.command("/release 2.0.0 2027-03-08")
        one.room.clock.advance(timedelta(days=5))
        one.look()
        one.deliver()
        assert one.release.day.isoformat() == "2027-03-10"
        assert one.release.turns[-1].reason.startswith("A notice went out late. ")
        assert "release.moved partner:crm" in one.deliver()


def test_a_package_that_cannot_be_made_is_tried_ever_later_and_told_once_and_holds_no_notice_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[datetime] = []

    def fails(*_: object) -> Failed:
        tried.append(one.room.now)
        return Failed("took longer than 30 s and was stopped")

    with stage(tmp_path) as one:
        monkeypatch.setattr(packing, "run", fails)
        one.command("/release 2.0.0 2027-03-08")
        assert "release.announced partner:crm" in one.deliver()
        began = one.room.now
        for hours in (0.5, 1, 3, 5.2, 15, 21.5, 44, 45.7, 60):
            one.room.clock.advance(began + timedelta(hours=hours, minutes=1) - one.room.now)
            one.look()
            one.deliver()
        assert [round((at - began) / timedelta(hours=1)) for at in tried] == [0, 1, 5, 22, 46]
        (told,) = [got for got in one.got if got.kind == "release.unpacked"]
        assert told.recipient == "user:rosa"
        monkeypatch.setattr(packing, "run", run_child)
        one.room.clock.advance(timedelta(days=1))
        one.look()
        with one.room.store.reading() as transaction:
            assert transaction.recall(release_shelf.PACKAGE, one.stream) is not None
            assert transaction.recall(packing.FAILURE, one.stream) is None


def test_a_partner_whom_no_channel_reaches_is_told_of_to_the_owner(tmp_path: Path) -> None:
    with stage(tmp_path) as one:
        one.command("/release 2.0.0 2027-03-08")
        one.deliver("partner:warehouse")
        assert dict(one.release.unreached) == {"warehouse": "no channel delivered it"}
        one.deliver()
        assert one.kinds("user:rosa").count("release.unreached") == 2
        assert "| `warehouse` | normal | not reached | no answer |" in one.issue()


def test_another_schema_after_the_announcement_lapses_answers_and_a_worse_one_starts_the_notice_anew(
    tmp_path: Path,
) -> None:
    with stage(tmp_path) as one:
        one.command("/release 2.0.0 2027-03-14")
        one.deliver()
        one.tell("release.readiness", party="crm", ready=True, by="ada")
        one.room.clock.advance(timedelta(days=20))
        more = {"schemas/order.json": schema("2.0.0", placed=None, note={"type": "string"})}
        one.room.repository.commit("topic", more, message="note")
        one.look()
        assert (one.release.answer("crm").ready, one.release.epoch, one.release.day.isoformat()) == (
            None, 1, "2027-03-14",
        )  # fmt: skip
        assert "release.changed partner:crm" in one.deliver()
        worse = {"schemas/order.json": schema("2.0.0", placed=None, id=None)}
        one.room.repository.commit("topic", worse, message="id")
        one.look()
        assert one.release.epoch == 2
        assert "release.announced_anew partner:crm" in one.deliver()
        assert one.release.day.isoformat() == "2027-03-25"


def test_a_blocker_becomes_an_issue_and_closing_it_frees_the_release(tmp_path: Path) -> None:
    with stage(tmp_path) as one:
        one.command("/release 2.0.0 2027-03-08")
        one.deliver()
        one.tell("release.blocker", id="b1", party="warehouse", severity="critical", text="we lose @everyone's orders")
        (blocker,) = one.release.blocking
        assert "```text\nwe lose @everyone's orders\n```" in one.issue(blocker.issue)
        one.look()
        assert f"- critical, `warehouse` (#{blocker.issue}): we lose" in one.issue()
        assert "### Recommendation: postpone" in one.issue()
        assert "release.blocked user:rosa" in one.deliver()
        one.room.repository.close_issue(blocker.issue)
        one.look()
        assert one.release.blocking == ()


@pytest.mark.slow
def test_a_rollback_reaches_every_partner_and_ends_with_the_root_cause(tmp_path: Path) -> None:
    with stage(tmp_path) as one:
        one.command("/release 2.0.0 2027-03-08")
        one.deliver()
        one.pull.merge()
        one.live_through(58)
        one.command("/go")
        one.live_through(6)
        assert one.state() == "live"
        one.command("/rollback orders are lost")
        told = one.deliver()
        assert {"release.rolled_back partner:crm", "release.rolled_back partner:warehouse"} <= set(told)
        cause = one.release.follow_ups["root_cause"]
        assert "orders are lost" in one.issue(cause)
        revert = one.room.repository.state.pulls[one.release.follow_ups["revert"]]
        assert one.room.repository.read("schemas/order.json", revert.head_sha) == schema().encode()
        assert f"Merge the revert (`#{revert.number}`)" in one.issue()
        one.live_through(1)
        assert one.kinds("partner:crm").count("release.status") >= 5
        one.room.repository.close_issue(cause)
        one.look()
        assert one.release.resolved is not None
        assert "release.resolved partner:crm" in one.deliver()


def test_a_lost_answer_leaves_one_issue_and_not_two(tmp_path: Path) -> None:
    with stage(tmp_path) as one:
        one.room.github.fail(how="lost_answer", method="POST", path="/issues$")
        one.command("/release 2.0.0 2027-03-08")
        one.room.clock.advance(timedelta(hours=1))
        one.room.work()
        assert len(one.room.repository.state.issues) == 1
        assert one.release.issue


def test_an_installation_that_grants_no_issues_costs_the_issue_and_nothing_else(tmp_path: Path) -> None:
    with stage(tmp_path) as one:
        one.room.github.site.world.installations[one.place.installation].permissions["issues"] = "read"
        one.command("/release 2.0.0 2027-03-08")
        assert one.release.issue == 0
        assert "release.announced partner:crm" in one.deliver()


def test_a_partners_file_that_cannot_be_used_takes_nothing_back(tmp_path: Path) -> None:
    with stage(tmp_path) as one:
        one.command("/release 2.0.0 2027-03-08")
        one.room.repository.commit("main", {".github/partners.yml": "partners: {nobody: {}}"}, message="broken")
        one.look()
        assert "No contract in .github/contracts.yml names `nobody`" in one.issue()
        assert "release.announced partner:crm" in one.deliver()


def test_a_cancelled_release_takes_its_notices_back(tmp_path: Path) -> None:
    with stage(tmp_path) as one:
        one.command("/release 2.0.0 2027-03-08")
        one.deliver()
        one.command("/cancel not needed")
        with one.room.store.reading() as transaction:
            states = {(item.kind, item.state) for item in transaction.obligations(one.stream)}
        assert ("release.consultation", "superseded") in states
        assert ("release.cancelled", "owed") in states


@pytest.mark.parametrize("seed", range(3))
def test_wherever_a_crash_falls_everybody_is_told_once(seed: int, tmp_path: Path) -> None:
    chance = random.Random(seed)
    with stage(tmp_path) as one, pytest.MonkeyPatch.context() as patch:
        one.command("/release 2.0.0 2027-03-08")
        for _ in range(12):
            with patch.context() as dead:
                dead.setattr(promises, "keep", _dying(chance, promises.keep))
                one.look()
            one.room.clock.advance(timedelta(hours=2))
            one.room.work()
            one.deliver()
        one.look()
        one.deliver()
        assert one.kinds("partner:crm") == ["release.announced"]
        assert len({got.key for got in one.got}) == len(one.got)


def _dying(chance: random.Random, work: Any) -> Any:
    def dies(*arguments: Any) -> Any:
        if chance.random() < 0.4:
            raise RuntimeError("killed before")
        done = work(*arguments)
        if chance.random() < 0.4:
            raise RuntimeError("killed after")
        return done

    return dies


def test_the_payload_of_a_promise_is_all_that_a_channel_needs(tmp_path: Path) -> None:
    with stage(tmp_path) as one:
        one.command("/release 2.0.0 2027-03-08")
        one.deliver()
        (crm,) = [got for got in one.got if got.recipient == "partner:crm"]
        facts = crm.payload["facts"]
        assert (crm.payload["channel"], crm.payload["address"]) == ("slack", ["C0123456789"])
        assert crm.payload["fallback"] == [
            {"channel": "email", "address": ["crm@example.com"], "after_seconds": 4 * 3600}
        ]
        assert facts["contract"] == "order"
        assert facts["go_live"] == "2027-03-08T10:00:00+00:00"
        assert facts["readiness_url"].startswith("http")
        assert json.dumps(crm.payload)


def hear(one: Stage) -> None:
    one.room.clock.advance(timedelta(minutes=1))
    one.room.hear()


def test_a_release_owner_gives_commands_on_the_pull_request_and_on_the_releases_issue(tmp_path: Path) -> None:
    with stage(tmp_path) as one:
        hear(one)
        one.pull.comment_as("eve", "/release 2.0.0 2027-03-08")
        hear(one)
        assert "This is for the release owner" in one.pull.app_comments[-1].body
        one.pull.comment_as("rosa", "/release 2.0.0 2027-03-08")
        hear(one)
        assert "Announced: 3 partners are told now" in one.pull.app_comments[-1].body
        assert one.release.issue
        one.deliver()
        one.room.repository.comment_on_issue_as("rosa", one.release.issue, "/postpone 2027-04-01 holidays")
        hear(one)
        assert one.release.day.isoformat() == "2027-04-01"
        comments = [
            one_.body for one_ in one.room.repository.state.comments.values() if one_.number == one.release.issue
        ]
        assert "Moved from 2027-03-08 to 2027-04-01" in comments[-1]
        one.room.repository.comment_on_issue_as("eve", one.release.issue, "/go")
        hear(one)
        assert one.state() == "announced"
        one.room.repository.comment_on_issue_as("rosa", one.release.issue, "/approve")
        hear(one)
        assert "This is for the release owner" in one.said_on_issue()[-3]
        assert "That command belongs on the pull request" in one.said_on_issue()[-1]
        before = len(one.room.repository.state.comments)
        one.look()
        assert len(one.room.repository.state.comments) == before


def test_an_issue_that_looks_like_a_releases_is_none(tmp_path: Path) -> None:
    with stage(tmp_path) as one:
        one.command("/release 2.0.0 2027-03-08")
        false = one.room.repository.state.issues[one.release.issue]
        number = next(one.room.repository.state.numbers)
        one.room.repository.state.issues[number] = replace(false, id=99, number=number)
        one.room.repository.comment_on_issue_as("rosa", number, "/cancel by mistake")
        hear(one)
        assert one.state() == "announced"


def test_a_partners_file_with_a_mistake_keeps_a_release_from_being_announced(tmp_path: Path) -> None:
    with stage(tmp_path) as one:
        hear(one)
        one.room.repository.commit("main", {".github/partners.yml": "partners: {crm: {zone: Mars}}"}, message="broken")
        one.pull.comment_as("rosa", "/release 2.0.0 2027-03-08")
        hear(one)
        assert "The partners file cannot be used" in one.pull.app_comments[-1].body


def test_a_button_on_slack_decides_as_the_command_does_unless_the_release_has_changed_since(tmp_path: Path) -> None:
    with stage(tmp_path) as one:
        hear(one)
        one.pull.comment_as("rosa", "/release 2.0.0 2027-03-08")
        hear(one)
        rosa = one.room.github.site.world.account("rosa")
        drawn = str(one.release.version)
        for number, text in enumerate(("/no-go wait for the crm", "/cancel a click that came late")):
            one.room.clock.advance(timedelta(minutes=1))
            said = Said("button", number, rosa.id, "rosa", one.room.now, text, drawn)
            with one.room.store.transaction() as transaction:
                transaction.append(one.stream, [said.event()])
            one.look()
        assert one.state() == "no-go"
        assert "No-go: `order` 2.0.0 does not go live" in one.said_on_issue()[-2]
        assert "has changed since that button was drawn" in one.said_on_issue()[-1]


def test_what_the_dispatcher_tells_the_owner_of_is_not_taken_back(tmp_path: Path) -> None:
    with stage(tmp_path) as one:
        one.command("/release 2.0.0 2027-03-08")
        told = NewObligation("delivery.failed/k", "delivery.failed", one.stream, "user:rosa", one.room.now, {})
        with one.room.store.transaction() as transaction:
            transaction.owe(told)
        one.look()
        with one.room.store.reading() as transaction:
            (kept,) = [item for item in transaction.obligations(one.stream) if item.key == told.key]
        assert kept.state == "owed"


def test_a_revert_whose_answer_was_lost_is_there_once_and_none_is_made_over_a_later_change(tmp_path: Path) -> None:
    with stage(tmp_path) as one:
        one.pull.merge()
        github, main = one.room.github, one.room.repository
        settings = Settings.from_environment({**github.environment(), "DATABASE_URL": f"sqlite:///{tmp_path / 'b.db'}"})
        app = App(settings.app_id, settings.private_key, settings.github_api_url, clock=one.room.clock)
        within.connect(app, github)
        repository = app.repository(one.place.installation, one.place.repository)
        merged = repository.pull(one.pull.number)
        github.fail(how="lost_answer", method="POST", path="/pulls$")
        with pytest.raises(Unavailable):
            release_revert.propose(repository, merged, "r:1", "Revert", "because")
        number = release_revert.propose(repository, merged, "r:1", "Revert", "because")
        assert release_revert.propose(repository, merged, "r:1", "Revert", "because") == number
        assert len(main.state.pulls) == 2
        main.commit("main", {"schemas/order.json": schema("2.0.1", placed=None)}, message="later")
        assert release_revert.propose(repository, merged, "r:2", "Revert", "because") == 0
