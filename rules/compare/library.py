"""Documents that references may lead to beside the ones asked about: those handed in, and the official meta-schemas.

Nothing is ever fetched: what is not handed in here is not known.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urldefrag

from rules.compare import dialects
from rules.jsontext import JsonValue, same


class Library:
    """Schema documents by the URIs under which others refer to them."""

    def __init__(self, documents: Mapping[str, JsonValue]) -> None:
        self._documents = {_plain(uri): value for uri, value in documents.items()}
        by_name: dict[str, list[JsonValue]] = {}
        for value in documents.values():
            named = value.get("$id", value.get("id")) if isinstance(value, dict) else None
            if isinstance(named, str):
                by_name.setdefault(_plain(named), []).append(value)
        for name, values in by_name.items():
            if name not in self._documents and all(same(values[0], other) for other in values):
                self._documents[name] = values[0]

    def find(self, uri: str) -> JsonValue:
        """Give the document of a URI without its fragment; `None` where there is none, or there are several."""
        plain = _plain(uri)
        found = self._documents.get(plain)
        return found if found is not None or "json-schema.org" not in plain else _official(plain)


def _plain(uri: str) -> str:
    return urldefrag(uri).url


def _official(uri: str) -> JsonValue:
    from jsonschema_specifications import REGISTRY  # type: ignore[import-untyped] # noqa: PLC0415 - of jsonschema; slow

    known = dialects.by_uri(uri)
    resource = REGISTRY.get(known.uri if known else uri)
    return resource.contents if resource else None


EMPTY = Library({})
