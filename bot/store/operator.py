"""What operators do with jobs: look at one, find those of a delivery, end one that nobody will do."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select, update

from bot.store.jobs import as_job
from bot.store.tables import job
from bot.store.values import Job, JobState

_AT_ONCE = 500


def find(connection: Connection, job_id: int) -> Job | None:
    """Give one job by its number."""
    row = connection.execute(select(job).where(job.c.id == job_id)).one_or_none()
    return None if row is None else as_job(row)


def by_key(connection: Connection, key: str) -> Job | None:
    """Give the job that has a key."""
    row = connection.execute(select(job).where(job.c.key == key)).one_or_none()
    return None if row is None else as_job(row)


def listing(connection: Connection, state: JobState | None, kind: str | None, limit: int) -> tuple[Job, ...]:
    """List jobs, of a state and of a kind where these are given, those that were asked for last first."""
    query = select(job).order_by(job.c.id.desc()).limit(limit)
    query = query if state is None else query.where(job.c.state == state)
    query = query if kind is None else query.where(job.c.kind == kind)
    return tuple(as_job(row) for row in connection.execute(query))


def caused_by(connection: Connection, guid: str, limit: int) -> tuple[Job, ...]:
    """List the jobs that a delivery asked for last."""
    query = select(job).where(job.c.cause == guid).order_by(job.c.id.desc()).limit(limit)
    return tuple(as_job(row) for row in connection.execute(query))


def states(connection: Connection, keys: Sequence[str]) -> dict[str, JobState]:
    """Say which of these keys are known, and in which state their jobs are."""
    found: dict[str, JobState] = {}
    for start in range(0, len(keys), _AT_ONCE):
        some = job.c.key.in_(keys[start : start + _AT_ONCE])
        found |= {row.key: row.state for row in connection.execute(select(job.c.key, job.c.state).where(some))}
    return found


def retry(connection: Connection, job_id: int, now: datetime) -> str | None:
    """Let an open job that waits be due now, its attempts counted anew; the pool to wake, or `None`.

    One that is running is left alone, and so is a rate limit: GitHub would refuse again.
    """
    waits = and_(job.c.id == job_id, job.c.state == "open", job.c.firm.is_(False), _idle(now))
    found = connection.execute(update(job).where(waits).values(due=now, attempt=0).returning(job.c.pool))
    return found.scalar_one_or_none()


def end(connection: Connection, job_id: int, now: datetime, why: str) -> bool:
    """End a job that is dead or waits, without doing it; its row and key stay. `False` where it runs or has ended.

    The text of its latest failure is kept below the reason.
    """
    stands = or_(job.c.state == "dead", and_(job.c.state == "open", _idle(now)))
    ended = {"state": "done", "ended_at": now, "token": None, "leased_until": None, "due_again": None}
    told = func.substr(why + "\n\n" + job.c.error, 1, 8000)
    found = connection.execute(update(job).where(job.c.id == job_id, stands).values(**ended, error=told))
    return found.rowcount == 1


def _idle(now: datetime) -> ColumnElement[bool]:
    return or_(job.c.token.is_(None), job.c.leased_until <= now)
