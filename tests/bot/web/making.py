"""The web room on a real store, and deliveries as GitHub signs them."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime

from bot.settings import Settings

SECRET = "a-webhook-secret-for-tests"
FORMER = "the-one-before-it-for-tests"
GUID = "72d3162e-cc78-11e3-81ab-4c9367dc0958"
NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
BODY = b'{"action":"opened","number":7,"note":"\xc3\xa9"}'


def clock() -> datetime:
    return NOW


def settings(*secrets: str) -> Settings:
    return Settings(
        app_id=1,
        private_key="",
        webhook_secrets=secrets or (SECRET, FORMER),
        github_api_url="https://api.github.com",
        database_url="",
        host="127.0.0.1",
        port=8000,
        base_url="https://concordat.example.com",
    )


def signature(body: bytes = BODY, secret: str = SECRET) -> str:
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def headers(body: bytes = BODY, *, secret: str = SECRET, **changes: str | None) -> Mapping[str, str]:
    """GitHub's headers; a change of `X_GitHub_Event` to `None` leaves that header out."""
    made: dict[str, str | None] = {
        "Content-Type": "application/json",
        "X-GitHub-Event": "pull_request",
        "X-GitHub-Delivery": GUID,
        "X-Hub-Signature-256": signature(body, secret),
    }
    made |= {name.replace("_", "-"): value for name, value in changes.items()}
    return {name: value for name, value in made.items() if value is not None}
