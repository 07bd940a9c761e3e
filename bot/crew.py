"""The crew: this process's workers, the bell that wakes them, and the ticks that ask for what comes round."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.clock import Clock
from bot.scheduler import Scheduler, Tick
from bot.store import Store
from bot.store.values import NewJob
from bot.worker import Handler, Worker

_SHARED = 4
"""So many workers of a pool take whatever is next; the others are for installations that have none working for them."""
_LOOK_AT_LEAST = timedelta(hours=1)
"""However long a round is, it is asked for this often: processes come and go, and one asks in vain at no cost."""


@dataclass(frozen=True, slots=True)
class Round:
    """A job that is done once in each period, by whichever process on the database asks first."""

    every: timedelta
    job: NewJob

    def due(self, now: datetime) -> NewJob:
        """Make the job of the period that `now` lies in: the same key in every process, so that it is one job."""
        return replace(self.job, key=f"round:{self.job.kind}:{int(now.timestamp() // self.every.total_seconds())}")


class Crew:
    """Workers in threads, so many for each pool; `start` and `stop` once each. `ticks` are called in this process.

    Jobs that were running when it stops are taken up again by whoever comes first once their leases have ended.
    """

    def __init__(  # noqa: PLR0913 what it works on, and what comes round
        self, store: Store, handlers: Mapping[str, Handler], clock: Clock, *,
        pools: Mapping[str, int], rounds: Sequence[Round] = (), ticks: Sequence[Tick] = (),
    ) -> None:  # fmt: skip
        self._store = store
        self._clock = clock
        self._stop = threading.Event()
        self._workers = {
            pool: [Worker(store, handlers, clock, pools=[pool], reserved=number >= _SHARED) for number in range(count)]
            for pool, count in pools.items()
        }
        self._scheduler = Scheduler(
            [*ticks, *(Tick(one.job.kind, min(one.every, _LOOK_AT_LEAST), self._asking(one)) for one in rounds)]
        )
        self._threads = [
            threading.Thread(target=worker.run, args=(self._stop,), name=f"{pool}-{number}", daemon=True)
            for pool, workers in self._workers.items()
            for number, worker in enumerate(workers)
        ]
        self._threads.append(
            threading.Thread(target=store.listen, args=(self.wake, self._stop), name="bell", daemon=True)
        )

    def wake(self, pool: str = "") -> None:
        """Let the workers of a pool, or all of them, look at the table now."""
        for workers in [self._workers.get(pool, [])] if pool else self._workers.values():
            for worker in workers:
                worker.wake()

    def start(self) -> None:
        """Begin to work."""
        self._store.tell(self.wake)
        for thread in self._threads:
            thread.start()
        self._scheduler.start()

    def stop(self, end: float) -> None:
        """Take no more jobs, and let those that run end until `end` (of the monotonic clock)."""
        self._scheduler.stop()
        self._stop.set()
        self.wake()
        for thread in self._threads:
            thread.join(timeout=max(0.0, end - time.monotonic()))

    @property
    def stopping(self) -> bool:
        """Whether it was told to stop."""
        return self._stop.is_set()

    def _asking(self, round_: Round) -> Callable[[], None]:
        def ask() -> None:
            with self._store.transaction() as transaction:
                transaction.enqueue(round_.due(self._clock()))

        return ask
