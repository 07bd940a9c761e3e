"""Sets of Unicode code points as sorted tuples of closed intervals; surrogates are no characters."""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

CharSet = tuple[tuple[int, int], ...]

ALL: CharSet = ((0, 0xD7FF), (0xE000, sys.maxunicode))
NONE: CharSet = ()
DIGITS: CharSet = ((0x30, 0x39),)
WORD: CharSet = ((0x30, 0x39), (0x41, 0x5A), (0x5F, 0x5F), (0x61, 0x7A))
LINE_ENDS: CharSet = ((0x0A, 0x0A), (0x0D, 0x0D), (0x2028, 0x2029))
SPACE: CharSet = (
    (0x09, 0x0D), (0x20, 0x20), (0xA0, 0xA0), (0x1680, 0x1680), (0x2000, 0x200A), (0x2028, 0x2029),
    (0x202F, 0x202F), (0x205F, 0x205F), (0x3000, 0x3000), (0xFEFF, 0xFEFF),
)  # fmt: skip
"""ECMA-262 WhiteSpace and LineTerminator."""

READABLE = "a1A0b2B-_.:/@ !~"
"""Characters that a witness prefers, best first."""
_DATE_DIGITS = "0123456789"


def of(*points: int) -> CharSet:
    """Make the set of some code points."""
    return union([((point, point),) for point in points])


def union(sets: Iterable[CharSet]) -> CharSet:
    """Unite sets."""
    merged: list[tuple[int, int]] = []
    for low, high in sorted(pair for one in sets for pair in one):
        if merged and low <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(merged[-1][1], high))
        else:
            merged.append((low, high))
    return intersect(tuple(merged), ALL) if merged else NONE


def intersect(left: CharSet, right: CharSet) -> CharSet:
    """Meet two sets."""
    found = []
    i = j = 0
    while i < len(left) and j < len(right):
        low, high = max(left[i][0], right[j][0]), min(left[i][1], right[j][1])
        if low <= high:
            found.append((low, high))
        if left[i][1] < right[j][1]:
            i += 1
        else:
            j += 1
    return tuple(found)


@lru_cache(maxsize=4096)
def complement(chars: CharSet) -> CharSet:
    """Give the characters outside a set."""
    found, start = [], 0
    for low, high in chars:
        if start < low:
            found.append((start, low - 1))
        start = high + 1
    if start <= sys.maxunicode:
        found.append((start, sys.maxunicode))
    return intersect(tuple(found), ALL)


def contains(chars: CharSet, point: int) -> bool:
    """Say whether a code point is in a set."""
    low, high = 0, len(chars)
    while low < high:
        middle = (low + high) // 2
        if chars[middle][1] < point:
            low = middle + 1
        else:
            high = middle
    return low < len(chars) and chars[low][0] <= point


@lru_cache(maxsize=4096)
def representative(chars: CharSet) -> int:
    """Choose a character that reads well."""
    for char in READABLE:
        if contains(chars, ord(char)):
            return ord(char)
    return next((low for low, _ in intersect(chars, ((0x21, 0x7E), (0xA1, sys.maxunicode)))), chars[0][0])


@lru_cache(maxsize=512)
def partition(sets: frozenset[CharSet]) -> tuple[CharSet, ...]:
    """Split all characters into the classes that no given set tells apart."""
    classes: list[CharSet] = [ALL]
    for one in sorted(sets):
        outside = complement(one)
        parts = (part for old in classes for part in (intersect(old, one), intersect(old, outside)))
        classes = [part for part in parts if part]
    return tuple(classes)


@lru_cache(maxsize=1)
def _categories() -> dict[str, CharSet]:
    """Tabulate the general categories once, by one- and two-letter names."""
    runs: dict[str, list[tuple[int, int]]] = {}
    last, start = "", 0
    for point in range(sys.maxunicode + 2):
        name = unicodedata.category(chr(point)) if point <= sys.maxunicode else ""
        if name != last:
            if last:
                runs.setdefault(last, []).append((start, point - 1))
            last, start = name, point
    table = {name: union([tuple(pairs)]) for name, pairs in runs.items()}
    for major in {name[0] for name in table}:
        table[major] = union(chars for name, chars in table.items() if name[0] == major)
    table["LC"] = union(table[name] for name in ("Lu", "Ll", "Lt"))
    return table


_LONG_NAMES = {
    "Letter": "L", "Cased_Letter": "LC", "Uppercase_Letter": "Lu", "Lowercase_Letter": "Ll", "Titlecase_Letter": "Lt",
    "Modifier_Letter": "Lm", "Other_Letter": "Lo", "Mark": "M", "Combining_Mark": "M", "Nonspacing_Mark": "Mn",
    "Spacing_Mark": "Mc", "Enclosing_Mark": "Me", "Number": "N", "Decimal_Number": "Nd", "digit": "Nd",
    "Letter_Number": "Nl", "Other_Number": "No", "Punctuation": "P", "punct": "P", "Connector_Punctuation": "Pc",
    "Dash_Punctuation": "Pd", "Open_Punctuation": "Ps", "Close_Punctuation": "Pe", "Initial_Punctuation": "Pi",
    "Final_Punctuation": "Pf", "Other_Punctuation": "Po", "Symbol": "S", "Math_Symbol": "Sm", "Currency_Symbol": "Sc",
    "Modifier_Symbol": "Sk", "Other_Symbol": "So", "Separator": "Z", "Space_Separator": "Zs", "Line_Separator": "Zl",
    "Paragraph_Separator": "Zp", "Other": "C", "Control": "Cc", "cntrl": "Cc", "Format": "Cf", "Private_Use": "Co",
}  # fmt: skip
"""Source: Unicode's PropertyValueAliases.txt; surrogates and unassigned characters are left out."""


def unicode_property(name: str) -> CharSet | None:
    """Give the characters of a general category; `None` where the name is none."""
    short = name.removeprefix("General_Category=").removeprefix("gc=")
    if short == "Any":
        return ALL
    if short == "ASCII":
        return ((0, 0x7F),)
    return _categories().get(_LONG_NAMES.get(short, short))
