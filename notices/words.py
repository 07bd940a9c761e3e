"""What we say of a change, a review, a relation: sentences of ours, the same in every notice.

Names and values in them stand between back-ticks; each channel's escape makes them harmless.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from rules.assessment import Assessment
from rules.clock import Pause, show, utc
from rules.compare.values import Comparison, Finding, Override
from rules.contract import Contract
from rules.documents import Problem
from rules.policy import exceeds, hours, review_hours, stage_on
from rules.problems import title
from rules.quoting import code
from rules.review import HELD, Approval, Review, approvals
from rules.review_ledger import Objection
from rules.review_time import EMERGENCY
from rules.verdict import Verdict

QUESTIONS: dict[str, str] = {
    "backward": "Is everything that is valid today still accepted?",
    "forward": "Can those who read by the old version read everything that is valid now?",
    "retained": "Is everything that is valid today still accepted, with every field of it still declared?",
    "extended": "Was everything that is valid now accepted before, with every field of it declared already?",
    "strict_backward": "As written, undeclared fields included: is everything that was accepted still accepted?",
    "strict_forward": "As written, undeclared fields included: was everything accepted before that is accepted now?",
}
"""The question behind each relation, in the order in which people read them."""

MAX_NAMED = 10
"""So many approvers, and people of a role, are named one by one."""

ANSWERS = {"proven": "yes, proven", "refuted": "no, refuted by a document", "undecided": "undecided, counts as no"}

SHOWN_BY = {
    "backward": "Valid by the old version, refused by the new one",
    "forward": "Valid by the new version, refused by the old one",
    "retained": "Valid by the old version, with a field that the new one no longer declares",
    "extended": "Valid by the new version, with a field that the old one did not declare",
    "older": "Valid by the older live version and by the one before, refused by the new one",
    "older_readers": "Valid by the new version, refused by the older live one",
}
"""What the witness of each relation is."""

MARKED_AS = {
    "backward": "Refused",
    "forward": "Refused",
    "retained": "No longer declared",
    "extended": "Not declared before",
    "older": "Refused",
    "older_readers": "Refused",
}
"""What the marked part of each of these witnesses is."""

_BREAKING = (
    ("backward", "refuted", "this change breaks documents that are valid today"),
    ("backward", "undecided", "it could not be shown that documents valid today stay valid"),
    ("retained", "refuted", "fields that the contract declares disappear"),
    ("forward", "refuted", "those who read by the old version may meet what they cannot read"),
    ("retained", "undecided", "it could not be shown that every declared field remains"),
    ("forward", "undecided", "it could not be shown that readers of the old version can read what is valid now"),
)
GONE = frozenset({"FIELD_REMOVED", "FIELD_RENAMED", "FIELD_MOVED"})
"""Kinds of finding after which a declared field is no longer where it was."""
OLDER = "OLDER_VERSION_BROKEN"
"""The kind of finding about a live version before the last one."""

_STAGES = {
    "observe": "The contract is in the stage `observe`: nothing here holds the merge up.",
    "warn": "The contract is in the stage `warn`: the check warns and does not hold the merge up.",
    "enforce": "The contract is in the stage `enforce`: the check does not pass until this is settled.",
}


@cache
def engine() -> str:
    """Name the program that decided, with its version."""
    # Imported here: it brings the parser of mail headers along, and a report for people says no version.
    from importlib.metadata import version  # noqa: PLC0415

    return f"Concordat {version('concordat')}"


def grade(assessment: Assessment) -> str:
    """Name the verdict, or say that there is none."""
    return "No verdict" if assessment.verdict is None else assessment.verdict.name


def because(assessment: Assessment) -> str:
    """Say in one clause, without a full stop, what the verdict means for those who depend on the contract."""
    change, comparison = assessment.change, assessment.comparison
    if comparison is None:
        return "a document cannot be used, so nothing is proven and the change counts as MAJOR"
    if change.base is None:
        return "this contract is new, so nobody depends on it yet"
    if change.head is None:
        what = "the contract" if change.stays is None else "a version of the contract"
        return f"this change ends {what}, and whoever depends on it loses it"
    return _MEANINGS[comparison.verdict](comparison)


def harm(finding: Finding, lowered: Sequence[Override]) -> str:
    """Say in a sentence whom a finding breaks, or may break where it is undecided; empty where nobody.

    A finding below MAJOR breaks nobody, unless it is the policy that ranks it so.
    """
    ranked = any(one.match in (finding.kind, finding.fingerprint) for one in lowered)
    if not finding.breaks or (finding.severity < Verdict.MAJOR and not ranked):
        return ""
    return f"{'Breaks' if finding.reason is None else 'May break'} {listed(finding.breaks)}."


def _breaking(comparison: Comparison) -> str:
    found: dict[str, str] = {one.name: one.status for one in comparison.relations}
    clauses = [clause for name, status, clause in _BREAKING if found.get(name) == status]
    if found.get("backward") != "proven":
        # What is refused, or may be, fails the other relations as well; that would say the same thing twice.
        gone = any(finding.kind in GONE for finding in comparison.findings)
        clauses = [*clauses[:1], *(clause for clause in clauses[1:] if gone and clause == _BREAKING[2][2])]
    if not clauses and any(one.kind == OLDER and one.severity == Verdict.MAJOR for one in comparison.findings):
        return "this change breaks a version before the last one, which is still live"
    if not clauses and found.get("strict_backward", "proven") != "proven":
        return "fields that the contract does not name were accepted until now, and some are refused"
    return ", and ".join(clauses[:2]) or "this change asks something of everyone who depends on the contract"


def _compatible(comparison: Comparison) -> str:
    found: dict[str, str] = {one.name: one.status for one in comparison.relations}
    if found.get("backward", "proven") != "proven" or found.get("retained", "proven") != "proven":
        return "the policy of the contract ranks this change below what the proof alone would say"
    if "refuted" in (found.get("extended"), found.get("forward")):
        return "this change adds to the contract; everything that is valid today stays valid"
    if "undecided" in (found.get("extended"), found.get("forward")):
        return "everything that is valid today stays valid; whether anything was added could not be decided"
    if all(status == "proven" for status in found.values()):
        return "the same documents are valid; a default or a deprecation mark changed"
    return "everything that the contract declares stays as it is; only undeclared fields are treated differently"


_MEANINGS: dict[Verdict, Callable[[Comparison], str]] = {
    Verdict.MAJOR: _breaking,
    Verdict.MINOR: _compatible,
    Verdict.PATCH: lambda _: "only the text changed; exactly the same documents are valid",
    Verdict.NONE: lambda _: "the contract says the same as before",
}


def reviewed_as(assessment: Assessment) -> str:
    """Say why the review's class is higher than the verdict; empty where it is not."""
    verdict, versions = assessment.verdict, assessment.versions
    if verdict is None or assessment.grade is verdict:
        return ""
    return (
        f"It is reviewed as {assessment.grade.name}, because the version goes from `{versions.old}` to "
        f"`{versions.new}`."
    )


