"""Issues: what the App opens for a release, for what blocks it, and for what follows a rollback.

Source: https://docs.github.com/en/rest/issues/issues
"""

from __future__ import annotations

from bot.github import shapes
from bot.github.client import Client
from bot.github.values import Issue


def created_by(client: Client, root: str, login: str) -> tuple[Issue, ...]:
    """List the issues that an account has opened, closed ones too, oldest first; pull requests are none."""
    params = {"creator": login, "state": "all", "sort": "created", "direction": "asc"}
    found = client.pages(f"{root}/issues", params)
    return tuple(shapes.issue(item) for item in found if shapes.optional(item, dict, "pull_request") is None)


def read(client: Client, root: str, number: int) -> Issue:
    """Read one issue."""
    return shapes.issue(client.get(f"{root}/issues/{number:d}"))


def create(client: Client, root: str, title: str, body: str) -> Issue:
    """Open an issue; after Unavailable look for it before opening another."""
    return shapes.issue(client.write("POST", f"{root}/issues", {"title": title, "body": body}))


def update(client: Client, root: str, number: int, title: str, body: str) -> Issue:
    """Replace the title and the text of an issue."""
    return shapes.issue(client.write("PATCH", f"{root}/issues/{number:d}", {"title": title, "body": body}))
