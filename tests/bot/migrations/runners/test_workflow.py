"""A workflow is dispatched once, found again by the key in its run's name, followed to its end, cancelled."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from bot.clock import ShiftableClock
from bot.github import App
from bot.github.errors import GitHubError
from bot.migrations.errors import MigrationError
from bot.migrations.runners.contract import Around, Errand, NotBegun, Report
from bot.migrations.runners.errands import Carrier
from bot.migrations.runners.workflow import KIND, Workflow
from bot.migrations.values import Target
from tests.bot.migrations.runners.pages import Pages
from tests.fakes import within
from tests.fakes.github import GitHubDouble
from tests.fakes.github.people import Repository
from tests.fakes.github.state import DEFAULT_PERMISSIONS, WorkflowRun

PATH = ".github/workflows/migrate.yml"
FILE = """\
name: Migrate
run-name: Concordat ${{ inputs.correlation }}
on:
  workflow_dispatch:
    inputs:
      correlation: {required: true}
      mode: {required: true}
      target: {required: true}
      plan: {required: true}
jobs: {}
"""
COPY = Errand("ab12-copy-1", "copy", "lake", {"contract": "order", "steps": []})
GOOD = '{"rows": 3, "written": 3, "failing": 0}'


@dataclass
class Lake:
    """A repository with a workflow, and whoever carries errands to it."""

    github: GitHubDouble
    repository: Repository
    app: App
    clock: ShiftableClock
    pages: Pages = field(default_factory=Pages)

    def runner(self, **settings: Any) -> Workflow:
        place = Target(
            "lake", runner="workflow", settings={"repository": "acme/lake", "workflow": "migrate.yml"} | settings
        )
        around = Around(lambda name: self.app.repository(self.app.find(name)[0], name), self.app.login, self.clock)
        assert KIND.elsewhere is not None
        found = KIND.elsewhere(place, around)
        assert isinstance(found, Workflow)
        return found

    def carry(self, errand: Errand = COPY, minutes: int = 1) -> Report:
        self.clock.advance(timedelta(minutes=minutes))
        self.pages.now = self.clock()
        return Carrier(self.pages, self.runner(), self.clock()).carry(errand)

    def quietly(self) -> None:
        """Carry, as a job does that is tried again when GitHub does not answer."""
        with suppress(GitHubError):
            self.carry()

    @property
    def run(self) -> WorkflowRun:
        (one,) = self.repository.workflow_runs
        return one


@contextmanager
def a_lake(*, wired: bool) -> Iterator[Lake]:
    clock = ShiftableClock()
    with GitHubDouble(clock=clock, permissions=DEFAULT_PERMISSIONS | {"actions": "write"}) as github:
        repository = github.repository("acme/lake")
        repository.commit("main", {PATH: FILE})
        app = App(github.app_id, github.private_key, github.api_url, clock=clock, timeout=1)
        if not wired:
            within.connect(app, github)
        try:
            yield Lake(github, repository, app, clock)
        finally:
            app.close()


@pytest.fixture
def lake() -> Iterator[Lake]:
    with a_lake(wired=False) as found:
        yield found


@pytest.fixture
def far() -> Iterator[Lake]:
    """Give one that is reached over a socket, which can break."""
    with a_lake(wired=True) as found:
        yield found


def test_a_workflow_is_dispatched_with_the_plan_and_followed_to_its_end(lake: Lake) -> None:
    assert lake.carry().state == "under-way"
    assert lake.run.title == "Concordat ab12-copy-1"
    assert (lake.run.inputs["mode"], lake.run.inputs["target"]) == ("copy", "lake")
    plan = json.loads(gzip.decompress(base64.b64decode(lake.run.inputs["plan"])))
    assert plan == {"contract": "order", "steps": []}
    lake.run.steps = ("count", "copy", "check", "report")
    lake.repository.advance(lake.run, done=1)
    half = lake.carry()
    assert (half.figures.percent, half.figures.step) == (25, "copy")
    lake.repository.advance(lake.run, done=2, notices=['{"rows": 3, "percent": 40}'])
    assert lake.carry().figures.percent == 40
    lake.repository.advance(lake.run, done=4, notices=[GOOD, "not ours", "[]"], conclusion="success")
    done = lake.carry()
    assert (done.state, done.figures.written, done.url) == (
        "done",
        3,
        f"{lake.github.url}/acme/lake/actions/runs/{lake.run.id}",
    )


@pytest.mark.parametrize("how", ["lost_answer", "half_answer", "502_html", "403_secondary", "404"])
def test_a_dispatch_whose_answer_is_lost_or_bad_leads_to_one_run(lake: Lake, how: Any) -> None:
    fault = lake.github.fail(how=how, method="POST", path="/dispatches$", seconds=2)
    for _ in range(7):
        lake.quietly()
    assert fault.hits == 1
    assert lake.run.inputs["correlation"] == COPY.key


def test_a_dispatch_that_github_is_silent_about_leads_to_one_run(far: Lake) -> None:
    fault = far.github.fail(how="timeout", method="POST", path="/dispatches$", seconds=2)
    for _ in range(7):
        far.quietly()
    assert fault.hits == 1
    assert far.run.inputs["correlation"] == COPY.key


@pytest.mark.parametrize("path", ["/runs$", "/runs/[0-9]+$", "/jobs$", "/annotations$"])
def test_a_read_that_fails_begins_nothing_anew(lake: Lake, path: str) -> None:
    lake.github.fail(how="502_html", method="GET", path=path, times=3)
    for _ in range(6):
        lake.quietly()
    lake.repository.advance(lake.run, notices=[GOOD], conclusion="success")
    assert lake.carry().state == "done"


def test_a_run_that_is_listed_late_is_waited_for(lake: Lake) -> None:
    lake.github.fail(how="lost_answer", method="POST", path="/dispatches$")
    lake.quietly()
    lake.run.hidden = True
    assert lake.carry(minutes=3).state == "sent"
    lake.run.hidden = False
    assert lake.carry().state == "under-way"
    assert lake.run.status == "queued"


def test_of_two_runs_with_one_key_the_older_counts_and_the_other_is_cancelled(lake: Lake) -> None:
    lake.github.fail(how="lost_answer", method="POST", path="/dispatches$")
    lake.quietly()
    first = lake.run
    lake.runner().start(COPY)
    lake.carry()
    second = lake.repository.workflow_runs[1]
    assert (first.status, second.status, second.conclusion) == ("queued", "completed", "cancelled")


def test_a_run_of_somebody_else_with_our_key_in_its_name_is_not_ours(lake: Lake) -> None:
    lake.github.fail(how="lost_answer", method="POST", path="/dispatches$")
    lake.quietly()
    lake.run.actor = lake.github.account("mallory")
    assert lake.carry().state == "sent"


def test_a_longer_key_is_another_errands(lake: Lake) -> None:
    lake.runner().start(Errand("ab12-copy-11", "copy", "lake"))
    assert lake.runner().find(COPY, lake.clock()) is None
    assert lake.runner().find(Errand("ab12-copy-11", "copy", "lake"), lake.clock()) is not None


def test_a_run_that_failed_says_how_and_where_it_is(lake: Lake) -> None:
    lake.carry()
    lake.repository.advance(lake.run, notices=['{"says": "executor lost"}'], conclusion="failure")
    report = lake.carry()
    assert (report.state, report.says) == ("failed", "the run ended as failure in migrate: executor lost")


def test_a_run_that_ends_well_without_figures_is_not_believed(lake: Lake) -> None:
    lake.carry()
    lake.repository.advance(lake.run, conclusion="success")
    assert "without saying rows" in lake.carry().says


def test_a_run_is_cancelled_and_is_over_when_github_says_so(lake: Lake) -> None:
    lake.carry()
    carrier = Carrier(lake.pages, lake.runner(), lake.clock())
    report = carrier.halt(COPY, "aborted by rosa")
    assert report == Report(
        "failed", says="aborted by rosa", url=f"{lake.github.url}/acme/lake/actions/runs/{lake.run.id}"
    )
    assert lake.run.conclusion == "cancelled"
    lake.runner().stop(COPY, str(lake.run.id))


def test_a_run_that_waits_says_what_for(lake: Lake) -> None:
    assert lake.carry().says == "it waits on GitHub for a machine"
    lake.run.status = "waiting"
    assert "approval" in lake.carry().says


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (None, "there is no .github/workflows/migrate.yml"),
        ("on: push\n", "does not take the inputs correlation, mode, target, plan"),
        (FILE.replace("      plan: {required: true}\n", ""), "does not take the inputs plan"),
        (FILE.replace("${{ inputs.correlation }}", "x"), "has no run-name"),
        ("a: [", "cannot be read"),
    ],
)
def test_a_workflow_that_cannot_be_found_again_is_refused_before_anything_begins(
    lake: Lake, text: str | None, says: str
) -> None:
    lake.repository.commit("main", {PATH: text})
    (found,) = [one for one in lake.runner().check() if says in one]
    assert found


def test_a_good_workflow_has_nothing_against_it(lake: Lake) -> None:
    assert lake.runner().check() == ()
    assert lake.runner(ref="gone").check() != ()


def test_without_the_permission_it_says_which_is_missing(lake: Lake) -> None:
    lake.github.fail(how="403", method="POST", path="/dispatches$")
    with pytest.raises(NotBegun, match="`actions: write`"):
        lake.runner().start(COPY)


def test_a_plan_that_github_would_not_take_is_refused_here(lake: Lake) -> None:
    noise = {"text": base64.b85encode(bytes(n * n % 251 ^ n >> 3 & 255 for n in range(200_000))).decode()}
    with pytest.raises(NotBegun, match="when it is packed"):
        lake.runner().start(Errand("k", "copy", "lake", noise))
    assert lake.repository.workflow_runs == ()


def test_a_repository_without_the_app_is_named(lake: Lake) -> None:
    lake.github.repository("acme/other", installed=False)
    with pytest.raises(MigrationError, match="the App is not installed on acme/other"):
        lake.runner(repository="acme/other")
