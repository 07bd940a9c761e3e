"""An errand carried to its end, by whoever asks next: sent once, found again, followed, stopped.

What is known of it stands in a book, a word for each turn, written before the turn is taken and again after it. A
worker may die between any two lines: the next one reads the book, asks the runner what there is under the errand's
key, and goes on from there. An errand is sent again only where the runner has not seen it after the time in which it
would have.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal, Protocol

from bot.migrations.runners.contract import Errand, NotBegun, Report, Runner, State
from bot.migrations.runners.figures import of, told, wrong

log = logging.getLogger(__name__)

Word = Literal["sent", "refused", "arrived", "found", "stopped", "ended"]
"""sent: it is about to be sent · refused: nothing was begun · arrived: the answer came · found: the runner has it
under a handle · stopped: it was told to stop · ended: with its report."""
WORDS: tuple[Word, ...] = ("sent", "refused", "arrived", "found", "stopped", "ended")
DEADLINE = timedelta(hours=24)
_REFUSALS = 3
"""So often in a row an errand may be refused, in case it was a passing fault."""


class Book(Protocol):
    """Where the words about errands are kept, in the order in which they were written."""

    def read(self, key: str) -> Iterable[tuple[Word, datetime, Mapping[str, Any]]]:
        """Give what was written of an errand."""
        ...

    def write(self, key: str, word: Word, number: int, body: Mapping[str, Any]) -> bool:
        """Write a word down; `False` where this word of this number is there already: somebody else took the turn."""
        ...


@dataclass(frozen=True, slots=True)
class Known:
    """What the book says of one errand.

    `sent` is how often it was, `unsure` how often of these nobody knows what came of it, `refusals` how often it was
    refused for good reasons; `answered` says that it is known to have arrived, `where` on which machine it is.
    """

    sent: int = 0
    unsure: int = 0
    refusals: int = 0
    where: str = ""
    at: datetime | None = None
    first: datetime | None = None
    refused: str = ""
    answered: bool = False
    handle: str = ""
    stopped: bool = False
    why: str = ""
    report: Report | None = None


def known(book: Book, key: str) -> Known:
    """Read what is known of an errand."""
    found = Known()
    for word, at, body in book.read(key):
        found = _read(found, word, at, body)
    return found


def _read(found: Known, word: Word, at: datetime, body: Mapping[str, Any]) -> Known:
    match word:
        case "sent":
            first, where = found.first or at, str(body.get("where", ""))
            counted = replace(found, sent=found.sent + 1, unsure=found.unsure + 1, first=first, where=where)
            return replace(counted, at=at, refused="", answered=False)
        case "refused":
            refusals = found.refusals + (not body.get("passing"))
            says = str(body.get("says", "")) or "it was refused"
            return replace(found, refused=says, refusals=refusals, unsure=found.unsure - 1)
        case "arrived":
            return replace(found, answered=True)
        case "found":
            return replace(found, handle=str(body.get("handle", "")))
        case "stopped":
            return replace(found, stopped=True, why=str(body.get("says", "")))
        case "ended":
            return replace(found, report=read(body))


def read(body: Mapping[str, Any]) -> Report:
    """Read a report that was kept."""
    state: State = "done" if body.get("state") == "done" else "failed"
    return Report(state, of(body.get("figures") or {}), str(body.get("says", "")), str(body.get("url", "")))


@dataclass(frozen=True, slots=True)
class Carrier:
    """Carries errands of one runner. `allowed` rows may stay behind; an errand may take as long as `deadline`."""

    book: Book
    runner: Runner
    now: datetime
    deadline: timedelta = DEADLINE
    allowed: int | None = 0

    def carry(self, errand: Errand) -> Report:
        """Take an errand as far as it goes now, and say how it is; the same again when it has ended."""
        found = known(self.book, errand.key)
        if found.report is not None:
            return found.report
        if found.where and found.where != self.runner.where:
            return self._away(errand, found)
        handle = found.handle or self._found(errand, found)
        if not handle:
            handle, waiting = self._sent(errand, found)
            if waiting is not None:
                return waiting
        return self._looked(errand, found, handle)

    def halt(self, errand: Errand, why: str) -> Report | None:
        """Have an errand stopped; its report when it is over, `None` where it was never sent."""
        found = known(self.book, errand.key)
        if found.report is not None or not found.sent or (found.refused and not found.handle):
            return found.report
        if found.where and found.where != self.runner.where:
            return self._away(errand, found)
        handle = found.handle or self._found(errand, found)
        if handle:
            if not found.stopped:
                self.book.write(errand.key, "stopped", 1, {"says": why})
            self.runner.stop(errand, handle)
            return self._looked(errand, replace(found, stopped=True, why=found.why or why), handle)
        if self._may_still_come(found):
            return Report("sent", says="it was sent, and may still begin; it is stopped as soon as it is seen")
        return self._over(errand, Report("failed", says="it never began"))

    def _away(self, errand: Errand, found: Known) -> Report:
        """Leave an errand to the machine that has it, for as long as it may take."""
        if found.at is not None and self.now >= found.at + self.deadline:
            return self._over(
                errand, Report("failed", says="the machine that has it was not heard of until its deadline")
            )
        return Report("under-way", says="it is in the hands of another machine, and only a worker there can look at it")

    def _found(self, errand: Errand, found: Known) -> str:
        """Ask the runner for what was sent; nothing where it has not seen it."""
        if found.first is None or not found.unsure:
            return ""
        handle = self.runner.find(errand, found.first)
        if handle is not None:
            self.book.write(errand.key, "found", 1, {"handle": handle})
        return handle or ""

    def _may_still_come(self, found: Known) -> bool:
        return not found.refused and found.at is not None and self.now < found.at + self.runner.settles

    def _sent(self, errand: Errand, found: Known) -> tuple[str, Report | None]:
        """Send an errand that is not there; its handle, or what is waited for."""
        if self._may_still_come(found):
            return "", Report("sent", says=f"{self.runner.place} was asked to begin; it is looked for")
        stop = self._given_up(found)
        if stop:
            return "", self._over(errand, Report("failed", says=stop))
        number = found.sent + 1
        if not self.book.write(errand.key, "sent", number, {"where": self.runner.where}):
            return "", Report("sent", says="another worker sends it")
        try:
            self.runner.start(errand)
        except NotBegun as error:
            self.book.write(errand.key, "refused", number, {"says": str(error), "passing": error.passing})
            return "", self._refused(errand, error)
        self.book.write(errand.key, "arrived", number, {})
        handle = self._found(errand, replace(found, first=found.first or self.now, unsure=1))
        waiting = None if handle else Report("sent", says=f"{self.runner.place} was asked to begin; it is looked for")
        return handle, waiting

    def _refused(self, errand: Errand, error: NotBegun) -> Report:
        if known(self.book, errand.key).refusals >= _REFUSALS:
            return self._over(errand, Report("failed", says=str(error)))
        return Report("sent", says=f"{error}; it is tried again")

    def _given_up(self, found: Known) -> str:
        """Say why an errand is not sent any more; nothing where it may be."""
        if found.answered and not found.refused:
            minutes = self.runner.settles.total_seconds() / 60
            return (
                f"{self.runner.place} took it, and nothing with its key was seen in {minutes:.0f} minutes: see that "
                "the key is in the name of what it begins (docs/migrations.md), and what became of it there"
            )
        if found.unsure >= self.runner.sends:
            return f"{self.runner.place} did not answer, and nothing with its key was seen since"
        return ""

    def _looked(self, errand: Errand, found: Known, handle: str) -> Report:
        report = self.runner.look(errand, handle)
        if not report.over:
            return self._in_time(errand, found, handle, report)
        if found.stopped and report.state == "failed":
            return self._over(errand, replace(report, says=found.why or report.says))
        if report.state == "done":
            doubt = wrong(report.figures, errand.mode, self.allowed)
            report = replace(report, state="failed", says=doubt) if doubt else report
        return self._over(errand, report)

    def _in_time(self, errand: Errand, found: Known, handle: str, report: Report) -> Report:
        """Stop what takes longer than it may; it is over when the runner says so."""
        begun = found.at or self.now
        if self.now < begun + self.deadline:
            return report
        hours = self.deadline.total_seconds() / 3600
        why = f"it took longer than {hours:g} hours, which is its deadline"
        self.book.write(errand.key, "stopped", 1, {"says": why})
        self.runner.stop(errand, handle)
        return replace(report, says=f"{why}; it is being stopped")

    def _over(self, errand: Errand, report: Report) -> Report:
        body = {"state": report.state, "says": report.says, "url": report.url, "figures": told(report.figures)}
        self.book.write(errand.key, "ended", 1, body)
        log.info(
            "an errand ended: %s", report.state,
            extra={"action": "errand.ended", "errand": errand.key, "mode": errand.mode, "state": report.state},
        )  # fmt: skip
        return report
