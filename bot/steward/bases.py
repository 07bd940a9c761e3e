"""What a pull request is held against: the configuration of its base branch, and the changes that it makes there."""

from __future__ import annotations

from bot.github.repository import Repository
from bot.github.values import PullRequest
from bot.sources import gather, hub
from bot.sources.revision import Span
from bot.steward import reading
from rules.change import Change
from rules.contract import Config


def config_of(repository: Repository, pull: PullRequest, default: Config | None) -> Config | None:
    """Read the configuration that the base branch has now; `default` is the organisation's. Raises `ConfigError`."""
    return reading.config_at(hub.HubRevision(repository, pull.base_ref), default)


def span_of(repository: Repository, pull: PullRequest) -> Span:
    """Give what a pull request spans; one that is merged is what it was towards the base that it had."""
    return hub.span(repository, pull.base_sha if pull.merged else pull.base_ref, pull.head_sha)


def change_of(repository: Repository, pull: PullRequest, config: Config, name: str) -> Change | None:
    """Read the change that a pull request makes, or made, to one contract; `None` where none can be judged.

    The contract may be one of those that a pattern names.
    """
    mine = tuple(one for one in config.contracts if one.name == name or "{name}" in one.name)
    if not mine:
        return None
    found = gather(Config(mine, config.source, config.defaults), span_of(repository, pull), reading.read)
    return next((one for one in found if one.contract.name == name and not one.problems), None)
