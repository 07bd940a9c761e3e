"""Promises and the attempts to keep them.

    owed ──begin──▸ sending ──delivered──▸ met
     │                 ├──permanent, unknown──▸ failed ──(delivered after all)──▸ met
     │                 └─(transient, refused: stays sending; its job tries again, or on the next channel)
     └───supersede─────┴─────────────────▸ superseded ──promise──▸ owed

An attempt that began and was never settled has an unknown outcome; the next begin gives that attempt back, so that
the channel looks for what may have been sent before it sends anything.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Insert, Row, bindparam, func, insert, null, or_, select, update

from bot.store.columns import Words
from bot.store.engine import INSERTS, UpsertInsert, upsert
from bot.store.tables import BEGUN, OWED, delivery, obligation
from bot.store.values import Body, Delivery, NewObligation, Obligation, ObligationState, Outcome, Settled

_SETTLES: Mapping[Outcome, ObligationState] = {"delivered": "met", "permanent": "failed", "unknown": "failed"}
"""Outcomes that settle the obligation too; after the others it is still being sent."""


def owe(connection: Connection, new: NewObligation) -> bool:
    """Promise something once; `False` when the key was promised before."""
    once = upsert(connection, obligation).values(_row(new)).on_conflict_do_nothing(index_elements=[obligation.c.key])
    return connection.execute(once.returning(obligation.c.id)).one_or_none() is not None


def promise(connection: Connection, new: NewObligation) -> None:
    """Promise something, at another moment where it was promised and not begun, again where it was taken back."""
    connection.execute(_PROMISE[connection.dialect.name], _row(new))


def restate(connection: Connection, key: str, payload: Body) -> bool:
    """Give what is being sent another text, for the next attempt at it; `False` when it is not being sent."""
    sending = update(obligation).where(obligation.c.key == key, obligation.c.state == "sending")
    return connection.execute(sending.values(payload=payload)).rowcount == 1


def owe_all(connection: Connection, new: Sequence[NewObligation]) -> None:
    """Promise several things, each once."""
    if new:
        once = upsert(connection, obligation).on_conflict_do_nothing(index_elements=[obligation.c.key])
        connection.execute(once, [_row(one) for one in new])


def _row(new: NewObligation) -> dict[str, Any]:
    return {
        "key": new.key, "kind": new.kind, "stream": new.stream, "recipient": new.recipient, "due": new.due,
        "state": "owed", "payload": new.payload,
    }  # fmt: skip


def due(connection: Connection, now: datetime, limit: int) -> tuple[Obligation, ...]:
    """List what is owed by now and has not begun, the longest due first."""
    query = select(obligation).where(OWED, obligation.c.due <= now).order_by(obligation.c.due, obligation.c.id)
    return tuple(as_obligation(row) for row in connection.execute(query.limit(limit)))


def of_stream(connection: Connection, stream: str, kind: str | None, recipient: str | None) -> tuple[Obligation, ...]:
    """List every obligation of a stream, or those of a kind or to somebody, in the order of their moments."""
    query = _OF_STREAM if kind is None else _OF_STREAM.where(obligation.c.kind == kind)
    if recipient is not None:
        query = query.where(obligation.c.recipient == recipient)
    return tuple(as_obligation(row) for row in connection.execute(query, {"of_stream": stream}))


def by_keys(connection: Connection, keys: Sequence[str]) -> dict[str, Obligation]:
    """Give the promises with these keys, by key."""
    rows = connection.execute(select(obligation).where(obligation.c.key.in_(keys)))
    return {row.key: as_obligation(row) for row in rows}


def not_begun(connection: Connection, stream: str, after: int, limit: int) -> dict[int, tuple[str, str]]:
    """Give kind and key of what is owed in a stream and not begun, by number: so many whose numbers are greater.

    What was called is not begun either, as long as no attempt at it is open.
    """
    attempt = select(delivery.c.id).where(delivery.c.obligation_id == obligation.c.id, BEGUN)
    idle = or_(obligation.c.state == "owed", (obligation.c.state == "sending") & ~attempt.exists())
    mine = obligation.c.stream == stream, idle, obligation.c.id > after
    query = select(obligation.c.id, obligation.c.kind, obligation.c.key).where(*mine).order_by(obligation.c.id)
    return {row.id: (row.kind, row.key) for row in connection.execute(query.limit(limit))}


def owing(connection: Connection, prefix: str) -> frozenset[str]:
    """List the streams whose names begin with a word and in which something is owed and not begun."""
    query = select(obligation.c.stream).where(obligation.c.state == "owed", obligation.c.stream.like(f"{prefix}%"))
    return frozenset(connection.execute(query.distinct()).scalars())


def settled(connection: Connection, stream: str, kinds: Sequence[str]) -> tuple[Settled, ...]:
    """List what of these kinds was met or has failed in a stream, in the order in which it was."""
    return tuple(
        Settled(row.key, row.kind, row.recipient, row.state, row.settled_at, row.payload)
        for row in connection.execute(_SETTLED, {"of_stream": stream, "kinds": kinds})
    )


def settled_keys(connection: Connection, stream: str, kinds: Sequence[str]) -> tuple[tuple[str, ObligationState], ...]:
    """List key and state of what of these kinds was met or has failed in a stream, in the order in which it was."""
    ended = obligation.c.stream == stream, obligation.c.kind.in_(kinds), obligation.c.state.in_(["met", "failed"])
    query = select(obligation.c.key, obligation.c.state).where(*ended)
    return tuple(
        (row.key, row.state) for row in connection.execute(query.order_by(obligation.c.settled_at, obligation.c.id))
    )


def supersede(connection: Connection, key: str, now: datetime) -> bool:
    """Take a promise back that is not kept yet; `False` when it is settled or unknown."""
    open_ = obligation.c.state.in_(["owed", "sending"])
    taken_back = update(obligation).where(obligation.c.key == key, open_)
    return connection.execute(taken_back.values(state="superseded", settled_at=now)).rowcount == 1


def begin(connection: Connection, obligation_id: int, channel: str, now: datetime) -> Delivery | None:
    """Begin an attempt, or give back the one that began and was never settled; `None` when nothing is owed any more."""
    owed = update(obligation).where(obligation.c.id == obligation_id, obligation.c.state.in_(["owed", "sending"]))
    if connection.execute(owed.values(state="sending")).rowcount == 0:
        return None
    unsettled = select(delivery).where(delivery.c.obligation_id == obligation_id, BEGUN)
    found = connection.execute(unsettled).one_or_none()
    return delivery_of(found) if found else _new_attempt(connection, obligation_id, channel, now)


def settle(  # noqa: PLR0913 the outcome of an attempt, as the transaction passes it on
    connection: Connection, delivery_id: int, now: datetime, outcome: Outcome, *, receipt: str | None, evidence: Body
) -> bool:
    """Record how an attempt ended; `False` when that was recorded before. A later find may settle an "unknown" one."""
    open_ = delivery.c.state.in_(["begun"] if outcome == "unknown" else ["begun", "unknown"])
    settled = update(delivery).where(delivery.c.id == delivery_id, open_)
    values: dict[str, Any] = {"state": outcome, "settled_at": now, "evidence": evidence}
    kept = {} if receipt is None else {"receipt": receipt}
    which = connection.execute(settled.values(values | kept).returning(delivery.c.obligation_id)).scalar_one_or_none()
    if which is not None and outcome in _SETTLES:
        sending = update(obligation).where(obligation.c.id == which, obligation.c.state.in_(["sending", "failed"]))
        connection.execute(sending.values(state=_SETTLES[outcome], settled_at=now))
    return which is not None


def attempts(connection: Connection, obligation_id: int) -> tuple[Delivery, ...]:
    """List the attempts to meet an obligation, in their order."""
    query = select(delivery).where(delivery.c.obligation_id == obligation_id).order_by(delivery.c.attempt)
    return tuple(delivery_of(row) for row in connection.execute(query))


def _new_attempt(connection: Connection, obligation_id: int, channel: str, now: datetime) -> Delivery:
    # The obligation's row was just written, so that nobody else counts its attempts at this moment.
    earlier = select(func.count()).select_from(delivery).where(delivery.c.obligation_id == obligation_id)
    attempt = connection.execute(earlier).scalar_one() + 1
    row = {
        "obligation_id": obligation_id, "channel": channel, "attempt": attempt, "state": "begun", "evidence": {},
        "began_at": now,
    }  # fmt: skip
    return delivery_of(connection.execute(insert(delivery).values(row).returning(delivery)).one())


def as_obligation(row: Row[Any]) -> Obligation:
    """Make a promise of its row."""
    return Obligation(
        row.id, row.key, row.kind, row.stream, row.recipient, row.due, row.payload, row.state, row.settled_at
    )


def delivery_of(row: Row[Any]) -> Delivery:
    """Read an attempt from its row."""
    return Delivery(
        delivery_id=row.id, obligation_id=row.obligation_id, channel=row.channel, attempt=row.attempt,
        state=row.state, receipt=row.receipt, evidence=row.evidence, began_at=row.began_at, settled_at=row.settled_at,
    )  # fmt: skip


def _promised_anew(made: UpsertInsert) -> Insert:
    new = made.excluded
    anew = {
        "due": new.due, "payload": new.payload, "recipient": new.recipient, "state": "owed", "settled_at": null(),
    }  # fmt: skip
    waiting = obligation.c.state.in_(["owed", "superseded"])
    return made.on_conflict_do_update(index_elements=[obligation.c.key], set_=anew, where=waiting)


# Made once: see `bot.store.claims`.
_PROMISE: Mapping[str, Insert] = {dialect: _promised_anew(make(obligation)) for dialect, make in INSERTS.items()}
_OF_STREAM = (
    select(obligation)
    .where(obligation.c.stream == bindparam("of_stream", type_=Words))
    .order_by(obligation.c.due, obligation.c.id)
)
_SETTLED = (
    select(obligation)
    .where(obligation.c.stream == bindparam("of_stream", type_=Words))
    .where(obligation.c.kind.in_(bindparam("kinds", type_=Words, expanding=True)))
    .where(obligation.c.state.in_(["met", "failed"]))
    .order_by(obligation.c.settled_at, obligation.c.id)
)
