"""Pages: the report of a change, its rules, what is open, and short messages. No script, nothing loaded from elsewhere.

A page is written without whoever looks at it; `framed` puts the bar with their name in when it is shown.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from importlib.resources import files

from markupsafe import Markup

from notices import comment, standing, words
from notices.environments import html
from notices.links import Links, link
from notices.notice import Notice
from notices.to_do import to_do
from notices.values import Context
from notices.view import most_severe_first, of_review
from rules.review import Review

MAX_FINDINGS, MAX_WITNESSES = 1000, 50
"""So many of one change are on the page."""

STYLE = files("templates").joinpath("pages", "style.css").read_text(encoding="utf-8")
STYLE_HASH = f"'sha256-{base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()}'"
"""What a Content-Security-Policy names under `style-src`, so that the page's one style sheet is applied."""

BAR = "<!-- concordat:bar -->"
"""Where the bar goes; no quoted text can hold it, since `notices.escape` breaks every comment's opening."""
WHY = "/why"
"""What the address of a report is followed by in that of its rules."""


@dataclass(frozen=True, slots=True)
class Looker:
    """Whoever looks at a page: their login, the token of their forms, whether they operate this server."""

    login: str
    csrf: str = field(repr=False)
    operates: bool = False


def report(reviews: Sequence[Review], context: Context) -> str:
    """Write the whole page as HTML: one style sheet inside, no script, no image, nothing fetched."""
    views = [of_review(one, context) for one in most_severe_first(reviews)]
    return page(
        "report",
        title=comment.title(views, context),
        context=context,
        pull_url=pull_url(context),
        why_url=link(context.report_url and context.report_url + WHY) if views else None,
        problems=to_do(context.config_problems, Links(context)),
        views=views,
        review_lines=[standing.review_lines(one.review, context.now) if one.review else [] for one in views],
        max_findings=MAX_FINDINGS,
        max_witnesses=MAX_WITNESSES,
    )


def message(title: str, sentence: str, way_out: tuple[str, str] | None = None) -> str:
    """Write a page of one sentence; `way_out` is the text and the address of a link."""
    return page("message", title=title, sentence=sentence, way_out=way_out)


def link_slack(login: str, slack_user: str, csrf: str) -> str:
    """Write the page that asks whether a Slack account is somebody's own."""
    return page("link_slack", login=login, slack_user=slack_user, csrf=csrf)


OWED = (
    "Messages like this one are owed to you and cannot be switched off: they tell what changes in a contract that you "
    "depend on, and what you have to do by when. To get them elsewhere, ask whom the message names."
)


def stopping(notice: Notice, addresses: Sequence[str], *, stopped: AbstractSet[str], csrf: str = "") -> str:
    """Write the page on which the readers of a mail end messages of its kind, or have them sent again."""
    all_stopped = bool(addresses) and set(addresses) <= stopped
    return page(
        "stop",
        title="Stop these messages",
        notice=notice,
        addresses=addresses,
        stopped=all_stopped,
        csrf=csrf,
        owed=OWED,
    )


def page(name: str, **values: object) -> str:
    """Write a page from its template; `values` are what it prints beside what every page has."""
    shared = {"style": Markup(STYLE), "bar": Markup(BAR), "engine": words.engine()}  # noqa: S704 our own
    return html().get_template(f"pages/{name}.html.j2").render(**shared, **values)


def framed(page: str, looker: Looker | None, *, sign_in: str | None = None) -> str:
    """Put the bar in: who looks, or where they sign in; neither where nobody does."""
    bar = html().get_template("pages/bar.html.j2").render(person=looker, sign_in=sign_in)
    return page.replace(BAR, bar, 1)


def pull_url(context: Context) -> Markup | None:
    """Give the address of the pull request on GitHub; `None` where there is none."""
    return link(None if context.pull is None else f"{context.web_url}/{context.repository}/pull/{context.pull}")
