"""What a search for a value answers: one, surely none, or not known."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from rules.compare.values import Reason
from rules.jsontext import JsonValue


@dataclass(frozen=True, slots=True)
class Found:
    """A value of the formula; `size` counts the values in it, and long strings for more."""

    value: JsonValue
    size: int = 1


@dataclass(frozen=True, slots=True)
class Empty:
    """No value at all, proven."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """Neither is known."""

    reason: Reason


Outcome = Found | Empty | Unknown
EMPTY = Empty()
MAX_SIZE = 100_000
"""Larger documents are shown to nobody; a few schemas that refer to each other can ask for 2^40 values."""


def composed(value: JsonValue, sizes: Iterable[int]) -> Outcome:
    """Make an object or array of values of these sizes; not known where it gets too large to be written."""
    size = 1 + sum(sizes)
    return Found(value, size) if size <= MAX_SIZE else Unknown(Reason("", "", "the smallest document is too large"))
