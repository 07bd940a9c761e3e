"""The sweep: every open pull request is examined from time to time, so that a lost webhook costs minutes only."""

from __future__ import annotations

import logging
from uuid import uuid4

from bot.clock import Clock
from bot.github import App
from bot.github.errors import GitHubError, RateLimited, Suspended
from bot.steward import deprecations, memory, tidying
from bot.steward.jobs import LOW, SWEEP, examination, sweep_of_installation
from bot.steward.values import Place, Target
from bot.store import Store
from bot.store.values import Lease, NewJob

log = logging.getLogger(__name__)


def begin(store: Store) -> None:
    """Enqueue a sweep; one that is still waiting or running is not joined by a second."""
    with store.transaction() as transaction:
        transaction.enqueue(NewJob(kind=SWEEP, payload={}, lane=SWEEP, pool=SWEEP, priority=LOW))


def handle(app: App, store: Store) -> None:
    """Do one `sweep` job: a job for each installation, so that a slow one delays no other."""
    installations = [item for item in app.installations() if not item.suspended]
    with store.transaction() as transaction:
        for item in installations:
            transaction.enqueue(sweep_of_installation(item.id))


def handle_installation(app: App, store: Store, lease: Lease, clock: Clock) -> None:
    """Do one `sweep.installation` job: an examination for every open pull request, and once a day of the contracts."""
    installation = lease.payload["installation"]
    for found in app.repositories(installation):
        if found.archived:
            continue
        try:
            place = Place(installation, found.id, found.full_name)
            _look_at_all(app, store, place, clock)
            if found.default_branch:
                with store.transaction() as transaction:
                    transaction.enqueue(deprecations.job(place, found.default_branch, clock()))
                    transaction.enqueue(tidying.job(place, found.default_branch))
        except (RateLimited, Suspended):
            raise  # every other repository of the installation would meet the same
        except GitHubError as error:
            log.warning("sweep left a repository out: %s", error, extra={"action": "sweep", "repository": found.id})
        except ValueError:
            log.warning("sweep left out what has no name", extra={"action": "sweep", "repository": found.id})


def handle_repository(app: App, store: Store, lease: Lease, clock: Clock) -> None:
    """Do one `sweep.repository` job: an examination for every open pull request of one repository."""
    _look_at_all(app, store, Place(**lease.payload), clock)


def _look_at_all(app: App, store: Store, place: Place, clock: Clock) -> None:
    pulls = app.repository(place.installation, place.repository).open_pulls()
    with store.transaction() as transaction:
        for pull in pulls:
            target = Target(place.installation, place.repository_id, place.repository, pull.number)
            transaction.enqueue(examination(target, priority=LOW))
            memory.ask_thorough(transaction, target, f"sweep:{uuid4()}", clock())
