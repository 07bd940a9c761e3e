"""Files and paths at a commit; what is not there is told from what could not be read."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from urllib.parse import quote

from bot.github.client import Client
from bot.github.errors import BadAnswer, NotFound, Rejected, TooLarge
from bot.github.shapes import optional, required
from rules.jsontext import JsonValue

MAX_FILE = 20 * 1024 * 1024
"""Bytes of one file."""
MAX_PATHS = 400_000
"""Files of one commit. GitHub lists 100,000 at once; beyond that the tree is walked."""
MAX_WALKED_TREES = 2_000

HEAD = "HEAD"
"""The default branch's tip."""

_OBJECT = "application/vnd.github.object+json"
_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


class Contents:
    """Files and paths of one repository (`root` is /repos/owner/name); remembers which commits it has seen."""

    def __init__(self, client: Client, root: str) -> None:
        self._client = client
        self._root = root
        self._seen: set[str] = set()

    def saw(self, *refs: str) -> None:
        """Remember that these commits are there. Branches are not remembered: they may be gone in a moment."""
        self._seen.update(ref for ref in refs if _COMMIT.fullmatch(ref))

    def file(self, path: str, ref: str) -> bytes | None:
        """Read one file; see `Repository.file`."""
        if not _names_a_file(path):
            return None
        try:
            data = self._client.get(
                f"{self._root}/contents/{quote(path)}", accept=_OBJECT, **({} if ref == HEAD else {"ref": ref})
            )
        except NotFound:
            # GitHub says the same of a file, a commit and a repository that it does not show.
            self._must_be_there(ref)
            return None
        self.saw(ref)
        if not isinstance(data, dict) or data.get("type") != "file":
            return None  # a folder, a submodule, a link to nowhere
        return self._bytes(data)

    def blobs(self, ref: str) -> dict[str, str]:
        """List every file at a commit or a branch: path → blob id."""
        found: dict[str, str] = {}
        waiting = [(ref, "")]
        walked = 0
        while waiting:
            walked += 1
            if walked > MAX_WALKED_TREES:
                raise TooLarge(f"{self._root} at {ref[:80]} has too many folders to list")
            waiting += self._list(*waiting.pop(), found)
            if len(found) > MAX_PATHS:
                raise TooLarge(f"{self._root} at {ref[:80]} has more than {MAX_PATHS:,} files")
        self.saw(ref)
        return found

    def _list(self, tree: str, prefix: str, found: dict[str, str]) -> list[tuple[str, str]]:
        """Add a tree's files to `found`; the folders that have to be listed by themselves are returned."""
        path = f"{self._root}/git/trees/{quote(tree, safe='')}"
        data = self._client.get(path, recursive=1)
        whole = not optional(data, bool, "truncated")
        if not whole:
            data = self._client.get(path)
            if optional(data, bool, "truncated"):
                raise TooLarge(f"one folder ({prefix or 'the root'}) has more files than GitHub lists")
        folders = []
        for kind, name, sha in _entries(data):
            if kind == "blob":
                found[prefix + name] = sha
            elif kind == "tree" and not whole:
                folders.append((sha, f"{prefix}{name}/"))
        return folders

    def _must_be_there(self, ref: str) -> None:
        if ref in self._seen:
            return
        try:
            # Asking for one file of the commit's, of which only the status matters.
            self._client.get(f"{self._root}/commits/{quote(ref, safe='')}", per_page=1)
        except (NotFound, Rejected) as error:
            raise NotFound(
                f"{self._root.removeprefix('/repos/')} has no commit {ref[:80]} that the App can see",
                request=error.request,
                status=error.status,
                request_id=error.request_id,
            ) from error
        self.saw(ref)

    def _bytes(self, data: JsonValue) -> bytes:
        size = required(data, int, "size")
        if size > MAX_FILE:
            raise TooLarge(f"{required(data, str, 'path')} is larger than {MAX_FILE // 1024 // 1024} MB")
        if optional(data, str, "encoding") != "base64":  # larger than 1 MB: the blob has it
            data = self._client.get(f"{self._root}/git/blobs/{quote(required(data, str, 'sha'), safe='')}")
        return _decoded(data)


def _decoded(data: JsonValue) -> bytes:
    if required(data, str, "encoding") != "base64":
        raise BadAnswer("a file came in an encoding that is not base64")
    try:
        found = base64.b64decode("".join(required(data, str, "content").split()), validate=True)
    except (binascii.Error, ValueError):
        raise BadAnswer("a file came in base64 that cannot be read") from None
    if len(found) > MAX_FILE:
        raise TooLarge(f"a file is larger than {MAX_FILE // 1024 // 1024} MB")
    return found


def _entries(data: JsonValue) -> Iterator[tuple[str, str, str]]:
    for entry in required(data, list, "tree"):
        yield required(entry, str, "type"), required(entry, str, "path"), optional(entry, str, "sha") or ""


def _names_a_file(path: str) -> bool:
    # Dots as a part of the address would lead to another address.
    return bool(path) and not any(part in {"", ".", ".."} for part in path.split("/")) and "\0" not in path
