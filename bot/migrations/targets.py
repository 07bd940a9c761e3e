"""The data sets that migrations may touch: named in a file of the server's, never in a repository.

targets:
  payments:
    url: postgresql://concordat@db.example.com/shop     # or sqlite:////srv/shop.db
    table: payments
    column: document
    schema: public
    repositories: [acme/shop]      # whose pull requests may have the App migrate it
    staging: payments-staging      # another target, on which `/migrate test` tries it
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bot.errors import UsageError, unreadable, unusable
from bot.migrations.values import Target
from rules.documents import DocumentError, parse

VARIABLE = "MIGRATION_TARGETS"
_KEYS = {"url", "table", "column", "schema", "staging", "repositories"}
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
        raise UsageError(f"{path}: the target {name} should have url, table and column")
    unknown = sorted(set(entry) - _KEYS)
    if unknown:
        raise UsageError(f"{path}: the target {name} has {unknown[0]!r}, which is not known; known: {', '.join(_KEYS)}")
    wanted = ("url",) if str(entry.get("url", "")).endswith((".jsonl", ".ndjson")) else ("url", "table", "column")
    missing = [key for key in wanted if not isinstance(entry.get(key), str) or not entry[key]]
    if missing:
        raise UsageError(f"{path}: the target {name} has no {missing[0]}; it is written as {_EXAMPLE}")
    fields = {key: str(entry[key]) for key in ("url", "table", "column", "schema", "staging") if key in entry}
    named = entry.get("repositories", [])
    if not isinstance(named, list) or not all(isinstance(one, str) for one in named):
        raise UsageError(f"{path}: the target {name} has `repositories` that are no list of owner/name")
    return Target(name=name, repositories=tuple(named), **fields)
