"""The short way in: jobs with keys, several at once, in a transaction of their own.

GitHub waits while its delivery is kept. SQLAlchemy still writes the statement and says how each value is kept; running
it through SQLAlchemy takes longer than the insert itself (docs/performance.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Engine

from bot.store import jobs
from bot.store.bell import NOTIFY, can_ring
from bot.store.columns import EPOCH
from bot.store.engine import BEGIN
from bot.store.tables import job
from bot.store.values import NewJob


class Intake:
    """Inserts jobs that have keys; safe between threads."""

    def __init__(self, engine: Engine) -> None:
        dialect = engine.dialect
        names = list(jobs.row(NewJob("", {}), EPOCH))
        compiled: Any = jobs.ONCE[dialect.name].compile(dialect=dialect, column_keys=names)
        self._engine = engine
        self._rings = can_ring(engine)
        self._text = str(compiled)
        self._begin = BEGIN.get(dialect.name)
        # In their order where the driver knows parameters by place.
        self._places: list[str] | None = compiled.positiontup
        self._writers = {name: job.c[name].type.dialect_impl(dialect).bind_processor(dialect) for name in names}

    def keep(self, new: Sequence[NewJob], now: datetime) -> int:
        """Insert jobs, all of them or (when it raises) none; how many keys were not known."""
        rows = [self._written(one, now) for one in new]
        connection = self._engine.raw_connection()
        try:
            cursor = connection.cursor()
            if self._begin is not None:
                cursor.execute(self._begin)
            cursor.executemany(self._text, rows)
            count = cursor.rowcount
            if self._rings and count:
                for pool in sorted({one.pool for one in new}):
                    cursor.execute(NOTIFY, (pool,))
            connection.commit()
            return count
        finally:
            connection.close()  # which takes back what was not committed

    def _written(self, new: NewJob, now: datetime) -> Any:
        row = jobs.row(new, now)
        for name, write in self._writers.items():
            if write is not None:
                row[name] = write(row[name])
        return row if self._places is None else [row[name] for name in self._places]
