"""Slack: one root message for each release or review and recipient, everything later in its thread.

Slack can be asked: every message carries its mark as metadata, so that after an answer that was lost the channel is
looked through before anything is sent again. Sources: docs.slack.dev, chat.postMessage, chat.update,
conversations.history, "Rate limits" (one message a second and channel), "Message metadata".
"""

from __future__ import annotations

import json
import logging
import socket
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any
from urllib.error import URLError

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.webhook import WebhookClient

from notices.channels.contract import (
    DoubtError,
    Message,
    PermanentError,
    Receipt,
    TransientError,
    UnknownError,
)
from notices.slack import Block

log = logging.getLogger(__name__)

PACE = timedelta(seconds=1)
"""Slack takes about one message a second for a channel."""
SECONDS = 15
_NO_THREAD = "thread_not_found"
_EVENT = "concordat_notice"
_PAGES, _PAGE = 10, 100
_RATE = timedelta(seconds=30)
_SLACK_LATER = frozenset(
    {"internal_error", "fatal_error", "service_unavailable", "request_timeout", "team_added_to_org", "accesslimited"}
)
"""What Slack says when it could not do it now; whether it has done it none the less is not known."""

Root = tuple[str, str]
"""Channel id and `ts` of a message."""


FAILURES = (SlackClientError, URLError, OSError)
"""What a call of Slack's client raises."""


def client_of(token: str, api_url: str) -> WebClient:
    """Make a client that repeats nothing by itself: what was lost is looked for first."""
    return WebClient(token, base_url=api_url, timeout=SECONDS, retry_handlers=[])


def deliver(message: Message, client: WebClient, earlier: str | None) -> Receipt:
    """Post a message, the first of its thread as its root, later ones below it; then bring the root up to date."""
    root = read(message.root)
    channel = root[0] if root else _channel(client, message.address)
    if earlier is not None:
        found = next(_marked(client, channel, message, root), None)
        if found is not None:
            return _receipt(channel, found, "found by its mark")
    try:
        answer = _post(client, channel, message, root)
    except PermanentError as error:
        if root is None or _NO_THREAD not in str(error):
            raise
        # Somebody deleted the root: the message counts more than its place.
        answer, root = _post(client, channel, message, None), None
    if root and message.root_shows:
        restate(client, root, message.root_shows)
    if not answer.get("ts"):
        raise DoubtError("Slack's answer does not say which message it posted")
    return _receipt(str(answer.get("channel") or channel), str(answer["ts"]), "posted")


def _post(client: WebClient, channel: str, message: Message, root: Root | None) -> Mapping[str, Any]:
    where = {"thread_ts": root[1]} if root else {}
    return _said(
        client.chat_postMessage, channel=channel, text=message.letter.fallback, blocks=list(message.letter.blocks),
        metadata={"event_type": _EVENT, "event_payload": {"mark": message.mark}}, unfurl_links=False,
        unfurl_media=False, **where,
    )  # fmt: skip


def tidy(message: Message, client: WebClient) -> int:
    """Delete what was posted twice by a worker that came too late; the oldest stays. How many were deleted."""
    root = read(message.root)
    channel = root[0] if root else _channel(client, message.address)
    extra = sorted(_marked(client, channel, message, root))[1:]
    for ts in extra:
        _said(client.chat_delete, channel=channel, ts=ts)
    return len(extra)


def deliver_to_webhook(message: Message, client: WebhookClient, earlier: str | None) -> Receipt:
    """Post to an incoming webhook, which has no threads and cannot be asked."""
    if earlier is not None:
        raise UnknownError("an earlier attempt was broken off, and a webhook cannot be asked what it has")
    try:
        answer = client.send(text=message.letter.fallback, blocks=[dict(one) for one in _only_links(message)])
    except (OSError, SlackClientError) as error:
        raise UnknownError(f"the webhook's answer was lost: {error}") from error
    if answer.status_code == 429:
        raise TransientError("Slack asks us to wait", _wait(answer.headers), firm=True)
    if answer.status_code >= 500:
        raise UnknownError(f"Slack answered {answer.status_code}: {answer.body[:200]}")
    if answer.status_code != 200:
        raise PermanentError(f"the webhook refused it: {answer.body[:200]}")
    return Receipt("webhook", {"answer": answer.body[:200]})


def _only_links(message: Message) -> Iterator[Block]:
    """Leave out what asks for a click: a webhook's message is nobody's to whom Slack would tell of one."""
    for one in message.letter.blocks:
        if one["type"] == "actions":
            leading = [button for button in one["elements"] if button.get("url")]
            if leading:
                yield {**one, "elements": leading}
        elif one["type"] != "input":
            yield one


