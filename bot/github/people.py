"""Who an account is: its id by its login, and the other way round; what it may do, and which teams it is in.

Sources: https://docs.github.com/en/rest/users/users, …/collaborators/collaborators, …/teams/members
"""

from __future__ import annotations

import logging
import re

from bot.clock import Clock, system_clock
from bot.github.client import Client
from bot.github.errors import Denied, NotFound
from bot.github.shapes import actor, optional, required
from bot.github.values import Standing
from bot.github.wire import Request, Wire

log = logging.getLogger(__name__)

_LOGIN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_-]{0,98}[A-Za-z0-9])?(?:\[bot\])?")
_TEAM = re.compile(r"(?!\.{1,2}/)[A-Za-z0-9_.-]{1,100}/(?!\.{1,2}$)[A-Za-z0-9_.-]{1,200}")
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


def standing(client: Client, root: str, login: str) -> Standing | None:
    """Tell who has a login now and what they may do in a repository; `None` where nobody has it.

    GitHub's `role_name` tells maintain from write, which `permission` does not; a role of an organisation's own making
    is known by the permission that it builds on.
    """
    if not _LOGIN.fullmatch(login):
        return None
    try:
        data = client.get(f"{root}/collaborators/{login}/permission")
    except NotFound:
        return None
    who = actor(data, "user")
    if "user" not in required(data, dict):
        who = actor(client.get(f"/users/{login}"))
    if who.id is None:
        return None
    role = optional(data, str, "role_name") or ""
    return Standing(who.id, who.login, role if role in _ROLES else required(data, str, "permission"))


_ROLES = frozenset({"none", "read", "triage", "write", "maintain", "admin"})


def in_team(client: Client, team: str, login: str) -> bool | None:
    """Say whether somebody is an active member of `org/team`; `None` where the installation is not told."""
    if not _TEAM.fullmatch(team) or not _LOGIN.fullmatch(login):
        return False
    org, _, slug = team.partition("/")
    try:
        data = client.get(f"/orgs/{org}/teams/{slug}/memberships/{login}")
    except NotFound:
        return False
    except Denied as denied:
        log.warning("membership cannot be read, so nobody counts as a member: %s", denied, extra={"action": "members"})
        return None
    return required(data, str, "state") == "active"


def login_of(client: Client, user_id: int) -> str | None:
    """Tell an account's login of now; `None` for one that is gone."""
    try:
        return required(client.get(f"/user/{user_id:d}"), str, "login")
    except NotFound:
        return None
