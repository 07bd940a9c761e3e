"""`concordat serve` killed without warning at the effects that come after the first comment and the first check."""

from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.bot.steward.room import MAJOR, MINOR
from tests.e2e.stage import CONFIG, schema
from tests.e2e.test_kill import environment, serving, shorten_leases, told
from tests.fakes.github import GitHubDouble
from tests.fakes.github.people import Pull, Repository
from tests.patience import until


def pushed(repository: Repository, pull: Pull) -> None:
    del repository
    pull.push(MAJOR)


def drafted(repository: Repository, pull: Pull) -> None:
    del repository
    pull.convert_to_draft()


POINTS: dict[str, tuple[str, str, Callable[[Repository, Pull], None], str]] = {
    "the comment is brought up to date": ("PATCH", "/comments/", pushed, "MAJOR"),
    "the check of a new head is written": ("POST", "/check-runs$", pushed, "MAJOR"),
    "the check is brought up to date": ("PATCH", "/check-runs/", drafted, "MINOR"),
}
QUICK = "the comment is brought up to date"
"""The point that the quick part of the tests has; the slow part has all of them."""


@pytest.mark.parametrize(
    "point", [one if one == QUICK else pytest.param(one, marks=pytest.mark.slow) for one in POINTS]
)
@pytest.mark.parametrize(
    "committed",
    [
        pytest.param(False, marks=pytest.mark.slow, id="request not carried out"),
        pytest.param(True, id="request carried out"),
    ],
)
def test_a_kill_at_a_later_write_ends_in_one_comment_and_one_check(
    tmp_path: Path, point: str, *, committed: bool
) -> None:
    method, path, act, verdict = POINTS[point]
    with GitHubDouble() as github:
        repository = github.repository("octo/orders")
        repository.commit("main", {".github/contracts.yml": CONFIG, "schemas/order.json": schema()})
        settings = environment(github, tmp_path)
        with serving(settings) as (process, url):
            github.webhook_url = f"{url}/webhook"
            repository.branch("topic")
            repository.commit("topic", MINOR)
            pull = repository.open_pull("topic", head="topic")
            told(pull)
            before = pull.checks[-1].output
            fault = github.fail(how="slow" if committed else "timeout", method=method, path=path, seconds=3)
            act(repository, pull)
            until(lambda: fault.hits)
            process.send_signal(signal.SIGKILL)
        github.heal()
        shorten_leases(tmp_path)
        with serving(settings):
            until(lambda: pull.checks and pull.checks[-1].output != before and verdict in pull.app_comments[0].body)
    assert len(pull.app_comments) == 1
    assert len(pull.checks) == 1


def test_a_kill_while_a_lost_delivery_is_asked_for_loses_nothing(tmp_path: Path) -> None:
    with GitHubDouble() as github:
        repository = github.repository("octo/orders")
        repository.commit("main", {".github/contracts.yml": CONFIG, "schemas/order.json": schema()})
        settings = environment(github, tmp_path)
        github.astray("lose", event="pull_request")
        repository.branch("topic")
        repository.commit("topic", MINOR)
        pull = repository.open_pull("topic", head="topic")
        fault = github.fail(how="slow", method="POST", path="/attempts$", seconds=3)
        with serving(settings) as (process, _):
            until(lambda: fault.hits)
            process.send_signal(signal.SIGKILL)
        github.heal()
        shorten_leases(tmp_path)
        with serving(settings) as (_, url):
            github.webhook_url = f"{url}/webhook"
            told(pull)
    assert (len(pull.app_comments), len(pull.checks)) == (1, 1)
