"""The process that keeps a command: begins it once, hears it, ends it in time, and writes down what became of it.

It is a process of its own, so that a worker may come and go. Its folder (named by the errand's key) holds

plan.json      what the command reads on its standard input
order.json     its words, the names of its environment, its deadline
lock           held for as long as the keeper or the command lives, since the command inherits it
keeper         held for as long as the keeper lives
begun          made before the command is; where it is, the command is never begun again
process.json   which process it is: its number, and when it started
progress.json  the figures that it last told
stop           somebody asked that it be stopped
work           where the command is begun
outcome.json   how it ended; where `begun` is and neither this nor a held lock, it was killed, with its keeper
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO, Any

from bot.migrations.runners.contract import Figures
from bot.migrations.runners.figures import LONGEST, merged, read, told

PATIENCE_SECONDS = 5.0
"""How long the lock is waited for: who looks at an errand holds it for an instant."""
_LOOK_SECONDS = 0.2
_GRACE_SECONDS = 10.0
"""Between asking a command to end (SIGTERM) and ending it (SIGKILL), all of its processes."""
_TAIL = 4_000
"""Bytes of what a command wrote on its standard error that are kept, on this machine alone."""


def write(path: Path, body: Mapping[str, Any]) -> None:
    """Write a file whole or not at all, so that it is there after the machine has gone down, too."""
    beside = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}")
    with beside.open("w", encoding="utf-8") as file:
        json.dump(body, file)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
    settle(path.parent)


def settle(folder: Path) -> None:
    """Have the names in a folder outlive the machine."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def load(path: Path) -> dict[str, Any]:
    """Read such a file; nothing where it is not there."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def started(process: int) -> str | None:
    """Tell when a process started, as the kernel counts; `None` where there is none of that number."""
    try:
        return (
            Path(f"/proc/{process}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[19]
        )
    except (OSError, IndexError):
        return None


def held(lock: Path) -> bool:
    """Say whether somebody holds a lock."""
    try:
        descriptor = os.open(lock, os.O_RDWR)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def keep(folder: Path) -> int:
    """Keep the command of a folder; does nothing where another keeper has been at it."""
    lock, own = _lock(folder / "lock"), _lock(folder / "keeper")
    if lock is None or own is None:
        return 0
    try:
        os.close(os.open(folder / "begun", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        return 0
    settle(folder)
    order = load(folder / "order.json")
    try:
        outcome = _Kept(folder, order, lock).run()
    except OSError as error:
        outcome = {"why": f"the command cannot be begun: {(error.strerror or 'unknown reason').lower()}"}
    write(folder / "outcome.json", outcome)
    return 0


def _lock(path: Path) -> int | None:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    until = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > until or (path.parent / "begun").exists():
                os.close(descriptor)
                return None
            time.sleep(0.02)
        else:
            return descriptor


class _Kept:
    """One command while it runs."""

    def __init__(self, folder: Path, order: Mapping[str, Any], lock: int) -> None:
        self.folder, self.order, self.lock = folder, order, lock
        self.figures, self.tail = Figures(), b""
        self.over = threading.Event()
        self.why = ""

    def run(self) -> dict[str, Any]:
        """Run it to its end; how it ended."""
        work = self.folder / "work"
        work.mkdir(mode=0o700, exist_ok=True)
        with (self.folder / "plan.json").open("rb") as plan:
            process = subprocess.Popen(  # noqa: S603 words of the server's settings, without a shell
                self.order["command"], stdin=plan, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=work,
                env=self._environment(), start_new_session=True, pass_fds=(self.lock,),
            )  # fmt: skip
        write(self.folder / "process.json", {"number": process.pid, "started": started(process.pid)})
        assert process.stdout is not None
        assert process.stderr is not None
        hands = [self._hand(self._hear, process.stdout), self._hand(self._overhear, process.stderr)]
        self._wait(process)
        end_group(process.pid, signal.SIGKILL)  # what it left behind, which would hold its output open
        for hand in hands:
            hand.join(_GRACE_SECONDS)
        tail = self.tail.decode("utf-8", "replace")
        return {"code": process.returncode, "why": self.why, "tail": tail, "figures": told(self.figures)}

    def _environment(self) -> dict[str, str]:
        """Give a command what it needs and what the settings name, and nothing of the server's own."""
        wanted = ("PATH", "HOME", "LANG", "TZ", *self.order.get("environment", ()))
        return {name: os.environ[name] for name in wanted if name in os.environ} | dict(self.order.get("told", {}))

    def _hand(self, work: Callable[[IO[bytes]], None], stream: IO[bytes]) -> threading.Thread:
        hand = threading.Thread(target=work, args=(stream,), daemon=True)
        hand.start()
        return hand

    def _wait(self, process: subprocess.Popen[bytes]) -> None:
        until, asked = float(self.order["deadline"]), None
        while True:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(_LOOK_SECONDS)
                return
            if asked is None and ((self.folder / "stop").exists() or time.time() > until):
                self.why = "it was told to stop" if (self.folder / "stop").exists() else "its deadline has passed"
                asked = time.monotonic()
                end_group(process.pid, signal.SIGTERM)
            elif asked is not None and time.monotonic() > asked + _GRACE_SECONDS:
                end_group(process.pid, signal.SIGKILL)

    def _hear(self, stream: IO[bytes]) -> None:
        """Take in the figures that it tells, a line each; a line that is too long says nothing."""
        whole, shown = True, 0.0
        while line := stream.readline(LONGEST):
            begins, whole = whole, line.endswith(b"\n")
            found = read(line.decode("utf-8", "replace")) if begins and whole else None
            if found is not None:
                self.figures = merged(self.figures, found)
                if time.monotonic() > shown + _LOOK_SECONDS:
                    shown = time.monotonic()
                    with contextlib.suppress(OSError):  # a full disk here must not keep the command from being heard
                        write(self.folder / "progress.json", told(self.figures))

    def _overhear(self, stream: IO[bytes]) -> None:
        while part := stream.read1(_TAIL):  # type: ignore[attr-defined] # Popen's pipes are buffered readers
            self.tail = (self.tail + part)[-_TAIL:]


def end_group(process: int, how: signal.Signals) -> None:
    """Send a signal to a command and all that it began."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process, how)


if __name__ == "__main__":
    sys.exit(keep(Path(sys.argv[1])))
