"""What people look over: the latest jobs of a kind, a dead one tried again, what is remembered of a kind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, select, update
from sqlalchemy.exc import IntegrityError

from bot.store.columns import EPOCH
from bot.store.tables import job, remembered

_AT_ONCE = 500


def latest(connection: Connection, kind: str, limit: int) -> list[Row[Any]]:
    """Find the jobs of a kind that were asked for last, whatever their state."""
    return list(connection.execute(select(job).where(job.c.kind == kind).order_by(job.c.id.desc()).limit(limit)))


def revive(connection: Connection, job_id: int, now: datetime) -> str | None:
    """Let a dead job run again, its attempts counted anew; the pool to wake, or `None` where none is dead by this id.

    Where the same was asked for meanwhile and still waits, that one covers it, and the dead one is done with.
    """
    dead = update(job).where(job.c.id == job_id, job.c.state == "dead")
    again = {"state": "open", "attempt": 0, "due": EPOCH, "due_again": None, "firm": False, "ended_at": None}
    pool = select(job.c.pool).where(job.c.id == job_id)
    try:
        with connection.begin_nested():
            found = connection.execute(dead.values(again)).rowcount
    except IntegrityError:
        found = connection.execute(dead.values(state="done", ended_at=now)).rowcount
    return str(connection.execute(pool).scalar_one()) if found else None


def keys(connection: Connection, kind: str, since: datetime, limit: int) -> Sequence[str]:
    """List the keys under which a kind was remembered since a moment, the latest first."""
    query = select(remembered.c.key).where(remembered.c.kind == kind, remembered.c.at >= since)
    newest = remembered.c.at.desc(), remembered.c.key
    return connection.execute(query.order_by(*newest).limit(limit)).scalars().all()


def texts(connection: Connection, kind: str, wanted: Sequence[str]) -> Mapping[str, str]:
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
