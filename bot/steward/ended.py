"""Look up how the review of a pull request ended that is not open any more, to answer what is still said there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from bot.github.errors import NotFound
from bot.github.repository import Repository
from bot.github.values import PullRequest
from bot.steward.observe import is_ours, own_comments
from bot.steward.releases.known import releases
from bot.steward.talk import Log
from bot.steward.values import Target, UpdateComment
from bot.store import Store
from notices.ended import Closing, Ending, comment
from rules.migration_state import Migration
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


def left_behind(
    repository: Repository, pull: PullRequest, known: int | None, bot: str, found: Ending
) -> Iterator[UpdateComment]:
    """Have our comment say that the review is over; `known` is its number where that is remembered."""
    try:
        ours = (repository.comment(known),) if known else own_comments(repository, pull, bot)[:1]
    except NotFound:
        return
    for one in ours:
        body = comment(one.body, found)
        if body != one.body and is_ours(one, repository, bot):
            yield UpdateComment(one.id, body)


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
        known = releases(transaction, target.repository_id, now)
        yield from (release for _, release in known if release.pull == target.number)
