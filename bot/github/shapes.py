"""GitHub's JSON to values: every field is checked for its type, and a wrong shape is a BadAnswer, never a KeyError.

Only what nothing can be done without has to be there: a server that speaks like GitHub may say less than GitHub does.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeVar, cast, get_args

from bot.github.errors import BadAnswer
from bot.github.values import (
    GHOST,
    Actor,
    Asked,
    ChangedFile,
    CheckRun,
    Comment,
    FileStatus,
    Installation,
    Issue,
    PullRequest,
    PullReview,
    RepositoryName,
)
from rules.jsontext import JsonValue

T = TypeVar("T")

EPOCH = datetime.fromtimestamp(0, UTC)
"""Stands for a time that was not told."""

_FILE_STATUSES = frozenset(get_args(FileStatus))


def optional(data: JsonValue, kind: type[T], *keys: str) -> T | None:
    """Follow the keys; `None` where one is missing or null, BadAnswer where the value is of another type."""
    for key in keys:
        if data is None:
            return None
        if not isinstance(data, dict):
            raise BadAnswer(f"{'.'.join(keys)} of GitHub's answer is not an object where it should be")
        data = data.get(key)
    if data is None:
        return None
    # A bool is an int to Python, and never to GitHub.
    if not isinstance(data, kind) or (kind is int and isinstance(data, bool)):
        raise BadAnswer(f"{'.'.join(keys) or 'the whole'} of GitHub's answer is no {kind.__name__}")
    return data


def required(data: JsonValue, kind: type[T], *keys: str) -> T:
    """Follow the keys; BadAnswer unless a value of this type is there."""
    found = optional(data, kind, *keys)
    if found is None:
        raise BadAnswer(f"GitHub's answer has no {'.'.join(keys) or 'content'}")
    return found


def moment(data: JsonValue, *keys: str) -> datetime:
    """Read a time such as 2026-01-31T12:00:00Z as an aware datetime in UTC."""
    text = required(data, str, *keys)
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise BadAnswer(f"{'.'.join(keys)} of GitHub's answer is no time") from None
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)


def moment_or(data: JsonValue, otherwise: datetime, *keys: str) -> datetime:
    """Read a time that may be missing."""
    return otherwise if optional(data, str, *keys) is None else moment(data, *keys)


def items(data: JsonValue, read: Callable[[JsonValue], T]) -> tuple[T, ...]:
    """Convert each item of a list."""
    return tuple(read(item) for item in required(data, list))


def actor(data: JsonValue, *keys: str) -> Actor:
    """Read an account; a deleted one, which GitHub shows as null or as the user "ghost", is nobody's id.

    Logins change and are taken by others; whoever has to be known again is known by id.
    """
    login = optional(data, str, *keys, "login") or GHOST
    bot = optional(data, str, *keys, "type") == "Bot" or login.endswith("[bot]")
    return Actor(None if login == GHOST else optional(data, int, *keys, "id"), login, bot)


def pull_request(data: JsonValue) -> PullRequest:
    """Read a pull request, from its own answer or from a list of them."""
    state = required(data, str, "state")
    if state not in {"open", "closed"}:
        raise BadAnswer("the state of a pull request is neither open nor closed")
    author = actor(data, "user")
    return PullRequest(
        number=required(data, int, "number"),
        title=optional(data, str, "title") or "",
        author_id=author.id,
        author=author.login,
        draft=bool(optional(data, bool, "draft")),
        state="open" if state == "open" else "closed",
        # Lists have no `merged`.
        merged=optional(data, str, "merged_at") is not None,
        base_ref=required(data, str, "base", "ref"),
        base_sha=optional(data, str, "base", "sha") or "",
        head_sha=required(data, str, "head", "sha"),
        head_ref=optional(data, str, "head", "ref") or "",
        head_repository=optional(data, str, "head", "repo", "full_name"),
        html_url=optional(data, str, "html_url") or "",
        repository_id=optional(data, int, "base", "repo", "id"),
        archived=bool(optional(data, bool, "base", "repo", "archived")),
        asked_users=asked(data).users,
        asked_teams=asked(data).teams,
    )


def asked(data: JsonValue) -> Asked:
    """Read whose review of a pull request is asked for."""
    return Asked(_names(data, "requested_reviewers", "login"), _names(data, "requested_teams", "slug"))


def _names(data: JsonValue, key: str, name: str) -> frozenset[str]:
    return frozenset(required(one, str, name).lower() for one in optional(data, list, key) or ())


def review(data: JsonValue) -> PullReview | None:
    """Read one review of a pull request, from a list or from an event; `None` for one that is not submitted yet."""
    if optional(data, str, "submitted_at") is None:
        return None
    return PullReview(
        id=required(data, int, "id"),
        # Lists say it in capitals, events do not.
        state=required(data, str, "state").lower(),
        body=optional(data, str, "body") or "",
        author=actor(data, "user"),
        submitted_at=moment(data, "submitted_at"),
    )


def changed_file(data: JsonValue) -> ChangedFile:
    """Read one file of a comparison; a status that we do not know is "changed"."""
    status = required(data, str, "status")
    return ChangedFile(
        path=required(data, str, "filename"),
        status=cast("FileStatus", status) if status in _FILE_STATUSES else "changed",
        previous_path=optional(data, str, "previous_filename"),
        blob_sha=optional(data, str, "sha"),
    )


def comment(data: JsonValue) -> Comment:
    """Read one comment of a conversation."""
    author = actor(data, "user")
    created = moment_or(data, EPOCH, "created_at")
    return Comment(
        id=required(data, int, "id"),
        body=optional(data, str, "body") or "",
        author_id=author.id,
        author=author.login,
        app_slug=optional(data, str, "performed_via_github_app", "slug"),
        created_at=created,
        updated_at=moment_or(data, created, "updated_at"),
        app_id=optional(data, int, "performed_via_github_app", "id"),
        by_bot=author.bot,
    )


def issue(data: JsonValue) -> Issue:
    """Read one issue."""
    author = actor(data, "user")
    return Issue(
        number=required(data, int, "number"),
        title=optional(data, str, "title") or "",
        body=optional(data, str, "body") or "",
        state="open" if required(data, str, "state") == "open" else "closed",
        author_id=author.id,
        author=author.login,
        app_id=optional(data, int, "performed_via_github_app", "id"),
    )


def check_run(data: JsonValue) -> CheckRun:
    """Read one check run."""
    return CheckRun(
        id=required(data, int, "id"),
        name=optional(data, str, "name") or "",
        head_sha=optional(data, str, "head_sha") or "",
        status=optional(data, str, "status") or "completed",
        conclusion=optional(data, str, "conclusion"),
        external_id=optional(data, str, "external_id") or "",
        title=optional(data, str, "output", "title") or "",
        summary=optional(data, str, "output", "summary") or "",
    )


def installation(data: JsonValue) -> Installation:
    """Read one installation; an enterprise has a slug where an organisation has a login."""
    return Installation(
        id=required(data, int, "id"),
        account=optional(data, str, "account", "login") or optional(data, str, "account", "slug") or GHOST,
        account_id=optional(data, int, "account", "id"),
        suspended=optional(data, str, "suspended_at") is not None,
    )


def repository_name(data: JsonValue) -> RepositoryName:
    """Read what a list of repositories says of one."""
    return RepositoryName(
        id=required(data, int, "id"),
        full_name=required(data, str, "full_name"),
        default_branch=optional(data, str, "default_branch") or "",
        archived=bool(optional(data, bool, "archived")),
    )


def slug(data: JsonValue) -> str:
    """Read the App's name in addresses; where it is not told, as GitHub makes it of the App's name."""
    told = optional(data, str, "slug")
    return told or re.sub(r"[^a-z0-9]+", "-", required(data, str, "name").lower()).strip("-")
