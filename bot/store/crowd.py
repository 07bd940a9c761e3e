"""Which job is next where very many are due: found by leaps through an index, without reading or sorting them all.

The index has pool, priority, installation, then what is due first. There are few groups of the first three with
anything due; they are put in order, and of each only the head is read.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    Connection,
    Integer,
    Row,
    Select,
    and_,
    bindparam,
    exists,
    func,
    or_,
    select,
    text,
)

from bot.store.columns import Instant, Words
from bot.store.tables import OPEN, job, turn

MANY = 200
"""So many that are due are still read and sorted, which is quicker for few; more are a crowd."""


def is_crowd(connection: Connection, now: datetime, pools: Sequence[str] | None) -> bool:
    """Say whether more than `MANY` jobs are due, leased ones counted; so many entries of an index are read at most."""
    query = _MORE if pools is None else _MORE_OF
    known = {"now": now} if pools is None else {"now": now, "pools": pools}
    return connection.execute(query, known).one_or_none() is not None


def next_job(
    connection: Connection, now: datetime, pools: Sequence[str] | None, *, idle_only: bool
) -> Row[Any, Any] | None:
    """Find id and lane of the job to claim, as `bot.store.claims` does: priority, turn, then the longest due.

    On PostgreSQL its row is locked, and rows that others have locked are passed over.
    """
    for group in connection.execute(_GROUPS_IDLE if idle_only else _GROUPS, {"now": now}).all():
        if pools is not None and group.pool not in pools:
            continue
        of = {"now": now, "of_pool": group.pool, "of_priority": group.priority, "whose": group.installation}
        found = connection.execute(_HEAD, of).one_or_none()
        if found is not None:
            return found
    return None


def every_pool() -> Select[Any]:
    """Find the pools that have open jobs, by leaps through the index: the pool comes first in it, then what is due."""
    first = select(func.min(job.c.pool).label("pool")).where(OPEN)
    found = first.cte("found", recursive=True)
    following = select(func.min(job.c.pool)).where(OPEN, job.c.pool > found.c.pool).scalar_subquery()
    found = found.union_all(select(following).where(found.c.pool.is_not(None)))
    return select(found.c.pool).where(found.c.pool.is_not(None))


def free() -> ColumnElement[bool]:
    """Say of a job that nobody has leased it, nor another one in its lane."""
    other = job.alias("other")
    lane_taken = exists(other.c.id).where(
        other.c.lane == job.c.lane, other.c.lane.is_not(None), other.c.token.is_not(None), other.c.leased_until > NOW
    )
    return and_(or_(job.c.token.is_(None), job.c.leased_until <= NOW), ~lane_taken)


def busy(pool: ColumnElement[str], installation: ColumnElement[int]) -> ColumnElement[bool]:
    """Say whether an installation has something running in a pool."""
    running = job.alias("running")
    mine = and_(running.c.pool == pool, running.c.installation == installation)
    return exists(running.c.id).where(mine, running.c.token.is_not(None), running.c.leased_until > NOW)


def _groups(*, idle_only: bool) -> Select[Any]:
    """List the groups with anything due, in the order in which they are served."""
    group = (job.c.pool, job.c.priority, job.c.installation)
    start = select(job.c.id).where(OPEN).order_by(*group).limit(1).scalar_subquery()
    found = select(job.c.id, *group).where(job.c.id == start).cte("found", recursive=True)
    following = job.alias("following")
    step = select(following.c.id, following.c.pool, following.c.priority, following.c.installation)
    found = found.union_all(step.select_from(found.join(following, following.c.id == _beyond(found))))
    mine = _mine(found.c.pool, found.c.priority, found.c.installation)
    whose_turn = and_(turn.c.pool == found.c.pool, turn.c.installation == found.c.installation)
    query = (
        select(found.c.pool, found.c.priority, found.c.installation)
        .select_from(found.outerjoin(turn, whose_turn))
        .where(exists(job.c.id).where(*mine))
        .order_by(found.c.priority.desc(), func.coalesce(turn.c.served, 0), found.c.id)
    )
    return query.where(~busy(found.c.pool, found.c.installation)) if idle_only else query


def _beyond(found: CTE) -> ColumnElement[int]:
    """Find the first job of the group after one: of its pool and priority, of its pool, of any.

    Each is one search in the index; compared as rows, SQLite would read all of the pool.
    """
    near = job.alias("near")
    columns = ("pool", "priority", "installation")
    ways = []
    for same in (2, 1, 0):
        equal = [near.c[name] == found.c[name] for name in columns[:same]]
        query = select(near.c.id).where(
            text("near.state = 'open'"), *equal, near.c[columns[same]] > found.c[columns[same]]
        )
        ordered = query.order_by(*(near.c[name] for name in columns[same:])).limit(1)
        ways.append(ordered.correlate(found).scalar_subquery())
    return func.coalesce(*ways)


def _mine(pool: Any, priority: Any, installation: Any) -> tuple[ColumnElement[bool], ...]:
    due = job.c.due <= NOW
    return OPEN, job.c.pool == pool, job.c.priority == priority, job.c.installation == installation, due  # type: ignore[return-value] # text is a condition


def _more(pools: Any) -> Select[Any]:
    """Find whether there is one more that is due."""
    return select(job.c.due).where(OPEN, job.c.pool.in_(pools), job.c.due <= NOW).offset(MANY).limit(1)


# Made once: see `bot.store.claims`.
NOW: Any = bindparam("now", type_=Instant)
_MORE = _more(every_pool())
_MORE_OF = _more(bindparam("pools", expanding=True, type_=Words))
_GROUPS, _GROUPS_IDLE = (_groups(idle_only=idle_only) for idle_only in (False, True))
_HEAD = (
    select(job.c.id, job.c.lane)
    .where(
        *_mine(
            bindparam("of_pool", type_=Words), bindparam("of_priority", type_=Integer),
            bindparam("whose", type_=BigInteger),
        ),
        free(),
    )
    .order_by(job.c.due, job.c.id)
    .limit(1)
    .with_for_update(of=job, skip_locked=True)
)  # fmt: skip
