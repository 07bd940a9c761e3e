"""/healthz, /readyz and /metrics: for those who run this server, and for what watches it.

Whether it lives and whether it is ready says nothing about anybody, so that every balancer may ask. Metrics tell how
much work there is; they are for operators: with METRICS_TOKEN for who shows it, else for this machine alone, and then
only where no proxy could pass the world on to us as this machine (BASE_URL).
"""

from __future__ import annotations

import hmac
import ipaddress
import threading
from collections.abc import Sequence
from urllib.parse import urlsplit

from flask import Blueprint, Flask, Response, jsonify, request

from bot import metrics
from bot.clock import Clock
from bot.operate.failures import Count
from bot.settings import Settings
from bot.steward import quarantine
from bot.store import Store
from bot.store.values import Backlog

_PATIENCE_SECONDS = 5.0
_LOCALHOST = "localhost"


def create_probes(settings: Settings, store: Store, clock: Clock) -> Flask:
    """Make an application that answers these alone, for a process that serves nothing else."""
    app = Flask("concordat-probes", static_folder=None)
    app.register_blueprint(blueprint(settings, store, clock))
    return app


def blueprint(settings: Settings, store: Store, clock: Clock) -> Blueprint:
    """Make the routes."""
    web = Blueprint("probes", __name__)
    asking, count = threading.Lock(), Count()

    @web.get("/healthz")
    def healthy() -> Response:
        """Answer that this process is alive."""
        return Response("ok\n", mimetype="text/plain")

    @web.get("/readyz")
    def ready() -> tuple[Response, int]:
        """Answer whether this process can do its work, and what is missing."""
        # One question at a time: a database that does not answer shall not keep all threads waiting.
        if not asking.acquire(timeout=_PATIENCE_SECONDS):
            missing: str | None = "the database does not answer"
        else:
            try:
                missing = store.lacks()
            finally:
                asking.release()
        return jsonify(ready=missing is None, missing=[missing] if missing else []), 503 if missing else 200

    @web.get("/metrics")
    def told() -> Response:
        """Answer what is counted, to who may know it."""
        if not _may_read(settings):
            return Response(_REFUSAL[settings.metrics_token is not None], 403, mimetype="text/plain")
        now = clock()
        backlog: Sequence[Backlog] | None = None
        held, data = False, None
        if store.lacks() is None:
            with store.reading() as transaction:
                backlog, data = transaction.backlog(now), count.read(transaction)
            held = quarantine.state(store).held
        return Response(metrics.written(backlog, now, held=held, data=data), content_type=metrics.CONTENT_TYPE)

    return web


_REFUSAL = {
    True: "Show METRICS_TOKEN: Authorization: Bearer …\n",
    False: "Set METRICS_TOKEN on this server and show it: Authorization: Bearer …\n",
}


def _may_read(settings: Settings) -> bool:
    if settings.metrics_token is None:
        return is_this_machine(urlsplit(settings.base_url).hostname) and is_this_machine(request.remote_addr)
    scheme, _, shown = request.headers.get("Authorization", "").partition(" ")
    return scheme.lower() == "bearer" and hmac.compare_digest(
        shown.strip().encode("utf-8", "replace"), settings.metrics_token.encode()
    )


def is_this_machine(host: str | None) -> bool:
    """Say whether a host is the loopback."""
    if not host or host == _LOCALHOST:
        return host == _LOCALHOST
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
