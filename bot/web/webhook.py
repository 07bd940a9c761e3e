"""POST /webhook: verify, insert, answer; nothing else happens while GitHub waits (it does so for ten seconds).

Sources: GitHub's "Validating webhook deliveries" and "Best practices for using webhooks". The body is not looked into
here: a worker parses what has been verified and kept.
"""

from __future__ import annotations

import hmac
import logging
import re
from collections.abc import Callable, Sequence

from flask import Blueprint, Response, request

from bot import metrics
from bot.clock import Clock
from bot.store import Store
from bot.store.values import NewJob
from bot.web.keeper import Keeper

log = logging.getLogger(__name__)

KIND = "delivery"
MAX_BODY = 25 * 1024 * 1024
"""GitHub sends no more than 25 MB."""

_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_EVENT = re.compile(r"[a-z0-9_]{1,64}")


def blueprint(secrets: Sequence[str], store: Store, clock: Clock, wake: Callable[[], None]) -> Blueprint:
    """Make the route; a delivery signed with any of the secrets is accepted."""
    keys = [secret.encode() for secret in secrets]
    keeper = Keeper(store, gathers=store.one_writer)
    web = Blueprint("webhook", __name__)

    @web.post("/webhook")
    def receive() -> Response:
        # Larger bodies are refused by Flask (413) before this line ends.
        body = request.get_data(cache=False)
        if not is_signed(body, request.headers.get("X-Hub-Signature-256", ""), keys):
            metrics.delivery_answered("unsigned", 401)
            return _refuse(401, "The signature is missing or wrong; the App and this server must share one secret.")
        guid, event = request.headers.get("X-GitHub-Delivery", ""), request.headers.get("X-GitHub-Event", "")
        if not (_GUID.fullmatch(guid) and _EVENT.fullmatch(event)):
            return _refuse(400, "X-GitHub-Delivery or X-GitHub-Event is missing or not as GitHub sends it.")
        answer = _keep(_job(guid.lower(), event, body, clock), keeper, wake)
        metrics.delivery_answered(event, answer.status_code)
        return answer

    return web


def is_signed(body: bytes, signature: str, keys: Sequence[bytes]) -> bool:
    """Say whether `signature` ("sha256=…") was made over these bytes with one of the keys, in constant time."""
    given = signature.encode("utf-8", "replace")
    made = (f"sha256={hmac.digest(key, body, 'sha256').hex()}".encode() for key in keys)
    return any(hmac.compare_digest(one, given) for one in made)


def _job(guid: str, event: str, body: bytes, clock: Clock) -> NewJob:
    payload = {
        "event": event,
        "guid": guid,
        "received_at": clock().isoformat(),
    }
    # Signed by GitHub, so UTF-8; were it not, the worker would find JSON that it cannot use.
    return NewJob(kind=KIND, key=f"{KIND}:{guid}", payload=payload, raw=body.decode("utf-8", "replace"))


def _keep(job: NewJob, keeper: Keeper, wake: Callable[[], None]) -> Response:
    try:
        new = keeper.keep(job)
    except Exception:
        # Whatever it was: GitHub has to show this delivery as failed, so that it can be sent again.
        log.exception("delivery was not kept", extra={"action": "delivery.lost", "guid": job.payload["guid"]})
        return _refuse(503, "The delivery could not be kept; send it again later.")
    if new:
        wake()
    return Response(b'{"kept":true}', 202, mimetype="application/json")


def _refuse(status: int, sentence: str) -> Response:
    return Response(f"{sentence}\n", status, mimetype="text/plain")
