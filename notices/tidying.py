"""The pull request that tidies up after a merge: its title, and what it does and why."""

from __future__ import annotations

from collections.abc import Sequence

from notices.escape import code, line, prose
from rules.housekeeping import Edit, Move

MARKER = "<!-- concordat:tidy -->"
_MAX_TITLE = 120


def title(edits: Sequence[tuple[str, Edit]]) -> str:
    """Name the pull request; it is the message of its commit, too."""
    names = ", ".join(dict.fromkeys(name for name, _ in edits))
    return line(f"Tidy up after the merge: {names}", _MAX_TITLE)


def body(edits: Sequence[tuple[str, Edit]]) -> str:
    """Write the pull request: each edit with its reason, and what to do with it."""
    lines = (f"- {_said(name, one)}" for name, one in edits)
    return "\n".join([MARKER, _TO_DO, "", *lines, "", _WHY, ""])


_TO_DO = (
    "**To do:** read it, correct what is wrong on its branch, and merge it. Closing it means that it is not wanted; "
    "the same edits are not proposed again."
)
_WHY = (
    "**Why you read this:** these versions were approved and merged, and their place and their record follow from "
    "that. No contract's content changes."
)


def _said(name: str, one: Edit) -> str:
    if isinstance(one, Move):
        return f"{prose(name)}: {code(one.old, 300)} moves to {code(one.new, 300)}: {prose(one.why)}."
    return f"{prose(name)}: {code(one.path, 300)} is brought up to date: {prose(one.why)}."
