"""Which migration a job is about, and the name of its stream."""

from __future__ import annotations

from dataclasses import dataclass

from bot.steward.values import VersionTarget

PLANNED = "migration.plan"
"""The plan of a pull request's migration is remembered under this, by the pull request's stream and the contract."""


@dataclass(frozen=True, slots=True)
class MigrationTarget(VersionTarget):
    """The migration to a version."""

    kind = "migration"


stream_of = MigrationTarget.stream_of
