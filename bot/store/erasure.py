"""Erasing: what is kept of a repository that nobody sees any more, and what is kept of a person.

A stream keeps its order when a person is erased from it: the facts stay, each with its number and its moment, under a
pseudonym (a negative number, which no GitHub account has) that is the same in all of them and drawn by chance.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Text, delete, null, or_, select, type_coerce, update

from bot.store.tables import delivery, event, job, obligation, remembered, session, slack_link, stream

SEEN = "repository.seen"
"""What tells when a repository was last seen; kept however old it is, since that is what it is for."""
STREAMS = ("pull", "release", "contracts", "migration", "violations", "refused")
"""What the names of streams begin with; the repository's id follows."""
GHOST = "ghost"
"""GitHub's own word for who is no longer there."""
ERASED = "[erased]"
_FREE = frozenset({"body", "text", "comment", "reason", "message", "title", "email", "name", "note"})
_WHOSE = re.compile(r"login|author|user|actor|by|sender|owner|approver|reviewer|pusher|member|who|assignee")
_BATCH = 500


@dataclass(frozen=True, slots=True)
class Person:
    """Who is to be forgotten: the GitHub user id, the login if there is one, and a pseudonym in their place."""

    user_id: int
    login: str | None
    pseudonym: int = field(default_factory=lambda: -1 - secrets.randbelow(2**53))

    def without(self, data: Any, key: str = "", *, own: bool = False) -> Any:
        """Give JSON without the person; of what is their `own`, free text goes too."""
        match data:
            case dict():
                told = {name: self.without(value, name, own=own) for name, value in data.items()}
                whole = self.login is not None and str(data.get("login", "")).lower() == self.login.lower()
                return told | ({"id": self.pseudonym} if whole and "id" in told else {})
            case list():
                return [self.without(value, key, own=own) for value in data]
            case str():
                return ERASED if own and key in _FREE else self._text(data, key)
            case int() if data == self.user_id and not isinstance(data, bool) and _WHOSE.search(key):
                return self.pseudonym
            case _:
                return data

    def _text(self, text: str, key: str) -> str:
        if self.login is None:
            return text
        if text.lower() == self.login.lower() and _WHOSE.search(key):
            return GHOST
        return self.mentions(text)

    def mentions(self, text: str) -> str:
        """Give a text without `@login`. A login may be any word, so that one without its sign is not taken for it."""
        if self.login is None:
            return text
        return re.sub(rf"@{re.escape(self.login)}(?![\w-])", f"@{GHOST}", text, flags=re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Erased:
    """How much was changed or deleted; `waiting` is how many jobs still hold the person, until they are done."""

    events: int
    promises: int
    jobs: int
    texts: int
    sessions: int
    waiting: int


def forget(connection: Connection, person: Person, texts: Sequence[str], now: datetime) -> Erased:
    """Erase a person; `texts` are the kinds of remembered texts that may name them, and can be made again."""
    named = _naming(person)
    return Erased(
        events=_events(connection, person),
        promises=_promises(connection, person),
        jobs=_jobs(connection, person, now),
        texts=connection.execute(
            delete(remembered).where(remembered.c.kind.in_(texts), named(remembered.c.body))
        ).rowcount,
        sessions=connection.execute(delete(session).where(session.c.user_id == person.user_id)).rowcount
        + connection.execute(delete(slack_link).where(slack_link.c.user_id == person.user_id)).rowcount,
        waiting=len(connection.execute(select(job.c.id).where(job.c.state == "open", named(job.c.raw))).all()),
    )


def logins(connection: Connection, user_id: int) -> frozenset[str]:
    """Find the logins under which somebody has signed in."""
    return frozenset(connection.execute(select(session.c.login).where(session.c.user_id == user_id)).scalars())


def _naming(person: Person) -> Any:
    def named(column: Any) -> ColumnElement[bool]:
        words = [str(person.user_id), *([person.login] if person.login else [])]
        return or_(*(type_coerce(column, Text).icontains(word, autoescape=True) for word in words))

    return named


def _events(connection: Connection, person: Person) -> int:
    named = _naming(person)
    found = connection.execute(select(event).where(or_(event.c.actor_id == person.user_id, named(event.c.body)))).all()
    changed = 0
    for row in found:
        own = row.actor_id == person.user_id
        new = {"body": person.without(row.body, own=own), "actor_id": person.pseudonym if own else row.actor_id}
        if (new["body"], new["actor_id"]) != (row.body, row.actor_id):
            one = event.c.stream == row.stream, event.c.seq == row.seq
            changed += connection.execute(update(event).where(*one).values(**new)).rowcount
    return changed


def _promises(connection: Connection, person: Person) -> int:
    named, changed = _naming(person), 0
    for table, column in ((obligation, "payload"), (delivery, "evidence")):
        for row in connection.execute(select(table).where(named(table.c[column]))).mappings():
            new = person.without(row[column])
            if new != row[column]:
                changed += connection.execute(
                    update(table).where(table.c.id == row["id"]).values({column: new})
                ).rowcount
    return changed


def _jobs(connection: Connection, person: Person, now: datetime) -> int:
    """Take what was sent about the person out of jobs that have ended; a dead one cannot be done without it."""
    named = _naming(person)
    ended = job.c.state.in_(("done", "dead"))
    raw = update(job).where(ended, named(job.c.raw)).values(raw=null(), state="done", ended_at=now)
    changed = connection.execute(raw).rowcount
    for row in connection.execute(select(job.c.id, job.c.error, job.c.payload).where(ended, named(job.c.error))):
        text = person.mentions(row.error)
        connection.execute(update(job).where(job.c.id == row.id).values(error=text))
    return changed


def repositories(connection: Connection) -> frozenset[int]:
    """List the repositories, by GitHub's id, that the event log is about."""
    mine = or_(*(stream.c.name.like(f"{kind}:%") for kind in STREAMS))
    names = connection.execute(select(stream.c.name).where(mine)).scalars()
    return frozenset(int(number) for name in names if (number := name.split(":")[1]).isdigit())


def seen(connection: Connection) -> Mapping[int, tuple[int, datetime]]:
    """Tell by which installation each repository was last seen, and when."""
    rows = connection.execute(select(remembered).where(remembered.c.kind == SEEN))
    return {int(row.key): (int(json.loads(row.body)), row.at) for row in rows}


def purge(connection: Connection, repository: int) -> int:
    """Delete everything of a repository: its streams, promises, jobs and texts; how many rows."""
    promises = select(obligation.c.id).where(_of(repository, obligation.c.stream))
    lanes = or_(job.c.lane.like(f"%:{repository}:%"), job.c.lane.like(f"%:{repository}"))
    mine = or_(
        _of(repository, remembered.c.key),
        remembered.c.key.like(f"{repository}:%"),
        (remembered.c.kind == SEEN) & (remembered.c.key == str(repository)),
    )
    statements = (
        delete(delivery).where(delivery.c.obligation_id.in_(promises)),
        delete(obligation).where(_of(repository, obligation.c.stream)),
        delete(event).where(_of(repository, event.c.stream)),
        delete(stream).where(_of(repository, stream.c.name)),
        delete(job).where(lanes, job.c.kind != "sweep.installation", job.c.token.is_(None)),
        delete(remembered).where(mine),
    )
    return sum(connection.execute(statement).rowcount for statement in statements)


def _of(repository: int, name: Any) -> ColumnElement[bool]:
    """Say whether a stream, or what is kept under its name, is of a repository."""
    return or_(*(name.like(f"{kind}:{repository}:%") for kind in STREAMS))


def shed(connection: Connection, before: datetime) -> int:
    """Forget what GitHub sent with deliveries that were done before a moment; that they came stays known."""
    old = select(job.c.id).where(job.c.state == "done", job.c.ended_at < before, job.c.raw.is_not(None)).limit(_BATCH)
    return connection.execute(update(job).where(job.c.id.in_(old)).values(raw=null())).rowcount


def shed_dead(connection: Connection, repository: int, now: datetime) -> int:
    """End dead deliveries about a repository, and forget what was in them."""
    rows = connection.execute(select(job.c.id, job.c.raw).where(job.c.state == "dead", job.c.raw.is_not(None)))
    about = [row.id for row in rows if _repository(row.raw) == repository]
    ended = {"state": "done", "raw": null(), "ended_at": now}
    return sum(
        connection.execute(update(job).where(job.c.id.in_(about[start : start + _BATCH])).values(ended)).rowcount
        for start in range(0, len(about), _BATCH)
    )


def _repository(raw: str) -> int | None:
    try:
        found = json.loads(raw)["repository"]["id"]
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    return found if isinstance(found, int) else None
