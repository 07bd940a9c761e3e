"""A worker: claims jobs, keeps their leases alive while it does them, and records how they ended."""

from __future__ import annotations

import contextvars
import logging
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from bot import metrics
from bot.clock import Clock
from bot.failures import tell, unforeseen
from bot.logs import bound
from bot.store import Store
from bot.store.values import Lease

log = logging.getLogger(__name__)

Handler = Callable[[Lease, Store], None]
"""Does one job. It may be called again for work that it has done before, and has to bear that."""

MAX_ATTEMPTS = 8
_FIRST_WAIT = timedelta(seconds=10)
_LONGEST_WAIT = timedelta(hours=1)
_TELL_AGAIN_SECONDS = 60.0
_POLL_SECONDS = 1.0
"""How long a worker sleeps that nobody wakes: what other processes enqueue and what falls due is seen by then."""


class Retry(Exception):  # noqa: N818 it asks for another try and is no error of the handler
    """Raised by a handler that wants to be called again `after` a while, and not sooner; it counts as no attempt."""

    def __init__(self, after: timedelta, why: str) -> None:
        self.after = after
        self.why = why
        super().__init__(f"{why} (again in {after})")


def backoff(attempt: int) -> timedelta:
    """Make the wait after a failed attempt: 10 s, three times as long after each further one, at most an hour."""
    times = int(3 ** min(attempt - 1, MAX_ATTEMPTS))
    return min(_FIRST_WAIT * times, _LONGEST_WAIT)


class Worker:
    """One pair of hands on the job table; run several, in threads or processes, for more.

    `pools` are those it works for, all when `None`. `lease` is how long a crashed worker's job lies still. One that is
    `reserved` works only for installations that no other works for, so that a slow one never has all the hands.
    """

    def __init__(  # noqa: PLR0913 what it works on, and how
        self, store: Store, handlers: Mapping[str, Handler], clock: Clock, *,
        pools: Sequence[str] | None = None, lease: timedelta = timedelta(seconds=60),
        reserved: bool = False,
    ) -> None:  # fmt: skip
        self.store = store
        self.clock = clock
        self._handlers = handlers
        self._pools = pools
        self._lease = lease
        self._reserved = reserved
        self._wake = threading.Event()
        self._unreachable: float | None = None

    def wake(self) -> None:
        """Let a sleeping worker look at the table now."""
        self._wake.set()

    def run(self, stop: threading.Event) -> None:
        """Work until told to stop; a running job is brought to its end first. `wake()` makes it notice at once."""
        while not stop.is_set():
            self._wake.clear()
            if not self._survive():
                self._wake.wait(_POLL_SECONDS)

    def run_once(self) -> bool:
        """Do the next due job, if there is one; whether there was."""
        lease = self._claimed()
        if lease is None:
            return False
        with bound(**_subject(lease)), self._heartbeat(lease):
            log.info("job begins", extra=_facts(lease, "begin"))
            begin = time.monotonic()
            failure = self._do(lease)
            metrics.job_ended(lease.kind, _outcome(lease, failure), time.monotonic() - begin)
            self._record(lease, failure)
        return True

    def _claimed(self) -> Lease | None:
        """Take the next due job. Where one writes at a time, who looks in vain keeps nobody from writing."""
        which: Mapping[str, Any] = {"pools": self._pools, "idle_only": self._reserved}
        if self.store.one_writer:
            with self.store.reading() as transaction:
                if not transaction.claimable(self.clock(), **which):
                    return None
        with self.store.transaction() as transaction:
            return transaction.claim(self.clock(), lease=self._lease, **which)

    def _survive(self) -> bool:
        """Do the next job; a database that fails to answer costs a pause, never the thread."""
        try:
            done = self.run_once()
        except Exception as error:  # noqa: BLE001 told below, whatever it is
            self._miss(error)
            return False
        if self._unreachable is not None:
            self._unreachable = None
            log.info("the job table can be reached again", extra={"action": "reachable"})
        return done

    def _miss(self, error: Exception) -> None:
        """Tell that the job table cannot be reached: at once, and once a minute as long as it stays like that."""
        now = time.monotonic()
        if self._unreachable is None or now - self._unreachable >= _TELL_AGAIN_SECONDS:
            self._unreachable = now
            message = "the job table cannot be reached; looking again every second"
            tell(log, logging.ERROR, message, error, {"action": "unreachable"})

    def _do(self, lease: Lease) -> Exception | None:
        try:
            self._handler(lease)(lease, self.store)
        except Exception as error:  # noqa: BLE001 recorded with the job, whatever it is
            return error
        return None

    def _handler(self, lease: Lease) -> Handler:
        if lease.attempt > MAX_ATTEMPTS:
            raise RuntimeError(f"its worker died or lost its lease {MAX_ATTEMPTS} times")
        handler = self._handlers.get(lease.kind)
        if handler is None:
            raise LookupError(f"this release has no handler for jobs of the kind {lease.kind!r}")
        return handler

    def _record(self, lease: Lease, failure: Exception | None) -> None:
        now = self.clock()
        again: datetime | None = None
        with self.store.transaction() as transaction:
            match failure:
                case None:
                    kept = transaction.finish(lease, now)
                case Retry(after=after):
                    kept = transaction.fail(lease, now, str(failure), now + after, firm=True)
                case _ if lease.attempt >= MAX_ATTEMPTS:
                    kept = transaction.fail(lease, now, _text(failure), None)
                case _:
                    again = now + backoff(lease.attempt)
                    kept = transaction.fail(lease, now, _text(failure), again)
        _tell(lease, failure, again, kept=kept)

    @contextmanager
    def _heartbeat(self, lease: Lease) -> Iterator[None]:
        """Renew the lease three times in its life while the block runs."""
        over = threading.Event()
        told = contextvars.copy_context()  # so that its lines carry the job's facts too
        beat = threading.Thread(
            target=told.run, args=(self._beat, lease, over), name=f"lease-{lease.job_id}", daemon=True
        )
        beat.start()
        try:
            yield
        finally:
            over.set()
            beat.join()

    def _beat(self, lease: Lease, over: threading.Event) -> None:
        while not over.wait(self._lease.total_seconds() / 3):
            try:
                with self.store.transaction() as transaction:
                    kept = transaction.renew(lease, self.clock(), self._lease)
            except Exception as error:  # noqa: BLE001 told, whatever it is; the lease may still be ours
                message = "the lease could not be renewed; trying again"
                tell(log, logging.WARNING, message, error, _facts(lease, "renew"))
                continue
            if not kept:
                log.warning("the lease was lost; the result will be refused", extra=_facts(lease, "lost"))
                return


