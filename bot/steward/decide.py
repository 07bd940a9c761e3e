"""Decide: (observation, log, now) → reviews, and what the log must remember of them. Pure but for the verdict's judge.

The judge is passed in: a child process in the App, a plain call in tests.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from bot.steward.values import Observation
from bot.store.values import Event, NewEvent
from rules.assessment import Assessment
from rules.change import Change
from rules.review import Review, review

SUBMITTED = "review.submitted"

Judge = Callable[[Change], Assessment]


def admit(observation: Observation, now: datetime) -> tuple[NewEvent, ...]:
    """List what GitHub could not tell again: the moment at which each change was first ready for review.

    The moment belongs to the digest: a push that leaves the documents alone starts nothing anew, and a digest that
    comes back finds its clock as it was. A draft is not ready.
    """
    if observation.pull.draft:
        return ()
    return tuple(
        NewEvent(
            kind=SUBMITTED,
            source_id=_submission(change),
            source_time=now,
            body={"contract": change.contract.name, "digest": change.digest, "head": observation.pull.head_sha},
            actor_id=observation.pull.author_id,
        )
        for change in observation.changes
    )


def decide(
    observation: Observation, log: Sequence[Event | NewEvent], now: datetime, judge: Judge
) -> tuple[Review, ...]:
    """Judge every change of a pull request and say where its review stands."""
    return stand(observation.changes, log, now, judge, draft=observation.pull.draft)


def stand(
    changes: Sequence[Change], log: Sequence[Event | NewEvent], now: datetime, judge: Judge, *, draft: bool = False
) -> tuple[Review, ...]:
    """Judge changes and say where their reviews stand by the log of the pull request that they belong to."""
    started = {event.source_id: event.source_time for event in log if event.kind == SUBMITTED}
    return tuple(
        review(
            judge(change),
            now=now,
            started=started.get(_submission(change)),
            draft=draft,
        )
        for change in changes
    )


def _submission(change: Change) -> str:
    return f"submitted:{change.contract.name}:{change.digest}"
