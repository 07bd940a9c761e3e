"""Contract documents and other files as values: the text that people wrote, and what it says.

Everything from outside is hostile until it has passed `parse`; the readers are `rules.jsonreader` and
`rules.yamlreader`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from rules import jsonreader
from rules.jsontext import JsonValue
from rules.lines import Lines, Unreadable
from rules.pointer import split

Syntax = Literal["json", "yaml"]

MAX_BYTES = 20_000_000
"""Larger files are refused before they are read."""

_BOM = "\ufeff"


@dataclass(frozen=True, slots=True)
class Document:
    """One file at one revision: its path in the repository, its text, and the value that the text holds."""

    path: str
    text: str
    value: JsonValue
    syntax: Syntax = "json"


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong with what a person sent: what, where, and what to do next.

    `code` is a stable name ("bump_too_small"); `line` and `column` count from 1; `pointer` is a JSON Pointer into the
    document at `path`; `blocking` is false for advice that holds nothing up.
    """

    code: str
    sentence: str
    fix: str = ""
    path: str = ""
    line: int | None = None
    column: int | None = None
    pointer: str | None = None
    blocking: bool = True

    def where(self) -> str:
        """Name the place as `path:line:column` or `path at /pointer`, as far as it is known; may be empty."""
        if self.line is not None:
            return ":".join(str(part) for part in (self.path, self.line, self.column) if part)
        if self.pointer is not None:
            return f"{self.path} at {self.pointer or 'its root'}".strip()
        return self.path


class DocumentError(ValueError):
    """A document cannot be used; carries the problem that says why and where."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(f"{problem.where()}: {problem.sentence}")
        self.problem = problem


def parse(path: str, data: bytes | str, *, syntax: Syntax | None = None) -> Document:
    """Read a file as the value that it holds; without a syntax, YAML for `.yml` and `.yaml`, otherwise JSON.

    Numbers are exact (see `rules.jsontext`). Raises `DocumentError`, with line and column as far as they are known,
    for bad UTF-8, bad syntax, a key twice in one object, nesting over 200 levels, more than 20 MB, NaN and Infinity,
    numbers that are too long, and YAML that is not JSON at heart: tags, keys that are no text, aliases that multiply,
    several documents. A byte order mark is kept in the text and skipped when reading (RFC 8259 §8.1).
    """
    try:
        text = _decode(data)
        if (syntax or syntax_of(path)) == "yaml":
            return Document(path, text, _yaml(text)[0], "yaml")
        return Document(path, text, jsonreader.read(text.removeprefix(_BOM)), "json")
    except Unreadable as error:
        raise DocumentError(
            Problem(error.code, error.sentence, error.fix, path=path, line=error.line, column=error.column)
        ) from None


def syntax_of(path: str) -> Syntax:
    """Say what a path's ending announces."""
    return "yaml" if path.lower().endswith((".yml", ".yaml")) else "json"


def line_of(document: Document, pointer: str) -> int | None:
    """Give the line (from 1) where the member or item at a JSON Pointer begins, or its nearest ancestor that exists.

    A member begins at its key. `None` where the document's text is not what its value was read from. The text is
    scanned on the first question and kept for the next ones.
    """
    try:
        return _lines(document.text, document.syntax).find(split(pointer))
    except (Unreadable, ValueError, IndexError):
        return None


@lru_cache(maxsize=16)
def _lines(text: str, syntax: Syntax) -> Lines:
    return _yaml(text)[1] if syntax == "yaml" else jsonreader.lines(text.removeprefix(_BOM))


def _yaml(text: str) -> tuple[JsonValue, Lines]:
    from rules import yamlreader  # noqa: PLC0415 most contracts are JSON, and a cold `check` need not load PyYAML

    return yamlreader.read(text.removeprefix(_BOM))


def _decode(data: bytes | str) -> str:
    if len(data) > MAX_BYTES:
        raise Unreadable(
            "document_too_large",
            f"The file is larger than {MAX_BYTES // 1_000_000} MB.",
            "Keep contracts apart from data.",
        )
    if isinstance(data, str):
        return data
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise Unreadable("document_encoding", "The file is UTF-16.", "Save it as UTF-8.", 1, 1)
    if b"\0" in data[:8000]:
        raise Unreadable("document_encoding", "The file is binary.", "Name the text file that holds the document.")
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = len(data[data.rfind(b"\n", 0, error.start) + 1 : error.start].decode()) + 1
        raise Unreadable(
            "document_encoding",
            f"The byte 0x{data[error.start]:02X} is not UTF-8.",
            "Save the file as UTF-8.",
            line,
            column,
        ) from None
