"""GET and POST /stop/TOKEN: the end of messages that need not be sent, by a signed link in each of them.

A mail program posts there by itself (RFC 8058); a person who opens the link is asked first, and can take it back there.
What is owed to somebody cannot be stopped, and the page says so.
"""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, Response, abort, g, request

from bot.clock import Clock
from bot.dispatch.channels import STOP, sender
from bot.dispatch.ways import facts_of, ways
from bot.settings import Settings
from bot.store import Store
from bot.store.values import Obligation
from bot.web import pages
from notices import pages as words
from notices.notice import House, MissingFactError, Notice, make


@dataclass(frozen=True, slots=True)
class _Mail:
    """What a link is about."""

    obligation: Obligation
    notice: Notice
    addresses: tuple[str, ...]


def blueprint(settings: Settings, store: Store, clock: Clock) -> Blueprint:
    """Make the routes."""
    web = Blueprint("stop", __name__)
    known = sender(settings)

    def find(token: str) -> _Mail:
        number = known.stopping(token)
        with store.reading() as transaction:
            obligation = transaction.obligation(number) if number is not None else None
        if obligation is None:
            abort(404)
        mails = [one.address for one in ways(obligation, settings.contacts) if one.channel == "email"]
        try:
            notice = make(obligation.kind, facts_of(obligation.payload), House(settings.github_web_url))
        except (MissingFactError, ValueError):
            abort(404)
        return _Mail(obligation, notice, tuple(dict.fromkeys(each for one in mails for each in one)))

    def shown(mail: _Mail) -> Response:
        with store.reading() as transaction:
            stopped = transaction.stopped(mail.addresses, mail.obligation.kind)
        looker = g.get("looker")
        page = words.stopping(mail.notice, mail.addresses, stopped=stopped, csrf=looker.csrf if looker else "")
        return pages.page(page, forms=True)

    @web.get(f"{STOP}/<token>")
    def ask(token: str) -> Response:
        return shown(find(token))

    @web.post(f"{STOP}/<token>")
    def stop(token: str) -> Response:
        mail = find(token)
        if mail.notice.contractual:
            return pages.message("It cannot be stopped", words.OWED, 403)
        with store.transaction() as transaction:
            if request.form.get("again") == "yes":
                transaction.resume(mail.addresses, mail.obligation.kind)
            else:
                transaction.stop(mail.addresses, mail.obligation.kind, clock())
        return shown(mail)

    return web
