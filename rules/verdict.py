"""The verdict's four grades, and how they order.

Source: the semantic versioning terms of the design's section on the verdict.
"""

from __future__ import annotations

from enum import IntEnum


class Verdict(IntEnum):
    """How much a change asks of those who depend on the contract; a higher one asks more."""

    NONE = 0
    PATCH = 1
    MINOR = 2
    MAJOR = 3
