"""What GitHub knows: accounts, the App and its installations, repositories, pull requests, comments, check runs."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from tests.fakes.github.git import Commit, Objects

AccountType = Literal["User", "Organization", "Bot"]
DEFAULT_PERMISSIONS = {
    "checks": "write",
    "contents": "write",
    "issues": "write",
    "members": "read",
    "merge_queues": "read",
    "metadata": "read",
    "pull_requests": "write",
}
"""Those of app.yml, so that nothing is tested with more than an installation grants."""
DEFAULT_EVENTS = (
    "check_run", "check_suite", "issue_comment", "membership", "pull_request", "pull_request_review", "push",
    "repository",
)  # fmt: skip


def utc_now() -> datetime:
    """Tell the time; the double takes another clock where a test wants to turn it."""
    return datetime.now(UTC)


@dataclass
class Account:
    """A user, an organisation or an App's bot; the id stays when the login changes."""

    id: int
    login: str
    type: AccountType = "User"


@dataclass
class AppState:
    """The App itself, with the key that its tokens must be signed with (`public_key` is PEM)."""

    id: int
    slug: str
    name: str
    owner: Account
    bot: Account
    public_key: str
    created_at: datetime
    permissions: dict[str, str]
    events: tuple[str, ...]


@dataclass
class Installation:
    """The App on one account; `repositories` holds repository ids."""

    id: int
    account: Account
    permissions: dict[str, str]
    events: tuple[str, ...]
    created_at: datetime
    updated_at: datetime
    repositories: set[int] = field(default_factory=set)
    suspended_at: datetime | None = None


@dataclass(frozen=True)
class Token:
    """An installation's access token; `repositories` narrows it to these ids."""

    value: str
    installation: int
    expires_at: datetime
    permissions: dict[str, str]
    repositories: frozenset[int] | None = None


@dataclass
class Comment:
    """One comment on the conversation of a pull request."""

    id: int
    number: int
    author: Account | None
    body: str
    created_at: datetime
    updated_at: datetime
    by_app: bool = False
    reactions: dict[tuple[int, str], int] = field(default_factory=dict)
    """The id of each reaction, by whose it is and what it says."""


@dataclass
class Review:
    """One review of a pull request; `state` is APPROVED, CHANGES_REQUESTED, COMMENTED or DISMISSED."""

    id: int
    number: int
    author: Account
    body: str
    state: str
    commit_id: str
    submitted_at: datetime


@dataclass
class Team:
    """A team of an organisation; `members` are account ids, `pending` those who were invited only."""

    id: int
    organisation: Account
    slug: str
    members: set[int] = field(default_factory=set)
    pending: set[int] = field(default_factory=set)

    @property
    def name(self) -> str:
        """The name as configurations have it: org/team."""
        return f"{self.organisation.login}/{self.slug}"


@dataclass
class CheckRun:
    """One check run; `output` is title, summary and text as sent. `app_id` names another App than ours."""

    id: int
    suite: int
    name: str
    head_sha: str
    status: str
    conclusion: str | None
    started_at: datetime | None
    completed_at: datetime | None
    external_id: str
    details_url: str | None
    output: dict[str, str | None]
    annotations: list[dict[str, Any]] = field(default_factory=list)
    app_id: int | None = None
    actions: list[dict[str, Any]] = field(default_factory=list)


@dataclass
class WorkflowRun:
    """One run of a workflow, with one job that has `steps`, `done` of them done. `hidden` ones are not listed."""

    id: int
    workflow: str
    title: str
    ref: str
    head_sha: str
    actor: Account
    inputs: dict[str, str]
    created_at: datetime
    updated_at: datetime
    status: str = "queued"
    conclusion: str | None = None
    check: int = 0
    steps: tuple[str, ...] = ()
    done: int = 0
    hidden: bool = False


@dataclass
class Pull:
    """One pull request. `base_sha` is the base's tip at the last push to the head, not its tip of now, as on GitHub."""

    id: int
    number: int
    title: str
    body: str | None
    author: Account | None
    head_repository: Repository | None
    head_owner: Account
    head_ref: str
    head_sha: str
    base_ref: str
    base_sha: str
    created_at: datetime
    updated_at: datetime
    draft: bool = False
    state: Literal["open", "closed"] = "open"
    closed_at: datetime | None = None
    merged_at: datetime | None = None
    merged_by: Account | None = None
    merge_commit_sha: str | None = None
    reviewers: list[Account] = field(default_factory=list)
    teams: list[Team] = field(default_factory=list)


