"""What a check run's `external_id` says: which pull request wrote it, what it holds, and what that one alone concludes.

A check belongs to a commit. Two pull requests may have the same head, and then see each other's runs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast, get_args

from rules.review import Conclusion

_PARTS = 4


@dataclass(frozen=True, slots=True)
class Signature:
    """Keys of the annotations and of the texts, the pull request's number, and its own conclusion."""

    annotations: str
    says: str
    pull: int
    own: Conclusion

    def __str__(self) -> str:
        """Write it as GitHub keeps it."""
        return f"{self.annotations}.{self.says}.{self.pull}.{self.own}"


def read(external_id: str) -> Signature | None:
    """Read a signature; `None` for half a run, for a failure of ours, and for what is no signature."""
    parts = external_id.split(".")
    if len(parts) != _PARTS or not parts[2].isdecimal() or parts[3] not in get_args(Conclusion):
        return None
    return Signature(parts[0], parts[1], int(parts[2]), cast("Conclusion", parts[3]))
