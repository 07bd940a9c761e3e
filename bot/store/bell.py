"""The bell: on PostgreSQL, whoever asks for work lets every process hear it as soon as the work is there.

NOTIFY belongs to its transaction: it is heard when that is committed, once for each pool, and never when it is not.
Nobody depends on hearing it: workers look at the table by themselves as well, and on SQLite only so.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable
from contextlib import closing
from typing import Any

from sqlalchemy import CTE, ColumnElement, Connection, Engine, Select, func, literal_column, select, text
from sqlalchemy.exc import SQLAlchemyError

log = logging.getLogger(__name__)

ANY = ""
"""Heard in place of a pool when something may have been missed."""
_NOTIFY = text("SELECT pg_notify('concordat_job', :pool)")
_CHANNEL: ColumnElement[str] = literal_column("'concordat_job'")
_LISTEN = "LISTEN concordat_job"
_LOOK_SECONDS = 0.5
"""How often a listener looks whether it should stop."""
_AGAIN_SECONDS = 2.0

Heard = Callable[[str], None]
"""Is told the pool in which there is work now, or `ANY`."""


def can_ring(engine: Engine) -> bool:
    """Say whether this database carries a bell between processes."""
    return engine.dialect.name == "postgresql"


def ring(connection: Connection, pools: Iterable[str]) -> None:
    """Let listeners hear of work in these pools when the transaction is committed."""
    if connection.dialect.name == "postgresql":
        for pool in pools:
            connection.execute(_NOTIFY, {"pool": pool})


def ringing(new: CTE) -> Select[Any]:
    """Make a query that rings for every row of an INSERT … RETURNING pool; it has as many rows itself."""
    return select(func.pg_notify(_CHANNEL, new.c.pool))


def listen(engine: Engine, heard: Heard, stop: threading.Event) -> None:
    """Listen until told to stop; returns at once where the database has no bell. A lost connection is made anew."""
    while can_ring(engine) and not stop.is_set():
        try:
            _listen(engine, heard, stop)
        except (SQLAlchemyError, OSError, _errors(engine)) as error:
            log.warning("the bell is silent; listening again: %s", type(error).__name__, extra={"action": "bell.lost"})
            stop.wait(_AGAIN_SECONDS)


def _listen(engine: Engine, heard: Heard, stop: threading.Event) -> None:
    pooled = engine.raw_connection()
    connection: Any = pooled.driver_connection
    pooled.detach()  # it is not for anybody else any more
    with closing(connection):
        connection.autocommit = True
        connection.execute(_LISTEN)
        heard(ANY)
        while not stop.is_set():
            for notice in connection.notifies(timeout=_LOOK_SECONDS):
                heard(notice.payload)


def _errors(engine: Engine) -> type[Exception]:
    found: type[Exception] = engine.dialect.loaded_dbapi.Error
    return found
