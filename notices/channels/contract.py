"""What every channel keeps to: `deliver(message, client, earlier) → receipt`, or one of the failures.

    NotDeliveredError
    ├── TransientError   nothing was sent; trying again may help (`after`: not sooner than this)
    │   └── DoubtError   it may have been sent; the channel can be asked, and looks for it at the next attempt
    ├── PermanentError   nothing was sent, and trying again will not help
    └── UnknownError     it may have been sent, and the channel cannot be asked; it is not sent again

`earlier` is the receipt, or the mere fact, of an attempt that began and whose end nobody recorded: a channel that can
be asked looks for what that attempt may have sent before it sends anything.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from notices.letter import Letter


class NotDeliveredError(Exception):
    """A message was not, or may not have been, delivered; the text is what the other side said."""


class TransientError(NotDeliveredError):
    """Nothing was sent; it may be tried again, not sooner than `after`. A `firm` one is a limit, and no failure."""

    def __init__(self, why: str, after: timedelta | None = None, *, firm: bool = False) -> None:
        super().__init__(why)
        self.after = after
        self.firm = firm


class DoubtError(TransientError):
    """It may have been sent; the next attempt looks for it before it sends."""


class PermanentError(NotDeliveredError):
    """Nothing was sent, and nothing will be by trying again."""


class UnknownError(NotDeliveredError):
    """It may have been sent. Sending it again could double it."""


@dataclass(frozen=True, slots=True)
class Message:
    """One notice on its way to one recipient.

    `key` is that of the obligation, unique for ever; `thread` names the release or review that it is about, so that a
    channel keeps together what belongs together. `root` is the receipt of the first message of the thread to this
    recipient, empty where this is the first; `root_shows` is what that message is to show from now on. `began_at` is
    when the first attempt began. `calendar` is an iCalendar file with its method.
    """

    key: str
    thread: str
    address: tuple[str, ...]
    letter: Letter
    root: str = ""
    contractual: bool = True
    calendar: tuple[str, bytes] | None = None
    written_at: datetime | None = None
    began_at: datetime | None = None
    root_shows: tuple[str, Sequence[Mapping[str, Any]]] | None = None

    @property
    def mark(self) -> str:
        """What names the message on channels, without saying whom or what it is about."""
        return mark_of(self.key)


def mark_of(key: str) -> str:
    """Make the name under which a message can be found again."""
    return hashlib.sha256(key.encode()).hexdigest()[:40]


@dataclass(frozen=True, slots=True)
class Receipt:
    """What finds the message again, and what proves that it was taken: the answer as the other side gave it."""

    found_by: str
    evidence: Mapping[str, str] = field(default_factory=dict)
