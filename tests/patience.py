"""How tests wait for what other threads and processes do: until it is so, and much longer than any machine needs."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

Found = TypeVar("Found")

PATIENCE = 240.0
"""Seconds. A machine that does many other things is slow, and no test measures time."""


def until(true: Callable[[], Found | None]) -> Found:
    """Wait until something is so, and give it; an `AssertionError` where it does not become so."""
    end = time.monotonic() + PATIENCE
    while not (found := true()):
        assert time.monotonic() < end, f"it did not become so within {PATIENCE:.0f} seconds"
        time.sleep(0.02)
    return found
