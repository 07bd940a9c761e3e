"""Rate limits: a job that meets one waits as long as GitHub asks, which counts as no attempt."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from bot.clock import Clock
from bot.github.errors import RateLimited
from bot.worker import Retry

_LEAST_WAIT = timedelta(seconds=1)


@contextmanager
def patient(clock: Clock) -> Iterator[None]:
    """Turn a rate limit in the block into a request to be called again at the moment that GitHub names."""
    try:
        yield
    except RateLimited as limit:
        raise Retry(max(limit.retry_at - clock(), _LEAST_WAIT), str(limit)) from limit
