"""How often one address, and one person, may ask: a bucket of tokens for each, refilled steadily.

The buckets are in memory, one set for each process: a limit that forgets at a restart still holds a flood back.
Deliveries and probes are not counted: the first are signed, the second cost nothing.
"""

from __future__ import annotations

import ipaddress
import math
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from datetime import datetime

from flask import Flask, Response, request

from bot.clock import Clock

MOST_BUCKETS = 10_000
UNCOUNTED = frozenset({"/healthz", "/readyz", "/metrics"})


@dataclass(frozen=True, slots=True)
class Limit:
    """So many at once, and so many a minute from then on."""

    burst: int
    a_minute: int


LIMITS: Mapping[str, Limit] = {
    "address": Limit(burst=300, a_minute=600),
    "person": Limit(burst=120, a_minute=240),
    "sign-in from an address": Limit(burst=20, a_minute=20),
    "sign-in of a person": Limit(burst=10, a_minute=5),
}
"""Whole offices share an address; a person reads no more than a few pages a second."""


class Buckets:
    """Counts by limit and by whom; the buckets longest not asked for are forgotten first. Safe between threads."""

    def __init__(self, clock: Clock, limits: Mapping[str, Limit] = LIMITS) -> None:
        self._clock = clock
        self._limits = limits
        self._lock = threading.Lock()
        self._held: OrderedDict[tuple[str, Hashable], tuple[float, datetime]] = OrderedDict()

    def take(self, name: str, who: Hashable) -> int:
        """Take a token; 0, or the whole seconds to wait for the next where there is none."""
        limit, now = self._limits[name], self._clock()
        with self._lock:
            tokens, since = self._held.pop((name, who), (float(limit.burst), now))
            passed = max(0.0, (now - since).total_seconds())
            tokens = min(limit.burst, tokens + passed * limit.a_minute / 60)
            enough = tokens >= 1
            self._held[name, who] = (tokens - enough, now)
            if len(self._held) > MOST_BUCKETS:
                self._held.popitem(last=False)
        return 0 if enough else max(1, math.ceil((1 - tokens) * 60 / limit.a_minute))


def guard(app: Flask, buckets: Buckets, person: Callable[[], int | None], refuse: Callable[[int], Response]) -> None:
    """Count every request for a page; `person` tells who is signed in, `refuse` answers with the seconds to wait."""

    @app.before_request
    def count() -> Response | None:
        if request.path in UNCOUNTED:
            return None
        name = "sign-in from an address" if request.path.startswith("/sign-in") else "address"
        seconds = buckets.take(name, whence(request.remote_addr))
        who = None if seconds else person()
        if who is not None:
            seconds = buckets.take("person", who)
        return refuse(seconds) if seconds else None


def whence(address: str | None) -> str:
    """Name where a request comes from; one customer has a /64 of IPv6 (RFC 6177), so that counts as one."""
    try:
        found = ipaddress.ip_address(address or "")
    except ValueError:
        return "unknown"
    if isinstance(found, ipaddress.IPv6Address):
        return str(found.ipv4_mapped or ipaddress.ip_network((found, 64), strict=False))
    return str(found)
