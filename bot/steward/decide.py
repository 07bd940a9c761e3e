"""Decide: (changes, log, now) → reviews. Pure but for the verdict's judge.

The judge is passed in: a child process in the App, a plain call in tests.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime

from bot.steward.heads import policy_key
from bot.store.values import Event, NewEvent
from rules.assessment import Assessment
from rules.calendar import runs_out
from rules.change import Change
from rules.documents import Problem
from rules.problems import problem
from rules.review import Review, review

Judge = Callable[[Change], Assessment]


def judge_all(changes: Iterable[Change], judge: Judge) -> tuple[Assessment, ...]:
    """Judge each change."""
    return tuple(judge(change) for change in changes)


def stand(
    assessments: Iterable[Assessment],
    log: Sequence[Event | NewEvent],
    now: datetime,
    *,
    author: int | None,
    draft: bool = False,
) -> tuple[Review, ...]:
    """Say where the reviews of judged changes stand by the log of the pull request that they belong to."""
    return tuple(
        review(
            one,
            now=now,
            started=None,
            draft=draft,
            facts=_facts(log, one),
            author=author,
            calendar=one.change.contract.policy.calendar,
            missing=tuple(_calendar(one, now)),
        )
        for one in assessments
    )


def _calendar(one: Assessment, now: datetime) -> Iterator[Problem]:
    """Remark that the list of holidays runs out: after its end every working day counts."""
    contract = one.change.contract
    last = None if contract.policy.calendar is None else runs_out(contract.policy.calendar, now)
    if last is not None:
        said = f"The holidays of {contract.name} are listed until {last.isoformat()} only."
        yield problem("holidays_run_out", said, path=contract.source, line=contract.line, source=contract.source)


def _facts(log: Sequence[Event | NewEvent], one: Assessment) -> list[Event | NewEvent]:
    """Leave out the verdicts that were given under another policy: whoever may merge that may also lower them."""
    key = policy_key(one.change.contract)
    return [fact for fact in log if fact.kind != "review.judged" or fact.body.get("policy") == key]
