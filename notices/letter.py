"""A notice in the form of each channel: mail as text and HTML, Markdown, Slack's blocks and their fallback."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from notices import environments
from notices.notice import Notice
from notices.slack import blocks, fallback

WIDTH = 78
"""Characters of a line of text mail (RFC 5322 §2.1.1)."""
MAX_MARKDOWN = 60_000
"""GitHub takes 65,536 characters; the marker and what stands around it have their room."""


_SIGNATURE = "Sent by Concordat, which keeps the contracts between our systems and yours."
_OWED = (
    "Messages like this one are owed to you and cannot be switched off. To get them elsewhere, ask whom you see above."
)


@dataclass(frozen=True)
class Letter:
    """One notice for every channel, each form written when a channel asks for it: most go out on one alone.

    `stop` is where a mail's reader ends messages that need not be sent.
    """

    notice: Notice
    stop: str = ""

    @property
    def subject(self) -> str:
        """The subject of a mail."""
        return self.notice.subject

    @cached_property
    def text(self) -> str:
        """The mail as plain text."""
        return _wrapped(environments.text().get_template("email/notice.txt.j2").render(self._values))

    @cached_property
    def html(self) -> str:
        """The mail as HTML."""
        return environments.html().get_template("email/notice.html.j2").render(self._values) + "\n"

    @cached_property
    def markdown(self) -> str:
        """The comment on GitHub."""
        found = environments.markdown().get_template("comments/notice.md.j2").render(self._values)
        return found[:MAX_MARKDOWN].strip() + "\n"

    @cached_property
    def fallback(self) -> str:
        """What Slack shows where it shows no blocks."""
        return fallback(self.notice)

    @cached_property
    def blocks(self) -> Sequence[Mapping[str, Any]]:
        """Slack's blocks."""
        return blocks(self.notice)

    @property
    def _values(self) -> dict[str, Any]:
        owed = _OWED if self.notice.contractual else ""
        return {"notice": self.notice, "signature": _SIGNATURE, "owed": owed, "stop": self.stop}


def write(notice: Notice, *, stop: str = "") -> Letter:
    """Write a notice in every form; `stop` is where a mail's reader ends messages that need not be sent."""
    return Letter(notice, stop)


def _wrapped(text: str) -> str:
    return "\n".join(_line(one) for one in text.strip("\n").split("\n")) + "\n"


def _line(text: str) -> str:
    """Wrap a line at spaces; what it begins with hangs out. An address stays in one piece."""
    begin = text[: len(text) - len(text.lstrip("-0123456789. "))]
    indent = " " * len(begin) if begin.strip() and begin.strip() != "--" and len(begin) <= 4 else ""
    if len(text) <= WIDTH:
        return text
    return textwrap.fill(text, WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)
