"""Documents from one form to the other, as text: read exactly, transformed, validated, written."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from bot.migrations.check import Check
from bot.migrations.run import Conversions
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

    def _one(self, text: str | bytes | None) -> Converted:
        if text is None:
            return None
        try:
            document = self.change(read(text))
        except TransformError as error:
            return Failed(error.rule, error.place, error.sentence)
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


def _text(text: str | bytes) -> str:
    return text if isinstance(text, str) else text.decode()


def read(text: str | bytes) -> JsonValue:
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


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


_DECODER = json.JSONDecoder(parse_float=_float, parse_constant=_no_constant)
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False, check_circular=False)
