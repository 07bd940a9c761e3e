"""Contract documents and other files as values: the text that people wrote, and what it says.

Parsing is `rules.documents.parse`; everything here is hostile until it has passed that.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from rules.jsontext import JsonValue

Syntax = Literal["json", "yaml"]


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
