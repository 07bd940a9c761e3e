"""GitHub's OAuth side: the page that asks, the exchange of the code, and what a user token may read.

Source: https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode

from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request

from tests.fakes.github import shapes
from tests.fakes.github.http import Answer, Call, HttpError, not_found
from tests.fakes.github.oauth import ROLES, TOKEN_LIFE, OAuth
from tests.fakes.github.state import Account, Installation, Repository

_PERMISSIONS = {"read": "pull", "write": "push"}
_REFRESH_LIFE = 15_897_600
_REFUSALS = {
    "bad_verification_code": "The code passed is incorrect or expired.",
    "incorrect_client_credentials": "The client_id and/or client_secret passed are incorrect.",
    "redirect_uri_mismatch": "The redirect_uri MUST match the registered callback URL for this application.",
}


@dataclass(frozen=True)
class Visit:
    """One request in a person's name, or on the way there."""

    oauth: OAuth
    request: Request
    call: Call
    person: Account


def answer(oauth: OAuth, request: Request, path: str, prefix: str) -> Answer | None:
    """Answer what belongs to sign-in and whatever carries a user token; `None` leaves it to the other routes."""
    before = _BEFORE.get((request.method, path)) or (_revoke if path.startswith("/applications/") else None)
    token = request.headers.get("Authorization", "").partition(" ")[2]
    if before is None and not token.startswith("ghu_"):
        return None
    try:
        with oauth.site.world.lock:
            return before(oauth, request) if before else _as_person(oauth, request, path, prefix, token)
    except HttpError as error:
        return Answer(error.body(), error.status)


def rule(method: str, path: str) -> str | None:
    """Name the operation of a path that only people use."""
    try:
        found = _MAP.bind("double").match(path, method=method, return_rule=True)[0]
    except HTTPException:
        return None
    return str(found.rule)


def _authorize(oauth: OAuth, request: Request) -> Answer:
    """`GET /login/oauth/authorize`: whoever is at the browser agrees, declines, or says first who they are."""
    given = request.args
    redirect = given.get("redirect_uri", "")
    if given.get("client_id") != oauth.client_id:
        raise not_found()
    if redirect not in oauth.callbacks:
        return _page("Be careful!", "The redirect_uri is not associated with this application.")
    login = given.get("login") or oauth.visitor
    if login is None and not oauth.declines:
        return _page("Who are you?", *_choices(oauth, given.to_dict()))
    if oauth.declines or login == "nobody":
        told = {"error": "access_denied", "error_description": "The user has denied your application access."}
    else:
        challenge = given.get("code_challenge") if given.get("code_challenge_method") == "S256" else None
        told = {"code": oauth.code(oauth.site.world.account(str(login)), redirect, challenge)}
    query = urlencode({**told, **({"state": given["state"]} if "state" in given else {})})
    return Answer(b"", 302, {"Location": f"{redirect}?{query}"})


def _choices(oauth: OAuth, query: Mapping[str, str]) -> list[str]:
    people = [one.login for one in oauth.site.world.accounts.values() if one.type == "User"]
    links = {**{login: f"Sign in as {login}" for login in people}, "nobody": "Cancel"}
    return [
        f'<a href="/login/oauth/authorize?{html.escape(urlencode({**query, "login": login}))}">{html.escape(text)}</a>'
        for login, text in links.items()
    ]


def _page(title: str, *lines: str) -> Answer:
    body = "".join(f"<p>{line}</p>" for line in lines)
    head = f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{title}</title></head>'
    text = f"{head}<body><main><h1>{title}</h1>{body}</main></body></html>"
    return Answer(text.encode(), headers={"Content-Type": "text/html; charset=utf-8"})


def _exchange(oauth: OAuth, request: Request) -> Answer:
    """`POST /login/oauth/access_token`: errors, too, come with status 200."""
    given = _given(request)
    code = oauth.codes.pop(given.get("code", ""), None)
    error = None
    if (given.get("client_id"), given.get("client_secret")) != (oauth.client_id, oauth.client_secret):
        error = "incorrect_client_credentials"
    elif code is None or code.ends <= oauth.site.world.now() or not _verified(code.challenge, given):
        error = "bad_verification_code"
    elif given.get("redirect_uri", code.redirect) != code.redirect:
        error = "redirect_uri_mismatch"
    if error is not None or code is None:
        told: dict[str, Any] = {"error": error, "error_description": _REFUSALS[str(error)]}
    else:
        told = {
            "access_token": oauth.token(code.person),
            "expires_in": int(TOKEN_LIFE.total_seconds()),
            "refresh_token": "ghr_not-to-be-kept",
            "refresh_token_expires_in": _REFRESH_LIFE,
            "scope": "",
            "token_type": "bearer",
        }
    if "json" in request.headers.get("Accept", ""):
        return Answer(told)
    return Answer(urlencode(told).encode(), headers={"Content-Type": "application/x-www-form-urlencoded"})


