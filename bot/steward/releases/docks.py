"""The docks of a pull request: the migrations that a command given there may be about, found in the store alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from bot.commands.values import Dock
from bot.github.repository import Repository
from bot.github.values import PullRequest
from bot.steward.bases import config_of
from bot.steward.migrations.plans import PLAN
from bot.steward.values import Target
from bot.store import Store
from notices.migration_values import read
from rules.config import ConfigError
from rules.contract import Config, Contract
from rules.migration_state import Migration, fold


@dataclass(frozen=True, slots=True)
class Docks:
    """Where the migrations of one pull request are looked up; `default` reads the organisation's configuration."""

    store: Store
    repository: Repository
    target: Target
    pull: PullRequest
    default: Callable[[], Config | None]

    def known(self) -> tuple[tuple[str, Migration], ...]:
        """List the migrations of this pull request, each with its stream."""
        return tuple(self._known())

    def _known(self) -> Iterator[tuple[str, Migration]]:
        with self.store.reading() as transaction:
            for stream in transaction.streams(f"migration:{self.target.repository_id}:"):
                found = fold(transaction.events(stream))
                if found is not None and found.pull == self.target.number:
                    yield stream, found

    def of(self, contracts: Sequence[Contract], drawn: str | None = None) -> tuple[Dock, ...]:
        """Make the docks; of a pull request that is merged, its contracts are read from the base branch."""
        known = self.known()
        if not known:
            return ()
        named = {one.name: one for one in contracts or self._contracts()}
        with self.store.reading() as transaction:
            plans = {
                one.contract: read(transaction.recall(PLAN, f"{self.target.stream}:{one.contract}")) for _, one in known
            }
        return tuple(
            Dock(named[one.contract], stream, one, plan.irreversible if (plan := plans[one.contract]) else (), drawn)
            for stream, one in known
            if one.contract in named
        )

    def _contracts(self) -> tuple[Contract, ...]:
        try:
            config = config_of(self.repository, self.pull, self.default())
        except ConfigError:
            return ()
        return config.contracts if config else ()
