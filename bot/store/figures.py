"""What statistics are made of: the facts of a kind over all streams, and the promises of a kind."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection, select

from bot.store.obligations import as_obligation
from bot.store.tables import event, obligation
from bot.store.values import Event, Obligation


def facts(connection: Connection, prefix: str, within: str = "") -> Iterator[Event]:
    """Read every fact whose kind, and whose stream, begins with a word, stream by stream, in the order of arrival."""
    mine = event.c.kind.like(f"{prefix}%"), event.c.stream.like(f"{within}%")
    query = select(event).where(*mine).order_by(event.c.stream, event.c.seq)
    return (Event(**row) for row in connection.execute(query).mappings())


def promises(connection: Connection, prefix: str) -> Iterator[Obligation]:
    """Read every promise whose kind begins with a word, in the order in which they were made."""
    query = select(obligation).where(obligation.c.kind.like(f"{prefix}%")).order_by(obligation.c.id)
    return (as_obligation(row) for row in connection.execute(query))
