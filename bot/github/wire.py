"""Requests to GitHub's REST API: PyGithub writes them, every answer becomes JSON or one of our errors.

Safe between threads: each call has a PyGithub requester and a connection of its own (PyGithub's keep state that
threads would share), and only the pool of open sockets is common. Nothing is retried and nothing sleeps here.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit

from github.Auth import Auth
from github.Requester import Requester

from bot import metrics
from bot.clock import Clock
from bot.github.connection import Connection, Moved, session
from bot.github.errors import BadAnswer
from bot.github.refusals import refusal
from rules.jsontext import JsonValue

log = logging.getLogger(__name__)

# PyGithub writes whole answers to its debug log, those that carry a new token too.
logging.getLogger("github.Requester").setLevel(logging.INFO)

API_VERSION = "2022-11-28"
MEDIA_TYPE = "application/vnd.github+json"
_MAX_REDIRECTS = 3


@dataclass(frozen=True, slots=True)
class Request:
    """One request; `path` starts with "/" and has its parts quoted, or is an address that GitHub gave."""

    verb: str
    path: str
    params: Mapping[str, Any] = field(default_factory=dict)
    body: JsonValue = None
    accept: str = MEDIA_TYPE


@dataclass(frozen=True, slots=True)
class Reply:
    """A successful answer: its JSON (`None` for an empty body) and its headers by lower-case name."""

    data: JsonValue
    headers: Mapping[str, str]


class Wire:
    """The way to one GitHub (github.com or an Enterprise Server), for any kind of authentication."""

    def __init__(self, api_url: str, *, clock: Clock, timeout: float) -> None:
        self.api_url = api_url.rstrip("/")
        parts = urlsplit(self.api_url)
        self._origin = f"{parts.scheme}://{parts.netloc}"
        self._clock = clock
        self._timeout = timeout
        self._session = session(self._origin)

    def close(self) -> None:
        """Close the open sockets; the wire can still be used and opens new ones."""
        self._session.close()

    def send(self, auth: Auth | None, request: Request) -> Reply:
        """Send one request and follow redirects with the same verb, as GitHub asks; raises GitHubError.

        Of an address that GitHub gave only path and query are used: the credentials never go to another server.
        """
        for _ in range(_MAX_REDIRECTS + 1):
            try:
                return self._once(auth, request)
            except Moved as moved:
                request = replace(request, path=moved.location, params={})
        raise BadAnswer("GitHub redirects in a circle", request=f"{request.verb} {urlsplit(request.path).path}")

    def _once(self, auth: Auth | None, request: Request) -> Reply:
        begin = time.monotonic()
        connection = Connection(self._session, self._origin, self._timeout)
        status: int | None = None
        try:
            status, headers, text = self._requester(auth).requestJson(
                request.verb,
                request.path if request.path.startswith("/") else self._here(request.path),
                parameters=dict(request.params),
                headers={"Accept": request.accept},
                input=request.body,
                cnx=connection,
            )
        finally:
            metrics.github_answered(request.verb, status, time.monotonic() - begin)
        name = connection.name()
        log.debug(
            "%s: %s", name, status,
            extra={"action": "github.request", "status": status, "seconds": round(time.monotonic() - begin, 3)},
        )  # fmt: skip
        failure = refusal(status, headers, text, name, self._clock())
        if failure is not None:
            raise failure
        return Reply(_json(text, name, status), headers)

    def _here(self, address: str) -> str:
        parts = urlsplit(address)
        return f"{self._origin}/{parts.path.lstrip('/')}" + (f"?{parts.query}" if parts.query else "")

    def _requester(self, auth: Auth | None) -> Requester:
        return Requester(
            auth=auth,
            base_url=self.api_url,
            timeout=int(self._timeout),
            user_agent="concordat",
            per_page=100,
            verify=True,
            retry=None,
            pool_size=None,
            seconds_between_requests=0,
            seconds_between_writes=0,
            api_version=API_VERSION,
        )


def _json(text: str, request: str, status: int) -> JsonValue:
    if not text.strip():
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise BadAnswer("GitHub's answer is not JSON", request=request, status=status) from None
