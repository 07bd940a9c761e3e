"""The bell: on PostgreSQL, whoever asks for work lets every process hear it as soon as the work is there.

NOTIFY belongs to its transaction: it is heard when that is committed, once for each pool, and never when it is not.
Deliveries are rung for after they were kept (`Ringer`), since GitHub waits while they are.
Nobody depends on hearing it: workers look at the table by themselves as well, and on SQLite only so.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable
from contextlib import closing
from typing import Any

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import SQLAlchemyError

log = logging.getLogger(__name__)

ANY = ""
"""Heard in place of a pool when something may have been missed."""
_NOTIFY = text("SELECT pg_notify('concordat_job', :pool)")
_RING = "SELECT pg_notify('concordat_job', %s)"
_LISTEN = "LISTEN concordat_job"
_LOOK_SECONDS = 0.5
"""How often a listener looks whether it should stop."""
_AGAIN_SECONDS = 2.0
_REST_SECONDS = 0.05
"""Between two rings for deliveries: one that comes on its own is heard of at once, of a flood only some."""

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


class Ringer:
    """Rings from a thread of its own, for who must not wait for it; what is asked for meanwhile is rung for together.

    Transactions that NOTIFY are committed one after the other, each with its own wait for the disk: deliveries that
    rang themselves would queue up. A bell that is lost with its process costs a look at the table, so its transaction
    does not wait for the disk.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._asked: set[str] = set()
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._closed = threading.Event()

    def ask(self, pools: Iterable[str]) -> None:
        """Let listeners hear of work in these pools soon."""
        with self._changed:
            if self._closed.is_set():
                return
            self._asked.update(pools)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="bell", daemon=True)
                self._thread.start()
            self._changed.notify()  # it waits there only while nothing is asked for: a flood wakes it once a rest

    def close(self) -> None:
        """Ring for what was asked for, and end."""
        with self._changed:
            self._closed.set()
            self._changed.notify()
            thread = self._thread
        if thread is not None:
            thread.join()

    def _run(self) -> None:
        connection: Any = None
        while pools := self._next():
            try:
                connection = connection or _quick(self._engine)
                for pool in pools:
                    connection.execute(_RING, (pool,))
            except (SQLAlchemyError, OSError, _errors(self._engine)) as error:
                log.warning("the bell cannot be rung: %s", type(error).__name__, extra={"action": "bell.lost"})
                _close(connection)
                connection = None
            self._closed.wait(_REST_SECONDS)
        _close(connection)

    def _next(self) -> list[str]:
        with self._changed:
            self._changed.wait_for(lambda: self._asked or self._closed.is_set())
            pools, self._asked = sorted(self._asked), set()
            return pools


def listen(engine: Engine, heard: Heard, stop: threading.Event) -> None:
    """Listen until told to stop; returns at once where the database has no bell. A lost connection is made anew."""
    while can_ring(engine) and not stop.is_set():
        try:
            _listen(engine, heard, stop)
        except (SQLAlchemyError, OSError, _errors(engine)) as error:
            log.warning("the bell is silent; listening again: %s", type(error).__name__, extra={"action": "bell.lost"})
            stop.wait(_AGAIN_SECONDS)


def _quick(engine: Engine) -> Any:
    """Open a connection on which each statement is a transaction, and none waits for the disk."""
    pooled = engine.raw_connection()
    connection: Any = pooled.driver_connection
    pooled.detach()
    connection.autocommit = True
    connection.execute("SET synchronous_commit = off")
    return connection


def _close(connection: Any) -> None:
    if connection is not None:
        connection.close()


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
