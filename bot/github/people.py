"""Who an account is: its id by its login, and the other way round.

Source: https://docs.github.com/en/rest/users/users
"""

from __future__ import annotations

import re

from bot.clock import Clock, system_clock
from bot.github.shapes import required
from bot.github.wire import Request, Wire

_LOGIN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_-]{0,98}[A-Za-z0-9])?(?:\[bot\])?")
_TIMEOUT = 20.0


def account(api_url: str, name: str, *, clock: Clock = system_clock) -> tuple[int, str]:
    """Find an account by id or login: its id and its login of now; asked without credentials.

    Raises `ValueError` for what is neither, `bot.github.errors.GitHubError` where GitHub does not tell.
    """
    if not (name.isascii() and name.isdigit()) and not _LOGIN.fullmatch(name):
        raise ValueError(f"{name!r} is neither an id nor a login")
    wire = Wire(api_url, clock=clock, timeout=_TIMEOUT)
    try:
        data = wire.send(None, Request("GET", f"/user/{name}" if name.isdigit() else f"/users/{name}")).data
    finally:
        wire.close()
    return required(data, int, "id"), required(data, str, "login")