HOW = (
    "Answer with `/approve` or `/object REASON` in a comment, or with a review on GitHub; `/help` lists every command."
)


def next_step(review: Review) -> str:
    """Say in a sentence or two what happens next, and who has to do it."""
    to_do = [one for one in to_dos(review) if one.blocking and review.state != "rejected"]
    if to_do:
        return first_to_do(to_do)
    if review.ledger is not None and review.ledger.blocking:
        return _objected(review.ledger.blocking)
    if review.paused:
        return _paused(review)
    if review.state == "pending":
        asked = f"{_awaited(review)} {silence(review)}".strip()
        return asked if review.needs else _unowned(review.assessment.change.contract)
    later = 0 if review.ledger is None else len(review.ledger.pending("migration"))
    if review.state == "approved" and later:
        count = "One condition has" if later == 1 else f"{later} conditions have"
        return (
            f"The change is approved and may be merged. {count} to be met before the migration; the review lists them."
        )
    return _ENDS.get(review.state, "Nothing.")


_ENDS = {
    "notify": "Nothing; no approval is needed.",
    "approved": "Nothing; the change is approved.",
    "rejected": "This change was rejected as it stands; other documents start a new review.",
}


def _paused(review: Review) -> str:
    if review.paused == HELD:
        return f"The review is held {_held_until(review)}".replace("held ;", "held;")
    return f"Mark the pull request as ready for review; until then the clock stands still ({review.paused})."


