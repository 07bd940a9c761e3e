"""Which migration a job is about, and the name of its stream."""

from __future__ import annotations

from dataclasses import dataclass

PLANNED = "migration.plan"
"""The plan of a pull request's migration is remembered under this, by the pull request's stream and the contract."""


@dataclass(frozen=True, slots=True)
class MigrationTarget:
    """The migration that a job is about; `repository_id` is the repository's identity, the name may change."""

    installation: int
    repository_id: int
    repository: str
    contract: str
    version: str

    @property
    def stream(self) -> str:
        """The name of its event stream, and of its lane."""
        return stream_of(self.repository_id, self.contract, self.version)


def stream_of(repository_id: int, contract: str, version: str) -> str:
    """Name the event stream of a migration to a version."""
    return f"migration:{repository_id}:{contract}:{version}"
