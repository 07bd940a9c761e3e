"""The settings of channels: each text read into a value, or refused with a `ValueError` that says what it has to be."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from email.utils import parseaddr
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from rules.hosts import LOOPBACK

_MAIL = re.compile(r"[^\s@<>]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,250}[A-Za-z0-9])?")
_SLACK = re.compile(r"[CDGUW][A-Z0-9]{2,}")


def slack_token(text: str) -> str:
    """Read a Slack app's bot token."""
    token = text.strip()
    if not re.fullmatch(r"xoxb-[A-Za-z0-9-]+", token):
        raise ValueError("is a Slack app's bot token, which begins with xoxb-")
    return token


def smtp_url(text: str) -> str:
    """Read where the mail server is."""
    url = text.strip()
    try:
        parts = urlsplit(url)
        usable = parts.scheme in {"smtp", "smtps"} and parts.hostname and parts.port != 0
    except ValueError:
        usable = False
    if not usable or parts.path.strip("/") or parts.query or parts.fragment:
        raise ValueError("is smtp://HOST:PORT or smtps://HOST:PORT, with USER:PASSWORD@ before HOST where needed")
    return url


def signing_secret(text: str) -> str:
    """Check the Slack app's signing secret."""
    if not re.fullmatch(r"[!-~]{8,256}", text.strip()):
        raise ValueError("is the signing secret that Slack shows under the app's basic information")
    return text.strip()


def api_url(text: str) -> str:
    """Check where Slack's Web API is; it ends with a slash."""
    return f"{_address(text.strip()).rstrip('/')}/"


def webhooks(text: str) -> Mapping[str, str]:
    """Read incoming webhooks by name."""
    found = {}
    for part in text.split():
        name, _, address = part.partition("=")
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}", name):
            raise ValueError("has NAME=ADDRESS with white space between")
        found[name] = _address(address)
    return found


def mail_from(text: str) -> str:
    """Check a sender, with or without a name."""
    if not _MAIL.fullmatch(parseaddr(text.strip())[1]) or not text.isprintable():
        raise ValueError("is an address such as Concordat <concordat@example.com>")
    return text.strip()


def contacts(text: str) -> Mapping[str, tuple[str, ...]]:
    """Read where teams and people are reached: Slack ids and mail addresses by name, names in lower case."""
    found = {}
    for name, where in _pairs(text):
        addresses = tuple(one.strip() for one in where.split(",") if one.strip())
        wrong = next((one for one in addresses if not (_MAIL.fullmatch(one) or _SLACK.fullmatch(one))), None)
        if wrong is not None:
            raise ValueError(f"has Slack ids (C0123456789) and mail addresses; {wrong[:80]!r} is neither")
        found[name.removeprefix("@").lower()] = addresses
    return found


def support(text: str) -> tuple[tuple[str, str], ...]:
    """Read whom people ask, in the order given."""
    return tuple(_pairs(text))


def zone(text: str) -> str:
    """Read the name of a time zone."""
    try:
        return ZoneInfo(text.strip()).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"has the name of a time zone, as in America/Denver; {text[:80]!r} is none") from None


def is_mail(address: str) -> bool:
    """Tell a mail address from a Slack id."""
    return "@" in address


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    for part in filter(str.strip, text.split(";")):
        name, equals, where = (one.strip() for one in part.partition("="))
        if not (name and equals and where):
            raise ValueError(f"has NAME=WHERE with semicolons between; {part.strip()[:80]!r} is something else")
        yield name, where


def _address(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("has addresses that begin with https://")
    if parts.scheme == "http" and parts.hostname not in LOOPBACK:
        raise ValueError("has addresses that begin with https://, since secrets go there")
    return text
