"""How the story is told: plain text, who sees what, indented."""

from __future__ import annotations

import difflib
import re
import textwrap
from typing import TextIO

from tests.fakes.github.state import CheckRun, Comment, Issue

_MARKER = re.compile(r"<!--.*?-->\n?", re.DOTALL)
_LINK = re.compile(r"\[([^\]\n]+)\]\(https?://[^)\s]+\)")
_WIDTH = 110
_WORDS = {"success": "passed", "failure": "failed", "action_required": "action required", "neutral": "neutral"}
_MOST_CHANGED = 40
_SIDES = {"-": "was: ", "+": "now: "}
_FOLDED = re.compile(r"<details>\n<summary>(.*?)</summary>\n\n(.*?)\n\n</details>", re.DOTALL)


class Teller:
    """Writes the story to a stream, line by line."""

    def __init__(self, out: TextIO) -> None:
        self._out = out

    def say(self, text: str = "") -> None:
        """Write a paragraph as it is."""
        self._out.write(f"{text}\n")
        self._out.flush()

    def scene(self, number: int, title: str) -> None:
        """Begin a step."""
        self.say(f"\n{number}. {title}\n")

    def does(self, sentence: str) -> None:
        """Tell what somebody does."""
        self.say(_wrapped(sentence, "   ", "   "))

    def shows(self, text: str) -> None:
        """Show a text as it stands, beside a line."""
        self.say("\n".join(_wrapped(line, "     | ", "     |   ") for line in text.splitlines()))

    def comment(self, who: str, where: str, comment: Comment) -> None:
        """Show a comment as its reader has it."""
        by = comment.author.login if comment.author else "ghost"
        self.does(f"{who} sees on {where}, by {by}:")
        self.shows(readable(comment))

    def changed(self, who: str, before: str, after: str) -> None:
        """Show what changed in a comment."""
        lines = difflib.unified_diff(before.splitlines(), after.splitlines(), n=0, lineterm="")
        marked = [
            f"{_SIDES[line[0]]}{line[1:].strip()}" for line in list(lines)[2:] if line[1:].strip() and line[0] in _SIDES
        ]
        if not marked:
            self.does(f"{who} sees the same comment, unchanged.")
            return
        self.does(f"{who} sees the same comment, brought up to date:")
        rest = len(marked) - _MOST_CHANGED
        self.shows("\n".join([*marked[:_MOST_CHANGED], *([f"… and {rest} lines more"] if rest > 0 else [])]))

    def check(self, who: str, run: CheckRun) -> None:
        """Show a check run as the pull request's list of checks and its changed files have it."""
        conclusion = _WORDS.get(run.conclusion or "", run.conclusion or run.status)
        self.does(f"{who} sees the check on {run.head_sha[:7]}:")
        notes = [f"{one['path']}:{one['start_line']}: {str(one['message']).splitlines()[0]}" for one in run.annotations]
        self.shows("\n".join([f"{run.name}: {conclusion}. {run.output.get('title') or ''}", *notes]))


def _wrapped(text: str, first: str, rest: str) -> str:
    # tables and code keep their lines
    if len(text) < _WIDTH or text.lstrip().startswith("|"):
        return first + text
    return textwrap.fill(
        text, _WIDTH, initial_indent=first, subsequent_indent=rest, break_on_hyphens=False, break_long_words=False
    )


def readable(written: Comment | Issue) -> str:
    """Give a text on GitHub unfolded, without what a reader does not see: the marker, and where links lead."""
    text = _LINK.sub(r"\1", _MARKER.sub("", written.body)).strip()
    return _FOLDED.sub(lambda found: f"▾ {found[1]}\n{textwrap.indent(found[2], '  ')}", text)
