"""The check run of a head: its conclusion, a summary, and remarks on the lines that changed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Literal

from notices import comment, words
from notices.escape import line, shorten
from notices.links import Links, Place
from notices.to_do import ToDo, to_do
from notices.values import Context
from notices.view import ChangeView, FindingView, count_words, most_severe_first, of_review
from rules.clock import utc
from rules.policy import stage_on
from rules.review import Conclusion, Review
from rules.verdict import Verdict

Level = Literal["notice", "warning", "failure"]

MAX_TITLE, MAX_ANNOTATION_TITLE, MAX_MESSAGE = 100, 200, 2000
"""Characters; GitHub takes 255 for the title of an annotation and 64 KB for its message."""
MAX_ANNOTATIONS = 200
"""So many lines are remarked on; the most severe come first, the rest is in the report."""


@dataclass(frozen=True, slots=True)
class Annotation:
    """A remark on lines of a file at the head; lines count from 1, the text is plain."""

    path: str
    start_line: int
    end_line: int
    level: Level
    title: str
    message: str


@dataclass(frozen=True, slots=True)
class CheckText:
    """What a check run says; `summary` and `text` are Markdown of at most 65,535 characters each."""

    title: str
    summary: str
    text: str
    conclusion: Conclusion
    annotations: tuple[Annotation, ...] = ()


def render(reviews: Sequence[Review], context: Context) -> CheckText:
    """Write the check run of these reviews; the conclusion is the weightiest of theirs.

    A configuration that cannot be used fails the check: no contract could be looked at, and none is known to be safe.
    """
    views = [of_review(one, context) for one in most_severe_first(reviews)]
    return CheckText(
        title=_title(views, context),
        summary=comment.summary(views, context),
        text=comment.body(views, context),
        conclusion=comment.concluded(reviews, context),
        annotations=tuple(islice(_annotations(views, context), MAX_ANNOTATIONS)),
    )


def _title(views: Sequence[ChangeView], context: Context) -> str:
    if headline := words.trouble(context.config_problems, judged=bool(views)).headline:
        return headline
    if not views:
        return "No contract changes"
    if len(views) > 1:
        return shorten(f"{len(views)} contracts: {count_words(views)}", MAX_TITLE)
    return line(f"{views[0].grade}: {views[0].because}", MAX_TITLE)


def _annotations(views: Sequence[ChangeView], context: Context) -> Iterator[Annotation]:
    """Remark on what is wrong first, then on what changed, most severe first within each."""
    for problem in to_do(context.config_problems, Links(context)):
        yield from _of_problem(problem, "failure")
    for view in views:
        for problem in view.to_do:
            yield from _of_problem(problem, "failure" if _fails(view, "failure") else "warning")
    for view in views:
        for finding in view.findings:
            yield from _of_finding(finding, view, context.now)


def _of_problem(item: ToDo, level: Level) -> Iterator[Annotation]:
    problem = item.problem
    if problem.path:
        at = Place(problem.path, problem.line)
        yield _annotation(at, level if problem.blocking else "notice", item.title, problem.sentence, problem.fix)


def _of_finding(item: FindingView, view: ChangeView, now: datetime | None) -> Iterator[Annotation]:
    finding = item.finding
    if item.place is None or finding.severity < Verdict.MINOR:
        return
    level: Level = "notice"
    if finding.severity is Verdict.MAJOR:
        level = "failure" if _enforced(view, now) else "warning"
    title = f"{finding.severity.name}: {item.title}"
    # Whom the review waits for stands in the summary; a remark would have to be written anew whenever that changes.
    following = f"Next: {view.next}" if view.assessment.blocking else ""
    yield _annotation(item.place, level, title, f"{finding.sentence} {item.harm}".strip(), following)


def _enforced(view: ChangeView, now: datetime | None) -> bool:
    # By the stage, not by the conclusion: a remark would have to be written anew whenever somebody approves.
    rule = view.assessment.change.contract.enforcement
    return (rule.stage if now is None else stage_on(rule, utc(now).date())) == "enforce"


def _fails(view: ChangeView, *conclusions: Conclusion) -> bool:
    return view.review is not None and view.review.conclusion in conclusions


def _annotation(at: Place, level: Level, title: str, *message: str) -> Annotation:
    number = at.line or 1
    text = "\n".join(line(part, MAX_MESSAGE) for part in message if part)
    return Annotation(at.path, number, number, level, line(title, MAX_ANNOTATION_TITLE), text)
