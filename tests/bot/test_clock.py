"""Clocks."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.clock import ShiftableClock, system_clock
from tests.bot.store.moments import NOON


def test_the_system_clock_answers_in_utc() -> None:
    assert system_clock().utcoffset() == timedelta()


def test_a_shiftable_clock_runs_with_its_base_and_is_moved_forward() -> None:
    clock = ShiftableClock(lambda: NOON)
    assert clock() == NOON
    assert clock.advance(timedelta(days=60)) == NOON + timedelta(days=60)
    clock.advance(timedelta(hours=1))
    assert clock() == NOON + timedelta(days=60, hours=1)


def test_a_clock_never_goes_back() -> None:
    clock = ShiftableClock(lambda: NOON)
    with pytest.raises(ValueError, match="forward only"):
        clock.advance(timedelta(seconds=-1))
    assert clock() == NOON
