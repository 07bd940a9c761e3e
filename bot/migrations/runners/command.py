"""The runner `command`: a program on the worker's own machine, named by the server's settings and nobody else.

targets:
  order-lake:
    runner: command
    command: [/usr/local/bin/migrate-lake, --cluster, prod]   # words, never given to a shell
    state: /var/lib/concordat/runs                            # a folder of this machine, kept over restarts
    environment: [LAKE_TOKEN]                                 # of the server's own environment, what the program sees

The program reads the plan as JSON on its standard input, tells its figures as JSON Lines on its standard output, and
says by its exit code how it ended. **A program is begun at most once for each errand**, whatever dies when: the keeper
makes a mark before it begins it. Where the keeper and the program are killed together the errand has failed, and says
so. That holds on the machine whose folder has the mark; an errand is looked at only where that folder is.
"""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from bot.migrations.errors import MigrationError
from bot.migrations.runners import keeper
from bot.migrations.runners.contract import Around, Errand, Figures, Kind, NotBegun, Report, folder, texts
from bot.migrations.runners.errands import DEADLINE
from bot.migrations.runners.figures import of
from bot.migrations.values import Target

_BEGINS_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Command:
    """One target whose migrations are carried out by a program of this machine."""

    words: tuple[str, ...]
    state: Path
    environment: tuple[str, ...]
    deadline: timedelta
    where: str
    place: str
    settles: timedelta = timedelta(seconds=15)
    sends: int = 3

    def check(self) -> tuple[str, ...]:
        """Say what is missing for it to be begun."""
        program = self.words[0]
        if not Path(program).is_absolute():
            return (f"the command {program!r} is not named from the root on (/usr/local/bin/…)",)
        if not os.access(program, os.X_OK):
            return (f"the program {program} is not on this machine, or may not be run by the server's user",)
        missing = [name for name in self.environment if name not in os.environ]
        return tuple(f"the server's environment has no {name}, which the command is to see" for name in missing)

    def start(self, errand: Errand) -> None:
        """Begin the program, where it was never begun for this errand."""
        for problem in self.check():
            raise NotBegun(problem)
        place = self._folder(errand.key)
        try:
            place.mkdir(mode=0o700, parents=True, exist_ok=True)
            keeper.write(place / "plan.json", errand.plan)
            keeper.write(place / "order.json", self._order(errand))
            self._begin(place)
        except OSError as error:
            raise NotBegun(f"{self.state} cannot be used: {(error.strerror or 'unknown reason').lower()}") from None

    def _order(self, errand: Errand) -> dict[str, object]:
        told = {"CONCORDAT_KEY": errand.key, "CONCORDAT_MODE": errand.mode, "CONCORDAT_TARGET": errand.target}
        until = time.time() + self.deadline.total_seconds()
        return {"command": self.words, "environment": self.environment, "told": told, "deadline": until}

    def _begin(self, place: Path) -> None:
        """Begin the keeper, and wait until it has made its mark; were it not to, nothing was begun."""
        words = [sys.executable, "-m", keeper.__name__, str(place)]
        here = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        kept = subprocess.Popen(  # noqa: S603 our own module
            words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=here,
            start_new_session=True,
        )  # fmt: skip
        until = time.monotonic() + _BEGINS_SECONDS
        while not (place / "begun").exists() and kept.poll() is None and time.monotonic() < until:
            time.sleep(0.01)
        # Whoever began a process has to take leave of it; nobody else waits for this one.
        threading.Thread(target=kept.wait, name=f"keeper-{kept.pid}", daemon=True).start()

    def find(self, errand: Errand, since: datetime) -> str | None:
        """Find it by its folder."""
        del since
        place = self._folder(errand.key)
        return str(place) if (place / "begun").exists() else None

    def look(self, errand: Errand, handle: str) -> Report:
        """Read what its keeper wrote."""
        del errand
        place = Path(handle)
        alive = keeper.held(place / "lock")  # before the outcome is read, which is written before the lock is let go
        outcome = keeper.load(place / "outcome.json")
        figures = of(outcome.get("figures") or keeper.load(place / "progress.json"))
        if outcome:
            return _ended(outcome, figures)
        if alive:
            return Report("under-way", figures)
        gone = "it was killed together with its keeper, or the machine went down: nobody knows how far it came"
        return Report("failed", figures, gone)

    def stop(self, errand: Errand, handle: str) -> None:
        """Ask its keeper to end it; where there is no keeper any more, end it here."""
        del errand
        place = Path(handle)
        (place / "stop").touch(mode=0o600)
        process = keeper.load(place / "process.json")
        number = process.get("number")
        alone = keeper.held(place / "lock") and not keeper.held(place / "keeper")
        if number and alone and keeper.started(int(number)) == process.get("started"):
            keeper.end_group(int(number), signal.SIGKILL)

    def close(self) -> None:
        """Let go of nothing: there is nothing to be held."""

    def _folder(self, key: str) -> Path:
        return self.state / key


def _ended(outcome: dict[str, object], figures: Figures) -> Report:
    why, code = str(outcome.get("why") or ""), outcome.get("code")
    if why or code != 0:
        ended = f"its exit code is {code}" if code is not None else ""
        return Report("failed", figures, "; ".join(filter(None, (why, ended, figures.says))))
    return Report("done", figures)


def _open(target: Target, around: Around) -> Command:
    del around
    settings = target.settings
    state = Path(settings["state"])
    words = tuple(settings["command"])
    deadline = DEADLINE if target.deadline is None else target.deadline
    return Command(
        words, state, tuple(settings.get("environment", ())), deadline, _machine(state),
        f"the command {Path(words[0]).name}",
    )  # fmt: skip


def _machine(state: Path) -> str:
    """Name the machine by its folder, so that it is the same after it has got another name."""
    mark = state / "machine"
    try:
        state.mkdir(mode=0o700, parents=True, exist_ok=True)
        with suppress(FileExistsError):
            beside = state / f".machine.{secrets.token_hex(8)}"
            beside.write_text(secrets.token_hex(8), encoding="utf-8")
            try:
                os.link(beside, mark)
            finally:
                beside.unlink()
        return mark.read_text(encoding="utf-8")
    except OSError as error:
        raise MigrationError(f"{state} cannot be used: {(error.strerror or 'unknown reason').lower()}") from None


KIND = Kind("command", {"command": texts, "state": folder, "environment": texts}, ("command", "state"), elsewhere=_open)
