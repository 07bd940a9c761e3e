"""The App's webhook deliveries as GitHub keeps them for three days, and asking for one again.

GitHub never sends a delivery twice by itself. PyGithub has no such calls.
Source: https://docs.github.com/en/rest/apps/webhooks
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Literal

from bot.github.client import PER_PAGE, Client
from bot.github.errors import Unavailable
from bot.github.shapes import moment, optional, required
from rules.jsontext import JsonValue

KEPT_FOR = timedelta(days=3)
"""How long GitHub shows a delivery, and sends it again when it is asked to."""
_PATH = "/app/hook/deliveries"
_DISORDER = timedelta(hours=1)
"""Whatever order a server lists them in, what is so much older than asked for has nothing newer behind it."""
_SUCCESS = range(200, 300)
_ACCEPTED = 202


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt at a delivery. All attempts at one have its `guid`; `number` is the attempt's own."""

    number: int
    guid: str
    event: str
    action: str | None
    at: datetime
    arrived: bool
    redelivery: bool = False


class Deliveries:
    """What GitHub tells the App itself of its deliveries; every method raises `bot.github.errors.GitHubError`."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def since(
        self, moment_: datetime, *, status: Literal["success", "failure"] | None = None, pages: int
    ) -> Iterator[Attempt]:
        """List the attempts since a moment, the newest first; at most so many pages of them.

        Servers that do not know `status` give every attempt: look at `arrived`.
        """
        wanted = {} if status is None else {"status": status}
        for item in islice(self._client.pages(_PATH, wanted), pages * PER_PAGE):
            found = _attempt(item)
            if found.at >= moment_:
                yield found
            elif found.at < moment_ - _DISORDER:
                return

    def again(self, attempt: Attempt) -> None:
        """Ask GitHub to send a delivery once more, under its GUID."""
        try:
            self._client.write("POST", f"{_PATH}/{attempt.number}/attempts")
        except Unavailable as later:
            # 202 is GitHub's word for yes here; elsewhere it means that there is no answer yet.
            if later.status != _ACCEPTED:
                raise


def _attempt(data: JsonValue) -> Attempt:
    return Attempt(
        number=required(data, int, "id"),
        guid=required(data, str, "guid").lower(),
        event=required(data, str, "event"),
        action=optional(data, str, "action"),
        at=moment(data, "delivered_at"),
        arrived=_arrived(data),
        redelivery=bool(optional(data, bool, "redelivery")),
    )


def _arrived(data: JsonValue) -> bool:
    code = optional(data, int, "status_code")
    return optional(data, str, "status") == "OK" if code is None else code in _SUCCESS
