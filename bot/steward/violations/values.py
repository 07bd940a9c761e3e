"""The place of violations: one contract of one repository, and the job that looks after it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime

from bot.store.values import NewJob

VIOLATIONS, REFUSED = "violations", "refused"


@dataclass(frozen=True, slots=True)
class ViolationTarget:
    """One contract whose production data breaks it; `branch` is the repository's default branch."""

    installation: int
    repository_id: int
    repository: str
    branch: str
    contract: str

    @property
    def stream(self) -> str:
        """The name of its event stream, and of its lane."""
        return stream_of(self.repository_id, self.contract)


def stream_of(repository_id: int, contract: str = "") -> str:
    """Name the stream of the violations of a contract; without one, what all of a repository's begin with."""
    return f"{VIOLATIONS}:{repository_id}:{contract}"


def job(target: ViolationTarget, due: datetime | None = None) -> NewJob:
    """Make the job that looks after the violations of a contract."""
    return NewJob(VIOLATIONS, asdict(target), lane=target.stream, priority=5, installation=target.installation, due=due)


@dataclass(frozen=True, slots=True)
class RefusedTarget:
    """The reports of one repository's monitoring that could not be taken in."""

    installation: int
    repository_id: int
    repository: str

    @property
    def stream(self) -> str:
        """The name of its event stream, and of its lane."""
        return f"{REFUSED}:{self.repository_id}:reports"


def refused_job(target: RefusedTarget) -> NewJob:
    """Make the job that tells a repository what was wrong with the reports that it sent."""
    return NewJob(REFUSED, asdict(target), lane=target.stream, installation=target.installation)
