"""A partner's page by its personal link, the board behind sign-in, the package by its link."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
import vobject  # type: ignore[import-untyped]  # it has no types
from werkzeug.test import TestResponse

from bot.steward.releases import shelf as release_shelf
from bot.steward.releases.shelf import Kept
from bot.store.values import NewEvent, NewObligation
from bot.web import release_url
from notices import release_package
from rules.partners import Contacts, Party, Profile
from rules.release_ledger import fold
from rules.release_plan import CHECKLIST
from rules.release_state import Release
from tests.bot.web.visiting import BASE, Browser, Room, room
from tests.notices.making import admission_date

DIGEST = admission_date().change.digest
CRM = Party(
    Profile(
        "crm", "CRM <team>", "critical", Contacts(("crm@example.com",), github="octo/crm"), Contacts(github="Leo"),
        zone="America/Denver", language="de",
    ),
    "reads", ("/patient_id",),
)  # fmt: skip
LOST = Party(Profile("lost"), "both")


@dataclass
class Desk:
    """The web room with one release that is announced, and a partner with a browser."""

    room: Room

    @property
    def stream(self) -> str:
        return f"release:{self.room.github.repository('octo/orders').state.id}:patient-record:3.0.0"

    @property
    def release(self) -> Release:
        with self.room.store.reading() as transaction:
            found = fold(transaction.events(self.stream), now=self.room.clock())
        assert found is not None
        return found

    def link(self, party: str = "crm", *, days: float = 90) -> str:
        until = self.room.clock() + timedelta(days=days)
        return release_url(self.room.settings, "readiness", self.stream, party, until).removeprefix(BASE)

    @property
    def package(self) -> str:
        found = release_url(self.room.settings, "package", self.stream, "", self.room.clock())
        return found.removeprefix(BASE)

    @property
    def board(self) -> str:
        return release_url(self.room.settings, "board", self.stream, "", self.room.clock()).removeprefix(BASE)

    def keep(self, kind_: str, /, **body: object) -> None:
        self.room.later(minutes=1)
        now = self.room.clock()
        with self.room.store.transaction() as transaction:
            transaction.append(self.stream, [NewEvent(kind_, f"{kind_}:{now}", now, {"digest": DIGEST, **body})])

    def state(self) -> str:
        return self.release.state

    def send(self, path: str, what: str, **fields: object) -> TestResponse:
        """Fill in a form of the page as it is now and send it."""
        text = Browser(self.room, self.room.app.test_client()).get(path).text
        hidden = dict(re.findall(r'type="hidden" name="(version|nonce)" value="([^"]*)"', text))
        return self.raw(path, what, **{**hidden, **fields})

    def raw(self, path: str, what: str, **fields: object) -> TestResponse:
        self.room.later(seconds=1)
        return self.room.app.test_client().post(f"{path}?what={what}", base_url=BASE, data=fields)

    def text(self, path: str) -> str:
        found = self.room.browser().get(path)
        assert found.status_code == 200, found.text
        return found.text


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with room(tmp_path) as made:
        one = Desk(made)
        one.keep(
            "release.announced", contract="patient-record", version="3.0.0", kind="major", go_live="2026-06-15",
            zone="UTC", at="10:00", pull=7, login="rosa", says=["`/phone` is gone"],
        )  # fmt: skip
        repository = made.github.repository("octo/orders")
        kept = Kept("octo/orders", repository.state.id, repository.installation_id, ("rosa",), (CRM, LOST))
        with made.store.transaction() as transaction:
            release_shelf.keep(transaction, one.stream, kept, made.clock())
            made_of = release_package.make(admission_date(), one.release, (CRM, LOST), made.clock().date())
            transaction.remember(release_shelf.PACKAGE, one.stream, release_package.write(made_of), made.clock())
        yield one


def test_a_partner_sees_what_to_do_until_when_in_their_own_zone_and_language(desk: Desk) -> None:
    text = desk.text(desk.link())
    assert "<h1>patient-record 3.0.0</h1>" in text
    assert "CRM &lt;team&gt;" in text
    assert "Montag, 15. Juni 2026, 04:00 America/Denver (2026-06-15 10:00 UTC)" in text
    assert "test with the package, tick the checklist" in text
    assert "form-action 'self'" in desk.room.browser().get(desk.link()).headers["Content-Security-Policy"]


def test_looking_changes_nothing(desk: Desk) -> None:
    before = desk.release
    for path in (desk.link(), f"{desk.link()}?what=ready&ready=yes", f"{desk.link()}?said=ready"):
        desk.text(path)
    assert desk.release == before


def test_who_has_ticked_everything_can_say_that_they_are_ready_and_nobody_else(desk: Desk) -> None:
    path = desk.link()
    assert desk.send(path, "ready", ready="yes").headers["Location"].endswith("?said=open")
    assert desk.release.answer("crm").ready is None
    desk.send(path, "checklist", item=list(CHECKLIST))
    desk.room.later(minutes=1)
    assert desk.release.answer("crm").items == set(CHECKLIST)
    assert desk.send(path, "ready", ready="yes", by="Ada").headers["Location"].endswith("?said=ready")
    assert (desk.release.answer("crm").ready, desk.release.answer("crm").by) == (True, "Ada")
    assert "Your answer</dt><dd>ready" in desk.text(path)
    desk.room.later(minutes=1)
    desk.send(path, "checklist", item=["code"])
    assert desk.release.answer("crm").items == {"code"}
    desk.room.later(minutes=1)
    desk.send(path, "ready", ready="no", text="tests fail")
    assert (desk.release.answer("crm").ready, desk.release.answer("crm").text) == (False, "tests fail")


def test_a_problem_is_reported_once_however_often_the_form_is_sent(desk: Desk) -> None:
    path = desk.link()
    fields = {"version": "1", "nonce": "abc-1", "severity": "critical", "text": "<b>we lose data</b>"}
    for _ in range(3):
        assert desk.raw(path, "blocker", **fields).headers["Location"].endswith("?said=blocked")
    (blocker,) = desk.release.blocking
    assert (blocker.id, blocker.party, blocker.severity) == ("abc-1", "crm", "critical")
    assert "&lt;b&gt;we lose data&lt;/b&gt;" in desk.text(path)
    assert desk.send(path, "blocker", severity="critical", text=" ").headers["Location"].endswith("?said=empty")
    assert desk.send(path, "blocker", severity="huge", text="x").headers["Location"].endswith("?said=empty")
    with desk.room.store.reading() as transaction:
        assert [job.kind for job in transaction.list_jobs(kind="release")] == ["release"]


def test_what_was_drawn_before_the_release_changed_is_refused(desk: Desk) -> None:
    path = desk.link()
    desk.keep("release.moved", go_live="2026-07-01", reason="late")
    assert desk.raw(path, "ready", version="1", ready="no").headers["Location"].endswith("?said=changed")
    assert desk.release.answer("crm").ready is None
    assert "nothing was kept" in desk.text(f"{path}?said=changed")


@pytest.mark.parametrize("spoil", [lambda link: link[:-2] + "xx", lambda link: link + "x" * 2000])
def test_a_link_that_is_not_ours_opens_nothing(desk: Desk, spoil: object) -> None:
    bad = spoil(desk.link())  # type: ignore[operator] # a function of the table
    assert desk.room.browser().get(bad).status_code == 404
    assert desk.raw(bad, "ready", version="1", ready="no").status_code == 404


def test_a_link_ends_and_is_for_one_partner_of_one_release(desk: Desk) -> None:
    path = desk.link(days=1)
    nobody = desk.link("somebody else")
    desk.room.later(days=2)
    for gone in (path, nobody):
        assert desk.room.browser().get(gone).status_code == 404
        assert desk.raw(gone, "ready", version="1", ready="no").status_code == 404
    assert desk.raw(desk.link(), "delete", version="1").status_code == 404
    report = desk.link().replace("/readiness/", "/packages/")
    assert desk.room.browser().get(report).status_code == 404


def test_on_github_a_partners_page_is_for_who_belongs_to_their_team_and_for_nobody_else(desk: Desk) -> None:
    path = release_url(desk.room.settings, "member", desk.stream, "crm", desk.room.clock()).removeprefix(BASE)
    desk.room.github.team("octo/crm", "ada")
    anybody = desk.room.browser().get(path)
    assert anybody.status_code == 303
    assert "/sign-in" in anybody.headers["Location"]
    assert desk.room.signed_in("eve", "read").get(path).status_code == 404
    member = desk.room.signed_in("ada", "read")
    text = member.get(path).text
    assert "You see this page because you belong to a team or account on GitHub" in text
    hidden = dict(re.findall(r'type="hidden" name="(version|nonce|csrf)" value="([^"]*)"', text))
    sent = {**hidden, "text": "the importer", "ready": "no"}
    desk.room.later(seconds=1)
    assert member.client.post(f"{path}?what=ready", base_url=BASE, data={**sent, "csrf": "x"}).status_code == 403
    assert member.client.post(f"{path}?what=ready", base_url=BASE, data=sent).status_code == 303
    assert (desk.release.answer("crm").ready, desk.release.answer("crm").by) == (False, "ada on GitHub")
    assert desk.room.signed_in("leo", "read").get(path).status_code == 200, "an account may be named instead of a team"
    assert member.get(path.replace("/crm", "/lost")).status_code == 404


def test_after_go_live_both_sides_sign_and_say_what_to_do_better(desk: Desk) -> None:
    for kind in ("release.merged", "release.go", "release.live"):
        desk.keep(kind, phase=0)
    path = desk.link()
    assert desk.send(path, "verify", item=["operations", "nonsense"]).headers["Location"].endswith("?said=verified")
    assert [item for side, item in desk.release.verified if side == "crm"] == ["operations"]
    assert "(signed)" in desk.text(path)
    assert desk.send(path, "feedback", text="more time").headers["Location"].endswith("?said=feedback")
    assert desk.send(path, "feedback", text="").headers["Location"].endswith("?said=empty")


def test_the_package_is_shown_and_handed_out_whole(desk: Desk) -> None:
    text = desk.text(desk.package)
    assert "documentation package" in text
    found = desk.room.browser().get(f"{desk.package}/package.zip")
    names = zipfile.ZipFile(io.BytesIO(found.data)).namelist()
    assert {"README.md", "schema/new.json", "samples/new-1.json", "checklist.md"} <= set(names)
    assert found.headers["Content-Disposition"] == 'attachment; filename="patient-record-3.0.0.zip"'
    assert desk.room.browser().get(desk.package + "x").status_code == 404


def test_the_board_is_for_who_signs_in_and_may_write(desk: Desk) -> None:
    assert desk.room.browser().get(desk.board).status_code == 303
    assert desk.room.signed_in("eve", "read").get(desk.board).status_code == 404
    assert desk.room.signed_in("olga").get(desk.board).status_code == 404
    text = desk.room.signed_in("ana", "write").get(desk.board).text
    assert "Recommendation: postpone" in text
    assert "The critical partner CRM &lt;team&gt; has not confirmed readiness." in text
    assert "not reached: no contact is known" in text
    assert "Release owners of this contract decide" in text


def act(desk: Desk, browser: Browser, what: str, **fields: str) -> TestResponse:
    desk.room.later(seconds=1)
    page = browser.get(desk.board).text
    hidden = dict(re.findall(r'type="hidden" name="(version|csrf)" value="([^"]*)"', page))
    return browser.client.post(f"{desk.board}?what={what}", base_url=BASE, data={**hidden, **fields})


def test_a_release_owner_decides_on_the_board_and_others_do_not(desk: Desk) -> None:
    rosa = desk.room.signed_in("rosa", "read")
    assert act(desk, rosa, "go").status_code == 303
    assert desk.state() == "go"
    desk.room.later(minutes=1)
    assert act(desk, rosa, "no-go", reason="not yet").status_code == 303
    assert desk.state() == "no-go"
    desk.room.later(minutes=1)
    early = act(desk, rosa, "postpone", day="2026-06-01", reason="x")
    assert (early.status_code, "a postponement is to a later day" in early.text) == (409, True)
    assert act(desk, rosa, "postpone", day="nonsense", reason="x").status_code == 409
    assert act(desk, rosa, "go", version="1").status_code == 409
    assert act(desk, rosa, "nonsense").status_code == 404
    ana = desk.room.signed_in("ana", "write")
    assert act(desk, ana, "cancel", reason="x").status_code == 409
    assert desk.room.app.test_client().post(f"{desk.board}?what=go", base_url=BASE).status_code == 303
    assert rosa.client.post(f"{desk.board}?what=go", base_url=BASE, data={"version": "3"}).status_code == 403
    assert desk.state() == "no-go"


def test_the_owners_side_signs_the_verification(desk: Desk) -> None:
    for kind in ("release.merged", "release.go", "release.live"):
        desk.keep(kind, phase=0)
    rosa = desk.room.signed_in("rosa", "read")
    assert act(desk, rosa, "verify", item="values").status_code == 303
    assert ("owner", "values") in desk.release.verified


def test_a_calendar_of_ones_own_shows_every_go_live_and_what_became_of_it(desk: Desk) -> None:
    path = re.search(r'href="([^"]*/calendars/[^"]+\.ics)"', desk.text(desk.link()))
    assert path is not None
    address = path[1].removeprefix(BASE)
    client = desk.room.app.test_client()

    def event() -> vobject.base.Component:
        found = client.get(address, base_url=BASE)
        assert (found.status_code, found.mimetype) == (200, "text/calendar")
        (one,) = vobject.readOne(found.text).vevent_list
        return one

    before = event()
    assert before.summary.value == "patient-record 3.0.0 goes live"
    assert before.status.value == "CONFIRMED"
    assert before.uid.value.startswith(f"{desk.stream}/partner:crm@")
    desk.keep("release.postponed", go_live="2026-08-03", reason="holidays", login="rosa")
    moved = event()
    assert (moved.uid.value, moved.dtstart.value.date().isoformat()) == (before.uid.value, "2026-08-03")
    assert int(moved.sequence.value) > int(before.sequence.value)
    desk.keep("release.cancelled", reason="not needed", login="rosa")
    ended = event()
    assert ended.status.value == "CANCELLED"
    assert int(ended.sequence.value) > int(moved.sequence.value)
    assert client.get(address.replace("/calendars/", "/calendars/x"), base_url=BASE).status_code == 404


def test_the_evidence_is_handed_out_to_those_who_see_the_board(desk: Desk) -> None:
    now = desk.room.clock()
    payload = {"channel": "email", "address": ["=crm@example.com"], "facts": {}}
    with desk.room.store.transaction() as transaction:
        transaction.owe(NewObligation("k", "release.announced", desk.stream, "partner:crm", now, payload))
        (owed,) = transaction.obligations(desk.stream)
        begun = transaction.begin_delivery(owed.obligation_id, "email", now)
        assert begun is not None
        evidence = {"to": "=crm@example.com", "answer": "250 kept"}
        transaction.settle_delivery(begun.delivery_id, now, "delivered", receipt="<m@x>", evidence=evidence)
    board = desk.room.signed_in("rosa", "write").get(desk.board).text
    path = re.search(r'href="([^"]*evidence\.csv)"', board)
    assert path is not None
    found = desk.room.signed_in("rosa", "write").get(path[1])
    assert found.mimetype == "text/csv"
    row = dict(zip(*csv.reader(found.text.splitlines()), strict=True))
    assert (row["notice"], row["recipient"], row["attempt"]) == ("release.announced", "partner:crm", "1")
    assert (row["to"], row["answer"], row["message"], row["outcome"]) == (
        "'=crm@example.com", "250 kept", "<m@x>", "delivered"
    )  # fmt: skip
    assert desk.room.browser().get(path[1]).status_code in {302, 303}
    assert desk.room.signed_in("eve", "read").get(path[1]).status_code == 404


def test_a_package_that_is_not_made_yet_leads_to_the_pull_request(desk: Desk) -> None:
    with desk.room.store.transaction() as transaction:
        transaction.drop(release_shelf.PACKAGE, desk.stream)
    text = desk.text(desk.package)
    assert "is not there yet" in text
    assert "/pull/" in text
    assert desk.room.browser().get(f"{desk.package}/package.zip").status_code == 404
