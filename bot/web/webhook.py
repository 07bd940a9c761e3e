"""POST /webhook: verify, insert, answer; nothing else happens while GitHub waits (it does so for ten seconds).

Sources: GitHub's "Validating webhook deliveries" and "Best practices for using webhooks". The body is not looked into
here: a worker parses what has been verified and kept. It stands before Flask, whose sessions and pages a delivery has
nothing to do with: working out which of them apply would take a third of the time.
"""

from __future__ import annotations

import hmac
import logging
import re
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Request, Response

from bot import metrics
from bot.clock import Clock
from bot.failures import tell
from bot.store import Store
from bot.store.values import NewJob
from bot.web.keeper import Keeper

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

log = logging.getLogger(__name__)

PATH = "/webhook"
KIND = "delivery"
MAX_BODY = 25 * 1024 * 1024
"""GitHub sends no more than 25 MB."""

GUID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,99}")
"""GitHub's are UUIDs; other senders make their own."""
_PLAIN = {"X-Content-Type-Options": "nosniff"}
_FORM = "application/x-www-form-urlencoded"
"""GitHub's other way to send: nothing of it could be read later, and nobody would notice that nothing happens."""
_EVENT = re.compile(r"[a-z0-9_]{1,64}")


class Webhook:
    """Takes deliveries in, and passes every other request on; one signed with any of the secrets is accepted."""

    def __init__(
        self, inner: WSGIApplication, secrets: Sequence[str], store: Store, clock: Clock, wake: Callable[[], None]
    ) -> None:
        self._inner = inner
        self._keys = [secret.encode() for secret in secrets]
        self._keeper = Keeper(store, gathers=store.one_writer)
        self._clock = clock
        self._wake = wake

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        if environ.get("PATH_INFO") != PATH:
            return self._inner(environ, start_response)
        try:
            answer = self._receive(_Request(environ))
        except HTTPException as refused:
            answer = _refuse(refused.code or 400, "This is more than GitHub ever sends, or it was cut off.")
        return answer(environ, start_response)

    def _receive(self, request: Request) -> Response:
        if request.method != "POST":
            return _refuse(405, "GitHub sends deliveries here with POST.", allow="POST")
        body = request.get_data(cache=False)
        given = request.environ.get
        if not is_signed(body, given("HTTP_X_HUB_SIGNATURE_256", ""), self._keys):
            metrics.delivery_answered("unsigned", 401)
            return _refuse(401, "The signature is missing or wrong; the App and this server must share one secret.")
        if given("CONTENT_TYPE", "").startswith(_FORM):
            metrics.delivery_answered("form", 415)
            return _refuse(415, "Set the content type to application/json in the webhook's settings on GitHub.")
        guid, event = given("HTTP_X_GITHUB_DELIVERY", ""), given("HTTP_X_GITHUB_EVENT", "")
        if not (GUID.fullmatch(guid) and _EVENT.fullmatch(event)):
            return _refuse(400, "X-GitHub-Delivery or X-GitHub-Event is missing or not as GitHub sends it.")
        answer = _keep(_job(guid.lower(), event, body, self._clock), self._keeper, self._wake)
        metrics.delivery_answered(event, answer.status_code)
        return answer


class _Request(Request):
    max_content_length = MAX_BODY


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
    except Exception as error:  # noqa: BLE001 whatever it was, GitHub has to show this delivery as failed
        facts = {"action": "delivery.lost", "guid": job.payload["guid"]}
        tell(log, logging.ERROR, "delivery was not kept", error, facts)
        return _refuse(503, "The delivery could not be kept; send it again later.")
    if new:
        wake()
    return Response(b'{"kept":true}', 202, mimetype="application/json")


def _refuse(status: int, sentence: str, **headers: str) -> Response:
    return Response(f"{sentence}\n", status, {**_PLAIN, **headers}, mimetype="text/plain")
