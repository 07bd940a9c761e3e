"""The App as `concordat serve` runs it, before a GitHub that answers over HTTP."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from bot.clock import ShiftableClock
from bot.serve import Server
from bot.settings import Settings
from tests.fakes.github import GitHubDouble
from tests.fakes.github.people import Repository
from tests.fakes.ports import free_port
from tests.patience import PATIENCE

ORDER_V1 = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "version": "1.0.0",
    "type": "object",
    "properties": {
        "id": {"type": "string"},
        "placed": {"type": "string", "pattern": "^\\d{4}-\\d{2}-\\d{2}$"},
    },
    "required": ["id"],
}

CONFIG = """\
version: 1
contracts:
  order:
    files: schemas/order.json
    version: semver-field
    owners:
      teams: [octo/data]
    policy: {accompany: []}
    enforcement: enforce
"""


def schema(version: str = "1.0.0", **properties: object) -> str:
    """Write the order schema at a version, with other or further properties; `None` takes one out."""
    merged = {**ORDER_V1["properties"], **properties}  # type: ignore[dict-item] # a dict literal above
    kept = {name: value for name, value in merged.items() if value is not None}
    return json.dumps({**ORDER_V1, "version": version, "properties": kept}, indent=2) + "\n"


@dataclass(frozen=True)
class Stage:
    """A running App, its GitHub, a repository with one contract, and the clock that both go by."""

    github: GitHubDouble
    server: Server
    repository: Repository
    clock: ShiftableClock

    def settle(self) -> None:
        """Wait until the App has done all that is due."""
        assert self.server.wait_idle(PATIENCE), "the App did not come to rest"

    def later(self, **duration: float) -> None:
        """Let time pass, and what falls due by then be done."""
        self.clock.advance(timedelta(**duration))
        self.server.wake()
        self.settle()

    def topic(self, name: str, files: Mapping[str, str | None], *, draft: bool = False) -> int:
        """Open a pull request with these files from a new branch; its number."""
        self.repository.branch(name)
        self.repository.commit(name, files)
        return self.repository.open_pull(name, head=name, draft=draft).number


@contextmanager
def stage(
    folder: Path,
    *,
    database_url: str | None = None,
    enterprise: bool = False,
    reachable: bool = False,
    operators: str | None = None,
) -> Iterator[Stage]:
    """Raise the curtain: the App on a fresh database, installed on `octo/orders`.

    The links in its comments lead nowhere unless it is to be `reachable` by them. Where it has `operators`, people
    sign in; else nobody does.
    """
    clock = ShiftableClock()
    port = free_port() if reachable else 0
    with GitHubDouble(clock=clock, enterprise=enterprise) as github:
        repository = github.repository("octo/orders", private=True)
        repository.commit("main", {".github/contracts.yml": CONFIG, "schemas/order.json": schema()})
        environment = {
            **github.environment(),
            "DATABASE_URL": database_url or f"sqlite:///{folder / 'concordat.db'}",
            "HOST": "127.0.0.1",
            "PORT": str(port),
            "BASE_URL": f"http://127.0.0.1:{port}" if reachable else "http://concordat.example.org",
        }
        if operators is not None:
            environment |= {**github.oauth.environment(), "OPERATORS": operators}
            github.oauth.callbacks = {environment["BASE_URL"] + "/sign-in/callback"}
        with Server(Settings.from_environment(environment), clock=clock) as server:
            github.webhook_url = f"{server.url}/webhook"
            made = Stage(github, server, repository, clock)
            made.settle()
            github.forget_requests()
            yield made
