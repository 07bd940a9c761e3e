"""Engines: how the two databases are opened so that they behave as one."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Protocol

from sqlalchemy import URL, Connection, Engine, Insert, Table, create_engine, event, make_url
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import ArgumentError

from bot.store.errors import StoreError

_DRIVERS = {"sqlite": "sqlite+pysqlite", "postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg"}
_BUSY_SECONDS = 30.0
"""How long a connection waits for another's write transaction; those are short, since none spans a network call."""


def make_engine(url: str) -> Engine:
    """Make the engine for a database URL; nothing is opened yet. `StoreError` for a URL that cannot work."""
    parsed = _parse(url)
    if parsed.get_backend_name() == "sqlite":
        return _sqlite(parsed)
    patience = {name: value for name, value in _PATIENCE.items() if name not in parsed.query}
    return create_engine(parsed, pool_pre_ping=True, connect_args=patience, **_LIMITS)


_PATIENCE: Mapping[str, Any] = {
    "connect_timeout": 10,
    # A server that is gone without a word is noticed within minutes, also by who only listens.
    "keepalives_idle": 60,
}
"""Seconds, as libpq names them; the URL may say otherwise."""


_LIMITS: Mapping[str, Any] = {
    "pool_size": 10,
    "max_overflow": 30,
    # What deliveries and reports say stays out of the log, where an error would quote it.
    "hide_parameters": True,
}


@contextmanager
def begun(engine: Engine, *, reads: bool = False) -> Iterator[Connection]:
    """Begin a transaction, on SQLite as a writer unless it only `reads`; the end of the block ends it.

    Not as SQLAlchemy's "begin" event: an engine that listens to one looks for listeners at every statement.
    """
    with engine.begin() as connection:
        if connection.dialect.name == "sqlite":
            # A deferred transaction that starts by reading fails when it comes to write and another has written since.
            cursor = connection.connection.cursor()
            cursor.execute("BEGIN" if reads else "BEGIN IMMEDIATE")
            cursor.close()
        yield connection


INSERTS: Mapping[str, Callable[[Table], Any]] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
"""The INSERT that may say ON CONFLICT, by dialect: both speak it alike, SQLAlchemy keeps it in two places."""


def upsert(connection: Connection, table: Table) -> UpsertInsert:
    """Make an INSERT that may say ON CONFLICT for the database at hand."""
    made: UpsertInsert = INSERTS[connection.dialect.name](table)
    return made


class UpsertInsert(Protocol):
    """What SQLAlchemy's two INSERTs have in common and this room uses."""

    excluded: Any

    def values(self, *values: Any, **more: Any) -> UpsertInsert:
        """As `sqlalchemy.Insert.values`."""

    def on_conflict_do_nothing(self, **where: Any) -> Insert:
        """Leave the row that is there."""

    def on_conflict_do_update(self, **what: Any) -> Insert:
        """Change the row that is there."""


def _parse(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise StoreError(f"the database URL cannot be read; it looks like {_EXAMPLES}") from error
    if parsed.drivername not in {*_DRIVERS, *_DRIVERS.values()}:
        raise StoreError(f"a database of the kind {parsed.drivername!r} is not supported; use {_EXAMPLES}")
    if parsed.get_backend_name() == "sqlite" and parsed.database in {None, "", ":memory:"}:
        raise StoreError("a SQLite database in memory would forget every promise; name a file: sqlite:///concordat.db")
    return parsed.set(drivername=_DRIVERS.get(parsed.drivername, parsed.drivername))


_EXAMPLES = "sqlite:///concordat.db or postgresql://user:password@host/name"


def _sqlite(url: URL) -> Engine:
    engine = create_engine(url, connect_args={"timeout": _BUSY_SECONDS, "check_same_thread": False}, **_LIMITS)
    event.listen(engine, "connect", _prepare)
    return engine


def _prepare(connection: sqlite3.Connection, record: object) -> None:
    # The driver begins no transaction by itself: `begun` says of which kind.
    del record
    connection.isolation_level = None
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA synchronous = FULL")
    _write_ahead(connection)


def _write_ahead(connection: sqlite3.Connection) -> None:
    # Changing the mode needs the file alone and does not wait for it (sqlite.org/wal.html); two starters may meet.
    end = time.monotonic() + _BUSY_SECONDS
    while True:
        try:
            if connection.execute("PRAGMA journal_mode = WAL").fetchone() == ("wal",):
                return
        except sqlite3.OperationalError:
            if time.monotonic() > end:
                raise
        if time.monotonic() > end:
            raise sqlite3.OperationalError("the file system does not allow a write-ahead log")
        time.sleep(0.01)
