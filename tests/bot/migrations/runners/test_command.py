"""A command on the worker's machine: begun at most once, heard, ended in time, found again after anything died."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.migrations.errors import MigrationError
from bot.migrations.runners import keeper
from bot.migrations.runners.command import KIND, Command
from bot.migrations.runners.contract import Around, Errand, NotBegun, Report
from bot.migrations.values import Target
from tests.patience import until

NOW = datetime(2026, 11, 21, tzinfo=UTC)
FIGURES = 'print(json.dumps({"rows": 3, "written": 3, "failing": 0}), flush=True)'


def around() -> Around:
    def none(*_: object) -> Any:
        raise AssertionError("a command needs no GitHub")

    return Around(none, none, lambda: NOW)


@dataclass(frozen=True)
class Yard:
    """A folder with programs, and where their errands are kept."""

    folder: Path

    def runner(self, script: str, **more: Any) -> Command:
        program = self.folder / "program.py"
        program.write_text(f"import json, os, sys, time\n{script}\n", encoding="utf-8")
        settings = {"command": [sys.executable, str(program)], "state": str(self.folder / "runs"), **more}
        deadline = settings.pop("deadline", timedelta(minutes=1))
        assert KIND.elsewhere is not None
        found = KIND.elsewhere(Target("lake", runner="command", settings=settings, deadline=deadline), around())
        assert isinstance(found, Command)
        return found

    def seen(self) -> list[str]:
        path = self.folder / "seen"
        return path.read_text(encoding="utf-8").split() if path.exists() else []


@pytest.fixture
def yard(tmp_path: Path) -> Yard:
    return Yard(tmp_path)


def errand(key: str = "ab-copy-1") -> Errand:
    return Errand(key, "copy", "lake", {"contract": "order"})


def over(runner: Command, one: Errand) -> Report:
    def ended() -> Report | None:
        handle = runner.find(one, NOW)
        report = runner.look(one, handle) if handle else None
        return report if report is not None and report.over else None

    found = until(ended)
    assert isinstance(found, Report)
    return found


def test_a_command_reads_the_plan_and_tells_its_figures(yard: Yard) -> None:
    runner = yard.runner(f'assert json.load(sys.stdin) == {{"contract": "order"}}\nprint("hello")\n{FIGURES}')
    runner.start(errand())
    report = over(runner, errand())
    assert (report.state, report.figures.rows, report.figures.written) == ("done", 3, 3)


def test_a_command_sees_its_errand_and_nothing_of_the_servers_secrets(
    yard: Yard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_PRIVATE_KEY", "secret")
    monkeypatch.setenv("LAKE_TOKEN", "token")
    names = '" ".join(sorted(name for name in os.environ if name.startswith(("CON", "GIT", "LAKE", "PYTHONPATH"))))'
    runner = yard.runner(f'print(json.dumps({{"says": {names}}}))', environment=["LAKE_TOKEN"])
    runner.start(errand())
    says = over(runner, errand()).figures.says
    assert says.split() == ["CONCORDAT_KEY", "CONCORDAT_MODE", "CONCORDAT_TARGET", "LAKE_TOKEN"]


def test_an_exit_code_is_a_failure_and_standard_error_stays_on_the_machine(yard: Yard) -> None:
    runner = yard.runner('print("row 17 is bad", file=sys.stderr)\nsys.exit(3)')
    runner.start(errand())
    report = over(runner, errand())
    assert (report.state, report.says) == ("failed", "its exit code is 3")
    kept = json.loads((yard.folder / "runs/ab-copy-1/outcome.json").read_text(encoding="utf-8"))
    assert kept["tail"] == "row 17 is bad\n"
    assert (yard.folder / "runs/ab-copy-1").stat().st_mode & 0o077 == 0


def test_a_command_is_begun_once_however_often_it_is_asked_for(yard: Yard) -> None:
    runner = yard.runner(f'open({str(yard.folder / "seen")!r}, "a").write("once\\n")\n{FIGURES}')
    for _ in range(3):
        runner.start(errand())
    over(runner, errand())
    runner.start(errand())
    assert yard.seen() == ["once"]


def test_many_keepers_at_once_begin_one_command(yard: Yard) -> None:
    runner = yard.runner(f'open({str(yard.folder / "seen")!r}, "a").write("once\\n")\n{FIGURES}')
    runner.start(errand("first"))
    over(runner, errand("first"))
    place = yard.folder / "runs" / "many"
    place.mkdir()
    for name in ("plan.json", "order.json"):
        (place / name).write_bytes((yard.folder / "runs/first" / name).read_bytes())
    crowd = [subprocess.Popen([sys.executable, "-m", keeper.__name__, str(place)]) for _ in range(4)]
    assert [one.wait(60) for one in crowd] == [0] * 4
    assert yard.seen() == ["once", "once"]


def test_a_worker_that_is_gone_leaves_the_command_to_the_next_one(yard: Yard) -> None:
    runner = yard.runner(f'{FIGURES}\nwhile not os.path.exists("go"): time.sleep(0.01)\n{FIGURES}')
    start = f"""
