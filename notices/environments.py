"""The only Jinja environments: one for each escape. A template never escapes by itself.

Every value that a template prints passes through its environment's escape, unless it is `Markup`, which only
`notices.escape` and templates make.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from notices.escape import cell, code, fence, line, mrkdwn, prose, url, visible
from notices.html import marked, plain, sentence, short
from notices.rendered import rendered


@cache
def markdown() -> Environment:
    """Give the environment of comments and checks: GitHub's Markdown, every value as harmless prose."""
    environment = _environment(lambda value: value if isinstance(value, Markup) else prose(str(value)))
    environment.filters |= {"code": code, "fence": fence, "cell": cell, "prose": prose, "url": url}
    return environment


@cache
def html() -> Environment:
    """Give the environment of pages: HTML, every value escaped and with its unseen characters shown."""
    environment = _environment(lambda value: value if isinstance(value, Markup) else visible(str(value), keep="\n"))
    environment.filters |= {
        "sentence": sentence,
        "plain": plain,
        "short": short,
        "marked": marked,
        "rendered": rendered,
    }
    return environment


@cache
def slack() -> Environment:
    """Give the environment of Slack messages: mrkdwn, every value as harmless words."""
    environment = _environment(lambda value: value if isinstance(value, Markup) else mrkdwn(str(value), _LONGEST))
    environment.filters |= {"url": url}
    return environment


@cache
def text() -> Environment:
    """Give the environment of plain text: every value on one line, with its unseen characters shown."""
    # Plain text has no markup to escape.
    environment = _environment(lambda value: value if isinstance(value, Markup) else Markup(line(str(value), _LONGEST)))  # noqa: S704
    environment.filters |= {"plain": lambda value: Markup(plain(value))}  # noqa: S704 as above
    return environment


_LONGEST = 1000
"""Characters of one value in a message; more than any of them is cut."""


def _environment(finalize: Callable[[object], str]) -> Environment:
    return Environment(
        loader=PackageLoader("templates", ""),
        # With Markdown, too, this keeps what macros return marked as escaped already.
        autoescape=True,
        finalize=finalize,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=False,
    )
