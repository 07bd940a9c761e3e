"""`concordat serve` as a process, killed without warning while it serves a pull request."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.e2e.stage import CONFIG, schema
from tests.fakes.github import GitHubDouble
from tests.fakes.github.people import Pull
from tests.patience import until

POINTS = {
    "before the pull request is read": ("GET", r"/pulls/\d+$"),
    "before the documents are read": ("GET", "/compare/"),
    "before the comment is written": ("POST", "/comments$"),
    "before the check is written": ("POST", "/check-runs$"),
}
QUICK = "before the comment is written"
"""The point that the quick part of the tests has; the slow part has all of them."""


@contextmanager
def serving(environment: dict[str, str]) -> Iterator[tuple[subprocess.Popen[str], str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "bot", "serve"], env=environment, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    try:
        said = process.stdout.readline()
        assert "answers on" in said, f"serve did not start: {said}"
        yield process, said.split()[3]
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def environment(github: GitHubDouble, folder: Path) -> dict[str, str]:
    return {
        **os.environ,
        **github.environment(),
        "DATABASE_URL": f"sqlite:///{folder / 'concordat.db'}",
        "HOST": "127.0.0.1",
        "PORT": "0",
    }


def told(pull: Pull) -> None:
    """Wait until the comment and the check are there."""
    until(lambda: pull.app_comments and pull.checks)


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
def test_a_kill_at_any_request_loses_nothing_and_doubles_nothing(
    tmp_path: Path, point: str, *, committed: bool
) -> None:
    method, path = POINTS[point]
    with GitHubDouble() as github:
        repository = github.repository("octo/orders")
        repository.commit("main", {".github/contracts.yml": CONFIG, "schemas/order.json": schema()})
        settings = environment(github, tmp_path)
        with serving(settings) as (process, url):
            github.webhook_url = f"{url}/webhook"
            # A slow answer holds the process at the point; with a time-out the request is never carried out.
            fault = github.fail(how="slow" if committed else "timeout", method=method, path=path, seconds=3)
            repository.branch("topic")
            repository.commit("topic", {"schemas/order.json": schema("1.1.0", note={"type": "string"})})
            pull = repository.open_pull("topic", head="topic")
            until(lambda: fault.hits)
            process.send_signal(signal.SIGKILL)
        github.heal()
        shorten_leases(tmp_path)
        with serving(settings):
            told(pull)
    assert len(pull.app_comments) == 1
    assert len(pull.checks) == 1


def shorten_leases(folder: Path) -> None:
    """Let a minute pass for the dead worker's lease, without waiting for it."""
    import sqlite3  # noqa: PLC0415 the test looks at the file from outside, once

    with sqlite3.connect(folder / "concordat.db") as connection:
        connection.execute("UPDATE job SET leased_until = 1 WHERE leased_until IS NOT NULL")
    connection.close()
