"""What the App's own settings on GitHub say, for whoever sets it up: grants, the webhook, what came of deliveries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Self

import requests

from bot.clock import Clock, system_clock
from bot.github.client import Client
from bot.github.connection import session, silence
from bot.github.credentials import AppCredentials
from bot.github.errors import Unavailable
from bot.github.shapes import moment, optional, required
from bot.github.wire import Wire
from rules.jsontext import JsonValue

RECENT = 30
"""So many of the latest deliveries are looked at."""
_SUCCESS = range(200, 300)


@dataclass(frozen=True, slots=True)
class Grant:
    """What the App, or its installation on one account (`of`), may do and hears of; `page` is where that is changed.

    `public` is where others see the App and install it.
    """

    of: str
    page: str
    permissions: Mapping[str, str]
    events: frozenset[str]
    suspended: bool = False
    public: str = ""


@dataclass(frozen=True, slots=True)
class Hook:
    """The App's webhook as GitHub has it; GitHub tells only whether there is a secret."""

    url: str | None
    has_secret: bool
    verifies: bool
    sends_json: bool


@dataclass(frozen=True, slots=True)
class Sent:
    """One attempt of GitHub's to deliver; `status` is its word for what came of it."""

    event: str
    at: datetime
    arrived: bool
    status: str


class Inspection:
    """Looks at the App from outside; a context manager. Methods raise `bot.github.errors.GitHubError`."""

    def __init__(
        self, app_id: int, private_key: str, api_url: str, *, clock: Clock = system_clock, timeout: float = 8.0
    ) -> None:
        self._wire = Wire(api_url, clock=clock, timeout=timeout)
        self._client = Client(self._wire, AppCredentials(app_id, private_key, clock))
        self._timeout = timeout

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._wire.close()

    def time(self) -> datetime:
        """Tell the time on GitHub's clock, in whole seconds; this needs no credentials."""
        try:
            with session(self._wire.api_url) as asking:
                answer = asking.head(self._wire.api_url, timeout=self._timeout, allow_redirects=False)
            return parsedate_to_datetime(answer.headers["Date"]).astimezone(UTC)
        except (requests.RequestException, OSError) as error:
            raise Unavailable(f"no answer from {self._wire.api_url}: {silence(error)}") from None
        except (KeyError, ValueError):
            raise Unavailable(f"{self._wire.api_url} does not tell the time: is GitHub there?") from None

    def app(self) -> Grant:
        """Tell what the App itself asks for, `of` being its slug."""
        data = self._client.get("/app")
        public = required(data, str, "html_url")
        return Grant(required(data, str, "slug"), settings_of(data, public), *_asked(data), public=public)

    def installations(self) -> tuple[Grant, ...]:
        """Tell what each account has granted, which lags behind the App until somebody there agrees."""
        return tuple(_grant(item) for item in self._client.pages("/app/installations"))

    def hook(self) -> Hook:
        """Tell where GitHub sends deliveries, and how."""
        data = self._client.get("/app/hook/config")
        insecure = str((data if isinstance(data, dict) else {}).get("insecure_ssl", "0"))
        return Hook(
            optional(data, str, "url"),
            bool(optional(data, str, "secret")),
            insecure == "0",
            optional(data, str, "content_type") == "json",
        )

    def deliveries(self) -> tuple[Sent, ...]:
        """List the latest deliveries, the newest first."""
        data = self._client.get("/app/hook/deliveries", {"per_page": RECENT})
        return tuple(_sent(item) for item in required(data, list))


def settings_of(data: JsonValue, public: str) -> str:
    """Give the page on which the App's owner changes what it asks for (`public` where GitHub names no such owner)."""
    login, kind = optional(data, str, "owner", "login"), optional(data, str, "owner", "type")
    if login is None:
        return public
    root = public.rsplit("/", 2)[0]  # GITHUB/apps/slug
    whose = f"/organizations/{login}" if kind == "Organization" else ""
    return f"{root}{whose}/settings/apps/{required(data, str, 'slug')}/permissions"


def _asked(data: JsonValue) -> tuple[Mapping[str, str], frozenset[str]]:
    permissions = {str(name): str(level) for name, level in required(data, dict, "permissions").items()}
    return permissions, frozenset(map(str, required(data, list, "events")))


def _grant(data: JsonValue) -> Grant:
    account = optional(data, str, "account", "login") or optional(data, str, "account", "slug") or "an account"
    suspended = optional(data, str, "suspended_at") is not None
    return Grant(account, required(data, str, "html_url"), *_asked(data), suspended=suspended)


def _sent(data: JsonValue) -> Sent:
    status = required(data, int, "status_code")
    return Sent(
        required(data, str, "event"), moment(data, "delivered_at"), status in _SUCCESS, required(data, str, "status")
    )