def _given(request: Request) -> dict[str, str]:
    body = request.get_data(as_text=True)
    if request.mimetype == "application/json":
        return {str(key): str(value) for key, value in json.loads(body).items()}
    return {**request.args.to_dict(), **dict(parse_qsl(body))}


def _verified(challenge: str | None, given: Mapping[str, str]) -> bool:
    if challenge is None:
        return True
    digest = hashlib.sha256(given.get("code_verifier", "").encode()).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=") == challenge


def _revoke(oauth: OAuth, request: Request) -> Answer:
    """`DELETE /applications/{client_id}/token`, asked by the App with its client secret."""
    who = request.authorization
    if who is None or (who.username, who.password) != (oauth.client_id, oauth.client_secret):
        raise HttpError(404, "Not Found")
    if oauth.tokens.pop(_given(request).get("access_token", ""), None) is None:
        raise not_found()
    return Answer(status=204)


_BEFORE: Mapping[tuple[str, str], Callable[[OAuth, Request], Answer]] = {
    ("GET", "/login/oauth/authorize"): _authorize,
    ("POST", "/login/oauth/access_token"): _exchange,
}


def _as_person(oauth: OAuth, request: Request, path: str, prefix: str, token: str) -> Answer:
    person = oauth.person(token)
    if person is None:
        raise HttpError(401, "Bad credentials")
    try:
        handler, arguments = _MAP.bind("double").match(path, method=request.method)
    except HTTPException as error:
        raise not_found() from error
    urls = oauth.site.urls_under(prefix)
    url = oauth.site.root + prefix + path
    call = Call(oauth.site, urls, url, request.args.to_dict(), request.headers.get("Accept", ""), {})
    found: Answer = handler(Visit(oauth, request, call, person), **arguments)
    return found


def get_user(visit: Visit) -> Answer:
    """`GET /user`."""
    shape = shapes.public_user(visit.person, visit.oauth.site.app.created_at, visit.call.urls)
    return Answer(shape | {"notification_email": None, "twitter_username": None})


def list_installations(visit: Visit) -> Answer:
    """`GET /user/installations`: those in which the person sees a repository."""
    found = [one for one in visit.call.world.installations.values() if _seen(visit, one)]
    items = [shapes.installation(one, visit.oauth.site.app, visit.call.urls) for one in found]
    return visit.call.paged(items, wrap=lambda page: {"total_count": len(items), "installations": page})


def list_repositories(visit: Visit, number: int) -> Answer:
    """`GET /user/installations/{installation_id}/repositories`."""
    installation = visit.call.world.installations.get(number)
    if installation is None or not _seen(visit, installation):
        raise not_found()
    if installation.suspended_at:
        raise HttpError(403, "This installation has been suspended")
    items = [_shape(visit, one) for one in _seen(visit, installation)]
    return visit.call.paged(items, wrap=lambda page: {"total_count": len(items), "repositories": page})


def get_repository(visit: Visit, owner: str, repo: str) -> Answer:
    """`GET /repos/{owner}/{repo}`: a private one only where the App is installed too."""
    found = visit.call.world.find(owner, repo)
    if found is None or visit.oauth.role(visit.person, found) is None:
        raise not_found()
    if found.private and visit.call.world.installation_of(found) is None:
        raise not_found()
    full = shapes.full_repository(found, visit.call.urls)
    return Answer(full | {"permissions": _permissions(visit.oauth.role(visit.person, found))})


def _seen(visit: Visit, installation: Installation) -> list[Repository]:
    mine = [one for one in visit.call.world.repositories.values() if one.id in installation.repositories]
    return [one for one in mine if visit.oauth.role(visit.person, one) is not None]


def _shape(visit: Visit, one: Repository) -> dict[str, Any]:
    role = visit.oauth.role(visit.person, one)
    return shapes.repository(one, visit.call.urls) | {"permissions": _permissions(role)}


def _permissions(role: str | None) -> dict[str, bool]:
    rank = ROLES.index(role) if role else -1
    return {_PERMISSIONS.get(name, name): at <= rank for at, name in enumerate(ROLES)}


_MAP = Map(
    [
        Rule("/user", methods=["GET"], endpoint=get_user),
        Rule("/user/installations", methods=["GET"], endpoint=list_installations),
        Rule("/user/installations/<int:number>/repositories", methods=["GET"], endpoint=list_repositories),
        Rule("/repos/<owner>/<repo>", methods=["GET"], endpoint=get_repository),
    ]
)
