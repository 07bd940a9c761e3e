"""`concordat serve` as a process: what it says when it cannot start, and how it ends."""

from __future__ import annotations

import os
import signal
import socket
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from tests.e2e.stage import CONFIG, schema
from tests.e2e.test_kill import environment, serving
from tests.fakes.github import GitHubDouble
from tests.fakes.github.people import Pull
from tests.patience import PATIENCE, until


def refused(settings: dict[str, str]) -> str:
    """Start it, see it fail with one sentence and exit code 2, and give the sentence."""
    done = subprocess.run(
        [sys.executable, "-m", "bot", "serve"],
        env=settings,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )  # fmt: skip
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    return done.stderr


def conclusions(pull: Pull) -> list[str | None]:
    return [check.conclusion for check in pull.checks]


def test_a_port_in_use_is_named(tmp_path: Path) -> None:
    with GitHubDouble() as github, socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        said = refused({**environment(github, tmp_path), "PORT": port})
    assert f"127.0.0.1:{port}" in said
    assert "PORT" in said


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with GitHubDouble() as github:
        said = refused({**environment(github, tmp_path), "DATABASE_URL": f"sqlite:///{tmp_path / 'none' / 'c.db'}"})
    assert "DATABASE_URL" in said


def test_a_database_of_a_later_release_is_refused(tmp_path: Path) -> None:
    with GitHubDouble() as github:
        settings = environment(github, tmp_path)
        with serving(settings):
            pass
        with sqlite3.connect(tmp_path / "concordat.db") as connection:
            connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.close()
        said = refused(settings)
    assert "newer" in said or "later" in said


def test_settings_that_are_missing_are_all_named() -> None:
    said = refused({"PATH": os.environ["PATH"]})
    assert "GITHUB_APP_ID" in said
    assert "GITHUB_WEBHOOK_SECRET" in said


def test_it_ends_while_a_job_is_running_without_waiting_for_it_and_a_restart_does_the_job(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with GitHubDouble() as github:
        repository = github.repository("octo/orders")
        repository.commit("main", {".github/contracts.yml": CONFIG, "schemas/order.json": schema()})
        settings = environment(github, tmp_path)
        with serving(settings) as (process, url):
            github.webhook_url = f"{url}/webhook"
            slow = github.fail(how="timeout", method="GET", path="/compare/")
            repository.branch("topic")
            repository.commit("topic", {"schemas/order.json": schema(placed=None)})
            pull = repository.open_pull("topic", head="topic")
            until(lambda: slow.hits)
            process.send_signal(signal.SIGTERM)
            assert process.wait(timeout=PATIENCE) == 0
            # GitHub would have been given up after twenty seconds: nobody waited for that.
            assert "will be tried again" not in capfd.readouterr().err
        assert conclusions(pull) == []
        github.heal()
        with sqlite3.connect(tmp_path / "concordat.db") as connection:
            connection.execute("UPDATE job SET leased_until = 1 WHERE leased_until IS NOT NULL")
        connection.close()
        with serving(settings):
            until(lambda: conclusions(pull))
    assert conclusions(pull) == ["failure"]


def test_more_than_github_ever_sends_is_answered_and_not_cut_off(tmp_path: Path) -> None:
    with GitHubDouble() as github, serving(environment(github, tmp_path)) as (_, address):
        answer = requests.post(f"{address}/webhook", data=b"x" * (26 * 1024 * 1024), timeout=30)
    assert answer.status_code == 413
