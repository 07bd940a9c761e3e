"""Rate limits and suspensions: a job waits as long as GitHub asks, and is quiet where the App's owner asks for it."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from bot.clock import Clock
from bot.github.errors import RateLimited, Suspended
from bot.worker import Retry

log = logging.getLogger(__name__)

_LEAST_WAIT = timedelta(seconds=1)


@contextmanager
def patient(clock: Clock) -> Iterator[None]:
    """Turn a rate limit in the block into a request to be called again at the moment that GitHub names.

    It counts as no attempt. Where the installation is suspended the block ends in silence: once it is unsuspended,
    everything is looked at again.
    """
    try:
        yield
    except RateLimited as limit:
        raise Retry(max(limit.retry_at - clock(), _LEAST_WAIT), str(limit)) from limit
    except Suspended as suspended:
        log.info("suspended: %s", suspended, extra={"action": "suspended"})
