"""What flows through a command: the words as written, who wrote them, what they saw, and what comes of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal

from bot.store.values import NewEvent
from rules.contract import Contract
from rules.migration_state import Migration
from rules.partners import Party
from rules.release import ReleaseKind, Removal
from rules.release_state import Release
from rules.review import Review
from rules.review_ledger import Ledger

Role = Literal["anyone", "author", "owner", "maintainer", "release owner"]


@dataclass(frozen=True, slots=True)
class Written:
    """One command as written: its name without the slash, the rest of its line, and which of the comment it is."""

    name: str
    rest: str
    index: int


@dataclass(frozen=True, slots=True)
class Person:
    """Who gave the command: `permission` and `teams` (`org/team`) as the API said when it was executed.

    Of the teams in `untold` GitHub does not say who is in them.
    """

    id: int
    login: str
    permission: str = "read"
    teams: frozenset[str] = frozenset()
    untold: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Seat:
    """One contract of the pull request: its review now, and the digest and class that our comment showed then.

    `shown` is `None` where the comment had not been written, or showed other documents than those of now.
    """

    contract: Contract
    review: Review
    shown: str | None
    grade: str = "NONE"


@dataclass(frozen=True, slots=True)
class Berth:
    """One contract whose release a command may be about: what stands of it, and what one could be made of.

    `stream` is the release's for a version, by name. `kind`, `digest`, `removals` are those of the pull request's
    change, with its findings' fingerprints (`breaking`) and sentences (`says`); `majors` the days of the
    contract's other major releases. `drawn` is the release's version that a button
    was drawn at, `None` for what was written by hand. `data` says what is left to do for the data after a rollback.
    """

    contract: Contract
    stream: Callable[[str], str]
    parties: tuple[Party, ...] = ()
    release: Release | None = None
    kind: ReleaseKind = "major"
    digest: str = ""
    pull: int = 0
    merged: bool = False
    removals: tuple[Removal, ...] = ()
    majors: tuple[date, ...] = ()
    breaking: tuple[str, ...] = ()
    says: tuple[str, ...] = ()
    drawn: int | None = None
    data: str = ""


@dataclass(frozen=True, slots=True)
class Dock:
    """One contract's migration by this pull request, and the stream of its log. `drawn` is as with a berth."""

    contract: Contract
    stream: str
    migration: Migration
    irreversible: tuple[str, ...] = ()
    drawn: str | None = None


@dataclass(frozen=True, slots=True)
class Scene:
    """Where a command is given. `source` and `number` name the comment or GitHub review ("comment", 17).

    On a pull request there is a seat for each contract that it changes, and a berth for its release; on a release's
    issue there is one berth. Once it is merged there are no seats: `kept` is then what the log says of each contract
    that is migrated.
    """

    person: Person
    seats: tuple[Seat, ...]
    at: datetime
    now: datetime
    source: str
    number: int
    author: int | None = None
    berths: tuple[Berth, ...] = ()
    docks: tuple[Dock, ...] = ()
    kept: tuple[tuple[Contract, Ledger], ...] = ()


@dataclass(frozen=True, slots=True)
class Intent:
    """Something for the steward to do that is no fact of a review: "recheck", "status", "explain", "help"."""

    kind: str
    body: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one command: facts for the log, intents, and one sentence for whoever gave it.

    `releases` are facts for the logs of releases and migrations, each with its stream. `aloud` has the sentence written
    though all was done: what a command covered is not plain from the command.
    """

    done: bool
    says: str
    events: tuple[NewEvent, ...] = ()
    intents: tuple[Intent, ...] = ()
    releases: tuple[tuple[str, NewEvent], ...] = ()
    aloud: bool = False


class Refused(Exception):  # noqa: N818 not an error of ours: an answer to whoever gave the command
    """A command that cannot be carried out; the text says why and what to do."""


class NotYoursError(Refused):
    """A command that is well written, and not for whoever gave it to give: its usage would tell them nothing."""


Arguments = Mapping[str, Any]
Reader = Callable[[str, str], Arguments]
"""Reads (rest of the line, zone) into arguments, or raises `Refused`."""

Handler = Callable[[Arguments, Scene, Written], Outcome]


@dataclass(frozen=True, slots=True)
class Command:
    """One row of the registry: nothing can be registered without its usage, its examples and who may use it."""

    name: str
    usage: str
    summary: str
    examples: tuple[str, ...]
    role: Role
    read: Reader
    handle: Handler
