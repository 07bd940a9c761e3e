"""Find the commands of a comment: at the start of a line, and nowhere in code, quotes, lists, HTML or comments.

The text is read as GitHub reads it, by a CommonMark parser; what is shown as something else is no command.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from markdown_it import MarkdownIt
from markdown_it.token import Token

from bot.commands.values import Refused, Written

MAX_TEXT = 65_536
MAX_COMMANDS = 20
"""So many commands of one comment are read; the rest are not."""

MAX_WORDS = 200

_MARK = "\ue000"
_LINE = re.compile(r"/([A-Za-z][A-Za-z-]{0,39})(?=[ \t]|$)[ \t]*(.*)")
_MARKED = re.compile(rf"{_MARK}([0-9]+){_MARK}/")
_QUOTES = {'"': '"', "'": "'", "“": "”", "„": "“", "‘": "’"}


def commands(text: str) -> tuple[Written, ...]:
    """List the commands of a comment in their order; of a text longer than GitHub takes, none."""
    if "/" not in text or len(text) > MAX_TEXT:
        return ()
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "").replace(_MARK, "").split("\n")
    # A mark before each candidate survives parsing, and tells which line of the source a piece of text came from.
    marked = [f"{_MARK}{n}{_MARK}{line}" if _LINE.fullmatch(line) else line for n, line in enumerate(lines)]
    found = [_LINE.fullmatch(lines[n]) for n in _shown("\n".join(marked))]
    named = [one for one in found if one is not None][:MAX_COMMANDS]
    return tuple(Written(one[1].lower(), one[2].strip(), index) for index, one in enumerate(named))


def _shown(text: str) -> Iterator[int]:
    """Yield the numbers of marked lines that begin a line of plain text in a paragraph of the comment itself."""
    tokens = MarkdownIt("commonmark", {"maxNesting": 20}).enable("table").parse(text)
    for before, token in pairwise(tokens):
        if before.type == "paragraph_open" and before.level == 0 and token.type == "inline":
            yield from _of_paragraph(token.children or [])


def _of_paragraph(children: list[Token]) -> Iterator[int]:
    starts = True
    for child in children:
        mark = _MARKED.match(child.content) if starts and child.type == "text" and child.level == 0 else None
        if mark:
            yield int(mark[1])
        starts = child.type in ("softbreak", "hardbreak")


def words(text: str) -> tuple[str, ...]:
    """Split arguments as a shell does: quotes keep words together, a backslash takes the next character as it is.

    An apostrophe within a word is one ("doesn't"); typographic quotes count as quotes. `Refused` where one stays open.
    """
    found: list[str] = []
    at = 0
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        word, at = _quoted(text, at) if text[at] in _QUOTES else _plain(text, at)
        found.append(word)
        if len(found) > MAX_WORDS:
            raise Refused(f"These are more than {MAX_WORDS} words. Put a long text between double quotes.")
    return tuple(found)


def _quoted(text: str, at: int) -> tuple[str, int]:
    end, word, begin = _QUOTES[text[at]], "", at
    at += 1
    while at < len(text):
        if text[at] == "\\" and end != "'" and at + 1 < len(text):
            word += text[at + 1]
            at += 2
        elif text[at] == end:
            return word, at + 1
        else:
            word += text[at]
            at += 1
    raise Refused(f"The quote at character {begin + 1} of the arguments is not closed. Close it, or leave it out.")


def _plain(text: str, at: int) -> tuple[str, int]:
    word = ""
    while at < len(text) and not text[at].isspace():
        if text[at] == "\\" and at + 1 < len(text):
            at += 1
        word += text[at]
        at += 1
    return word, at
