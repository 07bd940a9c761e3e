"""One request and its answer as they went over the wire, for whoever holds the double to GitHub's description."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from tests.fakes.github.webhooks import Delivery


@dataclass(frozen=True)
class Exchange:
    """`rule` is the route's path, none for a page; `prefix` that of an Enterprise Server; `sent` the request's JSON.

    `raw` tells that the answer is a file's bytes.
    """

    method: str
    path: str
    rule: str | None
    prefix: str
    query: Mapping[str, str]
    sent: Any
    status: int
    headers: Mapping[str, str]
    received: bytes = field(repr=False)
    raw: bool

    @property
    def name(self) -> str:
        """The request in words."""
        return f"{self.method} {self.path}"


class Watcher(Protocol):
    """Says what in an exchange or a delivery is not as GitHub describes it, in a sentence each."""

    def exchange(self, seen: Exchange) -> Iterable[str]:
        """Look at one request and its answer."""
        ...

    def delivery(self, one: Delivery) -> Iterable[str]:
        """Look at one webhook."""
        ...
