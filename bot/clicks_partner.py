"""What partners answer on Slack: by a click that says all, or by a form that a click opens.

Whoever is in the partner's channel may answer for the partner, and for nothing else: a click counts where its message
was sent to, and who clicked is kept with the answer. What was drawn from other documents or another day is refused.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs

from bot import answering
from bot.answering import Voice
from bot.clock import Clock
from bot.dispatch.ways import facts_of
from bot.settings import Settings
from bot.steward.releases import handler as releases
from bot.steward.releases import shelf as release_shelf
from bot.steward.values import Place
from bot.store import Store
from bot.store.links import SlackUser
from bot.store.transaction import Transaction
from bot.store.values import Obligation
from notices import slack as slack_words
from notices import slack_forms
from notices.channels import slack
from notices.channels.contract import NotDeliveredError
from notices.escape import url
from notices.notice import House, make
from notices.release_pages import NOTES
from notices.slack import ACTION
from notices.slack_forms import FORMS, Origin
from rules.partners import Party
from rules.release_ledger import fold
from rules.release_plan import CHECKLIST, schedule, spoken
from rules.release_state import Release

log = logging.getLogger(__name__)

WORDS = frozenset({"ready", *FORMS})
"""The words of the buttons that partners have."""
_GONE = "What this message was about is not there any more."
_FOREIGN = "This counts in the channel that the message was sent to, and there alone."
_STALE = "The release has changed since that button was drawn, so nothing was kept."
_SLOW = "The form could not be opened."
_TELLS = frozenset({"ready", "not-ready", "blocked", "checklist"})
"""Answers of which the message says from then on that they were given."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What somebody in a partner's channel clicked or filled in; `nonce` is the click's own, or the form's."""

    who: SlackUser
    what: str
    origin: Origin
    nonce: str
    trigger: str = ""
    items: frozenset[str] = frozenset()
    severity: str = ""
    text: str = ""

    @property
    def by(self) -> str:
        """Who answered, as the log keeps it."""
        return f"Slack user {self.who.user} of {self.who.team} in {self.origin.channel}"


@dataclass(frozen=True, slots=True)
class Asked:
    """What an answer is about."""

    obligation: Obligation
    release: Release
    party: Party
    place: Place


def submitted(body: str) -> Answer | None:
    """Read a form that was sent, from a request that Slack signed; `None` for anything else."""
    try:
        payload = json.loads(parse_qs(body)["payload"][0])
        if payload["type"] != "view_submission":
            return None
        view = payload["view"]
        name, _, what = view["callback_id"].partition(":")
        if name != ACTION or what not in FORMS:
            return None
        values: Mapping[str, Any] = view["state"]["values"]
        who = SlackUser(str(payload["user"].get("team_id") or payload["team"]["id"]), str(payload["user"]["id"]))
        nonce = hashlib.sha256(f"{view['id']}".encode()).hexdigest()[:16]
        items = frozenset(str(one["value"]) for one in _field(values, "items").get("selected_options") or ())
        severity = str((_field(values, "severity").get("selected_option") or {}).get("value", ""))
        text = str(_field(values, "text").get("value") or "").strip()[: slack_forms.LONGEST]
        origin = slack_forms.origin(view["private_metadata"])
        return Answer(who, what, origin, nonce, "", items & frozenset(CHECKLIST), severity, text)
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError):
        return None


