"""Rate limits: so many requests an hour for each installation, told in the headers of every answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

WINDOW = timedelta(hours=1)
_UNLIMITED_RESOURCES = ("search",)


@dataclass
class Allowance:
    """What is left of one hour."""

    limit: int
    reset: datetime
    used: int = 0

    @property
    def remaining(self) -> int:
        """Requests that may still be made."""
        return max(self.limit - self.used, 0)

    def shape(self) -> dict[str, int]:
        """`rate-limit`."""
        reset = int(self.reset.timestamp())
        return {"limit": self.limit, "remaining": self.remaining, "reset": reset, "used": self.used}

    def headers(self) -> dict[str, str]:
        """The headers that tell the same."""
        told = {f"X-RateLimit-{name.capitalize()}": str(value) for name, value in self.shape().items()}
        return told | {"X-RateLimit-Resource": "core"}


class RateLimits:
    """The allowances of all callers; `limit` may be lowered by a test and counts from the next window."""

    def __init__(self, clock: Callable[[], datetime], limit: int = 5000) -> None:
        self.limit = limit
        self._clock = clock
        self._allowances: dict[str, Allowance] = {}

    def of(self, caller: str) -> Allowance:
        """The allowance of a caller in the present hour."""
        now = self._clock()
        found = self._allowances.get(caller)
        if found is None or found.reset <= now:
            found = self._allowances[caller] = Allowance(self.limit, now + WINDOW)
        return found

    def overview(self, caller: str) -> dict[str, Any]:
        """`rate-limit-overview`."""
        core = self.of(caller).shape()
        return {"resources": {"core": core, **dict.fromkeys(_UNLIMITED_RESOURCES, core)}, "rate": core}
