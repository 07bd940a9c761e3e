"""A session with a target's SQLite file: statements, transactions, and the runs that are kept beside the table."""

# ruff: noqa: S608 statements are made of words of this room and of quoted names

from __future__ import annotations

import json
import sqlite3
import time
import zlib
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Self

from bot.migrations import sqlite_shape as shape
from bot.migrations.errors import Busy, Fenced, MigrationError, Refused
from bot.migrations.values import LEASE_SECONDS, Names, Run, Target

_WAIT_SECONDS = 10.0
"""How long a write transaction is waited for. Waiting for it blocks nobody else."""
_WINDOW_SECONDS, _SHARED_SECONDS = 0.05, 0.5
_ALONE, _SHARED = (0.01, 0.04), (0.003, 0.01)
"""How long a batch may be written for where nobody else writes, and where others do: whoever finds the file locked asks
again only every 100 ms, and has to find it free then.
"""
_BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


class Session:
    """One connection to a target, and the run that it attends to."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self.path = _path(target)
        self.run, self.token = "", ""
        self.held, self._released, self._shared_until, self._version = 0.0, 0.0, 0.0, -1
        self._logged_before: dict[str, int] = {}
        self.pace = _ALONE
        self._connection = connect(self.path)
        try:
            self.shape = shape.read(self._connection, target)
        except BaseException:
            self._connection.close()
            raise
        self._filling = _filling(target, self.shape, "")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the connection."""
        self._connection.close()

    def attend(self, run: str, token: str = "") -> None:
        """Turn to one run; what is done from now on is done to its tables, under this token."""
        self.run, self.token = run, token
        self._filling = _filling(self.target, self.shape, run)

    # What runs there are

    def prepare(self) -> None:
        """Make the tables in which runs are kept, where they are not there yet."""
        if not self._has("concordat_runs"):
            with self._writing():
                for statement in _RUN_TABLES:
                    self._do(statement)

    def create(self, run: Run) -> None:
        """Enter a new run; `Refused` where one is under way on this table."""
        row = (run.id, self.target.table, run.state, run.step, run.spec, json.dumps(run.facts))
        try:
            with self._writing():
                self._do("INSERT INTO {runs} (id, target, state, step, spec, facts) VALUES (?, ?, ?, ?, ?, ?)", row)
        except sqlite3.IntegrityError:
            raise Refused(
                f"a migration of {self.target.table} is under way already: `concordat migrate status "
                f"{self.target.name}` "
                "shows it, and it has to end, be aborted or be rolled back before another begins"
            ) from None

    def runs(self, limit: int = 20) -> tuple[Run, ...]:
        """List the runs of this table, the latest first."""
        if not self._has("concordat_runs"):
            return ()
        found = self._do(
            "SELECT id, target, state, step, spec, checkpoint, wanted, worker, coalesce(lease > ?, 0), facts FROM "
            "{runs} "
            "WHERE target = ? ORDER BY number DESC LIMIT ?",
            (time.time(), self.target.table, limit),
        )
        return tuple(_as_run(row) for row in found)

    def take(self, run: str, token: str, worker: str) -> bool:
        """Take a run over under a new token; `False` where another worker's lease still holds."""
        now = time.time()
        with self._writing():
            changed = self._count(
                "UPDATE {runs} SET token = ?, worker = ?, lease = ? WHERE id = ? AND (lease IS NULL OR lease < ?)",
                (token, worker, now + LEASE_SECONDS, run, now),
            )
        if changed:
            self.attend(run, token)
        return changed == 1

    def release(self) -> None:
        """Give the run up, so that the next worker need not wait for the lease to end."""
        with self._writing():
            self._do("UPDATE {runs} SET token = NULL, lease = NULL WHERE id = ? AND token = ?", (self.run, self.token))

    def expire(self, run: str, worker: str) -> None:
        """End the lease of a worker that is known to be dead; were it alive, it would find its token gone and stop."""
        with self._writing():
            self._do("UPDATE {runs} SET lease = NULL WHERE id = ? AND worker = ?", (run, worker))

    def ask(self, run: str, wanted: str | None) -> None:
        """Leave word for the worker of a run: pause, abort or roll back at the next batch."""
        with self._writing():
            self._do("UPDATE {runs} SET wanted = ? WHERE id = ?", (wanted, run))

    def save(self, **changes: Any) -> str | None:
        """Write what the run has come to, renew its lease, give what is wanted of it; `Fenced` without the token."""
        with self._writing():
            return self._fence(**changes)

    def beat(self) -> None:
        """Renew the lease over a connection of its own, while a long statement runs on the other one."""
        with closing(connect(self.path)) as connection:
            connection.execute(
                "UPDATE concordat_runs SET lease = ? WHERE id = ? AND token = ?",
                (time.time() + LEASE_SECONDS, self.run, self.token),
            )

    def note(self, kind: str, sentence: str) -> None:
        """Add a line to the run's timeline."""
        with self._writing():
            row = (self.run, time.time(), kind, sentence)
            self._do("INSERT INTO {events} (run, at, kind, sentence) VALUES (?, ?, ?, ?)", row)

    def timeline(self, run: str) -> tuple[tuple[float, str, str], ...]:
        """Give a run's lines in their order: the moment in Unix seconds, the kind, the sentence."""
        found = self._do("SELECT at, kind, sentence FROM {events} WHERE run = ? ORDER BY number", (run,))
        return tuple((row[0], row[1], row[2]) for row in found)

    # How statements are run

    def _fence(self, **changes: Any) -> str | None:
        """Renew the lease and write `changes`, first of all in a transaction: who lost the token goes no further."""
        sets = "".join(f"{name} = ?, " for name in changes)
        row = self._do(
            f"UPDATE {{runs}} SET {sets}lease = ? WHERE id = ? AND token = ? RETURNING wanted",
            (*changes.values(), time.time() + LEASE_SECONDS, self.run, self.token),
        )
        if not row:
            raise Fenced
        wanted: str | None = row[0][0]
        return wanted

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Run a write transaction, the file's only one."""
        with self._transaction("BEGIN IMMEDIATE"):
            began = time.monotonic()
            yield
        self._released = time.monotonic()
        self.held = self._released - began

    def _give_way(self) -> None:
        """Before rows are written, and where others write too: leave the file to them for a while.

        SQLite has no queue. Who finds it locked asks again, first after 1 ms, later every 100, and could find it locked
        each time. data_version changes when another connection wrote (sqlite.org/pragma.html#pragma_data_version).
        """
        version, now = self._scalar("PRAGMA data_version"), time.monotonic()
        if version != self._version:
            self._version, self._shared_until = version, now + _SHARED_SECONDS
        self.pace = _SHARED if now < self._shared_until else _ALONE
        if now < self._shared_until:
            self._take_in_log()
            now = time.monotonic()
            time.sleep(max(0.0, self._released + _WINDOW_SECONDS - now))

    def _take_in_log(self) -> None:
        """Take the write-ahead log into the file; else the next of those who write has to, while it commits."""
        self._do("PRAGMA wal_checkpoint(PASSIVE)")

    @contextmanager
    def _reading(self) -> Iterator[None]:
        """Run a transaction that sees one moment and keeps no writer out (in WAL mode)."""
        with self._transaction("BEGIN"):
            yield

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[None]:
        try:
            self._connection.execute(begin)
        except sqlite3.OperationalError as error:
            raise _busy(error, self.path) from None
        try:
            yield
            self._connection.execute("COMMIT")
        except BaseException as error:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            if isinstance(error, sqlite3.OperationalError):
                raise _busy(error, self.path) from None
            raise

    def _do(self, statement: str, parameters: Sequence[Any] = ()) -> list[Any]:
        return self._connection.execute(self._compose(statement), parameters).fetchall()

    def _count(self, statement: str, parameters: Sequence[Any] = ()) -> int:
        return self._connection.execute(self._compose(statement), parameters).rowcount

    def _scalar(self, statement: str, parameters: Sequence[Any] = ()) -> Any:
        return self._do(statement, parameters)[0][0]

    def _has(self, table: str) -> bool:
        return bool(self._do("SELECT 1 FROM sqlite_master WHERE name = ?", (table,)))

    def _compose(self, statement: str) -> str:
        """Fill a statement's names in: the target's table and columns, and the run's tables by their roles."""
        return statement.format_map(self._filling)


