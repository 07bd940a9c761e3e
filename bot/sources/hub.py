"""A repository on GitHub as a source; what it has read of a commit it does not read twice."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from bot.github.errors import TooLarge
from bot.github.repository import Repository
from bot.github.values import ChangedFile
from bot.sources.revision import FileTooLarge, Span

_GONE = "removed"


def span(repository: Repository, base_ref: str, head_sha: str) -> Span:
    """Open the revisions of a pull request: the base branch's tip, the merge base, and the head.

    The head's paths follow from the base's and the changed files, which saves a request for a second tree.
    """
    found = repository.compare(base_ref, head_sha)
    changed = {file.path for file in found.files} | {file.previous_path for file in found.files if file.previous_path}
    tip = HubRevision(repository, found.base_sha)
    base = tip if found.merge_base_sha == found.base_sha else HubRevision(repository, found.merge_base_sha)
    blobs = {file.path: file.blob_sha for file in found.files if file.blob_sha and file.status != _GONE}
    head = HubRevision(repository, head_sha, lambda: _applied(base.paths(), found.files), blobs)
    return Span(tip=tip, base=base, head=head, changed=frozenset(changed))


def _applied(paths: frozenset[str], files: tuple[ChangedFile, ...]) -> frozenset[str]:
    gone = {file.path for file in files if file.status == _GONE}
    gone |= {file.previous_path for file in files if file.previous_path and file.status == "renamed"}
    return (paths - gone) | {file.path for file in files if file.status != _GONE}


@dataclass(frozen=True)
class HubRevision:
    """One commit of a repository on GitHub. Commits never change, so each path is fetched at most once.

    `derive` computes the paths where they are known without asking; `blobs` are the ids of files that are known.
    """

    repository: Repository
    name: str
    derive: Callable[[], frozenset[str]] | None = None
    blobs: Mapping[str, str] = field(default_factory=dict, repr=False)
    _read: dict[str, bytes | None] = field(default_factory=dict, repr=False)
    _paths: list[frozenset[str]] = field(default_factory=list, repr=False)

    def paths(self) -> frozenset[str]:
        """List every file's path."""
        if not self._paths:
            self._paths.append(self.derive() if self.derive else self.repository.paths(self.name))
        return self._paths[0]

    def read(self, path: str) -> bytes | None:
        """Read one file; `None` when GitHub says that this commit has no such file."""
        if path not in self._read:
            known = not self._paths or path in self._paths[0]
            self._read[path] = self._fetched(path) if known else None
        return self._read[path]

    def _fetched(self, path: str) -> bytes | None:
        try:
            return self.repository.file(path, self.name, self.blobs.get(path))
        except TooLarge as error:
            raise FileTooLarge(path, self.name) from error
