"""Migrations of a JSON Lines file: a document to a line, any number of writers that append to it.

How nothing is lost: the lines stand in a SQLite file beside it as well (`<file>.concordat.db`), with the run and its
key log, and what is done to that table is what is done to any other (`bot.migrations.sqlite`). Before each pass the
table is brought to what the file says; what came or changed since is in the key log by the triggers. A swap is made in
the table first, then the file is written anew beside the old one and put in its place by one rename; a crash in between
is made good when the target is opened next. While that is done the file is held by `flock`: who appends has to take it,
too, and to open the file anew for each append (docs/migrations.md).
"""

from __future__ import annotations

import fcntl
import json
import os
import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from bot.migrations.errors import Busy, MigrationError
from bot.migrations.sqlite import Sqlite
from bot.migrations.values import Convert, Passed, Target

_TABLES = (
    "CREATE TABLE IF NOT EXISTS lines (number INTEGER PRIMARY KEY, document TEXT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS concordat_file (name TEXT PRIMARY KEY, value TEXT NOT NULL)",
)
_HELD_SECONDS = 0.1
LONGEST = 10_000_000
"""Bytes of a line; a longer one is no document."""


class JsonLines(Sqlite):
    """One JSON Lines file, and the run that is attended to."""

    engine = "JSON Lines"

    def __init__(self, target: Target) -> None:
        self.file = Path(target.url.removeprefix("file://"))
        beside = self.file.with_name(f"{self.file.name}.concordat.db")
        _prepare(self.file, beside)
        super().__init__(replace(target, url=f"sqlite:///{beside}", table="lines", column="document", schema="file"))
        try:
            self.faults = (sqlite3.Error, OSError)
            self._follow()
        except BaseException:
            self.close()
            raise

    # The file and the table

    def _follow(self, *, whole: bool = False) -> None:
        """Bring the table to what the file says; or the file to the table, where a crash came between the two."""
        owed = self._owed()
        if owed is not None:
            with self._held():
                self._publish(owed)
            return
        known, now = self._known("file"), _signature(self.file)
        if known == now and not whole:
            return
        with self._writing():
            self._take_lines(int(known["size"]) if not whole and _appended(known, now) else 0, int(now["size"]))
            self._remember("file", now)

    def _take_lines(self, start: int, end: int) -> None:
        """Read the file's lines from a place on, up to what it held when it was looked at."""
        last = self._scalar("SELECT coalesce(max(number), 0) FROM lines") if start else 0
        number = last
        for number, text in enumerate(_lines(self.file, start, end), last + 1):
            self._connection.execute(
                "INSERT INTO lines (number, document) VALUES (?, ?) ON CONFLICT (number) DO UPDATE SET document = "
                "excluded.document WHERE document IS NOT excluded.document",
                (number, text),
            )
        if not start:
            self._connection.execute("DELETE FROM lines WHERE number > ?", (number,))

    def _owed(self) -> str | None:
        """Say which state of which run the file has to show and does not yet."""
        run = next(iter(self.runs(1)), None)
        if run is None:
            return None
        shown = str(self._known("shown").get("what", ""))
        if run.state in {"cut-over", "done"}:
            return None if shown == f"{run.id}:new" else f"{run.id}:new"
        return f"{run.id}:old" if run.state == "rolled-back" and shown == f"{run.id}:new" else None

    def _publish(self, what: str) -> None:
        """Write the table as the file, in one rename; what was appended to the old one meanwhile is kept."""
        known, now = self._known("file"), _signature(self.file)
        coming = self._known("coming")
        if coming.get("what") == what and coming["inode"] == now["inode"]:
            now = {**now, "size": coming["size"]}  # it was put in its place already; what came since is read as usual
        else:
            if known != now and _appended(known, now):
                with self._writing():
                    self._take_lines(int(known["size"]), int(now["size"]))
            now = self._written(what)
        with self._writing():
            self._remember("file", now)
            self._remember("shown", {"what": what})

    def _written(self, what: str) -> dict[str, Any]:
        beside = self.file.with_name(f".{self.file.name}.concordat-coming")
        with beside.open("w", encoding="utf-8", newline="\n") as out:
            for (document,) in self._connection.execute("SELECT document FROM lines ORDER BY number"):
                out.write(f"{document}\n")
            out.flush()
            os.fsync(out.fileno())
        stat = self.file.stat()
        beside.chmod(stat.st_mode & 0o7777)
        made = _signature(beside)
        with self._writing():
            self._remember("coming", {**made, "what": what})
        beside.replace(self.file)
        folder = os.open(self.file.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
        return _signature(self.file)

    def _known(self, name: str) -> dict[str, Any]:
        found = self._connection.execute("SELECT value FROM concordat_file WHERE name = ?", (name,)).fetchone()
        return dict(json.loads(found[0])) if found else {}

    def _remember(self, name: str, value: Mapping[str, Any]) -> None:
        row = (name, json.dumps(value))
        self._connection.execute("INSERT OR REPLACE INTO concordat_file (name, value) VALUES (?, ?)", row)

    @contextmanager
    def _held(self) -> Iterator[None]:
        """Keep out who appends, for as long as the file is put in its place; `Busy` where somebody keeps it."""
        with self.file.open("rb") as opened:
            until = time.monotonic() + _HELD_SECONDS
            while True:
                try:
                    fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    if time.monotonic() > until:
                        raise Busy(f"another process held {self.file} for longer than 100 ms") from None
                    time.sleep(0.005)
                else:
                    break
            yield

    # What a run does

    def pass_over(self, convert: Convert, **changes: Any) -> Passed:
        """Follow the file, then as for a table."""
        self._follow()
        return super().pass_over(convert, **changes)

    def pass_back(self, convert: Convert, *, accept: bool = False, **changes: Any) -> Passed:
        """Follow the file, then as for a table."""
        self._follow()
        return super().pass_back(convert, accept=accept, **changes)

    def verify(self) -> Mapping[str, int]:
        """Read the whole file again, then as for a table."""
        self._follow(whole=True)
        return super().verify()

    def cut_over(self, convert: Convert, *, most: int, allowed: int, fingerprint: str, **changes: Any) -> int:
        """Swap in the table, then put the new file in the place of the old one, with appenders kept out."""
        with self._held():
            self._follow(whole=True)
            keys = super().cut_over(convert, most=most, allowed=allowed, fingerprint=fingerprint, **changes)
            self._publish(f"{self.run}:new")
        return keys

    def roll_back(self, convert: Convert, *, most: int, accept: bool, **changes: Any) -> int:
        """Swap back in the table, then put the old form of every line in the place of the file."""
        with self._held():
            self._follow(whole=True)
            keys = super().roll_back(convert, most=most, accept=accept, **changes)
            self._publish(f"{self.run}:old")
        return keys


def _prepare(file: Path, beside: Path) -> None:
    if not file.is_file():
        raise MigrationError(f"there is no JSON Lines file {file}")
    with closing(sqlite3.connect(beside, isolation_level=None, timeout=10)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        for statement in _TABLES:
            connection.execute(statement)
    beside.chmod(file.stat().st_mode & 0o7777)


def _signature(file: Path) -> dict[str, Any]:
    stat = file.stat()
    return {"inode": stat.st_ino, "size": stat.st_size, "at": stat.st_mtime_ns}


def _appended(known: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    return bool(known) and known["inode"] == now["inode"] and int(now["size"]) > int(known["size"])


def _lines(file: Path, start: int, end: int) -> Iterator[str]:
    """Read documents, a line each; an empty line says nothing, and one without its end is still being written."""
    with file.open("rb") as opened:
        opened.seek(start)
        at = start
        while at < end and (line := opened.readline(LONGEST + 1)):
            at += len(line)
            if len(line) > LONGEST:
                raise MigrationError(f"{file} has a line of more than {LONGEST:,} bytes")
            if at > end or (not line.endswith(b"\n") and not _whole(line)):
                raise Busy(f"the last line of {file} is still being written")
            if line.strip():
                yield _decoded(line, file)


def _decoded(line: bytes, file: Path) -> str:
    try:
        return line.decode().strip()
    except UnicodeDecodeError:
        raise MigrationError(f"{file} has a line that is not UTF-8: {line[:40]!r}") from None


def _whole(line: bytes) -> bool:
    try:
        json.loads(line)
    except ValueError:
        return False
    return True
