"""GET /: what this is, and the open reviews of the repositories that whoever is signed in can see."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask import Blueprint, Response

from bot.settings import Settings
from bot.steward.shelf import SUMMARY
from bot.store import Store
from bot.web import pages
from bot.web.access import MOST_REPOSITORIES
from bot.web.auth import Door
from bot.web.links import report_url
from bot.web.reports import repository_of
from bot.web.session import Visitor
from notices import home
from notices.pages import WHY

FRESH = timedelta(days=1)
"""A sweep looks at every open pull request many times a day; what it has not seen for so long is not open any more."""
MOST_LOOKED_AT, MOST_SHOWN = 20_000, 200


def blueprint(settings: Settings, store: Store, door: Door | None) -> Blueprint:
    """Make the route."""
    web = Blueprint("home", __name__)

    @web.get("/")
    def show() -> Response:
        if door is None:
            return pages.page(home.render(home.View("off")))
        visitor = door.sessions.current()
        view = home.View("out") if visitor is None else _view(settings, store, door, visitor)
        return pages.page(home.render(view))

    return web


def _view(settings: Settings, store: Store, door: Door, visitor: Visitor) -> home.View:
    seen = door.access.sights(visitor)
    found = _summaries(store, frozenset(seen), door.clock())
    pulls = [_pull(settings, key, one) for key, one in found[:MOST_SHOWN]]
    return home.View(
        "in",
        home.by_repository(pulls),
        len(pulls),
        cut=len(found) > MOST_SHOWN,
        looked_through=len(seen) if len(seen) >= MOST_REPOSITORIES else None,
    )


def _summaries(store: Store, repositories: frozenset[int], now: datetime) -> list[tuple[str, home.Summary]]:
    with store.reading() as transaction:
        keys = transaction.remembered(SUMMARY, now - FRESH, limit=MOST_LOOKED_AT)
        mine = [key for key in keys if repository_of(key) in repositories]
        texts = transaction.recall_all(SUMMARY, mine)
    read = ((key, home.read(texts[key])) for key in mine if key in texts)
    return [(key, one) for key, one in read if one.open]


def _pull(settings: Settings, key: str, summary: home.Summary) -> home.Pull:
    report = report_url(settings, key)
    return home.Pull(summary, report, report + WHY)
