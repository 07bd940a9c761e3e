"""Operations of the App itself and of an installation: tokens, installations, repositories, limits, users."""

from __future__ import annotations

from typing import Any

from tests.fakes.github import shapes
from tests.fakes.github.access import issue_token
from tests.fakes.github.http import Answer, Call, Route, not_found
from tests.fakes.github.state import Installation, Repository


def get_app(call: Call) -> Answer:
    """`GET /app`."""
    return Answer(shapes.app(call.site.app, call.urls, len(call.world.installations)))


def list_installations(call: Call) -> Answer:
    """`GET /app/installations`."""
    found = sorted(call.world.installations.values(), key=lambda one: one.id)
    return call.paged([shapes.installation(one, call.site.app, call.urls) for one in found])


def get_installation(call: Call, number: int) -> Answer:
    """`GET /app/installations/{installation_id}`."""
    return Answer(shapes.installation(_installation(call, number), call.site.app, call.urls))


def create_token(call: Call, number: int) -> Answer:
    """`POST /app/installations/{installation_id}/access_tokens`."""
    installation = _installation(call, number)
    permissions = call.body.get("permissions")
    token = issue_token(call.world, installation, permissions, _narrowed(call, installation))
    shape: dict[str, Any] = {
        "token": token.value,
        "expires_at": shapes.stamp(token.expires_at),
        "permissions": token.permissions,
        "repository_selection": "selected",
    }
    if token.repositories is not None:
        chosen = [one for one in call.world.repositories.values() if one.id in token.repositories]
        shape["repositories"] = [shapes.repository(one, call.urls) for one in chosen]
    return Answer(shape, 201)


def _narrowed(call: Call, installation: Installation) -> frozenset[int] | None:
    names, ids = call.body.get("repositories"), call.body.get("repository_ids")
    if names is None and ids is None:
        return None
    known = {one.name.lower(): one.id for one in _repositories(call, installation)}
    # a name that is not there becomes an id that is nowhere, and is refused with the others
    return frozenset(ids or ()) | {known.get(str(name).lower(), -1) for name in names or ()}


def _repositories(call: Call, installation: Installation) -> list[Repository]:
    return [one for one in call.world.repositories.values() if one.id in installation.repositories]


def _installation(call: Call, number: int) -> Installation:
    found = call.world.installations.get(number)
    if found is None:
        raise not_found()
    return found


def repository_installation(call: Call) -> Answer:
    """`GET /repos/{owner}/{repo}/installation`, asked by the App."""
    found = call.world.installation_of(call.repository)
    if found is None:
        raise not_found()
    return Answer(shapes.installation(found, call.site.app, call.urls))


def list_repositories(call: Call) -> Answer:
    """`GET /installation/repositories`."""
    if call.installation is None or call.token is None:
        raise not_found()
    narrowed = call.token.repositories
    seen = [one for one in _repositories(call, call.installation) if narrowed is None or one.id in narrowed]
    items = [shapes.repository(one, call.urls) for one in seen]
    return call.paged(
        items,
        wrap=lambda page: {"total_count": len(items), "repository_selection": "selected", "repositories": page},
    )


def get_repository(call: Call) -> Answer:
    """`GET /repos/{owner}/{repo}`."""
    return Answer(shapes.full_repository(call.repository, call.urls))


def get_user(call: Call, login: str) -> Answer:
    """`GET /users/{username}`."""
    found = call.world.accounts.get(login.lower())
    if found is None:
        raise not_found()
    return Answer(shapes.public_user(found, call.site.app.created_at, call.urls))


ROUTES = (
    Route("GET", "/app", get_app, "app"),
    Route("GET", "/app/installations", list_installations, "app"),
    Route("GET", "/app/installations/<int:number>", get_installation, "app"),
    Route("POST", "/app/installations/<int:number>/access_tokens", create_token, "app"),
    Route("GET", "/repos/<owner>/<repo>/installation", repository_installation, "app"),
    Route("GET", "/installation/repositories", list_repositories, needs=(("metadata", "read"),)),
    Route("GET", "/repos/<owner>/<repo>", get_repository, needs=(("metadata", "read"),)),
    Route("GET", "/users/<login>", get_user, "anyone"),
)
