"""From two revisions and a configuration to the changes that are to be judged."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import replace

from bot.sources import older
from bot.sources.beside import beside
from bot.sources.revision import FileTooLarge, Revision, Span
from rules import documents, partners
from rules.change import Change, Pairing, pair, side_files
from rules.config import CONFIG_PATHS, ConfigError, load
from rules.contract import Config
from rules.documents import Document, DocumentError, Problem
from rules.partners import PARTNERS_PATHS, Book
from rules.quoting import code

Read = Callable[[str, bytes], Document]
Configure = Callable[[str, str, Config | None], Config]
Load = Callable[[str, str, Config | None], Book]

MAX_CONFIG = 256_000
"""Bytes of a configuration; reading YAML takes seconds for each megabyte."""
MAX_SIDE_FILES = 50_000_000
"""Bytes of one contract's manifest, change log and data files on one side of a change, together."""


def load_config(revision: Revision, default: Config | None = None, parse: Configure = load) -> Config | None:
    """Read the contracts configuration of a revision; `None` when it has no such file.

    `default` is the organisation's; `parse` makes the configuration of (text, path, default). Raises
    `rules.config.ConfigError` with every problem at its line; a file that could not be fetched raises whatever the
    source raises and is never taken for a missing one.
    """
    for path in CONFIG_PATHS:
        try:
            data = revision.read(path)
        except FileTooLarge as error:
            raise ConfigError((_too_large(path, error),)) from error
        if data is not None and len(data) > MAX_CONFIG:
            raise ConfigError((_too_large_config(path, len(data)),))
        if data is not None:
            return parse(_text(data), path, default)
    return default


def load_partners(revision: Revision, config: Config | None, parse: Load = partners.load) -> Book:
    """Read the partners file of a revision, held against its configuration if given; an empty book where it has none.

    `parse` makes the book of the text: (text, path, configuration).
    Raises `rules.config.ConfigError` with every problem at its line, or whatever the source raises.
    """
    for path in PARTNERS_PATHS:
        try:
            data = revision.read(path)
        except FileTooLarge as error:
            raise ConfigError((_too_large(path, error),)) from error
        if data is not None:
            return parse(_text(data), path, config)
    return Book()


def gather(
    config: Config, span: Span, read: Read = documents.parse, *, most: int | None = None, archived: bool = False
) -> tuple[Change, ...]:
    """Read the documents of every contract that differs over the span, in the configuration's order.

    `read` makes a document of a path and its bytes, or raises `DocumentError`. After the `most` first ones contracts
    are not read any more; each of them says so. What only moved to the archive is no change, and here with `archived`.
    """
    pairings = pair(config, changed=span.changed, base_paths=_Paths(span.base), head_paths=_Paths(span.head))
    wanted = [pairing for pairing in pairings if archived or not pairing.archived]
    rest = [] if most is None else wanted[most:]
    changes = [_change(pairing, span, read) for pairing in wanted[: len(wanted) - len(rest)]]
    return (*changes, *(_unread(pairing, most or 0) for pairing in rest))


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


def _change(pairing: Pairing, span: Span, read: Read) -> Change:
    base, lost = _document(span.base, pairing.base_path, read)
    head, broken = _document(span.head, pairing.head_path, read)
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
        older=() if base is None or head is None else older.versions(pairing, base, span, read),
        stays=pairing.stays,
        base_beside={} if base is None else beside(base, span.base, read),
        head_beside={} if head is None else beside(head, span.head, read),
    )


def _unread(pairing: Pairing, most: int) -> Change:
    path = pairing.head_path or pairing.base_path or ""
    sentence = f"{code(path)} was not read: one pull request changes more than {most} contracts."
    problem = Problem("document_not_read", sentence, "Make several pull requests of it.", path=path)
    return Change(contract=pairing.contract, base=None, head=None, problems=(problem,))


def _document(revision: Revision, path: str | None, read: Read) -> tuple[Document | None, Problem | None]:
    if path is None:
        return None, None
    try:
        data = revision.read(path)
        if data is None:
            return None, _no_file(path)
        return read(path, data), None
    except DocumentError as error:
        return None, error.problem
    except FileTooLarge as error:
        return None, _too_large(path, error)


def _no_file(path: str) -> Problem:
    sentence = f"{code(path)} is listed but is not a file: a link, a folder or a submodule."
    return Problem("document_not_a_file", sentence, "Put the document itself there.", path=path)


def _too_large(path: str, error: FileTooLarge) -> Problem:
    return Problem("document_too_large", f"{error}.", "Split it into smaller files.", path=path)


def _too_large_config(path: str, size: int) -> Problem:
    sentence = f"{code(path)} has {size // 1000} kB; a configuration may have {MAX_CONFIG // 1000}."
    return Problem("document_too_large", sentence, "Name several contracts by one pattern.", path=path)


def _files(revision: Revision, wanted: Iterable[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    room = MAX_SIDE_FILES
    for path in wanted:
        # Where they are more than anybody looks at, the rest is there and of no use: who needs it says so.
        data = _side(revision, path) if room > 0 else b""
        if data is not None:
            room -= len(data)
            found[path] = _text(data)
    return found


def _side(revision: Revision, path: str) -> bytes | None:
    try:
        return revision.read(path)
    except FileTooLarge:
        return b""  # as above


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")
