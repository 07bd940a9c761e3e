"""`concordat new`: begin a paper that accompanies a change, prefilled from the verdict; never over a file."""

from __future__ import annotations

import argparse
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TextIO

from bot.desk.check import judge_repository, note
from bot.errors import UsageError, unusable, unwritable
from bot.sources import SourceError, load_config
from bot.sources.git import FolderRevision, top_level
from notices import papers
from rules import documents, versions
from rules.accompany import paper_path
from rules.assessment import Assessment
from rules.config import CONFIG_PATHS, ConfigError
from rules.contract import Config, Contract
from rules.documents import DocumentError
from rules.fields import Fields
from rules.notice import day_after
from rules.register import current


def new(arguments: argparse.Namespace, out: TextIO) -> int:
    """Write a paper about a contract; 2 where its file is there already."""
    try:
        top = top_level(arguments.repo)
        folder = FolderRevision(top)
        contract, path = _chosen(_config(folder), folder, arguments.contract)
    except SourceError as error:
        raise UsageError(str(error)) from error
    except ConfigError as error:
        raise unusable(error.problems) from error
    assessment = None if arguments.base is None else _judged(arguments, contract, path)
    matter = _matter(arguments, contract, path, folder, assessment)
    if arguments.task == "deprecation":
        _check_fields(matter, folder, path)
    target = top / (arguments.out or _path(arguments.task, matter, path))
    text = papers.WRITERS[arguments.task][1](matter)
    _write(target, text)
    out.write(f"Wrote {_shown(target, top)}: {papers.WRITERS[arguments.task][0]}.\n")
    out.write(f"{_NEXT[arguments.task]}\n")
    return 0


_NEXT = {
    "proposal": "Fill in each section: who asks, why each field is needed, what each team has to do, and by when.",
    "impact-analysis": "Fill in each section; what stands in <!-- --> says what is asked, and is no answer.",
    "deprecation": "Copy one of its two notices into the contract, say why the field goes, and open a pull request.",
    "migration-guide": "Say at each step what to do about it, and until when both versions are supported.",
}


def _config(folder: FolderRevision) -> Config:
    config = load_config(folder)
    if config is None:
        raise UsageError(f"{folder.directory} has no {CONFIG_PATHS[0]}; `concordat init` writes a first one")
    return config


def _chosen(config: Config, folder: FolderRevision, name: str) -> tuple[Contract, str]:
    known = current(config, folder.paths())
    found = next((one for one in known if one[0].name == name), None)
    if found is None:
        names = ", ".join(sorted({contract.name for contract, _ in known})[:20]) or "none with a document"
        raise UsageError(f"no contract is called {name!r}; there are: {names}")
    return found


def _judged(arguments: argparse.Namespace, contract: Contract, path: str) -> Assessment:
    judged = judge_repository(arguments.repo, arguments.base, "HEAD", note=note)
    found = next((one for one in judged.assessments if one.change.contract.name == contract.name), None)
    if found is None:
        raise UsageError(f"{contract.name} ({path}) does not differ between {arguments.base} and HEAD; commit it first")
    return found


def _matter(
    arguments: argparse.Namespace, contract: Contract, path: str, folder: FolderRevision, found: Assessment | None
) -> papers.Matter:
    today = datetime.now(UTC).date()
    matter = papers.Matter(contract, today, found, version=_version(contract, path, folder, found))
    if arguments.task != "deprecation":
        return matter
    removal = _removal(arguments.removal, today, contract)
    return replace(matter, field=arguments.field, replacement=arguments.replacement or "", removal=removal)


def _version(contract: Contract, path: str, folder: FolderRevision, found: Assessment | None) -> str:
    if found is not None:
        return found.versions.new or found.versions.recommended or ""
    try:
        version = versions.read(contract.scheme, documents.parse(path, folder.read(path) or b""))
    except DocumentError as error:
        raise unusable([error.problem]) from error
    return "" if version is None else str(version)


def _removal(text: str | None, today: date, contract: Contract) -> date | None:
    if text is None:
        return None
    earliest = day_after(today, contract.policy.grace_days)
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{text!r} is no date; write one as in {earliest}") from None
    if day < earliest:
        raise UsageError(f"{day} is within the grace period; the earliest legal removal is {earliest}")
    return day


def _check_fields(matter: papers.Matter, folder: FolderRevision, path: str) -> None:
    fields = Fields.of(documents.parse(path, folder.read(path) or b"").value)
    for name in filter(None, (matter.field, matter.replacement)):
        if not fields.named(name):
            raise UsageError(f"{path} declares no field {name!r}; name it by its place, as in items[].price")


def _path(task: str, matter: papers.Matter, path: str) -> str:
    kind = f"deprecate-{matter.field}" if task == "deprecation" else task
    return paper_path(kind, matter.contract, path, matter.version)


def _write(target: Path, text: str) -> None:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError as error:
        raise UsageError(f"{target} is already there, and is left as it is; name another file with --out") from error
    except OSError as error:
        raise unwritable(target, error) from error


def _shown(target: Path, top: Path) -> str:
    return target.relative_to(top).as_posix() if target.is_relative_to(top) else str(target)
