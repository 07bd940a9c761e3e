"""The full report as a page of its own: old and new side by side, every document, nothing loaded from elsewhere."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from importlib.resources import files

from markupsafe import Markup

from notices import comment, words
from notices.environments import html
from notices.values import Context
from notices.view import Links, link, most_severe_first, of_review, to_do
from rules.review import Review

MAX_FINDINGS, MAX_WITNESSES = 1000, 50
"""So many of one change are on the page."""

STYLE = files("templates").joinpath("pages", "style.css").read_text(encoding="utf-8")
STYLE_HASH = f"'sha256-{base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()}'"
"""What a Content-Security-Policy names under `style-src`, so that the page's one style sheet is applied."""


def report(reviews: Sequence[Review], context: Context) -> str:
    """Write the whole page as HTML: one style sheet inside, no script, no image, nothing fetched."""
    views = [of_review(one, context) for one in most_severe_first(reviews)]
    pull = None if context.pull is None else f"{context.web_url}/{context.repository}/pull/{context.pull}"
    page = html().get_template("pages/report.html.j2")
    return page.render(
        title=comment.title(views, context),
        style=Markup(STYLE),  # noqa: S704 our own file
        context=context,
        pull_url=link(pull),
        problems=to_do(context.config_problems, Links(context)),
        views=views,
        review_lines=[words.review_lines(one.review, context.now) if one.review else [] for one in views],
        max_findings=MAX_FINDINGS,
        max_witnesses=MAX_WITNESSES,
        engine=words.engine(),
    )
