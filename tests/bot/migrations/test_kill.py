"""A worker that is killed with SIGKILL at any statement, while others write: nothing is lost, and another goes on."""

from __future__ import annotations

import random
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.cli import main
from bot.migrations.engine import open_target
from bot.migrations.targets import load
from tests.bot.migrations.ledger import Table, differences

STEPS = [{"set-default": {"at": "/version", "value": 2, "down": "drop"}}]
PAUSE = 0.01


def plain(document: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in document.items() if key != "version"}


def killed(at: int, *arguments: str) -> bool:
    """Run the command; say whether it came to its Nth statement and died of it."""
    command = [sys.executable, "-m", "tests.bot.migrations.victim", str(at), "migrate", *arguments]
    return subprocess.run(command, check=False, capture_output=True).returncode == -9


def papers(url: str, folder: Path) -> tuple[str, list[str]]:
    for name in ("old.json", "new.json"):
        (folder / name).write_text("true")
    files = {"old": "old.json", "new": "new.json"}
    spec = {"version": 1, "contract": "items", "from": "1", "to": "2", **files, "steps": STEPS}
    target = {"url": url, "table": "items", "column": "doc"}
    (folder / "spec.yml").write_text(yaml.safe_dump(spec))
    (folder / "targets.yml").write_text(yaml.safe_dump({"targets": {"items": target}}))
    return str(folder / "spec.yml"), ["--targets", str(folder / "targets.yml")]


def survived(url: str, folder: Path, kills: list[int], back: list[int]) -> None:
    table = Table(url, 1_000)
    ledger = table.make()
    spec, targets = papers(url, folder)
    with table.written_to(ledger, writers=4, pause=PAUSE):
        died = killed(kills[0], "run", spec, *targets, "--batch", "200")
        for at in kills[1:]:
            died = died and killed(at, "resume", "items", *targets)
        if _state(folder) != "cut-over":
            again = ["resume", "items"] if _state(folder) else ["run", spec]
            assert main(["migrate", *again, *targets]) == 0
        assert died or len(kills) > 1 or kills[0] > 60
    assert differences(ledger, table.read(), plain) == []
    with table.written_to(ledger, writers=4, pause=PAUSE):
        for at in back:
            killed(at, "rollback", "items", *targets)
        main(["migrate", "rollback", "items", *targets])
    assert differences(ledger, table.read(), plain) == []
    assert not any("version" in document for document in table.read().values())
    assert ledger.failures == []


def _state(folder: Path) -> str:
    target = load(folder / "targets.yml")["items"]
    with closing(open_target(target)) as engine:
        runs = engine.runs()
        return runs[0].state if runs else ""


SLOW = [pytest.param(kills, marks=pytest.mark.slow) for kills in ([9, 24], [33, 47], [61, 12, 70])]


@pytest.mark.parametrize("kills", [[26], *SLOW], ids=str)
def test_a_worker_killed_at_a_statement_is_followed_by_another(
    kills: list[int], database_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    survived(database_url, tmp_path, kills, [kills[0] // 2])
    capsys.readouterr()


SEEDS = [pytest.param(seed, marks=pytest.mark.slow if seed < 15 else pytest.mark.exhaustive) for seed in range(100)]


@pytest.mark.parametrize("seed", SEEDS)
def test_two_hundred_kills_at_random_statements(
    seed: int, database_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    chance = random.Random(seed)
    survived(database_url, tmp_path, [chance.randint(1, 110)], [chance.randint(1, 45)])
    capsys.readouterr()
