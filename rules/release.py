"""The dated go-live of a version towards its partners: the earliest day that is legal, and the milestones before it.

Days are calendar days in the release's zone, and every milestone falls at the go-live's own time of day there, so that
a change to or from summer time moves no date. Nothing here knows the present moment but by argument.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from heapq import nlargest
from itertools import chain, count
from typing import Literal
from zoneinfo import ZoneInfo

from rules.clock import show, utc
from rules.policy import ROWS, Row

ReleaseKind = Literal["patch", "minor", "major", "critical"]

NOTICE: dict[ReleaseKind, Row] = dict(zip(("patch", "minor", "major", "critical"), ROWS, strict=True))
"""What each kind of release owes its partners, from the policy's table."""

GO_LIVE = time(10)
"""The time of day at which a release goes live where none is given."""
MOST_BOUNDS = 20
"""So many reasons for a day are told one by one."""
MOST_MAJORS = 2
MAJORS_WITHIN = timedelta(days=365)


@lru_cache(maxsize=1024)
def _instant(day: date, at: time, zone: str) -> datetime:
    # Asked for each notice of each partner, of few days.
    return datetime.combine(day, at, ZoneInfo(zone)).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Terms:
    """What a release is held to: its kind, the zone that its dates are of, and the time of day of its go-live."""

    kind: ReleaseKind
    zone: str = "UTC"
    at: time = GO_LIVE

    @property
    def notice_days(self) -> int:
        """Days of notice owed; 0 for a critical fix, which owes an hour."""
        return NOTICE[self.kind].notice_hours // 24

    @property
    def place(self) -> ZoneInfo:
        """The release's zone."""
        return ZoneInfo(self.zone)

    def instant(self, day: date) -> datetime:
        """Give the instant, in UTC, of the go-live's time of day on a day of the release's zone."""
        return _instant(day, self.at, self.zone)


@dataclass(frozen=True, slots=True)
class Milestone:
    """One dated point of a plan: `days` before go-live, which is day `day` of the `of` days of notice; `at` is UTC."""

    days: int
    of: int
    what: str
    at: datetime

    @property
    def day(self) -> int:
        """Which day of the notice it is, counted from the announcement."""
        return self.of - self.days

    @property
    def name(self) -> str:
        """Name it in both ways of counting: `T-14 (day 46 of 60)`."""
        return f"T-{self.days} (day {self.day} of {self.of})" if self.of else "T-0"


def plan(terms: Terms, go_live: date) -> tuple[Milestone, ...]:
    """List the milestones of a release that goes live on a day, earliest first."""
    return tuple(
        Milestone(days, terms.notice_days, what, terms.instant(go_live - timedelta(days=days)))
        for days, what in NOTICE[terms.kind].milestones
    )


@dataclass(frozen=True, slots=True)
class Removal:
    """A declared field that the version takes away: when its deprecation was on the base branch, and its grace."""

    field: str
    deprecated: date
    grace_days: int


@dataclass(frozen=True, slots=True)
class Bound:
    """One reason why a release cannot go live before an instant (UTC), in a sentence; `day` is the first legal day."""

    not_before: datetime
    day: date
    sentence: str


@dataclass(frozen=True, slots=True)
class Earliest:
    """The first day on which a release may go live, and the reasons, the one that decides first.

    Of very many reasons the first `MOST_BOUNDS` are here, and `more` counts the others.
    """

    day: date
    bounds: tuple[Bound, ...]
    more: int = 0


def earliest(terms: Terms, noticed: Iterable[tuple[str, datetime]], removals: Sequence[Removal] = ()) -> Earliest:
    """Find the first legal day: the later of every partner's notice and of every removed field's grace period.

    `noticed` says when each partner's announcement reached them, or is planned to; an announcement that went out late
    moves the day, and never shortens what was promised. `ValueError` where nobody is told and nothing is removed.
    """
    counted = count()
    every = (one for one, _ in zip(chain(_notices(terms, noticed), _graces(terms, removals)), counted, strict=False))
    bounds = nlargest(MOST_BOUNDS, every, key=lambda one: one.not_before)
    if not bounds:
        raise ValueError("nothing bounds a release that owes nobody anything; it goes live at merge")
    return Earliest(bounds[0].day, tuple(bounds), next(counted) - len(bounds))


def _bound(terms: Terms, not_before: datetime, sentence: str) -> Bound:
    first = not_before.astimezone(ZoneInfo(terms.zone)).date()
    day = first if terms.instant(first) >= not_before else first + timedelta(days=1)
    return Bound(not_before, day, sentence)


def _notices(terms: Terms, noticed: Iterable[tuple[str, datetime]]) -> Iterator[Bound]:
    for partner, told in noticed:
        until = _after_notice(terms, told)
        owed = f"{terms.notice_days} days" if terms.notice_days else "1 hour"
        zone = ZoneInfo(terms.zone)
        sentence = (
            f"{partner} is owed {owed} of notice for a {NOTICE[terms.kind].title} release, counted from "
            f"{show(told, zone)}: not before {show(until, zone)}."
        )
        yield _bound(terms, until, sentence)


def _after_notice(terms: Terms, told: datetime) -> datetime:
    if not terms.notice_days:
        return utc(told) + timedelta(hours=NOTICE[terms.kind].notice_hours)
    # Days of the calendar: the same time of day, also across a change of the clocks.
    return (told.astimezone(ZoneInfo(terms.zone)) + timedelta(days=terms.notice_days)).astimezone(UTC)


def _graces(terms: Terms, removals: Sequence[Removal]) -> Iterator[Bound]:
    for removal in removals:
        day = removal.deprecated + timedelta(days=removal.grace_days)
        sentence = (
            f"`{removal.field}` is deprecated since {removal.deprecated} and stays for {removal.grace_days} days: "
            f"not before {day}."
        )
        yield _bound(terms, datetime.combine(day, time(), ZoneInfo(terms.zone)).astimezone(UTC), sentence)


def refused(wanted: date, first: Earliest) -> str | None:
    """Say why a day cannot be promised, and which is the first that can; `None` for a legal day."""
    if wanted >= first.day:
        return None
    why = " ".join(bound.sentence for bound in first.bounds if bound.day > wanted)
    others = f" The same holds for {first.more} more." if first.more else ""
    return f"{wanted} is too early. {why}{others} The first day that can be promised is {first.day}."


def majors_beside(day: date, others: Iterable[date]) -> tuple[date, ...]:
    """Give the other major releases with which one on this day would be the third or more in 365 days; else none."""
    near = sorted(one for one in others if abs(one - day) < MAJORS_WITHIN)
    for first in sorted({*near, day}):
        window = tuple(one for one in near if timedelta() <= one - first < MAJORS_WITHIN)
        if timedelta() <= day - first < MAJORS_WITHIN and len(window) >= MOST_MAJORS:
            return window
    return ()
