"""`concordat migrate` on data that lives elsewhere, as people call it, with a program of this machine."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.cli import main
from bot.migrations.runners.ledger import Ledger

SPEC = {
    "version": 1, "contract": "order", "from": "1.0.0", "to": "2.0.0", "old": "old.json", "new": "new.json",
    "target": "lake", "steps": [{"cast": {"at": "/total", "from": "string", "to": "number"}}],
}  # fmt: skip
PROGRAM = """\
import json, os, sys
plan = json.load(sys.stdin)
here = sys.argv[1]
open(os.path.join(here, "seen"), "a").write(plan["mode"] + "\\n")
if os.path.exists(os.path.join(here, "fail-" + plan["mode"])):
    sys.exit(7)
rows = {"rows": 9, "affected": 4, "failing": 0, "written": 9}
print(json.dumps(rows if plan["mode"] in ("test", "copy") else {}))
"""


@dataclass(frozen=True)
class Shop:
    """A folder with a migration, its target, and a terminal."""

    folder: Path
    capture: pytest.CaptureFixture[str]

    def call(self, *words: str, **expected: int) -> str:
        """Call the command; what it wrote on either stream."""
        code = main(["migrate", *words, "--targets", str(self.folder / "targets.yml")])
        said = self.capture.readouterr()
        assert code == expected.get("code", 0), said
        return said.out + said.err

    @property
    def spec(self) -> str:
        return str(self.folder / "migration.yml")

    def seen(self) -> Sequence[str]:
        path = self.folder / "seen"
        return path.read_text(encoding="utf-8").split() if path.exists() else []

    def target(self, **more: Any) -> None:
        command = [sys.executable, str(self.folder / "program.py"), str(self.folder)]
        entry = {"runner": "command", "command": command, "state": str(self.folder / "runs"), **more}
        (self.folder / "targets.yml").write_text(yaml.safe_dump({"targets": {"lake": entry}}), encoding="utf-8")


@pytest.fixture
def shop(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Shop:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    (tmp_path / "program.py").write_text(PROGRAM, encoding="utf-8")
    for name, kind in (("old", "string"), ("new", "number")):
        schema = {"type": "object", "properties": {"total": {"type": kind}}}
        (tmp_path / f"{name}.json").write_text(json.dumps(schema), encoding="utf-8")
    (tmp_path / "migration.yml").write_text(yaml.safe_dump(SPEC), encoding="utf-8")
    found = Shop(tmp_path, capsys)
    found.target()
    return found


def test_a_migration_is_planned_tested_run_looked_at_and_taken_back(shop: Shop) -> None:
    plan = shop.call("plan", shop.spec)
    assert "Affected:    4 rows fail 2.0.0" in plan
    assert "Rows are validated by who carries it out" in plan
    assert "nothing is written" in shop.call("test", shop.spec)
    assert "copy: 9 of 9 rows" in shop.call("run", shop.spec)
    assert "cut over" in shop.call("status", "lake")
    assert "cut over: `concordat migrate resume" in shop.call("run", shop.spec, code=1)
    assert "kept for another 24.0 hours" in shop.call("finish", "lake", code=1)
    assert "taken back" in shop.call("rollback", "lake")
    assert json.loads(shop.call("status", "lake", "--format", "json"))["state"] == "rolled back"
    assert shop.seen() == ["test", "test", "copy", "cutover", "rollback"]


def test_a_run_stops_before_its_cutover_where_it_is_told_to(shop: Shop) -> None:
    assert "all is done but the cutover" in shop.call("run", shop.spec, "--until", "cutover")
    assert "cannot be held" in shop.call("pause", "lake", code=1)
    assert "cut over" in shop.call("resume", "lake")
    assert shop.seen() == ["copy", "cutover"]


def test_what_failed_is_begun_anew_and_only_that(shop: Shop) -> None:
    (shop.folder / "fail-cutover").touch()
    assert "stopped at cutover: its exit code is 7" in shop.call("run", shop.spec, code=1)
    (shop.folder / "fail-cutover").unlink()
    shop.call("resume", "lake")
    assert shop.seen() == ["copy", "cutover", "cutover"]


def test_an_abort_has_what_was_made_removed(shop: Shop) -> None:
    (shop.folder / "fail-copy").touch()
    shop.call("run", shop.spec, code=1)
    assert "taken back" in shop.call("abort", "lake")
    assert "there is nothing to go on with" in shop.call("resume", "lake", code=1)


def test_what_a_runner_cannot_do_is_said(shop: Shop) -> None:
    shop.target(modes=["copy", "cutover"])
    assert "cannot test" in shop.call("test", shop.spec, code=1)
    assert "cannot take it back" in shop.call("plan", shop.spec)
    shop.call("run", shop.spec)
    assert "restore the data where it is" in shop.call("rollback", "lake", code=1)
    assert shop.seen() == ["copy", "cutover"]


def test_a_workflow_is_started_by_the_app_and_asks_for_its_settings(shop: Shop) -> None:
    entry = {"runner": "workflow", "repository": "acme/lake", "workflow": "migrate.yml"}
    (shop.folder / "targets.yml").write_text(yaml.safe_dump({"targets": {"lake": entry}}), encoding="utf-8")
    assert "GITHUB_APP_ID is not set" in shop.call("plan", shop.spec, code=2)


def test_a_ledger_keeps_whole_lines_only_and_each_word_once(tmp_path: Path) -> None:
    now = datetime(2026, 11, 21, tzinfo=UTC)
    ledger = Ledger(tmp_path / "x" / "lake.jsonl", lambda: now + timedelta(hours=1))
    assert ledger.latest() is None
    assert ledger.write("a-copy-1", "sent", 1, {"where": "here"})
    with ledger.path.open("a", encoding="utf-8") as file:
        file.write('{"errand": "a-copy-1", "word": "arr')
    assert not ledger.write("a-copy-1", "sent", 1, {})
    assert ledger.write("a-copy-1", "arrived", 1, {})
    assert [(word, at) for word, at, _ in ledger.read("a-copy-1")] == [
        ("sent", now + timedelta(hours=1)), ("arrived", now + timedelta(hours=1)),
    ]  # fmt: skip
    assert ledger.path.stat().st_mode & 0o077 == 0
