"""Claiming: which job is next, and how it is taken.

The statements are made once, since SQLAlchemy takes several times longer to make such a one than a database to run it.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    Connection,
    Insert,
    Select,
    and_,
    bindparam,
    case,
    func,
    null,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError

from bot.store import crowd
from bot.store.columns import Instant, Words
from bot.store.engine import INSERTS
from bot.store.tables import OPEN, job, turn
from bot.store.values import Lease

_RACES = 5
"""How often a claim looks again after another process took the lane in the same moment."""


def claim(
    connection: Connection, now: datetime, lease: timedelta, pools: Sequence[str] | None, *, idle_only: bool = False
) -> Lease | None:
    """Lease the next due job, or `None`: by priority, then whose turn it is, then first come.

    Where very many are due it is the longest due of who is served. With `idle_only` it is one of an installation for
    which nothing runs in its pool.
    """
    query, known = _asked(now, pools, idle_only=idle_only)
    for _ in range(_RACES):
        if crowd.is_crowd(connection, now, pools):
            found = crowd.next_job(connection, now, pools, idle_only=idle_only)
        else:
            found = connection.execute(query, known).one_or_none()
        if found is None:
            return None
        try:
            # Only in a lane can the taking fail, and only the taking is taken back then.
            with nullcontext() if found.lane is None else connection.begin_nested():
                return _take(connection, found.id, found.lane, now, now + lease)
        except IntegrityError:
            # Another process leased another job of this lane since we looked: the index lets one of the two in.
            continue
    return None


def claimable(connection: Connection, now: datetime, pools: Sequence[str] | None, *, idle_only: bool) -> bool:
    """Say whether there is a job to claim."""
    query, known = _asked(now, pools, idle_only=idle_only)
    return connection.execute(_ANY[query], known).one_or_none() is not None


def _asked(now: datetime, pools: Sequence[str] | None, *, idle_only: bool) -> tuple[Select[Any], Mapping[str, Any]]:
    if pools is None:
        return _NEXT_IDLE if idle_only else _NEXT, {"now": now}
    return _NEXT_IDLE_OF if idle_only else _NEXT_OF, {"now": now, "pools": pools}


def _next(pools: Any) -> Select[Any]:
    """Find the job to claim; on PostgreSQL its row is locked, and rows that others have locked are passed over."""
    whose_turn = and_(turn.c.pool == job.c.pool, turn.c.installation == job.c.installation)
    return (
        select(job.c.id, job.c.lane)
        .select_from(job.outerjoin(turn, whose_turn))
        .where(OPEN, job.c.due <= crowd.NOW, crowd.free(), job.c.pool.in_(pools))
        .order_by(job.c.priority.desc(), func.coalesce(turn.c.served, 0), job.c.id)
        .limit(1)
        .with_for_update(of=job, skip_locked=True)
    )


def _take(connection: Connection, job_id: int, lane: str | None, now: datetime, until: datetime) -> Lease:
    if lane is not None:
        connection.execute(_FENCE, {"of_lane": lane, "now": now})
    token = secrets.token_hex(16)
    found = connection.execute(_LEASE, {"of_id": job_id, "new_token": token, "until": until, "now": now}).one()
    served = {"of_pool": found.pool, "whose": found.installation, "moment": int(now.timestamp() * 1000)}
    connection.execute(_SERVE[connection.dialect.name], served)
    return Lease(
        found.id, found.kind, found.payload, found.lane, token, found.attempt, found.wanted, found.raw, found.cause
    )


def _serve(insert: Any) -> Insert:
    """Put an installation at the end of its pool's line, also where the clock stands still."""
    moment = bindparam("moment", type_=BigInteger)
    following = select(func.coalesce(func.max(turn.c.served), 0) + 1).scalar_subquery()
    new = insert(turn).values(
        pool=bindparam("of_pool", type_=Words),
        installation=bindparam("whose", type_=BigInteger),
        served=case((following > moment, following), else_=moment),
    )
    made: Insert = new.on_conflict_do_update(
        index_elements=[turn.c.pool, turn.c.installation], set_={"served": new.excluded.served}
    )
    return made


_NEXT = _next(crowd.every_pool())
_NEXT_OF = _next(bindparam("pools", expanding=True, type_=Words))
_NEXT_IDLE, _NEXT_IDLE_OF = (query.where(~crowd.busy(job.c.pool, job.c.installation)) for query in (_NEXT, _NEXT_OF))
_ANY = {query: query.order_by(None) for query in (_NEXT, _NEXT_OF, _NEXT_IDLE, _NEXT_IDLE_OF)}
"""The same without their order: the first that is found will do."""
_FENCE = (
    update(job)
    .where(job.c.lane == bindparam("of_lane", type_=Words), job.c.token.is_not(None), job.c.leased_until <= crowd.NOW)
    .values(token=None, leased_until=None)
)
"""Ends the expired lease of another job in the lane, so that its holder is fenced too."""
_LEASE = (
    update(job)
    .where(job.c.id == bindparam("of_id", type_=BigInteger))
    .values(
        token=bindparam("new_token", type_=Words),
        leased_until=bindparam("until", type_=Instant),
        attempt=job.c.attempt + 1,
        # What was asked for meanwhile and is due is what this run is for.
        due_again=case((job.c.due_again > crowd.NOW, job.c.due_again), else_=null()),
    )
    .returning(
        job.c.id, job.c.kind, job.c.payload, job.c.lane, job.c.pool, job.c.installation, job.c.attempt, job.c.wanted,
        job.c.raw, job.c.cause,
    )
)  # fmt: skip
_SERVE: Mapping[str, Insert] = {dialect: _serve(insert) for dialect, insert in INSERTS.items()}
