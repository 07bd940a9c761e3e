"""The releases of a repository, as their logs tell of them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from bot.steward.releases.values import ReleaseTarget, stream_of
from bot.store.transaction import Transaction
from rules.release_ledger import fold
from rules.release_state import Release


def releases(
    transaction: Transaction, repository_id: int, now: datetime, contract: str = ""
) -> Iterator[tuple[str, Release]]:
    """Give each release with its stream, in the order of the streams' names; those of one contract, or all."""
    prefix = stream_of(repository_id, contract, "") if contract else f"{ReleaseTarget.kind}:{repository_id}:"
    for stream in transaction.streams(prefix):
        found = fold(transaction.events(stream), now=now)
        if found is not None:
            yield stream, found
