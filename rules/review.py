"""The review of a change: who must say yes, who has, until when, and what the check concludes.

Pure: `now` and the log come in as arguments, all instants aware; the same facts give the same review in whatever
order they arrived.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from rules import accompany
from rules.assessment import Assessment
from rules.calendar import Calendar
from rules.clock import utc
from rules.contract import Owners
from rules.documents import Problem
from rules.policy import Conclusion, Situation, conclusion
from rules.review_events import Fact
from rules.review_ledger import Given, Ledger, fold
from rules.review_time import term
from rules.verdict import Verdict

__all__ = ["Approval", "Conclusion", "Link", "Review", "ReviewState", "approvals", "review"]

ReviewState = Literal["none", "notify", "pending", "blocked", "approved", "rejected"]


@dataclass(frozen=True, slots=True)
class Approval:
    """One approval that the review needs: who gives it ("team", "role", "user") and by which name."""

    kind: Literal["team", "role", "user"]
    name: str
    people: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Link:
    """One link of the approval chain: what is needed, and who gave it; nobody yet where `given` is empty."""

    needed: Approval
    given: tuple[Given, ...] = ()


@dataclass(frozen=True, slots=True)
class Review:
    """Where the review of one change stands.

    `state`: "none" nothing to review, "notify" owners are told and nobody has to act, "pending" approvals are
    awaited, "blocked" a to-do of the author or an objection comes first, "approved", "rejected" by a maintainer.
    `deadline` is UTC; `None` where no clock runs, because none is owed or because it stands still (`paused` says why).
    `overdue` says that the deadline has passed and the approvals are still awaited. `chain` is who has said yes to
    what, `ledger` what the log says, `silent_at` the moment at which silence approves if nothing happens, and
    `approved_by` how the review was approved. `klass` is the class where the log raised or overrode the assessment's,
    `missing` what is still to be put in order, with that which was waived taken out.
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
    chain: tuple[Link, ...] = ()
    ledger: Ledger | None = None
    silent_at: datetime | None = None
    approved_by: Literal["", "people", "silence"] = ""
    klass: Verdict | None = None
    missing: tuple[Problem, ...] = ()

    @property
    def grade(self) -> Verdict:
        """The review's class."""
        return self.assessment.grade if self.klass is None else self.klass

    @property
    def awaited(self) -> tuple[Approval, ...]:
        """The approvals that nobody has given yet."""
        return tuple(link.needed for link in self.chain if not link.given)


DRAFT = "the pull request is a draft"
UNUSABLE = "a document cannot be used yet"
OBJECTED = "changes are requested"
HELD = "the review is held"

_SITUATIONS: dict[ReviewState, Situation] = {
    "none": "none", "notify": "notify", "pending": "pending", "blocked": "blocked", "approved": "approved",
    "rejected": "blocked",
}  # fmt: skip


def review(  # noqa: PLR0913 the facts, the moment, and what GitHub says of the pull request
    assessment: Assessment,
    *,
    now: datetime,
    started: datetime | None,
    draft: bool = False,
    facts: Iterable[Fact] = (),
    author: int | None = None,
    calendar: Calendar | None = None,
    missing: tuple[Problem, ...] = (),
) -> Review:
    """Say where the review of a change stands at `now`, by the log.

    `started` is when the clock began, where the log does not say. `author` is a GitHub user id; without it nobody's
    yes counts. `calendar` counts the review time in business hours. `missing` is what must accompany the change and
    does not, beside what `rules.accompany` finds. No clock runs for a draft, nor while a document cannot be used;
    the missing to-dos of an author block, but do not stop the reviewers' clock.
    """
    ledger = fold(facts, assessment.change.contract.name, assessment.change.digest, now=now)
    grade = grade_of(assessment, ledger)
    contract = assessment.change.contract
    needs = _needs(assessment, ledger, grade)
    chain = tuple(Link(one, _givers(one, ledger, grade, author)) for one in needs)
    paused = _paused(assessment, ledger, grade, now, draft=draft)
    owed = (*missing, *accompany.missing(assessment, now=now, grade=grade, ledger=ledger))
    still = tuple(one for one in (*assessment.blocking, *owed) if one.code not in ledger.waived)
    times = term(ledger, contract, grade, started=started, asked=needs, calendar=calendar)
    stopped = paused in (DRAFT, UNUSABLE, OBJECTED)
    asks = _state(ledger, grade, blocked=any(one.blocking for one in still))
    silent = asks == "pending" and _silence_approves(assessment, ledger, grade, needs)
    silent_at = times.silent_at if silent and not paused else None
    state, by = _answered(asks, chain, ledger, silent=silent_at is not None and utc(now) >= silent_at)
    until = None if stopped else times.deadline
    return Review(
        assessment=assessment,
        state=state,
        needs=needs,
        started=times.started,
        deadline=until,
        paused=paused,
        silence_approves=silent,
        conclusion=contract.policy.on_error
        if assessment.failed
        else conclusion(_SITUATIONS[state], contract.enforcement, now),
        overdue=until is not None and utc(now) > until and state in ("pending", "blocked"),
        chain=chain,
        ledger=ledger,
        silent_at=silent_at,
        approved_by=by,
        klass=None if grade is assessment.grade else grade,
        missing=still,
    )


