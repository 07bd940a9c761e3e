"""A run from the command line of data that lives elsewhere: what is known of it, as lines of a file that only grows.

The file is in the folder of whoever runs it (`XDG_STATE_HOME`, else ~/.local/state), one for each target. It is held by
`flock` while a line is written, and a line is on the disk before what it announces is done.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from bot.errors import unreadable, unwritable
from bot.migrations.runners.contract import Mode, Report
from bot.migrations.runners.errands import WORDS, Known, Word, known
from bot.migrations.runners.plans import key

_RUN = "run"


def place_of(target: str, environ: Mapping[str, str] = os.environ) -> Path:
    """Name the file of a target."""
    state = environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    name = "".join(sign if sign.isalnum() or sign in "._-" else "_" for sign in target)
    return Path(state) / "concordat" / f"{name}.jsonl"


@dataclass(frozen=True, slots=True)
class Ledger:
    """The file of one target; a book of errands, and which run is the latest."""

    path: Path
    clock: Callable[[], datetime]

    def read(self, key: str) -> Iterable[tuple[Word, datetime, Mapping[str, Any]]]:
        """Give what was written of an errand."""
        for line in self._lines():
            if line.get("errand") == key and line.get("word") in WORDS:
                yield line["word"], datetime.fromisoformat(line["at"]), line.get("body") or {}

    def write(self, key: str, word: Word, number: int, body: Mapping[str, Any]) -> bool:
        """Write a word once."""
        return self._add({"errand": key, "word": word, "number": number, "body": dict(body)})

    def begin(self, run: str, work: str, **facts: Any) -> None:
        """Enter a run: the plan as it is now."""
        self._add({"errand": run, "word": _RUN, "number": 1, "body": {"run": run, "work": work, **facts}})

    def latest(self) -> Mapping[str, Any] | None:
        """Give the run that was entered last."""
        return next((line["body"] for line in reversed(self._lines()) if line.get("word") == _RUN), None)

    def of(self, run: str, mode: Mode) -> tuple[int, Known]:
        """Give the number of a run's latest errand of a mode, and what is known of it; 0 where there was none."""
        number, found = 0, Known()
        while (following := known(self, key(run, mode, number + 1))).sent:
            number, found = number + 1, following
        return number, found

    def done(self, run: str, mode: Mode) -> Report | None:
        """Give the report of an errand that ended well."""
        report = self.of(run, mode)[1].report
        return report if report is not None and report.state == "done" else None

    def _lines(self) -> list[dict[str, Any]]:
        try:
            text = self.path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return []
        except OSError as error:
            raise unreadable(self.path, error) from error
        return list(_whole(text))

    def _add(self, line: dict[str, Any]) -> bool:
        """Add a line, if it is the first of its errand, word and number."""
        with self._held() as file:
            same = ("errand", "word", "number")
            if any(all(one.get(name) == line[name] for name in same) for one in self._lines()):
                return False
            # A line that a crash cut short is ended, so that this one stands alone.
            file.write(b"\n" + json.dumps({**line, "at": self.clock().isoformat()}).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        return True

    @contextmanager
    def _held(self) -> Iterator[Any]:
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with open(os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "wb") as file:  # noqa: PTH123 with a mode
                fcntl.flock(file, fcntl.LOCK_EX)
                yield file
        except OSError as error:
            raise unwritable(self.path, error) from error


def _whole(text: str) -> Iterator[dict[str, Any]]:
    for line in text.splitlines():
        try:
            found = json.loads(line)
        except ValueError:
            continue  # empty, or cut short by a crash: what it announces was not done
        if isinstance(found, dict):
            yield found
