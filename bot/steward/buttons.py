"""The buttons of the check run: the two or three commands that are most useful next, drawn for one state."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bot.github.values import Button
from rules.jsontext import digest
from rules.review import Review

MOST = 3


def version(reviews: Sequence[Review]) -> str:
    """Make a key of what buttons are about: the documents, their classes, and the conditions that are counted."""
    told = [
        [
            one.assessment.change.contract.name, one.assessment.change.digest, one.grade.name,
            [] if one.ledger is None else [condition.id for condition in one.ledger.conditions],
        ]
        for one in reviews
    ]  # fmt: skip
    return digest(told)[:10]


def buttons(reviews: Sequence[Review]) -> tuple[Button, ...]:
    """List the buttons of a check; none where nobody has anything to answer."""
    open_ = [one for one in reviews if one.state in ("pending", "blocked")]
    if not open_:
        return ()
    key = version(reviews)
    found = [Button(label, said, f"{command}.{key}") for label, said, command in _wanted(open_)]
    return (*found[: MOST - 1], Button("Recheck", "Read everything again", f"recheck.{key}"))


def _wanted(reviews: Sequence[Review]) -> Iterator[tuple[str, str, str]]:
    ledgers = [one.ledger for one in reviews if one.ledger is not None]
    if any(one.state == "pending" and one.awaited for one in reviews):
        yield "Approve", "Say yes to what is shown here", "approve"
    if any(ledger.blocking for ledger in ledgers):
        yield "Withdraw", "Take your objection or your yes back", "withdraw"
    if any(one.paused == "the review is held" for one in reviews):
        yield "Let the clock run", "End every hold of this review", "unhold"
