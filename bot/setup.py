"""`concordat init` and `concordat manifest`: the files that a repository keeps for Concordat."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from bot.errors import UsageError, unusable
from bot.sources import SourceError, load_config
from bot.sources.git import FolderRevision, top_level
from rules import documents, manifest, versions
from rules.change import archived
from rules.config import CONFIG_PATHS, ConfigError
from rules.contract import Contract
from rules.documents import Document, DocumentError
from rules.globs import expand
from rules.inventory import draft_config

_LOOKED_AT = (".json", ".yml", ".yaml", "CODEOWNERS", ".md")
_MAX_BYTES = 1024 * 1024


def init(arguments: argparse.Namespace, out: TextIO) -> int:
    """Look through a repository, find its schemas and write a first contracts file; 2 when one exists."""
    top = _top(arguments.repo)
    target = top / CONFIG_PATHS[0]
    text = draft_config(_texts(top))
    if arguments.only_print:
        out.write(text)
        return 0
    existing = next((path for path in CONFIG_PATHS if (top / path).exists()), None)
    if existing and not arguments.force:
        raise UsageError(f"{existing} is already there; --print shows a fresh draft, --force replaces the file")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text)
    out.write(f"Wrote {CONFIG_PATHS[0]}. Read it, name the owners, and commit it; then\n")
    out.write("  concordat check --base HEAD~1\ncompares what the last commit changed.\n")
    return 0


def run_manifest(arguments: argparse.Namespace, out: TextIO) -> int:
    """Refresh the pins of every contract that keeps a manifest, or check them: 1 when one does not hold."""
    top = _top(arguments.repo)
    contracts = list(_pinned(top, arguments.schema))
    if not contracts:
        raise UsageError(
            "no contract with a manifest" + (f" has the file {arguments.schema}" if arguments.schema else "")
        )
    task = _refresh if arguments.task == "refresh" else _verify
    return max(task(top, contract, schema, out) for contract, schema in contracts)


def _refresh(top: Path, contract: Contract, schema: Document, out: TextIO) -> int:
    path = top / str(contract.manifest)
    version = versions.read(contract.scheme, schema)
    if version is None:
        raise UsageError(f"{schema.path} declares no version, for instance {contract.name}_v1 in schema_version")
    before = path.read_text() if path.exists() else ""
    text = manifest.refreshed(schema.path, schema.text, str(version), before or None)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    out.write(f"{contract.manifest}: {'unchanged' if text == before else 'refreshed'}, pins {version}\n")
    return 0


def _verify(top: Path, contract: Contract, schema: Document, out: TextIO) -> int:
    path = top / str(contract.manifest)
    problems = manifest.check_pin(contract, schema, path.read_text() if path.exists() else None)
    out.writelines(f"{problem.where()}: {problem.sentence} {problem.fix}\n" for problem in problems)
    if not problems:
        out.write(f"{contract.manifest}: holds\n")
    return 1 if problems else 0


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


def _texts(top: Path) -> dict[str, str]:
    """Read what an inventory looks at: text files of ordinary size that could be schemas or name owners."""
    found = {}
    for path in sorted(FolderRevision(top).paths()):
        file = top / path
        if path.endswith(_LOOKED_AT) and file.stat().st_size <= _MAX_BYTES:
            found[path] = file.read_text(encoding="utf-8", errors="replace")
    return found


def _top(directory: Path) -> Path:
    try:
        return top_level(directory)
    except SourceError as error:
        raise UsageError(str(error)) from error
