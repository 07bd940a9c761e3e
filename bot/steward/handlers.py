"""Every kind of job that the steward does, and by what."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from bot.github.errors import NotFound
from bot.steward import branches, deliveries, deprecations, dues, groups, inbox, jobs, pulls, sweep, tidying
from bot.steward.house import Steward
from bot.steward.migrations import handler as migrations
from bot.steward.migrations import plans as migration_plans
from bot.steward.migrations import tell as migration_tell
from bot.steward.patience import patient
from bot.steward.releases import handler as releases
from bot.steward.values import Target
from bot.steward.violations import handler as violations
from bot.steward.violations import refused
from bot.steward.violations.values import REFUSED, VIOLATIONS
from bot.store import Store
from bot.store.values import Lease
from bot.worker import Handler

log = logging.getLogger(__name__)

DELIVERY = "delivery"
_BELIEVED_AFTER_ATTEMPTS = 3


@contextmanager
def _given_up(lease: Lease) -> Iterator[None]:
    """End a job in silence that is about what is gone: deleted, or out of the App's sight.

    GitHub now and then does not find what is there; a 404 is believed once it has been repeated.
    """
    try:
        yield
    except NotFound as gone:
        if lease.attempt < _BELIEVED_AFTER_ATTEMPTS:
            raise
        log.info("what the job is about is gone: %s", gone, extra={"action": "gone", "lane": lease.lane})


def _clock(steward: Steward, lease: Lease) -> None:
    """Do one `clock` job: a moment has come at which a review changes by itself."""
    target = Target(**lease.payload)
    with steward.store.transaction() as transaction:
        transaction.enqueue(jobs.examination(target))
        dues.fall_due(transaction, target, lease.token, steward.clock())


def handlers(steward: Steward) -> dict[str, Handler]:
    """Give the handlers by kind of job."""

    def asking(work: Callable[[Lease], None]) -> Handler:
        def handler(lease: Lease, store: Store) -> None:
            del store
            with patient(steward.clock), _given_up(lease):
                work(lease)

        return handler

    app, store, clock = steward.app, steward.store, steward.clock
    return {
        DELIVERY: asking(lambda lease: inbox.handle(store, lease, clock, app)),
        jobs.PULL: lambda lease, _store: pulls.handle(steward, lease),
        dues.CLOCK: asking(lambda lease: _clock(steward, lease)),
        jobs.GROUP: lambda lease, _store: groups.handle(steward, lease),
        jobs.HEAD: asking(lambda lease: branches.handle_head(steward, lease)),
        jobs.BRANCH: asking(lambda lease: branches.handle_branch(steward, lease)),
        deprecations.DEPRECATIONS: asking(lambda lease: deprecations.handle(steward, lease)),
        tidying.AFTER_MERGE: asking(lambda lease: tidying.handle(steward, lease)),
        deliveries.LOST: asking(lambda _lease: deliveries.handle(app, store, clock)),
        jobs.SWEEP: asking(lambda _lease: sweep.handle(app, store)),
        jobs.INSTALLATION: asking(lambda lease: sweep.handle_installation(app, store, lease, clock)),
        jobs.RELEASE: asking(lambda lease: releases.handle(steward, lease)),
        releases.SWEEP: asking(lambda _lease: releases.sweep(store, clock())),
        jobs.MERGED: asking(lambda lease: migrations.merged(store, lease)),
        jobs.MIGRATION: asking(lambda lease: migrations.handle(steward, lease)),
        jobs.TELL: asking(lambda lease: migration_tell.handle(steward, lease)),
        migration_plans.PLAN: asking(lambda lease: migration_plans.handle(steward, lease)),
        migrations.SWEEP: asking(lambda _lease: migrations.sweep(steward)),
        VIOLATIONS: asking(lambda lease: violations.handle(steward, lease)),
        REFUSED: asking(lambda lease: refused.handle(steward, lease)),
        jobs.REPOSITORY: asking(lambda lease: sweep.handle_repository(app, store, lease, clock)),
    }
