"""A session with a target's PostgreSQL server: statements, locks, and the runs that are kept beside the table."""

# ruff: noqa: S608 statements are made of words of this room and of quoted names

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Any, Self

import psycopg
from psycopg import sql
from psycopg.errors import LockNotAvailable

from bot.migrations import postgres_shape as shape
from bot.migrations.errors import Busy, Fenced, MigrationError, Refused, told
from bot.migrations.values import LEASE_SECONDS, Names, Run, Target

LOCK_MILLISECONDS = 100
"""How long a lock is waited for: while we wait for an exclusive one, the application's statements queue up."""
_IDLE_SECONDS = 120
"""A worker that stops inside a transaction is ended by the server after this, and its locks with it."""


class Session:
    """One connection to a target, and the run that it attends to."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self.run, self.token = "", ""
        self._connection = connect(target.url)
        try:
            self.shape = shape.read(self._connection, target)
        except BaseException:
            self._connection.close()
            raise
        self.attend("")

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
        # In a statement with parameters a % stands for one of them, in a name too unless it is written twice.
        self._filling_twice = _filling(_twice(self.target), self.shape.with_names(_doubled), run)
        self._composed: dict[tuple[str, bool], bytes] = {}

    # What runs there are

    def prepare(self) -> None:
        """Make the tables in which runs are kept, where they are not there yet."""
        with self._connection.transaction():
            self._do("SELECT pg_advisory_xact_lock(hashtext('concordat_runs'))")
            for statement in _RUN_TABLES:
                self._do(statement)

    def create(self, run: Run) -> None:
        """Enter a new run; `Refused` where one is under way on this table."""
        try:
            self._do(
                "INSERT INTO {runs} (id, target, state, step, spec, facts) VALUES (%s, %s, %s, %s, %s, %s)",
                (run.id, self.target.place, run.state, run.step, run.spec, json.dumps(run.facts)),
            )
        except psycopg.errors.UniqueViolation:
            raise Refused(
                f"a migration of {self.target.place} is under way already: `concordat migrate status "
                f"{self.target.name}` "
                "shows it, and it has to end, be aborted or be rolled back before another begins"
            ) from None

    def runs(self, limit: int = 20) -> tuple[Run, ...]:
        """List the runs of this table, the latest first."""
        if self._scalar("SELECT to_regclass(%s)", (self._compose("{runs}").decode(),)) is None:
            return ()
        found = self._do(
            "SELECT id, target, state, step, spec, checkpoint, wanted, worker, coalesce(lease > clock_timestamp(), "
            "false), "
            "facts FROM {runs} WHERE target = %s ORDER BY number DESC LIMIT %s",
            (self.target.place, limit),
        )
        return tuple(_as_run(row) for row in found)

    def take(self, run: str, token: str, worker: str) -> bool:
        """Take a run over under a new token; `False` where another worker's lease still holds."""
        try:
            with self._patience():
                changed = self._count(
                    "UPDATE {runs} SET token = %s, worker = %s, lease = clock_timestamp() + %s * interval '1 second' "
                    "WHERE id = %s AND (lease IS NULL OR lease < clock_timestamp())",
                    (token, worker, LEASE_SECONDS, run),
                )
        except Busy:
            return False  # a transaction of its worker is open
        if changed:
            self.attend(run, token)
        return changed == 1

    def release(self) -> None:
        """Give the run up, so that the next worker need not wait for the lease to end."""
        self._do("UPDATE {runs} SET token = NULL, lease = NULL WHERE id = %s AND token = %s", (self.run, self.token))

    def expire(self, run: str, worker: str) -> None:
        """End the lease of a worker that is known to be dead; were it alive, it would find its token gone and stop."""
        with self._connection.transaction():
            self._do("UPDATE {runs} SET lease = NULL WHERE id = %s AND worker = %s", (run, worker))

    def ask(self, run: str, wanted: str | None) -> None:
        """Leave word for the worker of a run: pause, abort or roll back at the next batch."""
        self._do("UPDATE {runs} SET wanted = %s WHERE id = %s", (wanted, run))

    def save(self, **changes: Any) -> str | None:
        """Write what the run has come to, renew its lease, give what is wanted of it; `Fenced` without the token."""
        with self._connection.transaction():
            return self._fence(**changes)

    def beat(self) -> None:
        """Renew the lease over a connection of its own, while a long statement runs on the other one."""
        statement = self._compose(
            "UPDATE {runs} SET lease = clock_timestamp() + %s * interval '1 second' WHERE id = %s AND token = %s"
        )
        # Where a transaction of this run holds the row, its worker is alive, and nobody can take the run over.
        with connect(self.target.url) as connection, suppress(LockNotAvailable):
            connection.execute("SET lock_timeout = '1s'")
            connection.execute(statement, (LEASE_SECONDS, self.run, self.token))

    def note(self, kind: str, sentence: str) -> None:
        """Add a line to the run's timeline."""
        self._do("INSERT INTO {events} (run, kind, sentence) VALUES (%s, %s, %s)", (self.run, kind, sentence))

    def timeline(self, run: str) -> tuple[tuple[float, str, str], ...]:
        """Give a run's lines in their order: the moment in Unix seconds, the kind, the sentence."""
        query = "SELECT extract(epoch FROM at)::float8, kind, sentence FROM {events} WHERE run = %s ORDER BY number"
        return tuple((row[0], row[1], row[2]) for row in self._do(query, (run,)))

    # How statements are run

    def _fence(self, **changes: Any) -> str | None:
        """Renew the lease and write `changes`, first of all in a transaction: who lost the token goes no further.

        The row stays locked until the transaction ends, so that nobody takes the run over in the middle of it.
        """
        sets = "".join(f"{name} = %s, " for name in changes)
        row = self._do(
            f"UPDATE {{runs}} SET {sets}lease = clock_timestamp() + %s * interval '1 second' WHERE id = %s "
            "AND token = %s RETURNING wanted",
            (*changes.values(), LEASE_SECONDS, self.run, self.token),
        )
        if not row:
            raise Fenced
        wanted: str | None = row[0][0]
        return wanted

    @contextmanager
    def _snapshot(self) -> Iterator[None]:
        """Run a transaction that sees one moment."""
        self._connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        try:
            with self._connection.transaction():
                yield
        finally:
            self._connection.isolation_level = None

    @contextmanager
    def _patience(self, exclusive: str | None = None) -> Iterator[None]:
        """Run a transaction that waits for locks only shortly, with an exclusive one taken first where it is named.

        At READ COMMITTED each statement after the lock sees all that was committed before it was given.
        """
        try:
            with self._connection.transaction():
                self._do(f"SET LOCAL lock_timeout = '{LOCK_MILLISECONDS}ms'")
                if exclusive:
                    self._do(f"LOCK TABLE {exclusive} IN ACCESS EXCLUSIVE MODE")
                yield
        except (LockNotAvailable, psycopg.errors.DeadlockDetected):
            raise Busy(
                f"another transaction held {self.target.place} for longer than {LOCK_MILLISECONDS} ms; where it "
                f"stays so, "
                "pg_stat_activity shows which one"
            ) from None

    def _do(self, statement: str, parameters: Sequence[Any] = ()) -> list[Any]:
        cursor = self._connection.execute(
            self._compose(statement, with_parameters=bool(parameters)), parameters or None
        )
        return cursor.fetchall() if cursor.description else []

    def _count(self, statement: str, parameters: Sequence[Any] = ()) -> int:
        composed = self._compose(statement, with_parameters=bool(parameters))
        return self._connection.execute(composed, parameters or None).rowcount

    def _scalar(self, statement: str, parameters: Sequence[Any] = ()) -> Any:
        return self._do(statement, parameters)[0][0]

    def _compose(self, statement: str, *, with_parameters: bool = False) -> bytes:
        """Fill a statement's names in: the target's table and columns, and the run's tables by their roles."""
        known = self._composed.get((statement, with_parameters))
        if known is None:
            filling = self._filling_twice if with_parameters else self._filling
            known = sql.SQL(statement).format(**filling).as_bytes(self._connection)
            self._composed[statement, with_parameters] = known
        return known


