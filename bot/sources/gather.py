"""From two revisions and a configuration to the changes that are to be judged."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import replace

from bot.sources.revision import FileTooLarge, Revision, Span
from rules import documents
from rules.change import Change, Pairing, pair, side_files
from rules.config import CONFIG_PATHS, ConfigError, load
from rules.contract import Config
from rules.documents import Document, DocumentError, Problem


def load_config(revision: Revision, default: Config | None = None) -> Config | None:
    """Read the contracts configuration of a revision; `None` when it has no such file.

    `default` is the organisation's. Raises `rules.config.ConfigError` with every problem at its line; a file that
    could not be fetched raises whatever the source raises and is never taken for a missing one.
    """
    for path in CONFIG_PATHS:
        try:
            data = revision.read(path)
        except FileTooLarge as error:
            raise ConfigError((_too_large(path, error),)) from error
        if data is not None:
            return load(_text(data), path=path, default=default)
    return default


def gather(config: Config, span: Span) -> tuple[Change, ...]:
    """Read the documents of every contract that differs over the span, in the configuration's order."""
    pairings = pair(config, changed=span.changed, base_paths=_Paths(span.base), head_paths=_Paths(span.head))
    return tuple(_change(pairing, span) for pairing in pairings if not pairing.archived)


class _Paths(AbstractSet[str]):
    """A revision's paths, listed when they are first looked at: most changes touch no contract and need no list."""

    def __init__(self, revision: Revision) -> None:
        self._revision = revision

    def __contains__(self, path: object) -> bool:
        return path in self._revision.paths()

    def __iter__(self) -> Iterator[str]:
        return iter(self._revision.paths())

    def __len__(self) -> int:
        return len(self._revision.paths())


def _change(pairing: Pairing, span: Span) -> Change:
    base, lost = _document(span.base, pairing.base_path)
    head, broken = _document(span.head, pairing.head_path)
    if lost:
        # A head that mends a broken base must not be held up by the break that it mends.
        lost = replace(lost, blocking=False, sentence=f"the version before this change is unreadable: {lost.sentence}")
    wanted = side_files(pairing)
    return Change(
        contract=pairing.contract,
        base=base,
        head=head,
        files=_files(span.head, wanted),
        base_files=_files(span.base, wanted),
        changed=span.changed,
        problems=tuple(problem for problem in (lost, broken) if problem),
    )


def _document(revision: Revision, path: str | None) -> tuple[Document | None, Problem | None]:
    if path is None:
        return None, None
    try:
        data = revision.read(path)
        if data is None:
            return None, _no_file(path)
        return documents.parse(path, data), None
    except DocumentError as error:
        return None, error.problem
    except FileTooLarge as error:
        return None, _too_large(path, error)


def _no_file(path: str) -> Problem:
    sentence = f"{path} is listed but is not a file: a link to nowhere, a folder or a submodule."
    return Problem("document_not_a_file", sentence, "Put the document itself there.", path=path)


def _too_large(path: str, error: FileTooLarge) -> Problem:
    return Problem("document_too_large", f"{error}.", "Split it into smaller files.", path=path)


def _files(revision: Revision, wanted: Iterable[str]) -> dict[str, str]:
    found = ((path, _side(revision, path)) for path in wanted)
    return {path: _text(data) for path, data in found if data is not None}


def _side(revision: Revision, path: str) -> bytes | None:
    try:
        return revision.read(path)
    except FileTooLarge:
        return b""  # there, and of no use to anybody: whoever needs it says that it cannot be read


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")
