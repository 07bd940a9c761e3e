"""JSON as values: exact numbers, one canonical text, and the digest made from it.

A number is an `int`, a `float` where that is exact, and a `Decimal` where a float would lose digits, so that two
documents that differ in the twentieth digit stay different.
"""

from __future__ import annotations

import hashlib
import json
import re
from decimal import Decimal, InvalidOperation
from itertools import count
from json.encoder import encode_basestring
from math import inf
from typing import Any

JsonValue = Any
"""JSON as Python holds it: None, bool, int, float, Decimal, str, list, dict with string keys.

A precise recursive alias would make every consumer cast at every step, for a shape that the parser has checked.
"""

MAX_EXPONENT = 4000
"""Larger powers of ten are refused: as an integer they would be longer than Python converts (CVE-2020-10735)."""

MAX_DIGITS = 4300
"""Longer numbers are refused, whatever the limit of the Python that runs."""


_SURE = 16
"""Characters, the point among them, of a number that a float always gives back: it holds any 15 digits (DBL_DIG)."""


def exact_number(text: str) -> int | float | Decimal:
    """Read a JSON number without losing a digit; `ValueError` where it is none or too large to hold."""
    if len(text) > MAX_DIGITS:
        raise ValueError(f"the number {text[:40]}… is too long")
    power = "e" in text or "E" in text
    if not power and "." not in text:
        return int(text)
    if not power and len(text) <= _SURE and text[0] in "-0123456789":
        return float(text)
    try:
        exact = Decimal(text)
    except InvalidOperation:
        raise ValueError(f"{text[:40]} is no number, or too large") from None
    if abs(exact.adjusted()) > MAX_EXPONENT:
        raise ValueError(f"the number {text[:40]} is too large or too small")
    near = float(text)
    return near if Decimal(repr(near)) == exact else exact


def dumps(value: JsonValue, *, indent: int | None = None, sort_keys: bool = False) -> str:
    """Write a value as JSON text with every digit of its numbers; keys in their own order unless told."""
    separators = (",", ":") if indent is None and sort_keys else None
    numbers: list[Decimal] = []
    mark = ""

    def keep(number: object) -> str:
        # The encoder writes no Decimal, so a token of NUL, mark and index stands in for it.
        if not isinstance(number, Decimal):
            raise TypeError(f"{type(number).__name__} is not JSON")
        numbers.append(number)
        return f"\0{mark}{len(numbers) - 1}\0"

    def write() -> str:
        numbers.clear()
        return json.dumps(
            value, default=keep, indent=indent, sort_keys=sort_keys, separators=separators, ensure_ascii=False,
            allow_nan=False,
        )  # fmt: skip

    text = write()
    if not numbers:
        return text
    # A document may hold text that looks like a token: the mark is one that stands nowhere in it.
    mark = next(f"{n}:" for n in count() if f"\\u0000{n}:" not in text)
    token = re.compile(rf'"\\u0000{mark}(\d+)\\u0000"')
    return token.sub(lambda match: str(numbers[int(match[1])]), write())


def canonical(value: JsonValue) -> str:
    """Write a value so that equal JSON gives equal text: sorted keys, no white space, 1.0 as 1."""
    if type(value) is str:  # schemas list many thousands of these
        return encode_basestring(value)
    if type(value) is int:
        return str(value)
    return dumps(_plain(value), sort_keys=True)


def same(left: JsonValue, right: JsonValue) -> bool:
    """Say whether two values are equal JSON; `==` alone is quick, and takes 1 for true."""
    if left is right:
        return True
    return bool(left == right) and (repr(left) == repr(right) or canonical(left) == canonical(right))


def digest(*values: JsonValue) -> str:
    """Hash the canonical text of the values, in order: 64 hexadecimal characters of SHA-256."""
    sha = hashlib.sha256()
    for value in values:
        sha.update(canonical(value).encode("utf-8", "surrogatepass"))
        sha.update(b"\n")
    return sha.hexdigest()


def _plain(value: JsonValue) -> JsonValue:
    kind = type(value)  # of JSON there are no subclasses, and many thousands of values
    if kind is str or kind is int:
        return value
    if kind is dict:
        return {key: _plain(item) for key, item in value.items()}
    if kind is list or kind is tuple:
        return [_plain(item) for item in value]
    if kind is float or kind is Decimal:
        if value != value or abs(value) == inf:  # noqa: PLR0124 - so is NaN told
            raise ValueError(f"{value} is no JSON number")
        if value == int(value):
            return int(value)
        return _shortest(value) if kind is Decimal else value
    return value


def _shortest(number: Decimal) -> Decimal:
    """Write 1.50 as 1.5, whatever its length; `Decimal.normalize` would round to the context's digits."""
    sign, digits, exponent = number.as_tuple()
    kept = "".join(map(str, digits)).rstrip("0")
    assert isinstance(exponent, int)  # only NaN and the infinities have letters there, and they are not JSON
    return Decimal((sign, tuple(map(int, kept)), exponent + len(digits) - len(kept)))
