"""Time from a delivery to the comment that it leads to, as pull requests come in at a steady rate.

`concordat serve` runs as a process of its own; the double of GitHub runs here, and answers and sends deliveries.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from benchmarks.databases import database
from benchmarks.table import median, percentile, table
from tests.e2e.stage import CONFIG, schema
from tests.fakes.github import GitHubDouble
from tests.fakes.github.people import Pull

_RATES = {1: 10, 10: 40, 50: 100}
"""Pull requests a second, and how many of them."""
_LOOK_SECONDS = 0.01
_PATIENCE_SECONDS = 300.0


def run() -> str:
    """Measure both databases at each rate."""
    rows = []
    for store in ("SQLite", "PostgreSQL"):
        for rate, count in _RATES.items():
            waits, took = _measured(store, rate, count)
            rows.append(
                [
                    store, f"{rate}/s", str(count), f"{median(waits):.2f} s", f"{percentile(waits, 0.95):.2f} s",
                    f"{max(waits):.2f} s", f"{count / took:.1f}/s",
                ]
            )  # fmt: skip
    head = ["database", "opened", "pull requests", "median", "p95", "longest", "told"]
    text = (
        "From the moment at which a pull request is opened to that at which its comment is there, with one process of "
        "`concordat serve`. The double of GitHub shares the machine. Where pull requests come faster than they are "
        "told, they wait in the table; none is lost.\n"
    )
    return table("From delivery to comment", head, rows, text)


def _measured(store: str, rate: int, count: int) -> tuple[list[float], float]:
    """Open pull requests at a rate; how long each waited for its comment, and how long all took together."""
    with database(store) as url, GitHubDouble() as github, _serving(github, url) as address:
        github.webhook_url = f"{address}/webhook"
        _told([_opened(github, count + number) for number in range(2)], {})  # what is loaded once is loaded
        for number in range(count):
            _prepared(github, number)
        begun: dict[int, float] = {}
        ended: dict[int, float] = {}
        pulls: list[Pull] = []
        begin = time.perf_counter()

        def open_all() -> None:
            for number in range(count):
                time.sleep(max(0.0, begin + number / rate - time.perf_counter()))
                moment = time.perf_counter()
                pull = github.repository("octo/orders").open_pull(f"topic {number}", head=f"topic-{number}")
                begun[pull.number] = moment
                pulls.append(pull)

        opener = threading.Thread(target=open_all)
        opener.start()
        _told(pulls, ended, count)
        opener.join()
        return [ended[number] - begun[number] for number in begun], max(ended.values()) - begin


def _told(pulls: Sequence[Pull], ended: dict[int, float], count: int | None = None) -> None:
    """Wait until each has its comment, and note when."""
    end = time.perf_counter() + _PATIENCE_SECONDS
    while len(ended) < (len(pulls) if count is None else count):
        if time.perf_counter() > end:
            raise RuntimeError("the App did not come to an end")
        for pull in list(pulls):
            if pull.number not in ended and pull.app_comments:
                ended[pull.number] = time.perf_counter()
        time.sleep(_LOOK_SECONDS)


def _prepared(github: GitHubDouble, number: int) -> None:
    """Push a branch on which the contract is changed in its own way."""
    repository = github.repository("octo/orders")
    repository.branch(f"topic-{number}")
    changed = schema("1.1.0", **{f"note_{number}": {"type": "string"}})
    repository.commit(f"topic-{number}", {"schemas/order.json": changed}, message=f"Change {number}")


def _opened(github: GitHubDouble, number: int) -> Pull:
    _prepared(github, number)
    return github.repository("octo/orders").open_pull(f"topic {number}", head=f"topic-{number}")


@contextmanager
def _serving(github: GitHubDouble, url: str) -> Iterator[str]:
    repository = github.repository("octo/orders")
    repository.commit("main", {".github/contracts.yml": CONFIG, "schemas/order.json": schema()})
    environment = {**os.environ, **github.environment(), "DATABASE_URL": url, "HOST": "127.0.0.1", "PORT": "0"}
    process = subprocess.Popen(
        [sys.executable, "-m", "bot", "serve"],
        env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    try:
        yield process.stdout.readline().split()[3]
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
