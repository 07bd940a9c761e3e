"""Why a change is judged as it is: every rule that was applied, what it was applied to, and what came of it.

The tables are the rules' own (`rules.compare.relations.ROWS`, `rules.policy`), so that a page explains no rule but the
one in force.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from notices import pages, why_change, why_review
from notices.links import link
from notices.values import Context
from notices.view import ChangeView, most_severe_first, of_review
from notices.why_values import Case, Step
from rules.policy import strictest
from rules.review import Review


@dataclass(frozen=True, slots=True)
class Account:
    """Everything that was asked about one change, in order."""

    view: ChangeView
    steps: tuple[Step, ...]
    conclusion: str


def render(reviews: Sequence[Review], context: Context) -> str:
    """Write the page as HTML."""
    accounts = [_account(one, context) for one in most_severe_first(reviews)]
    title = f"Why: {accounts[0].view.headline}" if len(accounts) == 1 else f"Why: {len(accounts)} contracts change"
    return pages.page(
        "why",
        title=title,
        context=context,
        pull_url=pages.pull_url(context),
        report_url=link(context.report_url),
        accounts=accounts,
        together=strictest(tuple(one.conclusion for one in reviews)),
    )


def steps(review: Review, context: Context) -> tuple[Step, ...]:
    """List every rule that was applied to a change."""
    return _account(review, context).steps


def _account(review: Review, context: Context) -> Account:
    case = Case(review, of_review(review, context), context)
    return Account(case.view, tuple(step for make in _STEPS for step in make(case)), review.conclusion)


_STEPS: tuple[Callable[[Case], Iterator[Step]], ...] = (
    why_change.documents, why_change.relations, why_change.verdict, why_change.version, why_change.to_do,
    why_change.class_of_review, why_change.promises, why_change.papers, why_review.approvers, why_review.record,
    why_review.deadline, why_review.enforcement, why_review.conclusion,
)  # fmt: skip
"""Every rule, in the order in which they build on each other."""
