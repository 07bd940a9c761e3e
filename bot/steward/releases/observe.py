"""Observe: read the truth about one release: its pull request, its partners, its change as it is now, its issues."""

from __future__ import annotations

from bot.github.repository import Repository
from bot.github.values import Issue, PullRequest
from bot.sources import hub
from bot.steward.bases import change_of, config_of
from bot.steward.defaults import Default
from bot.steward.house import Steward
from bot.steward.reading import book_at
from bot.steward.releases.offers import offer
from bot.steward.releases.values import Sight
from notices.release_issue import marker
from rules.assessment import Assessment
from rules.config import ConfigError
from rules.contract import Config, Contract
from rules.documents import Problem
from rules.partners import Party, parties
from rules.release_state import Release


def observe(steward: Steward, repository: Repository, release: Release, stream: str, default: Default) -> Sight:
    """Read everything that a release depends on; what cannot be read raises the GitHub room's errors."""
    pull = repository.pull(release.pull)
    config, problems = _config(repository, pull, default)
    contract = next((one for one in config.contracts if one.name == release.contract), None) if config else None
    found, more = _parties(repository, pull, config, contract)
    judged = _judged(steward, repository, pull, config, contract)
    own, filed = _issues(repository, release, stream, steward.app.login())
    asked = {one.issue for one in release.blocking if one.issue} | set(release.follow_ups.values()) - {0}
    return Sight(
        pull=pull,
        contract=contract,
        parties=found,
        offer=offer(judged) if judged is not None and not pull.merged else None,
        assessment=judged,
        issue=own,
        filed=filed,
        closed=frozenset(number for number in asked if repository.issue(number).state == "closed"),
        problems=problems + more,
    )


def _config(repository: Repository, pull: PullRequest, default: Default) -> tuple[Config | None, tuple[Problem, ...]]:
    try:
        return config_of(repository, pull, default.config), default.problems
    except ConfigError as error:
        return None, error.problems


def _parties(
    repository: Repository, pull: PullRequest, config: Config | None, contract: Contract | None
) -> tuple[tuple[Party, ...] | None, tuple[Problem, ...]]:
    if config is None or contract is None:
        return None, ()
    try:
        return parties(contract, book_at(hub.HubRevision(repository, pull.base_ref), config)), ()
    except ConfigError as error:
        return None, error.problems


def _judged(
    steward: Steward, repository: Repository, pull: PullRequest, config: Config | None, contract: Contract | None
) -> Assessment | None:
    """Judge the change as it is now; one that is merged is what it was towards the base that it had."""
    if config is None or contract is None or (pull.state != "open" and not pull.merged):
        return None
    mine = change_of(repository, pull, config, contract.name)
    return None if mine is None else steward.bench.sitting()(mine)


def _issues(repository: Repository, release: Release, stream: str, bot: str) -> tuple[Issue | None, dict[str, int]]:
    """Find the release's issue, and the number of each other one that should be there, by our markers.

    Where all of them are known none is looked for: only an answer that was lost leaves one that we do not know.
    """
    wanted = {marker(stream, "blocker", one.id): one.id for one in release.blocking if not one.issue}
    if release.state == "rolled back" and "root_cause" not in release.follow_ups:
        wanted[marker(stream, "root-cause", str(release.round))] = ""
    mine = repository.issues_by(bot) if wanted or not release.issue else ()
    first = {one.body.replace("\r\n", "\n").partition("\n")[0].strip(): one for one in reversed(mine)}
    filed = {about: first[line].number for line, about in wanted.items() if line in first}
    if release.issue:
        return repository.issue(release.issue), filed
    return first.get(marker(stream)), filed
