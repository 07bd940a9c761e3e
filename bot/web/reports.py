"""GET /reports/<token>: the full report that a comment had to cut, for whoever was given its link."""

from __future__ import annotations

from flask import Blueprint, Response, abort

from bot.settings import Settings
from bot.store import Store
from bot.web import pages
from bot.web.links import REPORTS, report_key

KIND = "report"
"""What reports are remembered under, with the stream of their pull request as the key."""


def blueprint(settings: Settings, store: Store) -> Blueprint:
    """Make the route; a token that is not ours and a report that is gone look the same from outside."""
    web = Blueprint("reports", __name__)

    @web.get(f"{REPORTS}<token>")
    def report(token: str) -> Response:
        key = report_key(settings, token)
        if key is None:
            abort(404)
        with store.reading() as transaction:
            html = transaction.recall(KIND, key)
        if html is None:
            abort(404)
        return pages.page(html)

    return web
