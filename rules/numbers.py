"""Every number that a review, a deprecation or a release goes by, with its default and how it is changed.

docs/numbers.md is written from it by `page`; the defaults are those of the rules themselves.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from rules.contract import Enforcement
from rules.obligations import ESCALATION, REMINDERS
from rules.policy import NOTHING_SET, ROWS, hours
from rules.register import WARNINGS
from rules.release import GO_LIVE, MAJORS_WITHIN, MOST_MAJORS
from rules.release_plan import DECIDE_BY
from rules.review_ledger import HOLD
from rules.review_time import AFTER_OBJECTION, EMERGENCY

_P = NOTHING_SET


def _time(span: timedelta) -> str:
    return hours(int(span.total_seconds() // 3600))


SET: tuple[tuple[str, str, str, str], ...] = (
    ("review time of a MINOR change", hours(_P.minor_hours), "policy/review/minor-hours", "24"),
    ("review time of a MAJOR change", hours(_P.major_hours), "policy/review/major-hours", "240"),
    ("what the hours are", "elapsed time", "policy/review/business-hours",
     "as [configuration](configuration.md) has it"),
    ("what silence means at the end of a MINOR review", f"`{_P.on_silence}`", "policy/review/on-silence", "approve"),
    ("what comes with a change", "all of it", "policy/accompany", "[deprecation, impact-analysis]"),
    ("grace period of a deprecation", f"{_P.grace_days} days", "policy/grace-days", "60"),
    ("whether readers refuse fields that they do not know", "no", "policy/strict-readers", "true"),
    ("with which versions a change is compared", f"`{_P.compare}`", "policy/compare", "all"),
    ("how much a kind of finding weighs", "as the verdict's table says", "policy/findings",
     "a list, each with its reason"),
    ("what the check says when Concordat itself fails", f"`{_P.on_error}`", "policy/on-error", "neutral"),
    ("in which zone times are written beside UTC", _P.zone, "policy/zone", "America/Denver"),
    ("how strict the check is", f"`{Enforcement().stage}`", "enforcement",
     "{stage: warn, next: enforce, from: 2027-01-20}"),
)  # fmt: skip
"""What a contract sets for itself: the rule, its default, the key in `.github/contracts.yml`, another value."""

KEPT: tuple[tuple[str, str, str], ...] = (
    *(
        (f"notice to partners, {row.title}", hours(row.notice_hours), "nobody shortens it; `/postpone` gives more")
        for row in ROWS
    ),
    ("days of the milestones before go-live", "as [policy](policy.md#milestones) lists them",
     "they follow the go-live: `/release`, `/postpone`"),
    ("final confirmation closes, go or no-go", f"{DECIDE_BY} days before go-live", "it follows the go-live"),
    ("time of day of a go-live", f"{GO_LIVE:%H:%M} in the contract's zone",
     "`/release VERSION DATE`, with the time in DATE"),
    ("MAJOR releases of a contract", f"{MOST_MAJORS} in {MAJORS_WITHIN.days} days; one more is remarked on",
     "advice alone"),
    ("reminders of a review", " and ".join(f"{one} %" for one in REMINDERS) + " of its time",
     "they follow the review time"),
    ("mail after a breached MAJOR review", f"{_time(ESCALATION)} without an answer", "an answer of the team ends it"),
    ("what is left after an objection falls", f"{AFTER_OBJECTION} hours at least", "it is a lower bound"),
    ("a hold", _time(HOLD), "`/hold REASON until DATE`"),
    ("review time of a critical fix", hours(EMERGENCY), "a release owner approves it"),
    ("warnings before a removal date", ", ".join(map(str, WARNINGS)) + " days",
     "they follow the removal date in the notice"),
)  # fmt: skip
"""What is the same for every contract: the rule, its number, and what moves it in one case."""


def page() -> str:
    """Write docs/numbers.md."""
    first = [
        (rule, default, f"`{key}`", other if _is_said(other) else f"`{other}`") for rule, default, key, other in SET
    ]
    return _PAGE.format(
        set=_table(("rule", "default", "key of the contract", "for instance"), first),
        kept=_table(("rule", "number", "in one case"), KEPT),
    )


def _is_said(other: str) -> bool:
    return other.startswith(("a list", "as "))


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, ("---",) * len(head), *rows))


_PAGE = """\
# Every number, its default, and how to change it

Written from `rules/numbers.py`, which takes the defaults from the rules themselves; a test keeps the two equal.
[Policy](policy.md) says what the rules are.

## What a contract sets for itself

In `.github/contracts.yml`, under the contract or under `defaults`; a slash stands for a level, so that
`policy/grace-days` is `policy: {{grace-days: 60}}`. The file of the base branch counts, so that a change of a number is
itself merged first. For one change alone a maintainer puts a point of the to-do list aside with `/waive CODE REASON`,
and another verdict in the place of the engine's with `/override VERDICT REASON`; both stay on record.

{set}

## What is the same for every contract

{kept}
"""
