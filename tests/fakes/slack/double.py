"""Slack as far as notices use it: messages, threads, metadata, edits, rate limits, and signed clicks.

Sources: docs.slack.dev, "chat.postMessage", "chat.update", "chat.delete", "conversations.history",
"conversations.replies", "conversations.open", "auth.test", "Rate limits", "Verifying requests from Slack".
Blocks are checked with slack_sdk's own types, and with the limits that Slack documents.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Literal, Self
from urllib.parse import parse_qs, urlencode

from slack_sdk.errors import SlackObjectFormationError
from slack_sdk.models.blocks import Block
from slack_sdk.models.views import View

from bot.clock import Clock, system_clock

TOKEN = "xoxb-double"
SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
BOT = "B0CONCORDAT"
_MOST_TEXT, _MOST_BLOCKS = 40_000, 13_200

Answer = tuple[int, dict[str, str], dict[str, Any]]
When = Literal["before", "after"]


@dataclass
class Fault:
    """What goes wrong at the next `times` calls of a method, before or after it has its effect.

    `what` is "lost" (the connection breaks), "late" (the answer takes `seconds`), a status ("500"), "429" with
    Retry-After `seconds`, or an error that Slack names ("channel_not_found").
    """

    method: str
    what: str
    when: When = "before"
    times: int = 1
    seconds: float = 1.0


@dataclass
class Post:
    """One message as it is shown now; `edits` counts how often that changed."""

    channel: str
    ts: str
    text: str
    blocks: list[dict[str, Any]]
    metadata: dict[str, Any]
    thread: str = ""
    edits: int = 0
    shown: list[str] = field(default_factory=list)


class SlackDouble:
    """A workspace on a free port; a context manager. `paced` refuses a second message to a channel within a second."""

    def __init__(self, *, clock: Clock = system_clock, paced: bool = False) -> None:
        self.clock = clock
        self.paced = paced
        self.channels: set[str] = {"C0PARTNERS", "C0REVIEWS"}
        self.faults: list[Fault] = []
        self.calls: list[str] = []
        self.whispers: list[tuple[str, str, str]] = []
        self.views: list[dict[str, Any]] = []
        self._triggers: set[str] = set()
        self.arrived: Callable[[Post], None] = lambda _post: None
        self._posts: list[Post] = []
        self._new: list[Post] = []
        self._last: dict[str, datetime] = {}
        self._lock = threading.RLock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    @property
    def api_url(self) -> str:
        """Where the Web API is."""
        return f"http://127.0.0.1:{self._server.server_port}/api/"

    @property
    def posts(self) -> tuple[Post, ...]:
        """Every message that is there, oldest first."""
        with self._lock:
            return tuple(self._posts)

    def thread(self, ts: str) -> tuple[Post, ...]:
        """The messages below a message."""
        return tuple(one for one in self.posts if one.thread == ts)

    def click(
        self, post: Post, action: str, user: str = "U0ANA", *, at: datetime | None = None, day: str = "",
        reason: str = "",
    ) -> tuple[bytes, dict[str, str]]:  # fmt: skip
        """Make the signed request that a click on a button sends, with what stands in its fields: body and headers."""
        button = next(
            one for block in post.blocks if block["type"] == "actions" for one in block["elements"]
            if one["action_id"] == action
        )  # fmt: skip
        payload = {
            "type": "block_actions", "user": {"id": user}, "team": {"id": "T0"},
            "trigger_id": f"{post.ts}.{action}.{user}",
            "container": {"type": "message", "message_ts": post.ts, "channel_id": post.channel},
            "channel": {"id": post.channel},
            "message": {"ts": post.ts, "blocks": post.blocks, "metadata": post.metadata},
            "state": {"values": _filled(post, {"day": day, "reason": reason})},
            "actions": [{"action_id": action, "value": button["value"], "action_ts": f"{self._moment():.6f}"}],
        }  # fmt: skip
        self._triggers.add(str(payload["trigger_id"]))
        body = urlencode({"payload": json.dumps(payload)}).encode()
        return body, signed(body, at or self.clock())

    def answer(self, method: str, token: str, arguments: Mapping[str, Any]) -> Answer | None:
        """Do what a method does, and give its answer; `None` where the connection is to break."""
        with self._lock:
            self.calls.append(method)
            before = self._fault(method, "before")
        if before is not None:
            spoiled = _spoil(before)
            if before.what != "late":
                return spoiled
        with self._lock:
            given = self._do(method, token, arguments)
            after = self._fault(method, "after")
            new, self._new = self._new, []
        for post in new:
            self.arrived(post)
        if after is None:
            return given
        spoiled = _spoil(after)
        return given if after.what == "late" else spoiled

    def _fault(self, method: str, when: When) -> Fault | None:
        found = next((one for one in self.faults if one.method == method and one.when == when and one.times > 0), None)
        if found is not None:
            found.times -= 1
        return found

    def _do(self, method: str, token: str, arguments: Mapping[str, Any]) -> Answer:
        does = {
            "auth.test": self._auth, "chat.postMessage": self._post, "chat.update": self._update,
            "chat.delete": self._delete, "chat.postEphemeral": self._whisper, "conversations.history": self._history,
            "conversations.replies": self._replies, "conversations.open": self._open, "views.open": self._view,
        }.get(method)  # fmt: skip
        if does is None:
            return _error("unknown_method")
        if token != TOKEN:
            return _error("invalid_auth")
        return does(arguments)

    def _auth(self, arguments: Mapping[str, Any]) -> Answer:
        del arguments
        return _ok(user="concordat", team="Double", bot_id=BOT)

    def _open(self, arguments: Mapping[str, Any]) -> Answer:
        channel = f"D{str(arguments['users'])[1:]}"
        self.channels.add(channel)
        return _ok(channel={"id": channel})

    def _post(self, arguments: Mapping[str, Any]) -> Answer:
        channel = str(arguments.get("channel", ""))
        if channel not in self.channels:
            return _error("channel_not_found")
        if self.paced and self.clock() - self._last.get(
            channel, datetime.min.replace(tzinfo=self.clock().tzinfo)
        ) < timedelta(seconds=1):
            return 429, {"Retry-After": "1"}, {"ok": False, "error": "ratelimited"}
        wrong = _wrong(arguments)
        if wrong:
            return wrong
        thread = str(arguments.get("thread_ts") or "")
        if thread and not any(one.ts == thread and one.channel == channel for one in self._posts):
            return _error("thread_not_found")
        self._last[channel] = self.clock()
        post = Post(
            channel, f"{self._moment():.6f}", str(arguments.get("text", "")), _value(arguments.get("blocks")) or [],
            _value(arguments.get("metadata")) or {}, thread,
        )  # fmt: skip
        self._posts.append(post)
        self._new.append(post)
        return _ok(channel=channel, ts=post.ts, message={"ts": post.ts, "text": post.text})

    def _whisper(self, arguments: Mapping[str, Any]) -> Answer:
        self.whispers.append((str(arguments["channel"]), str(arguments["user"]), str(arguments["text"])))
        return _ok(message_ts=f"{self._moment():.6f}")

    def _view(self, arguments: Mapping[str, Any]) -> Answer:
        trigger, view = str(arguments.get("trigger_id", "")), _value(arguments["view"])
        if trigger not in self._triggers:
            return _error("expired_trigger_id")
        self._triggers.discard(trigger)
        try:
            View(**view).validate_json()
            for one in Block.parse_all(view["blocks"]):
                one.validate_json()
        except (SlackObjectFormationError, TypeError):
            return _error("invalid_arguments")
        shown = {**view, "id": f"V{len(self.views):04d}"}
        self.views.append(shown)
        return _ok(view=shown)

    def submit(
        self, view: Mapping[str, Any], user: str = "U0ANA", *, at: datetime | None = None, **given: Any
    ) -> tuple[bytes, dict[str, str]]:
        """Make the signed request that sending a form makes, with what was filled in by the names of its fields."""
        values = {}
        for block in view["blocks"]:
            if block["type"] == "input":
                element, name = block["element"], block["element"]["action_id"]
                values[block["block_id"]] = {name: _entered(element, given.get(name))}
        payload = {
            "type": "view_submission", "user": {"id": user, "team_id": "T0"}, "team": {"id": "T0"},
            "view": {**view, "hash": "1.abc", "state": {"values": values}}, "response_urls": [],
        }  # fmt: skip
        body = urlencode({"payload": json.dumps(payload)}).encode()
        return body, signed(body, at or self.clock())

    def _moment(self) -> float:
        latest = max((float(one.ts) for one in self._posts), default=0.0)
        return max(self.clock().timestamp(), latest + 0.000_1)

    def _update(self, arguments: Mapping[str, Any]) -> Answer:
        found = self._find(arguments)
        if found is None:
            return _error("message_not_found")
        wrong = _wrong(arguments)
        if wrong:
            return wrong
        found.text, found.blocks = str(arguments.get("text", "")), _value(arguments.get("blocks")) or []
        found.edits += 1
        return _ok(channel=found.channel, ts=found.ts)

    def _delete(self, arguments: Mapping[str, Any]) -> Answer:
        found = self._find(arguments)
        if found is None:
            return _error("message_not_found")
        self._posts.remove(found)
        return _ok(channel=found.channel, ts=found.ts)

    def _find(self, arguments: Mapping[str, Any]) -> Post | None:
        where = arguments.get("channel"), arguments.get("ts")
        return next((one for one in self._posts if (one.channel, one.ts) == where), None)

    def _history(self, arguments: Mapping[str, Any]) -> Answer:
        return self._listed(arguments, [one for one in self._posts if not one.thread])

    def _replies(self, arguments: Mapping[str, Any]) -> Answer:
        of = str(arguments.get("ts", ""))
        return self._listed(arguments, [one for one in self._posts if of in {one.thread, one.ts}], newest_first=False)

    def _listed(self, arguments: Mapping[str, Any], posts: list[Post], *, newest_first: bool = True) -> Answer:
        channel, oldest = arguments.get("channel"), float(arguments.get("oldest") or 0)
        if channel not in self.channels:
            return _error("channel_not_found")
        found = [one for one in posts if one.channel == channel and float(one.ts) >= oldest]
        found = found[::-1] if newest_first else found
        start, limit = int(arguments.get("cursor") or 0), int(arguments.get("limit") or 100)
        with_metadata = str(arguments.get("include_all_metadata", "")).lower() in {"true", "1"}
        page = [_shown(one, with_metadata=with_metadata) for one in found[start : start + limit]]
        following = str(start + limit) if start + limit < len(found) else ""
        return _ok(messages=page, has_more=bool(following), response_metadata={"next_cursor": following})

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _filled(post: Post, given: Mapping[str, str]) -> dict[str, Any]:
    """Give the state of a message's fields as Slack tells it: each by its block and its element."""
    found: dict[str, Any] = {}
    for block in post.blocks:
        if block["type"] == "input":
            element, name = block["element"], block["element"]["action_id"]
            value = "selected_date" if element["type"] == "datepicker" else "value"
            said = {"type": element["type"], value: given.get(name) or None}
            found[block["block_id"]] = {name: said}
    return found


