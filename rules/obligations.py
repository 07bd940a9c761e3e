"""What a review owes whom, and when: the request, reminders at 50 % and 90 %, the breach, the email after four hours.

Pure: the same reviews at the same moment owe the same. A key names what is owed, so that nothing is owed twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from rules.clock import Pause, utc
from rules.policy import hours, review_hours
from rules.review import Approval, Review
from rules.review_ledger import Condition, Ledger
from rules.review_time import audience
from rules.verdict import Verdict

REMINDERS = (50, 90)
"""At these percentages of the review time whoever has not answered is reminded."""

ESCALATION = timedelta(hours=4)
"""So long after the breach of a major review the email goes out, where nobody answered."""

ANSWERS = frozenset(
    {f"review.{said}" for said in (
        "approved", "objected", "withdrawn", "rejected", "conditioned", "condition_done", "condition_dropped", "held",
        "unheld", "meeting_planned", "meeting_held", "waived", "overridden", "emergency", "spoke",
    )}
)  # fmt: skip
"""What somebody said by any command, review or button: each is an answer of the teams that they spoke for."""


@dataclass(frozen=True, slots=True)
class Fallback:
    """Where something goes that could not be given to its first channel: at once if refused, else after a while."""

    channel: str
    address: tuple[str, ...]
    after: timedelta


@dataclass(frozen=True, slots=True)
class Owed:
    """One thing owed to one recipient ("team:acme/crm") at one time; `late` says that its moment is past already.

    `kind`: "review.requested", "review.told" (a PATCH: nobody has to answer), "review.reminder", "review.breached",
    "review.escalated", "review.assigned" (a condition is somebody's to meet), "review.unmet" (its time is over); those
    of releases are in `rules.release_obligations`. `channel`: "slack" first, "email" for the escalation. `facts` are
    the words of the text. A partner's `address` and `fallback` come from partners.yml; those of teams and people are
    the server's to know.
    """

    key: str
    kind: str
    recipient: str
    channel: str
    due: datetime
    late: bool = False
    facts: Mapping[str, str] = field(default_factory=dict)
    address: tuple[str, ...] = ()
    fallback: tuple[Fallback, ...] = ()


def obligations(reviews: Iterable[tuple[str, Review]], now: datetime) -> tuple[Owed, ...]:
    """List what is owed by and about reviews, by (stream, review), in the order of its moments.

    What lies ahead is listed with its moment; a deadline that moves gives the same key another moment. Nothing is owed
    while the clock stands still, nor to one who has said yes.
    """
    found = {
        one.key: one for stream, review in reviews for make in (_of, _of_conditions)
        for one in make(stream, review, utc(now))
    }  # fmt: skip
    return tuple(sorted(found.values(), key=lambda one: (one.due, one.key)))


def _of_conditions(stream: str, review: Review, now: datetime) -> list[Owed]:
    """List what is owed about open conditions: to whoever one is assigned to, and at its end to who asked for it too.

    A condition on several contracts is one thing to do.
    """
    if review.ledger is None or review.state in ("none", "rejected"):
        return []
    found = []
    for one in review.ledger.conditions:
        if one.state != "open":
            continue
        if one.assignee:
            found.append(_task(stream, review, one, "review.assigned", one.assignee, one.at, now))
        if one.until is not None:
            late = {name.casefold(): name for name in (one.assignee, one.by) if name}
            found += [_task(stream, review, one, "review.unmet", who, one.until, now) for who in late.values()]
    return found


def _task(  # noqa: PLR0913, PLR0917 what makes an obligation
    stream: str, review: Review, one: Condition, kind: str, login: str, due: datetime, now: datetime
) -> Owed:
    facts = {
        "contract": review.assessment.change.contract.name, "grade": review.grade.name, "condition": str(one.number),
        "text": one.text, "guards": one.guards, "asker": one.by, "assignee": one.assignee,
        "until": one.until.isoformat() if one.until else "",
    }  # fmt: skip
    key = f"{kind}/{stream}/{one.id}/{login.casefold()}"
    return Owed(key, kind, f"user:{login}", "slack", due, now > due, facts)


def _of(stream: str, review: Review, now: datetime) -> list[Owed]:
    if review.started is None or review.state in ("none", "approved", "rejected"):
        return []
    if review.grade is Verdict.PATCH:
        owners = review.assessment.change.contract.owners
        told = [f"team:{name}" for name in owners.teams] or [f"user:{name}" for name in owners.users]
        return [_owed(stream, review, "review.told", who, review.started, now) for who in told]
    return [one for needed in review.awaited for one in _awaited(stream, review, needed, now)]


def _awaited(stream: str, review: Review, needed: Approval, now: datetime) -> list[Owed]:
    start, until, who = review.started, review.deadline, audience(needed)
    if start is None:
        return []
    found = [_owed(stream, review, "review.requested", who, start, now)]
    if until is None or review.paused:
        return found
    pauses = () if review.ledger is None else review.ledger.pauses
    for percent in REMINDERS:
        due = _share(start, until, percent, pauses)
        found.append(_owed(stream, review, "review.reminder", who, due, now, mark=str(percent)))
    found.append(_owed(stream, review, "review.breached", who, until, now))
    if review.grade is Verdict.MAJOR and not _answered(review.ledger, needed, until):
        found.append(_owed(stream, review, "review.escalated", who, until + ESCALATION, now, channel="email"))
    return found


def _share(start: datetime, until: datetime, percent: int, pauses: Iterable[Pause]) -> datetime:
    """Give the moment at which a share of the time between two instants has run, pauses not counted."""
    open_ = list(_running(start, until, pauses))
    left = sum((end - begin for begin, end in open_), timedelta()) * percent / 100
    for begin, end in open_:
        if left <= end - begin:
            return begin + left
        left -= end - begin
    return until


def _running(start: datetime, until: datetime, pauses: Iterable[Pause]) -> Iterable[tuple[datetime, datetime]]:
    at = utc(start)
    for pause in sorted(pauses, key=lambda one: utc(one.start)):
        halt = min(utc(pause.start), until)
        if halt > at:
            yield at, halt
        at = max(at, until if pause.end is None else utc(pause.end))
    if at < until:
        yield at, until


def _answered(ledger: Ledger | None, needed: Approval, since: datetime) -> bool:
    """Say whether somebody of the team or role answered by any command, review or button since the breach."""
    people = {name.casefold() for name in needed.people}
    return ledger is not None and any(
        fact.source_time >= since
        and fact.kind in ANSWERS
        and (
            needed.name in (*fact.body.get("teams", ()), *fact.body.get("roles", ()))
            or str(fact.body.get("login", "")).casefold() in people
        )
        for fact in ledger.log
    )


def _owed(  # noqa: PLR0913, PLR0917 what makes an obligation
    stream: str, review: Review, kind: str, who: str, due: datetime, now: datetime, *, mark: str = "",
    channel: str = "slack",
) -> Owed:  # fmt: skip
    change, versions = review.assessment.change, review.assessment.versions
    # The class belongs to the key: a review that an engine reopens is asked for anew.
    parts = (kind, stream, change.contract.name, change.digest[:16], review.grade.name, who, mark)
    facts = {
        "contract": change.contract.name, "grade": review.grade.name, "percent": mark,
        "deadline": review.deadline.isoformat() if review.deadline else "",
        "digest": change.digest, "silence": "approves" if review.silence_approves else "does not approve",
        "version": " → ".join(filter(None, (versions.old, versions.new))), "zone": change.contract.policy.zone,
        "sla": _sla(review), "summary": _summary(review),
    }  # fmt: skip
    return Owed("/".join(parts), kind, who, channel, due, now > due, facts)


def _sla(review: Review) -> str:
    """Say how long the review has, as it is agreed; the deadline follows from it and from pauses."""
    policy = review.assessment.change.contract.policy
    count = review_hours(policy, review.grade)
    business = " of business time" if policy.calendar is not None else ""
    return "" if count is None else f"{hours(count)}{business}"


def _summary(review: Review) -> str:
    """Say the weightiest of what changes in a sentence, and how much more there is."""
    found = review.assessment.comparison
    findings = sorted(found.findings, key=lambda one: -one.severity) if found is not None else []
    if not findings:
        return ""
    more = f" And {len(findings) - 1} more." if len(findings) > 1 else ""
    return f"{findings[0].sentence}{more}"
