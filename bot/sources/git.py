"""A local git repository as a source, through the git command itself (read-only, never through a shell)."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from bot.sources.revision import SourceError, Span

MAX_BYTES = 20 * 1024 * 1024
_TIMEOUT_SECONDS = 60


def span(directory: Path, base: str, head: str) -> Span:
    """Open the revisions between which a change is judged.

    `base` and `head` are anything git resolves to a commit. Raises `SourceError` naming the one that is not, or the
    directory when it is no repository.
    """
    tip = GitRevision(directory, _commit(directory, base))
    top = GitRevision(directory, _commit(directory, head))
    fork = _run(directory, "merge-base", tip.name, top.name, check=False).decode().strip() or tip.name
    changed = _run(directory, "diff", "--name-only", "--no-renames", "-z", fork, top.name, "--")
    return Span(tip=tip, base=GitRevision(directory, fork), head=top, changed=_names(changed))


@dataclass(frozen=True)
class GitRevision:
    """One commit of a local repository."""

    directory: Path
    name: str

    @cached_property
    def _tree(self) -> frozenset[str]:
        return _names(_run(self.directory, "ls-tree", "-r", "-z", "--full-tree", "--name-only", self.name))

    def paths(self) -> frozenset[str]:
        """List every file's path."""
        return self._tree

    def read(self, path: str) -> bytes | None:
        """Read one file; `None` when the commit has no such file, `SourceError` when it is larger than 20 MB."""
        if path not in self._tree:
            return None
        blob = f"{self.name}:{path}"
        size = int(_run(self.directory, "cat-file", "-s", blob))
        if size > MAX_BYTES:
            raise SourceError(f"{path} at {self.name[:12]} is larger than 20 MB; contracts are text that people review")
        return _run(self.directory, "cat-file", "blob", blob)


@dataclass(frozen=True)
class FolderRevision:
    """The files of a folder as they lie there, tracked by git or new but not ignored."""

    directory: Path
    name: str = "the working tree"
    _known: dict[str, frozenset[str]] = field(default_factory=dict, repr=False)

    def paths(self) -> frozenset[str]:
        """List every file's path that git tracks or would track."""
        if "paths" not in self._known:
            listed = _run(self.directory, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
            self._known["paths"] = frozenset(name for name in _names(listed) if self._regular(name))
        return self._known["paths"]

    def _regular(self, name: str) -> bool:
        # A link may lead out of the repository, and what it leads to is not the repository's.
        file = self.directory / name
        return file.is_file() and not file.is_symlink()

    def read(self, path: str) -> bytes | None:
        """Read one file; `None` when there is none."""
        if path not in self.paths():
            return None
        file = self.directory / path
        if file.stat().st_size > MAX_BYTES:
            raise SourceError(f"{path} is larger than 20 MB; contracts are text that people review")
        return file.read_bytes()


def top_level(directory: Path) -> Path:
    """Find the root of the repository that `directory` is in; `SourceError` when it is in none."""
    return Path(_run(directory, "rev-parse", "--show-toplevel").decode().strip())


def _commit(directory: Path, name: str) -> str:
    # --end-of-options: a revision that begins with a dash is a name, never an option.
    found = _run(directory, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}", check=False)
    if not found.strip():
        top_level(directory)
        raise SourceError(
            f"{name!r} is no commit of {directory}; name a branch, tag or hash (in CI, fetch it first: "
            "a shallow clone has only the newest commit)"
        )
    return found.decode().strip()


def _run(directory: Path, *arguments: str, check: bool = True) -> bytes:
    command = ["git", "-c", "core.quotePath=false", "-C", str(directory), *arguments]
    try:
        done = subprocess.run(command, capture_output=True, timeout=_TIMEOUT_SECONDS, check=False)  # noqa: S603 a list, no shell
    except FileNotFoundError as error:
        raise SourceError("the git command is not installed; install git, or compare two files directly") from error
    except subprocess.TimeoutExpired as error:
        raise SourceError(f"git {arguments[0]} did not answer within {_TIMEOUT_SECONDS} s in {directory}") from error
    if check and done.returncode != 0:
        reason = done.stderr.decode(errors="replace").strip().splitlines() or ["it gave no reason"]
        raise SourceError(f"git {arguments[0]} failed in {directory}: {reason[-1].removeprefix('fatal: ')}")
    return done.stdout if done.returncode == 0 else b""


def _names(listing: bytes) -> frozenset[str]:
    return frozenset(name.decode(errors="surrogateescape") for name in listing.split(b"\0") if name)
