"""The double of Slack, held to what Slack documents."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.signature import SignatureVerifier

from tests.fakes.slack import Fault, SlackDouble
from tests.fakes.slack.double import SECRET, TOKEN, signed


@pytest.fixture
def double() -> Iterator[SlackDouble]:
    with SlackDouble() as found:
        yield found


def client(double: SlackDouble, token: str = TOKEN) -> WebClient:
    return WebClient(token, base_url=double.api_url, retry_handlers=[])


def test_a_message_is_listed_with_its_metadata_only_where_asked(double: SlackDouble) -> None:
    web = client(double)
    metadata = {"event_type": "x", "event_payload": {"a": "b"}}
    posted = web.chat_postMessage(channel="C0PARTNERS", text="hello", metadata=metadata)
    assert web.conversations_history(channel="C0PARTNERS")["messages"][0].get("metadata") is None
    (shown,) = web.conversations_history(channel="C0PARTNERS", include_all_metadata=True)["messages"]
    assert (shown["ts"], shown["metadata"]) == (posted["ts"], metadata)


def test_replies_are_in_their_thread_and_not_in_the_channel(double: SlackDouble) -> None:
    web = client(double)
    root = web.chat_postMessage(channel="C0PARTNERS", text="root")["ts"]
    web.chat_postMessage(channel="C0PARTNERS", text="reply", thread_ts=root)
    assert [one["text"] for one in web.conversations_history(channel="C0PARTNERS")["messages"]] == ["root"]
    replies = web.conversations_replies(channel="C0PARTNERS", ts=root)["messages"]
    assert [one["text"] for one in replies] == ["root", "reply"]


def test_lists_come_in_pages(double: SlackDouble) -> None:
    web = client(double)
    for number in range(5):
        web.chat_postMessage(channel="C0PARTNERS", text=str(number))
    first = web.conversations_history(channel="C0PARTNERS", limit=3)
    rest = web.conversations_history(
        channel="C0PARTNERS", limit=3, cursor=first["response_metadata"]["next_cursor"]
    )  # fmt: skip
    assert [one["text"] for one in (*first["messages"], *rest["messages"])] == list("43210")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"channel": "C9", "text": "x"}, "channel_not_found"),
        ({"channel": "C0PARTNERS"}, "no_text"),
        ({"channel": "C0PARTNERS", "text": "x" * 40_001}, "msg_too_long"),
        ({"channel": "C0PARTNERS", "blocks": [{"type": "divider"}] * 51, "text": "x"}, "invalid_blocks"),
        (
            {
                "channel": "C0PARTNERS", "text": "x",
                "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "y" * 3001}}],
            },
            "invalid_blocks",
        ),
    ],
)  # fmt: skip
def test_what_slack_refuses_is_refused_with_its_word(double: SlackDouble, arguments: dict[str, str], said: str) -> None:
    with pytest.raises(SlackApiError, match=said):
        client(double).api_call("chat.postMessage", json=arguments)
    assert not double.posts


def test_another_token_and_another_method_are_refused(double: SlackDouble) -> None:
    with pytest.raises(SlackApiError, match="invalid_auth"):
        client(double, "xoxb-other").auth_test()
    with pytest.raises(SlackApiError, match="unknown_method"):
        client(double).api_call("chat.dance")


def test_a_second_message_within_a_second_is_too_fast_where_it_is_paced() -> None:
    now = datetime(2026, 11, 21, tzinfo=UTC)
    with SlackDouble(clock=lambda: now, paced=True) as double:
        client(double).chat_postMessage(channel="C0PARTNERS", text="one")
        with pytest.raises(SlackApiError) as caught:
            client(double).chat_postMessage(channel="C0PARTNERS", text="two")
        response = caught.value.response
        assert (response.status_code, response.headers["Retry-After"]) == (429, "1")


def test_a_fault_comes_as_often_as_told_and_before_or_after_the_effect(double: SlackDouble) -> None:
    double.faults += [Fault("chat.postMessage", "500", "after"), Fault("chat.postMessage", "429", seconds=3)]
    for _ in range(2):
        with pytest.raises(SlackApiError):
            client(double).chat_postMessage(channel="C0PARTNERS", text="x")
    assert len(double.posts) == 1
    client(double).chat_postMessage(channel="C0PARTNERS", text="x")
    assert len(double.posts) == 2


def test_a_click_is_signed_as_slacks_own_verifier_wants_it() -> None:
    body = b"payload=%7B%7D"
    assert SignatureVerifier(SECRET).is_valid_request(body, signed(body, datetime.fromtimestamp(time.time(), UTC)))
