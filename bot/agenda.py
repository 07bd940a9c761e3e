"""The agenda of the weekly sync, for each repository that has something to speak about: Monday, an hour before 10:00.

Source: governance protocol, weekly sync (open change requests, figures, upcoming deprecations, production issues).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.clock import Clock
from bot.dispatch.ways import facts_of
from bot.operate.stats import asked_for
from bot.steward.releases import shelf as release_shelf
from bot.steward.releases.known import releases
from bot.steward.shelf import SUMMARY
from bot.steward.violations.values import stream_of as violations_of
from bot.store import Store
from bot.store.transaction import Transaction
from bot.store.values import NewObligation
from notices import home
from rules.clock import utc
from rules.statistics import Request, figures
from rules.violations import ALERT, TARGET, compliance, open_ones
from rules.violations import fold as fold_violations

AGENDA = "agenda"
KIND = "sync.agenda"
WHO = "sync"
"""The name under which CONTACTS says where the agenda goes."""
_AT, _AHEAD, _MONDAY = time(10), timedelta(hours=1), 0
_LOOKED_AHEAD = timedelta(days=60)


def meeting(zone: str, now: datetime) -> datetime | None:
    """Give the moment of the sync whose agenda is due now: from an hour before it until it begins."""
    place = ZoneInfo(zone)
    at = datetime.combine(now.astimezone(place).date(), _AT, place).astimezone(UTC)
    monday = at.astimezone(place).weekday() == _MONDAY
    return at if monday and at - _AHEAD <= utc(now) < at else None


def handle(store: Store, clock: Clock, zone: str) -> int:
    """Promise the agendas of today's sync, each once; how many there are to speak about."""
    now = clock()
    at = meeting(zone, now)
    if at is None:
        return 0
    with store.reading() as transaction:
        known = transaction.seen()
        agendas = [(one, _points(transaction, one, now)) for one in sorted(known)]
    made = [_owed(one, known[one][0], points, at, zone, now) for one, points in agendas if points]
    with store.transaction() as transaction:
        for one in made:
            transaction.owe(one)
    return len(made)


def _owed(  # noqa: PLR0913, PLR0917 what makes an agenda
    repository: int, installation: int, points: Mapping[str, str], at: datetime, zone: str, now: datetime
) -> NewObligation:
    day = at.astimezone(ZoneInfo(zone)).date().isoformat()
    facts = {"zone": zone, "day": day, "meeting": at.isoformat(), **points}
    key = f"{KIND}/{repository}/{day}"
    return NewObligation(
        key, KIND, f"sync:{repository}", f"team:{WHO}", now, {"installation": installation, "facts": facts}
    )


def _points(transaction: Transaction, repository: int, now: datetime) -> dict[str, str]:
    """Gather what there is to speak about in one repository; empty where nothing is open."""
    streams = transaction.streams(f"pull:{repository}:")
    kept = [home.read(text) for text in transaction.recall_all(SUMMARY, streams).values()]
    open_ = sorted((one for one in kept if one.open), key=lambda one: one.number)
    found = {
        "requests": [_request(pull.number, one) for pull in open_ for one in pull.changes],
        "deprecations": sorted(set(_deprecations(transaction, repository, now.date()))),
        "issues": [*_issues(transaction, repository, now), *_violations(transaction, repository)],
    }  # fmt: skip
    if not any(found.values()):
        return {}
    asked = [one for one in asked_for(transaction, now) if one.stream in streams]
    shown = [*_figures(asked), *_compliance(transaction, repository)]
    return {
        "repository": _name(transaction, repository, kept), "figures": "\n".join(shown),
        **{title: "\n".join(lines) or "None." for title, lines in found.items()},
    }  # fmt: skip


def _request(number: int, one: home.Line) -> str:
    return f"{one.name} (#{number}), {one.grade}: {one.standing}"


def _name(transaction: Transaction, repository: int, kept: Sequence[home.Summary]) -> str:
    shelves = (release_shelf.read(transaction, one) for one in transaction.streams(f"release:{repository}:"))
    found = [one.repository for one in (*kept, *shelves) if one is not None]
    told = (
        facts_of(one.payload).get("repository", "") for one in transaction.promises_of("violation.")
        if one.stream.startswith(violations_of(repository))
    )  # fmt: skip
    return next(filter(None, (*found, *told)), "")


def _figures(asked: Sequence[Request]) -> Iterator[str]:
    one = figures(asked)
    yield f"Reviews asked for: {one.requests}; approved {one.approved}, rejected {one.rejected}, open {one.pending}."
    if one.average_hours is not None:
        yield f"Time to approval: {one.average_hours:.1f} h on average, {one.p90_hours:.1f} h for nine of ten."
    yield f"Review times that ran out without an answer: {one.breaches}."


def _compliance(transaction: Transaction, repository: int) -> Iterator[str]:
    """Say of each contract whose production data monitoring counts, how much of it keeps to the contract."""
    for stream in transaction.streams(violations_of(repository)):
        facts = transaction.events(stream)
        share, contract = compliance(facts), stream.split(":", 2)[2]
        if share is not None:
            yield f"Contract compliance of {contract}: {share:.1f} % (target {TARGET:g} %, alert below {ALERT:g} %)"


def _violations(transaction: Transaction, repository: int) -> Iterator[str]:
    for stream in transaction.streams(violations_of(repository)):
        for one in open_ones(fold_violations(transaction.events(stream))):
            whose = f" of {one.report.party}" if one.report.party else ""
            contract = stream.split(":", 2)[2]
            yield f"{contract}: {one.severity} violation{whose}, {one.kind.title}{_numbered(one.issue)}"


def _deprecations(transaction: Transaction, repository: int, today: date) -> Iterator[str]:
    for one in transaction.promises_of("deprecation."):
        facts = facts_of(one.payload)
        removal = facts.get("removal_date", "")
        mine = one.stream.startswith(f"contracts:{repository}:") and one.state != "superseded"
        if mine and today.isoformat() <= removal <= (today + _LOOKED_AHEAD).isoformat():
            yield f"{removal}: {facts.get('field', '')} of {facts.get('contract', '')} is removed"


def _issues(transaction: Transaction, repository: int, now: datetime) -> Iterator[str]:
    for _, release in releases(transaction, repository, now):
        name = f"{release.contract} {release.name}"
        if release.state == "rolled back" and release.resolved is None:
            cause = release.follow_ups.get("root_cause") or release.issue
            yield f"{name} is rolled back, and its root cause is not written down{_numbered(cause)}"
        for one in release.blocking:
            yield f"{name}: {one.party} reports a {one.severity} blocker{_numbered(one.issue)}"


def _numbered(issue: int) -> str:
    """Name an issue; nothing where it is not open yet."""
    return f" (#{issue})" if issue else ""
