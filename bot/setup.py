"""`concordat init` and `concordat manifest`: the files that a repository keeps for Concordat."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import TextIO

from bot.errors import UsageError, unreadable, unusable, unwritable
from bot.sources import SourceError, load_config
from bot.sources.git import FolderRevision, last_change, top_level
from rules import documents, manifest, versions
from rules.change import archived
from rules.config import CONFIG_PATHS, ConfigError, load
from rules.contract import Config, Contract
from rules.documents import Document, DocumentError
from rules.globs import expand
from rules.inventory import draft_config

_LOOKED_AT = (".json", ".yml", ".yaml", "CODEOWNERS", ".md")
_MAX_BYTES = 1024 * 1024
_NAMED = 6


def init(arguments: argparse.Namespace, out: TextIO) -> int:
    """Look through a repository, find its schemas and write a first contracts file; 2 when one exists."""
    top = _top(arguments.repo)
    existing = next((path for path in CONFIG_PATHS if (top / path).exists()), None)
    if existing and not (arguments.force or arguments.only_print):
        raise UsageError(f"{existing} is already there; --print shows a fresh draft, --force replaces the file")
    text = draft_config(_Texts(top))
    if arguments.only_print:
        out.write(text)
        return 0
    # Replaced where it stands: of two such files only the first would be read.
    target = top / (existing or CONFIG_PATHS[0])
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    except OSError as error:
        raise unwritable(target, error) from error
    out.writelines(f"{line}\n" for line in _next_steps(top, target.relative_to(top).as_posix(), load(text)))
    return 0


def _next_steps(top: Path, path: str, config: Config) -> Iterator[str]:
    if not config.contracts:
        yield f"Wrote {path}, with an example: no JSON Schema was found in {top}."
        yield "Add your contracts to it, and commit it."
        return
    names = [contract.name for contract in config.contracts]
    count = "1 contract" if len(names) == 1 else f"{len(names)} contracts"
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    yield f"Wrote {path}: {count} ({', '.join(names[:_NAMED])}{more})."
    owned = all(one.owners.teams or one.owners.users for one in config.contracts)
    yield f"Read it, {'say who depends on each contract' if owned else 'name the owners'}, and commit it."
    patterns = [pattern.replace("{name}", "*") for one in config.contracts for pattern in one.files]
    if commit := last_change(top, patterns):
        yield "The last change of a contract, judged:"
        yield f"  concordat check --base {commit}~1 --head {commit}"
    else:
        yield "From now on, what the last commit did to a contract:"
        yield "  concordat check --base HEAD~1"


def run_manifest(arguments: argparse.Namespace, out: TextIO) -> int:
    """Refresh the pins of every contract that keeps a manifest, or check them: 1 when one does not hold."""
    top = _top(arguments.repo)
    only = arguments.schema and _within(top, arguments.schema)
    contracts = list(_pinned(top, only))
    if not contracts:
        which = f"no contract with a manifest has the file {only}" if only else "no contract has a manifest"
        raise UsageError(f"{which}; name one under `manifest` in {CONFIG_PATHS[0]}")
    task = _refresh if arguments.task == "refresh" else _verify
    return max(task(top, contract, schema, out) for contract, schema in contracts)


def _within(top: Path, name: str) -> str:
    """Give the path within the repository of a file named from where the person stands, else the name as it is."""
    file = Path(name).absolute()
    return file.relative_to(top).as_posix() if file.is_file() and file.is_relative_to(top) else name


def _refresh(top: Path, contract: Contract, schema: Document, out: TextIO) -> int:
    path = top / str(contract.manifest)
    version = versions.read(contract.scheme, schema)
    if version is None:
        raise UsageError(f"{schema.path} declares no version, for instance {contract.name}_v1 in schema_version")
    before = _pins(path) or ""
    text = manifest.refreshed(schema.path, schema.text, str(version), before or None)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise unwritable(path, error) from error
    out.write(f"{contract.manifest}: {'unchanged' if text == before else 'refreshed'}, pins {version}\n")
    return 0


def _verify(top: Path, contract: Contract, schema: Document, out: TextIO) -> int:
    problems = manifest.check_pin(contract, schema, _pins(top / str(contract.manifest)))
    out.writelines(f"{problem.where()}: {problem.sentence} {problem.fix}\n" for problem in problems)
    if not problems:
        out.write(f"{contract.manifest}: holds\n")
    return 1 if problems else 0


def _pins(path: Path) -> str | None:
    """Read a manifest as it stands; `None` where there is none."""
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return None
    except OSError as error:
        raise unreadable(path, error) from error


def _pinned(top: Path, only: str | None) -> Iterator[tuple[Contract, Document]]:
    folder = FolderRevision(top)
    try:
        config = load_config(folder)
    except ConfigError as error:
        raise unusable(error.problems) from error
    if config is None:
        raise UsageError(f"{top} has no {CONFIG_PATHS[0]}; `concordat init` writes a first one")
    for contract in config.contracts:
        for path in sorted(folder.paths()):
            found = expand(contract, path) if only in (None, path) else None
            if found and found.manifest and not archived(found, path):
                yield found, _document(top, path)


def _document(top: Path, path: str) -> Document:
    try:
        return documents.parse(path, (top / path).read_bytes())
    except DocumentError as error:
        raise unusable([error.problem]) from error


class _Texts(Mapping[str, str]):
    """What an inventory looks at, read when it is: text files of ordinary size that may be schemas or name owners."""

    def __init__(self, top: Path) -> None:
        self._top = top
        self._paths = sorted(
            path for path in FolderRevision(top).paths() if path.endswith(_LOOKED_AT) and self._fits(path)
        )

    def _fits(self, path: str) -> bool:
        return (self._top / path).stat().st_size <= _MAX_BYTES

    def __getitem__(self, path: str) -> str:
        if path not in self:
            raise KeyError(path)
        return (self._top / path).read_text(encoding="utf-8", errors="replace")

    def __contains__(self, path: object) -> bool:
        return path in self._known

    @cached_property
    def _known(self) -> frozenset[str]:
        return frozenset(self._paths)

    def __iter__(self) -> Iterator[str]:
        return iter(self._paths)

    def __len__(self) -> int:
        return len(self._paths)


def _top(directory: Path) -> Path:
    try:
        return top_level(directory)
    except SourceError as error:
        raise UsageError(str(error)) from error
