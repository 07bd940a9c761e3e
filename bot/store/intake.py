"""The short way in: jobs with keys, several at once, in one statement, which is a transaction of its own.

GitHub waits while its delivery is kept. SQLAlchemy writes the statement, once for each number of jobs, and says how
each value is kept; running it through SQLAlchemy takes longer than the insert itself (docs/performance.md). One
connection is kept for it, since one writer at a time is all that group commit wants (`bot.web.keeper`).
"""

from __future__ import annotations

import logging
import threading
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
        self._lock = threading.Lock()
        self._connection: Any = None
        self._statements: dict[int, _Statement] = {}
        self._writers = {
            name: job.c[name].type.dialect_impl(engine.dialect).bind_processor(engine.dialect) for name in _NAMES
        }

    def keep(self, new: Sequence[NewJob], now: datetime) -> int:
        """Insert jobs, all of them or (when it raises) none; how many keys were not known, or had failed here."""
        rows = [self._written(one, now) for one in {one.key: one for one in new}.values()]
        with self._lock:
            return self._insert(rows) if rows else 0

    def close(self) -> None:
        """Close the connection."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
            self._connection = None

    def _insert(self, rows: Sequence[Mapping[str, Any]]) -> int:
        fresh = self._connection is None
        try:
            return self._run(rows)
        except Exception as error:
            lost = self._engine.dialect.is_disconnect(error, self._connection, None)  # type: ignore[arg-type]  # one that the driver raised
            if fresh or not lost:
                raise
            # The server was started anew, say. What it kept all the same is known by its key.
            log.info("connecting anew to keep deliveries", extra={"action": "intake.anew"})
            self._connection = None
            return self._run(rows)

    def _run(self, rows: Sequence[Mapping[str, Any]]) -> int:
        if self._connection is None:
            self._connection = _opened(self._engine)
        statement = self._statements.get(len(rows))
        if statement is None:
            statement = self._statements[len(rows)] = _statement(self._engine, len(rows))
        cursor = self._connection.cursor()
        cursor.execute(statement.text, [rows[place][name] for place, name in statement.places])
        count: int = cursor.rowcount
        return count

    def _written(self, new: NewJob, now: datetime) -> Mapping[str, Any]:
        row = jobs.row(new, now)
        for name, write in self._writers.items():
            if write is not None:
                row[name] = write(row[name])
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
        insert = bell.ringing(insert.returning(job.c.pool).cte("new"))
        dialect = type(dialect)(paramstyle="numeric_dollar")  # type: ignore[call-arg]  # a psycopg dialect, as RawCursor
    compiled: Any = insert.compile(dialect=dialect)
    return _Statement(str(compiled), [named[name] for name in compiled.positiontup])


def _opened(engine: Engine) -> Any:
    """Open a connection on which each statement is a transaction, and a cursor leaves statements as they are."""
    pooled = engine.raw_connection()
    connection: Any = pooled.driver_connection
    pooled.detach()  # it is not for anybody else any more
    if bell.can_ring(engine):
        from psycopg import RawCursor  # noqa: PLC0415 who has SQLite need not load it

        connection.autocommit = True
        connection.cursor_factory = RawCursor
    return connection
