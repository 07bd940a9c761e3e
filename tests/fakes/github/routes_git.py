"""Operations on git data: commits, comparisons, contents, trees, blobs."""

from __future__ import annotations

import base64
import posixpath
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from tests.fakes.github import shapes
from tests.fakes.github.git import (
    FILE_MODE,
    LINK_MODE,
    SUBMODULE_MODE,
    TREE_MODE,
    Commit,
    Entry,
    NoMergeBaseError,
)
from tests.fakes.github.http import Answer, Call, HttpError, Route, not_found
from tests.fakes.github.state import Repository

MOST_FILES = 300
"""Files in a comparison, https://docs.github.com/en/rest/commits/commits#compare-two-commits."""
_MOST_COMMITS = 250
_SUBMODULE = "https://github.com/elsewhere/module.git"
_MOST_JSON, _MOST_RAW = 1_000_000, 100_000_000
"""Bytes of a file that contents answers within JSON, and at all."""


def get_commit(call: Call, ref: str) -> Answer:
    """`GET /repos/{owner}/{repo}/commits/{ref}`."""
    found = call.repository.resolve(ref)
    if found is None:
        raise HttpError(422, f"No commit found for SHA: {ref}")
    return Answer(shapes.commit(found, call.repository, call.world, call.urls))


def compare(call: Call, basehead: str) -> Answer:
    """`GET /repos/{owner}/{repo}/compare/{basehead}`: by three dots, files on the first page only."""
    left, dots, right = basehead.partition("...")
    base, head = _end(call, left), _end(call, right)
    if not dots or base is None or head is None:
        raise not_found()
    objects = call.repository.objects
    try:
        meeting = objects.merge_base(base.sha, head.sha)
    except NoMergeBaseError as error:
        raise HttpError(404, f"No common ancestor between {left} and {right}.") from error
    ahead, behind = objects.between(base.sha, head.sha), objects.between(head.sha, base.sha)
    files = objects.difference(meeting.files, head.files)[:MOST_FILES] if call.number("page", 1, 10**9) == 1 else []
    page = f"{call.urls.page(call.repository)}/compare/"
    shape = {
        "url": f"{call.urls.repository(call.repository)}/compare/{quote(basehead)}",
        "html_url": page + quote(basehead),
        "permalink_url": f"{page}{base.sha[:7]}...{head.sha[:7]}",
        "diff_url": f"{page}{quote(basehead)}.diff",
        "patch_url": f"{page}{quote(basehead)}.patch",
        "base_commit": _commit(call, base),
        "merge_base_commit": _commit(call, meeting),
        "status": _STATUSES[bool(ahead), bool(behind)],
        "ahead_by": len(ahead),
        "behind_by": len(behind),
        "total_commits": len(ahead),
        "files": [shapes.change(file, head.sha, call.repository, call.urls) for file in files],
    }
    commits = [_commit(call, commit) for commit in ahead]
    return call.paged(commits, default=_MOST_COMMITS, wrap=lambda shown: {**shape, "commits": shown})


_STATUSES: Mapping[tuple[bool, bool], str] = {
    (False, False): "identical",
    (True, False): "ahead",
    (False, True): "behind",
    (True, True): "diverged",
}


def _commit(call: Call, commit: Commit) -> dict[str, Any]:
    return shapes.commit(commit, call.repository, call.world, call.urls)


def _end(call: Call, name: str) -> Commit | None:
    """Find one end of a comparison: a ref, `owner:ref` or `owner:repository:ref` of the same network."""
    here = call.repository.resolve(name)
    if here is not None or ":" not in name:
        return here
    *where, ref = name.split(":")
    for repository in _network(call):
        if where in ([repository.owner.login], [repository.owner.login, repository.name]):
            return repository.resolve(ref)
    return None


def _network(call: Call) -> list[Repository]:
    return [one for one in call.world.repositories.values() if one.objects is call.repository.objects]


def get_contents(call: Call, path: str = "") -> Answer:
    """`GET /repos/{owner}/{repo}/contents/{path}`: a file as JSON or raw, or the list of a directory."""
    ref = call.query.get("ref") or call.repository.default_branch
    commit = call.repository.resolve(ref)
    if commit is None:
        raise HttpError(404, f"No commit found for the ref {ref}")
    path = path.strip("/")
    sha = commit.files.get(path)
    mode = call.repository.objects.modes.get(sha or "")
    if sha is not None and mode == LINK_MODE:
        return _link(call, commit, path, sha, ref)
    if sha is not None and mode == SUBMODULE_MODE:
        return Answer(_content(call, path, Entry(path, "commit", sha), ref) | {"submodule_git_url": _SUBMODULE})
    if sha is not None:
        return _file(call, path, sha, ref)
    entries = _directory(call, commit, path)
    shapes_ = [_content(call, f"{path}/{entry.path}".lstrip("/"), entry, ref) for entry in entries]
    if call.asks_for("object"):
        tree = Entry(path, "tree", commit.tree)
        return Answer(_content(call, path, tree, ref) | {"entries": shapes_})
    return Answer(shapes_)


