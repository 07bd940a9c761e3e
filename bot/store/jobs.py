"""The job table is the queue: claimed under a lease, finished under its token, coalesced in lanes.

A job is "open" until it is "done" or "dead". It is leased while it has a token and `leased_until` lies ahead; nothing
has to be cleaned up after a crash, since an expired lease can be claimed by anyone and its old token opens nothing.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Insert,
    Row,
    Select,
    and_,
    case,
    delete,
    exists,
    func,
    insert,
    literal,
    null,
    or_,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError

from bot.store.columns import EPOCH, Instant
from bot.store.engine import INSERTS, UpsertInsert, upsert
from bot.store.tables import COALESCES, DEAD, ENDED, LEASED, OPEN, job, turn
from bot.store.values import Backlog, Job, JobState, Lease, NewJob

NOBODY = 0
ONCE: Mapping[str, Insert] = {
    dialect: make(job)
    .on_conflict_do_nothing(index_elements=[job.c.key])
    .inline()
    .execution_options(preserve_rowcount=True)
    for dialect, make in INSERTS.items()
}
"""Inserts a job unless its key is known."""
_RACES = 5
"""How often a claim looks again after another process took the lane in the same moment."""
_MAX_ERROR = 8000


def enqueue(connection: Connection, new: NewJob, now: datetime) -> bool:
    """Insert a job, or join the one of its kind in its lane; `False` when its key is known already."""
    values = row(new, now)
    if new.key is not None:
        return connection.execute(ONCE[connection.dialect.name], values).rowcount == 1
    if new.lane is None:
        connection.execute(insert(job).values(values))
    else:
        connection.execute(_coalesced(upsert(connection, job).values(values)))
    return True


def row(new: NewJob, now: datetime) -> dict[str, Any]:
    """Make the row of a job that was not asked for before."""
    return {
        "key": new.key, "kind": new.kind, "lane": new.lane, "pool": new.pool, "priority": new.priority,
        "installation": NOBODY if new.installation is None else new.installation, "payload": new.payload,
        "raw": new.raw, "cause": new.cause, "state": "open", "due": new.due or EPOCH, "firm": False, "wanted": 1,
        "attempt": 0, "error": "", "enqueued_at": now,
    }  # fmt: skip


def claim(connection: Connection, now: datetime, lease: timedelta, pools: Sequence[str] | None) -> Lease | None:
    """Lease the next due job, or `None`: by priority, then whose turn it is, then first come."""
    for _ in range(_RACES):
        found = connection.execute(_next(now, pools)).scalar_one_or_none()
        if found is None:
            return None
        try:
            with connection.begin_nested():
                return _take(connection, found, now, lease)
        except IntegrityError:
            # Another process leased another job of this lane since we looked: the index lets one of the two in.
            continue
    return None


def renew(connection: Connection, lease: Lease, until: datetime) -> bool:
    """Prolong a lease; `False` when it was lost."""
    held = update(job).where(_held(lease)).values(leased_until=until)
    return connection.execute(held).rowcount == 1


def finish(connection: Connection, lease: Lease, now: datetime) -> bool:
    """End a lease with success; `False` when it was lost. Asked for again meanwhile, the job falls due again."""
    covered = and_(_held(lease), job.c.wanted == lease.wanted, job.c.due_again.is_(None))
    done = update(job).where(covered).values(state="done", ended_at=now, firm=False, **_UNLEASED)
    if connection.execute(done).rowcount == 1:
        return True
    again = {"due": func.coalesce(job.c.due_again, _moment(now)), "due_again": null(), "attempt": 0, "firm": False}
    return connection.execute(update(job).where(_held(lease)).values(again | _UNLEASED)).rowcount == 1


def fail(  # noqa: PLR0913 the word about a lease, as the transaction passes it on
    connection: Connection, lease: Lease, now: datetime, error: str, *, retry_at: datetime | None, firm: bool
) -> bool:
    """End a lease without success; `False` when it was lost.

    The job falls due at `retry_at`; without one it is dead, unless it was asked for again meanwhile: the new request
    has its own right to be tried. A `firm` wait counts as no attempt and is not cut short by asking again.
    """
    error = error[:_MAX_ERROR]
    if retry_at is None:
        covered = and_(_held(lease), job.c.wanted == lease.wanted, job.c.due_again.is_(None))
        dead = update(job).where(covered).values(state="dead", ended_at=now, error=error, firm=False, **_UNLEASED)
        if connection.execute(dead).rowcount == 1:
            return True
    later = _moment(now if retry_at is None else retry_at)
    values = {"error": error, "due": later if firm else _earlier(job.c.due_again, later), "due_again": null()}
    asked_again = or_(job.c.wanted != lease.wanted, job.c.due_again.is_not(None))
    attempt = job.c.attempt - 1 if firm else case((asked_again, 0), else_=job.c.attempt)
    query = update(job).where(_held(lease)).values(values | {"attempt": attempt, "firm": firm} | _UNLEASED)
    return connection.execute(query).rowcount == 1


def listing(connection: Connection, state: JobState, limit: int) -> tuple[Job, ...]:
    """List jobs of a state, the latest first."""
    query = select(job).where(job.c.state == state).limit(limit)
    if state == "open":
        query = query.order_by(job.c.id.desc())
    else:
        query = query.where(ENDED).order_by(job.c.ended_at.desc(), job.c.id.desc())
    return tuple(as_job(row) for row in connection.execute(query))


def busy(connection: Connection, now: datetime) -> bool:
    """Say whether any job is due or leased."""
    due = exists(job.c.id).where(OPEN, job.c.pool.in_(_every_pool()), job.c.due <= now)
    leased = exists(job.c.id).where(LEASED)
    return bool(connection.execute(select(or_(due, leased))).scalar_one())


def backlog(connection: Connection, now: datetime) -> tuple[Backlog, ...]:
    """Count what is to be done and what nobody will do, by kind and pool."""
    running = and_(job.c.token.is_not(None), job.c.leased_until > now)
    state = case((running, "running"), (job.c.due <= now, "due"), else_="waiting").label("shown")
    since = func.min(case((job.c.due > job.c.enqueued_at, job.c.due), else_=job.c.enqueued_at)).label("since")
    is_open = select(state, job.c.kind, job.c.pool, func.count().label("count"), since).where(OPEN)
    is_dead = select(
        job.c.state.label("shown"), job.c.kind, job.c.pool, func.count().label("count"), null().label("since")
    )
    rows = [
        *connection.execute(is_open.group_by(state, job.c.kind, job.c.pool)),
        *connection.execute(is_dead.where(DEAD).group_by(job.c.state, job.c.kind, job.c.pool)),
    ]
    return tuple(
        Backlog(row.shown, row.kind, row.pool, row.count, row.since if row.shown == "due" else None) for row in rows
    )


def forget_done(connection: Connection, before: datetime, limit: int) -> int:
    """Delete jobs that were done before a moment, a batch at a time; how many it were."""
    old = select(job.c.id).where(job.c.state == "done", job.c.ended_at < before).limit(limit)
    return connection.execute(delete(job).where(job.c.id.in_(old))).rowcount


_UNLEASED: dict[str, Any] = {"token": None, "leased_until": None}


def _held(lease: Lease) -> ColumnElement[bool]:
    return and_(job.c.id == lease.job_id, job.c.token == lease.token)


def _moment(value: datetime) -> ColumnElement[datetime]:
    """Make a moment that keeps its type inside an expression."""
    return literal(value, Instant)


def _earlier(one: ColumnElement[Any], other: Any) -> ColumnElement[Any]:
    """Make the lesser of a column that may be NULL and a value."""
    return case((one < other, one), else_=other)


def _coalesced(inserted: UpsertInsert) -> Any:
    """Join the waiting job of this lane and kind: newest payload, highest priority, earliest moment.

    While it runs, the moment is kept for afterwards: `due` stays, so that a crash leaves the run itself due.
    """
    new = inserted.excluded
    running = job.c.token.is_not(None)
    joined = {
        "wanted": job.c.wanted + 1,
        "payload": new.payload,
        "raw": new.raw,
        "cause": func.coalesce(new.cause, job.c.cause),
        "pool": new.pool,
        "priority": case((new.priority > job.c.priority, new.priority), else_=job.c.priority),
        "due": case((or_(running, job.c.firm), job.c.due), else_=_earlier(job.c.due, new.due)),
        "due_again": case((running, _earlier(job.c.due_again, new.due)), else_=job.c.due_again),
        "attempt": case((running, job.c.attempt), else_=0),
    }
    return inserted.on_conflict_do_update(
        index_elements=[job.c.lane, job.c.kind], index_where=COALESCES, set_=joined
    )  # fmt: skip


def _next(now: datetime, pools: Sequence[str] | None) -> Select[Any]:
    """Find the job to claim; on PostgreSQL its row is locked, and rows that others have locked are passed over."""
    other = job.alias("other")
    lane_taken = exists(other.c.id).where(
        other.c.lane == job.c.lane, other.c.lane.is_not(None), other.c.token.is_not(None), other.c.leased_until > now
    )
    whose_turn = and_(turn.c.pool == job.c.pool, turn.c.installation == job.c.installation)
    return (
        select(job.c.id)
        .select_from(job.outerjoin(turn, whose_turn))
        .where(OPEN, job.c.due <= now, or_(job.c.token.is_(None), job.c.leased_until <= now), ~lane_taken)
        .where(job.c.pool.in_(_every_pool() if pools is None else pools))
        .order_by(job.c.priority.desc(), func.coalesce(turn.c.served, 0), job.c.id)
        .limit(1)
        .with_for_update(of=job, skip_locked=True)
    )


def _every_pool() -> Select[Any]:
    """Find the pools that have open jobs, by leaps through the index: the pool comes first in it, then what is due."""
    first = select(func.min(job.c.pool).label("pool")).where(OPEN)
    found = first.cte("found", recursive=True)
    following = select(func.min(job.c.pool)).where(OPEN, job.c.pool > found.c.pool).scalar_subquery()
    found = found.union_all(select(following).where(found.c.pool.is_not(None)))
    return select(found.c.pool).where(found.c.pool.is_not(None))


def _take(connection: Connection, job_id: int, now: datetime, lease: timedelta) -> Lease:
    found = connection.execute(select(job).where(job.c.id == job_id)).one()
    if found.lane is not None:
        # An expired lease of another job in the lane ends here, so that its holder is fenced too.
        expired = and_(job.c.lane == found.lane, job.c.token.is_not(None), job.c.leased_until <= now)
        connection.execute(update(job).where(expired).values(_UNLEASED))
    token = secrets.token_hex(16)
    # What was asked for meanwhile and is due is what this run is for.
    due_again = case((job.c.due_again > now, job.c.due_again), else_=null())
    taken = {"token": token, "leased_until": now + lease, "attempt": found.attempt + 1, "due_again": due_again}
    connection.execute(update(job).where(job.c.id == found.id).values(taken))
    _serve(connection, found.pool, found.installation, now)
    return Lease(
        found.id, found.kind, found.payload, found.lane, token, found.attempt + 1, found.wanted, found.raw, found.cause
    )


def _serve(connection: Connection, pool: str, installation: int, now: datetime) -> None:
    """Put an installation at the end of its pool's line, also where the clock stands still."""
    last = connection.execute(select(func.max(turn.c.served))).scalar_one_or_none() or 0
    served = max(last + 1, int(now.timestamp() * 1000))
    row = upsert(connection, turn).values(pool=pool, installation=installation, served=served)
    connection.execute(
        row.on_conflict_do_update(index_elements=[turn.c.pool, turn.c.installation], set_={"served": served})
    )


def as_job(row: Row[Any]) -> Job:
    """Read a job from its row."""
    return Job(
        job_id=row.id, kind=row.kind, payload=row.payload, state=row.state, key=row.key, lane=row.lane, pool=row.pool,
        priority=row.priority, installation=row.installation or None, due=row.due if row.due > EPOCH else None,
        attempt=row.attempt, wanted=row.wanted, leased_until=row.leased_until, error=row.error,
        enqueued_at=row.enqueued_at, ended_at=row.ended_at, raw=row.raw, cause=row.cause,
    )  # fmt: skip