@dataclass
class Issue:
    """One issue that is no pull request."""

    id: int
    number: int
    title: str
    body: str
    author: Account
    created_at: datetime
    updated_at: datetime
    by_app: bool = False
    state: Literal["open", "closed"] = "open"
    closed_at: datetime | None = None


@dataclass
class Repository:
    """One repository; `branches` maps a name to a commit. Forks share `objects` with their source, as on GitHub."""

    id: int
    owner: Account
    name: str
    private: bool
    default_branch: str
    created_at: datetime
    pushed_at: datetime
    objects: Objects
    source: Repository | None = None
    archived: bool = False
    branches: dict[str, str] = field(default_factory=dict)
    pulls: dict[int, Pull] = field(default_factory=dict)
    issues: dict[int, Issue] = field(default_factory=dict)
    comments: dict[int, Comment] = field(default_factory=dict)
    checks: dict[int, CheckRun] = field(default_factory=dict)
    workflow_runs: dict[int, WorkflowRun] = field(default_factory=dict)
    suites: dict[str, int] = field(default_factory=dict)
    reviews: dict[int, Review] = field(default_factory=dict)
    roles: dict[int, str] = field(default_factory=dict)
    """What each account may do here, by id: admin, maintain, write, triage or read."""
    teams: set[int] = field(default_factory=set)
    """The ids of the teams that may read it; of others no review can be asked."""
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    @property
    def full_name(self) -> str:
        """Owner and name, as addresses have them."""
        return f"{self.owner.login}/{self.name}"

    def resolve(self, ref: str) -> Commit | None:
        """Find the commit of a branch, `refs/heads/…`, `refs/pull/N/head`, or (at least 7 digits of) a commit id."""
        name = ref.removeprefix("refs/")
        found = self.branches.get(name.removeprefix("heads/")) or self._pull_head(name)
        if found is None and len(ref) >= 7:
            found = next((sha for sha in self.objects.commits if sha.startswith(ref.lower())), None)
        return self.objects.commits[found] if found else None

    def _pull_head(self, name: str) -> str | None:
        match name.split("/"):
            case ["pull", number, "head"] if number.isdigit() and int(number) in self.pulls:
                return self.pulls[int(number)].head_sha
        return None


class World:
    """Everything, behind one lock; ids are unique across kinds and the same in every run."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self.lock = threading.RLock()
        self.ids = itertools.count(1001)
        self._clock = clock
        self.accounts: dict[str, Account] = {}
        self.repositories: dict[str, Repository] = {}
        self.installations: dict[int, Installation] = {}
        self.tokens: dict[str, Token] = {}
        self.teams: dict[str, Team] = {}
        self.tree_limit = 100_000

    def now(self) -> datetime:
        """The time in whole seconds, which is as fine as GitHub tells it."""
        return self._clock().astimezone(UTC).replace(microsecond=0)

    def account(self, login: str, kind: AccountType = "User") -> Account:
        """Find the account with this login, or make it."""
        found = self.accounts.get(login.lower())
        if found is None:
            found = self.accounts[login.lower()] = Account(next(self.ids), login, kind)
        return found

    def team(self, name: str) -> Team:
        """Find a team by org/slug, or make it."""
        found = self.teams.get(name.lower())
        if found is None:
            owner, _, slug = name.partition("/")
            found = self.teams[name.lower()] = Team(next(self.ids), self.account(owner, "Organization"), slug)
        return found

    def find(self, owner: str, name: str) -> Repository | None:
        """Find a repository by its address, in any spelling of upper and lower case."""
        return self.repositories.get(f"{owner}/{name}".lower())

    def installation_of(self, repository: Repository) -> Installation | None:
        """The installation that includes this repository."""
        return next((one for one in self.installations.values() if repository.id in one.repositories), None)

    def by_id(self, number: int) -> Repository | None:
        """Find a repository by its id."""
        return next((one for one in self.repositories.values() if one.id == number), None)
