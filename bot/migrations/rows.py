"""Documents from one form to the other, as text: read exactly, transformed, validated, written."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from bot.migrations.check import Check
from bot.migrations.running import Conversions
from bot.migrations.values import Converted, Failed
from rules import jsontext
from rules.jsontext import JsonValue
from rules.transform import Transform, TransformError


def conversions(transform: Transform, old: Check, new: Check) -> Conversions:
    """Make what a run does to documents of a transform and the schemas on both sides."""
    up, down = _Conversion(transform.up, new), _Conversion(transform.down, old)
    return Conversions(up, down, _Conversion(transform.down, None), _Conversion(_same, new, rewrite=False))


@dataclass(frozen=True, slots=True)
class _Conversion:
    """Converts documents; one that cannot be read, changed or accepted is answered with why."""

    change: Callable[[JsonValue], JsonValue]
    check: Check | None
    rewrite: bool = True

    def __call__(self, documents: Sequence[str | None]) -> list[Converted]:
        return [self._one(text) for text in documents]

    def _one(self, text: object) -> Converted:
        if text is None:
            return None
        try:
            document = self.change(read(text))
        except TransformError as error:
            return Failed(error.rule, error.place, error.sentence)
        except TwiceError:
            return Failed("json", "", "an object names a member twice, and a migration would lose one of the two")
        except (ValueError, RecursionError):
            return Failed("json", "", "the document cannot be read as JSON")
        if self.check is not None and not self._passes(document):
            return self.check.why(document)
        return write(document) if self.rewrite else _text(text)

    def _passes(self, document: JsonValue) -> bool:
        assert self.check is not None  # asked for by who has one
        return self.check.passes(document)


def _same(document: JsonValue) -> JsonValue:
    return document


def _text(text: object) -> str:
    """Give a document's text; SQLite may hold it as bytes, or as a number where the column has such an affinity."""
    if isinstance(text, str):
        return text
    return text.decode() if isinstance(text, bytes) else str(text)


def read(text: object) -> JsonValue:
    """Read a document without losing a digit; `ValueError` where it is no JSON."""
    plain = _text(text)
    if plain[:1] in "{[" and plain[-1:] in "}]":
        value, end = _DECODER.raw_decode(plain)  # quicker: it does not look for white space around
        if end == len(plain):
            return value
    return _DECODER.decode(plain)


def write(document: JsonValue) -> str:
    """Write a document with every digit; text that no encoding carries is written as escapes."""
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
