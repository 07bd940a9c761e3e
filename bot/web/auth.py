"""Sign-in with GitHub: GET /sign-in leads there, /sign-in/callback comes back, POST /sign-out ends it.

Until the person is back, what has to be known of them travels in a sealed cookie of ten minutes: the state (RFC 6749,
10.12), the PKCE verifier (RFC 7636) and where they wanted to go. A session begins only for the browser that set out.
"""

from __future__ import annotations

import hmac
import json
import logging
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode, urlsplit

from flask import Blueprint, Response, abort, redirect, request

from bot.clock import Clock
from bot.github import App
from bot.github.errors import GitHubError
from bot.github.visitors import CodeRefused, Person, SignIn, UserToken
from bot.settings import Settings
from bot.web import pages
from bot.web.access import Access
from bot.web.limits import Buckets
from bot.web.session import Seal, Sessions, Visitor, host_only, set_cookie

log = logging.getLogger(__name__)

SIGN_IN, CALLBACK, SIGN_OUT = "/sign-in", "/sign-in/callback", "/sign-out"
AWAY = timedelta(minutes=10)
"""How long somebody may stay at GitHub; a code is good for as long."""
_LONGEST_PATH = 1200
_PATH = re.compile(r"/(?![/\\])[\x21-\x7e]*")


@dataclass(frozen=True, slots=True)
class Door:
    """What pages behind sign-in work with."""

    github: App
    sign_in: SignIn
    sessions: Sessions
    access: Access
    buckets: Buckets
    journeys: Seal
    clock: Clock

    def require(self) -> Visitor:
        """Give who is signed in; whoever is not is sent to sign in, and comes back to this page."""
        visitor = self.sessions.current()
        if visitor is None:
            abort(way_to_sign_in())
        return visitor


def door(  # noqa: PLR0913, PLR0917 everything that stands behind it
    settings: Settings, github: App, sign_in: SignIn, sessions: Sessions, buckets: Buckets, clock: Clock
) -> Door:
    """Make the door that these settings describe; they have `sign_in`."""
    keys = settings.sign_in.keys if settings.sign_in else ()
    access = Access(sign_in, sessions, settings.operators, clock)
    return Door(github, sign_in, sessions, access, buckets, Seal(keys, "sign-in", clock), clock)


def blueprint(door: Door) -> Blueprint:
    """Make the routes."""
    web = Blueprint("auth", __name__)

    @web.get(SIGN_IN)
    def begin() -> Response:
        state, verifier = secrets.token_urlsafe(32), secrets.token_urlsafe(64)
        journey = {"state": state, "verifier": verifier, "next": safe(request.args.get("next", "/"))}
        journey["until"] = (door.clock() + AWAY).isoformat()
        answer = _go(door.sign_in.address(state, verifier))
        _keep_journey(door, answer, door.journeys.close(json.dumps(journey)), int(AWAY.total_seconds()))
        return answer

    @web.get(CALLBACK)
    def back() -> Response:
        journey = _journey(door)
        if journey is None or not hmac.compare_digest(journey["state"].encode(), _given("state").encode()):
            return _apart(door, "This sign-in did not begin in this browser, or more than ten minutes ago.", 400)
        if request.args.get("error"):
            return _apart(door, _refusal(_given("error")), 403)
        try:
            token = door.sign_in.token(_given("code"), journey["verifier"])
            person = door.sign_in.visit(token.value).person()
        except CodeRefused:
            return _apart(door, "GitHub no longer accepts this sign-in; it may have been used already.", 400)
        seconds = door.buckets.take("sign-in of a person", person.id)
        return pages.too_many(seconds) if seconds else _enter(door, person, token, journey["next"])

    @web.post(SIGN_OUT)
    def end() -> Response:
        visitor = door.sessions.current()
        answer = _go("/")
        door.sessions.take_back(answer)
        if visitor is not None:
            door.sessions.end(visitor)
            _revoke(door, visitor)
        return answer

    return web


def safe(path: str) -> str:
    """Give a path of this site to go to; "/" for anything that could lead elsewhere (RFC 3986, 4.2)."""
    if len(path) > _LONGEST_PATH or not _PATH.fullmatch(path):
        return "/"
    parts = urlsplit(path)
    # A sign-in that leads to sign-in would go round for ever.
    return "/" if parts.scheme or parts.netloc or parts.path.startswith(SIGN_IN) else path


def way_to_sign_in() -> Response:
    """Send somebody to sign in, and back here afterwards if here is a page."""
    here = request.full_path.removesuffix("?") if request.method in {"GET", "HEAD"} else "/"
    return _go(f"{SIGN_IN}?{urlencode({'next': safe(here)})}")


def _enter(door: Door, person: Person, token: UserToken, path: str) -> Response:
    former = door.sessions.current()
    if former is not None:
        door.sessions.end(former)
    value, ends = door.sessions.begin(person, token)
    answer = _go(path)
    door.sessions.hand_out(answer, value, ends)
    _keep_journey(door, answer, "", 0)
    log.info("signed in", extra={"action": "sign_in", "user": person.id})
    return answer


def _revoke(door: Door, visitor: Visitor) -> None:
    """Make the token worthless at GitHub, too; it is in no database any more, so that a failure costs little."""
    try:
        door.sign_in.revoke(visitor.token)
    except GitHubError as error:
        log.warning("a token was not revoked: %s", error, extra={"action": "sign_out", "user": visitor.user_id})


def _refusal(error: str) -> str:
    """Say why GitHub sent somebody back with an error (GitHub, "Troubleshooting authorization request errors")."""
    if error == "access_denied":
        return "You did not let GitHub tell who you are. Nothing of you is kept."
    log.warning("GitHub refuses sign-in: %r", error[:40], extra={"action": "sign_in.refused"})
    return (
        "GitHub refuses to let people sign in here. Tell the operator of this server: the App's callback URL has to be "
        "this server's address with /sign-in/callback at its end, and the App must not be suspended."
    )


def _journey(door: Door) -> Mapping[str, str] | None:
    opened = door.journeys.open(request.cookies.get(_cookie(door), ""))
    journey: Mapping[str, str] | None = None if opened is None else json.loads(opened)
    if journey is None or datetime.fromisoformat(journey["until"]) <= door.clock():
        return None
    return journey


def _keep_journey(door: Door, answer: Response, sealed: str, seconds: int) -> None:
    set_cookie(answer, _cookie(door), sealed, seconds, secure=door.sessions.secure)


def _cookie(door: Door) -> str:
    return host_only("concordat-sign-in", secure=door.sessions.secure)


def _given(name: str) -> str:
    return request.args.get(name, "")[:_LONGEST_PATH]


def _apart(door: Door, sentence: str, status: int) -> Response:
    # Whoever was signed in before stays so, and is told of this attempt alone.
    title = "You are not signed in" if door.sessions.current() is None else "That sign-in did not work"
    answer = pages.message(title, sentence, status, way_out=("Sign in with GitHub", SIGN_IN))
    _keep_journey(door, answer, "", 0)
    return answer


def _go(address: str) -> Response:
    answer: Response = redirect(address, 303)  # type: ignore[assignment] # Flask's own class by default
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer
