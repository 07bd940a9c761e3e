"""The pages that people look at, with everything that stands before them: sign-in, limits, tokens of forms, headers."""

from __future__ import annotations

import logging
from collections.abc import Callable
from urllib.parse import urlencode, urlsplit

from flask import Flask, Response, g, request
from werkzeug.exceptions import HTTPException
from werkzeug.middleware.proxy_fix import ProxyFix

from bot.clock import Clock
from bot.failures import tell
from bot.github import App
from bot.github.errors import GitHubError
from bot.settings import Settings
from bot.store import Store
from bot.store.errors import OUTAGES
from bot.web import auth, csrf, home, limits, migrations, operator, pages, previews, releases, reports, slack_link
from bot.web.access import SignedOut, is_named
from bot.web.session import Sessions
from notices.pages import Looker

log = logging.getLogger(__name__)

_YEAR = 365 * 24 * 3600


def install(  # noqa: PLR0913 what the application was made with
    app: Flask, settings: Settings, store: Store, clock: Clock, *, github: App | None, wake: Callable[[], None]
) -> None:
    """Add the pages to the application; `github` is the App as this process speaks for it, made here if not given."""
    buckets = limits.Buckets(clock)
    door = _door(settings, store, clock, buckets, github)
    if settings.proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=settings.proxies)  # type: ignore[method-assign] # as Flask's documentation does
    limits.guard(app, buckets, lambda: _user_id(door), pages.too_many)
    app.register_blueprint(home.blueprint(settings, store, door))
    app.register_blueprint(reports.blueprint(settings, store, door))
    app.register_blueprint(releases.blueprint(settings, store, clock, door, wake))
    if door is not None:
        app.register_blueprint(migrations.blueprint(settings, store, clock, door, wake))
        _sign_in(app, settings, store, door, wake)
    _headers(app, secure=_is_secure(settings))
    app.register_error_handler(HTTPException, pages.failure)
    app.register_error_handler(GitHubError, _no_answer)
    for outage in OUTAGES:
        app.register_error_handler(outage, _no_database)


def _door(
    settings: Settings, store: Store, clock: Clock, buckets: limits.Buckets, github: App | None
) -> auth.Door | None:
    chosen = settings.sign_in
    if chosen is None:
        return None
    github = github or App(settings.app_id, settings.private_key, settings.github_api_url, clock=clock)
    callback = settings.base_url + auth.CALLBACK
    sign_in = github.sign_in(settings.github_web_url, chosen.client_id, chosen.client_secret, callback)
    sessions = Sessions(store, clock, chosen.keys, secure=_is_secure(settings))
    return auth.door(settings, github, sign_in, sessions, buckets, clock)


def _sign_in(app: Flask, settings: Settings, store: Store, door: auth.Door, wake: Callable[[], None]) -> None:
    csrf.guard(app, door.sessions)

    @app.before_request
    def look() -> None:
        visitor = None if request.path in limits.UNCOUNTED else door.sessions.current()
        if visitor is None:
            g.sign_in = f"{auth.SIGN_IN}?{urlencode({'next': auth.safe(request.path)})}"
        else:
            operates = is_named(visitor.user_id, visitor.login, settings.operators)
            g.looker = Looker(visitor.login, visitor.csrf, operates)

    app.register_blueprint(auth.blueprint(door))
    app.register_blueprint(slack_link.blueprint(settings, store, door))
    app.register_blueprint(operator.blueprint(store, door, door.github, wake))
    app.register_blueprint(previews.blueprint(settings, door))
    app.register_error_handler(SignedOut, lambda _: auth.way_to_sign_in())


def _user_id(door: auth.Door | None) -> int | None:
    visitor = door.sessions.current() if door else None
    return visitor.user_id if visitor else None


def _headers(app: Flask, *, secure: bool) -> None:
    @app.after_request
    def add(answer: Response) -> Response:
        answer.headers.setdefault("X-Content-Type-Options", "nosniff")
        if secure:
            answer.headers["Strict-Transport-Security"] = f"max-age={_YEAR}"
        return answer


def _is_secure(settings: Settings) -> bool:
    return urlsplit(settings.base_url).scheme == "https"


def _no_answer(error: GitHubError) -> Response:
    log.warning("GitHub did not say what somebody may see: %s", error, extra={"action": "access"})
    return pages.no_answer()


def _no_database(error: Exception) -> Response:
    tell(log, logging.ERROR, "a page could not be shown", error, {"action": "page.lost"})
    return pages.no_database()
