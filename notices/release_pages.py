"""The pages of a release: what a partner answers on, and the board that its owners decide from. No script in either."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from notices import pages
from notices.links import link
from notices.release_issue import headline
from rules.clock import show
from rules.dates import moment
from rules.partners import Party
from rules.release import NOTICE, Milestone
from rules.release_obligations import STEPS
from rules.release_plan import CHECKLIST, VERIFICATION, Schedule, both_until, decide_by, recommend, unreached
from rules.release_state import Release

Delivered = Literal["delivered", "failed", "under way", "to come", "not sent", ""]

NOTES = {
    "checklist": "The checklist is kept.",
    "ready": "Thank you: you are down as ready. You can take it back until the decision.",
    "not-ready": "You are down as not ready, and the release owners see it now.",
    "blocked": "The problem is reported; the release owners are told, and an issue is opened for it.",
    "verified": "Your verification is kept. Thank you.",
    "feedback": "Thank you for your feedback.",
    "changed": "The release has changed since this page was drawn, so nothing was kept. Look at it as it is now.",
    "open": "Tick every item of the checklist first; then you can say that you are ready.",
    "empty": "Say what the problem is; nobody can act on it otherwise.",
    "done": "Done.",
}
"""What a page says about the last thing that was sent from it, by a word in its address."""


@dataclass(frozen=True, slots=True)
class Answering:
    """What one partner's page is made of; `nonce` makes a report that is sent twice one report.

    `until` is the end of a personal link, `None` for who signed in. `contacts` are whom to ask (label, where).
    """

    release: Release
    found: Schedule
    party: Party
    repository: str
    web_url: str
    package: str
    until: datetime | None
    nonce: str
    note: str = ""
    csrf: str = ""
    calendar: str = ""
    contacts: tuple[tuple[str, str], ...] = ()


def answering(view: Answering) -> str:
    """Write the page on which one partner answers."""
    release, zone = view.release, ZoneInfo(view.party.profile.zone)
    answer = release.answer(view.party.name)
    issue = f"{view.web_url}/{view.repository}/issues/{release.issue}" if release.issue else None
    return pages.page(
        "readiness",
        title=f"{release.contract} {release.name}: {view.party.title}",
        view=view, release=release, answer=answer, party=view.party,
        klass=NOTICE[release.terms.kind].title,
        when=lambda at: moment(at, zone, view.party.profile.language),
        decide=decide_by(release, view.found), both_until=both_until(release, view.found.phases),
        checklist=CHECKLIST, verification=VERIFICATION,
        signed={item for side, item in release.verified if side == view.party.name},
        blockers=[one for one in release.blockers if one.party == view.party.name],
        headline=headline(release, view.found),
        issue=link(issue), package=link(view.package), note=NOTES.get(view.note, ""),
        calendar=link(view.calendar) if view.calendar else None,
        missing=[text for item, text in CHECKLIST.items() if item not in answer.items],
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sent:
    """One notice to one partner as the store knows it."""

    kind: str
    party: str
    due: datetime
    state: str


@dataclass(frozen=True, slots=True)
class Line:
    """One partner's row of the board: a cell for each column."""

    title: str
    weight: str
    critical: bool
    lost: str
    cells: tuple[Delivered, ...]
    ready: str
    at: datetime | None
    items: int


@dataclass(frozen=True, slots=True)
class Board:
    """What the board is made of; `decides` says that whoever looks is a release owner."""

    release: Release
    found: Schedule
    parties: tuple[Party, ...]
    sent: tuple[Sent, ...]
    repository: str
    web_url: str
    package: str
    now: datetime
    path: str
    decides: bool = False
    csrf: str = ""
    note: str = ""


MOST_LINES = 500
_STATES: dict[str, Delivered] = {
    "met": "delivered", "failed": "failed", "sending": "under way", "owed": "to come", "superseded": "not sent",
}  # fmt: skip


def board(view: Board) -> str:
    """Write the board: partner by milestone, critical ones first, blockers, what failed, the recommendation."""
    release, place = view.release, view.release.terms.place
    columns = tuple(_columns(view))
    lines = list(_lines(view, columns))
    return pages.page(
        "board",
        title=f"Release of {release.contract} {release.name}",
        view=view, release=release, found=view.found,
        headline=headline(release, view.found),
        columns=[name for name, _ in columns], lines=lines[:MOST_LINES], more=max(0, len(lines) - MOST_LINES),
        advice=recommend(release, view.parties) if release.open else None,
        failed=[one for one in view.sent if one.state == "failed"],
        titles={one.name: one.title for one in view.parties},
        checks=len(CHECKLIST), show=lambda at: show(at, place),
        issue=link(f"{view.web_url}/{view.repository}/issues/{release.issue}") if release.issue else None,
        pull=link(f"{view.web_url}/{view.repository}/pull/{release.pull}") if release.pull else None,
        package=link(view.package), evidence=f"{view.path}/evidence.csv",
        note=view.note, decide=decide_by(release, view.found),
        later=view.found.day + timedelta(days=14), verification=VERIFICATION,
        signed={item for side, item in release.verified if side == "owner"},
    )  # fmt: skip


def _columns(view: Board) -> Iterator[tuple[str, str]]:
    """Yield the columns: their names, in both ways of counting, and the kinds of notice that they show."""
    yield "announced", "release.announced"
    for step in STEPS[view.release.terms.kind]:
        at = view.release.terms.instant(view.found.day - timedelta(days=step.days))
        name = Milestone(step.days, view.release.terms.notice_days, step.kind, at).name
        yield f"{name} {step.kind.removeprefix('release.').replace('_', ' ')}", step.kind
    yield "live", "release.live"


def _lines(view: Board, columns: tuple[tuple[str, str], ...]) -> Iterator[Line]:
    latest: dict[tuple[str, str], Sent] = {}
    for one in sorted(view.sent, key=lambda sent: (sent.state != "superseded", sent.due)):
        kind = "release.announced" if one.kind == "release.announced_anew" else one.kind
        latest[one.party, kind] = one
    for party in view.parties:
        answer = view.release.answer(party.name)
        cells = tuple(_cell(latest.get((party.name, kind))) for _, kind in columns)
        words = {True: "ready", False: "not ready", None: "no answer"}
        yield Line(
            party.title, party.profile.criticality, party.critical, unreached(view.release, party), cells,
            words[answer.ready], answer.at, len(answer.items),
        )  # fmt: skip


def _cell(one: Sent | None) -> Delivered:
    return "" if one is None else _STATES.get(one.state, "")
