"""A book of errands in memory, that can be made to die at any word."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.migrations.runners.contract import Errand, Figures, NotBegun, Report
from bot.migrations.runners.errands import Carrier, Word

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
GOOD = Figures(rows=10, written=10, failing=0)


class Killed(BaseException):
    """The worker died here."""


@dataclass
class Pages:
    """A book. `dies` is the word after whose writing (or, with a minus before it, instead of it) the worker dies."""

    words: list[tuple[str, Word, int, datetime, Mapping[str, Any]]] = field(default_factory=list)
    now: datetime = NOON
    dies: str = ""

    def read(self, key: str) -> Iterable[tuple[Word, datetime, Mapping[str, Any]]]:
        return [(word, at, body) for one, word, _, at, body in self.words if one == key]

    def write(self, key: str, word: Word, number: int, body: Mapping[str, Any]) -> bool:
        if self.dies == f"-{word}":
            self.dies = ""
            raise Killed
        if any((key, word, number) == one[:3] for one in self.words):
            return False
        self.words.append((key, word, number, self.now, body))
        if self.dies == word:
            self.dies = ""
            raise Killed
        return True


class LostError(Exception):
    """The engine did it, and its answer was lost."""


@dataclass
class Engine:
    """Somebody who does errands. `starts` has the key of each that was really begun; `visible` when they are seen."""

    pages: Pages
    place: str = "the engine"
    settles: timedelta = timedelta(minutes=5)
    sends: int = 2
    where: str = ""
    starts: list[str] = field(default_factory=list)
    reports: list[Report] = field(default_factory=list)
    stopped: list[str] = field(default_factory=list)
    fault: str = ""
    hidden: bool = False

    def check(self) -> tuple[str, ...]:
        return ()

    def start(self, errand: Errand) -> None:
        fault, self.fault = self.fault, ""
        if fault == "refused":
            raise NotBegun("no such thing")
        if fault == "limited":
            self.fault = fault
            raise NotBegun("not now", passing=True)
        if fault == "before":
            raise LostError
        self.starts.append(errand.key)
        if fault == "after":
            raise LostError
        if fault == "killed":
            raise Killed

    def find(self, errand: Errand, since: datetime) -> str | None:
        del since
        return "h1" if errand.key in self.starts and not self.hidden else None

    def look(self, errand: Errand, handle: str) -> Report:
        assert handle == "h1"
        if errand.key in self.stopped:
            return Report("failed", says="cancelled")
        return self.reports.pop(0) if self.reports else Report("done", GOOD)

    def stop(self, errand: Errand, handle: str) -> None:
        assert handle == "h1"
        self.stopped.append(errand.key)

    def close(self) -> None:
        return

    def carrier(self, **more: Any) -> Carrier:
        return Carrier(self.pages, self, self.pages.now, **more)
