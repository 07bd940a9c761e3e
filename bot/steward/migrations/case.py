"""One migration as every look at it has it: its log, what was merged, its data set, and what it waits for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from bot.errors import UsageError
from bot.github.repository import Repository
from bot.migrations.targets import known_to
from bot.migrations.values import Target
from bot.migrations.work import Work
from bot.steward.bases import config_of
from bot.steward.house import Steward
from bot.steward.jobs import TELL, migration_job
from bot.steward.migrations import gates
from bot.steward.migrations import notices as migration_notices
from bot.steward.migrations.plans import change_of, work_of
from bot.steward.migrations.values import MigrationTarget
from bot.steward.values import Target as Pull
from bot.store.values import NewEvent
from rules.config import ConfigError
from rules.contract import Contract
from rules.migration_state import Migration, fold


@dataclass
class Case:
    """One migration, looked at now."""

    steward: Steward
    repository: Repository
    target: MigrationTarget

    def known(self) -> Migration | None:
        """Give the migration as its log has it."""
        with self.steward.store.reading() as transaction:
            return fold(transaction.events(self.target.stream))

    def keep(self, kind: str, source: str, **body: object) -> Migration:
        """Add a fact to the log, once for each source; the migration as it then is."""
        with self.steward.store.transaction() as transaction:
            fact = NewEvent(f"migration.{kind}", source, self.steward.clock(), body)
            transaction.append(self.target.stream, [fact])
            found = fold(transaction.events(self.target.stream))
        assert found is not None, "a fact is added to what is there"
        return found

    def promise(self) -> None:
        """Owe people what follows from where it stands."""
        found = self.known()
        if found is not None:
            migration_notices.promise(self.steward, self.target, found, self.owners())

    def owners(self) -> tuple[str, ...]:
        """List who is told of it."""
        contract = self.contract
        return () if contract is None else gates.owners(contract)

    def tell(self) -> None:
        """Have GitHub shown where it stands."""
        with self.steward.store.transaction() as transaction:
            transaction.enqueue(migration_job(self.target, kind=TELL))

    @cached_property
    def contract(self) -> Contract | None:
        """The contract as the base branch has it now; `None` where its configuration cannot be used."""
        found = self.known()
        if found is None:
            return None
        pull = self.repository.pull(found.pull)
        default = self.steward.defaults.of(self.pull_of(found)).config
        try:
            config = config_of(self.repository, pull, default)
        except ConfigError:
            return None
        return next((one for one in config.contracts if one.name == found.contract), None) if config else None

    def pull_of(self, found: Migration) -> Pull:
        """Give the pull request that it came of."""
        return Pull(self.target.installation, self.target.repository_id, self.target.repository, found.pull)

    @cached_property
    def work(self) -> Work:
        """Make the migration anew of what was merged."""
        found = self.known()
        assert found is not None, "asked of one that is planned"
        change = change_of(self.steward, self.repository, self.pull_of(found), found.contract)
        pull = self.repository.pull(found.pull)
        data = self.repository.file(found.path, pull.head_sha)
        if change is None or data is None:
            raise UsageError(f"{found.path} and the documents that it is about cannot be read as they were merged")
        return work_of(change, found.path, data)

    def place(self, found: Migration) -> Target:
        """Give the data set that it moves, as the server's settings name it."""
        assert self.steward.targets is not None, "asked before"
        return known_to(self.steward.targets, found.target, self.target.repository)

    def wait(self, found: Migration, why: list[str], again: datetime | None = None) -> None:
        """Say once what it waits for, and come back at a moment."""
        if tuple(why) != found.waits:
            self.keep("waits", f"waits:{found.version}", lines=why, why=" ".join(why))
        if again is not None:
            with self.steward.store.transaction() as transaction:
                transaction.enqueue(migration_job(self.target, again))
