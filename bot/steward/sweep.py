"""The sweep: every open pull request is examined from time to time, so that a lost webhook costs minutes only."""

from __future__ import annotations

import logging

from bot.github import App
from bot.github.errors import GitHubError, RateLimited
from bot.steward.inbox import examination
from bot.steward.values import Target
from bot.store import Store
from bot.store.values import Lease, NewJob

log = logging.getLogger(__name__)

SWEEP = "sweep"
INSTALLATION = "sweep.installation"
LOW = -10
"""Examinations that nobody waits for come after those that a delivery asked for."""


def begin(store: Store) -> None:
    """Enqueue a sweep; one that is still waiting or running is not joined by a second."""
    with store.transaction() as transaction:
        transaction.enqueue(NewJob(kind=SWEEP, payload={}, lane=SWEEP, pool=SWEEP, priority=LOW))


def handle(app: App, store: Store) -> None:
    """Do one `sweep` job: a job for each installation, so that a slow one delays no other."""
    installations = [item for item in app.installations() if not item.suspended]
    with store.transaction() as transaction:
        for item in installations:
            job = NewJob(
                kind=INSTALLATION,
                payload={"installation": item.id},
                lane=f"{INSTALLATION}:{item.id}",
                pool=SWEEP,
                priority=LOW,
                installation=item.id,
            )
            transaction.enqueue(job)


def handle_installation(app: App, store: Store, lease: Lease) -> None:
    """Do one `sweep.installation` job: an examination for every open pull request that it can see."""
    installation = lease.payload["installation"]
    for found in app.repositories(installation):
        try:
            pulls = app.repository(installation, found.full_name).open_pulls()
        except RateLimited:
            raise  # every other repository of the installation would meet the same
        except GitHubError as error:
            log.warning("sweep left a repository out: %s", error, extra={"action": "sweep", "repository": found.id})
            continue
        with store.transaction() as transaction:
            for pull in pulls:
                target = Target(installation, found.id, found.full_name, pull.number)
                transaction.enqueue(examination(target, priority=LOW))
