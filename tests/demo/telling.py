"""How the story is told: plain text, who sees what, indented."""

from __future__ import annotations

import difflib
import re
import textwrap
from typing import TextIO

from tests.fakes.github.state import CheckRun, Comment

_MARKER = re.compile(r"<!--.*?-->\n?", re.DOTALL)
_WORDS = {"success": "passed", "failure": "failed", "action_required": "action required", "neutral": "neutral"}
_MOST_CHANGED = 40


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
        self.say(textwrap.fill(sentence, 110, initial_indent="   ", subsequent_indent="   "))

    def comment(self, who: str, where: str, comment: Comment) -> None:
        """Show a comment as its reader has it."""
        by = comment.author.login if comment.author else "ghost"
        self.does(f"{who} sees on {where}, by {by}:")
        self.say(textwrap.indent(readable(comment), "     | ", lambda _: True))

    def changed(self, who: str, before: str, after: str) -> None:
        """Show what changed in a comment."""
        lines = list(difflib.ndiff(before.splitlines(), after.splitlines()))
        marked = [line for line in lines if line[:2] in ("- ", "+ ")]
        if not marked:
            self.does(f"{who} sees the same comment, unchanged.")
            return
        self.does(f"{who} sees the same comment, brought up to date (- was, + is):")
        self.say(textwrap.indent("\n".join(marked[:_MOST_CHANGED]), "     | "))
        if len(marked) > _MOST_CHANGED:
            self.say(f"     | … and {len(marked) - _MOST_CHANGED} lines more")

    def check(self, who: str, run: CheckRun) -> None:
        """Show a check run as the pull request's list of checks and its changed files have it."""
        conclusion = _WORDS.get(run.conclusion or "", run.conclusion or run.status)
        self.does(f"{who} sees the check on {run.head_sha[:7]}:")
        self.say(f"     | {run.name}: {conclusion}. {run.output.get('title') or ''}")
        for one in run.annotations:
            first, *_ = str(one["message"]).splitlines()
            self.say(f"     | {one['path']}:{one['start_line']}: {first}")


def readable(comment: Comment) -> str:
    """A comment's text without the marker that nobody sees."""
    return _MARKER.sub("", comment.body).strip()