def to_dos(review: Review) -> tuple[Problem, ...]:
    """Give what is to be put in order, advice too: what an assessment found and what must accompany it, not waived."""
    waived = frozenset[str]() if review.ledger is None else review.ledger.waived
    found = review.assessment.problems
    more = tuple(one for one in review.missing if one not in found)
    return tuple(one for one in (*found, *more) if one.code not in waived)


def _objected(blocking: Sequence[Objection]) -> str:
    names = listed([f"`{one.login}`" for one in blocking[:MAX_NAMED]])
    whose = "takes it" if len(blocking) == 1 else "take theirs"
    return (
        f"Settle the objection of {names}; it blocks until whoever made it {whose} back with `/withdraw`, or a "
        "maintainer waives it with `/waive objection REASON`."
    )


def _held_until(review: Review) -> str:
    holds = () if review.ledger is None else review.ledger.holds
    if not holds:
        return "; `/unhold` lets the clock run again."
    last = max(holds, key=lambda one: one.until)
    when = instant(last.until, review.assessment.change.contract)
    return f"by `{last.by}`; the clock runs again on {when}, or with `/unhold`. Owners may answer all the same."


def first_to_do(to_do: Sequence[Problem]) -> str:
    """Give the way out of the first problem, and say how many more there are."""
    first = to_do[0].fix or to_do[0].sentence
    if to_do[0].path and to_do[0].path not in first:
        end = "." if first.endswith(".") else ""
        first = f"{first.removesuffix('.')} ({code(to_do[0].where())}){end}"
    rest = len(to_do) - 1
    if not rest:
        return first
    return f"{first} Then {'one more point' if rest == 1 else f'{rest} more points'} of the to-do list."


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is wrong with the configuration, in a clause, and what to do about it; both empty where nothing is."""

    headline: str = ""
    next: str = ""


def trouble(problems: Sequence[Problem], *, judged: bool) -> Trouble:
    """Say what holds a pull request up beside its changes; `judged` says that there is a configuration to judge by."""
    blocking = [one for one in problems if one.blocking]
    if not blocking:
        return Trouble()
    first, rest = blocking[0], len(blocking) - 1
    headline = title(first.code) if judged else "The configuration cannot be used"
    if not first.path:
        return Trouble(headline, first_to_do(blocking))
    more = "" if not rest else f", and {'one more point' if rest == 1 else f'{rest} more points'}"
    return Trouble(headline, f"Mend {code(first.where())}{more}; the to-do list says how.")


def _awaited(review: Review) -> str:
    contract = review.assessment.change.contract
    until = "" if review.deadline is None else f" by {instant(review.deadline, contract)}"
    pending = () if review.ledger is None else review.ledger.pending("merge")
    awaited = review.awaited
    if not awaited and pending:
        count = "One condition has" if len(pending) == 1 else f"{len(pending)} conditions have"
        return f"Everybody has agreed. {count} to be met before the merge; the review lists what, and who does it."
    names = [approver(one) for one in awaited]
    who = listed(names) if len(names) <= 3 else f"all {len(names)} approvers named below"
    if review.overdue and review.deadline is not None:
        ended = f"The review time ended on {instant(review.deadline, contract)}."
        return f"{ended} Still waiting for {who}; nothing is left for the author to do."
    return f"Approval is needed from {who}{until}; nothing is left for the author to do."


def _unowned(contract: Contract) -> str:
    """Say what to do where there is nobody who could approve."""
    place = contract.source if contract.line is None else f"{contract.source}:{contract.line}"
    return (
        f"Nobody can approve it: name `owners` for {code(contract.name)} in {code(place)}, on the base branch, "
        "and the review goes on with them."
    )


def silence(review: Review) -> str:
    """Say what silence means, and from when on it counts."""
    if review.deadline is None or (review.chain and not review.awaited):
        return ""
    if not review.silence_approves:
        return "Silence does not approve."
    contract = review.assessment.change.contract
    if review.silent_at is not None:
        return f"Silence approves on {instant(review.silent_at, contract)}, if nobody objects."
    hours_ = hours(review_hours(contract.policy, review.grade))
    return f"Silence approves {hours_} after everybody has provably been told; not everybody has been."


def at_a_desk(assessment: Assessment, *, allow_major: bool = False) -> str:
    """Say what to do next where there is no review: on the command line and in any CI."""
    if assessment.blocking:
        return first_to_do(assessment.blocking)
    if not exceeds(assessment):
        return _declared(assessment)
    if assessment.versions.bump is not None:
        return "Nothing is proven of this change, so it counts as MAJOR: give it the version of a breaking change."
    if allow_major:
        return "`--allow major` lets it pass; those who depend on the contract still have to agree to it."
    return (
        "No version declares this change: agree on it with those who depend on the contract, then pass `--allow major`."
    )


def _declared(assessment: Assessment) -> str:
    if assessment.grade is Verdict.MAJOR and assessment.verdict is not Verdict.NONE:
        contract = assessment.change.contract
        if contract.line is not None and not approvals(contract.owners, contract.maintainers, Verdict.MAJOR):
            return f"The version declares the change. {_unowned(contract)}"
        return "The version declares the change; those who own the contract still have to approve it."
    return "Nothing."


def listed(names: Sequence[str]) -> str:
    """Join names as people do: `a, b and c`."""
    return " and ".join([", ".join(names[:-1]), names[-1]] if names[1:] else names)


def approver(needed: Approval) -> str:
    """Name one who must approve; in back-ticks, so that nobody is pinged by a status message."""
    if needed.kind == "user":
        return f"user `{needed.name}`"
    people = ", ".join(f"`{name}`" for name in needed.people[:MAX_NAMED])
    if len(needed.people) > MAX_NAMED:
        people += f" and {len(needed.people) - MAX_NAMED} more"
    if needed.kind == "role":
        return f"{needed.name} ({people})" if people else needed.name
    return f"{needed.kind} `{needed.name}`" + (f" ({people})" if people else "")


_SHOWN = timedelta(minutes=1)
"""Times are shown by the minute; what is shorter changes nothing that a reader sees."""


def review_time(review: Review) -> str:
    """Say how long the review may take, and since when that is counted; empty where no time is set."""
    contract = review.assessment.change.contract
    count = review_hours(contract.policy, review.grade)
    if count is None:
        return ""
    since = "" if review.started is None else f", counted from {instant(review.started, contract)}"
    if review.ledger is not None and review.ledger.emergency is not None:
        return f": {hours(EMERGENCY)} for a critical fix{since}"
    kind = " of working time" if contract.policy.calendar is not None else ""
    pauses = review.ledger.pauses if review.ledger is not None else ()
    long = any(_counts(one, review.started) for one in pauses)
    stood = ", the time in which the clock stood still left out" if long else ""
    return f": {hours(count)}{kind} for a {review.grade.name} change{since}{stood}"


def _counts(pause: Pause, since: datetime | None) -> bool:
    """Say whether a pause held up what is counted since a moment, for as long as a reader would notice."""
    begin = utc(pause.start) if since is None else max(utc(pause.start), utc(since))
    return pause.end is None or utc(pause.end) - begin >= _SHOWN


def instant(when: datetime, contract: Contract) -> str:
    """Write an instant in UTC and in the contract's zone."""
    return show(when, zone(contract.policy.zone))


def zone(name: str) -> tzinfo:
    """Find a time zone by its IANA name; UTC where there is none."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        # The machine may lack the zone that another one accepted; UTC is always right.
        return UTC


def enforcement(contract: Contract, now: datetime | None) -> str:
    """Say whether the check holds the merge up, and from when it does more."""
    rule = contract.enforcement
    stage = rule.stage if now is None else stage_on(rule, now.astimezone(UTC).date())
    text = _STAGES[stage]
    if rule.next_stage is not None and rule.next_from is not None and rule.next_stage != stage:
        text += f" From {rule.next_from.isoformat()} (UTC) it is `{rule.next_stage}`."
    return text
