"""Making an App from a manifest: the page that takes it, and the exchange of the code for the App's credentials.

Source: https://docs.github.com/en/apps/sharing-github-apps/registering-a-github-app-from-a-manifest
"""

from __future__ import annotations

import json
import re
import secrets
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

from werkzeug.wrappers import Request

from tests.fakes.github import shapes
from tests.fakes.github.access import key_pair
from tests.fakes.github.http import Answer, Call, Route, not_found
from tests.fakes.github.oauth import CLIENT_SECRET
from tests.fakes.github.site import Site

CODE_LIFE = timedelta(hours=1)
_FORM = re.compile(r"(/organizations/[A-Za-z0-9-]+)?/settings/apps/new")
_KNOWN = frozenset(
    {
        "name", "url", "hook_attributes", "redirect_url", "callback_urls", "setup_url", "description", "public",
        "default_events", "default_permissions", "request_oauth_on_install", "setup_on_update",
    }
)  # fmt: skip


def answer(site: Site, request: Request, path: str) -> Answer | None:
    """Answer the form that a person's browser sends; the App's owner agrees at once."""
    if request.method != "POST" or not _FORM.fullmatch(path):
        return None
    try:
        manifest = json.loads(request.form.get("manifest", ""))
        _check(manifest)
    except ValueError as error:
        return Answer(f"<p>Invalid manifest: {error}</p>".encode(), 422, {"Content-Type": "text/html"})
    code = secrets.token_hex(20)
    with site.world.lock:
        site.registrations[code] = (manifest, site.world.now() + CODE_LIFE)
    query = urlencode({"code": code, **({"state": request.args["state"]} if "state" in request.args else {})})
    return Answer(b"", 302, {"Location": f"{manifest['redirect_url']}?{query}"})


def _check(manifest: dict[str, Any]) -> None:
    if unknown := sorted(set(manifest) - _KNOWN):
        raise ValueError(f"unknown key {unknown[0]}")
    for name in ("url", "redirect_url"):
        if urlsplit(str(manifest.get(name))).scheme not in ("http", "https"):
            raise ValueError(f"{name} is missing or wrong")
    if urlsplit(str(manifest.get("hook_attributes", {}).get("url"))).scheme not in ("http", "https"):
        raise ValueError("hook_attributes.url is missing or wrong")
    for name, level in manifest.get("default_permissions", {}).items():
        if level not in ("read", "write", "admin"):
            raise ValueError(f"{name}: {level} is no level")


def convert(call: Call, code: str) -> Answer:
    """`POST /app-manifests/{code}/conversions`: the App of this double becomes what the manifest asks for."""
    manifest, ends = call.site.registrations.pop(code, ({}, call.world.now()))
    if ends <= call.world.now():
        raise not_found()
    app = call.site.app
    app.name = manifest.get("name") or app.name
    app.permissions = dict(manifest.get("default_permissions", {}))
    app.events = tuple(manifest.get("default_events", ()))
    call.site.webhooks.url = manifest["hook_attributes"]["url"]
    shape = shapes.app(app, call.urls)
    return Answer(
        {
            **shape,
            "client_id": f"Iv23li{app.id:014d}",
            "client_secret": CLIENT_SECRET,
            "webhook_secret": call.site.webhooks.secret,
            "pem": key_pair()[0],
        },
        201,
    )


ROUTES = (Route("POST", "/app-manifests/<code>/conversions", convert, "anyone"),)
