"""Quarantine: a database that was restored from a backup sends nothing until somebody has looked at what it would send.

GitHub is the witness. A delivery is acknowledged only after it was kept; so where GitHub knows of one that we have
acknowledged and the database does not have it, the database is not the one that it was. Each process asks once, before
it does the first job that could send anything. The state is in the event log, in the stream of the house.
docs/decisions/quarantine.md says why it is done this way.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

from bot.clock import Clock
from bot.github import App
from bot.github.deliveries import KEPT_FOR, Attempt
from bot.github.errors import Denied, GitHubError, NotFound, RateLimited
from bot.steward import deliveries, jobs
from bot.steward.patience import patient
from bot.steward.purge import HOUSE
from bot.store import Store
from bot.store.values import Event, Lease, NewEvent
from bot.worker import Handler, Retry

log = logging.getLogger(__name__)

BEGUN, RECONCILED, RELEASED = "quarantine.begun", "quarantine.reconciled", "quarantine.released"
HARMLESS = frozenset(
    {
        deliveries.DELIVERY,
        deliveries.LOST,
        jobs.HEAD,
        jobs.BRANCH,
        jobs.SWEEP,
        jobs.INSTALLATION,
        jobs.REPOSITORY,
        "tidy",
    }
)
"""Kinds of jobs that only read, and ask for others. Every other kind waits, also one that is not thought of here."""
_WAIT = timedelta(minutes=1)
_PAGES = 3


@dataclass(frozen=True, slots=True)
class State:
    """Whether nothing is sent, since when and why; and whether the truth has been read since."""

    held: bool
    since: datetime | None = None
    why: str = ""
    reconciled: bool = False
    released_at: datetime | None = None


def state(store: Store) -> State:
    """Say how it stands."""
    with store.reading() as transaction:
        return fold(transaction.events(HOUSE))


def fold(events: Sequence[Event]) -> State:
    """Read the state from the log of the house."""
    now = State(held=False)
    for one in events:
        if one.kind == BEGUN and not now.held:
            now = State(True, one.source_time, str(one.body.get("why", "")), released_at=now.released_at)
        elif one.kind == RECONCILED and now.held:
            now = State(True, now.since, now.why, True, now.released_at)
        elif one.kind == RELEASED:
            now = State(False, released_at=one.source_time)
    return now


def begin(store: Store, why: str, now: datetime) -> None:
    """Send nothing from now on."""
    _note(store, BEGUN, now, why=why)


def reconciled(store: Store, now: datetime) -> None:
    """Note that the truth has been read."""
    _note(store, RECONCILED, now)


def release(store: Store, by: str, now: datetime) -> None:
    """Send again."""
    _note(store, RELEASED, now, by=by)


def forgotten(app: App, store: Store, now: datetime) -> tuple[Attempt, ...]:
    """List the latest deliveries that we acknowledged and that are not here; none where nothing ever was."""
    with store.reading() as transaction:
        if not transaction.latest_jobs(deliveries.DELIVERY, limit=1):
            return ()  # a new database has promised nothing, and finds its comments and checks by their marks
    since = max(now - KEPT_FOR, state(store).released_at or now - KEPT_FOR)
    arrived = {one.guid: one for one in app.deliveries().since(since, pages=_PAGES) if one.arrived}
    here = deliveries.known(store, arrived)
    return tuple(one for guid, one in arrived.items() if guid not in here)


class Gate:
    """Stands before the jobs that send; one for each process, safe between threads."""

    def __init__(self, app: App, store: Store, clock: Clock) -> None:
        self._app = app
        self._store = store
        self._clock = clock
        self._lock = threading.Lock()
        self._looked = False

    def guard(self, kind: str, handler: Handler) -> Handler:
        """Let a handler wait while nothing may be sent."""
        if kind in HARMLESS:
            return handler

        def guarded(lease: Lease, store: Store) -> None:
            self.pass_()
            handler(lease, store)

        return guarded

    def pass_(self) -> None:
        """Return where things may be sent; else raise Retry."""
        self.look()
        found = state(self._store)
        if found.held:
            raise Retry(_WAIT, f"in quarantine: {found.why}; concordat reconcile says what to do")

    def look(self) -> None:
        """Ask GitHub, once, whether this database has forgotten anything; raises Retry where it does not answer."""
        with self._lock, patient(self._clock):
            if self._looked:
                return
            self._look()
            self._looked = True

    def _look(self) -> None:
        now = self._clock()
        try:
            missing = forgotten(self._app, self._store, now)
        except (NotFound, Denied) as error:
            log.warning("GitHub tells nothing of deliveries: %s", error, extra={"action": "quarantine.unknown"})
            return
        except RateLimited:
            raise
        except GitHubError as error:
            raise Retry(_WAIT, f"GitHub does not say yet what was delivered: {error}") from error
        if missing and not state(self._store).held:
            why = f"{len(missing)} deliveries that were acknowledged are not in the database: was it restored?"
            begin(self._store, why, now)
            log.error("quarantine begins: %s", why, extra={"action": "quarantine.begun"})


def _note(store: Store, kind: str, now: datetime, **body: str) -> None:
    with store.transaction() as transaction:
        transaction.append(HOUSE, [NewEvent(kind, f"{kind}:{uuid4()}", now, body)])