def _entered(element: Mapping[str, Any], given: Any) -> dict[str, Any]:
    """Give the state of one field of a form; one that is not filled in says what it was drawn with."""
    kind = element["type"]
    if kind == "checkboxes":
        options = [one for one in element["options"] if one["value"] in given] if given is not None else None
        return {"type": kind, "selected_options": element.get("initial_options", []) if options is None else options}
    if kind == "radio_buttons":
        chosen = [one for one in element["options"] if one["value"] == given]
        return {"type": kind, "selected_option": chosen[0] if chosen else element.get("initial_option")}
    return {"type": kind, "value": element.get("initial_value") if given is None else given}


def signed(body: bytes, at: datetime) -> dict[str, str]:
    """Make the headers of a request that Slack signed at a moment."""
    stamp = str(int(at.timestamp()))
    seal = hmac.new(SECRET.encode(), b"v0:" + stamp.encode() + b":" + body, hashlib.sha256).hexdigest()
    return {
        "X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={seal}",
        "Content-Type": "application/x-www-form-urlencoded",
    }  # fmt: skip


def _shown(post: Post, *, with_metadata: bool) -> dict[str, Any]:
    shown: dict[str, Any] = {"type": "message", "ts": post.ts, "text": post.text, "bot_id": BOT}
    if with_metadata and post.metadata:
        shown["metadata"] = post.metadata
    return shown


