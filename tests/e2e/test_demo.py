from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

from tests.demo.stage import stage
from tests.demo.story import play
from tests.demo.telling import Teller

ROOT = Path(__file__).parents[2]


def test_the_demo_plays_its_story_to_the_end() -> None:
    played = subprocess.run(
        [sys.executable, "-m", "bot", "demo", "--exit"], cwd=ROOT, capture_output=True, text=True, check=False
    )

    told = played.stdout
    assert played.returncode == 0, told + played.stderr
    assert played.stderr == ""
    assert "Every step happened." in told
    assert "MINOR change of `patient-record`" in told
    assert "MAJOR change of `patient-record`" in told
    assert '"2025-01-15"' in told
    assert "0 reads, 0 writes" in told
    assert "A deprecated field goes too early" in told
    assert "/hospital/contracts/pull/1" in told


def test_a_step_that_does_not_happen_is_named_with_what_was_expected() -> None:
    out = io.StringIO()

    with stage() as on:
        on.github.astray("lose", times=None)
        happened = play(on, Teller(out))

    assert not happened
    assert "Step 1 did not happen: The App is installed" in out.getvalue()
    assert "expected that the App accepts the installation's delivery" in out.getvalue()


def test_a_comment_that_did_not_change_is_told_as_such() -> None:
    out = io.StringIO()

    Teller(out).changed("ana", "same", "same")

    assert "unchanged" in out.getvalue()
