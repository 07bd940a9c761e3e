"""Moments and small values for the tests of the store."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bot.store import Store
from bot.store.values import Lease, NewEvent

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
LEASE = timedelta(seconds=60)


def at(seconds: float) -> datetime:
    """Make a moment so many seconds after noon."""
    return NOON + timedelta(seconds=seconds)


def fact(source_id: str, when: datetime = NOON, **body: object) -> NewEvent:
    """Make an event with an id and a time."""
    return NewEvent("said", source_id, when, body)


def claim(store: Store, now: datetime = NOON, pools: list[str] | None = None) -> Lease | None:
    """Claim in a transaction of its own."""
    with store.transaction() as transaction:
        return transaction.claim(now, lease=LEASE, pools=pools)


def claimed(store: Store, now: datetime = NOON, pools: list[str] | None = None) -> Lease:
    """Claim what has to be there."""
    lease = claim(store, now, pools)
    assert lease is not None
    return lease


def finish(store: Store, lease: Lease, now: datetime = NOON) -> bool:
    """Finish in a transaction of its own."""
    with store.transaction() as transaction:
        return transaction.finish(lease, now)
