"""What `concordat doctor` looks at for migrations: the file of data sets, and who migrates what is elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from bot.doctor.values import Finding, broken, ok, skipped
from bot.errors import UsageError
from bot.migrations.errors import MigrationError
from bot.migrations.runners.command import KIND as COMMAND
from bot.migrations.runners.contract import Around
from bot.migrations.targets import load
from bot.migrations.values import Target
from bot.settings import Settings

if TYPE_CHECKING:
    from bot.doctor.checks import CheckUp  # which asks this module what is needed


def needed(settings: Settings) -> Mapping[str, str]:
    """Give the permissions that this server's data sets need beside those of app.yml."""
    return {"actions": "write"} if workflow_owners(settings) else {}


def workflow_owners(settings: Settings) -> frozenset[str]:
    """Name the accounts, in lower case, whose workflows carry migrations out; none where the file cannot be read."""
    if settings.migration_targets is None:
        return frozenset()
    try:
        targets = load(settings.migration_targets).values()
    except UsageError:
        return frozenset()
    named = (str(one.settings["repository"]) for one in targets if one.runner == "workflow")
    return frozenset(name.partition("/")[0].casefold() for name in named)


def migrations(on: CheckUp) -> Iterator[Finding]:
    """Read the file of data sets, and see that the commands in it can be begun on this machine."""
    path = on.settings.migration_targets
    if path is None:
        yield skipped("MIGRATION_TARGETS is not set: nothing can be migrated")
        return
    try:
        targets = load(path)
    except UsageError as error:
        yield broken(str(error), "mend the file; docs/migrations.md explains each setting")
        return
    problems = [each for one in targets.values() for each in _of(one, on)]
    yield from problems or [ok(f"{len(targets)} data sets can be migrated: {', '.join(sorted(targets))}")]


def _of(target: Target, on: CheckUp) -> Iterator[Finding]:
    if target.runner != "command" or COMMAND.elsewhere is None:
        return

    def nothing(*_: str) -> object:
        raise MigrationError("a command needs nothing of GitHub")

    try:
        found = COMMAND.elsewhere(target, Around(nothing, nothing, on.clock)).check()  # type: ignore[arg-type] # never asked
    except MigrationError as error:
        found = (str(error),)
    for problem in found:
        yield broken(f"{target.name}: {problem}", "mend it where the workers run, or run the workers where it is")