def _file(call: Call, path: str, sha: str, ref: str) -> Answer:
    data = call.repository.objects.blobs[sha]
    if len(data) > _MOST_RAW:
        raise HttpError(403, "This API returns blobs up to 100 MB in size.")
    if call.asks_for("raw"):
        return Answer(data, headers={"Content-Type": "application/vnd.github.raw+json; charset=utf-8"})
    whole = len(data) <= _MOST_JSON
    shape = _content(call, path, Entry(path, "blob", sha, len(data)), ref)
    content = base64.encodebytes(data).decode() if whole else ""
    return Answer({**shape, "content": content, "encoding": "base64" if whole else "none"})


def _link(call: Call, commit: Commit, path: str, sha: str, ref: str) -> Answer:
    """Answer a link: with the file that it leads to, if that is one of the repository, else with the link itself."""
    target = call.repository.objects.blobs[sha].decode()
    there = posixpath.normpath(posixpath.join(posixpath.dirname(path), target))
    found = commit.files.get(there)
    if found is not None and found not in call.repository.objects.modes:
        return _file(call, path, found, ref)
    return Answer(
        _content(call, path, Entry(path, "blob", sha, len(target)), ref) | {"type": "symlink", "target": target}
    )


def _directory(call: Call, commit: Commit, path: str) -> tuple[Entry, ...]:
    trees = call.repository.objects.trees
    tree = commit.tree
    for name in filter(None, path.split("/")):
        below = next((entry for entry in trees[tree] if (entry.path, entry.kind) == (name, "tree")), None)
        if below is None:
            raise not_found()
        tree = below.sha
    return trees[tree]


def _content(call: Call, path: str, entry: Entry, ref: str) -> dict[str, Any]:
    api, page = call.urls.repository(call.repository), call.urls.page(call.repository)
    kind = {"blob": "file", "tree": "dir", "commit": "submodule"}[entry.kind]
    place = quote(path)
    url = f"{api}/contents/{place}?ref={quote(ref, safe='')}"
    git_url = f"{api}/git/{entry.kind}s/{entry.sha}"
    html_url = f"{page}/{'blob' if kind == 'file' else 'tree'}/{quote(ref)}/{place}"
    return {
        "name": path.rpartition("/")[2],
        "path": path,
        "sha": entry.sha,
        "size": entry.size or 0,
        "url": url,
        "html_url": html_url,
        "git_url": git_url,
        "download_url": f"{page}/raw/{quote(ref)}/{place}" if kind == "file" else None,
        "type": kind,
        "_links": {"self": url, "git": git_url, "html": html_url},
    }


def get_tree(call: Call, ref: str) -> Answer:
    """`GET /repos/{owner}/{repo}/git/trees/{tree_sha}`; for a commit `sha` is that commit's, as GitHub answers."""
    objects = call.repository.objects
    commit = call.repository.resolve(ref)
    tree = commit.tree if commit else ref
    if tree not in objects.trees:
        raise not_found()
    return Answer(tree_shape(call, tree, commit.sha if commit else tree, recursive="recursive" in call.query))


def tree_shape(call: Call, tree: str, sha: str | None = None, *, recursive: bool = False) -> dict[str, Any]:
    """Write a tree as JSON, under its own id or that of a commit."""
    objects, sha = call.repository.objects, sha or tree
    entries = list(objects.walk(tree)) if recursive else list(objects.trees[tree])
    most = call.world.tree_limit
    return {
        "sha": sha,
        "url": f"{call.urls.repository(call.repository)}/git/trees/{sha}",
        "tree": [_entry(call, entry) for entry in entries[:most]],
        "truncated": len(entries) > most,
    }


def _entry(call: Call, entry: Entry) -> dict[str, Any]:
    shape = {
        "path": entry.path,
        "mode": TREE_MODE if entry.kind == "tree" else call.repository.objects.modes.get(entry.sha, FILE_MODE),
        "type": entry.kind,
        "sha": entry.sha,
        "url": f"{call.urls.repository(call.repository)}/git/{entry.kind}s/{entry.sha}",
    }
    return shape if entry.size is None else {**shape, "size": entry.size}


def get_blob(call: Call, sha: str) -> Answer:
    """`GET /repos/{owner}/{repo}/git/blobs/{file_sha}`."""
    data = call.repository.objects.blobs.get(sha)
    if data is None:
        raise not_found()
    if call.asks_for("raw"):
        return Answer(data, headers={"Content-Type": "application/vnd.github.raw+json; charset=utf-8"})
    shape = {
        "sha": sha,
        "node_id": shapes.node("Blob", sha),
        "size": len(data),
        "url": f"{call.urls.repository(call.repository)}/git/blobs/{sha}",
        "content": base64.encodebytes(data).decode(),
        "encoding": "base64",
    }
    return Answer(shape)


_READ = (("contents", "read"),)
ROUTES = (
    Route("GET", "/repos/<owner>/<repo>/commits/<path:ref>", get_commit, needs=_READ),
    Route("GET", "/repos/<owner>/<repo>/compare/<path:basehead>", compare, needs=_READ),
    Route("GET", "/repos/<owner>/<repo>/contents", get_contents, needs=_READ),
    Route("GET", "/repos/<owner>/<repo>/contents/<path:path>", get_contents, needs=_READ),
    Route("GET", "/repos/<owner>/<repo>/git/trees/<path:ref>", get_tree, needs=_READ),
    Route("GET", "/repos/<owner>/<repo>/git/blobs/<sha>", get_blob, needs=_READ),
)
