"""From promises that are due to jobs that keep them, and back: what was sent to whom, and how it went.

A promise that is due becomes "sending" in the transaction that makes its job: from then on only the job is due.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select, update

from bot.store import jobs
from bot.store.engine import upsert
from bot.store.obligations import as_obligation, delivery_of
from bot.store.tables import OWED, delivery, job, obligation
from bot.store.values import Delivery, NewJob, Obligation


def is_due(connection: Connection, now: datetime) -> bool:
    """Say whether anything is owed by now that nobody has begun."""
    # The first of the index, whatever the planner believes of how many are due: asked whether there is one, PostgreSQL
    # reads a whole table of which it has no figures yet.
    first = select(obligation.c.due).where(OWED).order_by(obligation.c.due, obligation.c.id).limit(1)
    due = connection.execute(first).scalar_one_or_none()
    return due is not None and due <= now


def call(
    connection: Connection, now: datetime, limit: int, job_for: Callable[[Obligation], NewJob]
) -> tuple[NewJob, ...]:
    """Make the jobs of what is owed by now, the longest due first; those that others are making are passed over."""
    query = select(obligation).where(OWED, obligation.c.due <= now).order_by(obligation.c.due, obligation.c.id)
    rows = connection.execute(query.limit(limit).with_for_update(skip_locked=True)).all()
    if not rows:
        return ()
    made = tuple(job_for(as_obligation(row)) for row in rows)
    once = upsert(connection, job).on_conflict_do_nothing(index_elements=[job.c.key])
    connection.execute(once, [jobs.row(one, now) for one in made])
    called = update(obligation).where(obligation.c.id.in_([row.id for row in rows]), OWED)
    connection.execute(called.values(state="sending"))
    return made


def find(connection: Connection, obligation_id: int) -> Obligation | None:
    """Give one promise by its number."""
    row = connection.execute(select(obligation).where(obligation.c.id == obligation_id)).one_or_none()
    return None if row is None else as_obligation(row)


def first(
    connection: Connection, stream: str, recipient: str, channels: Sequence[str]
) -> tuple[Obligation, Delivery] | None:
    """Find the first message that a recipient got about a stream on one of these channels."""
    query = (
        select(obligation, delivery.c.id.label("of_delivery"))
        .join(delivery, delivery.c.obligation_id == obligation.c.id)
        .where(obligation.c.stream == stream, obligation.c.recipient == recipient)
        .where(delivery.c.state == "delivered", delivery.c.channel.in_(channels))
        .order_by(delivery.c.settled_at, delivery.c.id)
        .limit(1)
    )
    row = connection.execute(query).one_or_none()
    if row is None:
        return None
    sent = connection.execute(select(delivery).where(delivery.c.id == row.of_delivery)).one()
    return as_obligation(row), delivery_of(sent)


def evidence(connection: Connection, stream: str) -> Iterator[tuple[Obligation, Delivery | None]]:
    """List what was owed in a stream with every attempt to deliver it; an obligation without one comes once."""
    owed = connection.execute(
        select(obligation).where(obligation.c.stream == stream).order_by(obligation.c.due, obligation.c.id)
    ).all()
    tried: dict[int, list[Row[Any]]] = {}
    of_stream = select(delivery).join(obligation).where(obligation.c.stream == stream).order_by(delivery.c.attempt)
    for row in connection.execute(of_stream):
        tried.setdefault(row.obligation_id, []).append(row)
    for row in owed:
        for sent in tried.get(row.id, [None]):
            yield as_obligation(row), None if sent is None else delivery_of(sent)
