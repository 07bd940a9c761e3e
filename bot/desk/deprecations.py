"""`concordat deprecations`: every field on its way out, from a checkout."""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import TextIO

from bot.desk.check import note
from bot.errors import UsageError, unusable
from bot.sources import SourceError, load_config
from bot.sources.git import FolderRevision, top_level
from notices.report import deprecations as written
from rules import documents
from rules.config import CONFIG_PATHS, ConfigError
from rules.documents import Document, DocumentError
from rules.register import Entry, lines, ordered, whole


def deprecations(arguments: argparse.Namespace, out: TextIO) -> int:
    """Print the register of deprecations as the files lie there; exit code 0 whatever it says."""
    today = _day(arguments.on)
    try:
        folder = FolderRevision(top_level(arguments.repo))
        entries = ordered(_entries(folder, today))
    except SourceError as error:
        raise UsageError(str(error)) from error
    except ConfigError as error:
        raise unusable(error.problems) from error
    if arguments.format == "json":
        out.write(written.data(entries, today))
    else:
        out.write(written.people(entries, today, width=shutil.get_terminal_size().columns))
    return 0


def _day(text: str | None) -> date:
    if text is None:
        return datetime.now(UTC).date()
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{text!r} is no date; write one as in 2026-12-31") from None


def _entries(folder: FolderRevision, today: date) -> Iterator[Entry]:
    config = load_config(folder)
    if config is None:
        raise UsageError(f"{folder.directory} has no {CONFIG_PATHS[0]}; `concordat init` writes a first one")
    for contract, paths in lines(config, folder.paths()):
        found = [one for one in (_read(folder, path) for path in paths) if one is not None]
        if found:
            yield from whole(contract, found[0], found[1:], today)


def _read(folder: FolderRevision, path: str) -> Document | None:
    try:
        return documents.parse(path, folder.read(path) or b"")
    except DocumentError as error:
        # One document of no use must not hide the deprecations of the others.
        note(f"{path} was left out: {error.problem.sentence}")
        return None
