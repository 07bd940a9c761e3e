"""The Flask application: its routes, its limits, and what every answer says to browsers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from http import HTTPStatus

from flask import Flask, Response
from werkzeug.exceptions import HTTPException

from bot.clock import Clock
from bot.settings import Settings
from bot.store import Store
from bot.web import reports, webhook
from bot.web.policy import CONTENT_SECURITY_POLICY

SECURITY_HEADERS = {
    # Nothing is loaded from anywhere, nothing runs, no frame holds it; reports add their own style sheet.
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    # The address of a report is its permission: it goes to no other site and into no index.
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
"""What every answer says to browsers, where the route has not said otherwise."""

_SENTENCES: Mapping[int, str] = {
    404: "There is nothing at this address. A link to a report stops working when the report is no longer kept; "
    "the pull request's comment has the present link.",
    405: "This address is not for that.",
    413: f"GitHub sends at most {webhook.MAX_BODY // 1024 // 1024} MB, and so no more is taken.",
}
_FAILURE = "Something failed on this server. Its operator finds the cause in the log; try again in a while."


def create_app(settings: Settings, store: Store, clock: Clock, *, wake: Callable[[], None] = lambda: None) -> Flask:
    """Make the web application; `wake` is called after each new delivery has been kept."""
    app = Flask("concordat", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = webhook.MAX_BODY
    app.register_blueprint(webhook.blueprint(settings.webhook_secrets, store, clock, wake))
    app.register_blueprint(reports.blueprint(settings, store))
    app.add_url_rule("/healthz", view_func=healthy)
    app.register_error_handler(HTTPException, failure_page)
    app.after_request(secured)
    return app


def healthy() -> Response:
    """Answer that this process is alive."""
    return Response("ok\n", mimetype="text/plain")


def failure_page(error: HTTPException) -> Response:
    """Say in a sentence what is wrong; nothing of the request is quoted."""
    status = error.code or 500
    title = HTTPStatus(status).phrase
    sentence = _SENTENCES.get(status, _FAILURE if status >= 500 else "This request cannot be answered.")
    page = (
        f'<!doctype html>\n<html lang="en">\n<head><meta charset="utf-8"><title>{title} – Concordat</title>\n'
        '<meta name="viewport" content="width=device-width"></head>\n'
        f"<body><main><h1>{title}</h1>\n<p>{sentence}</p></main></body>\n</html>\n"
    )
    return Response(page, status, mimetype="text/html")


def secured(response: Response) -> Response:
    """Add what every answer says to browsers."""
    for name, value in SECURITY_HEADERS.items():
        response.headers.setdefault(name, value)
    return response
