"""The progress of a run, kept as its worker tells it: one place for page, comment, check and metrics.

It is kept in our own database, on which the run does not depend: where that is away the run goes on.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import timedelta
from typing import Any, TypeVar

from bot import metrics
from bot.migrations.engine import Engine
from bot.migrations.values import Run
from bot.migrations.words import percentage
from bot.steward.house import Steward
from bot.steward.migrations.values import MigrationTarget
from notices.migration import Progress
from rules.jsontext import dumps
from rules.migration_state import fold

log = logging.getLogger(__name__)

PROGRESS = "migration.progress"
"""What the progress of a run is remembered under; its stream is the key."""
_LOOK_SECONDS = 2.0
_SHOW_SECONDS = 30.0
"""GitHub is shown a run at most this often."""
SILENT = timedelta(minutes=5)


@dataclass
class Reporter:
    """Keeps what the worker of one run tells. `stood` and `tell` are called every half minute."""

    steward: Steward
    target: MigrationTarget
    stood: Callable[[Run, Engine], object]
    tell: Callable[[], None]
    looked: float = 0.0
    showed: float = 0.0
    unheard: float | None = None
    rated: tuple[float, int] | None = None
    rate: float = 0.0
    loaded: tuple[float, Mapping[str, float]] | None = None

    def of(self, engine: Engine) -> Callable[[Run], None]:
        """Make what a worker calls after each batch: keeps the progress, and hands on what was asked meanwhile."""

        def tell(run: Run) -> None:
            now = time.monotonic()
            if now - self.looked < _LOOK_SECONDS:
                return
            self.looked = now
            try:
                self.remember(run, engine)
                self._ask(run, engine)
                if now - self.showed >= _SHOW_SECONDS:
                    self.showed = now
                    self.stood(run, engine)
                    self.tell()
                self.unheard = None
            except Exception:  # noqa: BLE001 whatever keeps our own database from answering, the run does not depend on it
                self._unheard(engine, now)

        return tell

    def alive(self) -> None:
        """Say that a statement is still at work, however long it takes: who says nothing for long is missed."""
        stream, now = self.target.stream, self.steward.clock()
        try:
            with self.steward.store.transaction() as transaction:
                known = json.loads(transaction.recall(PROGRESS, stream) or "{}")
                transaction.remember(PROGRESS, stream, dumps({**known, "at": now.timestamp()}), now)
        except Exception:  # noqa: BLE001 as in `of`
            log.warning("a sign of life was not kept; the run goes on", extra={"action": "migration.unheard"})

    def _unheard(self, engine: Engine, now: float) -> None:
        """Go on without our database, and say so after five minutes where it can still be said."""
        self.unheard = self.unheard or now
        log.warning("progress was not kept; the run goes on", extra={"action": "migration.unheard"})
        if now - self.unheard >= SILENT.total_seconds():
            self.unheard = now
            says = "Concordat's own database has not answered for five minutes; the run goes on"
            log.error(says, extra={"action": "migration.alone", "stream": self.target.stream})
            metrics.migration_alone()
            engine.note("alone", says)

    def _ask(self, run: Run, engine: Engine) -> None:
        with self.steward.store.reading() as transaction:
            found = fold(transaction.events(self.target.stream))
        if found is None or run.state != "running":
            return
        # What ends a run comes before what holds it; it is served, with its answer, when the worker stops.
        wanted = {one.what for one in found.asks} & {"pause", "abort", "rollback"}
        if wanted:
            engine.ask(run.id, "pause")

    def remember(self, run: Run, engine: Engine) -> None:
        """Keep where a run is."""
        progress = self._progress(run, engine)
        metrics.migration_stands(run.id, progress.copied, progress.percentage)
        with self.steward.store.transaction() as transaction:
            transaction.remember(PROGRESS, self.target.stream, dumps(asdict(progress)), self.steward.clock())

    def _progress(self, run: Run, engine: Engine) -> Progress:
        facts, now = run.facts, self.steward.clock().timestamp()
        copied, rows = int(facts.get("copied", 0)), int(facts.get("rows", 0))
        before = self.rated
        self.rated = (time.monotonic(), copied)
        if before is not None and self.rated[0] > before[0]:
            self.rate = (copied - before[1]) / (self.rated[0] - before[0])
        if run.state != "running" and facts.get("copied_at"):
            self.rate = copied / max(0.001, float(facts["copied_at"]) - float(facts.get("copying", 0)))
        began = facts.get("begun")
        done = percentage(run)
        load = quietly(engine.load) or {}
        speeds = self._speeds(load)
        passed = now - float(began) if began else 0.0
        return Progress(
            percentage=done, state=run.state, step=run.step, batch=int(facts.get("batches", 0)), copied=copied,
            rows=rows,
            rate=max(0.0, self.rate), errors=int(quietly(lambda: engine.count("failing")) or 0),
            eta=passed * (100 - done) / done if 0 < done < 100 else None, checkpoint_at=now, began=began, at=now,
            active=load.get("active"), waiting=load.get("waiting", 0.0), lag=load.get("lag", 0.0),
            keep_until=facts.get("keep_until"), wal=load.get("wal"),
            write_ms=quietly(lambda: _write_ms(engine)), **speeds,
        )  # fmt: skip

    def _speeds(self, load: Mapping[str, float]) -> dict[str, Any]:
        """Make speeds of what is counted, from one look at the target to the next."""
        before, now = self.loaded, time.monotonic()
        self.loaded = (now, load)
        if before is None or now - before[0] <= 0 or not load.keys() & before[1].keys() >= _COUNTED:
            return {}
        came = {name: max(0.0, load[name] - before[1][name]) for name in _COUNTED}
        seconds, every = now - before[0], came["committed"] + came["rolled_back"]
        return {
            "read": came["read"] / seconds, "written": came["written"] / seconds,
            "error_share": 100 * came["rolled_back"] / every if every else 0.0,
        }  # fmt: skip


_COUNTED = frozenset({"read", "written", "committed", "rolled_back"})


def _write_ms(engine: Engine) -> float:
    """Measure one write, as an application feels it: the run's own row, committed."""
    began = time.perf_counter()
    engine.save()
    return (time.perf_counter() - began) * 1000


def read(text: str | None) -> Progress:
    """Read a progress that was remembered; where there is none, or of another release, nothing is known."""
    try:
        body = json.loads(text or "")
        known = {one.name for one in fields(Progress)}
        return Progress(**{name: value for name, value in body.items() if name in known})
    except (ValueError, TypeError, AttributeError):
        return Progress()


T = TypeVar("T")


def quietly(ask: Callable[[], T]) -> T | None:
    """Give a figure for people, or nothing; the run says itself when its target is gone."""
    try:
        return ask()
    except Exception:  # noqa: BLE001 whatever it is, a figure is missing and no more
        return None
