"""The event log: facts that nobody can tell again, appended once per source id."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Connection, bindparam, collate, exists, insert, select, update

from bot.store.columns import Words
from bot.store.engine import INSERTS
from bot.store.tables import event, stream
from bot.store.values import Event, NewEvent


def append(connection: Connection, name: str, events: Sequence[NewEvent], now: datetime) -> int:
    """Append those events whose source id the stream does not have yet; how many were new."""
    if not events:
        return 0
    latest = _hold(connection, name)
    known = _known(connection, name, [item.source_id for item in events])
    rows = list(_rows(name, events, known, latest, now))
    if rows:
        connection.execute(_INSERT, rows)
        connection.execute(_COUNTED, {"of_stream": name, "now_latest": latest + len(rows)})
    return len(rows)


def hold(connection: Connection, name: str) -> None:
    """Have other writers of a stream wait until this transaction ends."""
    _hold(connection, name)


def read(connection: Connection, name: str) -> tuple[Event, ...]:
    """Read a stream in the order of its facts: by source time, then source id, however they arrived."""
    found = (Event(**row) for row in connection.execute(_READ, {"of_stream": name}).mappings())
    # Sorted here, because the databases collate text differently.
    return tuple(sorted(found, key=lambda item: (item.source_time, item.source_id)))


def in_order(connection: Connection, name: str) -> Iterator[Event]:
    """Read a stream in that order, a page at a time: of ten thousand facts few are held at once."""
    paged = _IN_ORDER[connection.dialect.name].execution_options(yield_per=_PAGE)
    with connection.execute(paged, {"of_stream": name}) as found:  # who stops before its end leaves nothing open
        for row in found.mappings():
            yield Event(**row)


def source_ids(connection: Connection, name: str, kinds: Sequence[str]) -> frozenset[str]:
    """List the source ids of the facts of some kinds in a stream."""
    mine = event.c.stream == name, event.c.kind.in_(kinds)
    return frozenset(connection.execute(select(event.c.source_id).where(*mine)).scalars())


def streams(connection: Connection, prefix: str) -> tuple[str, ...]:
    """List the streams whose names begin so, in the order of their names."""
    query = select(stream.c.name).where(stream.c.name.startswith(prefix, autoescape=True))
    return tuple(sorted(connection.execute(query).scalars()))


def lengths(connection: Connection, prefix: str) -> Mapping[str, int]:
    """Tell how many facts each stream has whose name begins so."""
    query = select(stream.c.name, stream.c.latest).where(stream.c.name.startswith(prefix, autoescape=True))
    return {row.name: row.latest for row in connection.execute(query)}


def has_done(connection: Connection, actor_id: int, kind: str) -> bool:
    """Say whether any stream has a fact of a kind by a person."""
    return bool(connection.execute(select(exists().where(event.c.actor_id == actor_id, event.c.kind == kind))).scalar())


def _hold(connection: Connection, name: str) -> int:
    # Writing the stream's row, even unchanged, makes other writers of the same stream wait for this transaction.
    held = connection.execute(_HOLD[connection.dialect.name], {"name": name, "latest": 0})
    return int(held.scalar_one())


def _known(connection: Connection, name: str, source_ids: Sequence[str]) -> set[str]:
    return set(connection.execute(_KNOWN, {"of_stream": name, "asked": source_ids}).scalars())


def _rows(
    name: str, events: Sequence[NewEvent], known: set[str], latest: int, now: datetime
) -> Iterator[dict[str, Any]]:
    for item in events:
        if item.source_id in known:
            continue
        known.add(item.source_id)
        latest += 1
        yield {
            "stream": name, "seq": latest, "kind": item.kind, "source_id": item.source_id,
            "source_time": item.source_time, "recorded_at": now, "actor_id": item.actor_id, "version": item.version,
            "body": item.body,
        }  # fmt: skip


# Made once: see `bot.store.claims`.
_OF_STREAM = bindparam("of_stream", type_=Words)
_PAGE = 250
_READ = select(event).where(event.c.stream == _OF_STREAM)
_IN_ORDER = {
    # By code points, as `read` sorts: what SQLite does by itself, and PostgreSQL when it is told to.
    "sqlite": _READ.order_by(event.c.source_time, event.c.source_id),
    "postgresql": _READ.order_by(event.c.source_time, collate(event.c.source_id, "C")),
}
_KNOWN = select(event.c.source_id).where(
    event.c.stream == _OF_STREAM, event.c.source_id.in_(bindparam("asked", type_=Words, expanding=True))
)
_INSERT = insert(event)
_COUNTED = update(stream).where(stream.c.name == _OF_STREAM).values(latest=bindparam("now_latest", type_=BigInteger))
_HOLD = {
    dialect: make(stream)
    .on_conflict_do_update(index_elements=[stream.c.name], set_={"latest": stream.c.latest})
    .returning(stream.c.latest)
    for dialect, make in INSERTS.items()
}
