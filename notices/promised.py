"""What was promised of a change's fields and what has to come with it, for the comment and the page of reasons."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime

from rules import grace
from rules.accompany import ASKED
from rules.clock import utc
from rules.notice import Notice
from rules.quoting import code
from rules.review import Review
from rules.verdict import Verdict

MOST = 30

PAPER_CODES = {
    "deprecation": ("removal_not_deprecated",),
    "impact-analysis": ("impact_analysis_missing", "impact_analysis_incomplete"),
    "pre-review-meeting": ("meeting_not_held",),
    "migration-plan": ("migration_plan_missing",),
    "change-request": ("change_request_incomplete",),
}
"""By which points of the to-do list each thing is asked for."""
PROMISE_CODES = (
    "removal_not_deprecated", "removal_too_early", "deprecated_field_changed", "replacement_removed",
    "deprecation_shortened", "deprecation_backdated",
)  # fmt: skip


def served_lines(review: Review, now: datetime | None) -> Iterator[str]:
    """Say of each field that goes by right that its deprecation was served."""
    if now is None:
        return
    for one in grace.served(review.assessment, utc(now).date())[:MOST]:
        notice = one.notice
        to = f" Its place is taken by {code(notice.replacement)}." if notice.replacement else ""
        yield (
            f"{code(one.field)} may go: deprecated since {notice.deprecated_on}, removal date "
            f"{notice.earliest(review.assessment.change.contract.policy.grace_days)}.{to}"
        )


def papers(review: Review) -> Iterator[tuple[str, str, str, str]]:
    """Give each thing that may have to come with a change: what, of which changes it is asked, the code, the answer."""
    contract = review.assessment.change.contract
    for name, (of, what) in ASKED.items():
        codes = ", ".join(code(one) for one in PAPER_CODES[name])
        yield what, of, codes, _brought(review, name, asked=name in contract.policy.accompany)


def _brought(review: Review, name: str, *, asked: bool) -> str:
    codes = PAPER_CODES[name]
    open_ = next((one for one in review.missing if one.code in codes), None)
    if open_ is not None:
        return open_.sentence
    if not asked:
        return "not asked by the contract"
    if review.ledger is not None and review.ledger.emergency is not None:
        return "not asked of a critical fix"
    if review.ledger is not None and not review.ledger.waived.isdisjoint(codes):
        return "waived by a maintainer"
    if name != "change-request" and review.grade < Verdict.MAJOR:
        return f"not asked of a {review.grade.name} change"
    return "nothing is missing"


def notices(review: Review, today: date) -> Iterator[tuple[str, str, str, str]]:
    """Give each field that is on its way out by the base branch: its name, since when, until when, what holds today."""
    assessment = review.assessment
    grace_days = assessment.change.contract.policy.grace_days
    gone = {
        notice.key
        for finding in (assessment.comparison.findings if assessment.comparison else ())
        if finding.kind in grace.GONE and (notice := grace.about(finding, assessment.base_notices)) is not None
    }
    for one in assessment.base_notices[:MOST]:
        earliest = one.earliest(grace_days)
        until = "no date that can be used" if earliest is None else str(earliest)
        yield code(one.field), str(one.deprecated_on or "–"), until, _stands(one, earliest, today, goes=one.key in gone)


def _stands(notice: Notice, earliest: date | None, today: date, *, goes: bool) -> str:
    if earliest is None:
        return "may not go: the notice has no dates" if notice.bare else "may not go: its dates cannot be used"
    if earliest <= today:
        return "goes with this change, and may" if goes else "may go"
    left = (earliest - today).days
    days = f"{left} day{'' if left == 1 else 's'} left"
    return f"goes with this change, and may not: {days}" if goes else f"stays as it is: {days}"


def broken(review: Review) -> tuple[str, ...]:
    """Give what of the promises a change breaks, waived or not, in sentences."""
    return tuple(one.sentence for one in review.missing if one.code in PROMISE_CODES)
