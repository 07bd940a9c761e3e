"""Links that carry their own permission: whoever has one may read that report, and nothing else.

The signing key is derived from the webhook secret, so that there is no further secret to keep. When that secret is
changed, links signed with the former one work as long as it is configured; comments get new links as they are
brought up to date.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal
from urllib.parse import quote

from itsdangerous import BadSignature, URLSafeSerializer

from bot.settings import Settings

REPORTS = "/reports/"
BOARDS, PACKAGES, READINESS, CALENDARS = "/releases/", "/packages/", "/readiness/", "/calendars/"
MIGRATIONS = "/migrations/"
ReleasePage = Literal["board", "package", "readiness", "member", "calendar"]
_LONGEST_TOKEN = 1024


def report_token(settings: Settings, key: str) -> str:
    """Sign the key of a remembered report; the same key always gives the same token."""
    return str(_signer(settings).dumps(key))


def report_url(settings: Settings, key: str) -> str:
    """Make the address of a remembered report, as comments show it."""
    return f"{settings.base_url}{REPORTS}{report_token(settings, key)}"


def report_key(settings: Settings, token: str) -> str | None:
    """Give the key that a token was made for; `None` unless it carries our signature."""
    if len(token) > _LONGEST_TOKEN:
        return None
    try:
        key = _signer(settings).loads(token)
    except BadSignature:
        return None
    return key if isinstance(key, str) else None


@dataclass(frozen=True, slots=True)
class Answering:
    """What a personal link permits: to answer for one partner of one release, until a moment."""

    stream: str
    party: str
    until: datetime


def release_url(
    settings: Settings, what: ReleasePage, stream: str, party: str,
    until: datetime,
) -> str:  # fmt: skip
    """Make an address of a release: its board (behind sign-in), its package, one partner's page of answers.

    "member" is that page behind sign-in, for the members of the partner's team on GitHub; "" where nobody can sign in.
    A "calendar" is one partner's, of all releases in the repository, and its address has no end.
    """
    if what == "board":
        return f"{settings.base_url}{BOARDS}{quote(stream.partition(':')[2])}"
    if what == "member":
        name = f"{settings.base_url}{BOARDS}{quote(stream.partition(':')[2])}/partners/{quote(party, safe='')}"
        return name if settings.sign_in else ""
    if what == "package":
        return f"{settings.base_url}{PACKAGES}{_signer(settings, 'package').dumps(stream)}"
    if what == "calendar":
        return f"{settings.base_url}{CALENDARS}{_signer(settings, 'calendar').dumps([stream.split(':')[1], party])}.ics"
    said = [stream, party, int(until.timestamp())]
    return f"{settings.base_url}{READINESS}{_signer(settings, 'readiness').dumps(said)}"


def migration_url(settings: Settings, stream: str) -> str:
    """Make the address of a migration's page (behind sign-in); "" where nobody can sign in."""
    return f"{settings.base_url}{MIGRATIONS}{quote(stream.partition(':')[2])}" if settings.sign_in else ""


def package_stream(settings: Settings, token: str) -> str | None:
    """Give the release whose package a token was made for; `None` unless it carries our signature."""
    found = _loaded(settings, "package", token)
    return found if isinstance(found, str) else None


def answering(settings: Settings, token: str) -> Answering | None:
    """Give what a personal link permits; `None` unless it carries our signature. Whether it has ended is to be seen."""
    found = _loaded(settings, "readiness", token)
    if not isinstance(found, list) or len(found) != 3:
        return None
    stream, party, until = found
    return Answering(str(stream), str(party), datetime.fromtimestamp(int(until), UTC))


def subscribed(settings: Settings, token: str) -> tuple[str, str] | None:
    """Give the repository's id and the partner that a calendar's token was made for; `None` without our signature."""
    found = _loaded(settings, "calendar", token)
    return (str(found[0]), str(found[1])) if isinstance(found, list) and len(found) == 2 else None


def _loaded(settings: Settings, purpose: str, token: str) -> object:
    if len(token) > _LONGEST_TOKEN:
        return None
    try:
        found: object = _signer(settings, purpose).loads(token)
    except BadSignature:
        return None
    return found


def _signer(settings: Settings, purpose: str = "report") -> URLSafeSerializer:
    # itsdangerous signs with the last key of a list and accepts all of them.
    keys = [secret.encode() for secret in reversed(settings.webhook_secrets)]
    return URLSafeSerializer(
        keys, salt=f"concordat.{purpose}", signer_kwargs={"digest_method": hashlib.sha256, "key_derivation": "hmac"}
    )
