"""Files and paths at a commit; what is not there is told from what could not be read."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Iterator, Mapping
from urllib.parse import quote

from bot.github.client import Client, Params
from bot.github.errors import BadAnswer, NotFound, Rejected, TooLarge, Unavailable
from bot.github.known import Known
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
_NONE = ""
_ENTRY = 200
"""Bytes that a listed file costs beside its path."""
_DIGESTS = {40: hashlib.sha1, 64: hashlib.sha256}


class Contents:
    """Files and paths of one repository (`root` is /repos/owner/name); a commit's are asked for once.

    `scope` is whose they are: the first part of every key in `known`.
    """

    def __init__(self, client: Client, root: str, *, known: Known | None = None, scope: str = "") -> None:
        self._client = client
        self._root = root
        self._known = known or Known()
        self._scope = scope
        self._lists: dict[str, Mapping[str, str]] = {}

    def file(self, path: str, ref: str, blob: str | None = None) -> bytes | None:
        """Read one file; see `Repository.file`."""
        if not _names_a_file(path) or (ref in self._lists and path not in self._lists[ref]):
            return None
        blob = blob or self._blob(path, ref)
        if blob == _NONE:
            return None
        kept: bytes | None = self._known.get((self._scope, "blob", blob)) if blob else None
        return self._fetched(path, ref, blob) if kept is None else kept

    def _blob(self, path: str, ref: str) -> str | None:
        """Give the blob id of a path as far as it is known; "" where the commit is known to have no such file."""
        if ref in self._lists:
            return self._lists[ref].get(path)
        found: str | None = self._known.get((self._scope, "entry", ref, path)) if _COMMIT.fullmatch(ref) else None
        return found

    def _fetched(self, path: str, ref: str, blob: str | None) -> bytes | None:
        data = self._asked(path, ref)
        if not isinstance(data, dict) or data.get("type") != "file":
            return None  # a folder, a submodule, a link to nowhere
        found = self._bytes(data)
        mine = _id_of(found, (optional(data, str, "sha") or "") if blob is None else blob)
        if blob is not None and mine is not None and mine != blob:
            return None  # a link: GitHub hands out the file that it leads to
        if mine is not None:
            self._known.put((self._scope, "blob", mine), found, len(found))
            self._note(path, ref, mine)
        return found

    def _asked(self, path: str, ref: str) -> JsonValue:
        try:
            address = f"{self._root}/contents/{quote(path)}"
            return self._client.get(address, {} if ref == HEAD else {"ref": ref}, accept=_OBJECT)
        except NotFound as missing:
            # GitHub says the same of a file, a commit and a repository that it does not show, and now and then of
            # what is there. That a list of the whole commit has no such file is what proves it missing.
            if path in self.blobs(ref):
                raise Unavailable(
                    "GitHub lists a file and does not find it", request=missing.request, status=missing.status
                ) from missing
            self._note(path, ref, _NONE)
            return None

    def _note(self, path: str, ref: str, blob: str) -> None:
        if _COMMIT.fullmatch(ref):
            self._known.put((self._scope, "entry", ref, path), blob, len(path))

    def blobs(self, ref: str) -> Mapping[str, str]:
        """List every file at a commit or a branch: path → blob id."""
        if ref not in self._lists:
            key = (self._scope, "list", ref)
            kept: Mapping[str, str] | None = self._known.get(key)
            found = self._walk(ref) if kept is None else kept
            if not _COMMIT.fullmatch(ref):  # a branch may have other files in a moment
                return found
            self._lists[ref] = found
            if kept is None:
                self._known.put(key, found, sum(map(len, found)) + _ENTRY * len(found))
        return self._lists[ref]

    def _walk(self, ref: str) -> Mapping[str, str]:
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
        return found

    def _list(self, tree: str, prefix: str, found: dict[str, str]) -> list[tuple[str, str]]:
        """Add a tree's files to `found`; the folders that have to be listed by themselves are returned."""
        data = self._tree(tree, {"recursive": 1})
        whole = not optional(data, bool, "truncated")
        if not whole:
            data = self._tree(tree, {})
            if optional(data, bool, "truncated"):
                raise TooLarge(f"one folder ({prefix or 'the root'}) has more files than GitHub lists")
        folders = []
        for kind, name, sha in _entries(data):
            if kind == "blob":
                found[prefix + name] = sha
            elif kind == "tree" and not whole:
                folders.append((sha, f"{prefix}{name}/"))
        return folders

    def _tree(self, tree: str, params: Params) -> JsonValue:
        try:
            return self._client.get(f"{self._root}/git/trees/{quote(tree, safe='')}", params)
        except (NotFound, Rejected) as error:  # 409: the repository has no commit at all
            raise NotFound(
                f"{self._root.removeprefix('/repos/')} has no commit {tree[:80]} that the App can see",
                request=error.request,
                status=error.status,
                request_id=error.request_id,
            ) from error

    def _bytes(self, data: JsonValue) -> bytes:
        if (optional(data, int, "size") or 0) > MAX_FILE:
            raise TooLarge(f"{optional(data, str, 'path') or 'a file'} is larger than {MAX_FILE // 1024 // 1024} MB")
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


def _id_of(data: bytes, like: str) -> str | None:
    """Give the id that git gives to a file's bytes, by the kind of the id given; `None` where that is none."""
    if not _COMMIT.fullmatch(like):
        return None
    made = _DIGESTS[len(like)](f"blob {len(data)}\0".encode())
    made.update(data)
    return made.hexdigest()


def _entries(data: JsonValue) -> Iterator[tuple[str, str, str]]:
    for entry in required(data, list, "tree"):
        yield required(entry, str, "type"), required(entry, str, "path"), optional(entry, str, "sha") or ""


def _names_a_file(path: str) -> bool:
    # Dots as a part of the address would lead to another address.
    return bool(path) and not any(part in {"", ".", ".."} for part in path.split("/")) and "\0" not in path
