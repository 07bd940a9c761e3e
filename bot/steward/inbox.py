"""The inbox: a delivery that has been verified and kept, turned into the jobs that it hints at."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

from bot.clock import Clock, system_clock
from bot.github import App
from bot.github.errors import BadAnswer
from bot.steward import memory, shelf, sparse
from bot.steward.hints import Hint, nothing
from bot.steward.routes import UNKNOWN, route
from bot.store import Store
from bot.store.transaction import Transaction
from bot.store.values import Lease
from rules.jsontext import digest

log = logging.getLogger(__name__)


def handle(store: Store, lease: Lease, clock: Clock = system_clock, app: App | None = None) -> None:
    """Do one `delivery` job: enqueue what the delivery is a hint about, and note what it settles.

    `app` is asked where the delivery does not say which installation it is about.
    """
    event, guid = lease.payload["event"], lease.payload.get("guid")
    hints = read(event, lease.raw or "", lease.payload.get("received_at") or clock().isoformat(), app)
    if not hints:
        return  # our own writes, say, of which GitHub tells like of anybody's
    with store.transaction() as transaction:
        for hint in hints:
            if hint.left is not None and not transaction.has_done(hint.left, "review.approved"):
                continue
            if hint.job is not None:
                transaction.enqueue(replace(hint.job, cause=guid))
            if hint.of is not None:
                _keep(transaction, hint, guid or str(lease.job_id), clock())
            if hint.closed is not None:
                shelf.put_away(transaction, hint.closed.stream, clock())
            if hint.signed_out is not None:
                transaction.end_sessions_of(hint.signed_out)
            if hint.anew is not None:
                memory.ask_thorough(transaction, hint.anew, guid or str(lease.job_id), clock())


def _keep(transaction: Transaction, hint: Hint, guid: str, now: datetime) -> None:
    """Keep what only this delivery tells, once however often it comes."""
    if hint.said is not None:
        number = int(digest(guid)[:15], 16)
        hint = replace(hint, fact=replace(hint.said, number=number, at=now).event())
    if hint.fact is not None and not hint.fact.source_id:
        hint = replace(hint, fact=replace(hint.fact, source_id=f"{hint.fact.kind}:{guid}", source_time=now))
    if hint.fact is not None and hint.of is not None:
        transaction.append(hint.of.stream, [hint.fact])


def read(event: str, text: str, received_at: str, app: App | None = None) -> tuple[Hint, ...]:
    """Give what a delivery's body asks for; one that makes no sense asks for nothing, and is logged."""
    try:
        payload = sparse.filled(_object(json.loads(text)), received_at)
        row = route(event, payload.get("action"))
        if row is UNKNOWN:
            log.info("event is not handled", extra={"action": "ignored", "event": event})
        if app is not None and row.ask is not nothing:
            payload = sparse.placed(app, payload, event)
        return _all(row.ask(payload))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, BadAnswer) as error:
        log.warning("delivery has an unknown shape: %r", error, extra={"action": "malformed", "event": event})
        return ()


def _object(data: Any) -> dict[str, Any]:
    if not isinstance(data, dict):
        raise TypeError("the body of a delivery is an object")
    return data


def _all(hints: Iterable[Hint]) -> tuple[Hint, ...]:
    """Take every hint or, where one cannot be read, none."""
    return tuple(hints)
