"""GET /reports/<token>: the full report that a comment had to cut, for whoever was given its link."""

from __future__ import annotations

from flask import Blueprint, Response, abort

from bot.settings import Settings
from bot.store import Store
from bot.web.links import REPORTS, report_key
from bot.web.policy import for_page

KIND = "report"
"""What reports are remembered under, with the stream of their pull request as the key."""

_PRIVATE = {"Cache-Control": "private, no-cache"}


def blueprint(settings: Settings, store: Store) -> Blueprint:
    """Make the route; a token that is not ours and a report that is gone look the same from outside."""
    web = Blueprint("reports", __name__)

    @web.get(f"{REPORTS}<token>")
    def report(token: str) -> Response:
        key = report_key(settings, token)
        if key is None:
            abort(404)
        with store.reading() as transaction:
            page = transaction.recall(KIND, key)
        if page is None:
            abort(404)
        return Response(page, mimetype="text/html", headers={**_PRIVATE, "Content-Security-Policy": for_page(page)})

    return web
