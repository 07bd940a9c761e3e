"""Who is signed in: one row for each browser, found by the hash of what its cookie holds.

Neither the cookie's value nor a usable token is in the database: `digest` is a hash, `sealed` is encrypted under a key
that is not kept there.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, Row, delete, insert, select

from bot.store.tables import session

MOST_OF_ONE = 20
"""So many browsers of one person are signed in at once; the oldest sign-in ends before there is one more."""


@dataclass(frozen=True, slots=True)
class Session:
    """One sign-in. `user_id` and `login` are GitHub's, `sealed` holds the user's token, encrypted; times are aware."""

    digest: str = field(repr=False)
    user_id: int
    login: str
    sealed: str = field(repr=False)
    created_at: datetime
    ends_at: datetime


def begin(connection: Connection, new: Session) -> None:
    """Keep a session; those that have ended, and a person's oldest beyond `MOST_OF_ONE`, are deleted."""
    forget_ended(connection, new.created_at)
    newest = session.c.created_at.desc(), session.c.digest
    mine = select(session.c.digest).where(session.c.user_id == new.user_id).order_by(*newest).offset(MOST_OF_ONE - 1)
    surplus = connection.execute(mine.limit(MOST_OF_ONE)).scalars().all()
    connection.execute(delete(session).where(session.c.digest.in_(surplus)))
    values = {"user_id": new.user_id, "login": new.login, "sealed": new.sealed}
    values |= {"digest": new.digest, "created_at": new.created_at, "ends_at": new.ends_at}
    connection.execute(insert(session).values(values))


def find(connection: Connection, digest: str, now: datetime) -> Session | None:
    """Give the session under a hash while it lasts."""
    query = select(session).where(session.c.digest == digest, session.c.ends_at > now)
    row = connection.execute(query).one_or_none()
    return None if row is None else _session(row)


def end(connection: Connection, digest: str) -> bool:
    """End a session; `False` when there was none."""
    return connection.execute(delete(session).where(session.c.digest == digest)).rowcount == 1


def forget_ended(connection: Connection, now: datetime) -> int:
    """Delete the sessions that have ended by themselves; how many there were."""
    return connection.execute(delete(session).where(session.c.ends_at <= now)).rowcount


def end_all_of(connection: Connection, user_id: int) -> int:
    """End every session of a person; how many there were."""
    return connection.execute(delete(session).where(session.c.user_id == user_id)).rowcount


def _session(row: Row[tuple[object, ...]]) -> Session:
    return Session(
        digest=row.digest, user_id=row.user_id, login=row.login, sealed=row.sealed, created_at=row.created_at,
        ends_at=row.ends_at,
    )  # fmt: skip
