"""The text of documents: read without losing a digit or a member, and written again."""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any

from rules import jsontext
from rules.jsontext import JsonValue


def plain(text: object) -> str:
    """Give a document's text; SQLite may hold it as bytes, or as a number where the column has such an affinity."""
    if isinstance(text, str):
        return text
    return text.decode() if isinstance(text, bytes) else str(text)


class Reader:
    """Reads documents without losing a digit or a member; for one thread."""

    def __init__(self) -> None:
        self._members = 0
        self._mark = secrets.token_hex(8)
        self._decode = json.JSONDecoder(
            parse_float=_float, parse_constant=_no_constant, object_hook=self._counted
        ).raw_decode

    def _counted(self, members: dict[str, Any]) -> dict[str, Any]:
        self._members += len(members)
        return members

    def read(self, text: str) -> JsonValue:
        """Read a document; `ValueError` where it is no JSON, `TwiceError` where it names a member twice."""
        self._members = 0
        if text[:1] not in "{[":
            return _DECODER.decode(text)
        value, end = self._decode(text)
        return value if end == len(text) and _no_more(text, self._members) else _DECODER.decode(text)

    def read_together(self, texts: Sequence[str]) -> Together | None:
        """Read documents as the items of one list, in half the time; `None` where each needs a look of its own.

        Between any two of them stands a text that nobody knows. It is found at every other place of the list only where
        each document is one value by itself: no quote, bracket or comma of one can reach over it to the next.
        """
        self._members = 0
        between = f',"{self._mark}",'
        joined = between.join(texts)
        try:
            items, end = self._decode(f"[{joined}]")
        except (ValueError, RecursionError):
            return None
        whole = end == len(joined) + 2 and len(items) == 2 * len(texts) - 1
        if whole and items[1::2] == [self._mark] * (len(texts) - 1) and _no_more(joined, self._members):
            return Together(joined, between, items[::2])
        return None


@dataclass(frozen=True, slots=True)
class Together:
    """Documents that were read together: their texts with what stands between them, and what they say."""

    text: str
    between: str
    documents: list[JsonValue]


def _no_more(text: str, members: int) -> bool:
    """Say whether a text names no more members than were found, so that none of them was named twice.

    Each has a colon; and where none stands apart from the name before it, each has one that follows a quote.
    """
    if members == text.count(":"):
        return True
    return members == text.count('":') and not (" :" in text or "\n:" in text or "\t:" in text or "\r:" in text)


def read(text: object) -> JsonValue:
    """Read one document, as a `Reader` does."""
    return Reader().read(plain(text))


def write(document: JsonValue) -> str:
    """Write a document, or a value of one, with every digit; text that no encoding carries is written as escapes."""
    kind = type(document)
    if kind is int or (kind is float and isfinite(document)):
        return repr(document)
    try:
        text = _ENCODER.encode(document)
    except TypeError:  # a number with more digits than a float has
        text = jsontext.dumps(document)
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.dumps(document, allow_nan=False)
    return text


def _float(text: str) -> Any:
    near = float(text)
    return near if repr(near) == text else jsontext.exact_number(text)


class TwiceError(ValueError):
    """An object names a member twice: which of the two is meant, nobody knows (RFC 8259, section 4)."""


def _object(members: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(members)
    if len(found) != len(members):
        raise TwiceError
    return found


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


_DECODER = json.JSONDecoder(parse_float=_float, parse_constant=_no_constant, object_pairs_hook=_object)
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False, check_circular=False)
