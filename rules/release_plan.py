"""What follows from a release's log: dates that can be kept, milestones, and a recommendation with its reasons."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import chain, islice
from typing import Literal

from rules.clock import utc
from rules.notice import day_after
from rules.partners import Party
from rules.release import Earliest, Milestone, Removal, Terms, earliest, plan
from rules.release_state import Phase, Release

DELIVERY = timedelta(hours=4)
"""So long a notice may take to reach somebody; a date is promised as if each took that long."""
DECIDE_BY, UNDECIDED = 7, timedelta(hours=24)
"""Days before go-live at which somebody decides, and how long after that the want of a decision is escalated."""

CHECKLIST: dict[str, str] = {
    "code": "Our integration code handles the new schema.",
    "samples": "We have tested with all the sample payloads provided.",
    "compatibility": "We have verified that old and new documents are handled side by side.",
    "performance": "We have tested the performance with larger payloads.",
    "dependents": "Our dependent systems and processes are up to date.",
}
"""What a partner has done before saying that they are ready (partner guide, testing requirements)."""

VERIFICATION: dict[str, str] = {
    "operations": "Everything works as expected with live data.",
    "values": "Field values have the types that the contract says.",
    "end_to_end": "An end-to-end test with sample data has passed.",
    "performance": "Performance meets the requirements.",
}
"""What both sides sign after go-live (partner guide, post-release; governance protocol, joint verification)."""

OWNER = "owner"
"""The side of the verification that is not a partner's."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """The dates that can be kept: `go_live` in UTC, `first` with the reasons for the earliest legal day.

    `settled` says that every partner has been reached or cannot be, so that nothing will move the day by itself.
    """

    go_live: datetime
    day: date
    phases: tuple[Phase, ...]
    milestones: tuple[Milestone, ...]
    first: Earliest | None
    settled: bool

    def at(self, phase: int, terms: Terms) -> datetime:
        """Give the moment at which a phase goes live."""
        return self.go_live if phase == 0 else terms.instant(self.phases[phase].day)


def schedule(release: Release, parties: Sequence[Party], now: datetime) -> Schedule:
    """Say which dates a release can keep, by when its partners were told."""
    terms = release.terms
    told = ((one.title, _told(release, one.name, now)) for one in parties if not unreached(release, one))
    bounded = release.removals or not all(unreached(release, one) for one in parties)
    first = earliest(terms, told, release.removals) if bounded else None
    day = release.day if first is None or terms.kind == "critical" else max(release.day, first.day)
    go_live = terms.instant(day)
    if terms.kind == "critical" and first is not None:
        go_live = max(go_live, first.bounds[0].not_before)
    shift = day - release.day
    phases = tuple(Phase(one.day + shift, one.scope) for one in release.phases)
    settled = all(one.name in release.reached or unreached(release, one) for one in parties)
    return Schedule(go_live, day, phases, plan(terms, day), first, settled)


def unreached(release: Release, party: Party) -> str:
    """Say why nothing reaches a partner; empty where something did, or is still on its way.

    Whom nothing reaches holds nobody up: the owners are told, and decide.
    """
    if party.name in release.reached:
        return ""
    if party.name in release.unreached:
        return release.unreached[party.name] or "no channel delivered the notice"
    return "" if party.profile.reachable else "no contact is known"


def spoken(release: Release, found: Schedule) -> Schedule:
    """Give the dates that notices speak of: those promised, until it is known when everybody was reached."""
    if found.settled or not release.open:
        return found
    terms = release.terms
    return Schedule(
        terms.instant(release.day), release.day, release.phases, plan(terms, release.day), found.first, settled=False
    )


def both_until(release: Release, phases: Sequence[Phase]) -> datetime | None:
    """Say until when both versions are read: from a major release's last phase on, for its grace period (UTC).

    Source: governance protocol (dual-version support), architecture template (dual read during the migration window).
    """
    if release.terms.kind != "major":
        return None
    return release.terms.instant(day_after(max(one.day for one in phases), release.grace_days))


def _told(release: Release, party: str, now: datetime) -> datetime:
    """Say when somebody was told, or when they are at the earliest if they have not been."""
    reached = release.reached.get(party)
    if reached is not None:
        return reached
    if release.terms.kind == "critical":
        return release.noticed_from  # an emergency waits its hour, and not for a channel that does not answer
    return max(utc(now), release.noticed_from + DELIVERY)


def first_day(terms: Terms, parties: Sequence[Party], removals: Sequence[Removal], now: datetime) -> Earliest | None:
    """Find the first day that can be promised to partners who are told from now on; `None` where nothing bounds it."""
    told = now if terms.kind == "critical" else now + DELIVERY
    named = [(one.title, told) for one in parties]
    return earliest(terms, named, removals) if named or removals else None


MOST_SAID = 50
"""So many reasons are told one by one."""


@dataclass(frozen=True, slots=True)
class Recommendation:
    """What the facts say: to go or to postpone, the reasons, and what is not as it should be and no reason."""

    word: Literal["go", "postpone"]
    reasons: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


def recommend(release: Release, parties: Sequence[Party]) -> Recommendation:
    """Recommend by the facts: a critical partner who is not ready, or a critical blocker, is a reason to postpone."""
    unmerged = f"Pull request #{release.pull} is not merged; nothing goes live before it is."
    reasons = _most(_speaking(release, parties, critical=True))
    remarks = _most(chain(() if release.merged else (unmerged,), _speaking(release, parties, critical=False)))
    return Recommendation("postpone" if reasons else "go", reasons, remarks)


def _speaking(release: Release, parties: Sequence[Party], *, critical: bool) -> Iterator[str]:
    """List what speaks against a go: critical blockers and partners alone, or all others."""
    titles = {one.name: one.title for one in parties} if release.blocking or release.failures else {}
    mine = [one for one in parties if one.critical is critical]
    yield from _blocked(release, titles, critical=critical)
    yield from filter(None, (_unready(release, one) for one in mine))
    names = {one.name for one in parties if one.critical} if release.failures else set()
    for name, count in release.failures.items():
        if (name in names) is critical:
            whose = f" of {titles.get(name, name)}" if name else ""
            yield f"Documents{whose} that broke the contract in production since the announcement: {count:,}."


def _most(said: Iterator[str]) -> tuple[str, ...]:
    """Take the first of very many reasons, and count the others."""
    found = tuple(islice(said, MOST_SAID))
    more = sum(1 for _ in said)
    return (*found, f"And {more} more; the board shows them.") if more else found


def _blocked(release: Release, titles: Mapping[str, str], *, critical: bool) -> Iterator[str]:
    for one in release.blocking:
        if (one.severity == "critical") is critical:
            issue = f" (#{one.issue})" if one.issue else ""
            yield f"{titles.get(one.party, one.party)} reports a {one.severity} blocker{issue}: {one.text[:200]}"


def _unready(release: Release, party: Party) -> str:
    who = f"{'The critical partner ' if party.critical else ''}{party.title}"
    lost = unreached(release, party)
    if lost:
        return f"{who} could not be reached: {lost}."
    answer = release.answer(party.name)
    if release.terms.kind != "major" or answer.ready:
        return ""
    if answer.ready is None:
        return f"{who} has not confirmed readiness."
    return f"{who} is not ready{f': {answer.text[:200]}' if answer.text else ''}."


def next_moment(release: Release, found: Schedule, now: datetime) -> datetime | None:
    """Give the next moment at which something changes by itself; `None` where nothing does."""
    if not release.open:
        return None
    moments = [one.at for one in found.milestones]
    moments += [found.at(number, release.terms) for number in range(len(found.phases))]
    moments.append(decide_by(release, found) + UNDECIDED)
    return min((one for one in moments if one > now), default=None)


def decide_by(release: Release, found: Schedule) -> datetime:
    """Give the moment by which somebody is to decide: a week before go-live, never before the announcement."""
    return max(release.terms.instant(found.day - timedelta(days=DECIDE_BY)), release.announced)


def due_phases(release: Release, found: Schedule, now: datetime) -> tuple[int, ...]:
    """List the phases whose moment has come and that are not live yet, in their order."""
    if not release.open:
        return ()
    return tuple(
        number for number in range(len(found.phases))
        if number not in release.lived and found.at(number, release.terms) <= now
    )  # fmt: skip