def connect(url: str) -> psycopg.Connection[Any]:
    """Open a connection that neither waits nor idles for ever; `MigrationError` where there is none."""
    try:
        connection = psycopg.connect(
            url.replace("+psycopg", "", 1), autocommit=True, connect_timeout=10, client_encoding="utf8"
        )
        connection.execute("; ".join(f"SET {name} = '{value}'" for name, value in _SETTINGS.items()))
    except psycopg.Error as error:
        raise MigrationError(f"the target's database does not answer: {told(error)}") from None
    return connection


_SETTINGS = {
    "application_name": "concordat migrate", "idle_in_transaction_session_timeout": f"{_IDLE_SECONDS}s",
    "statement_timeout": "0", "lock_timeout": "0", "default_transaction_isolation": "read committed",
    "extra_float_digits": "1", "DateStyle": "ISO, YMD", "IntervalStyle": "postgres", "TimeZone": "UTC",
    "bytea_output": "hex", "xmloption": "content", "row_security": "off",
}  # fmt: skip
"""Rows come and go as text, so that text has to say all of them; and whatever a role or a database sets otherwise
(a limit of time for statements, a stricter isolation) is meant for the application."""


def _doubled(name: str) -> str:
    return name.replace("%", "%%")


def _twice(target: Target) -> Target:
    return replace(target, table=_doubled(target.table), schema=_doubled(target.schema), column=_doubled(target.column))


