"""A change: what one pull request, or one pair of revisions, does to one contract.

`pair` finds which documents to compare; nothing here reads a file.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from rules.contract import Contract
from rules.documents import Document, Problem
from rules.jsontext import digest


@dataclass(frozen=True, slots=True)
class Pairing:
    """Which paths make up one change of one contract; `None` on a side where the contract does not exist.

    `archived` says that the document only moved to an archive folder, which is no change of the contract.
    """

    contract: Contract
    base_path: str | None
    head_path: str | None
    archived: bool = False


@dataclass(frozen=True)
class Change:
    """One contract's base document and head document, with the side files that the assessment needs.

    `base` or `head` is `None` where the contract begins or ends. `files` holds the text at head of every other file
    that was asked for (manifest, data files, change log) by path; a missing file is absent from it. `base_files`
    likewise at the base. `changed` are all paths that differ between the two revisions.
    """

    contract: Contract
    base: Document | None
    head: Document | None
    files: dict[str, str] = field(default_factory=dict)
    base_files: dict[str, str] = field(default_factory=dict)
    changed: frozenset[str] = frozenset()
    problems: tuple[Problem, ...] = ()

    @cached_property
    def digest(self) -> str:
        """The identity of the change: the hash of both canonical documents, whatever commit they stand in."""
        return digest(self.base.value if self.base else None, self.head.value if self.head else None)

    @property
    def path(self) -> str:
        """The path that people look at: the head document's, or the base's where the contract ends."""
        document = self.head or self.base
        return document.path if document else ""
