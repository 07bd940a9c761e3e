"""How a process that stays is told to stop."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from tests.patience import PATIENCE

SCRIPT = """
import os, signal, sys, threading
from bot.operate.stopping import told_to_stop

with told_to_stop() as wait:
    {before}
    print("waits", flush=True)
    wait()
    print("ends", flush=True)
"""
MINE = "os.kill(os.getpid(), signal.{name})"
ANOTHERS = """
    threading.Thread(target=threading.Event().wait, daemon=True).start()
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.{name}])
"""


def run(before: str, name: str) -> subprocess.Popen[str]:
    script = SCRIPT.format(before=before.format(name=name).strip())
    return subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_a_signal_that_comes_before_anybody_waits_is_not_lost(name: str) -> None:
    with run(MINE, name) as process:
        said, _ = process.communicate(timeout=PATIENCE)
    assert (said.split(), process.returncode) == (["waits", "ends"], 0)


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_a_signal_that_the_system_gives_to_another_thread_ends_the_wait(name: str) -> None:
    with run(ANOTHERS, name) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "waits\n"
        process.send_signal(signal.Signals[name])
        said, _ = process.communicate(timeout=PATIENCE)
    assert (said, process.returncode) == ("ends\n", 0)
