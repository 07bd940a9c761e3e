"""Make a text fit: less and less detail, always at the border of a section, always saying what was left out.

GitHub refuses a comment of more than 65,536 characters and does not say how it counts them. Counted here are UTF-16
units, the larger of the two plausible counts, with room to spare.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from notices.view import ChangeView
from notices.words import listed

LIMIT = 60_000
"""UTF-16 units of a comment, or of one field of a check run (GitHub: 65,535)."""


@dataclass(frozen=True, slots=True)
class Detail:
    """How much is shown: rows of the summary, changes in full, and of each its findings, witnesses and so on."""

    rows: int = 50
    changes: int = 50
    to_do: int = 100
    findings: int = 200
    witnesses: int = 10
    relations: bool = True


LEVELS = (
    Detail(),
    Detail(relations=False),
    Detail(relations=False, witnesses=0),
    Detail(relations=False, witnesses=0, findings=30, to_do=30),
    Detail(relations=False, witnesses=0, findings=10, to_do=20),
    Detail(relations=False, witnesses=0, findings=10, to_do=10, changes=5),
    Detail(relations=False, witnesses=0, findings=5, to_do=5, changes=2),
    Detail(relations=False, witnesses=0, findings=0, to_do=1, changes=1, rows=10),
)
"""From everything to the least, which still holds the verdicts of ten changes and their next steps."""


def fit(render: Callable[[Detail], str], limit: int = LIMIT) -> str:
    """Render with as much detail as fits into `limit` UTF-16 units; the last level is small by construction."""
    for detail in LEVELS[:-1]:
        text = render(detail)
        if units(text) <= limit:
            return text
    return render(LEVELS[-1])


def units(text: str) -> int:
    """Count UTF-16 units, as JavaScript and GitHub's editor count characters."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def left_out(views: Sequence[ChangeView], detail: Detail) -> str:
    """Say in one sentence what a level of detail leaves out of these changes; empty where it is nothing."""
    shown = views[: detail.changes]
    findings = sum(max(0, len(view.findings) - detail.findings) for view in shown)
    witnesses = sum(max(0, len(view.witnesses) - detail.witnesses) for view in shown)
    to_do = sum(max(0, len(view.to_do) - detail.to_do) for view in shown)
    parts = [
        _count(len(views) - len(shown), "contract in detail", "contracts in detail"),
        _count(to_do, "point of the to-do list", "points of the to-do list"),
        _count(findings, "finding", "findings"),
        _count(witnesses, "document that shows a finding", "documents that show a finding"),
        "" if detail.relations or not shown else "how each verdict was decided",
    ]
    named = [part for part in parts if part]
    if not named:
        return ""
    return f"Not shown here: {listed(named)}."


def _count(number: int, one: str, many: str) -> str:
    return "" if number <= 0 else f"{number} {one if number == 1 else many}"
