"""Filters of the page's templates: our sentences and other people's documents as HTML."""

from __future__ import annotations

import re
from functools import lru_cache

from markupsafe import Markup, escape

from notices.escape import MAX_NAME, line, shorten, visible
from notices.view import WitnessView
from rules.documents import Document, line_of
from rules.quoting import spans

_MOMENT = re.compile(r"(\d{4}-\d\d-\d\d(?: \d\d:\d\d UTC)?)")
MAX_TEXT = 1000


_KEPT = 2048
"""Sentences that are kept as they were written, since most are the same on every page."""


def sentence(text: str) -> Markup:
    """Write a sentence of ours, its back-ticked parts as code; a date is never broken over two lines."""
    return _kept(text) if len(text) <= MAX_TEXT else _sentence(text)


def _sentence(text: str) -> Markup:
    parts = spans(line(text, MAX_TEXT))
    pieces = [Markup("<code>{}</code>").format(part) if at % 2 else _dated(part) for at, part in enumerate(parts)]
    return Markup("").join(pieces)


_kept = lru_cache(_KEPT)(_sentence)


def _dated(text: str) -> Markup:
    parts = _MOMENT.split(text)
    pieces = [
        Markup('<span class="when">{}</span>').format(one) if at % 2 else escape(one) for at, one in enumerate(parts)
    ]
    return Markup("").join(pieces)


def plain(text: str) -> str:
    """Write a sentence of ours without its back-ticks, for a place that takes no markup."""
    return line(text, MAX_TEXT).replace("`", "")


def short(text: str) -> str:
    """Cut a value that stands inside a sentence."""
    return shorten(visible(text[: MAX_NAME + 1]), MAX_NAME)


def marked(item: WitnessView) -> Markup:
    """Write a witness's text with the lines of its failing part marked, by colour and by a word."""
    lines = visible(item.text or "", keep="\n").split("\n")
    number = None
    if item.part is None and item.pointer and item.holds is not None:
        number = line_of(Document("witness.json", item.text or "", None), item.pointer)
    at = None if number is None or number > len(lines) else number - 1
    return Markup("\n").join(
        Markup("<mark>{}  ← {}</mark>").format(text, item.mark.lower()) if index == at else escape(text)
        for index, text in enumerate(lines)
    )
