"""A deprecation notice as a value; `rules.deprecation` reads and checks them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from rules.documents import Problem

MENTION = "deprecat"
"""Every notice holds this, in whatever case; a document that does not, deprecates nothing."""


@dataclass(frozen=True, slots=True)
class Notice:
    """One deprecation: the field as the notice names it, and what it says of it; dates are `None` where unreadable.

    `pointer` is that of the field's schema and `instance` its place in documents, `None` where they are not known;
    `at` is the pointer of the notice itself. `replacement_at` is the pointer of the field that takes its place.
    `bare` says that the mark stands alone, without dates.
    """

    field: str
    at: str
    form: Literal["property", "block"]
    pointer: str | None = None
    instance: str | None = None
    deprecated_on: date | None = None
    removal: date | None = None
    replacement: str = ""
    replacement_at: str | None = None
    guide: str = ""
    reason: str = ""
    bare: bool = False

    @property
    def key(self) -> str:
        """What the notice is about, to know it again on the other side of a change."""
        return self.pointer or self.field

    def earliest(self, grace_days: int) -> date | None:
        """Give the first day on which the field may go: its removal date, never less than the grace period."""
        if self.deprecated_on is None or self.removal is None:
            return None
        return max(self.removal, day_after(self.deprecated_on, grace_days))


@dataclass(frozen=True, slots=True)
class Notices:
    """The notices on both sides of a change, and what is wrong with those of the head."""

    base: tuple[Notice, ...] = ()
    head: tuple[Notice, ...] = ()
    problems: tuple[Problem, ...] = ()


def day_after(day: date, days: int) -> date:
    """Add days to a date; the calendar's last day where it ends."""
    return day + timedelta(days=min(days, (date.max - day).days))
