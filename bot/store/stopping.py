"""Which messages, that need not be sent, somebody has stopped: by the address that they went to, and their kind."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from hashlib import sha256

from sqlalchemy import Connection, delete, select

from bot.store.engine import upsert
from bot.store.tables import stopped


def stop(connection: Connection, addresses: Iterable[str], kind: str, now: datetime) -> None:
    """Keep that messages of a kind go to these addresses no more."""
    for one in addresses:
        row = upsert(connection, stopped).values(contact=_contact(one), kind=kind, stopped_at=now)
        connection.execute(row.on_conflict_do_nothing(index_elements=[stopped.c.contact, stopped.c.kind]))


def resume(connection: Connection, addresses: Iterable[str], kind: str) -> None:
    """Keep that messages of a kind go to these addresses again."""
    mine = stopped.c.contact.in_([_contact(one) for one in addresses]), stopped.c.kind == kind
    connection.execute(delete(stopped).where(*mine))


def among(connection: Connection, addresses: Sequence[str], kind: str) -> frozenset[str]:
    """Give those of these addresses to which messages of a kind do not go."""
    by_contact = {_contact(one): one for one in addresses}
    query = select(stopped.c.contact).where(stopped.c.contact.in_(by_contact), stopped.c.kind == kind)
    found = set(connection.execute(query).scalars())
    return frozenset(one for one in addresses if _contact(one) in found)


def _contact(address: str) -> str:
    return sha256(address.strip().casefold().encode()).hexdigest()
