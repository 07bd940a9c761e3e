"""What people say to the App on a pull request: comments, reviews and buttons, each once, with its text as created.

    talk.said ──▸ (facts of the review) + talk.answered ──▸ talk.replied

A delivery is the only witness of a text as it was created; what it says is kept before anybody can edit it. Whatever
no delivery told of is found by reading the conversation, and counts if nobody has edited it since.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal, cast

from bot.commands.parser import commands
from bot.commands.registry import FOREIGN
from bot.commands.values import Written
from bot.github.values import Comment, PullReview
from bot.store.values import Event, NewEvent

SAID, ANSWERED, REPLIED, EDITED, PUSHED = "talk.said", "talk.answered", "talk.replied", "talk.edited", "talk.pushed"

Source = Literal["comment", "review", "click", "button"]
Log = Sequence[Event | NewEvent]

REMARK = "remark"
"""What a review that only comments is taken for: no command, and an answer all the same."""
_BY_STATE = {"approved": "approve", "changes_requested": "object", "commented": REMARK}
_NO_REASON = "changes are requested in a review on GitHub, beside the lines"
_MOST_REASON = 1_900
_SPACES = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Said:
    """Something that somebody said: `number` is GitHub's id of the comment or review, or one made for a click.

    `state` is that of a review. `text` of a click is the identifier of a check's button. A "button" is one of a message
    about a release: its `text` is the command, its `state` the release's version that it was drawn at.
    """

    source: Source
    number: int
    who: int
    login: str
    at: datetime
    text: str
    state: str = ""

    @property
    def key(self) -> str:
        """The name under which it is answered once."""
        return f"{self.source}:{self.number}"

    @property
    def commands(self) -> tuple[Written, ...]:
        """The commands in it, those meant for other bots left out; a review's own word comes first."""
        if self.source == "click":
            name, _, rest = self.text.rpartition(".")[0].partition(".")
            return (Written(name, rest.replace(".", " "), 0),) if name else ()
        own = (Written(_BY_STATE[self.state], self._reason(), 0),) if self.state in _BY_STATE else ()
        written = (one for one in commands(self.text) if one.name not in FOREIGN)
        return (*own, *(replace(one, index=one.index + 1) if self.source == "review" else one for one in written))

    def _reason(self) -> str:
        if self.state != "changes_requested":
            return ""
        return _SPACES.sub(" ", self.text).strip()[:_MOST_REASON] or _NO_REASON

    def event(self) -> NewEvent:
        """Make the fact that is kept of it."""
        body = {"source": self.source, "number": str(self.number), "login": self.login, "text": self.text}
        return NewEvent(SAID, f"said:{self.key}", self.at, body | {"state": self.state}, self.who)


def of_comment(comment: Comment) -> Said | None:
    """Give what a comment says to the App; `None` for a bot's, an edited one, and where there is no command."""
    if comment.author_id is None or comment.by_bot or comment.app_id is not None:
        return None
    if comment.updated_at != comment.created_at:
        return None
    said = Said("comment", comment.id, comment.author_id, comment.author, comment.created_at, comment.body)
    return said if said.commands else None


def of_review(review: PullReview) -> Said | None:
    """Give what a review says to the App, likewise."""
    who = review.author
    if who.id is None or who.bot:
        return None
    said = Said("review", review.id, who.id, who.login, review.submitted_at, review.body, review.state)
    return said if said.commands else None


def of_event(event: Event | NewEvent) -> Said | None:
    """Read the fact back; `None` where its author has been forgotten."""
    body = event.body
    if event.actor_id is None or event.actor_id <= 0 or "text" not in body:
        return None
    return Said(
        cast("Source", body["source"]), int(body["number"]), event.actor_id, str(body["login"]), event.source_time,
        str(body["text"]), str(body["state"]),
    )  # fmt: skip


def unanswered(log: Log, listed: Iterable[Said] = ()) -> tuple[Said, ...]:
    """Give what has not been answered yet, in the order in which it was said.

    What is listed and was said before the App kept a log of this pull request was said to somebody else.
    """
    done = {event.source_id for event in log if event.kind == ANSWERED}
    begun = min((event.source_time for event in log if event.kind == "review.submitted"), default=None)
    kept = (of_event(event) for event in log if event.kind == SAID)
    edited = {f"comment:{event.body['comment']}" for event in log if event.kind == EDITED}
    found = {
        one.key: one for one in listed
        if begun is not None and one.at >= begun - timedelta(minutes=1) and one.key not in edited
    }  # fmt: skip
    found |= {one.key: one for one in kept if one is not None}
    waiting = (one for one in found.values() if f"answered:{one.key}" not in done)
    return tuple(sorted(waiting, key=lambda one: (one.at, one.source, one.number)))


def waits(log: Log) -> bool:
    """Say whether something was heard that has not been answered."""
    return bool(unanswered(log))
