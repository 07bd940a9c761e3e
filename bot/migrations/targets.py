"""The data sets that migrations may touch: named in a file of the server's, never in a repository.

targets:
  payments:
    url: postgresql://concordat@db.example.com/shop     # or sqlite:////srv/shop.db
    table: payments
    column: document
    schema: public
    repositories: [acme/shop]      # whose pull requests may have the App migrate it
    staging: payments-staging      # another target, on which `/migrate test` tries it
  lake:
    runner: workflow               # data that lives elsewhere: who carries its migrations out, and that one's settings
    repository: acme/lake
    workflow: migrate.yml
    deadline: 6h                   # for each errand; 24h unless given
    modes: [test, copy, cutover, rollback, finish]     # what it can do; all unless given
    repositories: [acme/shop]
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from bot.errors import UsageError, unreadable, unusable
from bot.migrations.errors import MigrationError
from bot.migrations.runners.contract import MODES, NEEDED, Kind
from bot.migrations.runners.registry import kind_of
from bot.migrations.values import Target
from rules.documents import DocumentError, parse

VARIABLE = "MIGRATION_TARGETS"
_ANY = ("repositories",)
_TABLE, _ELSEWHERE = (*_ANY, "staging"), (*_ANY, "runner", "deadline", "modes")
_EXAMPLE = "targets: {payments: {url: postgresql://…, table: payments, column: document}}"
_LARGEST = 1_000_000


def find(name: str, path: Path | None = None, environ: Mapping[str, str] = os.environ) -> Target:
    """Give a target by its name, from a file, or the one that MIGRATION_TARGETS names; else UsageError."""
    chosen = path or (Path(environ[VARIABLE]) if environ.get(VARIABLE) else None)
    if chosen is None:
        raise UsageError(
            f"no targets are known: write a file such as {_EXAMPLE}, and name it in {VARIABLE} or --targets"
        )
    targets = load(chosen)
    if name not in targets:
        known = ", ".join(sorted(targets)) or "none"
        raise UsageError(f"{chosen} names no target {name!r}; it names {known}")
    return targets[name]


def known_to(path: Path, name: str, repository: str) -> Target:
    """Give a target that a repository's pull requests may have migrated; `UsageError` says why not.

    Whoever writes a migration file names its target; only the server says whose data that is.
    """
    target = load(path).get(name)
    if target is None or repository.casefold() not in {one.casefold() for one in target.repositories}:
        raise UsageError(
            f"this server knows no data set {name!r} of {repository}: its operator names it in the file of "
            f"{VARIABLE}, with `repositories: [{repository}]`"
        )
    return target


def load(path: Path) -> Mapping[str, Target]:
    """Read a file of targets; UsageError says what is wrong with it, and never quotes an address."""
    try:
        with path.open("rb") as file:
            value = parse(str(path), file.read(_LARGEST), syntax="yaml").value
    except OSError as error:
        raise unreadable(path, error) from error
    except DocumentError as error:
        raise unusable([error.problem]) from error
    entries = value.get("targets") if isinstance(value, dict) else None
    if not isinstance(entries, dict):
        raise UsageError(f"{path} has no `targets`; it is written as {_EXAMPLE}")
    return {name: _target(path, name, entry) for name, entry in entries.items()}


def _target(path: Path, name: str, entry: Any) -> Target:
    if not isinstance(entry, dict):
        raise UsageError(f"{path}: the target {name} should have url, table and column, or a runner")
    try:
        kind = kind_of(Target(name, _word(entry, "url"), runner=_word(entry, "runner")))
        return _of_kind(name, entry, kind)
    except (ValueError, MigrationError) as error:
        raise UsageError(f"{path}: {error}") from None


def _word(entry: Mapping[str, Any], key: str) -> str:
    value = entry.get(key, "")
    return value if isinstance(value, str) else ""


def _of_kind(name: str, entry: Mapping[str, Any], kind: Kind) -> Target:
    """Check an entry against what its runner can be told; `ValueError` with a sentence."""
    known = (*kind.settings, *(_TABLE if kind.tables else _ELSEWHERE))
    for key in (key for key in entry if key not in known):
        raise ValueError(f"the target {name} has {str(key)[:40]!r}, which is not known; known: {', '.join(known)}")
    for key in (key for key in kind.needs if key not in entry):
        raise ValueError(f"the target {name} has no {key}; it is written as {_EXAMPLE}")
    for key, wrong in ((key, check(entry[key])) for key, check in kind.settings.items() if key in entry):
        if wrong:
            raise ValueError(f"the target {name} has a `{key}` that {wrong}")
    settings = {key: entry[key] for key in kind.settings if key in entry}
    named = entry.get("repositories", [])
    if not isinstance(named, list) or not all(isinstance(one, str) for one in named):
        raise ValueError(f"the target {name} has `repositories` that are no list of owner/name")
    if kind.tables is not None:
        return Target(name, **settings, repositories=tuple(named), staging=_word(entry, "staging"))
    return Target(
        name, repositories=tuple(named), runner=str(entry["runner"]), settings=settings, modes=_modes(name, entry),
        deadline=_deadline(name, entry),
    )  # fmt: skip


def _modes(name: str, entry: Mapping[str, Any]) -> tuple[str, ...]:
    given = entry.get("modes", list(MODES))
    if not isinstance(given, list) or not set(map(str, given)) <= set(MODES) or not set(given) >= NEEDED:
        raise ValueError(f"the target {name} has `modes` that are not copy, cutover and some of {', '.join(MODES)}")
    return tuple(given)


def _deadline(name: str, entry: Mapping[str, Any]) -> timedelta:
    found = re.fullmatch(r"([1-9][0-9]{0,3})([mhd])", str(entry.get("deadline", "24h")))
    if found is None:
        raise ValueError(f"the target {name} has a `deadline` that is not written as 90m, 6h or 2d")
    return int(found[1]) * {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}[found[2]]
