"""Fetching the credentials of an App that GitHub has just made from a manifest.

Source: https://docs.github.com/en/apps/sharing-github-apps/registering-a-github-app-from-a-manifest
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from bot.clock import Clock, system_clock
from bot.github.shapes import optional, required
from bot.github.wire import Request, Wire

_CODE = re.compile(r"[A-Za-z0-9_-]{1,200}")
_TIMEOUT = 20.0


@dataclass(frozen=True, slots=True)
class Registration:
    """A new App and its credentials, which GitHub tells once. `private_key` is PEM, `html_url` the App's page."""

    app_id: int
    name: str
    html_url: str
    client_id: str
    client_secret: str = field(repr=False)
    webhook_secret: str | None = field(repr=False)
    private_key: str = field(repr=False)


def is_code(text: str) -> bool:
    """Say whether this can be the code that GitHub sends people back with."""
    return _CODE.fullmatch(text) is not None


def fetch(api_url: str, code: str, *, clock: Clock = system_clock) -> Registration:
    """Exchange the code, which is good once and for an hour; raises `bot.github.errors.GitHubError`."""
    if not is_code(code):
        raise ValueError("a code of GitHub's has letters and digits only")
    wire = Wire(api_url, clock=clock, timeout=_TIMEOUT)
    try:
        data = wire.send(None, Request("POST", f"/app-manifests/{code}/conversions")).data
    finally:
        wire.close()
    return Registration(
        required(data, int, "id"),
        required(data, str, "name"),
        required(data, str, "html_url"),
        required(data, str, "client_id"),
        required(data, str, "client_secret"),
        optional(data, str, "webhook_secret"),
        required(data, str, "pem"),
    )