def read(receipt: str) -> Root | None:
    """Read the channel and `ts` out of a receipt; `None` for one that is not Slack's."""
    try:
        found = json.loads(receipt) if receipt else {}
        return str(found["channel"]), str(found["ts"])
    except (ValueError, KeyError, TypeError):
        return None


def open_form(client: WebClient, trigger: str, view: Mapping[str, Any]) -> None:
    """Open a form before whoever clicked; Slack takes a click's trigger for three seconds. Raises the failures."""
    _said(client.views_open, trigger_id=trigger, view=dict(view))


def without_buttons(client: WebClient, where: Root, blocks: Sequence[Block], text: str) -> None:
    """Take the buttons of a message away, since what they asked for is decided; `text` says what was."""
    shown = [one for one in blocks if one.get("type") not in {"actions", "input"}]
    note = {"type": "context", "elements": [{"type": "mrkdwn", "text": text, "verbatim": True}]}
    restate(client, where, (text, (*shown, note)))


def _channel(client: WebClient, address: Sequence[str]) -> str:
    """Give the channel of an address; a person's is the conversation with them."""
    if not address:
        raise PermanentError("there is no channel to post to")
    if not address[0].startswith(("U", "W")):
        return address[0]
    try:
        return str(_said(client.conversations_open, users=address[0])["channel"]["id"])
    except (KeyError, TypeError) as error:
        raise TransientError("Slack's answer does not say which conversation it opened") from error


def _marked(client: WebClient, channel: str, message: Message, root: Root | None) -> Iterator[str]:
    """Find our messages that carry the mark, in the thread or the channel, the newest pages first."""
    more: dict[str, Any] = {"channel": channel, "include_all_metadata": True, "limit": _PAGE}
    if message.began_at is not None:
        more["oldest"] = f"{(message.began_at - timedelta(minutes=5)).timestamp():.6f}"
    call = client.conversations_replies if root else client.conversations_history
    if root:
        more["ts"] = root[1]
    for _ in range(_PAGES):
        answer = _said(call, **more)
        for one in answer.get("messages") or ():
            metadata = one.get("metadata") or {}
            mark = (metadata.get("event_payload") or {}).get("mark")
            if metadata.get("event_type") == _EVENT and mark == message.mark:
                yield str(one["ts"])
        more["cursor"] = (answer.get("response_metadata") or {}).get("next_cursor")
        if not more["cursor"]:
            return


def change(client: WebClient, where: Root, text: str, blocks: Sequence[Block]) -> None:
    """Let a message show something else; raises the failures of the contract."""
    _said(client.chat_update, channel=where[0], ts=where[1], text=text, blocks=list(blocks))


def restate(client: WebClient, root: Root, shows: tuple[str, Sequence[Block]]) -> None:
    """Let a message show something else. What was posted counts more: a refusal here is only noted."""
    text, blocks = shows
    try:
        change(client, root, text, blocks)
    except (PermanentError, TransientError) as error:
        log.warning("a message was not brought up to date: %s", error, extra={"action": "slack.update"})


def _said(call: Any, **arguments: Any) -> Mapping[str, Any]:
    """Ask Slack; its refusals and silences as our failures."""
    try:
        answer: Mapping[str, Any] = call(**arguments).data
    except SlackApiError as error:
        raise _failure(error) from error
    except URLError as error:
        if isinstance(error.reason, ConnectionRefusedError | socket.gaierror):
            raise TransientError(f"Slack cannot be reached: {error.reason}") from error
        raise DoubtError(f"Slack's answer was lost: {error}") from error
    except (OSError, SlackClientError, ValueError) as error:
        raise DoubtError(f"Slack's answer was lost: {error}") from error
    return answer


def _failure(error: SlackApiError) -> TransientError | PermanentError:
    response: Any = error.response
    said = response.get("error") if isinstance(getattr(response, "data", None), dict) else None
    if response.status_code == 429 or said == "ratelimited":
        return TransientError("Slack asks us to wait", _wait(response.headers), firm=True)
    if said in _SLACK_LATER or said is None:
        return DoubtError(f"Slack could not do it: {said or response.status_code}")
    return PermanentError(f"Slack refused it: {said}")


def _wait(headers: Mapping[str, str]) -> timedelta:
    given = next((value for name, value in headers.items() if name.lower() == "retry-after"), "")
    return timedelta(seconds=min(int(given), 3600)) if str(given).isdigit() else _RATE


def _receipt(channel: str, ts: str, how: str) -> Receipt:
    return Receipt(json.dumps({"channel": channel, "ts": ts}), {"channel": channel, "ts": ts, "answer": how})
