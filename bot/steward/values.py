"""What flows between the steps: the observation, the actions, and what became of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from bot.github.values import CheckDraft, CheckRun, Comment, PullRequest
from bot.steward.signature import Signature
from bot.steward.talk import Said
from rules.change import Change
from rules.documents import Problem

CHECK_NAME = "Concordat"


@dataclass(frozen=True, slots=True)
class Place:
    """A repository as an installation sees it; `repository_id` is its identity, the name may change."""

    installation: int
    repository_id: int
    repository: str


@dataclass(frozen=True, slots=True)
class Group:
    """A merge group: the commit that would become the tip of `base_ref`, built on `base_sha`."""

    installation: int
    repository_id: int
    repository: str
    base_ref: str
    base_sha: str
    head_ref: str
    head_sha: str


@dataclass(frozen=True, slots=True)
class Target:
    """The pull request that a job is about; `repository_id` is its identity, the name may change."""

    installation: int
    repository_id: int
    repository: str
    number: int

    @property
    def stream(self) -> str:
        """The name of its event stream, and of its lane."""
        return f"pull:{self.repository_id}:{self.number}"

    @property
    def place(self) -> Place:
        """The repository that it is in."""
        return Place(self.installation, self.repository_id, self.repository)

    def is_of(self, pull: PullRequest) -> bool:
        """Say whether a pull request is the one that is meant: another repository may have taken the name."""
        return pull.repository_id in {None, self.repository_id}


@dataclass(frozen=True, slots=True)
class VersionTarget:
    """The version of a contract that a job is about; `repository_id` is the repository's identity, the name may change.

    `kind` says what is done for it, and begins the names of its streams.
    """

    kind: ClassVar[str]

    installation: int
    repository_id: int
    repository: str
    contract: str
    version: str

    @property
    def stream(self) -> str:
        """The name of its event stream, and of its lane."""
        return self.stream_of(self.repository_id, self.contract, self.version)

    @classmethod
    def stream_of(cls, repository_id: int, contract: str, version: str) -> str:
        """Name the event stream of a version."""
        return f"{cls.kind}:{repository_id}:{contract}:{version}"


@dataclass(frozen=True, slots=True)
class Remembered:
    """What the last look at a pull request left: the head, our comment, a key of what it says, when all was read."""

    head_sha: str
    comment: int | None
    says: str | None
    read_at: datetime


@dataclass(frozen=True, slots=True)
class Observation:
    """The truth about a pull request, read in one go.

    `configured` is false where neither the repository nor its organisation has a configuration: Concordat is then
    silent. `base_sha` is the base branch's tip. `comments` and `checks` are our own only, oldest first. `sharing` is
    what we say of the other open pull requests that have the same head. Where `remembered` is given the comments were
    not listed, and it stands for them. `heard` is what people said to us in what was listed.
    """

    pull: PullRequest
    configured: bool
    base_sha: str
    changes: tuple[Change, ...] = ()
    config_problems: tuple[Problem, ...] = ()
    config_preview: tuple[str, ...] = ()
    comments: tuple[Comment, ...] = ()
    checks: tuple[CheckRun, ...] = ()
    sharing: tuple[Signature, ...] = ()
    remembered: Remembered | None = None
    heard: tuple[Said, ...] = ()


@dataclass(frozen=True, slots=True)
class CreateComment:
    """Write the sticky comment for the first time."""

    body: str


@dataclass(frozen=True, slots=True)
class UpdateComment:
    """Bring the sticky comment up to date."""

    comment: int
    body: str


@dataclass(frozen=True, slots=True)
class DeleteComment:
    """Remove a second comment of ours, left by an answer that was lost."""

    comment: int


@dataclass(frozen=True, slots=True)
class CreateCheck:
    """Write the check run of this head."""

    draft: CheckDraft


@dataclass(frozen=True, slots=True)
class UpdateCheck:
    """Bring the check run of this head up to date."""

    check: int
    draft: CheckDraft


@dataclass(frozen=True, slots=True)
class Answer:
    """Answer what somebody said, once; `key` names it, and `since` is when it was said."""

    key: str
    body: str
    since: datetime


@dataclass(frozen=True, slots=True)
class React:
    """React to a comment: "eyes", "+1" or "-1"."""

    comment: int
    content: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """One whose review is wanted: a login, or a team's slug; `audience` is who is told by that.

    `asked` says that a request for their review stands, `anew` that they are to be told of this text all the same.
    """

    name: str
    team: bool
    contract: str
    digest: str
    audience: str
    anew: bool
    asked: bool


@dataclass(frozen=True, slots=True)
class AskReviews:
    """Ask owners for their review on GitHub."""

    wanted: tuple[Wanted, ...]


Action = CreateComment | UpdateComment | DeleteComment | CreateCheck | UpdateCheck | Answer | React | AskReviews

BESIDE = Answer | React | AskReviews
"""The actions that leave our comment and our check as they are."""
