"""A notice in the form of each channel: mail as text and HTML, Markdown, Slack's blocks and their fallback."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from notices import environments
from notices.notice import Notice
from notices.slack import blocks, fallback

WIDTH = 78
"""Characters of a line of text mail (RFC 5322 §2.1.1)."""
MAX_MARKDOWN = 60_000
"""GitHub takes 65,536 characters; the marker and what stands around it have their room."""


@dataclass(frozen=True, slots=True)
class Letter:
    """One notice, written for every channel. `fallback` is what Slack shows where it shows no blocks."""

    subject: str
    text: str
    html: str
    markdown: str
    fallback: str
    blocks: Sequence[Mapping[str, Any]]


_SIGNATURE = "Sent by Concordat, which keeps the contracts between our systems and yours."
_OWED = (
    "Messages like this one are owed to you and cannot be switched off. To get them elsewhere, ask whom you see above."
)


def write(notice: Notice, *, stop: str = "") -> Letter:
    """Write a notice in every form; `stop` is where a mail's reader ends messages that need not be sent."""
    values = {"notice": notice, "signature": _SIGNATURE, "owed": _OWED if notice.contractual else "", "stop": stop}
    plain = environments.text().get_template("email/notice.txt.j2").render(values)
    markdown = environments.markdown().get_template("comments/notice.md.j2").render(values)
    return Letter(
        subject=notice.subject,
        text=_wrapped(plain),
        html=environments.html().get_template("email/notice.html.j2").render(values) + "\n",
        markdown=markdown[:MAX_MARKDOWN].strip() + "\n",
        fallback=fallback(notice),
        blocks=blocks(notice),
    )


def _wrapped(text: str) -> str:
    return "\n".join(_line(one) for one in text.strip("\n").split("\n")) + "\n"


def _line(text: str) -> str:
    """Wrap a line at spaces; what it begins with hangs out. An address stays in one piece."""
    begin = text[: len(text) - len(text.lstrip("-0123456789. "))]
    indent = " " * len(begin) if begin.strip() and begin.strip() != "--" and len(begin) <= 4 else ""
    if len(text) <= WIDTH:
        return text
    return textwrap.fill(text, WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)
