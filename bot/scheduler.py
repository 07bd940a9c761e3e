"""The tick: calls functions every so often, and remembers nothing. What is due stands in the store."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, timedelta

from apscheduler.schedulers.background import BackgroundScheduler  # type: ignore[import-untyped]  # it has no types

from bot.failures import tell

log = logging.getLogger(__name__)

_LIKE_A_TICK = {"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
"""However late it is, a tick comes; several missed ones come as one; none begins while the last one runs."""


@dataclass(frozen=True, slots=True)
class Tick:
    """A function to be called every so often, for the first time after one such period."""

    name: str
    every: timedelta
    function: Callable[[], object]


class Scheduler:
    """Calls each tick's function in a thread of its own until it is stopped; what they raise is logged."""

    def __init__(self, ticks: Sequence[Tick]) -> None:
        self._scheduler = BackgroundScheduler(timezone=UTC, job_defaults=_LIKE_A_TICK)
        for tick in ticks:
            self._scheduler.add_job(
                _call, "interval", args=(tick,), id=tick.name, seconds=tick.every.total_seconds()
            )  # fmt: skip

    def start(self) -> None:
        """Begin to tick."""
        self._scheduler.start()

    def stop(self) -> None:
        """Stop, after the functions that are running."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=True)


def _call(tick: Tick) -> None:
    try:
        tick.function()
    except Exception as error:  # noqa: BLE001 told, whatever it is; the next tick may do better
        tell(log, logging.ERROR, "tick failed; it comes again", error, {"action": "tick", "tick": tick.name})
