"""What time it is, as a value that is passed in: nothing but this module asks the system."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

Clock = Callable[[], datetime]
"""Answers the present moment as an aware datetime in UTC."""


def system_clock() -> datetime:
    """Ask the system; aware, in UTC."""
    return datetime.now(UTC)


class ShiftableClock:
    """A clock that runs with another and can be moved forward, for stories told faster than life.

    Safe between threads. It never goes back, because promises were made by what it said.
    """

    def __init__(self, base: Clock = system_clock) -> None:
        self._base = base
        self._lock = threading.Lock()
        self._offset = timedelta()

    def __call__(self) -> datetime:
        """Answer the shifted moment, in UTC."""
        with self._lock:
            return self._base() + self._offset

    def advance(self, by: timedelta) -> datetime:
        """Move forward by a duration and answer the new moment; `ValueError` for a negative one."""
        if by < timedelta():
            raise ValueError(f"a clock goes forward only, not by {by}")
        with self._lock:
            self._offset += by
        return self()