from datetime import timedelta
from pathlib import Path
from bot.migrations.runners.command import Command
from bot.migrations.runners.contract import Errand
runner = Command({runner.words!r}, Path({str(runner.state)!r}), (), timedelta(minutes=1), "here", "it")
runner.start(Errand("ab-copy-1", "copy", "lake", {{}}))
import os, signal
os.kill(os.getpid(), signal.SIGKILL)
"""
    assert subprocess.run([sys.executable, "-c", start], check=False).returncode == -signal.SIGKILL
    handle = until(lambda: runner.find(errand(), NOW))
    until(lambda: runner.look(errand(), handle).figures.rows)
    assert runner.look(errand(), handle).state == "under-way"
    (Path(handle) / "work/go").touch()
    assert over(runner, errand()).state == "done"


def process_of(handle: str) -> int:
    return int(until(lambda: keeper.load(Path(handle) / "process.json"))["number"])


def keeper_of(process: int) -> int:
    return int(Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[1])


def test_a_command_outlives_its_keeper_and_can_still_be_stopped(yard: Yard) -> None:
    runner = yard.runner(f"{FIGURES}\ntime.sleep(600)")
    runner.start(errand())
    handle = until(lambda: runner.find(errand(), NOW))
    process = process_of(handle)
    until(lambda: runner.look(errand(), handle).figures.rows)  # what it tells nobody hears afterwards
    os.kill(keeper_of(process), signal.SIGKILL)
    until(lambda: not keeper.held(Path(handle) / "keeper"))
    assert runner.look(errand(), handle).state == "under-way"
    runner.stop(errand(), handle)
    report = over(runner, errand())
    assert "killed together with its keeper" in report.says
    runner.start(errand())
    assert runner.look(errand(), handle).state == "failed", "it is not begun again"


def test_what_takes_too_long_is_ended_with_all_that_it_began(yard: Yard) -> None:
    child = 'import subprocess; child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])'
    runner = yard.runner(f'{child}\nopen("child", "w").write(str(child.pid))\ntime.sleep(600)')
    runner.start(errand())
    handle = until(lambda: runner.find(errand(), NOW))
    child_file = Path(handle) / "work/child"
    number = until(lambda: child_file.read_text() if child_file.exists() else None)
    runner.stop(errand(), handle)
    assert "it was told to stop" in over(runner, errand()).says
    until(lambda: keeper.started(int(number)) is None or not _alive(int(number)))


def _alive(process: int) -> bool:
    return " Z " not in Path(f"/proc/{process}/stat").read_text(encoding="utf-8")


def test_a_deadline_ends_it(yard: Yard) -> None:
    runner = yard.runner("time.sleep(600)", deadline=timedelta())
    runner.start(errand())
    assert "its deadline has passed" in over(runner, errand()).says


def test_output_without_end_is_heard_without_being_kept(yard: Yard) -> None:
    noise = 'sys.stdout.write("x" * 300_000)\nsys.stdout.write("\\n" + "{" * 50_000 + "\\n")'
    runner = yard.runner(f'{noise}\nsys.stderr.write("e" * 300_000)\n{FIGURES}')
    runner.start(errand())
    assert over(runner, errand()).figures.rows == 3
    sizes = [one.stat().st_size for one in (yard.folder / "runs/ab-copy-1").iterdir() if one.is_file()]
    assert max(sizes) < 10_000


def test_a_program_that_is_not_there_is_refused_before_anything_is_begun(yard: Yard) -> None:
    runner = yard.runner("", command=["/nowhere/migrate"])
    assert "is not on this machine" in runner.check()[0]
    with pytest.raises(NotBegun, match="not on this machine"):
        runner.start(errand())
    assert runner.find(errand(), NOW) is None
    assert "from the root" in yard.runner("", command=["migrate"]).check()[0]
    assert "no NOT_SET_HERE" in yard.runner("", environment=["NOT_SET_HERE"]).check()[0]


def test_a_program_that_cannot_be_begun_ends_its_errand(yard: Yard) -> None:
    broken = yard.folder / "broken"
    broken.write_text("#!/nowhere/at/all\n", encoding="utf-8")
    broken.chmod(0o755)
    runner = yard.runner("", command=[str(broken)])
    runner.start(errand())
    assert "cannot be begun" in over(runner, errand()).says


def test_a_folder_that_cannot_be_used_is_said(yard: Yard) -> None:
    (yard.folder / "runs").write_text("a file", encoding="utf-8")
    with pytest.raises(MigrationError, match="cannot be used"):
        yard.runner("")


def test_a_machine_keeps_its_name(yard: Yard) -> None:
    assert yard.runner("").where == yard.runner("").where != ""
