"""The pages of a release: the board behind sign-in, the package by its link; those of partners are in `partners`.

GET never changes anything. What is sent from the board counts by the session, the form's token and the commands' own
rules, and carries the version that the page was drawn at.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from flask import Blueprint, Response, abort, request

from bot import evidence
from bot.answering import LONGEST
from bot.clock import Clock
from bot.commands.registry import run
from bot.commands.values import Berth, Outcome, Person, Scene, Written
from bot.github.visitors import Role
from bot.settings import Settings
from bot.steward.releases import shelf as release_shelf
from bot.steward.releases.handler import StaleError
from bot.store import Store
from bot.store.values import NewEvent
from bot.web import pages, partners
from bot.web.auth import Door
from bot.web.links import BOARDS, PACKAGES, package_stream
from bot.web.release_desk import Desk, Found, back, ticked, word
from bot.web.session import Visitor
from notices import release_package, release_pages
from notices.release_pages import NOTES, Board, Sent
from rules.contract import Contract, Policy
from rules.release_plan import OWNER, VERIFICATION, schedule, spoken

_COMMANDS = frozenset({"go", "no-go", "postpone", "cancel", "rollback"})


def blueprint(settings: Settings, store: Store, clock: Clock, door: Door | None, wake: Callable[[], None]) -> Blueprint:
    """Make the routes; the board is there where people sign in."""
    web = Blueprint("releases", __name__)
    desk = Desk(settings, store, clock, wake)

    partners.routes(web, desk, door)

    @web.get(f"{PACKAGES}<token>")
    def package(token: str) -> Response:
        return _package(desk, token, whole=False)

    @web.get(f"{PACKAGES}<token>/package.zip")
    def download(token: str) -> Response:
        return _package(desk, token, whole=True)

    if door is not None:
        _board_routes(web, desk, door)
    return web


def _board_routes(web: Blueprint, desk: Desk, door: Door) -> None:
    @web.get(f"{BOARDS}<name>")
    def board(name: str) -> Response:
        visitor = door.require()
        found = _seen(desk, door, visitor, name)
        return pages.page(release_pages.board(_board(desk, found, visitor, NOTES.get(word("said"), ""))))

    @web.get(f"{BOARDS}<name>/evidence.csv")
    def proof(name: str) -> Response:
        found = _seen(desk, door, door.require(), name)
        with desk.store.reading() as transaction:
            text = evidence.written(evidence.rows(transaction, found.stream))
        file = f"{found.release.contract}-{found.release.name}-evidence.csv"
        headers = {
            "Content-Disposition": f'attachment; filename="{file}"', "X-Content-Type-Options": "nosniff",
            "Cache-Control": "private, no-store",
        }  # fmt: skip
        return Response(text, 200, headers, content_type="text/csv; charset=utf-8")

    @web.post(f"{BOARDS}<name>")
    def decide(name: str) -> Response:
        visitor = door.require()
        found = _seen(desk, door, visitor, name)
        said = _decide(desk, found, visitor)
        if said.done:
            return back(f"{BOARDS}{name}", "done")
        return pages.page(release_pages.board(_board(desk, desk.find(found.stream), visitor, said.says)), 409)


def _seen(desk: Desk, door: Door, visitor: Visitor, name: str) -> Found:
    """Give a release to those who may write in its repository, and to its owners; to others it is not there."""
    found = desk.find(f"release:{name}")
    role = door.access.role(visitor, found.kept.repository_id, found.kept.repository)
    if role < Role.READ or (role < Role.WRITE and not _owns(found, visitor)):
        abort(404)
    return found


def _owns(found: Found, visitor: Visitor) -> bool:
    return visitor.login.casefold() in {one.casefold() for one in found.kept.owners}


def _board(desk: Desk, found: Found, visitor: Visitor, note: str) -> Board:
    now = desk.clock()
    with desk.store.reading() as transaction:
        owed = transaction.obligations(found.stream)
    sent = tuple(
        Sent(one.kind, one.recipient.partition(":")[2], one.due, one.state)
        for one in owed
        if one.recipient.startswith("partner:")
    )
    dates = spoken(found.release, schedule(found.release, found.kept.parties, now))
    return Board(
        found.release, dates, found.kept.parties, sent, found.kept.repository, desk.settings.github_web_url,
        desk.package(found.stream), now, request.path, _owns(found, visitor), visitor.csrf, note,
    )  # fmt: skip


def _decide(desk: Desk, found: Found, visitor: Visitor) -> Outcome:
    """Give a command from the board, under the rules that it has everywhere."""
    what, now = word("what"), desk.clock()
    if what == "verify" and _owns(found, visitor):
        facts = [
            NewEvent("release.verified", f"board:{item}", now, {"side": OWNER, "item": item, "by": visitor.login})
            for item in sorted(ticked(VERIFICATION))
        ]
        desk.keep(found, *facts)
        return Outcome(True, "")
    if what not in _COMMANDS:
        abort(404)
    version = request.form.get("version", "")
    berth = Berth(
        Contract(found.release.contract, (), release_owners=found.kept.owners,
                 policy=Policy(zone=found.release.terms.zone)),
        lambda _: found.stream, found.kept.parties, found.release, pull=found.release.pull,
        drawn=int(version) if version.isascii() and version.isdigit() and len(version) < 10 else -1,
    )  # fmt: skip
    person = Person(visitor.user_id, visitor.login)
    scene = Scene(person, (), now, now, "board", found.release.version, None, (berth,))
    outcome = run(Written(what, _rest(what), 0), scene)
    assert outcome is not None, "these commands are in the registry"
    try:
        desk.keep(found, *(fact for _, fact in outcome.releases))
    except StaleError:
        return Outcome(False, "Somebody else has decided on this release at the same moment. Look at it as it is now.")
    return outcome


def _rest(what: str) -> str:
    reason = " ".join(request.form.get("reason", "").split())[:LONGEST]
    if what != "postpone":
        return reason
    try:
        return f"{date.fromisoformat(request.form.get('day', ''))} {reason}"
    except ValueError:
        return f"? {reason}"


def _package(desk: Desk, token: str, *, whole: bool) -> Response:
    stream = package_stream(desk.settings, token)
    if stream is None:
        abort(404)
    found = desk.find(stream)
    with desk.store.reading() as transaction:
        text = transaction.recall(release_shelf.PACKAGE, stream)
    if text is None:
        where = f"{desk.settings.github_web_url}/{found.kept.repository}/pull/{found.release.pull}"
        return pages.page(release_package.absent(found.release, where), 404 if whole else 200)
    kept = release_package.read(text)
    if whole:
        name = f"{found.release.contract}-{found.release.name}.zip"
        headers = {"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"}
        return Response(release_package.zipped(kept), 200, headers, mimetype="application/zip")
    dates = spoken(found.release, schedule(found.release, found.kept.parties, desk.clock()))
    return pages.page(release_package.page(kept, found.release, dates, f"{PACKAGES}{token}/package.zip"))
