"""Git as far as GitHub's API shows it: blobs, trees, commits, merge bases and differences.

Identifiers are the ones git itself computes, so a test may compare them with those of a real repository.
Source: "Git Internals - Git Objects", https://git-scm.com/book/en/v2/Git-Internals-Git-Objects.
"""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

FILE_MODE = "100644"
LINK_MODE = "120000"
SUBMODULE_MODE = "160000"
TREE_MODE = "040000"
Status = Literal["added", "removed", "modified", "renamed"]
RENAME_SIMILARITY = 0.5
"""From this share of equal lines on, GitHub (like `git diff -M`) calls a removal and an addition a rename."""


class NoMergeBaseError(LookupError):
    """Two commits share no history."""


@dataclass(frozen=True, slots=True)
class Commit:
    """One commit; `files` maps each path to the id of its blob."""

    sha: str
    tree: str
    parents: tuple[str, ...]
    files: Mapping[str, str]
    message: str
    author_id: int
    author_login: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a tree: `kind` is "blob", "tree" or, of a submodule, "commit"; `size` in bytes, for blobs."""

    path: str
    kind: Literal["blob", "tree", "commit"]
    sha: str
    size: int | None = None


@dataclass(frozen=True, slots=True)
class FileChange:
    """One changed file, as a difference of two trees lists it; `sha` is the blob now, or what was removed."""

    path: str
    status: Status
    sha: str
    additions: int
    deletions: int
    patch: str | None
    previous: str | None = None


@dataclass
class Objects:
    """The object database of one network of forks; grows only.

    `modes` are those of the blobs that are links, and of the commits that stand for submodules.
    """

    blobs: dict[str, bytes] = field(default_factory=dict)
    modes: dict[str, str] = field(default_factory=dict)
    trees: dict[str, tuple[Entry, ...]] = field(default_factory=dict)
    commits: dict[str, Commit] = field(default_factory=dict)

    def add_blob(self, data: bytes) -> str:
        """Keep the bytes and return their id."""
        sha = _digest("blob", data)
        self.blobs[sha] = data
        return sha

    def add_link(self, target: str) -> str:
        """Keep a symbolic link and return its id; a file of the same bytes would be taken for one, too."""
        sha = self.add_blob(target.encode())
        self.modes[sha] = LINK_MODE
        return sha

    def add_submodule(self, commit: str) -> str:
        """Let a commit of another repository stand for a submodule; its id."""
        self.modes[commit] = SUBMODULE_MODE
        self.blobs[commit] = f"Subproject commit {commit}\n".encode()  # as differences show it
        return commit

    def entry(self, path: str, sha: str) -> Entry:
        """Make the line of a tree for a file, a link or a submodule."""
        if self.modes.get(sha) == SUBMODULE_MODE:
            return Entry(path, "commit", sha)
        return Entry(path, "blob", sha, len(self.blobs[sha]))

    def add_tree(self, files: Mapping[str, str]) -> str:
        """Keep the tree of these files, with every tree below it, and return its id."""
        here: list[Entry] = []
        below: dict[str, dict[str, str]] = {}
        for path, sha in files.items():
            name, slash, rest = path.partition("/")
            if slash:
                below.setdefault(name, {})[rest] = sha
            else:
                here.append(self.entry(name, sha))
        here += [Entry(name, "tree", self.add_tree(inner)) for name, inner in below.items()]
        here.sort(key=_tree_order)
        sha = _digest("tree", b"".join(_tree_line(entry, self.modes) for entry in here))
        self.trees[sha] = tuple(here)
        return sha

    def add_commit(
        self, parents: tuple[str, ...], files: Mapping[str, str], message: str, author: tuple[int, str], at: datetime
    ) -> Commit:
        """Keep a commit of these files (path → blob id) and return it."""
        tree = self.add_tree(files)
        who = f"{author[1]} <{author[0]}+{author[1]}@users.noreply.github.com> {int(at.timestamp())} +0000"
        lines = [f"tree {tree}", *(f"parent {parent}" for parent in parents), f"author {who}", f"committer {who}"]
        sha = _digest("commit", ("\n".join(lines) + f"\n\n{message}\n").encode())
        commit = Commit(sha, tree, parents, dict(files), message, author[0], author[1], at)
        self.commits.setdefault(sha, commit)
        return self.commits[sha]

    def walk(self, tree: str, prefix: str = "") -> Iterable[Entry]:
        """List a tree and everything below it, in git's order, paths from the top."""
        for entry in self.trees[tree]:
            yield Entry(prefix + entry.path, entry.kind, entry.sha, entry.size)
            if entry.kind == "tree":
                yield from self.walk(entry.sha, f"{prefix}{entry.path}/")

    def ancestors(self, sha: str) -> set[str]:
        """Every commit that can be reached from this one, itself included."""
        found: set[str] = set()
        waiting = [sha]
        while waiting:
            current = waiting.pop()
            if current not in found:
                found.add(current)
                waiting.extend(self.commits[current].parents)
        return found

    def between(self, base: str, head: str) -> list[Commit]:
        """The commits of `git log base..head`, oldest first."""
        missing = self.ancestors(head) - self.ancestors(base)
        return [commit for sha, commit in self.commits.items() if sha in missing]

    def merge_base(self, left: str, right: str) -> Commit:
        """The best common ancestor; the newest where there are several. Raises `NoMergeBaseError`."""
        common = self.ancestors(left) & self.ancestors(right)
        reachable: set[str] = set()
        for sha in common:
            for parent in self.commits[sha].parents:
                reachable |= self.ancestors(parent) if parent not in reachable else set()
        best = [sha for sha in self.commits if sha in common - reachable]
        if not best:
            raise NoMergeBaseError(f"{left}...{right}")
        return self.commits[best[-1]]

    def difference(self, old: Mapping[str, str], new: Mapping[str, str]) -> list[FileChange]:
        """What changed from one set of files to another, by path, with renames found as `git diff -M` does."""
        removed = {path: sha for path, sha in old.items() if path not in new}
        added = {path: sha for path, sha in new.items() if path not in old}
        changes = []
        for path, sha in sorted(added.items()):
            source = self._renamed_from(sha, removed)
            before = removed.pop(source) if source else None
            changes.append(self._change(path, before, sha, source))
        changes += [self._change(path, sha, None) for path, sha in removed.items()]
        changes += [self._change(path, old[path], sha) for path, sha in new.items() if old.get(path, sha) != sha]
        return sorted(changes, key=lambda change: change.path)

    def _renamed_from(self, sha: str, removed: Mapping[str, str]) -> str | None:
        exact = next((path for path, old in sorted(removed.items()) if old == sha), None)
        if exact is not None:
            return exact
        ranked = [(self._similarity(old, sha), path) for path, old in removed.items()]
        best = max(ranked, default=(0.0, ""))
        return best[1] if best[0] >= RENAME_SIMILARITY else None

    def _similarity(self, old: str, new: str) -> float:
        before, after = _lines(self.blobs[old]), _lines(self.blobs[new])
        if not before or not after:
            return 0.0
        return difflib.SequenceMatcher(None, before, after, autojunk=False).ratio()

    def _change(self, path: str, old: str | None, new: str | None, source: str | None = None) -> FileChange:
        status: Status = "renamed" if source else "added" if old is None else "removed" if new is None else "modified"
        before, after = (_lines(self.blobs[sha]) if sha else [] for sha in (old, new))
        sha = new or old or ""
        if before is None or after is None:
            return FileChange(path, status, sha, 0, 0, None, source)
        hunks = list(difflib.unified_diff(before, after, lineterm="", n=3))[2:]
        added = sum(line.startswith("+") for line in hunks)
        deleted = sum(line.startswith("-") for line in hunks)
        return FileChange(path, status, sha, added, deleted, "\n".join(hunks) or None, source)


def _digest(kind: str, body: bytes) -> str:
    return hashlib.sha1(f"{kind} {len(body)}\0".encode() + body, usedforsecurity=False).hexdigest()


def _tree_order(entry: Entry) -> bytes:
    # git compares a tree's name as though it ended in a slash
    return (entry.path + ("/" if entry.kind == "tree" else "")).encode()


def _tree_line(entry: Entry, modes: Mapping[str, str]) -> bytes:
    # inside the object a tree's mode has no leading zero
    mode = "40000" if entry.kind == "tree" else modes.get(entry.sha, FILE_MODE)
    return f"{mode} {entry.path}".encode() + b"\0" + bytes.fromhex(entry.sha)


def _lines(data: bytes) -> list[str] | None:
    """The lines of a text; none for what git would call binary."""
    try:
        return None if b"\0" in data else data.decode().splitlines()
    except UnicodeDecodeError:
        return None
