"""Random conversations: comments that arrive late, twice and out of order come to the same as in their order.

Two Apps look at one pull request. One hears every comment at once; the other hears what chance lets arrive, and at last
everything. The steward itself admits, orders, authorises and folds; only GitHub and the tables are stood in for.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from bot.github.repository import Repository
from bot.github.values import Comment, PullRequest, Standing
from bot.steward import talk
from bot.steward.bearing import Bearing, heard
from bot.steward.decide import stand
from bot.steward.hearing import shows
from bot.steward.house import Steward
from bot.steward.talk import PUSHED
from bot.steward.values import Observation, Remembered, Target
from bot.store.values import NewEvent
from rules.assessment import Assessment
from rules.change import Change
from rules.compare.values import Comparison
from rules.contract import Owners
from rules.review import Review
from rules.verdict import Verdict
from tests.rules.making import change, contract

START = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
OWNED = contract(owners=Owners(teams=("octo/data", "octo/crm")))
DOCUMENTS = {name: change({}, {"title": name}, of=OWNED) for name in "AB"}
PEOPLE = {"ana": 1, "carl": 2, "dora": 3, "mia": 4, "eve": 5}
TEAMS = {"octo/data": {"carl"}, "octo/crm": {"dora", "carl"}}
TARGET = Target(1, 2, "octo/orders", 7)
TEXTS = (
    "/approve", "/approve if x", "/object no", "/withdraw", "/hold wait", "/unhold", "/condition add y", "/reject no",
    "/waive objection fine", "/status", "/aprove", "Thank you!", "/object a\n/withdraw\n/approve", "/condition done 1",
)  # fmt: skip


@dataclass
class Books:
    """The log, with nothing under it."""

    log: dict[str, NewEvent] = field(default_factory=dict)

    @contextmanager
    def transaction(self) -> Iterator[Books]:
        yield self

    reading = transaction

    def append(self, _: str, events: Sequence[NewEvent]) -> None:
        for event in events:
            self.log.setdefault(event.source_id, event)

    def events(self, _: str) -> tuple[NewEvent, ...]:
        return tuple(sorted(self.log.values(), key=lambda one: (one.source_time, one.source_id)))

    def settled(self, *_: object) -> tuple[()]:
        return ()


@dataclass
class Truth:
    """What is so on GitHub."""

    head: str = "A"
    commit: int = 0
    now: datetime = START
    comments: list[Comment] = field(default_factory=list)

    def pull(self) -> PullRequest:
        sha = f"{self.commit:040x}"
        return PullRequest(7, "t", 1, "ana", False, "open", False, "main", "0" * 40, sha, "topic", "octo/orders", "")

    def repository(self) -> Repository:
        def listed(_: int, *, since: datetime | None = None) -> tuple[Comment, ...]:
            return tuple(one for one in self.comments if since is None or one.updated_at >= since)

        return cast(
            "Repository",
            SimpleNamespace(
                comments=listed,
                reviews=lambda _: (),
                react=lambda *_: None,
                standing=lambda login: Standing(PEOPLE[login], login, "maintain" if login == "mia" else "write"),
                in_team=lambda team, login: login in TEAMS[team],
                wrote=lambda _: frozenset({1}),
            ),
        )


def judge(one: Change) -> Assessment:
    return Assessment(one, Comparison(Verdict.MAJOR))


@dataclass
class Watcher:
    """One App: its books, and what it last made of the pull request."""

    truth: Truth
    books: Books = field(default_factory=Books)
    last: Bearing | None = None

    def hear(self, comment: Comment) -> None:
        said = talk.of_comment(comment)
        if said is not None:
            self.books.append("", [said.event()])
        self.look()

    def pushed(self, who: str) -> None:
        sha = self.truth.pull().head_sha
        self.books.append("", [NewEvent(PUSHED, f"push:{sha}", self.truth.now, {"head": sha}, PEOPLE[who])])
        self.look()

    def look(self) -> Review:
        pull = self.truth.pull()
        remembered = Remembered(pull.head_sha, 1, "", self.truth.now)
        seen = Observation(pull, True, "", (DOCUMENTS[self.truth.head],), remembered=remembered)
        bench = SimpleNamespace(sitting=lambda: judge)
        steward = cast("Steward", SimpleNamespace(store=self.books, clock=lambda: self.truth.now, bench=bench))
        self.last = heard(steward, self.truth.repository(), TARGET, seen, record=True)
        self.books.append("", shows(self.last.log, self.last.reviews, self.truth.now))
        return self.review

    @property
    def review(self) -> Review:
        assert self.last is not None
        (found,) = self.last.reviews
        return found


def standing(review: Review) -> dict[str, Any]:
    """What people see of a review that could depend on how the words about it arrived."""
    ledger = review.ledger
    assert ledger is not None
    return {
        "state": review.state,
        "approved": sorted((one.login, one.grade.name) for one in ledger.approvals),
        "awaited": [one.name for one in review.awaited],
        "objections": [(one.id, one.ended) for one in ledger.objections],
        "conditions": [(one.id, one.state) for one in ledger.conditions],
        "holds": ledger.holds,
        "rejected": ledger.rejected,
        "deadline": review.deadline,
        "conclusion": review.conclusion,
    }


class Conversation(RuleBasedStateMachine):
    """People talk and push; deliveries go their own ways."""

    def __init__(self) -> None:
        super().__init__()
        self.truth = Truth()
        self.prompt, self.late = Watcher(self.truth), Watcher(self.truth)
        self.under_way: list[Comment] = []
        self.prompt.look()
        self.late.look()

    def tick(self, seconds: int) -> None:
        self.truth.now += timedelta(seconds=seconds)

    @rule(who=st.sampled_from(sorted(PEOPLE)), text=st.sampled_from(TEXTS), seconds=st.sampled_from([0, 1, 60]))
    def talk(self, who: str, text: str, seconds: int) -> None:
        self.tick(seconds)
        number = len(self.truth.comments) + 100
        made = Comment(number, text, PEOPLE[who], who, None, self.truth.now, self.truth.now)
        self.truth.comments.append(made)
        self.under_way.append(made)
        self.prompt.hear(made)

    @rule(head=st.sampled_from("AB"), who=st.sampled_from(["ana", "dora"]))
    def push(self, head: str, who: str) -> None:
        self.tick(60)
        self.truth.head, self.truth.commit = head, self.truth.commit + 1
        self.prompt.pushed(who)
        self.late.pushed(who)
        self.tick(60)

    @precondition(lambda self: self.under_way)
    @rule(data=st.data(), again=st.booleans())
    def arrive(self, data: st.DataObject, *, again: bool) -> None:
        self.tick(1)
        one = data.draw(st.sampled_from(self.under_way))
        if not again:
            self.under_way.remove(one)
        self.late.hear(one)

    @rule()
    def look(self) -> None:
        self.tick(60)
        self.late.look()

    @invariant()
    def nobody_approves_without_authority(self) -> None:
        for one in (self.prompt, self.late):
            for link in one.review.chain:
                assert all(given.login in TEAMS[link.needed.name] for given in link.given)
                assert all(given.actor != PEOPLE["ana"] for given in link.given)

    @invariant()
    def each_word_is_answered_once(self) -> None:
        for one in (self.prompt, self.late):
            answered = [event.source_id for event in one.books.log.values() if event.kind == talk.ANSWERED]
            assert len(answered) == len(set(answered))

    @invariant()
    def a_pause_never_brings_the_deadline_forward(self) -> None:
        before, held = self.late.review, self.late
        assert held.last is not None
        body = {"contract": "orders", "login": "carl", "reason": "wait"}
        pause = NewEvent("review.held", "one-more", self.truth.now, body, 2)
        (after,) = stand([judge(DOCUMENTS[self.truth.head])], (*held.last.log, pause), self.truth.now, author=1)
        assert before.deadline is None or after.deadline is None or after.deadline >= before.deadline

    def teardown(self) -> None:
        for one in self.under_way:
            self.late.hear(one)
        self.tick(1)
        assert standing(self.late.look()) == standing(self.prompt.look())


def live(count: int) -> None:
    run_state_machine_as_test(
        Conversation, settings=settings(max_examples=count, stateful_step_count=12, database=None)
    )


def test_a_conversation_comes_to_the_same_in_whatever_order_it_arrives() -> None:
    live(60)


@pytest.mark.exhaustive
@pytest.mark.parametrize("part", range(10))
def test_ten_thousand_conversations_come_to_the_same(part: int) -> None:
    del part  # each draws its own
    live(1_000)