def connect(path: Path) -> sqlite3.Connection:
    """Open a file that is there; `MigrationError` where it is not or cannot be opened."""
    try:
        # Not by URI: a path may hold any character.
        if not path.is_file():
            raise MigrationError(f"there is no SQLite file {path}")
        connection = sqlite3.connect(path, timeout=_WAIT_SECONDS, isolation_level=None, check_same_thread=False)
        connection.execute("PRAGMA foreign_keys = OFF")
        # Renaming a table changes nothing that names it: views, triggers and foreign keys go on to the one that comes.
        connection.execute("PRAGMA legacy_alter_table = ON")
        connection.execute("PRAGMA temp_store = MEMORY")
    except (OSError, sqlite3.Error) as error:
        raise MigrationError(f"the SQLite file {path} cannot be opened: {error}") from None
    return connection


def _path(target: Target) -> Path:
    return Path(target.url.removeprefix("sqlite:///").split("?")[0])


def _busy(error: sqlite3.OperationalError, path: Path) -> Exception:
    if error.sqlite_errorcode & 0xFF in _BUSY:
        return Busy(f"another process held the file {path} for longer than {_WAIT_SECONDS:.0f} seconds")
    return error


class _Filling(dict[str, str]):
    """Names for statements; what is not among them is a role of the run."""

    def __init__(self, names: Names, known: dict[str, str]) -> None:
        super().__init__(known)
        self._names = names

    def __missing__(self, role: str) -> str:
        return shape.quoted(getattr(self._names, role))


