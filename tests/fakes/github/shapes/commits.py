"""Commits and changed files."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

from tests.fakes.github.git import Commit, FileChange
from tests.fakes.github.shapes.accounts import maybe_account
from tests.fakes.github.shapes.common import Json, Urls, node, stamp
from tests.fakes.github.state import Repository, World


def change(one: FileChange, head_sha: str, base: Repository, urls: Urls) -> Json:
    """`diff-entry`."""
    path = quote(one.path)
    shape = {
        "sha": one.sha,
        "filename": one.path,
        "status": one.status,
        "additions": one.additions,
        "deletions": one.deletions,
        "changes": one.additions + one.deletions,
        "blob_url": f"{urls.page(base)}/blob/{head_sha}/{path}",
        "raw_url": f"{urls.page(base)}/raw/{head_sha}/{path}",
        "contents_url": f"{urls.repository(base)}/contents/{path}?ref={head_sha}",
    }
    optional = {"patch": one.patch, "previous_filename": one.previous}
    return shape | {name: value for name, value in optional.items() if value is not None}


def commit(one: Commit, base: Repository, world: World, urls: Urls) -> Json:
    """`commit`."""
    url, page = f"{urls.repository(base)}/commits/{one.sha}", f"{urls.page(base)}/commit/{one.sha}"
    author = world.accounts.get(one.author_login.lower())
    person = _git_user(one)
    parents = [
        {
            "sha": sha,
            "url": f"{urls.repository(base)}/commits/{sha}",
            "html_url": f"{urls.page(base)}/commit/{sha}",
        }
        for sha in one.parents
    ]
    return {
        "url": url,
        "sha": one.sha,
        "node_id": node("Commit", one.sha),
        "html_url": page,
        "comments_url": f"{url}/comments",
        "commit": {
            "url": f"{urls.repository(base)}/git/commits/{one.sha}",
            "author": person,
            "committer": person,
            "message": one.message,
            "tree": {"sha": one.tree, "url": f"{urls.repository(base)}/git/trees/{one.tree}"},
            "comment_count": 0,
            "verification": {
                "verified": False,
                "reason": "unsigned",
                "signature": None,
                "payload": None,
                "verified_at": None,
            },
        },
        "author": maybe_account(author, urls),
        "committer": maybe_account(author, urls),
        "parents": parents,
    }


def git_commit(one: Commit, base: Repository, urls: Urls) -> Json:
    """`git-commit`, as the git database has it."""
    root, page = f"{urls.repository(base)}/git", f"{urls.page(base)}/commit"
    person = _git_user(one)
    return {
        "sha": one.sha,
        "node_id": node("Commit", one.sha),
        "url": f"{root}/commits/{one.sha}",
        "html_url": f"{page}/{one.sha}",
        "author": person,
        "committer": person,
        "message": one.message,
        "tree": {"sha": one.tree, "url": f"{root}/trees/{one.tree}"},
        "parents": [
            {"sha": sha, "url": f"{root}/commits/{sha}", "html_url": f"{page}/{sha}"} for sha in one.parents
        ],
        "verification": {
            "verified": False, "reason": "unsigned", "signature": None, "payload": None, "verified_at": None,
        },
    }  # fmt: skip


def _git_user(one: Commit) -> Json:
    return {
        "name": one.author_login, "email": address(f"{one.author_id}+{one.author_login}"), "date": stamp(one.at),
    }  # fmt: skip


def address(name: str) -> str:
    """Write somebody's private address. GitHub keeps the brackets of a bot's, which its own description refuses."""
    return f"{name.removesuffix('[bot]')}@users.noreply.github.com"


def pushed_commit(one: Commit, before: Mapping[str, str], base: Repository, urls: Urls) -> Json:
    """A commit as the push event shows it; `before` is the files of its first parent."""
    person = {**_git_user(one), "username": one.author_login}
    return {
        "id": one.sha,
        "tree_id": one.tree,
        "distinct": True,
        "message": one.message,
        "timestamp": stamp(one.at),
        "url": f"{urls.page(base)}/commit/{one.sha}",
        "author": person,
        "committer": person,
        "added": sorted(set(one.files) - set(before)),
        "removed": sorted(set(before) - set(one.files)),
        "modified": sorted(path for path, sha in one.files.items() if before.get(path, sha) != sha),
    }
