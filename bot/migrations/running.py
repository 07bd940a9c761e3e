"""What the steps of a run have in common: its row, signs of life, the pace, patience with locks, and what was asked.

Each of them may be called again after a crash: what the run comes to is written with what makes it so.
"""

from __future__ import annotations

import json
import random
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import Any

from bot.migrations.engine import Engine
from bot.migrations.errors import Busy, MigrationError
from bot.migrations.values import LEASE_SECONDS, Convert, Passed, Run, State, Step

RETAIN_SECONDS = 24 * 3600
"""How long the old table stays after cutover, and with it the way back."""
_FEW = 200
"""Keys that a pass may still have found for the lock to be asked for; the tail under the lock is about as long."""
_SHORT_SECONDS, _IN_VAIN = 0.05, 3
"""A pass as short as this is near enough; and so is the third that was no shorter than those before it."""
_CUTOVER_ATTEMPTS = 40

Progress = Callable[[Run], None]


@dataclass(frozen=True, slots=True)
class Options:
    """How a run goes. `allowed` failing rows are kept in a side table; `None` lets any number be kept there."""

    batch: int = 2_000
    allowed: int | None = 0
    most_lag: float = 10.0
    most_active: float | None = None
    accept: bool = False
    retain_seconds: float = RETAIN_SECONDS
    until: Step | None = None


@dataclass(frozen=True, slots=True)
class Conversions:
    """What a run does to documents: forward, back, back without asking the old contract, and checked as they are.

    `findings` gives each document's places and rules that it fails as it is. `recipe`, which can be pickled, makes the
    same in another process.
    """

    up: Convert
    down: Convert
    down_unchecked: Convert
    check: Convert
    findings: Callable[[Sequence[str | None]], Sequence[tuple[tuple[str, str], ...]]]
    recipe: Callable[[], Conversions] | None = None


@dataclass
class Running(ABC):
    """A run in the hands of one worker; `facts` is what the run's row carries besides its state."""

    engine: Engine
    run: Run
    conversions: Conversions
    options: Options = field(default_factory=Options)
    progress: Progress = lambda _: None
    clock: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep
    alive: Callable[[], None] = lambda: None
    _wanted: str | None = None

    @abstractmethod
    def abort(self) -> Run:
        """End it before cutover."""

    @abstractmethod
    def roll_back(self) -> Run:
        """Take it back."""

    def _next(self, step: Step, **facts: Any) -> None:
        self._wanted = self.engine.save(**self._as(step=step, **facts))
        self.progress(self.run)

    def _as(self, *, step: Step | None = None, state: State | None = None, **facts: Any) -> dict[str, Any]:
        """Take over what the run comes to, and give it as columns to be written with what makes it so."""
        columns: dict[str, Any] = {"facts": json.dumps(self.run.facts | facts)}
        columns |= {"step": step} if step else {}
        columns |= {"state": state} if state else {}
        self._pending = replace(
            self.run, step=step or self.run.step, state=state or self.run.state, facts=self.run.facts | facts
        )
        self.run = self._pending
        return columns

    def _drain(self) -> None:
        """Pass over the key log until little is left of it, or as little as the writers let it become."""
        self._until_few(lambda: self.engine.pass_over(self.conversions.up))

    def _until_few(self, one_pass: Callable[[], Passed]) -> None:
        shortest, without_gain = float("inf"), 0
        while without_gain < _IN_VAIN:
            began = self.clock()
            passed = one_pass()
            took = self.clock() - began
            self.progress(self.run)
            if self.run.state == "running":
                self._wanted = self.engine.save() or self._wanted
            if passed.keys <= _FEW or took < _SHORT_SECONDS or self._obey():
                return
            shortest, without_gain = (took, 0) if took < 0.8 * shortest else (shortest, without_gain + 1)

    def _obey(self) -> bool:
        """Do what was asked of the run meanwhile; `True` where that ends this work."""
        if self._wanted is None or self.run.state != "running":
            return self.run.state not in {"running", "cut-over"}
        wanted, self._wanted = self._wanted, None
        self.engine.ask(self.run.id, None)
        if wanted == "pause":
            self._pause("paused, as was asked")
        elif wanted == "abort":
            self.abort()
        elif wanted == "rollback":
            self.roll_back()
        return self.run.state != "running"

    def _pause(self, why: str, kind: str = "paused") -> None:
        state: State = "cut-over" if self.run.state == "cut-over" else "paused"
        self.engine.save(**self._as(state=state, why=why, failed=kind == "failure"))
        self._note(kind, why)
        self.progress(self.run)

    def _note(self, kind: str, sentence: str) -> None:
        self.engine.note(kind, sentence)

    def _throttle(self) -> None:
        """Wait while the target is behind: replicas lag, or more is active than the run may meet."""
        while self._behind() and not self._wanted:
            self.sleep(0.5)
            self._wanted = self.engine.save()

    def _behind(self) -> bool:
        load = self.engine.load()
        most = self.options.most_active
        return load.get("lag", 0.0) > self.options.most_lag or (most is not None and load.get("active", 0.0) > most)

    def _patiently(self, attempt: Callable[[int], object]) -> None:
        """Try what needs a lock again and again, further apart each time, and tell."""
        before = self.run
        for number in range(_CUTOVER_ATTEMPTS):
            try:
                attempt(number)
            except Busy as error:
                self.run = before
                if number == _CUTOVER_ATTEMPTS - 1:
                    raise
                if number % 10 == 0:
                    self._note("waiting", f"{error}; trying again")
                self.sleep(min(5.0, 0.05 * 1.3**number) * random.uniform(0.5, 1.5))  # noqa: S311 not a secret
                self._wanted = self.engine.save() or self._wanted
            except BaseException:
                self.run = before
                raise
            else:
                return

    @contextmanager
    def _beating(self) -> Iterator[None]:
        """Renew the lease beside a statement that takes long."""
        over = threading.Event()

        def beat() -> None:
            while not over.wait(LEASE_SECONDS / 3):
                with suppress(MigrationError, *self.engine.faults):  # the next beat, or the statement itself, will tell
                    self.engine.beat()
                self.alive()

        thread = threading.Thread(target=beat, name=f"lease-{self.run.id}", daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()
