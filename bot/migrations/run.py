"""A run, step by step: each step can be done again from where it stopped, by this worker or by another.

`Worker.work` goes from the step that the run's row names until the run is over, is paused, or waits after cutover. What
a step has come to is written in the transaction that did it, under the worker's token; a worker that was thought dead
and wakes up finds its token gone and stops.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from bot.migrations.engine import Engine
from bot.migrations.errors import Fenced, MigrationError, told
from bot.migrations.processes import Processes
from bot.migrations.running import Running
from bot.migrations.values import Failed, Run, State, Step, adapted

_TAIL = 1_000
"""Log rows that may be left when the lock is given; else it is let go again. Twice as many after three attempts."""
_SMALLEST, _LARGEST = 200, 3_000


@dataclass
class Worker(Running):
    """One worker on one run: what each step does."""

    def work(self) -> Run:
        """Go on until the run is over, paused, or waits after cutover; gives the run as it then is."""
        self._wanted = self.run.wanted
        self._processes = Processes(self.conversions)
        try:
            while self._goes_on():
                if self._obey():
                    break
                self._steps()[self.run.step]()
                if self.run.step == self.options.until:
                    break
        except Fenced:
            raise
        except MigrationError as error:
            self._pause(str(error), kind="failure")
        except self.engine.faults as error:
            self._broken(error)
        finally:
            self._processes.close()
        return self.run

    def _broken(self, error: Exception) -> None:
        """Pause where the database refused a statement; where it is gone, leave the run to who comes next."""
        what = told(error)
        try:
            self._pause(f"the database refused a statement: {what}", kind="failure")
        except self.engine.faults:
            raise MigrationError(
                f"the database is gone ({what}); the run stands at its checkpoint: `concordat migrate resume`"
            ) from None

    def _goes_on(self) -> bool:
        return self.run.state == "running"

    def _steps(self) -> Mapping[Step, Callable[[], None]]:
        return {
            "checks": self._checks, "backup": self._backup, "shadow": self._shadow, "copy": self._copy,
            "indexes": self._indexes, "catch-up": self._catch_up, "verify": self._verify, "cutover": self._cut_over,
        }  # fmt: skip

    # Steps

    def _checks(self) -> None:
        survey = self.engine.survey()
        refused = [obstacle.sentence for obstacle in survey.obstacles if obstacle.refused]
        if refused:
            raise MigrationError("; ".join(refused))
        self._note("checks", f"{survey.rows:,} rows, {survey.bytes:,} bytes; nothing stands in the way")
        self._next(
            "backup", rows=survey.rows, bytes=survey.bytes, fingerprint=self.engine.fingerprint(), begun=self.clock()
        )

    def _backup(self) -> None:
        with self._beating():
            rows, checksum = self.engine.back_up()
        self._note("backup", f"backed up {rows:,} rows; restored to a scratch table with equal count and checksum")
        self._next("shadow", backup={"rows": rows, "checksum": checksum})

    def _shadow(self) -> None:
        self._patiently(
            lambda _: self.engine.make_shadow(**self._as(step="copy", copied=0, batches=0, copying=self.clock()))
        )
        self._note("shadow", "the shadow table and the key log are in place")
        self.run = replace(self.run, checkpoint=None)

    def _copy(self) -> None:
        self._size = int(self.run.facts.get("batch", self.options.batch))
        rows = int(self.run.facts.get("rows", 0))
        scan = lambda after: self.engine.scan(self._size, after)  # noqa: E731 the size changes
        coming = self._processes.ahead("up", scan, self.engine.key_of, self.run.checkpoint, rows)
        while not self._obey():
            batch, converted = next(coming, (None, ()))
            if batch is None:
                self._note("copy", f"copied {self.run.facts['copied']:,} rows")
                self._next("indexes", copied_at=self.clock())
                return
            facts = self.run.facts
            changes = self._as(copied=facts["copied"] + len(batch.rows), batches=facts["batches"] + 1, batch=self._size)
            self._wanted = self.engine.write(batch, converted, **changes)
            self.run = replace(self.run, checkpoint=self.engine.key_of(batch.rows[-1]))
            self.progress(self.run)
            if any(isinstance(one, Failed) for one in converted):
                self._hold_to_allowed()
            self._size = adapted(self._size, self.engine.held, self.engine.pace, _SMALLEST, _LARGEST)
            self._throttle()

    def _indexes(self) -> None:
        self._drain()
        if self._obey():
            return
        with self._beating():
            self.engine.make_indexes(self._drain)
        self._next("catch-up")

    def _catch_up(self) -> None:
        self._drain()
        self._hold_to_allowed()
        if not self._obey():
            self._next("verify")

    def _verify(self) -> None:
        """Hold every row of the shadow to the new contract once more, as it was written, and compare the keys."""
        with self._beating():
            compared = self.engine.verify()
            if any(compared.values()):
                raise MigrationError(
                    f"the shadow is not what the table is: {compared['missing']:,} rows are missing and "
                    f"{compared['extra']:,} too many. Nothing was swapped; abort this run and report it"
                )
            checked = self._check_shadow()
        if self._obey():
            return
        self._note("verify", f"{checked:,} rows read back and valid; the keys are those of the table")
        self._next("cutover", verified=checked)

    def _check_shadow(self) -> int:
        checked, rows = 0, int(self.run.facts.get("rows", 0))
        read = partial(self.engine.shadow_rows, _LARGEST)
        for batch, found in self._processes.ahead("check", read, self.engine.key_of, None, rows):
            bad = next((one for one in found if isinstance(one, Failed)), None)
            if bad is not None:
                raise MigrationError(f"the database gave a row back that is not valid: {bad.sentence}")
            checked += len(batch.rows)
        return checked

    def _cut_over(self) -> None:
        def attempt(number: int) -> None:
            self._drain()
            if self._obey():
                return
            began = self.clock()
            allowed = self.options.allowed if self.options.allowed is not None else 1 << 60
            changes = self._as(
                step="watch", state="cut-over", cut_over=began, keep_until=began + self.options.retain_seconds
            )
            keys = self.engine.cut_over(
                self.conversions.up,
                most=_tail(number),
                allowed=allowed,
                fingerprint=str(self.run.facts["fingerprint"]),
                **changes,
            )
            self.run = replace(self.run, facts=self.run.facts | {"tail": keys, "swap_seconds": self.clock() - began})

        self._patiently(attempt)
        if self.run.state != "cut-over":
            return
        self.engine.save(facts=json.dumps(self.run.facts))
        took = self.run.facts["swap_seconds"] * 1000
        self._note("cutover", f"cut over in {took:.0f} ms with {self.run.facts['tail']} keys at the last moment")
        self.progress(self.run)

    def hold(self, why: str) -> None:
        """Let a run that is not at work pause."""
        self._pause(why)

    def again(self) -> None:
        """Let a paused run go on."""
        self.engine.save(**self._as(state="running", why=None, failed=False), wanted=None)
        self._note("resumed", f"goes on with {self.run.step} by {self.run.worker}")

    # Taking it back

    def abort(self, state: State = "aborted", why: str = "aborted: nothing of the table was changed") -> Run:
        """End a run before cutover: everything that it made goes, the table is as it was."""
        self._patiently(lambda _: self.engine.drop("log", "shadow", "failing", "backup", **self._as(state=state)))
        self._note(state, why)
        return self.run

    def roll_back(self) -> Run:
        """Take a run back: before cutover nothing happened, after it the writes made since are kept.

        Where rows were written that the old contract cannot say, the run stays cut over and the message says how many.
        """
        if self.run.state != "cut-over":
            return self.abort("rolled-back", "rolled back before cutover: nothing of the table was changed")
        accept = self.options.accept
        down = self.conversions.down_unchecked if accept else self.conversions.down
        began = self.clock()
        self.engine.look_again()

        def attempt(number: int) -> None:
            self._until_few(lambda: self.engine.pass_back(down, accept=accept))
            self._hold_to_kept()
            changes = self._as(state="rolled-back", rolled_back=self.clock())
            self.engine.roll_back(down, most=_tail(number), accept=accept, **changes)

        self._patiently(attempt)
        seconds = self.clock() - began
        self._note("rolled-back", f"rolled back in {seconds:.1f} s; the rows written since cutover were kept")
        kept = [] if self.engine.count("kept") else ["kept"]
        self._patiently(lambda _: self.engine.drop("log", "back", "undone", "failing", "backup", *kept))
        return self.run

    def _hold_to_kept(self) -> None:
        kept = self.engine.count("kept")
        if kept and not self.options.accept:
            raise MigrationError(
                f"{kept:,} rows written since cutover cannot be said in the old contract, so nothing was swapped: "
                "`concordat migrate status` lists them. Change them, or roll back with --accept: then they are kept "
                "in a "
                "side table, and the table has what it had of them at cutover"
            )

    def _hold_to_allowed(self) -> None:
        failing = self.engine.count("failing")
        if self.options.allowed is not None and failing > self.options.allowed:
            one = self.engine.failing(1)
            example = f": {one[0].why.sentence}" if one else ""
            raise MigrationError(
                f"{failing:,} rows cannot be migrated ({self.options.allowed:,} allowed){example}. Nothing was "
                f"swapped. "
                "Mend the rows and resume, which looks at them again; or resume with --exclude, which keeps them in a "
                "side table; or abort"
            )

    def finish(self) -> Run:
        """Drop what a run keeps for the way back, once its time is over."""
        left = float(self.run.facts.get("keep_until", 0)) - self.clock()
        if left > 0:
            raise MigrationError(f"the way back is kept for another {left / 3600:.1f} hours; nothing was dropped")
        empty = [] if self.engine.count("failing") else ["failing"]
        self._patiently(
            lambda _: self.engine.drop(
                "log", "back", "old", "kept", "backup", *empty, **self._as(step="drop", state="done")
            )
        )
        self._note("done", "the old table and the backup were dropped")
        return self.run


def _tail(attempt: int) -> int:
    """Give way to writers who are faster than the passes: a lock that is held longer, rather than none for ever."""
    return int(_TAIL * 2 ** min(attempt // 3, 8))


def begin(engine: Engine, spec: str, **facts: Any) -> Run:
    """Enter a new run of a target; `Refused` where one is under way."""
    engine.prepare()
    run = Run(
        id=secrets.token_hex(4),
        target=engine.target.place,
        state="running",
        step="checks",
        spec=spec,
        facts=dict(facts),
    )
    engine.create(run)
    return run


def take(engine: Engine, run: Run, worker: str) -> Run | None:
    """Take a run over; `None` where another worker has it."""
    if not engine.take(run.id, secrets.token_hex(16), worker):
        return None
    return next(one for one in engine.runs() if one.id == run.id)


__all__ = ["Worker", "begin", "take"]
