"""The pages of a release in a real browser: nothing keeps anybody out, at a desk, on a phone, in light and dark."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped] # it carries no types

from bot.store.values import NewEvent
from notices import pages, release_issue, release_package, release_pages
from notices.release_issue import Page
from notices.release_package import key, make, read, write, zipped
from notices.release_pages import Answering, Board, Sent
from rules.partners import Contacts, Party, Profile
from rules.release_ledger import fold
from rules.release_plan import schedule
from rules.release_state import Release
from rules.samples import valid
from tests.browser import Visit
from tests.notices import golden
from tests.notices.making import admission_date

if TYPE_CHECKING:
    from playwright.sync_api import Browser

START = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
NOW = START + timedelta(days=50)
CRM = Party(
    Profile("crm", "CRM team", "critical", Contacts(("crm@example.com",)), zone="America/Denver"), "reads",
    ("/admission_date",),
)  # fmt: skip
LABS = Party(Profile("labs", "Northwind Labs", contacts=Contacts(slack="C0123456789")), "writes", ("/other",))
LOST = Party(Profile("lost"), "both")
PARTIES = (CRM, LABS, LOST)
DIGEST = admission_date().change.digest


def release(*more: NewEvent) -> Release:
    body = {
        "contract": "patient-record", "version": "3.0.0", "kind": "major", "go_live": "2027-01-04", "zone": "UTC",
        "at": "10:00", "pull": 17, "login": "rosa", "digest": DIGEST,
        "says": ["`admission_date` must now be an RFC 3339 date-time."],
        "phases": [{"day": "2027-01-04", "scope": "clinics"}, {"day": "2027-01-18", "scope": "laboratories"}],
    }  # fmt: skip
    told = [NewEvent("release.noticed", f"told:{name}", START, {"party": name, "notice": "release.announced"})
            for name in ("crm", "labs")]  # fmt: skip
    issue = NewEvent("release.issue", "issue", START, {"number": 21})
    stuck = NewEvent(
        "release.blocker", "b1", START + timedelta(days=40),
        {"id": "b1", "party": "labs", "severity": "critical", "text": "Our importer refuses @everyone's <b>zones</b>."},
    )  # fmt: skip
    filed = NewEvent("release.blocker_filed", "filed:b1", START + timedelta(days=40), {"id": "b1", "issue": 23})
    found = fold([NewEvent("release.announced", "a", START, body), *told, issue, stuck, filed, *more], now=NOW)
    assert found is not None
    return found


def fact(kind: str, days: float, **body: object) -> NewEvent:
    return NewEvent(kind, f"{kind}:{days}", START + timedelta(days=days), {"digest": DIGEST, **body})


READY = fact("release.readiness", 45, party="crm", ready=False, text="tests fail", by="ada")
LIVE = (fact("release.merged", 41), fact("release.go", 42), fact("release.live", 43, phase=0))
BACK = fact("release.rolled_back", 44, reason="orders are lost", login="rosa")


def page_of(*more: NewEvent) -> Page:
    found = release(*more)
    return Page(
        "release:1:patient-record:3.0.0", found, schedule(found, PARTIES, NOW), PARTIES, (), "https://c.example/b"
    )


def answering(*more: NewEvent) -> str:
    found = release(*more)
    dates = schedule(found, PARTIES, NOW)
    until = NOW + timedelta(days=60)
    view = Answering(
        found, dates, CRM, "acme/contracts", "https://github.com", "/packages/x", until, "n0", "checklist",
        contacts=(("Schema issues", "https://github.com/acme/contracts/issues"), ("Urgent", "+1 303 555 <0100>")),
    )  # fmt: skip
    return release_pages.answering(view)


def board(*more: NewEvent) -> str:
    found = release(*more)
    sent = (
        Sent("release.announced", "crm", START, "met"), Sent("release.testing", "crm", START, "superseded"),
        Sent("release.announced", "labs", START, "met"), Sent("release.consultation", "labs", START, "failed"),
    )  # fmt: skip
    return release_pages.board(
        Board(
            found,
            schedule(found, PARTIES, NOW),
            PARTIES,
            sent,
            "acme/contracts",
            "https://github.com",
            "/packages/x",
            NOW,
            "/releases/1",
            decides=True,
            csrf="0" * 64,
            note="Done.",
        )
    )


def package() -> str:
    found = release()
    made = read(write(make(admission_date(), found, PARTIES, NOW.date())))
    return release_package.page(made, found, schedule(found, PARTIES, NOW), "/packages/x/package.zip")


PAGES = {
    "answer": answering(READY), "answer-live": answering(*LIVE), "answer-back": answering(*LIVE, BACK),
    "board": board(READY), "board-live": board(*LIVE), "board-back": board(*LIVE, BACK), "package": package(),
}  # fmt: skip


@pytest.mark.parametrize("state", ["announced", "live", "back"])
def test_the_issue_reads_as_reviewed(state: str) -> None:
    facts = {"announced": (READY,), "live": LIVE, "back": (*LIVE, BACK)}[state]
    golden.check(f"release-issue-{state}.md", release_issue.render(page_of(*facts)))


def test_the_issues_that_follow_read_as_reviewed() -> None:
    view = page_of(*LIVE, BACK)
    golden.check("release-blocker.md", "\n\n".join(release_issue.blocker(view, view.release.blockers[0], 21)))
    golden.check("release-root-cause.md", "\n\n".join(release_issue.root_cause(view, 21)))


def test_the_package_reads_as_reviewed_and_is_the_same_bytes_each_time() -> None:
    found = release()
    made = make(admission_date(), found, PARTIES, NOW.date())
    text = "\n".join(f"===== {one.name}: {one.title}\n{one.text}" for one in made.files)
    golden.check("release-package.txt", text)
    assert zipped(made) == zipped(read(write(made)))
    assert made.key == key(found, PARTIES) != key(found, (LABS,))


def test_every_sample_is_valid_under_the_schema_that_it_is_for() -> None:
    change = admission_date().change
    assert change.head is not None
    assert change.base is not None
    made = make(admission_date(), release(), PARTIES, NOW.date())
    import json  # noqa: PLC0415

    for one in made.files:
        if one.name.startswith("samples/new-"):
            assert valid(change.head.value, json.loads(one.text))
        if one.name.startswith("samples/old-"):
            assert valid(change.base.value, json.loads(one.text))


@pytest.mark.parametrize("name", PAGES)
def test_nothing_that_people_wrote_becomes_markup(name: str) -> None:
    assert "<b>zones" not in PAGES[name]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("pages")
    for name, text in PAGES.items():
        (made / f"{name}.html").write_text(pages.framed(text, None), encoding="utf-8")
    return made


@pytest.fixture(params=[("light", 1280), ("dark", 360)], ids=["desk", "phone"])
def visit(request: pytest.FixtureRequest, chromium: Browser) -> Iterator[Visit]:
    scheme, width = request.param
    context = chromium.new_context(color_scheme=scheme, viewport={"width": width, "height": 900})
    yield Visit(context.new_page())
    context.close()


@pytest.mark.slow
@pytest.mark.browser
@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing_that_keeps_people_out(folder: Path, visit: Visit, name: str) -> None:
    visit.page.goto((folder / f"{name}.html").as_uri())
    found = Axe().run(visit.page)
    assert found.violations_count == 0, found.generate_report()
    assert not visit.scrolls_sideways()


def test_a_package_of_other_documents_says_that_a_new_one_is_on_its_way() -> None:
    found = replace(release(), digest="e" * 64)
    made = make(admission_date(), found, PARTIES, NOW.date())
    text = release_package.page(made, found, schedule(found, PARTIES, NOW), "/x")
    assert "A new one is on its way" in text


def test_a_partners_page_names_whom_to_ask() -> None:
    page = answering()
    assert '<a href="https://github.com/acme/contracts/issues">' in page
    assert "+1 303 555 &lt;0100&gt;" in page


def test_a_partners_page_asks_after_a_rollback_for_what_the_notice_asks_for() -> None:
    assert "switch your integration back to the version that you used before 3.0.0, now" in answering(*LIVE, BACK)
    resolved = fact("release.resolved", 46, reason="the root cause is mended")
    assert "What to do:</strong> nothing." in answering(*LIVE, BACK, resolved)
