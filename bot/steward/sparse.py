"""Deliveries that say less than GitHub's: what is missing is taken from beside it, or asked of GitHub, once.

GitHub always names the installation and the repository's id; a counterpart of somebody's own, or a proxy that hands
deliveries on, may not.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.github import App
from bot.github.errors import NotFound

Payload = dict[str, Any]


def filled(payload: Payload, received_at: str) -> Payload:
    """Put in what other parts of the payload say: the number, who acted, when something was said."""
    full = dict(payload)
    pull, number = full.get("pull_request"), full.get("number")
    if isinstance(number, int) and isinstance(pull, Mapping) and "number" not in pull:
        full["pull_request"] = {**pull, "number": number}
    for name, when in (("comment", "created_at"), ("review", "submitted_at")):
        said = full.get(name)
        if isinstance(said, Mapping):
            # A time of null is GitHub's word for a review that is not submitted.
            full[name] = {when: received_at, **said}
            if "sender" not in full and full.get("action") in {"created", "submitted"}:
                full["sender"] = said.get("user")
    return full


def placed(app: App, payload: Payload, event: str) -> Payload:
    """Ask GitHub for the installation and the repository's id and default branch, where they are needed and missing."""
    found = payload.get("repository")
    if not isinstance(found, Mapping) or not isinstance(found.get("full_name"), str):
        return payload
    installed = isinstance(payload.get("installation"), Mapping) and "id" in payload["installation"]
    if installed and "id" in found and (event != "push" or "default_branch" in found):
        return payload
    try:
        installation, named = app.find(found["full_name"])
    except NotFound:
        return payload  # the App is not installed there
    known = {"id": named.id, "default_branch": named.default_branch}
    return {**payload, "installation": {"id": installation}, "repository": {**known, **found}}
