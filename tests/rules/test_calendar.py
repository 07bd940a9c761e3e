from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from hypothesis import given
from hypothesis import strategies as st

from rules.calendar import Calendar, Interval, business_deadline, runs_out
from rules.clock import Pause

DENVER = Calendar("America/Denver")
FRIDAY = datetime(2026, 11, 20, 22, 0, tzinfo=UTC)  # 15:00 in Denver


def test_working_hours_go_on_after_the_weekend() -> None:
    assert business_deadline(FRIDAY, 4, DENVER) == datetime(2026, 11, 23, 18, 0, tzinfo=UTC)


def test_a_holiday_gives_no_working_time() -> None:
    free = Calendar("America/Denver", holidays=frozenset({date(2026, 11, 23)}))
    assert business_deadline(FRIDAY, 4, free) == datetime(2026, 11, 24, 18, 0, tzinfo=UTC)


def test_working_time_on_the_days_of_both_clock_changes_is_as_long_as_it_really_is() -> None:
    night = Calendar("America/Denver", (Interval(6, time(0), time(6)),))
    spring = datetime(2026, 3, 8, 7, 0, tzinfo=UTC)  # midnight; 02:00 becomes 03:00, so five hours until 06:00
    assert business_deadline(spring, 5, night) == spring + timedelta(hours=5)
    assert business_deadline(spring, 6, night) == datetime(2026, 3, 15, 7, 0, tzinfo=UTC)
    autumn = datetime(2026, 11, 1, 6, 0, tzinfo=UTC)  # midnight; 02:00 becomes 01:00, so seven hours until 06:00
    assert business_deadline(autumn, 7, night) == autumn + timedelta(hours=7)


def test_a_pause_is_not_counted_and_an_open_one_holds() -> None:
    noon = FRIDAY + timedelta(hours=1)
    assert business_deadline(FRIDAY, 2, DENVER, [Pause(noon, noon + timedelta(minutes=30))]) == datetime(
        2026, 11, 23, 16, 30, tzinfo=UTC
    )
    assert business_deadline(FRIDAY, 2, DENVER, [Pause(noon)]) is None


def test_a_calendar_without_working_time_has_no_deadline() -> None:
    assert business_deadline(FRIDAY, 1, Calendar(intervals=())) is None


def test_overlapping_intervals_count_once() -> None:
    twice = Calendar(intervals=(Interval(0, time(9), time(12)), Interval(0, time(10), time(13))))
    assert business_deadline(FRIDAY, 4, twice) == datetime(2026, 11, 23, 13, 0, tzinfo=UTC)


def test_somebody_is_told_before_the_list_of_holidays_runs_out() -> None:
    listed = Calendar(listed_until=date(2026, 12, 31))
    assert runs_out(listed, FRIDAY) == date(2026, 12, 31)
    assert runs_out(listed, FRIDAY - timedelta(days=60)) is None
    assert runs_out(Calendar(), FRIDAY) is None


@given(st.lists(st.tuples(st.integers(0, 90), st.integers(0, 40)), max_size=4), st.integers(0, 90), st.integers(0, 40))
def test_a_further_pause_never_makes_it_earlier(pauses: list[tuple[int, int]], begin: int, length: int) -> None:
    def made(stretches: list[tuple[int, int]]) -> list[Pause]:
        return [Pause(FRIDAY + timedelta(hours=a), FRIDAY + timedelta(hours=a + b)) for a, b in stretches]

    fewer = business_deadline(FRIDAY, 20, DENVER, made(pauses))
    more = business_deadline(FRIDAY, 20, DENVER, made([*pauses, (begin, length)]))
    assert fewer is not None
    assert more is not None
    assert fewer <= more
