"""The pages of a release: one partner's answers by a personal link, the board behind sign-in, the package by its link.

GET never changes anything. What is sent from a partner's page counts by the link's own token; what is sent from the
board by the session, the form's token and the commands' own rules. Both carry the version that the page was drawn at.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from flask import Blueprint, Response, abort, g, redirect, request

from bot import evidence
from bot.clock import Clock
from bot.commands.registry import run
from bot.commands.values import Berth, Outcome, Person, Scene, Written
from bot.github.visitors import Role
from bot.settings import Settings
from bot.steward import release_shelf, releases
from bot.steward.release_shelf import Kept
from bot.steward.values import Place
from bot.store import Store
from bot.store.values import NewEvent
from bot.web import pages
from bot.web.auth import Door
from bot.web.links import BOARDS, PACKAGES, READINESS, answering, package_stream, release_url
from bot.web.session import Visitor
from notices import release_package, release_pages
from notices.release_pages import NOTES, Answering, Board, Sent
from rules.contract import Contract, Policy
from rules.partners import Party
from rules.release_ledger import fold
from rules.release_plan import CHECKLIST, OWNER, VERIFICATION, schedule, spoken
from rules.release_state import Release

LONGEST = 2_000
_COMMANDS = frozenset({"go", "no-go", "postpone", "cancel", "rollback"})
_SEVERITIES = frozenset({"critical", "high", "medium"})


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


def blueprint(settings: Settings, store: Store, clock: Clock, door: Door | None, wake: Callable[[], None]) -> Blueprint:
    """Make the routes; the board is there where people sign in."""
    web = Blueprint("releases", __name__)
    desk = Desk(settings, store, clock, wake)

    @web.get(f"{READINESS}<token>")
    def show(token: str) -> Response:
        found, party, until = _personal(desk, token)
        return pages.page(release_pages.answering(_view(desk, found, party, until)), forms=True)

    @web.post(f"{READINESS}<token>")
    def answer(token: str) -> Response:
        found, party, _ = _personal(desk, token)
        return _back(f"{READINESS}{token}", _answer(desk, found, party))

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
        return pages.page(release_pages.board(_board(desk, found, visitor, NOTES.get(_word("said"), ""))))

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
            return _back(f"{BOARDS}{name}", "done")
        return pages.page(release_pages.board(_board(desk, found, visitor, said.says)), 409)


def _personal(desk: Desk, token: str) -> tuple[Found, Party, datetime]:
    permitted = answering(desk.settings, token)
    if permitted is None or permitted.until <= desk.clock():
        abort(404)
    found = desk.find(permitted.stream)
    party = next((one for one in found.kept.parties if one.name == permitted.party), None)
    if party is None:
        abort(404)
    return found, party, permitted.until


def _view(desk: Desk, found: Found, party: Party, until: datetime) -> Answering:
    dates = spoken(found.release, schedule(found.release, found.kept.parties, desk.clock()))
    looker = g.get("looker")
    return Answering(
        found.release, dates, party, found.kept.repository, desk.settings.github_web_url, desk.package(found.stream),
        until, secrets.token_urlsafe(12), _word("said"), looker.csrf if looker else "",
        release_url(desk.settings, "calendar", found.stream, party.name, until),
    )  # fmt: skip


def _answer(desk: Desk, found: Found, party: Party) -> str:
    """Do what was sent from a partner's page; the word of what is said about it."""
    if request.form.get("version") != str(found.release.version):
        return "changed"
    what = _ANSWERS.get(_word("what"))
    if what is None:
        abort(404)
    word, facts = what(_Form(found.release, party, desk.clock(), request.form))
    if facts:
        desk.keep(found, *facts)
    return word


@dataclass(frozen=True, slots=True)
class _Form:
    """One form as it was sent by one partner."""

    release: Release
    party: Party
    now: datetime
    fields: Mapping[str, str]

    def text(self, name: str) -> str:
        return self.fields.get(name, "").strip()[:LONGEST]

    def fact(self, kind: str, about: str = "", **body: object) -> NewEvent:
        """Make a fact; the nonce of the page makes one that is sent twice one fact."""
        nonce = self.fields.get("nonce", "")[:64]
        said = {"party": self.party.name, "digest": self.release.digest, "by": self.text("by")[:100]}
        return NewEvent(kind, f"page:{self.party.name}:{kind}:{about}:{nonce}", self.now, said | body)


_Said = tuple[str, tuple[NewEvent, ...]]


def _checklist(form: _Form) -> _Said:
    ticked, before = _items(CHECKLIST), form.release.answer(form.party.name).items
    facts = [
        form.fact("release.checklist", item, item=item, done=item in ticked)
        for item in CHECKLIST
        if (item in ticked) != (item in before)
    ]
    return "checklist", tuple(facts)


def _ready(form: _Form) -> _Said:
    if form.text("ready") != "yes":
        return "not-ready", (form.fact("release.readiness", "no", ready=False, text=form.text("text")),)
    if set(CHECKLIST) - form.release.answer(form.party.name).items:
        return "open", ()
    return "ready", (form.fact("release.readiness", "yes", ready=True),)


def _blocker(form: _Form) -> _Said:
    text, severity = form.text("text"), form.text("severity")
    if not text or severity not in _SEVERITIES:
        return "empty", ()
    fact = form.fact("release.blocker", severity=severity, text=text)
    return "blocked", (NewEvent(fact.kind, fact.source_id, fact.source_time, {**fact.body, "id": _short(fact)}),)


def _short(fact: NewEvent) -> str:
    # Part of an issue's marker, so that nothing else than harmless letters stands in it.
    return "".join(one for one in fact.source_id.rpartition(":")[2] if one.isalnum() or one in "-_") or "report"


def _verify(form: _Form) -> _Said:
    ticked = _items(VERIFICATION)
    return "verified", tuple(
        form.fact("release.verified", item, side=form.party.name, item=item) for item in sorted(ticked)
    )


def _feedback(form: _Form) -> _Said:
    text = form.text("text")
    return ("feedback", (form.fact("release.feedback", text=text),)) if text else ("empty", ())


_ANSWERS: Mapping[str, Callable[[_Form], _Said]] = {
    "checklist": _checklist, "ready": _ready, "blocker": _blocker, "verify": _verify, "feedback": _feedback,
}  # fmt: skip


def _items(known: Mapping[str, str]) -> frozenset[str]:
    return frozenset(known) & frozenset(request.form.getlist("item"))


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
    what, now = _word("what"), desk.clock()
    if what == "verify" and _owns(found, visitor):
        facts = [
            NewEvent("release.verified", f"board:{item}", now, {"side": OWNER, "item": item, "by": visitor.login})
            for item in sorted(_items(VERIFICATION))
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
    desk.keep(found, *(fact for _, fact in outcome.releases))
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
        abort(404)
    kept = release_package.read(text)
    if whole:
        name = f"{found.release.contract}-{found.release.name}.zip"
        headers = {"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"}
        return Response(release_package.zipped(kept), 200, headers, mimetype="application/zip")
    dates = spoken(found.release, schedule(found.release, found.kept.parties, desk.clock()))
    return pages.page(release_package.page(kept, found.release, dates, f"{PACKAGES}{token}/package.zip"))


def _word(name: str) -> str:
    return request.args.get(name, "")[:40]


def _back(path: str, word: str) -> Response:
    answer: Response = redirect(f"{path}?said={word}", 303)  # type: ignore[assignment] # Flask's own class by default
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer
