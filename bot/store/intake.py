"""The short way in: jobs with keys, several at once, in one statement, which is a transaction of its own.

GitHub waits while its delivery is kept. SQLAlchemy writes the statement, once for each number of jobs, and says how
each value is kept; running it through SQLAlchemy takes longer than the insert itself (docs/performance.md). As many
connections are kept for it as threads have used it at once.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, bindparam

from bot.store import bell, jobs
from bot.store.columns import EPOCH
from bot.store.engine import INSERTS
from bot.store.tables import job
from bot.store.values import NewJob

log = logging.getLogger(__name__)

_NAMES = tuple(jobs.row(NewJob("", {}), EPOCH))


class Intake:
    """Inserts jobs that have keys; safe between threads."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        # A deque's ends may be used by several threads without a lock.
        self._free: deque[Any] = deque()
        self._closed = False
        self._ringer = bell.Ringer(engine) if bell.can_ring(engine) else None
        self._statements: dict[int, _Statement] = {}
        writers = (
            (name, job.c[name].type.dialect_impl(engine.dialect).bind_processor(engine.dialect)) for name in _NAMES
        )
        self._writers = {name: write for name, write in writers if write is not None}
        usual = jobs.row(NewJob("", {}), EPOCH)
        self._usual = {name: (usual[name], write(usual[name])) for name, write in self._writers.items()}

    def keep(self, new: Sequence[NewJob], now: datetime) -> int:
        """Insert jobs, all of them or (when it raises) none; how many keys were not known."""
        # PostgreSQL lets no statement meet one key twice.
        once = {one.key: one for one in reversed(new)}
        rows = [self._written(one, now) for one in reversed(once.values())]
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
        statement = self._statements.get(len(rows))
        if statement is None:
            statement = self._statements[len(rows)] = _statement(self._engine, len(rows))
        cursor = connection.cursor()
        try:
            cursor.execute(statement.text, [rows[place][name] for place, name in statement.places])
        finally:
            self._free.append(connection)
            if self._closed:
                self._drain()
        count: int = cursor.rowcount
        return count

    def _written(self, new: NewJob, now: datetime) -> Mapping[str, Any]:
        row = jobs.row(new, now)
        for name, write in self._writers.items():
            usual, written = self._usual[name]
            # Most values are those of every delivery; writing them anew takes as long as the rest of the insert.
            row[name] = written if row[name] == usual else write(row[name])
        return row


@dataclass(frozen=True, slots=True)
class _Statement:
    """An insert of so many jobs, and which value of which of them stands where."""

    text: str
    places: Sequence[tuple[int, str]]


def _statement(engine: Engine, count: int) -> _Statement:
    named = {f"{name}_{number}": (number, name) for number in range(count) for name in _NAMES}
    rows = [{name: bindparam(f"{name}_{number}", type_=job.c[name].type) for name in _NAMES} for number in range(count)]
    insert: Any = jobs.again(INSERTS[engine.dialect.name](job).values(rows))
    dialect = engine.dialect
    if bell.can_ring(engine):
        dialect = type(dialect)(paramstyle="numeric_dollar")  # type: ignore[call-arg]  # a psycopg dialect, as RawCursor
    compiled: Any = insert.compile(dialect=dialect)
    return _Statement(str(compiled), [named[name] for name in compiled.positiontup])


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
