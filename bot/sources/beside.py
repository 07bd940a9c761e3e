"""Documents of a repository that a schema of it refers to: found by where the reference leads, never fetched."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable
from urllib.parse import urldefrag, urlsplit

from bot.sources.revision import Revision, SourceError
from rules import bundle
from rules.documents import Document, DocumentError
from rules.jsontext import JsonValue

Read = Callable[[str, bytes], Document]
REFERS_OUT = re.compile(r"""\$(?:ref|dynamicRef|recursiveRef)["']?\s*+:\s*+["']?+(?!\#)""")
ENDINGS = ("", ".json", ".schema.json", ".yaml", ".yml")


def beside(document: Document, revision: Revision, read: Read) -> dict[str, JsonValue]:
    """Read what a document refers to, by address, from the same revision.

    A reference is taken relative to the document's own `$id`, and the file relative to the document's own path: a
    sibling in the one is a sibling in the other. What is not there, or cannot be read, stays unknown.
    """
    if REFERS_OUT.search(document.text) is None:
        return {}  # most documents refer to nothing else, and large ones take time to walk through
    home = _identifier(document.value)

    def find(address: str) -> JsonValue:
        path = _path(document.path, home, address)
        return None if path is None else _first(revision, path, read)

    return bundle.reached(document.value, find)


def _identifier(schema: JsonValue) -> str:
    named = schema.get("$id", schema.get("id", "")) if isinstance(schema, dict) else ""
    return urldefrag(named).url if isinstance(named, str) else ""


def _path(own: str, home: str, address: str) -> str | None:
    """Give the path that stands to the document's as the address to its identifier; `None` outside of them."""
    here, there = urlsplit(home), urlsplit(address)
    if (here.scheme, here.netloc) != (there.scheme, there.netloc) or not there.path:
        return None
    step = posixpath.relpath(there.path, posixpath.dirname(here.path) or ".")
    path = posixpath.normpath(posixpath.join(posixpath.dirname(own), step))
    return None if path.startswith(("../", "/")) else path


def _first(revision: Revision, path: str, read: Read) -> JsonValue:
    known = revision.paths()
    for name in (path + ending for ending in ENDINGS):
        if name not in known:
            continue
        try:
            data = revision.read(name)
            return None if data is None else read(name, data).value
        except (DocumentError, SourceError):
            return None
    return None