def _spoil(fault: Fault) -> Answer | None:
    if fault.what == "lost":
        return None
    if fault.what == "late":
        time.sleep(fault.seconds)
        return None
    if fault.what == "429":
        return 429, {"Retry-After": str(int(fault.seconds))}, {"ok": False, "error": "ratelimited"}
    if fault.what.isdigit():
        return int(fault.what), {}, {"ok": False, "error": "internal_error"}
    return _error(fault.what)


def _ok(**values: Any) -> Answer:
    return 200, {}, {"ok": True, **values}


def _error(name: str) -> Answer:
    return 200, {}, {"ok": False, "error": name}


def _value(given: Any) -> Any:
    """Read an argument that is JSON: as such in a JSON body, as text in a form."""
    return json.loads(given) if isinstance(given, str) else given


def _wrong(arguments: Mapping[str, Any]) -> Answer | None:
    """Refuse blocks that Slack would refuse."""
    blocks = _value(arguments.get("blocks")) or []
    if not arguments.get("text") and not blocks:
        return _error("no_text")
    if len(str(arguments.get("text", ""))) > _MOST_TEXT:
        return _error("msg_too_long")
    if len(blocks) > 50:
        return _error("invalid_blocks")
    if sum(len(json.dumps(one, ensure_ascii=False)) for one in blocks) > _MOST_BLOCKS * 2:
        return _error("msg_blocks_too_long")
    try:
        for one in Block.parse_all(blocks):
            one.validate_json()
    except SlackObjectFormationError:
        return _error("invalid_blocks")
    return None


def _handler(double: SlackDouble) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:  # the name that http.server asks for
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if "json" in self.headers.get("Content-Type", ""):
                arguments: dict[str, Any] = json.loads(body or b"{}")
            else:
                arguments = {name: values[-1] for name, values in parse_qs(body.decode()).items()}
            token = str(arguments.pop("token", "") or self.headers.get("Authorization", "").removeprefix("Bearer "))
            self._send(double.answer(self.path.rpartition("/")[2], token, arguments))

        def _send(self, answer: Answer | None) -> None:
            self.close_connection = True
            if answer is None:
                return
            status, headers, value = answer
            content = json.dumps(value).encode()
            self.send_response(status)
            for name, text in {"Content-Type": "application/json", **headers}.items():
                self.send_header(name, text)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 # as above
            pass

    return Handler
