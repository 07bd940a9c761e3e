"""Clocks: when something is due, and how an instant is written for people.

Hours are elapsed time between UTC instants, so a change to or from summer time neither gives nor takes an hour.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo


@dataclass(frozen=True, slots=True)
class Pause:
    """A stretch in which a clock stands still; `end` is `None` while it lasts. Both are aware instants."""

    start: datetime
    end: datetime | None = None


def deadline(start: datetime, hours: float, pauses: Iterable[Pause] = ()) -> datetime | None:
    """Say when `hours` of elapsed time have run since `start`, pauses not counted.

    Overlapping pauses count once; one that begins at or after the deadline changes nothing. The answer is in UTC, and
    `None` while a pause without an end holds the clock. `ValueError` for an instant without a zone.
    """
    due = utc(start) + timedelta(hours=hours)
    reached = utc(start)
    for pause in sorted(pauses, key=lambda one: utc(one.start)):
        begins = max(utc(pause.start), reached)
        if begins >= due:
            break
        if pause.end is None:
            return None
        ends = max(utc(pause.end), begins)
        due += ends - begins
        reached = ends
    return due


def utc(instant: datetime) -> datetime:
    """Give the same instant in UTC; `ValueError` where it has no zone, because it could be any instant then."""
    if instant.tzinfo is None:
        raise ValueError(f"{instant.isoformat()} has no time zone")
    return instant.astimezone(UTC)


def show(instant: datetime, zone: tzinfo = UTC) -> str:
    """Write an instant in UTC and, where it differs, in the zone: `2026-11-23 10:00 UTC (03:00 America/Denver)`.

    The local date is written where it is another day. Minutes are cut, never rounded up: a deadline is not made later.
    """
    world, local = utc(instant), instant.astimezone(zone)
    text = f"{world:%Y-%m-%d %H:%M} UTC"
    if str(zone) in ("UTC", "Etc/UTC"):
        return text
    near = f"{local:%H:%M}" if local.date() == world.date() else f"{local:%Y-%m-%d %H:%M}"
    return f"{text} ({near} {zone})"
