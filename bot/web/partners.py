"""One partner's page: the checklist, readiness, a blocking problem; afterwards the verification and feedback.

It is reached by a personal link, which counts for whoever has it, and on GitHub, where others would see such a link, by
signing in as a member of the partner's own team. GET never changes anything, and what is sent carries the version that
the page was drawn at.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from datetime import datetime

from flask import Blueprint, Response, abort, g, request

from bot import answering as answers
from bot.answering import LONGEST, Said, Voice
from bot.web import pages
from bot.web.auth import Door
from bot.web.links import BOARDS, READINESS, answering, release_url
from bot.web.release_desk import Desk, Found, back, ticked, word
from bot.web.session import Visitor
from notices import release_pages
from notices.release_pages import Answering
from rules.partners import Party
from rules.release_plan import CHECKLIST, VERIFICATION, schedule, spoken


def routes(web: Blueprint, desk: Desk, door: Door | None) -> None:
    """Add the routes; that of members is there where people sign in."""

    @web.get(f"{READINESS}<token>")
    def show(token: str) -> Response:
        found, party, until = _personal(desk, token)
        return pages.page(release_pages.answering(_view(desk, found, party, until)), forms=True)

    @web.post(f"{READINESS}<token>")
    def answer(token: str) -> Response:
        found, party, _ = _personal(desk, token)
        return back(f"{READINESS}{token}", _answer(desk, found, party, _text("by")))

    if door is not None:
        _member_routes(web, desk, door)


def _member_routes(web: Blueprint, desk: Desk, door: Door) -> None:
    @web.get(f"{BOARDS}<name>/partners/<party>")
    def show_member(name: str, party: str) -> Response:
        found, whose, _ = _member(desk, door, name, party)
        return pages.page(release_pages.answering(_view(desk, found, whose, None)), forms=True)

    @web.post(f"{BOARDS}<name>/partners/<party>")
    def answer_member(name: str, party: str) -> Response:
        found, whose, visitor = _member(desk, door, name, party)
        return back(request.path, _answer(desk, found, whose, f"{visitor.login} on GitHub"))


def _personal(desk: Desk, token: str) -> tuple[Found, Party, datetime]:
    permitted = answering(desk.settings, token)
    if permitted is None or permitted.until <= desk.clock():
        abort(404)
    found = desk.find(permitted.stream)
    return found, _party(found, permitted.party), permitted.until


def _party(found: Found, name: str) -> Party:
    party = next((one for one in found.kept.parties if one.name == name), None)
    if party is None:
        abort(404)
    return party


def _member(desk: Desk, door: Door, name: str, party: str) -> tuple[Found, Party, Visitor]:
    """Give a partner's page to who belongs to one of their accounts on GitHub; to others it is not there."""
    visitor = door.require()
    found = desk.find(f"release:{name}")
    whose = _party(found, party)
    accounts = found.kept.accounts.get(party, ())
    teams = [one for one in accounts if "/" in one]
    if visitor.login.casefold() not in {one.casefold() for one in accounts}:
        repository = door.github.repository(found.kept.installation, found.kept.repository) if teams else None
        if repository is None or not any(repository.in_team(one, visitor.login) for one in teams):
            abort(404)
    return found, whose, visitor


def _view(desk: Desk, found: Found, party: Party, until: datetime | None) -> Answering:
    dates = spoken(found.release, schedule(found.release, found.kept.parties, desk.clock()))
    looker = g.get("looker")
    return Answering(
        found.release, dates, party, found.kept.repository, desk.settings.github_web_url, desk.package(found.stream),
        until, secrets.token_urlsafe(12), word("said"), looker.csrf if looker else "",
        release_url(desk.settings, "calendar", found.stream, party.name, desk.clock()) if until else "",
        desk.settings.support_contacts,
    )  # fmt: skip


def _answer(desk: Desk, found: Found, party: Party, by: str) -> str:
    """Do what was sent from a partner's page; the word of what is said about it."""
    if request.form.get("version") != str(found.release.version):
        return "changed"
    what = _ANSWERS.get(word("what"))
    if what is None:
        abort(404)
    said, facts = what(Voice(found.release, party, desk.clock(), "page", request.form.get("nonce", ""), by))
    if facts:
        desk.keep(found, *facts)
    return said


def _text(name: str) -> str:
    return request.form.get(name, "").strip()[:LONGEST]


def _checklist(voice: Voice) -> Said:
    return answers.checklist(voice, ticked(CHECKLIST))


def _ready(voice: Voice) -> Said:
    return answers.readiness(voice, ready=_text("ready") == "yes", text=_text("text"))


def _blocker(voice: Voice) -> Said:
    return answers.blocker(voice, _text("severity"), _text("text"))


def _verify(voice: Voice) -> Said:
    signed = sorted(ticked(VERIFICATION))
    return "verified", tuple(voice.fact("release.verified", item, side=voice.party.name, item=item) for item in signed)


def _feedback(voice: Voice) -> Said:
    text = _text("text")
    return ("feedback", (voice.fact("release.feedback", text=text),)) if text else ("empty", ())


_ANSWERS: Mapping[str, Callable[[Voice], Said]] = {
    "checklist": _checklist, "ready": _ready, "blocker": _blocker, "verify": _verify, "feedback": _feedback,
}  # fmt: skip
