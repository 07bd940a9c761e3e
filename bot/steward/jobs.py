"""The steward's jobs: their kinds, and how each is made. Those of one lane coalesce and are done one after another."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

from bot.steward.migrations.values import MigrationTarget
from bot.steward.releases.values import ReleaseTarget
from bot.steward.values import Place, Target
from bot.store.values import NewJob

PULL = "pull"
GROUP = "merge_group"
HEAD = "head"
BRANCH = "branch"
SWEEP = "sweep"
RELEASE = "release"
MIGRATION = "migration"
MERGED = "migration.merged"
TELL = "migration.tell"
INSTALLATION = "sweep.installation"
REPOSITORY = "sweep.repository"
LOW = -10
"""Examinations that nobody waits for come after those that a delivery asked for."""


def release_job(target: ReleaseTarget, due: datetime | None = None) -> NewJob:
    """Make the job that looks after a release; several for the same one coalesce in its lane."""
    return NewJob(RELEASE, asdict(target), lane=target.stream, pool=RELEASE, installation=target.installation, due=due)


def migration_job(target: MigrationTarget, due: datetime | None = None, kind: str = MIGRATION) -> NewJob:
    """Make the job that looks after a migration, or shows it; several for the same one coalesce in its lane."""
    lane, pool = (target.stream, MIGRATION) if kind == MIGRATION else (f"{kind}:{target.stream}", TELL)
    return NewJob(kind, asdict(target), lane=lane, pool=pool, installation=target.installation, due=due)


def examination(target: Target, *, priority: int = 0) -> NewJob:
    """Make the job that examines a pull request; several for the same one coalesce in its lane."""
    return NewJob(
        kind=PULL,
        payload=asdict(target),
        lane=target.stream,
        pool=PULL,
        priority=priority,
        installation=target.installation,
    )


def sweep_of_installation(installation: int) -> NewJob:
    """Make the job that examines every open pull request of an installation."""
    return NewJob(
        kind=INSTALLATION,
        payload={"installation": installation},
        lane=f"{INSTALLATION}:{installation}",
        pool=SWEEP,
        priority=LOW,
        installation=installation,
    )


def sweep_of_repository(place: Place) -> NewJob:
    """Make the job that examines every open pull request of a repository."""
    return NewJob(
        kind=REPOSITORY,
        payload=asdict(place),
        lane=f"{REPOSITORY}:{place.repository_id}",
        pool=SWEEP,
        priority=LOW,
        installation=place.installation,
    )
