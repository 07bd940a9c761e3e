"""What the pages of a release share: the release as the store knows it, its log, and the words of a form."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from flask import Response, abort, redirect, request

from bot.clock import Clock
from bot.settings import Settings
from bot.steward.releases import handler as releases
from bot.steward.releases import shelf as release_shelf
from bot.steward.releases.shelf import Kept
from bot.steward.values import Place
from bot.store import Store
from bot.store.values import NewEvent
from bot.web.links import release_url
from rules.release_ledger import fold
from rules.release_state import Release


@dataclass(frozen=True, slots=True)
class Found:
    """A release as the store knows it."""

    stream: str
    release: Release
    kept: Kept

    @property
    def place(self) -> Place:
        """Where it is."""
        return Place(self.kept.installation, self.kept.repository_id, self.kept.repository)


class Desk:
    """What the routes share."""

    def __init__(self, settings: Settings, store: Store, clock: Clock, wake: Callable[[], None]) -> None:
        self.settings, self.store, self.clock, self.wake = settings, store, clock, wake

    def find(self, stream: str) -> Found:
        """Give a release, or answer that there is nothing."""
        with self.store.reading() as transaction:
            release = fold(transaction.events(stream), now=self.clock())
            kept = release_shelf.read(transaction, stream)
        if release is None or kept is None:
            abort(404)
        return Found(stream, release, kept)

    def keep(self, found: Found, *facts: NewEvent) -> None:
        """Add facts to a release's log, and have it looked after."""
        with self.store.transaction() as transaction:
            releases.admit(transaction, found.place, [(found.stream, one) for one in facts])
        self.wake()

    def package(self, stream: str) -> str:
        """Give the address of a release's package."""
        return release_url(self.settings, "package", stream, "", self.clock())


def ticked(known: Mapping[str, str]) -> frozenset[str]:
    """Give which items of a list were ticked in the form that was sent."""
    return frozenset(known) & frozenset(request.form.getlist("item"))


def word(name: str) -> str:
    """Give a short word of the request's query."""
    return request.args.get(name, "")[:40]


def back(path: str, said: str) -> Response:
    """Send back to a page, which then says what became of a form."""
    answer: Response = redirect(f"{path}?said={said}", 303)  # type: ignore[assignment] # Flask's own class by default
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer
