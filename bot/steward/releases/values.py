"""What flows through the steward's care for a release: which one it is, what is true about it, and what is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.github.values import Issue, PullRequest
from bot.steward.releases.offers import Offer
from bot.steward.values import VersionTarget
from rules.assessment import Assessment
from rules.contract import Contract
from rules.documents import Problem
from rules.partners import Party


@dataclass(frozen=True, slots=True)
class ReleaseTarget(VersionTarget):
    """The release of a version."""

    kind = "release"


stream_of = ReleaseTarget.stream_of


@dataclass(frozen=True, slots=True)
class Sight:
    """The truth about a release, read in one go.

    `parties` is `None` where partners.yml or contracts.yml cannot be used (`problems` says why): then nobody's notice
    is taken back. `offer` is what the open pull request offers now, `assessment` the judged change, `issue` the
    release's own issue, `closed` are those of its other issues that are closed, `filed` the numbers of those of
    which nobody told us: blockers by their id, the root cause under "".
    """

    pull: PullRequest
    contract: Contract | None = None
    parties: tuple[Party, ...] | None = None
    offer: Offer | None = None
    assessment: Assessment | None = None
    issue: Issue | None = None
    closed: frozenset[int] = frozenset()
    filed: Mapping[str, int] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class OpenIssue:
    """Open an issue; `what` is "release", "blocker" or "root_cause", `about` the blocker's id."""

    what: str
    title: str
    body: str
    about: str = ""


@dataclass(frozen=True, slots=True)
class UpdateIssue:
    """Bring the release's issue up to date."""

    number: int
    title: str
    body: str


@dataclass(frozen=True, slots=True)
class Revert:
    """Open the pull request that takes the change of a rolled-back release out again; `about` names it, once."""

    about: str
    title: str
    body: str


ReleaseAction = OpenIssue | UpdateIssue | Revert