_SUBJECTS: Mapping[str, str] = {
    "guid": "delivery", "event": "event", "installation": "installation", "repository": "repository",
    "number": "pull_request",
}  # fmt: skip
"""What a job's payload says it is about, and how the log calls it."""


def _subject(lease: Lease) -> dict[str, Any]:
    named = {name: lease.payload.get(key) for key, name in _SUBJECTS.items()}
    return {"job": lease.job_id, "kind": lease.kind, "attempt": lease.attempt, "delivery": lease.cause} | {
        name: value for name, value in named.items() if value is not None
    }


def _outcome(lease: Lease, failure: Exception | None) -> str:
    if failure is None or isinstance(failure, Retry):
        return "done" if failure is None else "wait"
    return "dead" if lease.attempt >= MAX_ATTEMPTS else "retry"


def _facts(lease: Lease, action: str) -> dict[str, Any]:
    return {"action": action, "job": lease.job_id, "kind": lease.kind, "attempt": lease.attempt, "lane": lease.lane}


def _text(failure: Exception) -> str:
    """Write what an operator reads at a dead letter: the sentence first, then where it came from."""
    return f"{type(failure).__name__}: {failure}\n\n" + "".join(traceback.format_exception(failure))


def _tell(lease: Lease, failure: Exception | None, again: datetime | None, *, kept: bool) -> None:
    if not kept:
        log.warning("job ended after its lease was lost", extra=_facts(lease, "refused"), exc_info=unforeseen(failure))
    elif failure is None:
        log.info("job is done", extra=_facts(lease, "done"))
    elif isinstance(failure, Retry):
        log.info("job waits: %s", failure, extra=_facts(lease, "wait"))
    elif lease.attempt >= MAX_ATTEMPTS:
        message = f"job is dead after {lease.attempt} attempts; concordat jobs show {lease.job_id} has all of it"
        tell(log, logging.ERROR, message, failure, _facts(lease, "dead"))
    else:
        when = "later" if again is None else f"at {again:%Y-%m-%dT%H:%M:%SZ}"
        tell(log, logging.WARNING, f"job failed, again {when}", failure, _facts(lease, "retry"))