def _filling(target: Target, what: shape.Shape, run: str) -> _Filling:
    key = [shape.quoted(name) for name in what.key]

    def listed(template: str) -> str:
        return ", ".join(template.format(name) for name in key)

    columns = [shape.quoted(name) for name in what.columns]
    return _Filling(Names(run), {
        "table": shape.quoted(target.table), "runs": "concordat_runs", "events": "concordat_run_events",
        "doc": shape.quoted(target.column),
        "columns": ", ".join(columns), "t_columns": ", ".join(f"t.{name}" for name in columns),
        "marks": ", ".join("?" for _ in columns), "key_marks": ", ".join("?" for _ in key),
        "key": listed("{}"), "t_key": listed("t.{}"), "new_key": listed("NEW.{}"), "old_key": listed("OLD.{}"),
        "moved": " OR ".join(f"OLD.{name} COLLATE BINARY IS NOT NEW.{name}" for name in key),
        "joined": " AND ".join(f"t.{name} = k.{name}" for name in key),
    })  # fmt: skip


def _as_run(row: Sequence[Any]) -> Run:
    checkpoint = key_of_text(row[5]) if row[5] else None
    return Run(row[0], row[1], row[2], row[3], row[4], checkpoint, row[6], row[7], bool(row[8]), json.loads(row[9]))


def key_text(key: Sequence[object]) -> str:
    """Write a key down, each value with its type; bytes as their digits."""
    return json.dumps([{"hex": one.hex()} if isinstance(one, bytes) else one for one in key])


def key_of_text(text: str) -> tuple[Any, ...]:
    """Read what `key_text` wrote."""
    return tuple(bytes.fromhex(one["hex"]) if isinstance(one, dict) else one for one in json.loads(text))


_RUN_TABLES = (
    """CREATE TABLE IF NOT EXISTS {runs} (
        number INTEGER PRIMARY KEY, id TEXT UNIQUE NOT NULL, target TEXT NOT NULL, state TEXT NOT NULL,
        step TEXT NOT NULL, spec TEXT NOT NULL, checkpoint TEXT, wanted TEXT, token TEXT, worker TEXT, lease REAL,
        facts TEXT NOT NULL)""",
    """CREATE UNIQUE INDEX IF NOT EXISTS concordat_runs_one ON {runs} (target)
        WHERE state NOT IN ('done', 'rolled-back', 'aborted')""",
    """CREATE TABLE IF NOT EXISTS {events} (
        number INTEGER PRIMARY KEY, run TEXT NOT NULL, at REAL NOT NULL, kind TEXT NOT NULL, sentence TEXT NOT NULL)""",
)
"""One run at a time on a table: the index says so, whoever asks."""

COUNTED = ("table", "shadow", "failing")
SAME_VALUE = (
    "in their new form two rows come to the same value of a unique index over the document, and one of them would be "
    "lost. Nothing was swapped: mend the rows or the steps, then abort this run and start another"
)


def row_sum(*values: Any) -> int:
    """Hash a row, so that sums of them can be compared."""
    return zlib.crc32(repr(values).encode("utf-8", "surrogatepass"))