def _filling(target: Target, what: shape.Shape, run: str) -> Mapping[str, sql.Composable]:
    """Name everything that statements name."""

    def listed(template: str, columns: Sequence[shape.Column]) -> sql.Composed:
        parts = [sql.SQL(template).format(sql.Identifier(column.name)) for column in columns]
        return sql.SQL(", ").join(parts)

    names = Names(run)
    key = [column for name in what.key for column in what.columns if column.name == name]
    tables = ("shadow", "log", "back", "failing", "backup", "old", "kept", "undone")
    pairs = [sql.SQL("t.{0} = k.{0}").format(sql.Identifier(column.name)) for column in key]
    own = {role: sql.Identifier(target.schema, getattr(names, role)) for role in tables}
    triggers = {
        f"{log}_{level}": sql.Identifier(getattr(names, f"{log}_{level}"))
        for log in ("log", "back") for level in ("row", "all")
    }  # fmt: skip
    return {
        **own, **triggers,
        "table": sql.Identifier(target.schema, target.table),
        "runs": sql.Identifier(target.schema, "concordat_runs"),
        "events": sql.Identifier(target.schema, "concordat_run_events"),
        "doc": sql.Identifier(target.column),
        "columns": listed("{}", what.columns),
        "key": listed("{}", key),
        "t_key": listed("t.{}", key),
        "t_key_texts": listed("t.{}::text", key),
        "new_key": listed("NEW.{}", key),
        "old_key": listed("OLD.{}", key),
        "typed": sql.SQL(", ").join(sql.SQL(f"%s::{column.type}") for column in key),
        "texts": listed("t.{}::text", what.columns),
        "joined": sql.SQL(" AND ").join(pairs),
        "any_null": sql.SQL("{} IS NULL").format(sql.Identifier(key[0].name)),
    }  # fmt: skip


def _as_run(row: Sequence[Any]) -> Run:
    checkpoint = tuple(json.loads(row[5])) if row[5] else None
    return Run(row[0], row[1], row[2], row[3], row[4], checkpoint, row[6], row[7], row[8], json.loads(row[9]))


_RUN_TABLES = (
    """CREATE TABLE IF NOT EXISTS {runs} (
        number bigint GENERATED ALWAYS AS IDENTITY, id text PRIMARY KEY, target text NOT NULL, state text NOT NULL,
        step text NOT NULL, spec text NOT NULL, checkpoint text, wanted text, token text, worker text,
        lease timestamptz, facts text NOT NULL)""",
    """CREATE UNIQUE INDEX IF NOT EXISTS concordat_runs_one ON {runs} (target)
        WHERE state NOT IN ('done', 'rolled-back', 'aborted')""",
    """CREATE TABLE IF NOT EXISTS {events} (
        number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, run text NOT NULL, at timestamptz NOT NULL
        DEFAULT clock_timestamp(), kind text NOT NULL, sentence text NOT NULL)""",
)
"""One run at a time on a table: the index says so, whoever asks."""
