"""Who is signed in: a random value in a cookie, everything else in the store, the user token sealed.

The cookie's value is only ever compared by its hash, and the token can be read with SECRET_KEY alone: neither a copy of
the database nor a copy of the settings opens anything by itself. See docs/decisions/sign-in.md.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from flask import Response, g, request

from bot.clock import Clock
from bot.github.visitors import Person, UserToken
from bot.store import Store
from bot.store.sessions import Session

_BYTES = 32
_LONGEST_COOKIE = 128


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody who is signed in, for the length of one request. `key` finds the session, `csrf` goes into forms."""

    key: str = field(repr=False)
    user_id: int
    login: str
    token: str = field(repr=False)
    ends_at: datetime
    csrf: str = field(repr=False)


class Seal:
    """Seals texts for one purpose: the first key seals, all of them open."""

    def __init__(self, keys: Sequence[str], purpose: str, clock: Clock) -> None:
        self._derived = [_derived(key, purpose) for key in keys]
        self._fernet = MultiFernet([Fernet(base64.urlsafe_b64encode(key)) for key in self._derived])
        self._clock = clock

    def close(self, text: str) -> str:
        """Seal a text."""
        return self._fernet.encrypt_at_time(text.encode(), int(self._clock().timestamp())).decode()

    def open(self, sealed: str) -> str | None:
        """Open what was sealed for this purpose; `None` for anything else."""
        try:
            return self._fernet.decrypt(sealed.encode()).decode()
        except (InvalidToken, ValueError):
            return None

    def stamps(self, text: str) -> list[str]:
        """Make a text's authentication code under each key, the present one first."""
        return [hmac.digest(key, text.encode(), "sha256").hex() for key in self._derived]


class Sessions:
    """Begins, finds and ends sessions. `secure` says that the cookie travels over HTTPS only."""

    def __init__(self, store: Store, clock: Clock, keys: Sequence[str], *, secure: bool) -> None:
        self._store = store
        self._clock = clock
        self._tokens = Seal(keys, "session.token", clock)
        self._forms = Seal(keys, "session.csrf", clock)
        self.secure = secure

    def begin(self, person: Person, token: UserToken) -> tuple[str, datetime]:
        """Keep a new session; the value of its cookie and its end, which is the token's."""
        value, now = secrets.token_urlsafe(_BYTES), self._clock()
        key, ends = _hash(value), now + token.lasts
        # The key inside keeps a sealed token in its own row.
        sealed = self._tokens.close(f"{key} {token.value}")
        with self._store.transaction() as transaction:
            transaction.begin_session(Session(key, person.id, person.login, sealed, now, ends))
        return value, ends

    def current(self) -> Visitor | None:
        """Tell who makes this request; looked up once for each."""
        if not hasattr(g, "visitor"):
            g.visitor = self._find(request.cookies.get(self.cookie, ""))
        found: Visitor | None = g.visitor
        return found

    def end(self, visitor: Visitor) -> None:
        """End a session here and now."""
        with self._store.transaction() as transaction:
            transaction.end_session(visitor.key)
        g.visitor = None

    def csrf_holds(self, visitor: Visitor, given: str) -> bool:
        """Say whether a form's token is this session's."""
        wanted, given_bytes = self._forms.stamps(visitor.key), given.encode("utf-8", "replace")
        return any(hmac.compare_digest(one.encode(), given_bytes) for one in wanted)

    @property
    def cookie(self) -> str:
        """The cookie's name: over HTTPS one that no other host or path can set (RFC 6265bis, `__Host-`)."""
        return host_only("concordat", secure=self.secure)

    def hand_out(self, answer: Response, value: str, ends: datetime) -> None:
        """Put a session's cookie into an answer."""
        seconds = max(0, int((ends - self._clock()).total_seconds()))
        set_cookie(answer, self.cookie, value, seconds, secure=self.secure)

    def take_back(self, answer: Response) -> None:
        """Let the browser forget its cookie."""
        set_cookie(answer, self.cookie, "", 0, secure=self.secure)

    def _find(self, value: str) -> Visitor | None:
        if not value or len(value) > _LONGEST_COOKIE:
            return None
        key = _hash(value)
        with self._store.reading() as transaction:
            found = transaction.session(key, self._clock())
        if found is None:
            return None
        held, _, token = (self._tokens.open(found.sealed) or "").partition(" ")
        if not hmac.compare_digest(held, key):
            return None
        return Visitor(key, found.user_id, found.login, token, found.ends_at, self._forms.stamps(key)[0])


def set_cookie(answer: Response, name: str, value: str, seconds: int, *, secure: bool) -> None:
    """Set a cookie that no script reads and that other sites send along with plain links only."""
    answer.set_cookie(name, value, max_age=seconds, path="/", secure=secure, httponly=True, samesite="Lax")


def host_only(name: str, *, secure: bool) -> str:
    """Name a cookie."""
    return f"__Host-{name}" if secure else name


def _hash(value: str) -> str:
    return hashlib.sha256(value.encode()).hexdigest()


def _derived(key: str, purpose: str) -> bytes:
    return HKDF(SHA256(), _BYTES, salt=None, info=f"concordat.{purpose}".encode()).derive(key.encode())
