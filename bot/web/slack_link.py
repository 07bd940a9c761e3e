"""GET and POST /slack/link/TOKEN: somebody who is signed in with GitHub says that a Slack account is theirs.

The token comes to that Slack account only, is signed, and ends after an hour. Nothing is linked by opening the page.
"""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, Response, abort
from itsdangerous import BadData, URLSafeTimedSerializer

from bot.settings import Settings
from bot.store import Store
from bot.store.links import SlackUser
from bot.web import pages
from bot.web.auth import Door
from notices import pages as words

LINK = "/slack/link/"
LASTS = timedelta(hours=1)


def link_url(settings: Settings, user: SlackUser) -> str:
    """Make the address at which a Slack account is linked."""
    return f"{settings.base_url}{LINK}{_signer(settings).dumps([user.team, user.user])}"


def blueprint(settings: Settings, store: Store, door: Door) -> Blueprint:
    """Make the routes."""
    web = Blueprint("slack_link", __name__)

    @web.get(f"{LINK}<token>")
    def ask(token: str) -> Response:
        visitor = door.require()
        user = _user(settings, token)
        return pages.page(words.link_slack(visitor.login, user.user, visitor.csrf))

    @web.post(f"{LINK}<token>")
    def link(token: str) -> Response:
        visitor = door.require()
        user = _user(settings, token)
        with store.transaction() as transaction:
            transaction.link_slack(user, visitor.user_id, visitor.login, door.clock())
        said = f"Your clicks on Slack now count as those of {visitor.login}. Go back to Slack and click again."
        return pages.page(words.message("Linked", said, ("Home", "/")))

    return web


def _user(settings: Settings, token: str) -> SlackUser:
    try:
        team, user = _signer(settings).loads(token, max_age=int(LASTS.total_seconds()))
    except (BadData, ValueError, TypeError):
        abort(404)
    return SlackUser(str(team), str(user))


def _signer(settings: Settings) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(settings.webhook_secrets[0], salt="slack-link")
