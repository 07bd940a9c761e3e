"""Why a migration cannot go on; the message says what happened, and what to do next.

Exception
└── MigrationError       the message is for the person who runs the migration
    ├── Refused          what was asked for cannot be done on this target, or not in this state
    ├── Fenced           another worker has taken the run over; this one has to stop, and has written nothing since
    ├── Busy             a lock was not to be had in time; nothing happened, and it may be tried again
    └── Changed          the table was altered while it was being migrated
"""

from __future__ import annotations


class MigrationError(Exception):
    """A migration cannot go on; the message says why, and what to do next."""


class Refused(MigrationError):  # noqa: N818 it names what happened, as do those below
    """What was asked for cannot be done on this target, or not in this state."""


class Fenced(MigrationError):  # noqa: N818
    """Another worker has taken the run over; what this one was about to write was not written."""

    def __init__(self) -> None:
        super().__init__("another worker has taken this run over; this one stops, and has written nothing since")


class Busy(MigrationError):  # noqa: N818
    """A lock was not to be had in time; nothing happened, and it may be tried again."""


class Changed(MigrationError):  # noqa: N818
    """The table was altered while it was being migrated."""
