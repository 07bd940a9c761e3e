"""Branches of our own with edits of files, and the pull requests that propose them. Nobody's branch is ever moved.

Source: https://docs.github.com/en/rest/git
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.github import shapes
from bot.github.client import Client
from bot.github.errors import NotFound, Rejected
from bot.github.values import PullRequest
from rules.jsontext import JsonValue

_FILE = "100644"


@dataclass(frozen=True, slots=True)
class Tip:
    """The newest commit of a branch, and the tree of its files."""

    sha: str
    tree: str


@dataclass(frozen=True, slots=True)
class FileEdit:
    """One path of a tree: its new text, or the id of a blob that is to lie there; with neither it is deleted."""

    path: str
    text: str | None = None
    blob: str | None = None


def tip(client: Client, root: str, branch: str) -> Tip:
    """Read the newest commit of a branch."""
    data = client.get(f"{root}/commits/heads/{branch}")
    return Tip(shapes.required(data, str, "sha"), shapes.required(data, str, "commit", "tree", "sha"))


def make(  # noqa: PLR0913 what makes a commit
    client: Client, root: str, branch: str, base: Tip, *, edits: Sequence[FileEdit], message: str
) -> None:
    """Make a branch with one commit on top of a base; one that is there already is left as it is.

    Trees and commits that no branch names are nothing that anybody sees, so that a lost answer costs nothing but them.
    """
    tree = client.write("POST", f"{root}/git/trees", {"base_tree": base.tree, "tree": [_entry(one) for one in edits]})
    body: JsonValue = {"message": message, "tree": shapes.required(tree, str, "sha"), "parents": [base.sha]}
    sha = shapes.required(client.write("POST", f"{root}/git/commits", body), str, "sha")
    try:
        client.write("POST", f"{root}/git/refs", {"ref": f"refs/heads/{branch}", "sha": sha})
    except Rejected:
        if not _exists(client, root, branch):
            raise


def _exists(client: Client, root: str, branch: str) -> bool:
    try:
        tip(client, root, branch)
    except (NotFound, Rejected):
        return False
    return True


def _entry(one: FileEdit) -> JsonValue:
    what: dict[str, JsonValue] = {"sha": one.blob} if one.text is None else {"content": one.text}
    return {"path": one.path, "mode": _FILE, "type": "blob", **what}


def pulls_from(client: Client, root: str, owner: str, branch: str) -> tuple[PullRequest, ...]:
    """List the pull requests from a branch of the repository itself, closed ones too."""
    found = client.pages(f"{root}/pulls", {"state": "all", "head": f"{owner}:{branch}"})
    return tuple(shapes.pull_request(item) for item in found)


def propose(  # noqa: PLR0913 what makes a pull request
    client: Client, root: str, branch: str, base: str, *, title: str, body: str
) -> PullRequest:
    """Open a pull request; after Unavailable look for it before opening another."""
    draft: JsonValue = {"title": title, "body": body, "head": branch, "base": base}
    return shapes.pull_request(client.write("POST", f"{root}/pulls", draft))
