"""The sticky comment of a pull request: verdict, what happens next, and why, in the order in which people ask."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime

from jinja2 import Template
from markupsafe import Markup

from notices import migration, promised, standing, words
from notices.cut import LEVELS, LIMIT, Detail, fit, left_out
from notices.environments import markdown
from notices.links import Links, link
from notices.to_do import to_do
from notices.values import Context
from notices.view import ChangeView, count_words, most_severe_first, of_review
from rules.policy import strictest
from rules.review import Conclusion, Review
from rules.verdict import Verdict

MARKER = "<!-- concordat:review -->"
"""The first line of the comment, by which the App knows it among its own."""

_GAPS = re.compile(r"\n{3,}")


def wanted(reviews: Sequence[Review], context: Context) -> bool:
    """Say whether a comment is worth writing: from MINOR up, or where something is to be done or to be known."""
    if context.config_problems or context.config_preview:
        return True
    return any(one.grade >= Verdict.MINOR or any(each.blocking for each in words.to_dos(one)) for one in reviews)


def concluded(reviews: Iterable[Review], context: Context) -> Conclusion:
    """Give what all of it comes to: the weightiest conclusion of the reviews, or of a configuration of no use."""
    conclusions: list[Conclusion] = [one.conclusion for one in reviews]
    if any(problem.blocking for problem in context.config_problems):
        conclusions.append("failure")
    return strictest(tuple(conclusions))


def _held_up_by(views: Sequence[ChangeView], context: Context) -> list[int]:
    """List the pull requests with the same head for whose sake its check is stricter than this one alone would be."""
    mine = concluded((view.review for view in views if view.review is not None), context)
    return [number for number, other in context.beside if strictest((mine, other)) != mine]


def render(reviews: Sequence[Review], context: Context) -> str:
    """Write the whole comment, marker first, within the length that GitHub takes; equal input gives equal bytes."""
    views = [of_review(one, context) for one in most_severe_first(reviews)]
    return fit(lambda detail: _page(views, context, detail, marker=True))


def body(views: Sequence[ChangeView], context: Context, *, limit: int = LIMIT) -> str:
    """Write what the comment says after its marker and what `summary` says: the text of a check run."""
    return fit(lambda detail: _page(views, context, detail, marker=False), limit)


def whole(views: Sequence[ChangeView], context: Context, *, limit: int = LIMIT) -> str:
    """Write all that the comment says, without the marker that makes it the App's: the report for other places."""
    return fit(lambda detail: _page(views, context, detail, marker=True), limit).removeprefix(f"{MARKER}\n")


def summary(views: Sequence[ChangeView], context: Context) -> str:
    """Write verdict and next step of each change, and nothing else: the summary of a check run."""
    problems = [one.problem for one in to_do(context.config_problems, Links(context))]
    return _GAPS.sub(
        "\n\n",
        _template("summary").render(
            problems=problems,
            trouble=words.trouble(problems, judged=bool(views)),
            views=views,
            detail=LEVELS[-1] if len(views) > LEVELS[-1].rows else LEVELS[0],
        ),
    ).strip()


def title(views: Sequence[ChangeView], context: Context) -> str:
    """Name what this is about in one line."""
    if len(views) == 1:
        return f"Concordat: {views[0].headline}"
    if views:
        return f"Concordat: {len(views)} contracts change ({count_words(views)})"
    if any(one.blocking for one in context.config_problems):
        return "Concordat: the configuration cannot be used"
    return "Concordat: an edit of the configuration" if context.config_preview else "Concordat: no contract changes"


def _page(views: Sequence[ChangeView], context: Context, detail: Detail, *, marker: bool) -> str:
    problems = to_do(context.config_problems, Links(context))
    trouble = words.trouble([one.problem for one in problems], judged=bool(views))
    text = _template("review").render(
        marker=Markup(MARKER) if marker else "",  # noqa: S704 ours
        title=title(views, context),
        cut=left_out(views, detail),
        report_url=link(context.report_url),
        preview=context.config_preview,
        held_up_by=_held_up_by(views, context),
        problems=problems,
        trouble=trouble,
        views=views,
        changes=_changes(views, context, detail, lead=marker, later=bool(trouble.headline)),
        detail=detail,
        plans=[Markup(migration.plan(one)) for one in context.plans],  # noqa: S704 every part of it is escaped
    )
    return _GAPS.sub("\n\n", text).strip() + "\n"


def _changes(views: Sequence[ChangeView], context: Context, detail: Detail, *, lead: bool, later: bool) -> list[Markup]:
    """Write the part of each change; stops where they are too long together already."""
    parts: list[Markup] = []
    for one in views[: detail.changes]:
        parts.append(changed(one, detail, now=context.now, several=len(views) > 1, lead=lead, later=later))
        if sum(map(len, parts)) > LIMIT:
            break
    return parts


def changed(  # noqa: PLR0913 where a change stands in the whole, which only the whole knows
    view: ChangeView,
    detail: Detail,
    *,
    now: datetime | None = None,
    several: bool = False,
    lead: bool = True,
    later: bool = False,
) -> Markup:
    """Write the part of one change; `several` puts a heading with the contract's name before it.

    `lead` says whether it begins with verdict and next step; beside several it always does. `later` says that something
    else comes next, and this step after it.
    """
    found = view.review
    lines = [] if found is None else [*standing.review_lines(found, now), *promised.served_lines(found, now)]
    values = {"view": view, "detail": detail, "several": several, "review_lines": lines, "later": later}
    values |= {"lead": lead or several, "engine": words.engine()}
    return Markup(_template("change").render(values))  # noqa: S704 the environment made it harmless


def _template(name: str) -> Template:
    return markdown().get_template(f"comments/{name}.md.j2")
