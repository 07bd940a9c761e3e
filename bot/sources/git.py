"""A local git repository as a source, through the git command itself (read-only, never through a shell)."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from bot.sources.revision import FileTooLarge, SourceError, Span

MAX_BYTES = 20 * 1024 * 1024
_TIMEOUT_SECONDS = 60
_FILES = frozenset({b"100644", b"100755", b"100664"})  # git's modes; the last is of old repositories
_MAX_PATTERNS = 500  # of one command's arguments
# Messages in the words that are looked for below, and no lock taken from somebody who works there.
_PLAIN = {"LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0"}


def span(directory: Path, base: str, head: str) -> Span:
    """Open the revisions between which a change is judged.

    `base` and `head` are anything git resolves to a commit. Raises `SourceError` naming the one that is not, or the
    directory when it is no repository.
    """
    tip = GitRevision(directory, _commit(directory, base))
    top = GitRevision(directory, _commit(directory, head))
    fork = _run(directory, "merge-base", tip.name, top.name, check=False).decode().strip() or tip.name
    changed = _run(directory, "diff", "--name-only", "--no-renames", "-z", fork, top.name, "--")
    start = GitRevision(directory, fork)
    return Span(tip=tip, base=start, head=top, changed=_names(changed), tagged=lambda: _tagged(directory, fork))


@dataclass(frozen=True)
class GitRevision:
    """One commit of a local repository."""

    directory: Path
    name: str

    @cached_property
    def _tree(self) -> Mapping[str, bool]:
        """Every path, and whether it is a file: a link leads elsewhere, and a submodule is another repository."""
        listed = _run(self.directory, "ls-tree", "-r", "-z", "--full-tree", self.name)
        # <mode> <type> <id>TAB<path>
        entries = (line.partition(b"\t") for line in listed.split(b"\0") if line)
        return {path.decode(errors="surrogateescape"): about.split()[0] in _FILES for about, _, path in entries}

    def paths(self) -> frozenset[str]:
        """List every file's path, and those of links and submodules."""
        return frozenset(self._tree)

    def read(self, path: str) -> bytes | None:
        """Read one file; `None` when the commit has no such file, `FileTooLarge` when it is larger than 20 MB."""
        if not self._tree.get(path):
            return None
        blob = f"{self.name}:{path}"
        size = int(_run(self.directory, "cat-file", "-s", blob))
        if size > MAX_BYTES:
            raise FileTooLarge(path, self.name)
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
            raise FileTooLarge(path, self.name)
        return file.read_bytes()


def top_level(directory: Path) -> Path:
    """Find the root of the repository that `directory` is in; `SourceError` when it is in none."""
    return Path(_run(directory, "rev-parse", "--show-toplevel").decode().strip())


def uncommitted(directory: Path, commit: str) -> frozenset[str]:
    """List the paths whose files differ from a commit that is checked out, new files too; of another commit, none."""
    if _run(directory, "rev-parse", "HEAD", check=False).decode().strip() != commit:
        return frozenset()
    edited = _run(directory, "diff", "--name-only", "--no-renames", "-z", commit, "--", check=False)
    new = _run(directory, "ls-files", "-z", "--others", "--exclude-standard", check=False)
    return _names(edited) | _names(new)


def last_change(directory: Path, patterns: Sequence[str]) -> str | None:
    """Name the last commit that edited a file of these patterns, else the last but the first that added one."""
    chosen = [f":(top,glob){pattern}" for pattern in patterns[:_MAX_PATTERNS]]
    for kind in ("M", "A"):
        found = _run(
            directory, "log", "-1", "--min-parents=1", f"--diff-filter={kind}", "--format=%h", "--", *chosen,
            check=False,
        )  # fmt: skip
        if chosen and found.strip():
            return found.decode().strip()
    return None


def _tagged(directory: Path, commit: str) -> dict[str, GitRevision]:
    """Give the tags that a commit contains; a shallow clone, or one without tags, has fewer."""
    # An annotated tag is an object of its own and leads to its commit, a light one is the commit's name.
    form = "--format=%(objectname) %(*objectname) %(refname:strip=2)"
    listed = _run(directory, "tag", "--list", "--merged", commit, form, check=False)
    tags = [line.split(" ", 2) for line in listed.decode(errors="surrogateescape").splitlines()]
    return {name: GitRevision(directory, leads_to or own) for own, leads_to, name in tags}


def _commit(directory: Path, name: str) -> str:
    # --end-of-options: a revision that begins with a dash is a name, never an option.
    found = _run(directory, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}", check=False)
    if not found.strip():
        top_level(directory)
        raise SourceError(f"{name!r} is no commit of {directory}; {_advice(directory)}")
    return found.decode().strip()


def _advice(directory: Path) -> str:
    if not _run(directory, "rev-parse", "--verify", "--quiet", "HEAD", check=False).strip():
        return "it has no commit yet"
    if _run(directory, "rev-parse", "--is-shallow-repository", check=False).strip() == b"true":
        return "the clone is shallow: fetch what is missing (git fetch --unshallow; in Actions, fetch-depth: 0)"
    return "name a branch, tag or hash (in CI, fetch it first)"


def _run(directory: Path, *arguments: str, check: bool = True) -> bytes:
    command = ["git", "-c", "core.quotePath=false", "-C", str(directory), *arguments]
    try:
        done = subprocess.run(  # noqa: S603 a list, no shell
            command, capture_output=True, timeout=_TIMEOUT_SECONDS, check=False, env=os.environ | _PLAIN
        )
    except FileNotFoundError as error:
        raise SourceError("the git command is not installed; install git, or compare two files directly") from error
    except subprocess.TimeoutExpired as error:
        raise SourceError(f"git {arguments[0]} did not answer within {_TIMEOUT_SECONDS} s in {directory}") from error
    if check and done.returncode != 0:
        raise SourceError(_refusal(directory, arguments[0], done.stderr.decode(errors="replace").strip()))
    return done.stdout if done.returncode == 0 else b""


def _refusal(directory: Path, command: str, said: str) -> str:
    if not directory.is_dir():
        return f"{directory} is no folder"
    if "not a git repository" in said:
        return f"{directory.resolve()} is not a git repository, nor in one; name one with --repo DIR"
    lines = said.splitlines() or ["it gave no reason"]
    # What is fatal is said first; advice, such as how to trust a folder of another owner, comes after it.
    first = next((line for line in lines if line.startswith("fatal: ")), lines[-1]).removeprefix("fatal: ")
    advice = f"; {lines[-1].strip()}" if "safe.directory" in lines[-1] else ""
    return f"git {command} failed in {directory}: {first}{advice}"


def _names(listing: bytes) -> frozenset[str]:
    return frozenset(name.decode(errors="surrogateescape") for name in listing.split(b"\0") if name)
