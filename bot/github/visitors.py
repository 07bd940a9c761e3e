"""People who visit with GitHub's word for who they are: the web flow of the App's OAuth, and requests in their name.

Source: GitHub's "Generating a user access token for a GitHub App" (web application flow, PKCE with S256). A user token
may do what both the person and the App may; here it only reads.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from enum import IntEnum
from urllib.parse import urlencode

from github.Auth import Auth, Login, Token

from bot.github import shapes
from bot.github.client import Client
from bot.github.errors import BadAnswer, Denied, NotFound
from bot.github.repository import checked_name
from bot.github.wire import Request, Wire
from rules.jsontext import JsonValue

MAX_INSTALLATIONS = 50
"""So many accounts are asked for the repositories that a person sees."""
LONGEST_LIFE = timedelta(hours=8)
"""What GitHub gives a user token, where it does not say."""


class Role(IntEnum):
    """What a person may do in a repository, by GitHub's names; each includes those before it."""

    NONE = 0
    READ = 1
    TRIAGE = 2
    WRITE = 3
    MAINTAIN = 4
    ADMIN = 5


_PERMISSIONS = (
    ("admin", Role.ADMIN), ("maintain", Role.MAINTAIN), ("push", Role.WRITE), ("triage", Role.TRIAGE),
    ("pull", Role.READ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody on GitHub; the login may change, the id does not."""

    id: int
    login: str


@dataclass(frozen=True, slots=True)
class UserToken:
    """What GitHub gave for a code; it is refused `lasts` after it was given."""

    value: str = field(repr=False)
    lasts: timedelta


@dataclass(frozen=True, slots=True)
class Sight:
    """A repository as one person sees it."""

    id: int
    full_name: str
    role: Role


class CodeRefused(Denied):
    """GitHub gives no token for this code: it is old, used, or another's."""


class SignIn:
    """The web flow: send people to `address`, and take `token` for the code that they bring back.

    `web` leads to GitHub's pages, `api` to its API. `callback` is where GitHub sends people to afterwards.
    """

    def __init__(self, web: Wire, api: Wire, client_id: str, client_secret: str, callback: str) -> None:
        self._web = web
        self._api = api
        self._client_id = client_id
        self._client_secret = client_secret
        self._callback = callback

    def address(self, state: str, verifier: str) -> str:
        """Make GitHub's page that asks the person; `verifier` is kept here until the code comes (RFC 7636)."""
        digest = hashlib.sha256(verifier.encode()).digest()
        query = {
            "client_id": self._client_id,
            "redirect_uri": self._callback,
            "state": state,
            "code_challenge": base64.urlsafe_b64encode(digest).decode().rstrip("="),
            "code_challenge_method": "S256",
        }
        return f"{self._web.api_url}/login/oauth/authorize?{urlencode(query)}"

    def token(self, code: str, verifier: str) -> UserToken:
        """Exchange a code for the person's token; raises CodeRefused where GitHub gives none, else GitHubError.

        The refresh token that may come along is not kept: a session ends with its token.
        """
        body: JsonValue = {
            "client_id": self._client_id,
            "client_secret": self._client_secret,
            "code": code,
            "redirect_uri": self._callback,
            "code_verifier": verifier,
        }
        request = Request("POST", "/login/oauth/access_token", body=body, accept="application/json")
        answer = self._web.send(None, request).data
        refused = shapes.optional(answer, str, "error")
        if refused is not None:
            raise CodeRefused("GitHub gives no token for this code", request="POST /login/oauth/access_token")
        seconds = shapes.optional(answer, int, "expires_in")
        lasts = LONGEST_LIFE if seconds is None else min(timedelta(seconds=max(seconds, 0)), LONGEST_LIFE)
        return UserToken(shapes.required(answer, str, "access_token"), lasts)

    def revoke(self, token: str) -> None:
        """Make a token worthless; one that is so already is as wanted."""
        client = Client(self._api, _AsTheApp(self._client_id, self._client_secret))
        try:
            client.write("DELETE", f"/applications/{self._client_id}/token", {"access_token": token})
        except NotFound:
            return

    def visit(self, token: str) -> Visit:
        """Look at GitHub with a person's eyes."""
        return Visit(Client(self._api, _AsThePerson(token)))


class Visit:
    """GitHub as a person may see it through the App. Every method raises GitHubError; Denied (401): the token ended."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def person(self) -> Person:
        """Tell who this is."""
        answer = self._client.get("/user")
        return Person(shapes.required(answer, int, "id"), shapes.required(answer, str, "login"))

    def repository(self, full_name: str) -> Sight:
        """Look at one repository; raises NotFound where the person sees none."""
        return _sight(self._client.get(f"/repos/{checked_name(full_name)}"))

    def repositories(self) -> Iterator[Sight]:
        """List the repositories that both the person and the App can see."""
        accounts = self._client.pages("/user/installations", within="installations")
        numbers = [shapes.required(item, int, "id") for item in accounts if not _suspended(item)]
        for number in numbers[:MAX_INSTALLATIONS]:
            path = f"/user/installations/{number:d}/repositories"
            yield from map(_sight, self._client.pages(path, within="repositories"))


def _suspended(installation: JsonValue) -> bool:
    return shapes.optional(installation, str, "suspended_at") is not None


def _sight(data: JsonValue) -> Sight:
    granted = (role for name, role in _PERMISSIONS if shapes.optional(data, bool, "permissions", name))
    name = shapes.required(data, str, "full_name")
    try:
        checked_name(name)
    except ValueError:
        raise BadAnswer("a repository's name is not owner/name") from None
    # GitHub answers for what may be read only; where it names no permission, that is what is known.
    return Sight(shapes.required(data, int, "id"), name, next(granted, Role.READ))


@dataclass(frozen=True)
class _AsThePerson:
    token: str = field(repr=False)

    def current(self) -> Auth:
        return Token(self.token)

    def renew(self) -> bool:
        return False


@dataclass(frozen=True)
class _AsTheApp:
    client_id: str
    secret: str = field(repr=False)

    def current(self) -> Auth:
        return Login(self.client_id, self.secret)

    def renew(self) -> bool:
        return False
