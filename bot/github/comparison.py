"""What a head changes, completely.

GitHub lists at most 300 files of a comparison, and 3,000 of a pull request. Where the first number is reached the two
commits' trees are compared by blob instead, which costs two requests and has no such limit; a renamed file is then
one that is gone and one that is new.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from urllib.parse import quote

from bot.github import shapes
from bot.github.client import Client
from bot.github.contents import Contents
from bot.github.errors import NotFound, Unrelated
from bot.github.values import ChangedFile, Comparison
from rules.jsontext import JsonValue

MOST_FILES = 300
"""As many as GitHub lists (REST, "Compare two commits")."""
_UNRELATED = "no common ancestor"
"""What GitHub says in a 404 of commits without common history."""


def compare(client: Client, contents: Contents, root: str, base_ref: str, head_sha: str) -> Comparison:
    """Compare a head with the base branch's tip; the files are those that differ from the merge base.

    Raises `Unrelated` where the two share no history.
    """
    span = f"{quote(base_ref, safe='')}...{quote(head_sha, safe='')}"
    # The files come with the first page; of the commits one is enough.
    data = _asked(client, f"{root}/compare/{span}")
    base = shapes.optional(data, str, "base_commit", "sha") or base_ref
    merge_base = shapes.optional(data, str, "merge_base_commit", "sha") or base
    files = shapes.items(shapes.required(data, list, "files"), shapes.changed_file)
    if len(files) >= MOST_FILES:
        files = tuple(_differences(contents.blobs(merge_base), contents.blobs(head_sha)))
    return Comparison(base_sha=base, merge_base_sha=merge_base, files=files)


def _asked(client: Client, path: str) -> JsonValue:
    try:
        return client.get(path, {"per_page": 1})
    except NotFound as missing:
        if _UNRELATED not in str(missing).lower():
            raise
        about = {"request": missing.request, "status": missing.status, "request_id": missing.request_id}
        raise Unrelated(missing.sentence, **about) from missing  # type: ignore[arg-type] # the parts of an error


def _differences(old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[ChangedFile]:
    for path in sorted(old.keys() | new.keys()):
        before, after = old.get(path), new.get(path)
        if before == after:
            continue
        if after is None:
            yield ChangedFile(path, "removed", None, before)
        else:
            yield ChangedFile(path, "modified" if path in old else "added", None, after)
