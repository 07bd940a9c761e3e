"""What is known of one release at a moment: its dates, its answers, its blockers, who decided what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal, get_args

from rules.release import ReleaseKind, Removal, Terms

State = Literal["announced", "go", "no-go", "live", "cancelled", "rolled back"]
Severity = Literal["critical", "high", "medium"]

WEIGHT: dict[ReleaseKind, int] = {"patch": 0, "minor": 1, "major": 2, "critical": 3}


@dataclass(frozen=True, slots=True)
class Phase:
    """One step of a roll-out: its day, and what it covers; a release without steps has one that covers all."""

    day: date
    scope: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What one partner has said of the present digest: items done, and whether they are ready; `None` is no answer."""

    items: frozenset[str] = frozenset()
    ready: bool | None = None
    at: datetime | None = None
    by: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Blocker:
    """Something that keeps a partner from going along; `issue` is its number on GitHub, 0 until it has one."""

    id: str
    party: str
    severity: Severity
    text: str
    at: datetime
    by: str = ""
    issue: int = 0
    closed: datetime | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """Who decided, when, and why."""

    login: str
    at: datetime
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Turn:
    """One moment at which the release changed: the kind of fact, the moment, and what is said of it to people."""

    kind: str
    at: datetime
    source_id: str
    reason: str = ""
    says: tuple[str, ...] = ()
    before: date | None = None
    after: date | None = None


@dataclass(frozen=True, slots=True)
class Release:
    """Where one release stands by its log.

    `day` is the day that was promised; `rules.release_plan` says whether it can be kept. `noticed_from` is the
    moment from which notice counts, `reached` when each partner was first reached since then, `unreached` whom no
    channel reaches, and why. `breaking` are the fingerprints of the findings of which partners were told that they
    break somebody, `says` the changes in sentences. `failures` counts by partner the documents that broke the
    contract in production since the announcement. `version` counts the turns: what was drawn at another is out of
    date. After a major release both versions are read for `grace_days`.
    """

    contract: str
    name: str
    terms: Terms
    phases: tuple[Phase, ...]
    state: State
    digest: str
    announced: datetime
    noticed_from: datetime
    round: int = 1
    version: int = 1
    epoch: int = 1
    pull: int = 0
    merged: bool = False
    issue: int = 0
    owner: str = ""
    removals: tuple[Removal, ...] = ()
    breaking: frozenset[str] = frozenset()
    says: tuple[str, ...] = ()
    decided: Decision | None = None
    ended: Decision | None = None
    reached: Mapping[str, datetime] = field(default_factory=dict)
    unreached: Mapping[str, str] = field(default_factory=dict)
    answers: Mapping[str, Answer] = field(default_factory=dict)
    blockers: tuple[Blocker, ...] = ()
    lived: Mapping[int, datetime] = field(default_factory=dict)
    verified: Mapping[tuple[str, str], datetime] = field(default_factory=dict)
    follow_ups: Mapping[str, int] = field(default_factory=dict)
    resolved: datetime | None = None
    failures: Mapping[str, int] = field(default_factory=dict)
    turns: tuple[Turn, ...] = ()
    grace_days: int = 30

    @property
    def day(self) -> date:
        """The day on which it goes live, or its first phase does."""
        return self.phases[0].day

    @property
    def open(self) -> bool:
        """Say whether it is still to go live, in whole or in part."""
        return self.state in ("announced", "go", "no-go") or (
            self.state == "live" and len(self.lived) < len(self.phases)
        )

    @property
    def asked(self) -> str:
        """Name what partners are asked about: an answer that was drawn from other documents or another day is stale."""
        return f"{self.round}.{self.epoch}.{self.day:%Y%m%d}.{self.digest[:10]}"

    @property
    def blocking(self) -> tuple[Blocker, ...]:
        """The blockers that are open, the weightiest first."""
        found = (one for one in self.blockers if one.closed is None)
        return tuple(sorted(found, key=lambda one: (get_args(Severity).index(one.severity), one.at, one.id)))

    @property
    def needs_go(self) -> bool:
        """Say whether somebody has to decide: for a major release always, for a smaller one while a blocker is open."""
        return self.terms.kind == "major" or (self.terms.kind != "critical" and bool(self.blocking))

    @property
    def cleared(self) -> bool:
        """Say whether nothing but the day keeps it from going live."""
        decided = self.state == "go" or (self.state == "announced" and not self.needs_go) or self.state == "live"
        return decided and self.merged

    def answer(self, party: str) -> Answer:
        """Give what a partner has said."""
        return self.answers.get(party, Answer())
