"""What follows from a message that arrived or did not: owners are told, what waited for it is looked at again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from bot.dispatch.ways import facts_of
from bot.steward.jobs import examination, release_job
from bot.steward.releases.values import ReleaseTarget
from bot.steward.values import Target
from bot.store.transaction import Transaction
from bot.store.values import NewObligation, Obligation, Outcome

LATE = timedelta(hours=4)
"""A message that goes out so much after it was due says when it should have come."""
_FAILED = "delivery.failed"
_UNKNOWN = "delivery.unknown"
_TOLD_ELSEWHERE = frozenset({_FAILED, _UNKNOWN, "release.announced", "release.announced_anew", "release.unreached"})
"""Failures of which nobody is told here: of an announcement the release tells, of the others nobody is left."""


def tell_owners(  # noqa: PLR0913, PLR0917 what they are told of
    transaction: Transaction, one: Obligation, installation: int | None, outcome: Outcome, evidence: Mapping[str, str],
    now: datetime,
) -> None:  # fmt: skip
    """Promise the owners word of a message that did not arrive, or of which nobody knows whether it did."""
    if one.kind in _TOLD_ELSEWHERE:
        return
    facts = facts_of(one.payload)
    told = {
        "contract": one.stream, **facts, "notice": one.kind, "address": evidence["to"],
        "party": facts.get("party") or one.recipient.partition(":")[2], "why": evidence["answer"][:300],
        "by": (now + LATE).isoformat(),
    }  # fmt: skip
    owners: Sequence[str] = one.payload.get("owners") or ("*",)
    kind = _UNKNOWN if outcome == "unknown" else _FAILED
    payload = {"installation": installation, "facts": told}
    for login in owners:
        transaction.owe(
            NewObligation(f"{kind}/{one.key}/user:{login}", kind, one.stream, f"user:{login}", now, payload)
        )


def failed_to_owners(transaction: Transaction, one: Obligation, why: str, now: datetime) -> None:
    """Promise the owners word of a message that came back."""
    evidence = {"to": ", ".join(map(str, one.payload.get("address", ()))) or one.recipient, "answer": why}
    tell_owners(transaction, one, installation_of(transaction, one), "permanent", evidence, now)


def looks_again(transaction: Transaction, obligation: Obligation, installation: int | None) -> None:
    """Have the review or the release looked at again that waits for a message to have reached somebody."""
    kind, *rest = obligation.stream.split(":", 3)
    repository = facts_of(obligation.payload).get("repository", "")
    if installation is None or not (len(rest) >= 2 and rest[0].isdigit() and repository):
        return
    if kind == "pull" and rest[1].isdigit():
        transaction.enqueue(examination(Target(installation, int(rest[0]), repository, int(rest[1]))))
    elif kind == "release" and len(rest) == 3:
        transaction.enqueue(release_job(ReleaseTarget(installation, int(rest[0]), repository, rest[1], rest[2])))


def installation_of(transaction: Transaction, obligation: Obligation) -> int | None:
    """Find the installation that sees the repository: in the obligation, or by the stream, which has its id second."""
    given = str(obligation.payload.get("installation") or facts_of(obligation.payload).get("installation", ""))
    if given.isdigit():
        return int(given)
    repository = obligation.stream.split(":")[1:2]
    if not (repository and repository[0].isdigit()):
        return None
    found = transaction.seen().get(int(repository[0]))
    return None if found is None else found[0]
