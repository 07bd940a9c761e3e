"""Documents read within bounds: what is large is parsed in a process of its own, what is huge not at all.

The desk reads 20 MB, at the expense of who asked; here strangers' pull requests are read, four at a time.
"""

from __future__ import annotations

from collections.abc import Mapping

from bot.sources import load_config, load_partners
from bot.sources.revision import Revision
from bot.steward.child import Failed, Limits, run
from rules import documents
from rules.config import ConfigError
from rules.config import load as configure
from rules.contract import Config
from rules.documents import Document, DocumentError, Problem, Syntax, syntax_of
from rules.jsontext import JsonValue
from rules.partners import Book, load

LARGEST: Mapping[Syntax, int] = {"json": 5_000_000, "yaml": 1_000_000}
"""Bytes; the largest public JSON Schemas have less than four million."""
MOST_VALUES = 300_000
"""So many values a document may hold, each of which costs memory whatever it is."""
_AT_ONCE: Mapping[Syntax, int] = {"json": 128_000, "yaml": 32_000}
"""Bytes that take less than a tenth of a second, where a process of its own would be dearer."""
_LIMITS = Limits(seconds=20.0, memory=1024**3)
_BOOK_LIMITS = Limits(seconds=120.0, memory=1024**3)
"""Ten thousand partners are a megabyte."""


def read(path: str, data: bytes) -> Document:
    """Read a document; `DocumentError` says what is wrong with it, or that it is more than is read here."""
    syntax = syntax_of(path)
    if len(data) > LARGEST[syntax]:
        raise DocumentError(_too_large(path, f"has {len(data) / 1e6:.1f} MB", syntax))
    if len(data) <= _AT_ONCE[syntax]:
        return documents.parse(path, data)
    found = run(parsed, (path, data), _LIMITS)
    if isinstance(found, Document):
        return found
    raise DocumentError(found if isinstance(found, Problem) else _too_costly(path, found))


def config_at(revision: Revision, default: Config | None = None) -> Config | None:
    """Read the configuration of a revision, as `bot.sources.load_config`, a large one apart."""
    return load_config(revision, default, _config)


def book_at(revision: Revision, held: Config | None) -> Book:
    """Read the partners file of a revision, as `bot.sources.load_partners`, a large one apart.

    Its reading takes many times the memory that it has.
    """
    return load_partners(revision, held, _book)


def _book(text: str, path: str, held: Config | None) -> Book:
    if len(text) <= _AT_ONCE["yaml"]:
        return load(text, path, held)
    found = run(booked, (text, path, held), _BOOK_LIMITS)
    if isinstance(found, Book):
        return found
    raise ConfigError(found if isinstance(found, tuple) else (_too_costly(path, found),))


def _config(text: str, path: str, default: Config | None) -> Config:
    if len(text) <= _AT_ONCE["yaml"]:
        return configure(text, path, default)
    found = run(configured, (text, path, default), _BOOK_LIMITS)
    if isinstance(found, Config):
        return found
    raise ConfigError(found if isinstance(found, tuple) else (_too_costly(path, found),))


def configured(argument: tuple[str, str, Config | None]) -> Config | tuple[Problem, ...]:
    """Read the configuration; what the process of its own does."""
    try:
        return configure(*argument)
    except ConfigError as error:
        return error.problems


def booked(argument: tuple[str, str, Config | None]) -> Book | tuple[Problem, ...]:
    """Read the partners' file; what the process of its own does."""
    try:
        return load(*argument)
    except ConfigError as error:
        return error.problems


def parsed(argument: tuple[str, bytes]) -> Document | Problem:
    """Parse a document and count its values; what the process of its own does."""
    path, data = argument
    try:
        found = documents.parse(path, data)
    except DocumentError as error:
        return error.problem
    if _values(found.value) > MOST_VALUES:
        return _too_large(path, f"holds more than {MOST_VALUES:,} values", found.syntax)
    return found


def _values(value: JsonValue) -> int:
    count, waiting = 0, [value]
    while waiting and count <= MOST_VALUES:
        count += 1
        one = waiting.pop()
        if isinstance(one, dict):
            waiting.extend(one.values())
        elif isinstance(one, list):
            waiting.extend(one)
    return count


def _too_large(path: str, how: str, syntax: Syntax) -> Problem:
    most = f"{syntax.upper()} is read up to {LARGEST[syntax] // 1_000_000} MB and {MOST_VALUES:,} values"
    return Problem("document_too_large", f"{path} {how}; {most}.", "Split it into smaller files.", path=path)


def _too_costly(path: str, found: object) -> Problem:
    why = found.why if isinstance(found, Failed) else "failed"
    return Problem("document_too_costly", f"Reading {path} {why}.", "Make it smaller or simpler.", path=path)
