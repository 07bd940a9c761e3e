"""The review of a change: who must say yes, until when, and what the check concludes.

Pure: `now` and the moment the review began come in as arguments, in UTC.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from rules.assessment import Assessment
from rules.clock import deadline, utc
from rules.contract import Owners
from rules.policy import Conclusion, conclusion, review_hours
from rules.verdict import Verdict

__all__ = ["Approval", "Conclusion", "Review", "ReviewState", "approvals", "review"]

ReviewState = Literal["none", "notify", "pending", "blocked"]


@dataclass(frozen=True, slots=True)
class Approval:
    """One approval that the review needs: who gives it ("team", "role", "user") and by which name."""

    kind: Literal["team", "role", "user"]
    name: str
    people: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Review:
    """Where the review of one change stands.

    `state`: "none" nothing to review, "notify" owners are told and nobody has to act, "pending" approvals are
    awaited, "blocked" a to-do of the author comes first. `deadline` is UTC; `None` where no clock runs, either
    because none is owed or because the pull request is a draft (`paused` then says why). `overdue` says that the
    deadline has passed and the approvals are still awaited.
    """

    assessment: Assessment
    state: ReviewState
    needs: tuple[Approval, ...] = ()
    started: datetime | None = None
    deadline: datetime | None = None
    paused: str = ""
    silence_approves: bool = False
    conclusion: Conclusion = "success"
    overdue: bool = False

    @property
    def grade(self) -> Verdict:
        """The review's class."""
        return self.assessment.grade


DRAFT = "the pull request is a draft"
UNUSABLE = "a document cannot be used yet"


def review(assessment: Assessment, *, now: datetime, started: datetime | None, draft: bool = False) -> Review:
    """Say where the review of a change stands before anyone has answered.

    `started` is when the clock began, `None` where it has not; both instants are aware. No clock runs for a draft, nor
    while a document cannot be used; the missing to-dos of an author block, but do not stop the reviewers' clock.
    """
    grade, contract = assessment.grade, assessment.change.contract
    state = _state(assessment)
    needs = approvals(contract.owners, contract.maintainers, grade)
    paused = _paused(assessment, draft=draft)
    hours = review_hours(contract.policy, grade)
    runs = started is not None and hours is not None and not paused
    until = deadline(started, hours) if runs and started and hours is not None else None
    return Review(
        assessment=assessment,
        state=state,
        needs=needs,
        started=None if started is None else utc(started),
        deadline=until,
        paused=paused,
        silence_approves=_silence_approves(assessment, state, needs),
        conclusion=contract.policy.on_error if assessment.failed else conclusion(state, contract.enforcement, now),
        overdue=until is not None and utc(now) > until,
    )


def approvals(owners: Owners, maintainers: tuple[str, ...], grade: Verdict) -> tuple[Approval, ...]:
    """List who has to say yes: every team, for MAJOR every named role too; nobody below MINOR.

    A contract without teams asks each of its users; without those each named role, then each listed maintainer.
    """
    if grade < Verdict.MINOR:
        return ()
    teams = tuple(Approval("team", name) for name in owners.teams)
    users = tuple(Approval("user", name, (name,)) for name in owners.users)
    roles = tuple(Approval("role", role.name, role.people) for role in owners.roles)
    named = teams or users
    if grade is Verdict.MAJOR:
        named += roles
    return named or roles or tuple(Approval("user", name, (name,)) for name in maintainers)


def _state(assessment: Assessment) -> ReviewState:
    if assessment.blocking:
        return "blocked"
    by_grade: dict[Verdict, ReviewState] = {Verdict.NONE: "none", Verdict.PATCH: "notify"}
    return by_grade.get(assessment.grade, "pending")


def _paused(assessment: Assessment, *, draft: bool) -> str:
    if assessment.comparison is None and assessment.blocking:
        return UNUSABLE
    return DRAFT if draft and assessment.grade >= Verdict.MINOR else ""


def _silence_approves(assessment: Assessment, state: ReviewState, needs: tuple[Approval, ...]) -> bool:
    """Silence is an answer only to a MINOR change that somebody is asked about and that lacks nothing."""
    says_so = assessment.change.contract.policy.on_silence == "approve"
    return says_so and state == "pending" and assessment.grade is Verdict.MINOR and bool(needs)