def _field(values: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = (values.get(f"{ACTION}:{name}") or {}).get(name) or {}
    return found


class Partners:
    """Takes answers, keeps them, and says on Slack what became of each."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._house = House(settings.github_web_url, settings.support_contacts)

    def take(self, answer: Answer, store: Store) -> None:
        """Do what was clicked: open the form that it asks for, or keep the answer, once."""
        now = self._clock()
        with store.reading() as transaction:
            found = _asked(transaction, answer, now)
        if isinstance(found, str):
            return self._tell(answer, found)
        if answer.trigger and answer.what in FORMS:
            return self._open(answer, found, now)
        word, kept = _said(answer, found, now)
        with store.transaction() as transaction:
            releases.admit(transaction, found.place, [(found.obligation.stream, one) for one in kept])
            shown = any(one.key == found.obligation.key for one in transaction.shown_buttons(found.obligation.stream))
            after = fold(transaction.events(found.obligation.stream), now=now) or found.release
        self._tell(answer, NOTES[word] + (_open_items(answer, found) if word == "open" else ""))
        if shown and word in _TELLS and kept:
            self._note(answer, replace(found, release=after), word)
        return None

    def _open(self, answer: Answer, found: Asked, now: datetime) -> None:
        dates = spoken(found.release, schedule(found.release, (found.party,), now))
        view = slack_forms.view(answer.what, answer.origin, found.release, dates, found.party.name)
        if not self._ask(lambda client: slack.open_form(client, answer.trigger, view)):
            self._tell(answer, f"{_SLOW} Click again{_or_page(found.obligation)}.")

    def _note(self, answer: Answer, found: Asked, word: str) -> None:
        """Let the message say who answered what, for the others in the channel; its buttons stay."""
        facts = facts_of(found.obligation.payload) | {"obligation": str(found.obligation.obligation_id)}
        text, blocks = slack_words.noted(make(found.obligation.kind, facts, self._house), _stands(answer, found, word))
        where = (answer.origin.channel, answer.origin.ts)
        self._ask(lambda client: slack.change(client, where, text, blocks))

    def _tell(self, answer: Answer, text: str) -> None:
        self._ask(
            lambda client: client.chat_postEphemeral(channel=answer.origin.channel, user=answer.who.user, text=text)
        )

    def _ask(self, call: Any) -> bool:
        """Say something on Slack, once; whether it was. What was answered counts in any case."""
        if self._settings.slack_token is None:
            return False
        client = slack.client_of(self._settings.slack_token, self._settings.slack_api_url)
        try:
            call(client)
        except (NotDeliveredError, *slack.FAILURES) as error:
            log.warning("Slack was not told of an answer: %s", error, extra={"action": "answer.untold"})
            return False
        return True


def _asked(transaction: Transaction, answer: Answer, now: datetime) -> Asked | str:
    """Find what an answer is about, or say why it does not count."""
    obligation = transaction.obligation(answer.origin.obligation)
    kind, _, name = obligation.recipient.partition(":") if obligation else ("", "", "")
    if obligation is None or kind != "partner" or not obligation.stream.startswith("release:"):
        return _GONE
    if not _sent_there(transaction, obligation, answer.origin):
        return _FOREIGN
    release, kept = (
        fold(transaction.events(obligation.stream), now=now),
        release_shelf.read(transaction, obligation.stream),
    )
    party = next((one for one in kept.parties if one.name == name), None) if kept else None
    if release is None or kept is None or party is None:
        return _GONE
    if not release.open or release.lived:
        return f"Nothing is asked of you any more: the release is {release.state}."
    if answer.origin.state != release.asked:
        return f"{_STALE} Look at the newest message here{_or_page(obligation)}."
    return Asked(obligation, release, party, Place(kept.installation, kept.repository_id, kept.repository))


def _sent_there(transaction: Transaction, obligation: Obligation, origin: Origin) -> bool:
    sent = [one for one in transaction.deliveries(obligation.obligation_id) if one.channel == "slack"]
    return (origin.channel, origin.ts) in [slack.read(one.receipt or "") for one in sent]


def _said(answer: Answer, found: Asked, now: datetime) -> answering.Said:
    voice = Voice(found.release, found.party, now, "slack", answer.nonce, answer.by)
    if answer.what == "checklist":
        return answering.checklist(voice, answer.items)
    if answer.what == "blocker":
        return answering.blocker(voice, answer.severity, answer.text)
    return answering.readiness(voice, ready=answer.what == "ready", text=answer.text)


def _stands(answer: Answer, found: Asked, word: str) -> str:
    """Say what was answered last and by whom, and how the checklist stands, in Slack's own markup."""
    given = found.release.answer(found.party.name)
    words = {True: "ready", False: "not ready", None: ""}[given.ready]
    said = {"checklist": "the checklist", "blocked": "a blocking problem"}.get(word, words)
    lines = [f"Answered: {said}, by <@{answer.who.user}>. It can be changed until the decision."]
    if word in {"checklist", "blocked"} and words:
        lines[0] += f" You are down as {words}."
    if given.items:
        lines.append(f"Checklist, {len(given.items)} of {len(CHECKLIST)} done:")
        lines += [f"{'Done' if item in given.items else 'Open'}: {text}" for item, text in CHECKLIST.items()]
    return "\n".join(lines)


def _open_items(answer: Answer, found: Asked) -> str:
    del answer
    done = found.release.answer(found.party.name).items
    return "".join(f"\n• {text}" for item, text in CHECKLIST.items() if item not in done)


def _or_page(obligation: Obligation) -> str:
    page = facts_of(obligation.payload).get("readiness_url", "")
    return f", or answer on <{url(page)}|your page>" if page.startswith(("https://", "http://")) else ""
