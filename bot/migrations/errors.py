"""Why a migration cannot go on; the message says what happened, and what to do next.

Exception
└── MigrationError       the message is for the person who runs the migration
    ├── Refused          what was asked for cannot be done on this target, or not in this state
    ├── Fenced           another worker has taken the run over; this one has to stop, and has written nothing since
    ├── Busy             a lock was not to be had in time; nothing happened, and it may be tried again
    └── Changed          the table was altered while it was being migrated
"""

from __future__ import annotations

import re
from collections.abc import Mapping


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


def told(error: Exception) -> str:
    """Say what a database complained of and what to do, without anything of a row, an address or a statement.

    What is said of a run stands in comments too: details and contexts of an error quote rows
    (postgresql.org/docs/current/protocol-error-fields.html), and so may the message of one about data (class 22).
    """
    diag = getattr(error, "diag", None)
    state = str(getattr(error, "sqlstate", None) or getattr(error, "sqlite_errorname", None) or "")
    text = getattr(diag, "message_primary", None) or _first_line(error)
    if state.startswith("22"):
        text = re.sub(r':? *".*', "", text)
    advice = next((said for code, said in _ADVICE.items() if state.startswith(code)), "")
    return " ".join(f"{text}{f': {advice}' if advice else ''}".split())[:400]


def _first_line(error: Exception) -> str:
    line = next(iter(str(error).splitlines()), type(error).__name__)
    if "decode to UTF-8" in line:
        return "a text in the table is not UTF-8: mend it"
    if "connection to server" in line:
        line = line.rpartition("failed: ")[2]
    return re.sub(r"\bhost '[^']*'", "its host", line)


_FULL = "the target's disk is full; free space there, then resume: the run goes on from its checkpoint"
_REFUSING = (
    "a constraint of the table refuses the new form of a document; change it or drop it for the migration, then abort "
    "this run and start another"
)
_SAME = "two rows come to the same value where the table allows it once; mend the rows or the steps"
_ADVICE: Mapping[str, str] = {
    "53100": _FULL,
    "SQLITE_FULL": _FULL,
    "SQLITE_IOERR": "look at the disk that the file is on, then resume",
    "SQLITE_READONLY": "let the migration's user write to the file and its folder",
    "23514": _REFUSING,
    "SQLITE_CONSTRAINT_CHECK": _REFUSING,
    "23505": _SAME,
    "SQLITE_CONSTRAINT_UNIQUE": _SAME,
    "42501": "grant it to the migration's user, then resume",
    "22": "a column, an index or a constraint computes something of the document that its new form does not bear",
}
"""What to do, by the beginning of PostgreSQL's SQLSTATE or SQLite's name of an error."""
