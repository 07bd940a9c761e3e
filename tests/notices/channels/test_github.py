"""GitHub's channel, on a conversation that is a list."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime

import pytest

from notices.channels import github
from notices.channels.contract import Message, PermanentError
from notices.examples import HOUSE, facts
from notices.letter import write
from notices.notice import make


@dataclass(frozen=True)
class Comment:
    id: int
    body: str


@dataclass
class Talk:
    comments: list[Comment] = field(default_factory=list)

    def ours(self, since: datetime | None) -> list[Comment]:
        return list(self.comments)

    def write(self, body: str) -> Comment:
        self.comments.append(Comment(len(self.comments) + 1, body))
        return self.comments[-1]

    def delete(self, comment: int) -> None:
        self.comments = [one for one in self.comments if one.id != comment]


def message(*to: str) -> Message:
    return Message("k", "release:1:x:2", to, write(make("release.confirm", facts("release.confirm"), HOUSE)))


def test_a_comment_mentions_its_team_and_is_written_once() -> None:
    talk = Talk()
    receipt = github.deliver(message("@acme/partners"), talk, None)
    assert github.deliver(message("@acme/partners"), talk, "").found_by == receipt.found_by
    (comment,) = talk.comments
    assert "\n\n@acme/partners\n\n### patient-record 3.0.0" in comment.body


def test_what_was_written_twice_is_one_comment_again() -> None:
    talk = Talk()
    github.deliver(message(), talk, None)
    github.deliver(message(), talk, None)
    github.deliver(replace(message(), key="another"), talk, None)
    assert github.tidy(message(), talk) == 1
    assert [one.id for one in talk.comments] == [1, 3]


def test_a_name_that_github_cannot_have_is_a_permanent_failure() -> None:
    with pytest.raises(PermanentError, match="nobody on GitHub"):
        github.body(message("a b <c>"))
