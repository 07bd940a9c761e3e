"""The job table is the queue: claimed under a lease, finished under its token, coalesced in lanes.

A job is "open" until it is "done" or "dead". It is leased while it has a token and `leased_until` lies ahead; nothing
has to be cleaned up after a crash, since an expired lease can be claimed by anyone and its old token opens nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Insert,
    Integer,
    Row,
    and_,
    bindparam,
    case,
    delete,
    exists,
    false,
    func,
    insert,
    literal,
    literal_column,
    null,
    or_,
    select,
    text,
    update,
)

from bot.store.columns import EPOCH, Identity, Instant, Words
from bot.store.crowd import every_pool
from bot.store.engine import INSERTS, UpsertInsert
from bot.store.tables import COALESCES, DEAD, ENDED, LEASED, OPEN, job
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
_MAX_ERROR = 8000
_FAILED = text("job.state = 'dead' OR (job.state = 'open' AND job.attempt > 0 AND job.token IS NULL AND NOT job.firm)")
"""Given up, or waiting for another try."""


def enqueue(connection: Connection, new: NewJob, now: datetime) -> bool:
    """Insert a job, or join the one of its kind in its lane; `False` when its key is known already."""
    values = row(new, now)
    if new.key is not None:
        return connection.execute(ONCE[connection.dialect.name], values).rowcount == 1
    if new.lane is None:
        connection.execute(_INSERT, values)
    else:
        connection.execute(_COALESCE[connection.dialect.name], values)
    return True


def row(new: NewJob, now: datetime) -> dict[str, Any]:
    """Make the row of a job that was not asked for before."""
    return {
        "key": new.key, "kind": new.kind, "lane": new.lane, "pool": new.pool, "priority": new.priority,
        "installation": NOBODY if new.installation is None else new.installation, "payload": new.payload,
        "raw": new.raw, "cause": new.cause, "state": "open", "due": new.due or EPOCH, "firm": False, "wanted": 1,
        "attempt": 0, "error": "", "enqueued_at": now,
    }  # fmt: skip


def again(inserted: UpsertInsert) -> Any:
    """Let a job whose key is known be done anew where it had failed; what is done or under way stays as it is.

    GitHub sends a delivery again under its GUID: what somebody asks for once more, after it went wrong here, counts.
    """
    new = inserted.excluded
    # Written out, since the short way in (`bot.store.intake`) binds the values of the rows and nothing else.
    anew = {
        "state": literal_column("'open'"), "due": new.due, "due_again": null(), "attempt": literal_column("0"),
        "firm": false(), "ended_at": null(), "payload": new.payload, "raw": new.raw,
        "wanted": literal_column("job.wanted + 1"),
    }  # fmt: skip
    return inserted.on_conflict_do_update(index_elements=[job.c.key], set_=anew, where=_FAILED)


def renew(connection: Connection, lease: Lease, until: datetime) -> bool:
    """Prolong a lease; `False` when it was lost."""
    held = update(job).where(_held(lease)).values(leased_until=until)
    return connection.execute(held).rowcount == 1


def finish(connection: Connection, lease: Lease, now: datetime) -> bool:
    """End a lease with success; `False` when it was lost. Asked for again meanwhile, the job falls due again."""
    claimed = {"of_id": lease.job_id, "of_token": lease.token, "of_wanted": lease.wanted, "now": now}
    if connection.execute(_DONE, claimed).rowcount == 1:
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
    due = exists(job.c.id).where(OPEN, job.c.pool.in_(every_pool()), job.c.due <= now)
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
_DONE = (
    update(job)
    .where(job.c.id == bindparam("of_id", type_=Identity), job.c.token == bindparam("of_token", type_=Words))
    .where(job.c.wanted == bindparam("of_wanted", type_=Integer), job.c.due_again.is_(None))
    .values(state="done", ended_at=bindparam("now", type_=Instant), firm=False, **_UNLEASED)
)
"""Ends a job that was not asked for again since it was claimed. Made once, as the statements of `bot.store.claims`."""


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


_INSERT = insert(job)
_COALESCE: Mapping[str, Insert] = {dialect: _coalesced(make(job)) for dialect, make in INSERTS.items()}


def as_job(row: Row[Any]) -> Job:
    """Read a job from its row."""
    return Job(
        job_id=row.id, kind=row.kind, payload=row.payload, state=row.state, key=row.key, lane=row.lane, pool=row.pool,
        priority=row.priority, installation=row.installation or None, due=row.due if row.due > EPOCH else None,
        attempt=row.attempt, wanted=row.wanted, leased_until=row.leased_until, error=row.error,
        enqueued_at=row.enqueued_at, ended_at=row.ended_at, raw=row.raw, cause=row.cause,
    )  # fmt: skip
