"""The App: its name, its installations, and the repositories that each of them can see."""

from __future__ import annotations

import threading

from bot.clock import Clock, system_clock
from bot.github import shapes
from bot.github.client import Client
from bot.github.credentials import AppCredentials, InstallationCredentials, Tokens
from bot.github.deliveries import Deliveries
from bot.github.known import Known
from bot.github.repository import Repository, checked_name
from bot.github.values import Installation, RepositoryName
from bot.github.visitors import SignIn
from bot.github.wire import Wire

TIMEOUT = 20.0
"""Seconds that GitHub may be silent."""


class App:
    """A GitHub App, by its number and its private key (PEM); one object serves all threads.

    `api_url` is https://api.github.com, or https://HOST/api/v3 of an Enterprise Server. `timeout` is in seconds of
    silence. Every method raises `bot.github.errors.GitHubError`.
    """

    def __init__(
        self, app_id: int, private_key: str, api_url: str, *, clock: Clock = system_clock, timeout: float = TIMEOUT
    ) -> None:
        self.app_id = app_id
        self._clock = clock
        self._timeout = timeout
        self._wire = Wire(api_url, clock=clock, timeout=timeout)
        self._client = Client(self._wire, AppCredentials(app_id, private_key, clock))
        self._tokens = Tokens(self._client, clock)
        self._known = Known()
        self._lock = threading.Lock()
        self._slug: str | None = None
        self._pages: list[Wire] = []

    def close(self) -> None:
        """Close the open connections."""
        for wire in (self._wire, *self._pages):
            wire.close()

    def slug(self) -> str:
        """Tell the App's name in addresses; asked once."""
        with self._lock:
            if self._slug is None:
                self._slug = shapes.slug(self._client.get("/app"))
            return self._slug

    def login(self) -> str:
        """Tell the login under which the App writes."""
        return f"{self.slug()}[bot]"

    def installations(self) -> tuple[Installation, ...]:
        """List the accounts that the App is installed on, the suspended ones too."""
        return tuple(shapes.installation(item) for item in self._client.pages("/app/installations"))

    def repositories(self, installation_id: int) -> tuple[RepositoryName, ...]:
        """List the repositories that an installation can see."""
        found = self._of(installation_id).pages("/installation/repositories", within="repositories")
        return tuple(shapes.repository_name(item) for item in found)

    def repository(self, installation_id: int, full_name: str) -> Repository:
        """Give one repository by "owner/name", under the installation's token; asks GitHub nothing yet."""
        client = self._of(installation_id)
        return Repository(client, full_name, app_id=self.app_id, known=self._known, scope=str(installation_id))

    def find(self, full_name: str) -> tuple[int, RepositoryName]:
        """Find a repository by "owner/name": the installation that sees it, and its lasting name.

        Raises `NotFound` where the App is not installed, `ValueError` for what is no such name.
        """
        checked_name(full_name)
        installation = shapes.required(self._client.get(f"/repos/{full_name}/installation"), int, "id")
        return installation, shapes.repository_name(self._of(installation).get(f"/repos/{full_name}"))

    def deliveries(self) -> Deliveries:
        """Give what GitHub tells of its deliveries to this App; asks GitHub nothing yet."""
        return Deliveries(self._client)

    def sign_in(self, web_url: str, client_id: str, client_secret: str, callback: str) -> SignIn:
        """Make the App's sign-in: `web_url` is where GitHub's pages are, `callback` where people come back to."""
        web = Wire(web_url, clock=self._clock, timeout=self._timeout)
        self._pages.append(web)
        return SignIn(web, self._wire, client_id, client_secret, callback)

    def _of(self, installation_id: int) -> Client:
        return Client(self._wire, InstallationCredentials(self._tokens, installation_id))
