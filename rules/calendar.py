"""Business hours: weekly intervals in a zone, less the holidays; another type than hours of elapsed time.

An interval is written in local time and counted in elapsed time, so that a working day on which the clocks change is
as long as it really is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from rules.clock import Pause, utc

MAX_DAYS = 3660
"""So many days ahead are looked at; a calendar that gives too few hours in ten years has no deadline."""

WARN_DAYS = 60
"""So long before the list of holidays runs out somebody is told."""


@dataclass(frozen=True, slots=True)
class Interval:
    """Working time on one weekday, 0 for Monday, from `start` to `end` of local time, the end not included."""

    weekday: int
    start: time
    end: time


@dataclass(frozen=True, slots=True)
class Calendar:
    """When a team works. `listed_until` is the last day whose holidays are known, `None` where the list is for ever."""

    zone: str = "UTC"
    intervals: tuple[Interval, ...] = tuple(Interval(day, time(9), time(17)) for day in range(5))
    holidays: frozenset[date] = frozenset()
    listed_until: date | None = None


def business_deadline(
    start: datetime, hours: float, calendar: Calendar, pauses: Iterable[Pause] = ()
) -> datetime | None:
    """Say when `hours` of working time have run since `start`, pauses not counted.

    In UTC; `None` while a pause without an end holds the clock, and where the calendar gives too few hours.
    """
    left = timedelta(hours=hours)
    for begin, end in _working(utc(start), calendar, tuple(pauses)):
        if begin + left <= end:
            return begin + left
        left -= end - begin
    return None


def runs_out(calendar: Calendar, now: datetime) -> date | None:
    """Give the last day of the list of holidays where it is near or past, `None` where nothing has to be done."""
    last = calendar.listed_until
    return last if last is not None and last - utc(now).date() <= timedelta(days=WARN_DAYS) else None


def _working(start: datetime, calendar: Calendar, pauses: tuple[Pause, ...]) -> Iterator[tuple[datetime, datetime]]:
    """Yield the stretches of working time from an instant on, in order, without the pauses."""
    first = start.astimezone(ZoneInfo(calendar.zone)).date()
    for ahead in range(-1, MAX_DAYS):
        day = first + timedelta(days=ahead)
        for begin, end in _of_day(day, calendar):
            if end > start:
                yield from _without(max(begin, start), end, pauses)


def _of_day(day: date, calendar: Calendar) -> list[tuple[datetime, datetime]]:
    """Give a day's working time as UTC stretches in order, those that meet or overlap as one."""
    if day in calendar.holidays:
        return []
    zone = ZoneInfo(calendar.zone)
    own = sorted(
        (datetime.combine(day, one.start, zone).astimezone(UTC), datetime.combine(day, one.end, zone).astimezone(UTC))
        for one in calendar.intervals
        if one.weekday == day.weekday()
    )
    merged: list[tuple[datetime, datetime]] = []
    for begin, end in own:
        if merged and begin <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(end, merged[-1][1])
        elif begin < end:
            merged.append((begin, end))
    return merged


def _without(begin: datetime, end: datetime, pauses: tuple[Pause, ...]) -> Iterator[tuple[datetime, datetime]]:
    """Yield what is left of a stretch when the pauses are taken out."""
    for pause in sorted(pauses, key=lambda one: utc(one.start)):
        halt = max(utc(pause.start), begin)
        if halt >= end:
            break
        if pause.end is not None and utc(pause.end) <= begin:
            continue
        if halt > begin:
            yield begin, halt
        if pause.end is None:
            return
        begin = utc(pause.end)
    if begin < end:
        yield begin, end
