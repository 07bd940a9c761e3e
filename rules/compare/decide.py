"""Decide inclusion: is every document of one JSON Schema accepted by another?"""

from __future__ import annotations

from typing import Literal

from rules.compare.values import Decision, Reason
from rules.jsontext import JsonValue, canonical


def decide(
    left: JsonValue,
    right: JsonValue,
    *,
    dialect: str | None = None,  # noqa: ARG001
    closed: Literal["none", "left", "both"] = "none",
    formats: Literal["annotate", "assert"] = "annotate",  # noqa: ARG001
    budget: int = 200_000,  # noqa: ARG001
) -> Decision:
    """Say whether every document of `left` is accepted by `right`; equal schemas and the two boolean ones so far."""
    if left is False or canonical(left) == canonical(right) or (closed != "both" and (right is True or right == {})):
        return Decision("included")
    return Decision("undecided", reason=Reason("", "", "the two schemas differ"))
