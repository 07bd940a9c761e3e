"""The whole story with its log: every line of a job tells whose it is, and none tells a secret."""

from __future__ import annotations

import io
import json
import logging
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

from bot.clock import ShiftableClock
from bot.logs import FORMATS, Formatter
from bot.serve import Server
from bot.settings import Settings
from tests.e2e.stage import CONFIG, schema
from tests.fakes.github import GitHubDouble
from tests.fakes.github.faults import How
from tests.patience import PATIENCE

TROUBLES: tuple[How, ...] = ("500", "429", "404", "403_secondary", "half_answer", "502_html")
OWN_SECRETS = {
    "GITHUB_WEBHOOK_SECRET_PREVIOUS": "the-webhook-secret-before",
    "METRICS_TOKEN": "a-token-of-the-metrics-reader",
}


def ask(url: str, body: bytes | None = None, **headers: str) -> None:
    with suppress(urllib.error.HTTPError), urllib.request.urlopen(urllib.request.Request(url, body, headers)) as answer:
        answer.read()


@contextmanager
def logged(level: int) -> Iterator[io.StringIO]:
    """Record everything as it was said, before anything is blotted out."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(_Unblotted(FORMATS["json"]))
    root = logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(level)
    try:
        yield stream
    finally:
        root.removeHandler(handler)
        root.setLevel(before)


class _Unblotted(Formatter):
    def _said(self, value: Any) -> Any:
        return value if isinstance(value, int | float | None) else str(value)


def test_a_story_with_every_trouble_logs_its_ids_and_none_of_its_secrets(tmp_path: Path) -> None:
    clock = ShiftableClock()
    begin = clock()
    with logged(logging.DEBUG) as stream, GitHubDouble(clock=clock) as github:
        repository = github.repository("octo/orders", private=True)
        repository.commit("main", {".github/contracts.yml": CONFIG, "schemas/order.json": schema()})
        settings = Settings.from_environment(
            {**github.environment(), **OWN_SECRETS, "DATABASE_URL": f"sqlite:///{tmp_path}/c.db", "PORT": "0"}
        )
        with Server(settings, clock=clock) as server:
            github.webhook_url = f"{server.url}/webhook"
            for trouble in TROUBLES:
                github.fail(how=trouble, path="/repos/octo/orders")
                github.fail(how=trouble, method="POST")
            repository.branch("topic")
            repository.commit("topic", {"schemas/order.json": schema(placed=None)})
            pull = repository.open_pull("topic", head="topic")
            assert server.wait_idle(PATIENCE)
            while not pull.checks and clock() - begin < timedelta(hours=12):
                clock.advance(timedelta(hours=1))  # which ends every token, too
                server.wake()
                assert server.wait_idle(PATIENCE)
            assert pull.checks
            clock.advance(timedelta(hours=2))
            pull.push({"schemas/order.json": schema(id=None)})
            assert server.wait_idle(PATIENCE)
            ask(f"{server.url}/metrics", Authorization=f"Bearer {OWN_SECRETS['METRICS_TOKEN']}")
            ask(f"{server.url}/webhook", b"{}", **{"X-Hub-Signature-256": "sha256=wrong"})
        tokens = list(github.site.world.tokens)
    told = stream.getvalue()
    secrets = {
        "webhook secret": github.site.webhooks.secret,
        "private key": github.private_key.splitlines()[5],
        **OWN_SECRETS,
        **{f"token {number}": token for number, token in enumerate(tokens)},
    }
    assert len(tokens) > 1
    assert [name for name, secret in secrets.items() if secret in told] == []
    assert "Bearer" not in told
    assert "BEGIN" not in told
    of_jobs = [line for line in map(json.loads, told.splitlines()) if "job" in line]
    assert {line.get("action") for line in of_jobs} >= {"begin", "done", "wait", "retry"}
    assert all(isinstance(line["job"], int) and line["kind"] and line["attempt"] for line in of_jobs)
    of_the_pull = [line for line in of_jobs if line["kind"] == "pull"]
    assert {line["pull_request"] for line in of_the_pull} == {pull.number}
    assert {line["repository"] for line in of_the_pull} == {"octo/orders"}
    assert any(line["room"] != "bot.worker" for line in of_the_pull)
    guids = {delivery.guid for delivery in github.deliveries}
    assert guids & {line.get("delivery") for line in of_the_pull}
