"""The contract of a runner: what Concordat asks of whoever carries out a migration of data that lives elsewhere.

A package offers one as an entry point of the group `concordat.runners` whose object is a `Kind`. A runner is handed
**errands**, each named by a key that is never used for another: start it, find it again, look how it is, stop it. Every
call may fail before, during or after its effect, and may be made again: the key decides what is the same errand, and
`bot.migrations.runners.errands` sees to it that none is sent twice.
"""

# ruff: noqa: D102 the runners' own docstrings say how each thing is done

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

from bot.migrations.engine import Engine
from bot.migrations.errors import MigrationError
from bot.migrations.values import Target
from rules.jsontext import JsonValue

if TYPE_CHECKING:
    from bot.github.repository import Repository  # most runners need no GitHub, which is long to load

Mode = Literal["test", "copy", "cutover", "rollback", "finish"]
"""What an errand is to do.

test      count the rows, and take them through the migration without writing; read-only
copy      bring every row to its new form beside the old one, validated; readers and writers notice nothing
cutover   give readers and writers the new form, with what was written meanwhile
rollback  take it back: before cutover remove what `copy` made; after it bring what was written since back by `down`
finish    remove what was kept for the way back
"""
MODES: tuple[Mode, ...] = ("test", "copy", "cutover", "rollback", "finish")
NEEDED: frozenset[Mode] = frozenset({"copy", "cutover"})
"""What every runner can do; the others may be left out of a target's `modes`."""


class NotBegun(MigrationError):  # noqa: N818 it names what happened
    """An errand was refused: nothing of it was begun. A refusal that is `passing` does not count against it."""

    def __init__(self, says: str, *, passing: bool = False) -> None:
        super().__init__(says)
        self.passing = passing


@dataclass(frozen=True, slots=True)
class Errand:
    """One thing to be done: its key, what, on which target, and the plan as JSON (docs/migrations.md has its shape)."""

    key: str
    mode: Mode
    target: str
    plan: Mapping[str, JsonValue] = field(repr=False, default_factory=dict)


@dataclass(frozen=True, slots=True)
class Figures:
    """What whoever does an errand says of it; `None` where it says nothing.

    `affected` rows are refused by the new version as they are, `failing` cannot be brought to it, `written` stand in
    their new form, each held to the new schema by who wrote it. `percent` is how far it is; `seconds` an estimate for
    the whole. `findings` are (place, rule, rows).
    """

    rows: int | None = None
    affected: int | None = None
    failing: int | None = None
    written: int | None = None
    percent: float | None = None
    seconds: float | None = None
    step: str = ""
    says: str = ""
    findings: tuple[tuple[str, str, int], ...] = ()


State = Literal["sent", "under-way", "done", "failed"]
OVER: frozenset[State] = frozenset({"done", "failed"})


@dataclass(frozen=True, slots=True)
class Report:
    """How an errand is: `says` why it failed, or what is waited for; `url` where people can look at it."""

    state: State
    figures: Figures = field(default_factory=Figures)
    says: str = ""
    url: str = ""

    @property
    def over(self) -> bool:
        """Say whether it has ended, one way or the other."""
        return self.state in OVER


class Runner(Protocol):
    """One target, and who carries out what is to be done on it."""

    @property
    def place(self) -> str:
        """Who it is, for people: "the workflow migrate.yml of acme/lake"."""
        ...

    @property
    def settles(self) -> timedelta:
        """How long after an errand was sent `find` may still not see it. Until then nothing is sent again."""
        ...

    @property
    def sends(self) -> int:
        """How often an errand may be sent of which nobody knows whether it arrived."""
        ...

    @property
    def where(self) -> str:
        """The machine that its errands are on, where only that one can look at them; nothing where any can."""
        ...

    def check(self) -> tuple[str, ...]: ...
    def start(self, errand: Errand) -> None: ...
    def find(self, errand: Errand, since: datetime) -> str | None: ...
    def look(self, errand: Errand, handle: str) -> Report: ...
    def stop(self, errand: Errand, handle: str) -> None: ...
    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Around:
    """What a runner may need of the house that it works for: repositories by name, the App's login, the time."""

    repository: Callable[[str], Repository]
    login: Callable[[], str]
    clock: Callable[[], datetime]


Check = Callable[[object], str]
"""Looks at a setting: what is wrong with it as the end of a sentence ("is no list of texts"), or nothing."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What an entry point of `concordat.runners` gives: how it is set up, and how it is opened.

    `tables` opens a target whose rows Concordat moves itself, `elsewhere` one that another engine works on; a kind has
    one of the two. `serves` says whether a URL is its own; a kind without one is named as `runner`. `settings` are the
    keys of a target that are this kind's own, `needs` those of them that it cannot do without.
    """

    name: str
    settings: Mapping[str, Check] = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    serves: Callable[[str], bool] = lambda _: False
    tables: Callable[[Target], Engine] | None = None
    elsewhere: Callable[[Target, Around], Runner] | None = None


def text(value: object) -> str:
    """Check a setting that is a text."""
    return "" if isinstance(value, str) and 0 < len(value) <= 1_000 and value.isprintable() else "is no text"


def texts(value: object) -> str:
    """Check a setting that is a list of texts, one at least."""
    good = isinstance(value, list) and 0 < len(value) <= 100 and all(not text(one) for one in value)
    return "" if good else "is no list of texts"


def folder(value: object) -> str:
    """Check a setting that names a folder from the root."""
    return text(value) or ("" if Path(str(value)).is_absolute() else "is no folder from the root on (/var/lib/…)")
