"""What moves many pull requests at once: a push to the default branch, and a commit that is the head of several."""

from __future__ import annotations

from bot.github.errors import Unrelated
from bot.github.repository import Repository
from bot.sources.hub import HubRevision
from bot.steward import deprecations, tidying
from bot.steward.defaults import REPOSITORY as DEFAULTS
from bot.steward.house import Steward
from bot.steward.jobs import LOW, examination, sweep_of_installation
from bot.steward.memory import ask_thorough
from bot.steward.reading import config_at
from bot.steward.values import Place, Target
from bot.store.values import Lease
from rules.change import pair
from rules.config import CONFIG_PATHS, ConfigError
from rules.contract import Config

_TIP = "branch.tip"


def handle_head(steward: Steward, lease: Lease) -> None:
    """Do one `head` job: examine the open pull requests that have this commit as their head, forks' too."""
    body = dict(lease.payload)
    head_sha = body.pop("head_sha")
    place = Place(**body)
    pulls = steward.app.repository(place.installation, place.repository).open_pulls()
    with steward.store.transaction() as transaction:
        for pull in pulls:
            if pull.head_sha == head_sha:
                target = _target(place, pull.number)
                transaction.enqueue(examination(target))
                ask_thorough(transaction, target, f"head:{lease.token}", steward.clock())


def handle_branch(steward: Steward, lease: Lease) -> None:
    """Do one `branch` job: where the configuration or a contract differs now, examine the pull requests towards it."""
    body = dict(lease.payload)
    branch, sha = body.pop("branch"), body.pop("sha")
    place = Place(**body)
    if place.repository.partition("/")[2] == DEFAULTS:
        _default_changed(steward, place)
    repository = steward.app.repository(place.installation, place.repository)
    key = f"{place.repository_id}:{branch}"
    with steward.store.reading() as transaction:
        before = transaction.recall(_TIP, key)
    pulls = repository.open_pulls(base=branch)
    differs = _differs(steward, repository, place, before, sha)
    now = steward.clock()
    with steward.store.transaction() as transaction:
        for pull in pulls if differs else ():
            transaction.enqueue(examination(_target(place, pull.number), priority=LOW))
        if differs:
            # A notice that is gone by now warns nobody, and a new one is promised at once.
            transaction.enqueue(deprecations.job(place, branch, now, sha=sha))
        transaction.remember(_TIP, key, sha, now)
        transaction.enqueue(tidying.job(place, branch))


def _default_changed(steward: Steward, place: Place) -> None:
    """Have the organisation's default read again, and every pull request that it may hold for looked at."""
    steward.defaults.changed(place)
    with steward.store.transaction() as transaction:
        transaction.enqueue(sweep_of_installation(place.installation))


def _differs(steward: Steward, repository: Repository, place: Place, before: str | None, sha: str) -> bool:
    """Say whether a configuration or a contract differs from when the branch was last looked at."""
    if before is None:
        return True
    try:
        files = repository.compare(before, sha).files
    except Unrelated:
        return True
    changed = frozenset(path for file in files for path in (file.path, file.previous_path) if path)
    if changed.intersection(CONFIG_PATHS):
        return True
    try:
        config = config_at(HubRevision(repository, sha), steward.defaults.of(_target(place, 0)).config)
    except ConfigError:
        return False  # it was so before, and every pull request says so
    return config is not None and _touches(config, changed)


def _touches(config: Config, changed: frozenset[str]) -> bool:
    # Where a changed file is now does not matter here, only that it is a contract's.
    return bool(pair(config, changed=changed, base_paths=changed, head_paths=changed))


def _target(place: Place, number: int) -> Target:
    return Target(place.installation, place.repository_id, place.repository, number)
