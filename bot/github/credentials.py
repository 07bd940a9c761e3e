"""Who we are to GitHub: the App by its key, and each installation by a token that is renewed before it ends.

Safe between threads: an installation's token is fetched by one thread while the others that want it wait, and no
installation waits for another. Time is the injected clock's. Keys and tokens are never in a repr.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import jwt
from github.Auth import AppAuth, Auth, Token

from bot.clock import Clock
from bot.github.client import Client
from bot.github.shapes import moment_or, required
from bot.keys import rsa_key

_ALGORITHM = "RS256"
_CLOCKS_DIFFER = timedelta(seconds=60)
"""A statement is dated this much before now, as GitHub advises, since clocks differ."""
_STATEMENT_LASTS = timedelta(minutes=9)
"""GitHub allows ten minutes."""
_TOKEN_LASTS = timedelta(hours=1)
"""What GitHub documents, where an answer does not say it."""
_RENEW_BEFORE_END = timedelta(minutes=5)
_KEEP_AT_LEAST = timedelta(minutes=1)
"""A token that seems to end at once, because clocks differ, is not asked for anew with every request."""


class AppCredentials:
    """The App itself: a signed statement (JWT) for each request."""

    def __init__(self, app_id: int, private_key: str, clock: Clock) -> None:
        def sign(payload: dict[str, Any]) -> str | bytes:
            # PyGithub dates its statements by the system's clock; ours may be another.
            now = clock()
            dated = {"iat": int((now - _CLOCKS_DIFFER).timestamp()), "exp": int((now + _STATEMENT_LASTS).timestamp())}
            return jwt.encode(payload | dated, rsa_key(private_key), algorithm=_ALGORITHM)

        self._auth = AppAuth(app_id, sign_func=sign)

    def current(self) -> Auth:
        """Give the App's authentication, which signs anew each time it is used."""
        return self._auth

    def renew(self) -> bool:
        """There is only one key."""
        return False


@dataclass
class _Held:
    lock: threading.Lock = field(default_factory=threading.Lock)
    auth: Auth | None = None
    renew_at: datetime | None = None


class Tokens:
    """The tokens of all installations, asked for through the App's own client when they are first needed."""

    def __init__(self, app: Client, clock: Clock) -> None:
        self._app = app
        self._clock = clock
        self._lock = threading.Lock()
        self._held: dict[int, _Held] = {}

    def current(self, installation_id: int) -> Auth:
        """Give a token that is valid for at least some minutes; raises GitHubError where GitHub gives none."""
        held = self._of(installation_id)
        with held.lock:
            now = self._clock()
            if held.auth is None or held.renew_at is None or now >= held.renew_at:
                held.auth, ends = self._fetch(installation_id)
                held.renew_at = max(ends - _RENEW_BEFORE_END, now + _KEEP_AT_LEAST)
            return held.auth

    def forget(self, installation_id: int) -> None:
        """Drop a token that GitHub no longer accepts."""
        held = self._of(installation_id)
        with held.lock:
            held.auth = None

    def _of(self, installation_id: int) -> _Held:
        with self._lock:
            return self._held.setdefault(installation_id, _Held())

    def _fetch(self, installation_id: int) -> tuple[Auth, datetime]:
        # Losing this answer costs nothing: a token that nobody holds ends within the hour.
        data = self._app.write("POST", f"/app/installations/{installation_id}/access_tokens")
        ends = moment_or(data, self._clock() + _TOKEN_LASTS, "expires_at")
        return Token(required(data, str, "token")), ends


@dataclass(frozen=True)
class InstallationCredentials:
    """One installation's part of the tokens."""

    tokens: Tokens = field(repr=False)
    installation_id: int

    def current(self) -> Auth:
        """Give the installation's token."""
        return self.tokens.current(self.installation_id)

    def renew(self) -> bool:
        """Drop the token; the next one may be accepted."""
        self.tokens.forget(self.installation_id)
        return True
