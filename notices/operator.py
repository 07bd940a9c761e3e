"""The operator's page: the jobs by state, what gave up and why, the latest deliveries, the installations."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from notices import pages
from rules.clock import show


@dataclass(frozen=True, slots=True)
class Tally:
    """How many jobs of a kind there are in each state; `since` is when the oldest that is due fell due."""

    kind: str
    due: int = 0
    running: int = 0
    waiting: int = 0
    dead: int = 0
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Dead:
    """A job that gave up: what it was for, how often it was tried, and the text of its last failure."""

    number: int
    kind: str
    about: str
    attempts: int
    error: str
    enqueued_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class Arrival:
    """A delivery that GitHub sent."""

    guid: str
    event: str
    state: str
    attempts: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Account:
    """An installation of the App."""

    number: int
    name: str
    suspended: bool


@dataclass(frozen=True, slots=True)
class View:
    """What the page shows at a moment; `accounts` is `None` where GitHub gave no answer.

    `note` is of the last act, `held` says since when and why a quarantine keeps everything from being sent.
    """

    now: datetime
    tallies: tuple[Tally, ...] = ()
    dead: tuple[Dead, ...] = ()
    arrivals: tuple[Arrival, ...] = ()
    accounts: tuple[Account, ...] | None = ()
    note: str = ""
    held: str = ""

    def total(self, state: str) -> int:
        """Count the jobs of every kind in a state."""
        return sum(getattr(one, state) for one in self.tallies)


def render(view: View, *, csrf: str) -> str:
    """Write the page as HTML; `csrf` goes into its forms."""
    return pages.page("operator", title="Operator: Concordat", view=view, csrf=csrf, show=show)
