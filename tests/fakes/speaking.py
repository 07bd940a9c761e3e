"""A client that speaks HTTP to the double and nothing else, for the double's own tests."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import requests

from tests.fakes.github import GitHubDouble, Repository


@dataclass(frozen=True)
class Client:
    """Requests with one token; paths are relative to the API."""

    api: str
    token: str

    def ask(self, method: str, path: str, **how: Any) -> requests.Response:
        headers = {"Authorization": f"Bearer {self.token}"} | how.pop("headers", {})
        with requests.Session() as session:
            session.trust_env = False
            return session.request(method, self.api + path, headers=headers, timeout=how.pop("timeout", 20), **how)

    def get(self, path: str, **how: Any) -> requests.Response:
        return self.ask("GET", path, **how)

    def post(self, path: str, body: Any, **how: Any) -> requests.Response:
        return self.ask("POST", path, json=body, **how)

    def patch(self, path: str, body: Any, **how: Any) -> requests.Response:
        return self.ask("PATCH", path, json=body, **how)


def client(github: GitHubDouble, repository: Repository, permissions: dict[str, str] | None = None) -> Client:
    """Speak as the installation that includes the repository."""
    return Client(github.api_url, github.installation_token(repository.installation_id, permissions))


@contextmanager
def a_pull_request() -> Iterator[tuple[GitHubDouble, Repository, Client]]:
    """A private repository with one open pull request, number 1, from `more` into `main`."""
    with GitHubDouble() as github:
        contracts = github.repository("hospital/contracts", private=True)
        contracts.commit("main", {"schemas/patient.json": '{\n  "type": "object"\n}\n', "README.md": "Contracts\n"})
        contracts.branch("more")
        contracts.commit("more", {"schemas/patient.json": '{\n  "type": ["object", "null"]\n}\n'})
        contracts.open_pull("More", head="more")
        yield github, contracts, client(github, contracts)
