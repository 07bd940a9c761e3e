"""What a check of `concordat doctor` finds."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """How something is: broken means that the App does not do its work."""

    OK = "ok"
    WARNING = "warning"
    BROKEN = "broken"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Finding:
    """One sentence about what is, and one about what to do where that is not as it should be."""

    state: State
    says: str
    do: str = ""


def ok(says: str) -> Finding:
    """Say that all is well."""
    return Finding(State.OK, says)


def warning(says: str, do: str) -> Finding:
    """Say that the App works, and that something should be looked at."""
    return Finding(State.WARNING, says, do)


def broken(says: str, do: str) -> Finding:
    """Say that the App does not work, or not for somebody."""
    return Finding(State.BROKEN, says, do)


def skipped(says: str) -> Finding:
    """Say that there was nothing to look at."""
    return Finding(State.SKIPPED, says)
