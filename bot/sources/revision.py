"""The one small contract that every source of documents meets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol


class SourceError(Exception):
    """A source could not be read; the message says what, where and what to do next."""


class FileTooLarge(SourceError):  # noqa: N818 named for what is so, as in the GitHub room
    """A file is larger than anybody reviews, so it is not read."""

    def __init__(self, path: str, revision: str) -> None:
        super().__init__(f"{path} at {revision[:12]} is larger than 20 MB; contracts are text that people review")


class Revision(Protocol):
    """One state of a repository's files."""

    @property
    def name(self) -> str:
        """The commit's full hash."""
        ...

    def paths(self) -> frozenset[str]:
        """List every file's path, relative to the repository's root."""
        ...

    def read(self, path: str) -> bytes | None:
        """Read one file; `None` only when this revision has no such file. Failing to know raises instead."""
        ...


@dataclass(frozen=True, slots=True)
class Span:
    """The two revisions of a comparison and the paths that differ between them.

    `tip` is the base branch as it stands, from which configuration is read; `base` the point where head left it, so
    that what the base branch did since is not taken for a change of this head. `tagged` lists the tags within base, by
    name, where the source knows them.
    """

    tip: Revision
    base: Revision
    head: Revision
    changed: frozenset[str]
    tagged: Callable[[], Mapping[str, Revision]] = dict
