"""Purging: what nobody has let the App see for a while is deleted, and what GitHub sent is not kept for ever.

Once a day GitHub is asked what every installation sees. A repository that none saw for the whole period, because the
App was uninstalled or the repository taken from it, loses everything that is kept of it. Repositories are known by
their id: one that comes back within the period, under whatever installation, finds its log as it was. Of a suspended
installation nothing can be asked, and nothing is deleted.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta

from bot.clock import Clock
from bot.github import App
from bot.steward import jobs
from bot.store import Store
from bot.store.values import NewEvent, NewJob

log = logging.getLogger(__name__)

PURGE = "purge"
EVERY = timedelta(days=1)
HOUSE = "house"
"""The stream of what happened to this installation of Concordat itself."""
PURGED = "repository.purged"
_SHED_AFTER = timedelta(days=7)
_NOBODY = 0


def job() -> NewJob:
    """Make the job that purges."""
    return NewJob(PURGE, {}, lane=PURGE, pool=jobs.SWEEP, priority=jobs.LOW)


def handle(app: App, store: Store, clock: Clock, period: timedelta) -> None:
    """Do one `purge` job. When anything cannot be read it fails, and nothing is deleted."""
    now = clock()
    while _shed(store, now - _SHED_AFTER):
        pass
    with store.reading() as transaction:
        known, about = transaction.seen(), transaction.repositories()
    visible = _visible(app, known)
    with store.transaction() as transaction:
        for repository, installation in visible.items():
            transaction.see(repository, installation, now)
        for repository in about - visible.keys() - known.keys():
            transaction.see(repository, _NOBODY, now)  # from now on it counts as missing
    for repository, (_, at) in known.items():
        if repository not in visible and now - at >= period:
            _purge(store, repository, now)


def _visible(app: App, known: Mapping[int, tuple[int, datetime]]) -> dict[int, int]:
    found: dict[int, int] = {}
    for one in app.installations():
        if one.suspended:
            found |= {repository: one.id for repository, (by, _) in known.items() if by == one.id}
        else:
            found |= {repository.id: one.id for repository in app.repositories(one.id)}
    return found


def _purge(store: Store, repository: int, now: datetime) -> None:
    with store.transaction() as transaction:
        rows = transaction.purge(repository, now)
        fact = NewEvent(PURGED, f"purged:{repository}:{now.isoformat()}", now, {"repository_id": repository})
        transaction.append(HOUSE, [fact])
    log.info("repository is purged", extra={"action": "purged", "repository": repository, "rows": rows})


def _shed(store: Store, before: datetime) -> int:
    with store.transaction() as transaction:
        return transaction.shed(before)
