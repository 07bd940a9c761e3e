"""Addresses, times and ids, as every shape writes them."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tests.fakes.github.state import Repository

Json = dict[str, Any]


@dataclass(frozen=True)
class Urls:
    """Where the API and the pages are; GitHub Enterprise Server has its API under `/api/v3`."""

    api: str
    html: str

    def repository(self, repository: Repository) -> str:
        """The API's address of a repository."""
        return f"{self.api}/repos/{repository.full_name}"

    def page(self, repository: Repository) -> str:
        """The address of a repository's page."""
        return f"{self.html}/{repository.full_name}"


def stamp(at: datetime) -> str:
    """Write a time as GitHub does."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def maybe(at: datetime | None) -> str | None:
    """Write a time that may be missing."""
    return stamp(at) if at else None


def node(kind: str, number: int | str) -> str:
    """Make the opaque id that GraphQL would use."""
    return base64.b64encode(f"0:{kind}:{number}".encode()).decode()
