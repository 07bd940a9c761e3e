"""What an account of a change is made of: steps with facts and tables, and the change that they look at."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from notices.links import Links, Place
from notices.values import Context
from notices.view import ChangeView
from rules.config import CONFIG_PATHS
from rules.contract import Contract, Policy
from rules.review import Review


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that a rule was applied to, and where it stands; values are sentences of ours."""

    name: str
    value: str
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a rule's table; the first cell heads it. `used` marks the row that decided, `used_cell` the cell."""

    cells: tuple[str, ...]
    used: bool = False
    used_cell: int | None = None


@dataclass(frozen=True, slots=True)
class Grid:
    """A rule's table."""

    caption: str
    head: tuple[str, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """One rule, its input and its result. `tone` is "holds" where the result holds the change up."""

    title: str
    rule: str
    result: str
    facts: tuple[Fact, ...] = ()
    tables: tuple[Grid, ...] = ()
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Case:
    """What the steps look at."""

    review: Review
    view: ChangeView
    context: Context

    @property
    def contract(self) -> Contract:
        """The contract that changes."""
        return self.review.assessment.change.contract

    @property
    def policy(self) -> Policy:
        """What is set for it."""
        return self.contract.policy

    def set_at(self, *keys: str) -> Place:
        """Give the line of the configuration that says something: of the first key that stands there, or the entry."""
        contract = self.contract
        line = next((contract.lines[key] for key in keys if key in contract.lines), contract.line)
        if contract.source in CONFIG_PATHS:
            return Links(self.context).place(contract.source, line, base=True)
        return Place(contract.source, line)

    def setting(self, name: str, value: str, default: str, *keys: str) -> Fact:
        """Tell a setting, and whether the configuration says it or nobody does."""
        if value == default and keys[0] not in self.contract.lines:
            return Fact(name, f"{value}, as nothing else is set")
        return Fact(name, value, self.set_at(*keys))


def day(now: datetime | None) -> datetime | None:
    """Give the moment in UTC, whose date is the day that rules go by."""
    return None if now is None else now.astimezone(UTC)
