"""The store's door: open it, and do everything inside a transaction."""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Self

from sqlalchemy import Engine
from sqlalchemy import event as sqlalchemy_event
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry

from bot.clock import Clock, system_clock
from bot.store import (
    bell,
    migrate,
)
from bot.store.engine import begun, make_engine
from bot.store.errors import StoreError
from bot.store.intake import Intake
from bot.store.place import Place
from bot.store.transaction import Transaction
from bot.store.values import (
    NewJob,
)

log = logging.getLogger(__name__)


class Store:
    """Our own database, SQLite or PostgreSQL; safe between threads, and between processes that open it each.

    Keep no transaction open across a network call: on SQLite it keeps every other writer out.
    """

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine = engine
        self._intake = Intake(engine)
        self._place = Place(engine)
        self._clock = clock
        self._heard: bell.Heard = _nobody

    @classmethod
    def open(cls, url: str, *, clock: Clock = system_clock, as_it_is: bool = False) -> Self:
        """Open a database and bring it up to date, or with `as_it_is` refuse one that is not (`StoreOlder`).

        `sqlite:///FILE` or `postgresql://…`. The clock only dates what is recorded. `StoreNewer` when a later release
        has migrated it, `StoreError` when it cannot be opened.
        """
        engine = make_engine(url)
        try:
            migrate.as_it_is(engine) if as_it_is else migrate.up_to_date(engine)
        except (SQLAlchemyError, sqlite3.Error) as error:
            engine.dispose()
            reason = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
            where = engine.url.render_as_string(hide_password=True)
            raise StoreError(
                f"the database {where} cannot be opened: {reason}; check DATABASE_URL, and that the server runs or the "
                "folder can be written"
            ) from error
        except BaseException:
            engine.dispose()
            raise
        return cls(engine, clock)

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Do several things as one: kept together at the end, or not at all when the block raises."""
        with begun(self._engine) as connection:
            transaction = Transaction(connection, self._clock)
            yield transaction
            asked = transaction.ring()
        for pool in asked:
            self._heard(pool)

    @contextmanager
    def reading(self) -> Iterator[Transaction]:
        """Read without keeping writers out; use it only for what reads."""
        with begun(self._engine, reads=True) as connection:
            yield Transaction(connection, self._clock)

    def keep(self, new: Sequence[NewJob]) -> int:
        """Ask for several pieces of work that have keys, in a transaction of its own; how many keys were not known."""
        self._place.check()
        return self._intake.keep(new, self._clock())

    @property
    def one_writer(self) -> bool:
        """Whether this database takes one writer at a time, so that gathering what is to be written saves waiting."""
        return self._engine.dialect.name == "sqlite"

    @property
    def has_bell(self) -> bool:
        """Whether other processes hear at once what is enqueued here; else they see it when they look."""
        return bell.can_ring(self._engine)

    def listen(self, heard: bell.Heard, stop: threading.Event) -> None:
        """Tell of work that any process has asked for until told to stop; returns at once without a bell."""
        bell.listen(self._engine, heard, stop)

    def tell(self, heard: bell.Heard) -> None:
        """Tell of work that this process asks for in a transaction, once it is there; whatever the database."""
        self._heard = heard

    def lacks(self) -> str | None:
        """Say in a sentence what keeps this release from using the database now; `None` when nothing does."""
        moved = self._place.lacks()
        if moved:
            return moved
        try:
            with begun(self._engine, reads=True) as connection:
                return migrate.lacking(connection)
        except (SQLAlchemyError, sqlite3.Error) as error:
            log.warning("the database does not answer: %s", type(error).__name__, extra={"action": "unready"})
            return "the database does not answer"

    def idle(self, now: datetime) -> bool:
        """Say whether no job is due or leased, and nothing owed."""
        with self.reading() as transaction:
            return not transaction.busy(now)

    def close(self) -> None:
        """Close every connection: those in use, when their transaction has ended."""
        self._intake.close()
        # Its pool takes back what is in use, and nobody would ask that pool any more.
        sqlalchemy_event.listen(self._engine.pool, "checkin", _close)
        self._engine.dispose()


def _nobody(pool: str) -> None:
    """Hear nothing."""


def _close(connection: object, record: ConnectionPoolEntry) -> None:
    del connection
    record.invalidate()
