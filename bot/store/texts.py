"""Texts that can be made again at any time, kept under a kind and a key.

The statements that every examination needs are made once: see `bot.store.claims`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Insert, bindparam, delete, select

from bot.store.columns import Words
from bot.store.engine import INSERTS
from bot.store.erasure import SEEN
from bot.store.tables import remembered

_AT_ONCE = 500


def keep(connection: Connection, kind: str, key: str, body: str, now: datetime) -> None:
    """Keep a text; it replaces the one under the same kind and key."""
    connection.execute(_KEEP[connection.dialect.name], {"kind": kind, "key": key, "body": body, "at": now})


def find(connection: Connection, kind: str, key: str) -> str | None:
    """Give a text, or `None`."""
    found: str | None = connection.execute(_FIND, {"of_kind": kind, "of_key": key}).scalar_one_or_none()
    return found


def keys(connection: Connection, kind: str, since: datetime, limit: int) -> Sequence[str]:
    """List the keys under which a kind was remembered since a moment, the latest first."""
    query = select(remembered.c.key).where(remembered.c.kind == kind, remembered.c.at >= since)
    newest = remembered.c.at.desc(), remembered.c.key
    return connection.execute(query.order_by(*newest).limit(limit)).scalars().all()


def several(connection: Connection, kind: str, wanted: Sequence[str]) -> Mapping[str, str]:
    """Give the texts under several keys; what is not there is left out."""
    found: dict[str, str] = {}
    for start in range(0, len(wanted), _AT_ONCE):
        some = remembered.c.key.in_(wanted[start : start + _AT_ONCE])
        rows = connection.execute(select(remembered.c.key, remembered.c.body).where(remembered.c.kind == kind, some))
        found |= {row.key: row.body for row in rows}
    return found


def drop(connection: Connection, kind: str, key: str) -> bool:
    """Forget one text; `False` when there was none."""
    gone = delete(remembered).where(remembered.c.kind == kind, remembered.c.key == key)
    return connection.execute(gone).rowcount == 1


def forget(connection: Connection, before: datetime) -> int:
    """Delete what was kept before a moment; how many texts. When a repository was last seen stays."""
    old = remembered.c.at < before, remembered.c.kind != SEEN
    return connection.execute(delete(remembered).where(*old)).rowcount


def _keep(make: Any) -> Insert:
    new = make(remembered)
    made: Insert = new.on_conflict_do_update(
        index_elements=[remembered.c.kind, remembered.c.key], set_={"body": new.excluded.body, "at": new.excluded.at}
    )
    return made


_KEEP: Mapping[str, Insert] = {dialect: _keep(make) for dialect, make in INSERTS.items()}
_FIND = select(remembered.c.body).where(
    remembered.c.kind == bindparam("of_kind", type_=Words), remembered.c.key == bindparam("of_key", type_=Words)
)
