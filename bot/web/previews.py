"""GET /notices: every kind of notice with the facts of an example, for whoever is signed in."""

from __future__ import annotations

from flask import Blueprint, Response, abort

from bot.settings import Settings
from bot.web import pages
from bot.web.auth import Door
from notices import preview_pages
from notices.catalogue import CATALOGUE
from notices.notice import House

NOTICES = "/notices"
# A mail's styles stand in its elements. Nothing runs in it, and it is not part of this site.
_MAIL = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cache-Control": "private, no-cache",
}  # fmt: skip


def blueprint(settings: Settings, door: Door) -> Blueprint:
    """Make the routes; what the server says of whom to ask stands in every preview."""
    web = Blueprint("notices", __name__)
    house = House(settings.github_web_url, settings.support_contacts)

    @web.get(NOTICES)
    def listing() -> Response:
        door.require()
        return pages.page(preview_pages.listing(house))

    @web.get(f"{NOTICES}/<kind>")
    def one(kind: str) -> Response:
        door.require()
        return pages.page(preview_pages.one(_known(kind), house))

    @web.get(f"{NOTICES}/<kind>/mail")
    def mail(kind: str) -> Response:
        door.require()
        return Response(preview_pages.letter(_known(kind), house).html, 200, _MAIL, mimetype="text/html")

    return web


def _known(kind: str) -> str:
    if kind not in CATALOGUE:
        abort(404)
    return kind
