"""The short way in: jobs with keys, several at once, in one statement, which is a transaction of its own.

GitHub waits while its delivery is kept. SQLAlchemy writes the statement, once for each number of jobs, and says how
each value is kept; running it through SQLAlchemy takes longer than the insert itself (docs/performance.md). What every
delivery has in common stands in the statement, so that only what differs is written and sent. As many connections are
kept for it as threads have used it at once.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Dialect, Engine, bindparam, literal_column, null

from bot.store import bell, jobs
from bot.store.columns import EPOCH
from bot.store.engine import INSERTS
from bot.store.tables import job
from bot.store.values import NewJob

log = logging.getLogger(__name__)

_USUAL: Mapping[str, Any] = jobs.row(NewJob("", {}), EPOCH)


class Intake:
    """Inserts jobs that have keys; safe between threads."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        # A deque's ends may be used by several threads without a lock.
        self._free: deque[Any] = deque()
        self._closed = False
        self._ringer = bell.Ringer(engine) if bell.can_ring(engine) else None
        self._statements: dict[tuple[int, frozenset[str]], _Statement] = {}
        writers = (
            (name, job.c[name].type.dialect_impl(engine.dialect).bind_processor(engine.dialect)) for name in _USUAL
        )
        self._writers = {name: write for name, write in writers if write is not None}

    def keep(self, new: Sequence[NewJob], now: datetime) -> int:
        """Insert jobs, all of them or (when it raises) none; how many keys were not known."""
        # PostgreSQL lets no statement meet one key twice.
        once = {one.key: one for one in reversed(new)}
        rows = [jobs.row(one, now) for one in reversed(once.values())]
        count = self._insert(rows) if rows else 0
        if count and self._ringer is not None:
            self._ringer.ask(one.pool for one in new)
        return count

    def close(self) -> None:
        """Close the connections: those in use, when their statement has ended."""
        self._closed = True
        self._drain()
        if self._ringer is not None:
            self._ringer.close()

    def _drain(self) -> None:
        while (connection := self._unused()) is not None:
            connection.close()

    def _unused(self) -> Any:
        try:
            return self._free.pop()
        except IndexError:
            return None

    def _insert(self, rows: Sequence[Mapping[str, Any]]) -> int:
        connection = self._unused()
        if connection is not None:
            try:
                return self._run(connection, rows)
            except Exception as error:
                if not self._engine.dialect.is_disconnect(error, connection, None):  # type: ignore[arg-type]  # one that the driver raised
                    raise
                # The server was started anew, say. What it kept all the same is known by its key.
                log.info("connecting anew to keep deliveries", extra={"action": "intake.anew"})
                self._drain()
        return self._run(_connected(self._engine), rows)

    def _run(self, connection: Any, rows: Sequence[Mapping[str, Any]]) -> int:
        own = frozenset(name for row in rows for name, usual in _USUAL.items() if row[name] != usual)
        statement = self._statements.get((len(rows), own))
        if statement is None:
            statement = self._statements[len(rows), own] = _statement(self._engine, len(rows), own)
        cursor = connection.cursor()
        try:
            cursor.execute(statement.text, [self._written(name, rows[place][name]) for place, name in statement.places])
        finally:
            self._free.append(connection)
            if self._closed:
                self._drain()
        count: int = cursor.rowcount
        return count

    def _written(self, name: str, value: Any) -> Any:
        write = self._writers.get(name)
        return value if write is None else write(value)


@dataclass(frozen=True, slots=True)
class _Statement:
    """An insert of so many jobs, and which value of which of them stands where."""

    text: str
    places: Sequence[tuple[int, str]]


def _statement(engine: Engine, count: int, own: frozenset[str]) -> _Statement:
    """Write an insert of so many jobs that leaves the values of the names in `own` to be bound."""
    dialect = engine.dialect
    if bell.can_ring(engine):
        dialect = type(dialect)(paramstyle="numeric_dollar")  # type: ignore[call-arg]  # a psycopg dialect, as RawCursor
    usual = {name: _usual(name, dialect) for name in _USUAL.keys() - own}
    rows = [usual | {name: bindparam(f"{name}_{row}", type_=job.c[name].type) for name in own} for row in range(count)]
    insert: Any = jobs.again(INSERTS[dialect.name](job).values(rows))
    named = {f"{name}_{row}": (row, name) for row in range(count) for name in own}
    compiled: Any = insert.compile(dialect=dialect)
    return _Statement(str(compiled), [named[name] for name in compiled.positiontup or ()])


def _usual(name: str, dialect: Dialect) -> Any:
    """Write the value that a column has of every delivery as it stands in SQL."""
    value = _USUAL[name]
    if value is None:
        return null()
    write: Any = job.c[name].type.dialect_impl(dialect).literal_processor(dialect)
    return literal_column(write(value))


def _connected(engine: Engine) -> Any:
    """Open a connection on which each statement is a transaction, and a cursor leaves statements as they are."""
    pooled = engine.raw_connection()
    connection: Any = pooled.driver_connection
    pooled.detach()  # it is not for anybody else any more
    if bell.can_ring(engine):
        from psycopg import RawCursor  # noqa: PLC0415 who has SQLite need not load it

        connection.autocommit = True
        connection.cursor_factory = RawCursor
    return connection
