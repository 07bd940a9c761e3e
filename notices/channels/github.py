"""GitHub: a comment on the release's issue or the pull request, which mentions the team that it is for.

GitHub can be asked: the comment carries its mark, and a conversation is looked through before anything more is written.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Protocol

from notices.channels.contract import Message, PermanentError, Receipt

MARK = "<!-- concordat:notice:"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,38}(?:/[A-Za-z0-9][A-Za-z0-9._-]{0,99})?")
_EARLIER = timedelta(minutes=5)


class Written(Protocol):
    """A comment of ours, as GitHub has it."""

    @property
    def id(self) -> int:
        """Its number."""

    @property
    def body(self) -> str:
        """Its Markdown."""


class Conversation(Protocol):
    """One issue or pull request. It raises the failures of the contract."""

    def ours(self, since: datetime | None) -> Iterable[Written]:
        """List our own comments, oldest first."""

    def write(self, body: str) -> Written:
        """Add a comment."""

    def delete(self, comment: int) -> None:
        """Delete a comment of ours."""


def deliver(message: Message, client: Conversation, earlier: str | None) -> Receipt:
    """Comment once."""
    if earlier is not None:
        found = next(iter(_marked(message, client)), None)
        if found is not None:
            return Receipt(str(found.id), {"answer": "found by its mark", "comment": str(found.id)})
    made = client.write(body(message))
    return Receipt(str(made.id), {"answer": "written", "comment": str(made.id)})


def tidy(message: Message, client: Conversation) -> int:
    """Delete what was written twice; the oldest stays. How many were deleted."""
    extra = [one.id for one in _marked(message, client)][1:]
    for comment in extra:
        client.delete(comment)
    return len(extra)


def body(message: Message) -> str:
    """Write the comment: the mark, whom it is for, the notice. Only names that GitHub can have are mentioned."""
    names = [one.removeprefix("@") for one in message.address]
    if not all(_NAME.fullmatch(one) for one in names):
        raise PermanentError(f"nobody on GitHub is called {', '.join(names)[:100]}")
    mentions = "".join(f"@{one} " for one in names).strip()
    return "\n\n".join(filter(None, (_mark(message), mentions, message.letter.markdown)))


def _marked(message: Message, client: Conversation) -> list[Written]:
    since = None if message.began_at is None else message.began_at - _EARLIER
    return [one for one in client.ours(since) if one.body.startswith(_mark(message))]


def _mark(message: Message) -> str:
    return f"{MARK}{message.mark} -->"
