"""One partner's calendar of go-lives, to be subscribed to by an address that is a secret of its own.

It holds every release of the repository of which the partner was told, under the UIDs that the calendar files in mails
have, so that a calendar shows each once. Nothing in it is not in the partner's messages too.
"""

from __future__ import annotations

from collections.abc import Iterator

from flask import Blueprint, Response, abort

from bot.clock import Clock
from bot.dispatch.channels import sender
from bot.settings import Settings
from bot.steward.releases import shelf as release_shelf
from bot.steward.releases.known import releases
from bot.store import Store
from bot.store.transaction import Transaction
from bot.web.links import CALENDARS, subscribed
from notices import calendar
from notices.calendar import Entry
from rules.partners import Party
from rules.release import NOTICE
from rules.release_plan import schedule, spoken
from rules.release_state import Release

MOST = 200
"""So many releases are in a calendar, the newest."""
_ENDED = frozenset({"cancelled", "rolled back"})


def blueprint(settings: Settings, store: Store, clock: Clock) -> Blueprint:
    """Make the route."""
    web = Blueprint("calendars", __name__)
    from_ = sender(settings)

    @web.get(f"{CALENDARS}<token>.ics")
    def show(token: str) -> Response:
        whose = subscribed(settings, token)
        if whose is None:
            abort(404)
        with store.reading() as transaction:
            found = sorted(_entries(settings, transaction, *whose, clock), key=lambda one: one.written)
        content = calendar.feed(found[-MOST:], from_.address, from_.host)
        headers = {
            "Cache-Control": "private, max-age=900", "X-Content-Type-Options": "nosniff",
            "X-Robots-Tag": "noindex, nofollow",
        }  # fmt: skip
        return Response(content, 200, headers, content_type="text/calendar; charset=utf-8")

    return web


def _entries(settings: Settings, transaction: Transaction, repository: str, name: str, clock: Clock) -> Iterator[Entry]:
    for stream, release in releases(transaction, int(repository), clock()):
        kept = release_shelf.read(transaction, stream)
        party = next((one for one in kept.parties if one.name == name), None) if kept else None
        if kept is not None and party is not None:
            dates = spoken(release, schedule(release, kept.parties, clock()))
            issue = f"{settings.github_web_url}/{kept.repository}/issues/{release.issue}" if release.issue else ""
            yield _entry(stream, release, party, dates.go_live.isoformat(), issue)


def _entry(stream: str, release: Release, party: Party, go_live: str, issue: str) -> Entry:
    facts = {
        "contract": release.contract, "version": release.name, "class": NOTICE[release.terms.kind].title,
        "go_live": go_live, "issue_url": issue,
    }  # fmt: skip
    written = release.turns[-1].at if release.turns else release.announced
    return Entry(stream, f"partner:{party.name}", facts, written, cancelled=release.state in _ENDED)
