"""What an answer that is no success means; pure.

Sources: GitHub's "Troubleshooting the REST API" and "Rate limits for the REST API" (docs.github.com).
"""

from __future__ import annotations

import json
from collections.abc import Container, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TypedDict

from bot.github.errors import (
    BadAnswer,
    Denied,
    GitHubError,
    NotFound,
    RateLimited,
    Rejected,
    Suspended,
    TooLarge,
    Unavailable,
)
from rules.jsontext import JsonValue

SECONDARY_WAIT = timedelta(minutes=1)
"""How long to wait where GitHub names no time; "wait for at least one minute"."""
_LEAST_WAIT = timedelta(seconds=1)
_LONGEST_WAIT = timedelta(hours=24)
_LONGEST_MESSAGE = 300


class _About(TypedDict):
    request: str
    status: int
    request_id: str | None


def refusal(status: int, headers: Mapping[str, str], text: str, request: str, now: datetime) -> GitHubError | None:
    """Give the error that an answer means, or `None` for a success; header names are in lower case."""
    if 200 <= status < 300:
        return None
    data = _object(text)
    about: _About = {"request": request, "status": status, "request_id": headers.get("x-github-request-id")}
    if status in _FORBIDDEN:
        return _forbidden(headers, data, about, now)
    for statuses, kind, sentence in _MEANINGS:
        if status in statuses:
            return kind(f"{sentence}{_said(data)}", **about)
    return BadAnswer("GitHub answered with a status that is not documented", **about)


_FORBIDDEN = frozenset({403, 429})
_MEANINGS: tuple[tuple[Container[int], type[GitHubError], str], ...] = (
    ({401}, Denied, "GitHub does not accept our credentials"),
    ({404, 410, 451}, NotFound, "GitHub has nothing there for us"),
    (range(400, 500), Rejected, "GitHub will not do this as it was asked"),
    (range(500, 600), Unavailable, "GitHub has a failure of its own"),
)


def _forbidden(headers: Mapping[str, str], data: Mapping[str, JsonValue], about: _About, now: datetime) -> GitHubError:
    retry_at = _retry_at(headers, data, about["status"], now)
    if retry_at is not None:
        soonest, latest = now + _LEAST_WAIT, now + _LONGEST_WAIT
        return RateLimited("GitHub asks us to wait", retry_at=min(max(retry_at, soonest), latest), **about)
    if "too_large" in json.dumps(data.get("errors")):
        return TooLarge("GitHub does not hand out files of this size", **about)
    kind = Suspended if "installation has been suspended" in str(data.get("message")) else Denied
    return kind(f"GitHub does not allow this{_said(data)}", **about)


def _retry_at(headers: Mapping[str, str], data: Mapping[str, JsonValue], status: int, now: datetime) -> datetime | None:
    """Tell when to come back: Retry-After first, then the reset of a limit that is used up, else a minute."""
    after = headers.get("retry-after", "")
    if after:
        return _time_of(after, now)
    reset = headers.get("x-ratelimit-reset", "")
    if headers.get("x-ratelimit-remaining") == "0" and _is_number(reset):
        return datetime.fromtimestamp(int(reset), UTC)
    limited = status == HTTPStatus.TOO_MANY_REQUESTS or "rate limit" in str(data.get("message")).lower()
    return now + SECONDARY_WAIT if limited else None


def _time_of(retry_after: str, now: datetime) -> datetime:
    # RFC 9110, 10.2.3: seconds or an HTTP date.
    if _is_number(retry_after):
        return now + timedelta(seconds=int(retry_after))
    try:
        moment = parsedate_to_datetime(retry_after)
    except ValueError:
        return now + SECONDARY_WAIT
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _is_number(text: str) -> bool:
    # Ten digits reach the year 2286; more would overflow a date.
    return text.isascii() and text.isdigit() and len(text) <= 10


def _object(text: str) -> Mapping[str, JsonValue]:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return data if isinstance(data, dict) else {}


def _said(data: Mapping[str, JsonValue]) -> str:
    """Quote what GitHub said, on one line and not too long."""
    errors = data.get("errors")
    parts = [data.get("message"), *(errors if isinstance(errors, list) else [])]
    words = (part if isinstance(part, str) else json.dumps(part) for part in parts if part)
    line = " ".join(" ".join(words).split())
    return f": {line[:_LONGEST_MESSAGE]}" if line else ""
