"""A click on Slack, from the button to what is said on the pull request."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bot.clicks import Clicks, read
from bot.settings import SignIn
from bot.steward.releases import shelf as release_shelf
from bot.steward.talk import SAID
from bot.store import Store
from bot.store.links import SlackUser
from bot.store.values import NewJob, NewObligation
from bot.web.slack import CLICK
from bot.worker import Worker
from notices.examples import facts
from tests.bot.post_room import PostRoom, post_room

PULL = "pull:1:17"
WHO = SlackUser("T0", "U0ANA")


@pytest.fixture
def room(store: Store) -> Iterator[PostRoom]:
    with post_room(store, sign_in=SignIn("id", "secret", ("k" * 32,))) as found:
        payload = {**facts("review.requested"), "installation": 5, "repository": "octo/orders", "number": 17}
        with store.transaction() as transaction:
            transaction.owe(NewObligation("r", "review.requested", PULL, "team:acme/crm", found.time(), payload))
        found.work()
        yield found


def click(room: PostRoom, action: str = "concordat:approve", times: int = 1) -> None:
    body, _ = room.slack.click(room.slack.posts[0], action)
    with room.store.transaction() as transaction:
        for _ in range(times):
            transaction.enqueue(NewJob(CLICK, {}, raw=body.decode()))
    worker = Worker(room.store, {CLICK: Clicks(room.settings, room.time).handle}, room.time, pools=("default",))
    while worker.run_once():
        pass


def said(room: PostRoom) -> list[tuple[int | None, str]]:
    with room.store.reading() as transaction:
        return [(one.actor_id, one.body["text"]) for one in transaction.events(PULL) if one.kind == SAID]


def link(room: PostRoom) -> None:
    with room.store.transaction() as transaction:
        transaction.link_slack(WHO, 583231, "ana", room.time())


def test_a_click_is_said_on_the_pull_request_by_the_linked_person_on_the_state_of_the_button(room: PostRoom) -> None:
    link(room)
    click(room)
    assert said(room) == [(583231, "approve.3f1c9a")]
    with room.store.reading() as transaction:
        assert any(job.kind == "pull" and job.lane == PULL for job in transaction.jobs("open"))


def test_an_objection_by_a_button_says_where_its_reasons_follow(room: PostRoom) -> None:
    link(room)
    click(room, "concordat:object")
    ((_, text),) = said(room)
    assert text.startswith("object.said with the button on Slack")
    assert text.endswith(".3f1c9a")


def test_the_same_click_counts_once_and_the_buttons_go(room: PostRoom) -> None:
    link(room)
    click(room, times=2)
    assert len(said(room)) == 1
    post = room.slack.posts[0]
    assert "actions" not in [block["type"] for block in post.blocks]
    assert "by ana, from Slack" in post.blocks[-1]["elements"][0]["text"]


def test_somebody_whom_nobody_knows_is_shown_how_to_be_known_and_nothing_is_said(room: PostRoom) -> None:
    click(room)
    assert said(room) == []
    (whispered,) = room.slack.whispers
    assert whispered[:2] == ("C0REVIEWS", "U0ANA")
    assert "https://concordat.example/slack/link/" in whispered[2]
    assert "actions" in [block["type"] for block in room.slack.posts[0].blocks]


def test_without_sign_in_people_are_sent_to_github(store: Store, room: PostRoom) -> None:
    room.more = {}
    click(room)
    assert "Answer on GitHub" in room.slack.whispers[0][2]


def test_what_a_message_was_about_may_be_gone(room: PostRoom) -> None:
    link(room)
    post = room.slack.posts[0]
    for block in post.blocks:
        for one in block.get("elements", ()):
            if "value" in one:
                one["value"] = "3f1c9a:999"
    click(room)
    assert said(room) == []
    assert "not there any more" in room.slack.whispers[0][2]


@pytest.mark.parametrize(
    "body", ["", "payload=", "payload=%7B", "payload=[]", "payload=%7B%22actions%22%3A%5B%5D%7D",
             f"payload={'%5B' * 3000}"]
)  # fmt: skip
def test_what_is_no_click_of_ours_is_left_alone(body: str) -> None:
    assert read(body) is None


RELEASE = "release:1:patient-record:3.0.0"


def decide(room: PostRoom, action: str, user: str = "U0ANA", day: str = "", reason: str = "") -> None:
    """Click a button of the newest message that asks for a decision on a release."""
    post = [one for one in room.slack.posts if "Decide" in one.text][-1]
    body, _ = room.slack.click(post, f"concordat:{action}", user, day=day, reason=reason)
    with room.store.transaction() as transaction:
        transaction.enqueue(NewJob(CLICK, {}, raw=body.decode()))
    worker = Worker(room.store, {CLICK: Clicks(room.settings, room.time).handle}, room.time, pools=("default",))
    while worker.run_once():
        pass


@pytest.fixture
def asked(room: PostRoom) -> PostRoom:
    """Ask ana, who owns the releases, to decide on one."""
    link(room)
    kept = release_shelf.Kept("octo/orders", 1, 5, ("Ana",), ())
    payload = {**facts("release.decide"), "installation": 5, "repository": "octo/orders", "pull": "17"}
    with room.store.transaction() as transaction:
        release_shelf.keep(transaction, RELEASE, kept, room.time())
        transaction.owe(NewObligation("d", "release.decide", RELEASE, "user:ana", room.time(), payload))
    room.later(seconds=2)  # a channel takes one message a second
    return room


def commanded(room: PostRoom) -> list[tuple[int | None, str, str]]:
    with room.store.reading() as transaction:
        found = [one for one in transaction.events(RELEASE) if one.kind == SAID]
    return [(one.actor_id, one.body["text"], one.body["state"]) for one in found]


@pytest.mark.parametrize(
    ("action", "fields", "command"),
    [
        ("go", {}, "/go"),
        ("no-go", {"reason": "two partners\ncannot read it"}, "/no-go two partners cannot read it"),
        ("postpone", {"day": "2027-03-20", "reason": "holidays"}, "/postpone 2027-03-20 holidays"),
        ("cancel", {"reason": "not needed"}, "/cancel not needed"),
    ],
)
def test_a_decision_by_a_button_is_the_command_with_what_was_filled_in(
    asked: PostRoom, action: str, fields: dict[str, str], command: str
) -> None:
    version = facts("release.decide")["version_of_state"]
    decide(asked, action, **fields)
    assert commanded(asked) == [(583231, command, version)]
    assert {one["type"] for one in asked.slack.posts[-1].blocks} & {"actions", "input"} == set()
    assert "stands on the release issue" in asked.slack.posts[-1].blocks[-1]["elements"][0]["text"]
    with asked.store.reading() as transaction:
        assert any(job.kind == "release" and job.lane == RELEASE for job in transaction.jobs("open"))


def test_a_decision_without_what_it_needs_is_asked_for_and_the_buttons_stay(asked: PostRoom) -> None:
    decide(asked, "postpone", reason="holidays")
    assert commanded(asked) == []
    assert "Fill in the day above the buttons" in asked.slack.whispers[-1][2]
    assert "actions" in {one["type"] for one in asked.slack.posts[-1].blocks}


def test_who_owns_no_release_is_told_so_and_the_buttons_stay_for_those_who_do(asked: PostRoom) -> None:
    with asked.store.transaction() as transaction:
        transaction.link_slack(SlackUser("T0", "U0EVE"), 77, "eve", asked.time())
    decide(asked, "go", "U0EVE")
    assert commanded(asked) == []
    assert asked.slack.whispers[-1][1:] == ("U0EVE", "This is for the release owners: Ana.")
    assert "actions" in {one["type"] for one in asked.slack.posts[-1].blocks}
