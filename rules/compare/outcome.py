"""What a search for a value answers: one, surely none, or not known."""

from __future__ import annotations

from dataclasses import dataclass

from rules.compare.values import Reason
from rules.jsontext import JsonValue


@dataclass(frozen=True, slots=True)
class Found:
    """A value of the formula."""

    value: JsonValue


@dataclass(frozen=True, slots=True)
class Empty:
    """No value at all, proven."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """Neither is known."""

    reason: Reason


Outcome = Found | Empty | Unknown
EMPTY = Empty()
