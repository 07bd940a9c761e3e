"""Text from outside, made harmless for each place that it is written to.

Whoever opens a pull request chooses field names, values, paths and version texts. None of it may become a mention, a
link, a reference, HTML, Markdown or a terminal or workflow command, and none of it may hide: characters that cannot be
seen are written as JSON escapes. Nothing is dropped.

In Markdown the rule is simple enough to check: **a word is either plain or code**. A plain word holds letters, digits
and harmless punctuation; every other one stands in a code span, in which GitHub makes no mention, link or reference.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache
from urllib.parse import quote

from markupsafe import Markup

from rules.quoting import one_line, spans

MAX_NAME, MAX_QUOTED, MAX_SENTENCE = 120, 400, 600
"""Characters shown of one name or path, of one inside a sentence (a command has to be whole), and of one sentence."""

_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
_BACKTICKS = re.compile(r"`+")

_EDGES = "\"'“”‘’(),.;:!?…–—"
_PLAIN = re.compile(r"(?:[^\W_]|[-'’.,:;/%=…()\"“”–—→←⊆≤≥×·§?!])*")
_SUSPECT = re.compile(
    r"""://            # an address, which GitHub turns into a link by itself
      | \bwww\.        # likewise
      | \b[0-9a-f]{7,} # a commit
      | \bgh-\d        # an issue
      | :[^:]+:        # an emoji's short code
    """,
    re.VERBOSE | re.IGNORECASE,
)
_BLOCK_START = re.compile(r"^(\d+(?=[.)](?:\s|$))|(?=[-=]))(.)")
_IN_ADDRESSES = ":/?#[]@!$&'*+,;=%-._~"
"""What an address may hold as it is (RFC 3986 §2), without the parentheses that end a Markdown link."""


def visible(text: str, *, keep: str = "") -> str:
    r"""Write what cannot be seen (controls, bidi overrides, lone surrogates) as JSON escapes: `\\u202e`.

    The openings of an HTML comment and of a legacy workflow command are broken the same way, so that our marker cannot
    be forged and a log line stays a log line. `keep` lists characters to leave alone. JSON text stays the same JSON.
    """
    if text.isascii() and text.isprintable():
        seen = text
    else:
        seen = "".join(_escape(c) if c not in keep and unicodedata.category(c) in _UNSEEN else c for c in text)
    return seen.replace("<!--", "\\u003c!--").replace("##[", "#\\u0023[")


def _escape(character: str) -> str:
    units = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))


def shorten(text: str, limit: int) -> str:
    """Cut text to at most `limit` characters, with an ellipsis as the last one."""
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def line(text: str, limit: int = MAX_SENTENCE) -> str:
    """Put text on one line for a place without markup, such as a terminal or an annotation."""
    return shorten(visible(_one_line(text, limit)), limit)


def _one_line(text: str, limit: int) -> str:
    # Cut before the work is done as well as after it: what comes in may be megabytes.
    return shorten(one_line(text[: 2 * limit]), limit)


def code(text: str, limit: int = MAX_NAME) -> Markup:
    """Write text as a Markdown code span that it cannot leave (CommonMark §6.1)."""
    return _code(text[: limit + 1], limit)


@lru_cache(maxsize=4096)
def _code(text: str, limit: int) -> Markup:
    shown = shorten(visible(text), limit) or '""'
    ticks = "`" * (1 + max(map(len, _BACKTICKS.findall(shown)), default=0))
    edged = bool(shown.strip(" ")) and (shown[0] in " `" or shown[-1] in " `")
    pad = " " if edged else ""
    return Markup(f"{ticks}{pad}{shown}{pad}{ticks}")  # noqa: S704 harmless by the lines above


def prose(text: str, limit: int = MAX_SENTENCE) -> Markup:
    """Write a sentence as Markdown on one line: back-ticked parts and words that are not plain become code spans."""
    return _prose(_one_line(text, limit))


@lru_cache(maxsize=4096)
def _prose(text: str) -> Markup:
    # Remembered, because a comment that has to be cut is written several times over.
    pieces: list[str] = []
    for at, part in enumerate(spans(text)):
        pieces += [str(code(part, MAX_QUOTED))] if at % 2 else _words(part, code)
    return Markup(_joined(pieces))  # noqa: S704 every piece is a code span or plain words


def _words(text: str, span: Callable[[str], str]) -> list[str]:
    words = text.split(" ")
    return [
        piece
        for at, word in enumerate(words)
        for piece in (*_word(word, span), *([" "] if at < len(words) - 1 else []))
    ]


def _word(word: str, span: Callable[[str], str]) -> tuple[str, ...]:
    core = word.strip(_EDGES)
    if not core:
        return (word,)
    before, after = word[: word.index(core)], word[word.index(core) + len(core) :]
    plain = _PLAIN.fullmatch(core) and not _SUSPECT.search(core) and not _SUSPECT.search(word)
    return (before, core if plain else str(span(core)), after)


def _joined(pieces: list[str]) -> str:
    """Join pieces so that none of them starts a block."""
    return _BLOCK_START.sub(r"\1\\\2", _apart(pieces))


def _apart(pieces: list[str]) -> str:
    """Join pieces so that no two code spans touch."""
    text = ""
    for piece in pieces:
        text += " " + piece if piece.startswith("`") and text.endswith("`") else piece
    return text


def url(address: str) -> Markup:
    """Write an address of ours where a link's target stands, in Markdown or mrkdwn: nothing in it ends the link."""
    return Markup(quote(visible(address), safe=_IN_ADDRESSES))  # noqa: S704 what could end a link is percent-encoded


def cell(markdown: str) -> Markup:
    """Make Markdown of ours fit into a table cell: a pipe, which only code spans hold, no longer ends it."""
    return Markup(markdown.replace("|", "\\|"))  # noqa: S704 it was Markdown before


def fence(text: str, language: str = "json") -> Markup:
    """Write text of several lines as a fenced code block that it cannot leave (CommonMark §4.5)."""
    shown = visible(text, keep="\n")
    ticks = "`" * max(3, 1 + max(map(len, _BACKTICKS.findall(shown)), default=0))
    return Markup(f"{ticks}{language}\n{shown}\n{ticks}")  # noqa: S704 harmless by the lines above


def mrkdwn(text: str, limit: int = MAX_SENTENCE) -> Markup:
    """Write a sentence in Slack's markup on one line; words that are not plain become code, as in `prose`.

    `&`, `<` and `>` are Slack's own escapes (docs.slack.dev, "Formatting message text"): without them nothing is a
    mention or a link. A back-tick, which Slack's code cannot hold, is written as a JSON escape.
    """
    pieces: list[str] = []
    for at, part in enumerate(spans(_one_line(text, limit))):
        pieces += [_slack_code(part)] if at % 2 else _words(part, _slack_code)
    return Markup(_apart(pieces))  # noqa: S704 every piece is code or plain words


def _slack_code(text: str) -> str:
    shown = visible(shorten(text, MAX_NAME)).replace("`", "\\u0060") or '""'
    return f"`{shown.replace('&', '&amp;').replace('<', '&lt;').replace('>', '&gt;')}`"
