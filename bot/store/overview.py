"""What people look over: the latest jobs of a kind, and a dead one tried again."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select, update
from sqlalchemy.exc import IntegrityError

from bot.store.columns import EPOCH
from bot.store.tables import job


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
