"""Slack, over HTTP against its double: threads, roots, lost answers, limits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace

import pytest
from slack_sdk import WebClient
from slack_sdk.webhook import WebhookClient

from bot.clock import system_clock
from notices import slack as words
from notices.channels import slack
from notices.channels.contract import DoubtError, Message, PermanentError, TransientError, UnknownError
from notices.examples import HOUSE, facts
from notices.letter import write
from notices.notice import make
from tests.fakes.ports import free_port
from tests.fakes.slack import Fault, SlackDouble
from tests.fakes.slack.double import TOKEN


@pytest.fixture
def double() -> Iterator[SlackDouble]:
    with SlackDouble() as found:
        yield found


def client(double: SlackDouble) -> WebClient:
    return slack.client_of(TOKEN, double.api_url)


def message(kind: str = "release.announced", to: str = "C0PARTNERS", root: str = "") -> Message:
    return Message(
        f"{kind}/release:1:7/partner:meridian", "release:1:7", (to,), write(make(kind, facts(kind), HOUSE)), root,
        began_at=system_clock(),
    )  # fmt: skip


def test_the_first_message_is_the_root_and_later_ones_go_into_its_thread(double: SlackDouble) -> None:
    first = slack.deliver(message(), client(double), None)
    slack.deliver(message("release.confirm", root=first.found_by), client(double), None)
    root, reply = double.posts
    assert not root.thread
    assert reply.thread == root.ts
    assert slack.read(first.found_by) == ("C0PARTNERS", root.ts)
    assert first.evidence["answer"] == "posted"


def test_the_root_says_where_things_stand_and_loses_its_buttons(double: SlackDouble) -> None:
    first = make("release.confirm", facts("release.confirm"), HOUSE)
    receipt = slack.deliver(message("release.confirm"), client(double), None)
    assert "actions" in [block["type"] for block in double.posts[0].blocks]
    latest = make("release.postponed", facts("release.postponed"), HOUSE)
    update = replace(message("release.postponed", root=receipt.found_by), root_shows=words.restated(first, latest))
    slack.deliver(update, client(double), None)
    root = double.posts[0]
    assert root.edits == 1
    assert "actions" not in [block["type"] for block in root.blocks]
    assert "*Now:* patient-record 3.0.0 is postponed" in root.blocks[1]["text"]["text"].replace("`", "")


@pytest.mark.parametrize("what", ["lost", "500"])
def test_a_message_whose_answer_was_lost_is_found_and_not_sent_again(double: SlackDouble, what: str) -> None:
    double.faults.append(Fault("chat.postMessage", what, "after"))
    with pytest.raises(DoubtError):
        slack.deliver(message(), client(double), None)
    receipt = slack.deliver(message(), client(double), "")
    assert receipt.evidence["answer"] == "found by its mark"
    assert len(double.posts) == 1


def test_a_message_that_never_arrived_is_sent_at_the_next_attempt(double: SlackDouble) -> None:
    double.faults.append(Fault("chat.postMessage", "lost", "before"))
    with pytest.raises(DoubtError):
        slack.deliver(message(), client(double), None)
    assert slack.deliver(message(), client(double), "").evidence["answer"] == "posted"
    assert len(double.posts) == 1


def test_a_lost_message_is_found_in_its_thread_and_behind_others(double: SlackDouble) -> None:
    root = slack.deliver(message(), client(double), None).found_by
    double.faults.append(Fault("chat.postMessage", "lost", "after"))
    with pytest.raises(DoubtError):
        slack.deliver(message("release.confirm", root=root), client(double), None)
    for number in range(120):
        client(double).chat_postMessage(channel="C0PARTNERS", text=f"chatter {number}", thread_ts=slack.read(root)[1])  # type: ignore[index]
    slack.deliver(message("release.confirm", root=root), client(double), "")
    assert len(double.posts) == 122


def test_a_rate_limit_says_how_long_to_wait_and_is_no_failure(double: SlackDouble) -> None:
    double.faults.append(Fault("chat.postMessage", "429", seconds=7))
    with pytest.raises(TransientError) as caught:
        slack.deliver(message(), client(double), None)
    assert not isinstance(caught.value, DoubtError)
    assert (caught.value.after, caught.value.firm) == (timedelta(seconds=7), True)


@pytest.mark.parametrize("said", ["channel_not_found", "is_archived", "not_in_channel", "invalid_auth"])
def test_what_slack_refuses_is_a_permanent_failure_with_its_word(double: SlackDouble, said: str) -> None:
    double.faults.append(Fault("chat.postMessage", said))
    with pytest.raises(PermanentError, match=said):
        slack.deliver(message(), client(double), None)
    with pytest.raises(PermanentError, match="no channel"):
        slack.deliver(replace(message(), address=()), client(double), None)


def test_a_person_gets_it_in_their_conversation_with_the_app(double: SlackDouble) -> None:
    receipt = slack.deliver(message(to="U0ANA"), client(double), None)
    assert double.posts[0].channel == "D0ANA"
    assert slack.read(receipt.found_by) == ("D0ANA", double.posts[0].ts)


def test_what_two_workers_posted_is_one_message_again(double: SlackDouble) -> None:
    slack.deliver(message(), client(double), None)
    slack.deliver(message(), client(double), None)
    assert slack.tidy(message(), client(double)) == 1
    assert len(double.posts) == 1


def test_a_root_that_cannot_be_changed_does_not_undo_the_message(double: SlackDouble) -> None:
    receipt = slack.deliver(message(), client(double), None)
    double.faults.append(Fault("chat.update", "cant_update_message"))
    update = replace(message("release.live", root=receipt.found_by), root_shows=("text", ()))
    assert slack.deliver(update, client(double), None).evidence["answer"] == "posted"


def test_buttons_go_when_their_question_is_decided(double: SlackDouble) -> None:
    slack.deliver(message("release.decide"), client(double), None)
    post = double.posts[0]
    slack.without_buttons(client(double), (post.channel, post.ts), post.blocks, "Go, by ana.")
    assert "actions" not in [block["type"] for block in post.blocks]
    assert post.blocks[-1]["elements"][0]["text"] == "Go, by ana."


def test_a_slack_that_is_not_there_has_got_nothing() -> None:
    with pytest.raises(TransientError, match="cannot be reached") as caught:
        slack.deliver(message(), slack.client_of(TOKEN, f"http://127.0.0.1:{free_port()}/api/"), None)
    assert not isinstance(caught.value, DoubtError)


def test_a_webhook_cannot_be_asked_what_it_has() -> None:
    nobody = WebhookClient(f"http://127.0.0.1:{free_port()}/hook", retry_handlers=[])
    with pytest.raises(UnknownError, match="lost"):
        slack.deliver_to_webhook(message(), nobody, None)
    with pytest.raises(UnknownError, match="cannot be asked"):
        slack.deliver_to_webhook(message(), nobody, "")


def test_receipts_of_others_are_no_roots() -> None:
    assert slack.read("<mail@host>") is None
    assert slack.read("[]") is None


def test_a_message_whose_root_was_deleted_is_posted_all_the_same(double: SlackDouble) -> None:
    receipt = slack.deliver(message(), client(double), None)
    channel, ts = slack.read(receipt.found_by) or ("", "")
    client(double).chat_delete(channel=channel, ts=ts)
    slack.deliver(message("release.live", root=receipt.found_by), client(double), None)
    assert [post.thread for post in double.posts] == [""]


@pytest.mark.parametrize("answer", [{"ok": True}, {"ok": True, "ts": None, "channel": None}, {}])
def test_an_answer_that_names_no_message_leaves_in_doubt_what_was_posted(answer: dict[str, object]) -> None:
    odd = SimpleNamespace(chat_postMessage=lambda **_: SimpleNamespace(data=answer))
    with pytest.raises(DoubtError, match="which message"):
        slack.deliver(message(), odd, None)  # type: ignore[arg-type] # it answers as Slack never should


def test_a_conversation_that_slack_does_not_name_is_tried_again() -> None:
    odd = SimpleNamespace(conversations_open=lambda **_: SimpleNamespace(data={"ok": True, "channel": None}))
    with pytest.raises(TransientError, match="which conversation"):
        slack.deliver(message(to="U0ANA"), odd, None)  # type: ignore[arg-type] # as above
