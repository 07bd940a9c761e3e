"""Which configuration counts at a desk, as for the App: the base's; and what is wrong with an edit of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bot.errors import UsageError, unreadable, unusable
from bot.sources import Revision, Span, load_config
from bot.sources import git as local
from rules import documents
from rules.config import CONFIG_PATHS, ConfigError, load
from rules.contract import Config
from rules.documents import Problem
from rules.preview import idle_patterns, mended, preview, unusable_edit

Note = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class InForce:
    """The configuration that counts; the problems of it and of an edit of it; what that edit would change.

    `remarks` are on what is allowed and hardly meant: patterns that match nothing.
    """

    config: Config
    problems: tuple[Problem, ...] = ()
    preview: tuple[str, ...] = ()
    remarks: tuple[Problem, ...] = ()


def in_force(span: Span, top: Path, config_file: Path | None, note: Note) -> InForce:
    """Read the configuration: the one named, else the base's, else the newer one that is there instead.

    `UsageError` where none is there, or none can be used; an edit that cannot be used is a problem beside the base's.
    """
    try:
        if config_file is not None:
            return _remarked(_named(config_file), span.base, span.head)
        return _of_base(span, note) or _instead(span, top, note)
    except ConfigError as error:
        raise unusable(error.problems) from error


def _remarked(config: Config, *revisions: Revision) -> InForce:
    """Remark on patterns that match nothing in any of these; what only one side has is a change, and judged."""
    return InForce(config, remarks=idle_patterns(config, frozenset().union(*(one.paths() for one in revisions))))


def _named(path: Path) -> Config:
    try:
        with path.open("rb") as file:
            return load(file.read(documents.MAX_BYTES).decode("utf-8", "replace"), path=str(path))
    except OSError as error:
        raise unreadable(path, error) from error


def _of_base(span: Span, note: Note) -> InForce | None:
    edited = not span.changed.isdisjoint(CONFIG_PATHS)
    try:
        found = load_config(span.tip)
    except ConfigError as error:
        after = load_config(span.head) if edited else None
        if after is None:
            raise
        # A change that mends the configuration must be able to pass, and must not slip a contract past on the way.
        return InForce(after, mended(error.problems))
    if found is None:
        return None
    if not edited:
        return _remarked(found, span.base, span.head)
    try:
        after = load_config(span.head)
    except ConfigError as error:
        return InForce(found, unusable_edit(error.problems))
    note("the head edits the configuration; the base's was used, and the edit counts once it is merged")
    paths = span.head.paths()
    return InForce(
        found, preview=preview(found, after or Config(), paths), remarks=idle_patterns(after or Config(), paths)
    )


def _instead(span: Span, top: Path, note: Note) -> InForce:
    folder = local.FolderRevision(top)
    for revision, whose in ((span.head, "the head's"), (folder, "the folder's")):
        found = load_config(revision)
        if found is not None:
            note(f"the base has no {found.source}; {whose} was used")
            return _remarked(found, span.base, span.head, folder)
    raise UsageError(f"{top} has no {CONFIG_PATHS[0]}; `concordat init` writes a first one")
