"""POST /slack/interactivity: verify, insert, answer within Slack's three seconds; a worker does what was clicked.

Source: docs.slack.dev, "Verifying requests from Slack" (the signature is over the raw bytes, with a time stamp that is
refused after five minutes) and "Handling user interaction". The body is not looked into here.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
from collections.abc import Callable
from datetime import timedelta

from flask import Blueprint, Response, request

from bot.clock import Clock
from bot.failures import tell
from bot.store import Store
from bot.store.values import NewJob

log = logging.getLogger(__name__)

PATH = "/slack/interactivity"
CLICK = "slack.click"
WINDOW = timedelta(minutes=5)
MAX_BODY = 256 * 1024


def blueprint(secret: str, store: Store, clock: Clock, wake: Callable[[], None]) -> Blueprint:
    """Make the route; `secret` is the Slack app's signing secret."""
    web = Blueprint("slack", __name__)

    @web.post(PATH)
    def receive() -> Response:
        if (request.content_length or 0) > MAX_BODY:
            return _answer(413, "That is more than Slack sends.\n")
        body = request.get_data(cache=False)
        stamp, seal = (request.headers.get(f"X-Slack-{name}", "") for name in ("Request-Timestamp", "Signature"))
        if not is_signed(body, stamp, seal, secret, clock):
            return _answer(401, "The signature is missing, wrong or too old.\n")
        try:
            new = _keep(body, stamp, store)
        except Exception as error:  # noqa: BLE001 whatever it was, Slack has to hear that it failed
            tell(log, logging.ERROR, "a click was not kept", error, {"action": "click.lost"})
            return _answer(503, "It could not be kept; click again.\n")
        if new:
            wake()
        return _answer(200, "")

    return web


def is_signed(body: bytes, stamp: str, seal: str, secret: str, clock: Clock) -> bool:
    """Say whether Slack signed these bytes, at most five minutes ago."""
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 12):
        return False
    if abs(clock().timestamp() - int(stamp)) > WINDOW.total_seconds():
        return False
    made = hmac.digest(secret.encode(), b"v0:" + stamp.encode() + b":" + body, "sha256").hex()
    return hmac.compare_digest(f"v0={made}".encode(), seal.encode("utf-8", "replace"))


def _keep(body: bytes, stamp: str, store: Store) -> bool:
    # The same bytes at the same second are the same click, however often they are sent.
    key = hashlib.sha256(stamp.encode() + b":" + body).hexdigest()
    job = NewJob(CLICK, {}, key=f"{CLICK}:{key}", pool="default", priority=5, raw=body.decode("utf-8", "replace"))
    with store.transaction() as transaction:
        return transaction.enqueue(job)


def _answer(status: int, text: str) -> Response:
    return Response(text, status, mimetype="text/plain")
