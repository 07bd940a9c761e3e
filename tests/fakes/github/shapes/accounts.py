"""Accounts, the App, its installations."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import quote

from tests.fakes.github.shapes.common import Json, Urls, maybe, node, stamp
from tests.fakes.github.state import Account, AppState, Installation

_ACCOUNT_URLS = {
    "followers_url": "/followers",
    "following_url": "/following{/other_user}",
    "gists_url": "/gists{/gist_id}",
    "starred_url": "/starred{/owner}{/repo}",
    "subscriptions_url": "/subscriptions",
    "organizations_url": "/orgs",
    "repos_url": "/repos",
    "events_url": "/events{/privacy}",
    "received_events_url": "/received_events",
}


def account(one: Account, urls: Urls) -> Json:
    """`simple-user`."""
    url = f"{urls.api}/users/{quote(one.login, safe='')}"
    page = one.login.removesuffix("[bot]") if one.type == "Bot" else one.login
    html = f"{urls.html}/apps/{page}" if one.type == "Bot" else f"{urls.html}/{page}"
    return {
        "login": one.login,
        "id": one.id,
        "node_id": node(one.type, one.id),
        "avatar_url": f"{urls.html}/avatars/{one.id}",
        "gravatar_id": "",
        "url": url,
        "html_url": html,
        "type": one.type,
        "site_admin": False,
        "user_view_type": "public",
        **{name: url + tail for name, tail in _ACCOUNT_URLS.items()},
    }


def public_user(one: Account, since: datetime, urls: Urls) -> Json:
    """`public-user`."""
    nothing = ("bio", "blog", "company", "email", "hireable", "location", "name")
    none_of = ("followers", "following", "public_gists", "public_repos")
    times = {"created_at": stamp(since), "updated_at": stamp(since)}
    return {**account(one, urls), **dict.fromkeys(nothing), **dict.fromkeys(none_of, 0), **times}


def maybe_account(one: Account | None, urls: Urls) -> Json | None:
    """`nullable-simple-user`: null when the account was deleted."""
    return account(one, urls) if one else None


def app(one: AppState, urls: Urls, installations: int | None = None) -> Json:
    """`integration`; with the number of installations only where the App asks for itself."""
    shape = {
        "id": one.id,
        "client_id": f"Iv23li{one.id:014d}",
        "slug": one.slug,
        "node_id": node("App", one.id),
        "owner": account(one.owner, urls),
        "name": one.name,
        "description": "",
        "external_url": f"{urls.html}/{one.owner.login}",
        "html_url": f"{urls.html}/apps/{one.slug}",
        "created_at": stamp(one.created_at),
        "updated_at": stamp(one.created_at),
        "permissions": dict(one.permissions),
        "events": list(one.events),
    }
    return shape if installations is None else {**shape, "installations_count": installations}


def installation(one: Installation, owner: AppState, urls: Urls) -> Json:
    """`installation`."""
    organisation = one.account.type == "Organization"
    settings = f"/organizations/{one.account.login}/settings" if organisation else "/settings"
    return {
        "id": one.id,
        "account": account(one.account, urls),
        "repository_selection": "selected",
        "access_tokens_url": f"{urls.api}/app/installations/{one.id}/access_tokens",
        "repositories_url": f"{urls.api}/installation/repositories",
        "html_url": f"{urls.html}{settings}/installations/{one.id}",
        "app_id": owner.id,
        "app_slug": owner.slug,
        "target_id": one.account.id,
        "target_type": one.account.type,
        "permissions": dict(one.permissions),
        "events": list(one.events),
        "created_at": stamp(one.created_at),
        "updated_at": stamp(one.updated_at),
        "single_file_name": None,
        "has_multiple_single_files": False,
        "single_file_paths": [],
        "suspended_by": None,
        "suspended_at": maybe(one.suspended_at),
    }
