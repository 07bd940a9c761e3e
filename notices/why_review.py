"""The steps that judge its review: who approves, what is on record, by when, how strictly, with what conclusion."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from notices import standing, words
from notices.why_values import Case, Fact, Grid, Row, Step, day
from rules.contract import Policy, Stage
from rules.policy import CONCLUSIONS, SITUATIONS, hours, review_hours, stage_on
from rules.review import Link, Review
from rules.verdict import Verdict

STAGES: tuple[Stage, ...] = ("observe", "warn", "enforce")


_APPROVERS: dict[Verdict, str] = {
    Verdict.MAJOR: "A MAJOR change needs every owning team and every named role, explicitly. Where the contract names "
    "no team, each of its users; without those each role, then each maintainer.",
    Verdict.MINOR: "A MINOR change needs every owning team. Where the contract names no team, each of its users; "
    "without those each role, then each maintainer.",
    Verdict.PATCH: "A PATCH needs no approval; its owners are notified.",
    Verdict.NONE: "Where nothing changes, nobody is asked.",
}


def approvers(case: Case) -> Iterator[Step]:
    """Tell who must approve, and who has."""
    review = case.review
    facts = tuple(
        Fact(link.needed.kind.capitalize(), _link(link, case), case.set_at(*_NAMED_UNDER[link.needed.kind]))
        for link in review.chain[: words.MAX_NAMED]
    )
    yield Step("Who must approve", f"{_APPROVERS[review.grade]} {_COUNTS}".rstrip(), _agreed(review), facts)


_COUNTS = (
    "An approval counts for the documents that its giver was shown, while they have the role; nobody approves what "
    "they opened or pushed."
)


def _link(link: Link, case: Case) -> str:
    if not link.given:
        return words.approver(link.needed)
    given = words.listed([f"`{one.login}` on {words.instant(one.at, case.contract)}" for one in link.given])
    return f"{words.approver(link.needed)}, approved by {given}"


def _agreed(review: Review) -> str:
    count, left = len(review.chain), len(review.awaited)
    if not count:
        if review.grade >= Verdict.MINOR:
            return "The contract names nobody, so the review stays open until somebody is named."
        return "Nobody has to approve."
    if review.approved_by == "silence":
        return "Nobody objected in time: approved by silence."
    if left == count:
        return f"{count} must approve." if count > 1 else "One must approve."
    return f"{count - left} of {count} have approved."


def record(case: Case) -> Iterator[Step]:
    """Tell what people put on record, and what comes of it."""
    ledger = case.review.ledger
    lines = () if ledger is None else tuple(standing.on_record(ledger, case.contract, case.context.now))
    if lines:
        yield Step(
            "What people put on record",
            "An objection blocks until whoever made it withdraws it or a maintainer waives it; a condition before the "
            "merge holds it until it is met; a hold stops the clock until it ends. All of it outlives a push.",
            _blocks(case.review),
            tuple(Fact(*line) for line in lines),
            tone="holds" if case.review.state in ("blocked", "rejected") else "",
        )


def _blocks(review: Review) -> str:
    ledger = review.ledger
    if ledger is None or review.state == "rejected":
        return "The change is rejected as it stands."
    if ledger.blocking:
        return "An objection blocks the change."
    return "A condition is still open." if ledger.pending("merge") else "Nothing of it blocks the change."


_NAMED_UNDER = {
    "team": ("owners/teams", "owners"),
    "role": ("owners/roles", "owners"),
    "user": ("owners/users", "owners", "maintainers"),
}


def deadline(case: Case) -> Iterator[Step]:
    """Tell by when, and how that is counted."""
    review, policy = case.review, case.policy
    count = review_hours(policy, review.grade)
    if count is None:
        return
    name = f"{review.grade.name.lower()}-hours"
    default = review_hours(Policy(), review.grade)
    facts = [case.setting("Review time", hours(count), hours(default), f"policy/review/{name}", "policy/review")]
    if review.started is not None:
        facts.append(Fact("Ready for review since", words.instant(review.started, case.contract)))
    silence = Policy().on_silence
    facts.append(
        case.setting(
            "When nobody answers", f"`{policy.on_silence}`", f"`{silence}`", "policy/review/on-silence", "policy/review"
        )
    )
    if policy.calendar is not None:
        facts.append(Fact("Counted in", "working time", case.set_at("policy/review/business-hours", "policy/review")))
    if review.silent_at is not None:
        facts.append(Fact("Silence approves on", words.instant(review.silent_at, case.contract)))
    yield Step(
        "By when",
        "The clock runs from the moment this change was first ready for review, in elapsed time unless the contract "
        "has business hours. It belongs to the change, not to a commit: a push that leaves the documents alone starts "
        "nothing anew. It stands still for a draft, an objection, and while the review is held; 24 hours at least "
        "remain after an objection. Silence counts only after everybody was provably told, and never for MAJOR.",
        _until(case),
        tuple(facts),
    )


def _until(case: Case) -> str:
    review = case.review
    if review.paused:
        return f"The clock stands still: {review.paused}."
    if review.deadline is None:
        return "No clock runs yet."
    when = words.instant(review.deadline, case.contract)
    return f"The review time ended on {when}." if review.overdue else f"By {when}."


def enforcement(case: Case) -> Iterator[Step]:
    """Tell how strict the check is."""
    rule, today = case.contract.enforcement, day(case.context.now)
    stage = rule.stage if today is None else stage_on(rule, today.date())
    facts = [case.setting("Stage", f"`{rule.stage}`", "`observe`", "enforcement")]
    if rule.next_stage is not None and rule.next_from is not None:
        moved = f"`{rule.next_stage}` from {rule.next_from.isoformat()} (UTC) on"
        facts.append(Fact("Then", moved, case.set_at("enforcement")))
    yield Step(
        "How strict the check is",
        "The stage of the contract; where the configuration gives a date, the next stage holds from that day on (UTC).",
        f"`{stage}`.",
        tuple(facts),
    )


def conclusion(case: Case) -> Iterator[Step]:
    """Tell what the check concludes."""
    review, contract = case.review, case.contract
    today = day(case.context.now)
    stage = contract.enforcement.stage if today is None else stage_on(contract.enforcement, today.date())
    failed = review.assessment.failed
    rows = tuple(
        Row(
            (SITUATIONS[name], *(concluded[one] for one in STAGES)),
            used_cell=1 + STAGES.index(stage) if name == review.state and not failed else None,
        )
        for name, concluded in CONCLUSIONS.items()
    )
    facts: tuple[Fact, ...] = ()
    if failed:
        policy = contract.policy.on_error
        facts = (
            case.setting("When Concordat itself fails", f"`{policy}`", f"`{Policy().on_error}`", "policy/on-error"),
        )
    yield Step(
        "What the check concludes",
        "By where the review stands and how strict the check is; a failure of Concordat's own concludes as the "
        "configuration says.",
        f"`{review.conclusion}`. {case.view.next}",
        facts,
        (Grid("Conclusions", ("Where the review stands", *STAGES), tuple(_marked(rows))),),
        tone="holds" if review.conclusion in ("failure", "action_required") else "",
    )


def _marked(rows: Sequence[Row]) -> Iterator[Row]:
    return (replace(row, used=row.used_cell is not None) for row in rows)
