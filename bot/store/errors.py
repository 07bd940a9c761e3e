"""What can be wrong with the store as a whole, in words for the operator.

Exception
└── StoreError      the database cannot be used: what, where, what to do next
    ├── StoreNewer  a newer release has migrated it; this one must not touch it
    └── StoreOlder  it is to be read as it is, and this release has not migrated it yet
"""

from __future__ import annotations

from sqlalchemy.exc import InterfaceError, OperationalError

OUTAGES: tuple[type[Exception], ...] = (OperationalError, InterfaceError)
"""What a transaction raises where the database does not answer, is shut down or is busy."""

_OUTAGES = frozenset({"OperationalError", "InterfaceError"})
"""What every driver raises where its database does not answer, is shut down or is busy (PEP 249)."""


class StoreError(Exception):
    """The database cannot be used as it is; the message names it without its password."""


class StoreNewer(StoreError):  # noqa: N818 it is one of the kind StoreError
    """The database is at a revision that this release does not know.

    `found` is the database's revision, `known` the newest one that this release can use.
    """

    def __init__(self, where: str, found: str, known: str) -> None:
        self.found = found
        self.known = known
        super().__init__(
            f"the database {where} is at revision {found}, which is newer than this release knows (up to {known}): "
            "start the release that migrated it, or a later one; to go back, restore a backup made before"
        )


class StoreOlder(StoreError):  # noqa: N818 it is one of the kind StoreError
    """The database lacks revisions of this release; `found` is `None` where nothing was ever kept."""

    def __init__(self, where: str, found: str | None) -> None:
        self.found = found
        super().__init__(
            f"the database {where} is at revision {found or 'none'}, which is older than this release reads: use the "
            "release that runs on it, or start this one there first"
        )


def is_outage(error: BaseException) -> bool:
    """Say whether a driver's error means that the database could not be used just now; nothing of ours is wrong."""
    return isinstance(error, StoreError) or any(kind.__name__ in _OUTAGES for kind in type(error).__mro__)
