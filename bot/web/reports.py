"""GET /reports/<token> and /reports/<token>/why: the full report that a comment had to cut, and the rules behind it.

Where people sign in, the link alone shows nothing: whoever follows it signs in and needs to see the repository on
GitHub. Where nobody signs in, the link is the permission. See docs/decisions/report-links.md.
"""

from __future__ import annotations

from flask import Blueprint, Response, abort

from bot.github.visitors import Role
from bot.settings import Settings
from bot.steward.shelf import REPORT, RULES, SUMMARY
from bot.store import Store
from bot.web import pages
from bot.web.access import Access
from bot.web.auth import Door
from bot.web.links import REPORTS, report_key
from bot.web.session import Visitor
from notices import home
from notices.pages import WHY


def blueprint(settings: Settings, store: Store, door: Door | None) -> Blueprint:
    """Make the routes; a token that is not ours, a report that is gone and one not for the person look alike."""
    web = Blueprint("reports", __name__)

    def show(token: str, kind: str) -> Response:
        visitor = door.require() if door else None
        key = report_key(settings, token) or ""
        with store.reading() as transaction:
            html, summary = transaction.recall(kind, key), transaction.recall(SUMMARY, key)
        if html is None or (door and visitor and not _may_read(door.access, visitor, key, summary)):
            abort(404)
        return pages.page(html)

    @web.get(f"{REPORTS}<token>")
    def report(token: str) -> Response:
        return show(token, REPORT)

    @web.get(f"{REPORTS}<token>{WHY}")
    def why(token: str) -> Response:
        return show(token, RULES)

    return web


def _may_read(access: Access, visitor: Visitor, key: str, summary: str | None) -> bool:
    repository_id = repository_of(key)
    if repository_id is None or summary is None:
        return False
    return access.role(visitor, repository_id, home.read(summary).repository) >= Role.READ


def repository_of(key: str) -> int | None:
    """Tell which repository a report is about, by its id: keys are `pull:REPOSITORY:NUMBER`."""
    kind, _, rest = key.partition(":")
    number = rest.partition(":")[0]
    return int(number) if kind == "pull" and number.isascii() and number.isdigit() else None
