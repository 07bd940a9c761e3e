"""A migration of data that lives elsewhere, as the App has it done: by a workflow, by a command, and taken back."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.steward.migrations.progress import PROGRESS, read
from bot.steward.migrations.values import stream_of
from notices import migration_pages
from notices.migration import Progress
from notices.migration_pages import Page
from tests.bot.migrations.runners.test_workflow import FILE as WORKFLOW
from tests.bot.migrations.runners.test_workflow import PATH
from tests.bot.steward.room import room
from tests.bot.steward.test_migrations import CONFIG, ROTATION, Stage, orders, text, with_targets
from tests.fakes.github.people import Pull, Repository
from tests.fakes.github.state import WorkflowRun
from tests.patience import until

COUNTED = json.dumps({"rows": 100, "failing": 0, "affected": 40, "seconds": 600})
COPIED = json.dumps({"rows": 100, "written": 100, "failing": 0})
PERMISSIONS = {"actions": "write"}


class Lake(Stage):
    """The room, a data set that a workflow of octo/lake migrates, and the pull request that changes it."""

    @property
    def lake(self) -> Repository:
        return self.room.github.repository("octo/lake")

    @property
    def runs(self) -> tuple[WorkflowRun, ...]:
        return self.lake.workflow_runs

    @property
    def progress(self) -> Progress:
        stream = stream_of(self.room.repository.state.id, "order", "2.0.0")
        with self.room.store.reading() as transaction:
            return read(transaction.recall(PROGRESS, stream))

    @property
    def run(self) -> WorkflowRun:
        return self.runs[-1]

    def modes(self) -> list[str]:
        return [one.inputs["mode"] for one in self.runs]

    def end(self, *notices: str, conclusion: str = "success") -> None:
        """Let the newest run end, and time pass until it is looked at."""
        self.lake.advance(self.run, notices=notices, conclusion=conclusion)
        self.tick()

    def counted(self, **more: Any) -> Pull:
        """Propose, and have the rows counted."""
        pull = self.propose(**more)
        self.lake.advance(self.run, notices=[COUNTED], conclusion="success")
        self.tick()
        return pull

    def started(self, **more: Any) -> Pull:
        pull = self.counted(**more)
        self.merge(pull)
        return pull


@contextmanager
def a_lake(folder: Path, **more: Any) -> Iterator[Lake]:
    entry = {
        "runner": "workflow",
        "repository": "octo/lake",
        "workflow": "migrate.yml",
        "repositories": ["octo/orders"],
    }
    with room(folder, config=CONFIG, wired=False) as found:
        found.github.repository("octo/lake").commit("main", {PATH: WORKFLOW})
        installation = found.github.site.world.installation_of(found.repository.state)
        assert installation is not None
        installation.permissions |= PERMISSIONS
        files = {"schemas/order.json": orders(), ".github/oncall_rotation.json": json.dumps(ROTATION)}
        found.repository.commit("main", files)
        (folder / "targets.yml").write_text(yaml.safe_dump({"targets": {"order": entry | more}}), encoding="utf-8")
        yield Lake(with_targets(found, folder / "targets.yml"), folder, f"sqlite:///{folder / 'none.db'}")


@pytest.fixture
def on(tmp_path: Path) -> Iterator[Lake]:
    with a_lake(tmp_path) as found:
        yield found


def test_the_plan_waits_for_who_counts_and_shows_what_that_one_says(on: Lake) -> None:
    pull = on.propose()
    assert "The data is being counted" in text(pull, "concordat:review")
    assert on.modes() == ["test"]
    on.end(COUNTED)
    body = text(pull, "concordat:review")
    assert "40 of 100 rows fail `2.0.0` as they are. Risk: MODERATE" in body
    assert "the workflow migrate.yml of octo/lake" in body
    assert "about 10 minutes, as that one estimates" in body
    assert "shadow" not in body


def test_a_run_is_dispatched_at_the_merge_cut_over_and_finished_a_day_later(on: Lake) -> None:
    pull = on.started()
    assert (on.modes(), on.state()) == (["test", "copy"], "running")
    on.lake.advance(on.run, done=1, notices=['{"rows": 100, "written": 60, "percent": 60}'])
    on.tick()
    shown = text(pull, "concordat:migration:run")
    assert "60 of 100, validated by who carries it out" in shown
    assert "active sessions" not in shown
    page = migration_pages.render(Page(on.found, on.progress, None, "octo/orders", "https://github.com", "/x"))
    assert "the workflow migrate.yml of octo/lake" in page
    assert "bring every row to its new form, beside the old one: <strong>now" in page
    assert "shadow" not in page
    assert f"{on.room.github.url}/octo/lake/actions/runs/{on.run.id}" in shown
    on.end(COPIED)
    assert on.modes() == ["test", "copy", "cutover"]
    on.end()
    assert on.state() == "cut-over"
    on.tick(hours=23)
    assert len(on.runs) == 3
    on.tick(hours=2)
    assert on.modes()[-1] == "finish"
    on.end()
    assert on.state() == "done"
    assert len({one.inputs["correlation"] for one in on.runs}) == 4


@pytest.mark.parametrize("how", ["lost_answer", "502_html", "403_secondary"])
def test_a_dispatch_whose_answer_is_lost_leads_to_one_run_of_each_errand(on: Lake, how: Any) -> None:
    pull = on.counted()
    on.room.github.fail(how=how, method="POST", path="/dispatches$")
    on.merge(pull)
    for _ in range(8):
        on.tick()
    assert on.modes() == ["test", "copy"]
    on.end(COPIED)
    on.end()
    assert on.state() == "cut-over"


@pytest.mark.slow
def test_a_run_that_fails_pauses_the_migration_and_is_begun_anew_when_asked(on: Lake) -> None:
    pull = on.started()
    on.end('{"says": "executor lost"}', conclusion="failure")
    assert on.state() == "paused"
    assert "the run ended as failure in migrate: executor lost" in text(pull, "concordat:migration:run")
    assert ("migration.failed", "user:rosa") in on.owed()
    on.say(pull, "/migrate resume order")
    on.tick()
    assert on.modes() == ["test", "copy", "copy"]
    on.end(COPIED)
    on.end()
    assert on.state() == "cut-over"


@pytest.mark.slow
def test_rows_that_fail_stop_it_unless_they_may_stay_behind(on: Lake) -> None:
    pull = on.started()
    on.end('{"rows": 100, "written": 98, "failing": 2}')
    assert on.state() == "paused"
    assert "2 rows cannot be migrated (0 allowed)" in on.found.why
    on.say(pull, "/migrate resume exclude")
    on.tick()
    on.end('{"rows": 100, "written": 98, "failing": 2}')
    assert on.modes()[-1] == "cutover"


def test_an_abort_cancels_what_is_under_way_and_has_it_removed(on: Lake) -> None:
    pull = on.started()
    copy = on.run
    on.say(pull, "/migrate abort order")
    on.tick()
    assert (copy.conclusion, on.modes()) == ("cancelled", ["test", "copy", "rollback"])
    on.end()
    assert on.state() == "aborted"
    assert "aborted, as rosa asked" in text(pull, "concordat:migration:run")


@pytest.mark.slow
def test_what_was_never_begun_has_nothing_to_be_removed(on: Lake) -> None:
    pull = on.counted()
    on.room.github.fail(how="403", method="POST", path="/dispatches$", times=1)
    on.merge(pull)
    on.say(pull, "/migrate abort order")
    on.tick()
    assert (on.state(), on.modes()) == ("aborted", ["test"])
    assert "nothing was begun" in on.found.why


def test_a_rollback_after_the_cutover_is_handed_over_with_the_way_back(on: Lake) -> None:
    pull = on.started()
    on.end(COPIED)
    on.end()
    on.say(pull, "/migrate rollback order")
    on.tick()
    assert on.modes()[-1] == "rollback"
    on.end()
    assert on.state() == "rolled-back"


@pytest.mark.slow
def test_a_pause_lets_what_is_under_way_go_on_and_begins_nothing_further(on: Lake) -> None:
    pull = on.started()
    on.say(pull, "/migrate pause order")
    on.end(COPIED)
    assert (on.state(), on.modes()) == ("paused", ["test", "copy"])
    assert "nothing further is begun" in on.found.why
    on.say(pull, "/migrate resume order")
    on.tick()
    assert on.modes() == ["test", "copy", "cutover"]


@pytest.mark.slow
def test_a_count_that_changed_since_the_approval_is_asked_about_before_the_cutover(on: Lake) -> None:
    pull = on.started()
    on.end('{"rows": 500, "written": 500, "failing": 0}')
    assert "Record count changed since approval: 100 then, 500 now" in on.found.why
    on.say(pull, "/migrate resume order")
    on.tick()
    assert on.modes()[-1] == "cutover"


@pytest.mark.slow
def test_what_is_asked_during_the_cutover_is_done_after_it(on: Lake) -> None:
    pull = on.started()
    on.end(COPIED)
    on.say(pull, "/migrate rollback order")
    on.tick()
    assert on.modes()[-1] == "cutover"
    on.end()
    on.tick()
    assert on.modes()[-1] == "rollback"
    on.end()
    assert on.state() == "rolled-back"


@pytest.mark.slow
def test_a_runner_without_a_way_back_says_so_before_and_after(tmp_path: Path) -> None:
    with a_lake(tmp_path, modes=["copy", "cutover"]) as on:
        pull = on.propose()
        body = text(pull, "concordat:review")
        assert "Nobody has counted its rows" in body
        assert "cannot take it back" in body
        on.merge(pull)
        on.end(COPIED)
        on.end()
        on.say(pull, "/migrate rollback order")
        on.tick()
        assert on.state() == "cut-over"
        assert "cannot take it back; restore the data where it is" in text(pull, "concordat:migration:run")
        on.tick(hours=25)
        assert (on.state(), on.modes()) == ("done", ["copy", "cutover"])


@pytest.mark.slow
def test_no_rows_need_no_migration(on: Lake) -> None:
    pull = on.propose()
    on.end('{"rows": 0, "failing": 0}')
    on.merge(pull)
    assert on.state() == "skipped"


@pytest.mark.slow
def test_a_workflow_that_cannot_be_found_again_is_refused_in_the_plan(on: Lake) -> None:
    on.lake.commit("main", {PATH: "on: push\n"})
    body = text(on.propose(), "concordat:review")
    assert "**No plan:**" in body
    assert "does not take the inputs correlation" in body
    assert on.runs == ()


@pytest.mark.slow
def test_a_missing_permission_is_named(on: Lake) -> None:
    on.room.github.fail(how="403", method="POST", path="/dispatches$", times=None)
    pull = on.propose()
    for _ in range(4):
        on.tick()
    assert "`actions: write`" in text(pull, "concordat:review")


def test_a_command_of_the_workers_machine_does_the_same(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(
        "import json, os, sys\nplan = json.load(sys.stdin)\n"
        f"open({str(tmp_path / 'seen')!r}, 'a').write(plan['mode'] + chr(10))\n"
        "assert plan['steps'] and plan['new'] and plan['key'] == os.environ['CONCORDAT_KEY']\n"
        "print(json.dumps({'rows': 7, 'written': 7, 'failing': 0}))\n",
        encoding="utf-8",
    )
    more = {"runner": "command", "command": [sys.executable, str(program)], "state": str(tmp_path / "runs")}
    with a_lake(tmp_path) as on:
        entry = {"repositories": ["octo/orders"], **more}
        (tmp_path / "targets.yml").write_text(yaml.safe_dump({"targets": {"order": entry}}), encoding="utf-8")
        pull = on.propose()
        until(ticked(on, lambda: "of 7 rows" in text(pull, "concordat:review")))
        on.merge(pull)
        until(ticked(on, lambda: on.state() == "cut-over"))
        on.say(pull, "/migrate rollback order")
        until(ticked(on, lambda: on.state() == "rolled-back"))
    assert (tmp_path / "seen").read_text(encoding="utf-8").split() == ["test", "copy", "cutover", "rollback"]


def ticked(on: Lake, done: Callable[[], bool]) -> Callable[[], bool]:
    """Let the App look each time before it is asked; the program is a process of its own."""

    def so() -> bool:
        on.tick()
        return done()

    return so
