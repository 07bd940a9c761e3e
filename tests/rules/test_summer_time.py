"""Deadlines across both changes of the clocks, north and south, where the change is an hour and where it is less."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.calendar import Calendar, Interval, business_deadline
from rules.clock import Pause, deadline

CHANGES = {
    "Europe/Berlin": (date(2027, 3, 28), date(2027, 10, 31)),
    "America/New_York": (date(2027, 3, 14), date(2027, 11, 7)),
    "Australia/Sydney": (date(2027, 10, 3), date(2027, 4, 4)),
    "Australia/Lord_Howe": (date(2027, 10, 3), date(2027, 4, 4)),
}
"""Zone: the Sundays on which its clocks go forward and back."""
SUNDAYS = [(zone, sunday, ahead) for zone, pair in CHANGES.items() for sunday, ahead in zip(pair, (1, -1), strict=True)]
NIGHT = (Interval(6, time(0), time(6)),)


def local(zone: str, day: date, hour: int, minute: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute), ZoneInfo(zone)).astimezone(UTC)


def shift(zone: str) -> timedelta:
    """Give by how much the clocks of a zone change."""
    return timedelta(minutes=30) if zone == "Australia/Lord_Howe" else timedelta(hours=1)


@pytest.mark.parametrize(("zone", "sunday", "ahead"), SUNDAYS)
def test_business_hours_go_on_at_the_same_local_hour_after_the_change(zone: str, sunday: date, ahead: int) -> None:
    del ahead
    friday = local(zone, sunday - timedelta(days=2), 15)
    assert business_deadline(friday, 8, Calendar(zone)) == local(zone, sunday + timedelta(days=1), 15)
    free = Calendar(zone, holidays=frozenset({sunday + timedelta(days=1)}))
    assert business_deadline(friday, 8, free) == local(zone, sunday + timedelta(days=2), 15)
    assert business_deadline(friday, 2, Calendar(zone)) == local(zone, sunday - timedelta(days=2), 17)


@pytest.mark.parametrize(("zone", "sunday", "ahead"), SUNDAYS)
def test_the_night_of_the_change_is_as_long_as_it_really_is(zone: str, sunday: date, ahead: int) -> None:
    night = 6 - ahead * shift(zone) / timedelta(hours=1)
    assert business_deadline(local(zone, sunday, 0), night, Calendar(zone, NIGHT)) == local(zone, sunday, 6)


@pytest.mark.parametrize(("zone", "sunday", "ahead"), SUNDAYS)
def test_elapsed_hours_stay_elapsed_and_the_local_hour_moves(zone: str, sunday: date, ahead: int) -> None:
    friday = local(zone, sunday - timedelta(days=1), 10)
    until = deadline(friday, 48)
    assert until == friday + timedelta(hours=48)
    assert until == local(zone, sunday + timedelta(days=1), 10) + ahead * shift(zone)


TENS = timedelta(minutes=10)


@settings(deadline=None, max_examples=50)
@given(
    st.sampled_from(SUNDAYS), st.integers(-1000, 1000), st.integers(0, 60), st.integers(0, 300), st.integers(1, 300),
)  # fmt: skip
def test_a_deadline_leaves_exactly_the_working_time_that_was_asked_for(
    change: tuple[str, date, int], begins: int, hours: int, after: int, long: int
) -> None:
    zone, sunday, _ = change
    calendar = Calendar(zone, (*Calendar().intervals, *NIGHT))
    start = local(zone, sunday, 12) + begins * TENS
    pause = Pause(start + after * TENS, start + (after + long) * TENS)
    until = business_deadline(start, hours, calendar, [pause])
    assert until is not None
    steps = (start + n * TENS for n in range((until - start) // TENS))
    assert sum(_works(one, calendar, pause) for one in steps) == hours * 6


def _works(at: datetime, calendar: Calendar, pause: Pause) -> bool:
    here = at.astimezone(ZoneInfo(calendar.zone))
    inside = any(one.weekday == here.weekday() and one.start <= here.time() < one.end for one in calendar.intervals)
    return inside and not (pause.end is not None and pause.start <= at < pause.end)
