from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.clock import Pause, deadline, show

DENVER = ZoneInfo("America/Denver")
START = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)


def test_a_deadline_is_elapsed_time_after_its_start() -> None:
    assert deadline(START, 48) == datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


@pytest.mark.parametrize(("month", "day"), [(3, 8), (11, 1)])
def test_summer_time_neither_gives_nor_takes_an_hour(month: int, day: int) -> None:
    start = datetime(2026, month, day, 0, 30, tzinfo=DENVER)
    due = deadline(start, 48)
    assert due is not None
    assert due - start.astimezone(UTC) == timedelta(hours=48)
    assert due.astimezone(DENVER).hour != start.hour


def test_pauses_that_overlap_count_once() -> None:
    pauses = [
        Pause(START + timedelta(hours=1), START + timedelta(hours=5)),
        Pause(START + timedelta(hours=3), START + timedelta(hours=7)),
    ]
    assert deadline(START, 48, pauses) == START + timedelta(hours=54)


def test_a_pause_that_lasts_holds_the_clock() -> None:
    assert deadline(START, 48, [Pause(START + timedelta(hours=1))]) is None


def test_a_pause_after_the_deadline_changes_nothing() -> None:
    assert deadline(START, 48, [Pause(START + timedelta(hours=48))]) == START + timedelta(hours=48)


def test_a_pause_that_a_first_pause_moved_into_reach_counts() -> None:
    pauses = [
        Pause(START + timedelta(hours=49), START + timedelta(hours=50)),
        Pause(START + timedelta(hours=10), START + timedelta(hours=20)),
    ]
    assert deadline(START, 48, pauses) == START + timedelta(hours=59)


def test_a_pause_before_the_start_counts_only_from_the_start() -> None:
    pause = Pause(START - timedelta(hours=5), START + timedelta(hours=1))
    assert deadline(START, 48, [pause]) == START + timedelta(hours=49)
    assert deadline(START, 48, [Pause(START - timedelta(hours=5), START - timedelta(hours=1))]) == deadline(START, 48)


def test_an_instant_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        deadline(datetime(2026, 1, 1), 48)  # noqa: DTZ001 # that is the point


_HOURS = st.integers(min_value=0, max_value=400)


@given(st.lists(st.tuples(_HOURS, _HOURS)), st.tuples(_HOURS, _HOURS), st.integers(min_value=1, max_value=200))
def test_one_more_pause_never_makes_a_deadline_earlier(
    stretches: list[tuple[int, int]], more: tuple[int, int], hours: int
) -> None:
    def made(pairs: list[tuple[int, int]]) -> list[Pause]:
        return [Pause(START + timedelta(hours=a), START + timedelta(hours=a + b)) for a, b in pairs]

    fewer, longer = deadline(START, hours, made(stretches)), deadline(START, hours, made([*stretches, more]))
    assert fewer is not None
    assert longer is not None
    assert START + timedelta(hours=hours) <= fewer <= longer
    assert deadline(START, hours, made(stretches)[::-1]) == fewer


@pytest.mark.parametrize(
    ("instant", "zone", "text"),
    [
        (datetime(2026, 11, 23, 10, 0, tzinfo=UTC), DENVER, "2026-11-23 10:00 UTC (03:00 America/Denver)"),
        (datetime(2026, 11, 23, 3, 59, tzinfo=UTC), DENVER, "2026-11-23 03:59 UTC (2026-11-22 20:59 America/Denver)"),
        (datetime(2026, 11, 23, 10, 0, tzinfo=UTC), UTC, "2026-11-23 10:00 UTC"),
        (datetime(2026, 11, 23, 10, 0, tzinfo=UTC), ZoneInfo("Etc/UTC"), "2026-11-23 10:00 UTC"),
        (
            datetime(2026, 11, 23, 10, 0, tzinfo=timezone(timedelta(hours=2))),
            DENVER,
            "2026-11-23 08:00 UTC (01:00 America/Denver)",
        ),
    ],
)  # fmt: skip
def test_an_instant_is_shown_in_utc_and_in_the_zone(instant: datetime, zone: ZoneInfo, text: str) -> None:
    assert show(instant, zone) == text
