"""What GitHub told us, and what we ask it to write: frozen values, normalised at the edge.

Times are aware and in UTC. A deleted user (`user: null` in GitHub's answers) is author "ghost" without an id. Ids are
GitHub's; logins and repository names are for reading only, since both may change.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

GHOST = "ghost"
"""The login that GitHub shows in place of a deleted user."""

FileStatus = Literal["added", "removed", "modified", "renamed", "copied", "changed", "unchanged"]


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did something: GitHub's lasting id and the login of today; a deleted user has no id and is the ghost."""

    id: int | None
    login: str
    bot: bool = False


@dataclass(frozen=True, slots=True)
class Installation:
    """The App on one account; `suspended` installations answer no request."""

    id: int
    account: str
    account_id: int | None
    suspended: bool


@dataclass(frozen=True, slots=True)
class RepositoryName:
    """A repository that an installation can see: its lasting id and its name of today ("owner/name")."""

    id: int
    full_name: str
    default_branch: str
    archived: bool


@dataclass(frozen=True, slots=True)
class PullRequest:
    """A pull request. `base_sha` is what GitHub shows, which may lag behind the tip of `base_ref`.

    `asked_users` (logins) and `asked_teams` (slugs), in lower case, are asked for a review and have not given one.
    `head_repository` is `None` where the fork has been deleted. `repository_id` is that of the repository it is in, and
    `archived` says that nothing can be written there.
    """

    number: int
    title: str
    author_id: int | None
    author: str
    draft: bool
    state: Literal["open", "closed"]
    merged: bool
    base_ref: str
    base_sha: str
    head_sha: str
    head_ref: str
    head_repository: str | None
    html_url: str
    repository_id: int | None = None
    archived: bool = False
    asked_users: frozenset[str] = frozenset()
    asked_teams: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Asked:
    """Whose review of a pull request is asked for: logins and teams' slugs, in lower case."""

    users: frozenset[str]
    teams: frozenset[str]


@dataclass(frozen=True, slots=True)
class ChangedFile:
    """One file that differs; `previous_path` only where it was renamed or copied."""

    path: str
    status: FileStatus
    previous_path: str | None
    blob_sha: str | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """What the head changes since it left the base branch (three dots): `base_sha` is the base's tip now.

    `truncated` would say that files are missing; see `bot.github.comparison` for how that is avoided.
    """

    base_sha: str
    merge_base_sha: str
    files: tuple[ChangedFile, ...]
    truncated: bool = False


@dataclass(frozen=True, slots=True)
class Comment:
    """One comment in the conversation of a pull request.

    `app_slug` and `app_id` name the App that wrote it, if one did; an App may also write on behalf of a person, and
    then `by_bot` is false.
    """

    id: int
    body: str
    author_id: int | None
    author: str
    app_slug: str | None
    created_at: datetime
    updated_at: datetime
    app_id: int | None = None
    by_bot: bool = False


@dataclass(frozen=True, slots=True)
class PullReview:
    """One submitted review of a pull request; `state` is "approved", "changes_requested", "commented", "dismissed"."""

    id: int
    state: str
    body: str
    author: Actor
    submitted_at: datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """Who somebody is in a repository: the id that GitHub gives for a login, and the role (GitHub's own words)."""

    id: int
    login: str
    role: str


@dataclass(frozen=True, slots=True)
class Button:
    """A button of a check run; GitHub takes 20, 40 and 20 characters."""

    label: str
    description: str
    identifier: str


@dataclass(frozen=True, slots=True)
class Issue:
    """An issue that is no pull request; `app_id` names the App that opened it, if one did."""

    number: int
    title: str
    body: str
    state: Literal["open", "closed"]
    author_id: int | None
    author: str
    app_id: int | None = None


class Annotation(Protocol):
    """A remark on lines of a file, as `notices.check` makes it."""

    @property
    def path(self) -> str:
        """The file's path in the repository."""

    @property
    def start_line(self) -> int:
        """The first line, counted from 1."""

    @property
    def end_line(self) -> int:
        """The last line."""

    @property
    def level(self) -> str:
        """One of notice, warning, failure."""

    @property
    def title(self) -> str:
        """A heading of at most 255 characters."""

    @property
    def message(self) -> str:
        """The remark, at most 64 KB."""


@dataclass(frozen=True, slots=True)
class CheckDraft:
    """A check run to be written; `external_id` is ours to recognise it by. While it is "in_progress" nothing counts."""

    name: str
    head_sha: str
    conclusion: str
    title: str
    summary: str
    text: str
    annotations: tuple[Annotation, ...]
    external_id: str
    details_url: str | None
    buttons: tuple[Button, ...] = ()
    status: Literal["completed", "in_progress"] = "completed"


@dataclass(frozen=True, slots=True)
class CheckRun:
    """A check run as GitHub has it; `conclusion` is `None` until it is completed."""

    id: int
    name: str
    head_sha: str
    status: str
    conclusion: str | None
    external_id: str
    title: str
    summary: str
