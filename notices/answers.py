"""Answers in the conversation: why a command was not carried out, and what somebody asked to be told."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from markupsafe import Markup

from notices import standing, why, words
from notices.escape import code, prose
from notices.values import Context
from notices.view import most_severe_first, of_review
from rules.problems import PROBLEMS
from rules.review import Review

MOST_EXPLAINED = 20
HELP_URL = "docs/commands.md"


def marker(key: str) -> str:
    """Give the first line of an answer, by which it is known again."""
    return f"<!-- concordat:answer:{key} -->"


def render(key: str, login: str, parts: Sequence[str]) -> str:
    """Write an answer; the parts are Markdown of ours."""
    text = "\n\n".join(parts)
    return f"{marker(key)}\nFor {code(login)}:\n\n{text}\n"


def refusal(says: str) -> str:
    """Write why a command was not carried out."""
    return str(prose(says, 2_000))


def status(reviews: Sequence[Review], context: Context, subject: str) -> str:
    """Write where each review stands and whose answer is awaited."""
    del subject
    parts = []
    for review in most_severe_first(reviews):
        lines = [f"- {prose(line, 2_000)}" for line in standing.review_lines(review, context.now)]
        view = of_review(review, context)
        parts.append("\n".join([f"**{prose(view.headline)}.** {prose(words.next_step(review), 2_000)}", "", *lines]))
    return "\n\n".join(parts).strip()


def explain(reviews: Sequence[Review], context: Context, subject: str) -> str:
    """Write what is known of a place in a contract, or of a rule; without a subject, every rule."""
    found = [line for review in most_severe_first(reviews) for line in _explained(review, context, subject)]
    if not found and subject in PROBLEMS:
        return f"{PROBLEMS[subject].title} ({code(subject)}): nothing of that kind is open here."
    if not found:
        return f"Nothing here is called {code(subject)}. {prose(_NAMES)}"
    return "\n".join(found[:MOST_EXPLAINED])


_NAMES = (
    "Name a JSON Pointer of a finding (`/properties/amount`), the code of a point of the to-do list, or a rule by a "
    "word of its title (`deadline`, `verdict`, `approve`)."
)


def _explained(review: Review, context: Context, subject: str) -> list[Markup]:
    view, asked = of_review(review, context), subject.casefold()
    lines = [
        Markup(f"- **{one.title}**: {prose(one.finding.sentence, 1_000)}")  # noqa: S704 ours, and escaped
        for one in view.findings
        if subject and subject in (one.finding.old_pointer, one.finding.new_pointer, one.finding.kind)
    ]
    lines += [
        Markup(f"- **{one.title}** ({code(one.problem.code)}): {prose(one.problem.sentence)} {prose(one.problem.fix)}")  # noqa: S704 likewise
        for one in view.to_do
        if one.problem.code == subject
    ]
    lines += [
        Markup(f"- **{step.title}.** {prose(step.rule, 1_000)} Here: {prose(step.result, 1_000)}")  # noqa: S704 likewise
        for step in why.steps(review, context)
        if not lines and (not asked or asked in step.title.casefold())
    ]
    return lines


Ask = Callable[[Sequence[Review], Context, str], str]

ASKED: dict[str, Ask] = {"status": status, "explain": explain}
"""What can be asked for, by the kind of intent."""
