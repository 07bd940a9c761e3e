"""What was approved elsewhere and comes along: the App's own pull request moves documents that people approved before.

Only pull requests that the App itself opened, from a branch that it named, take approvals over, and only of exactly the
documents that were approved: an approval belongs to a digest.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

from bot.github.values import PullRequest
from bot.steward.house import Steward
from bot.steward.tidying import BRANCH
from bot.steward.values import Target
from bot.store.values import Event
from rules.assessment import Assessment

_APPROVED = "review.approved_at_last"
_COMES_ALONG = frozenset({_APPROVED, "review.approved", "review.judged", "review.waived", "review.meeting_held"})


def carried(
    steward: Steward, target: Target, pull: PullRequest, assessments: Iterable[Assessment]
) -> tuple[Event, ...]:
    """Give the facts by which these documents were approved in other pull requests of the repository."""
    if not pull.head_ref.startswith(BRANCH) or pull.author != steward.app.login():
        return ()
    digests = {one.change.digest for one in assessments}
    if not digests:
        return ()
    with steward.store.reading() as transaction:
        facts = transaction.facts_of("review.", stream=f"pull:{target.repository_id}:")
        logs = [list(group) for stream, group in groupby(facts, key=lambda one: one.stream) if stream != target.stream]
    return tuple(
        fact for log in logs for fact in log if fact.kind in _COMES_ALONG and _about(fact, digests & _approved(log))
    )


def _approved(log: Iterable[Event]) -> set[str]:
    return {str(one.body.get("digest")) for one in log if one.kind == _APPROVED}


def _about(fact: Event, digests: set[str]) -> bool:
    return bool(digests) and fact.body.get("digest") in (*digests, None)
