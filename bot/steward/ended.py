"""Look up how the review of a pull request ended that is not open any more, to answer what is still said there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from bot.steward.talk import Log
from bot.steward.values import Target
from bot.store import Store
from notices.ended import Closing, Ending
from rules.migration_state import Migration
from rules.release_ledger import fold as fold_release
from rules.release_state import Release
from rules.review_ledger import fold
from rules.verdict import Verdict


def reviewed(log: Log) -> bool:
    """Say whether there ever was a review here; where there was none nothing is answered."""
    return any(one.kind == "review.pushed" for one in log)


def ending(  # noqa: PLR0913 where it is looked up, and what is known already
    store: Store, target: Target, log: Log, migrations: Iterable[Migration], now: datetime, *, merged: bool
) -> Ending:
    """Give how each review ended, and the migrations and releases that came of the pull request."""
    return Ending(merged, tuple(_closings(log, now)), tuple(migrations), tuple(_releases(store, target, now)))


def _closings(log: Log, now: datetime) -> Iterator[Closing]:
    # What was closed has no documents any more (an empty digest); what was reviewed last is meant.
    pushed = [one.body for one in log if one.kind == "review.pushed" and one.body["digest"]]
    last = {str(one["contract"]): str(one["digest"]) for one in pushed}
    by = {
        (one.body.get("contract"), one.body.get("digest")): str(one.body.get("by", ""))
        for one in log if one.kind == "review.approved_at_last"
    }  # fmt: skip
    for contract, digest in sorted(last.items()):
        ledger = fold(log, contract, digest, now=now)
        found = max((grade for _, grade in ledger.graded), default=Verdict.NONE)
        grade = found if ledger.override is None else ledger.override[0]
        yield Closing(contract, grade, by.get((contract, digest), ""), ledger)


def _releases(store: Store, target: Target, now: datetime) -> Iterator[Release]:
    with store.reading() as transaction:
        for stream in transaction.streams(f"release:{target.repository_id}:"):
            found = fold_release(transaction.events(stream), now=now)
            if found is not None and found.pull == target.number:
                yield found
