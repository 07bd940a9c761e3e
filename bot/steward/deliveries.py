"""The sweep of deliveries: what GitHub could not hand over is asked for again, for GitHub does not try twice by itself.

A delivery has arrived when it is in our table, whatever GitHub noted: an answer may have been lost. It is asked for
again, by its GUID, while GitHub shows only failures of it, it is not here, and `bot.steward.routes` does something
about it; at most `MOST_TIMES` times. Looked through is what GitHub noted since the bookmark, and some of what was
before.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bot.clock import Clock
from bot.github import App
from bot.github.deliveries import KEPT_FOR, Attempt, Deliveries
from bot.github.errors import NotFound, Rejected
from bot.steward import hints
from bot.steward.routes import route
from bot.store import Store
from bot.store.values import NewJob

log = logging.getLogger(__name__)

DELIVERY = "delivery"
LOST = "sweep.deliveries"
EVERY = timedelta(minutes=5)
OVERLAP = timedelta(minutes=30)
"""GitHub notes a delivery some time after it was sent, and not in their order."""
MOST_PAGES = 50
"""Five thousand failed attempts; what is beyond is made good by the sweep over open pull requests."""
MOST_TIMES = 4
"""What was refused so often is refused for a reason."""
_WAIT = timedelta(minutes=4)
"""What was asked for so shortly ago is still on its way."""
_SWEPT = "deliveries.swept"
_ASKED = "deliveries.asked"


def job() -> NewJob:
    """Make the job that looks for lost deliveries."""
    return NewJob(LOST, {}, lane=LOST, pool=LOST)


def begin(store: Store) -> None:
    """Look for lost deliveries now."""
    with store.transaction() as transaction:
        transaction.enqueue(job())


def handle(app: App, store: Store, clock: Clock) -> None:
    """Do one `sweep.deliveries` job."""
    now = clock()
    with store.reading() as transaction:
        since = _since(transaction.recall(_SWEPT, LOST), now)
    deliveries = app.deliveries()
    attempts = tuple(deliveries.since(since, status="failure", pages=MOST_PAGES))
    missing = lost(attempts, known(store, {one.guid for one in attempts}))
    # What is asked for is looked at again until it is here or was asked for often enough.
    open_ = [one.at for one in missing if _ask(deliveries, store, one, now)]
    with store.transaction() as transaction:
        transaction.remember(_SWEPT, LOST, min([now, *open_]).isoformat(), now)


def lost(attempts: Iterable[Attempt], here: Collection[str]) -> tuple[Attempt, ...]:
    """Find what never succeeded, is not here and would be acted on: the newest attempt at each, the oldest first."""
    by_guid: dict[str, list[Attempt]] = {}
    for one in attempts:
        by_guid.setdefault(one.guid, []).append(one)
    found = (
        max(tries, key=lambda one: one.number)
        for guid, tries in by_guid.items()
        if guid not in here and is_handled(tries[0]) and not any(one.arrived for one in tries)
    )
    return tuple(sorted(found, key=lambda one: one.number))


def is_handled(attempt: Attempt) -> bool:
    """Say whether anything is done about such a delivery."""
    return route(attempt.event, attempt.action).ask is not hints.nothing


def known(store: Store, guids: Iterable[str]) -> frozenset[str]:
    """Say which of these deliveries are here."""
    keys = {f"{DELIVERY}:{guid}": guid for guid in guids}
    with store.reading() as transaction:
        return frozenset(keys[key] for key in transaction.states(sorted(keys)))


def _since(bookmark: str | None, now: datetime) -> datetime:
    earliest = now - KEPT_FOR
    return earliest if bookmark is None else max(earliest, datetime.fromisoformat(bookmark) - OVERLAP)


def _ask(deliveries: Deliveries, store: Store, one: Attempt, now: datetime) -> bool:
    """Ask for a delivery, unless it is on its way; false where nothing more can be expected of asking."""
    facts = {"action": "delivery.asked", "delivery": one.guid, "event": one.event}
    before = _asked(store, one.guid)
    if before.number == one.number and now - before.at < _WAIT:
        return True
    if before.times >= MOST_TIMES:
        log.error("delivery is lost for good", extra=facts | {"action": "delivery.lost"})
        return False
    # Counted before it is done, so that a crash in between cannot make it endless.
    _note(store, one.guid, _Asked(one.number, before.times + 1, now))
    try:
        deliveries.again(one)
    except (NotFound, Rejected) as error:
        log.warning("GitHub does not send a delivery again: %s", error, extra=facts)
    else:
        log.info("delivery was lost; asked for it again", extra=facts)
    return True


@dataclass(frozen=True, slots=True)
class _Asked:
    """How often a delivery was asked for, and when last, over which attempt of it."""

    number: int
    times: int
    at: datetime


def _asked(store: Store, guid: str) -> _Asked:
    with store.reading() as transaction:
        found = json.loads(transaction.recall(_ASKED, guid) or "{}")
    return _Asked(found["number"], found["times"], datetime.fromisoformat(found["at"])) if found else _NEVER


def _note(store: Store, guid: str, asked: _Asked) -> None:
    text = json.dumps({"number": asked.number, "times": asked.times, "at": asked.at.isoformat()})
    with store.transaction() as transaction:
        transaction.remember(_ASKED, guid, text, asked.at)


_NEVER = _Asked(0, 0, datetime.fromtimestamp(0, UTC))