def grade_of(assessment: Assessment, ledger: Ledger) -> Verdict:
    """Give the review's class: the assessment's, raised by what an engine once said of the same documents.

    A verdict that a newer engine lowers approves nothing, so the highest stands. A maintainer's override takes its
    place, unless an engine has since found more than what was overridden; the declared bump always counts.
    """
    found = max((grade for _, grade in ledger.graded), default=Verdict.NONE)
    if ledger.override is not None:
        said, instead_of = ledger.override
        verdict = Verdict.MAJOR if assessment.verdict is None else assessment.verdict
        if max(verdict, found) <= max(instead_of, said):
            return max(said, assessment.versions.bump or Verdict.NONE)
    return max(assessment.grade, found)


def _needs(assessment: Assessment, ledger: Ledger, grade: Verdict) -> tuple[Approval, ...]:
    contract = assessment.change.contract
    if ledger.emergency is not None and grade >= Verdict.MINOR:
        return (Approval("role", "release owner", contract.release_owners),)
    return approvals(contract.owners, contract.maintainers, grade)


def _givers(needed: Approval, ledger: Ledger, grade: Verdict, author: int | None) -> tuple[Given, ...]:
    """List whose yes meets a need: never the author's or a pusher's, nor one given to less than what stands now."""
    if author is None:
        return ()
    barred = {author, *ledger.pushers}
    return tuple(
        one for one in ledger.approvals
        if one.actor not in barred and one.grade >= grade and _has(one, needed, emergency=ledger.emergency is not None)
    )  # fmt: skip


def _has(given: Given, needed: Approval, *, emergency: bool) -> bool:
    if needed.kind == "team":
        return needed.name in given.teams
    if emergency:
        return given.release_owner
    if needed.kind == "role":
        return needed.name in given.roles
    return given.login.casefold() == needed.name.casefold()


def _answered(
    state: ReviewState, chain: tuple[Link, ...], ledger: Ledger, *, silent: bool
) -> tuple[ReviewState, Literal["", "people", "silence"]]:
    if state != "pending" or not chain or ledger.pending("merge"):
        return state, ""
    if all(link.given for link in chain):
        return "approved", "people"
    return ("approved", "silence") if silent else (state, "")


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


def _state(ledger: Ledger, grade: Verdict, *, blocked: bool) -> ReviewState:
    if ledger.rejected is not None:
        return "rejected"
    if blocked or (ledger.blocking and grade > Verdict.NONE):
        return "blocked"
    by_grade: dict[Verdict, ReviewState] = {Verdict.NONE: "none", Verdict.PATCH: "notify"}
    return by_grade.get(grade, "pending")


def _paused(assessment: Assessment, ledger: Ledger, grade: Verdict, now: datetime, *, draft: bool) -> str:
    if assessment.comparison is None and assessment.blocking:
        return UNUSABLE
    if grade < Verdict.MINOR:
        return ""
    if draft:
        return DRAFT
    if ledger.blocking:
        return OBJECTED
    return HELD if any(one.until > utc(now) for one in ledger.holds) else ""


def _silence_approves(assessment: Assessment, ledger: Ledger, grade: Verdict, needs: tuple[Approval, ...]) -> bool:
    """Silence is an answer only to a MINOR change that somebody is asked about and that lacks nothing.

    Where more was once found in the same documents, or a maintainer overrode the verdict, somebody has to say so.
    """
    says_so = assessment.change.contract.policy.on_silence == "approve"
    plain = assessment.grade is Verdict.MINOR and grade is Verdict.MINOR and ledger.emergency is None
    return says_so and plain and ledger.override is None and bool(needs)
