"""Web and workers as processes of their own, on one database."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from sqlalchemy import text

from bot.serve import Server
from bot.settings import Settings
from bot.store.engine import begun, make_engine
from tests.e2e.stage import CONFIG, schema
from tests.fakes.github import GitHubDouble
from tests.fakes.github.people import Pull
from tests.patience import PATIENCE, until

PULLS = 3


def environment(github: GitHubDouble, database_url: str) -> dict[str, str]:
    return {**os.environ, **github.environment(), "DATABASE_URL": database_url, "HOST": "127.0.0.1", "PORT": "0"}


def opened(github: GitHubDouble, count: int) -> list[Pull]:
    """Open pull requests that each change a contract in their own way."""
    repository = github.repository("octo/orders")
    repository.commit("main", {".github/contracts.yml": CONFIG, "schemas/order.json": schema()})
    for number in range(count):
        repository.branch(f"topic-{number}")
        changed = {"schemas/order.json": schema("1.1.0", **{f"note_{number}": {"type": "string"}})}
        repository.commit(f"topic-{number}", changed, message=f"Change {number}")
    return [repository.open_pull(f"topic {number}", head=f"topic-{number}") for number in range(count)]


def until_all_are_told(pulls: list[Pull]) -> None:
    until(lambda: all(pull.app_comments and pull.checks for pull in pulls))


def test_one_web_process_and_two_workers_do_each_job_once(database_url: str) -> None:
    with GitHubDouble() as github, ExitStack() as stack:
        settings = Settings.from_environment(environment(github, database_url))
        web = stack.enter_context(Server(settings, crew=False))
        workers = [stack.enter_context(Server(settings, web=False)) for _ in range(2)]
        github.webhook_url = f"{web.url}/webhook"
        pulls = opened(github, PULLS)
        until_all_are_told(pulls)
        assert workers[0].wait_idle(PATIENCE)
        assert [len(pull.app_comments) for pull in pulls] == [1] * PULLS
        assert [len(pull.checks) for pull in pulls] == [1] * PULLS
        with web.store.reading() as transaction:
            done = transaction.jobs("done", limit=1000)
            assert transaction.jobs("dead") == ()
    kinds = Counter(job.kind for job in done)
    assert kinds["delivery"] == len({job.key for job in done if job.kind == "delivery"})
    assert {job.attempt for job in done if job.kind == "delivery"} == {1}
    assert workers[0].url is None


@contextmanager
def worker(settings: dict[str, str]) -> Iterator[tuple[subprocess.Popen[str], str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "bot", "worker"], env=settings, stdout=subprocess.PIPE, text=True
    )  # fmt: skip
    assert process.stdout is not None
    try:
        said = process.stdout.readline()
        assert "Concordat works" in said
        yield process, said
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def test_what_a_killed_worker_had_in_hand_is_done_by_another(database_url: str) -> None:
    with GitHubDouble() as github:
        variables = environment(github, database_url)
        settings = Settings.from_environment(variables)
        with Server(settings, crew=False) as web:
            github.webhook_url = f"{web.url}/webhook"
            with worker(variables) as (process, _):
                slow = github.fail(how="timeout", method="GET", path="/compare/", seconds=3)
                (pull,) = opened(github, 1)
                until(lambda: slow.hits)
                process.send_signal(signal.SIGKILL)
                process.wait()
            github.heal()
            let_leases_end(database_url)
            with Server(settings, web=False):
                until_all_are_told([pull])
    assert (len(pull.app_comments), len(pull.checks)) == (1, 1)


def let_leases_end(database_url: str) -> None:
    """Let a minute pass for a dead worker's lease, without waiting for it."""
    engine = make_engine(database_url)
    with begun(engine) as connection:
        connection.execute(text("UPDATE job SET leased_until = 1 WHERE leased_until IS NOT NULL"))
    engine.dispose()


def test_a_worker_answers_probes_on_a_port_of_its_own_and_ends_when_told(tmp_path: Path) -> None:
    with GitHubDouble() as github:
        variables = {**environment(github, f"sqlite:///{tmp_path}/c.db"), "WORKER_PORT": "0"}
        with worker(variables) as (process, said):
            url = said.split()[-1]
            with urllib.request.urlopen(f"{url}/readyz") as answer:
                assert json.load(answer) == {"ready": True, "missing": []}
            with urllib.request.urlopen(f"{url}/metrics") as answer:
                assert b"concordat_jobs" in answer.read()
            process.send_signal(signal.SIGTERM)
            assert process.wait(timeout=PATIENCE) == 0


def test_a_worker_whose_port_is_taken_names_the_setting(tmp_path: Path) -> None:
    with GitHubDouble() as github:
        variables = environment(github, f"sqlite:///{tmp_path}/c.db")
        with Server(Settings.from_environment(variables), crew=False) as web:
            port = str(web.url).rpartition(":")[2]
            done = subprocess.run(
                [sys.executable, "-m", "bot", "worker"],
                env={**variables, "WORKER_PORT": port}, capture_output=True, text=True, timeout=PATIENCE, check=False,
            )  # fmt: skip
    assert done.returncode == 2
    assert "WORKER_PORT" in done.stderr
