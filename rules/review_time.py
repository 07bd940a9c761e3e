"""The clock of a review: when it began, until when an answer is due, and when silence may count as one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from rules.calendar import Calendar, business_deadline
from rules.clock import Pause, deadline, utc
from rules.contract import Contract
from rules.policy import review_hours
from rules.review_ledger import Ledger
from rules.verdict import Verdict

AFTER_OBJECTION = 24
"""So many hours remain at least once an objection has fallen."""

EMERGENCY = 1
"""The hours in which a critical fix is answered."""


class Asked(Protocol):
    """An approval that is needed; `rules.review.Approval` is one."""

    @property
    def kind(self) -> str:
        """A team, a role, or a user."""
        ...

    @property
    def name(self) -> str:
        """By which name."""
        ...


@dataclass(frozen=True, slots=True)
class Term:
    """The times of a review, in UTC; `None` where there is none, or a pause without an end holds the clock."""

    started: datetime | None = None
    deadline: datetime | None = None
    silent_at: datetime | None = None


def term(  # noqa: PLR0913 everything that a deadline is a function of
    ledger: Ledger,
    contract: Contract,
    grade: Verdict,
    *,
    started: datetime | None,
    asked: Iterable[Asked],
    calendar: Calendar | None = None,
) -> Term:
    """Compute the times of a review: a function of its start, its target, its pauses and the calendar, nothing else."""
    began = _began(ledger, started, grade)
    hours = EMERGENCY if ledger.emergency is not None else review_hours(contract.policy, grade)
    if began is None or hours is None or grade < Verdict.MINOR:
        return Term(began)
    until = _later(
        _run(began, hours, ledger.pauses, None if ledger.emergency else calendar),
        *(deadline(one.ended, AFTER_OBJECTION, ledger.pauses) for one in ledger.objections if one.ended is not None),
    )
    reached = dict(ledger.reached)
    told = [reached.get(audience(one)) for one in asked]
    if until is None or not told or None in told:
        return Term(began, until)
    last = max(utc(one) for one in told if one is not None)
    return Term(began, until, _later(until, _run(max(last, began), hours, ledger.pauses, calendar)))


def audience(asked: Asked) -> str:
    """Name whom a notice has to reach, as the log's `review.noticed` does."""
    return f"{asked.kind}:{asked.name}"


def _run(start: datetime, hours: float, pauses: tuple[Pause, ...], calendar: Calendar | None) -> datetime | None:
    if calendar is None:
        return deadline(start, hours, pauses)
    return business_deadline(start, hours, calendar, pauses)


def _later(*instants: datetime | None) -> datetime | None:
    """Give the latest; `None` where any of them is not known, because a clock stands still."""
    known = [one for one in instants if one is not None]
    return max(known) if len(known) == len(instants) else None


def _began(ledger: Ledger, started: datetime | None, grade: Verdict) -> datetime | None:
    """Give when the clock began: with the digest, anew where an engine raised the class, or with the emergency."""
    first = ledger.started or started
    if ledger.emergency is not None:
        return utc(ledger.emergency[0])
    if first is None:
        return None
    raised = [at for at, judged in ledger.graded if judged >= grade]
    earlier = [at for at, judged in ledger.graded if judged < grade]
    reopened = min(raised) if raised and earlier and min(earlier) < min(raised) else first
    return max(utc(first), utc(reopened))
