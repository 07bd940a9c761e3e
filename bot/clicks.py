"""What was clicked on Slack: the same words as on GitHub, by the same person, with the same authority.

A click says which state its button was drawn from, and is handed on as something said on the pull request, or about the
release that the message is about: the steward looks up the person's authority when it hears it, and refuses what was
drawn from a state that is past.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

from slack_sdk import WebClient

from bot.clicks_partner import WORDS, Answer, Partners, submitted
from bot.clock import Clock
from bot.dispatch.ways import facts_of
from bot.settings import Settings
from bot.steward.jobs import examination, release_job
from bot.steward.releases import shelf as release_shelf
from bot.steward.releases.values import ReleaseTarget
from bot.steward.talk import Said
from bot.steward.values import Target
from bot.store import Store
from bot.store.links import SlackUser
from bot.store.transaction import Transaction
from bot.store.values import Lease, Obligation
from bot.web.slack_link import link_url
from notices.catalogue import CATALOGUE
from notices.channels import slack
from notices.channels.contract import NotDeliveredError
from notices.escape import mrkdwn
from notices.slack import ACTION
from notices.slack_forms import Origin

log = logging.getLogger(__name__)

_GONE = "What this message was about is not there any more."
_REASONED = frozenset({"object"})
_LONGEST = 1_000
_REASON = "said with the button on Slack; the reasons follow on the pull request"


@dataclass(frozen=True, slots=True)
class Click:
    """One click: who, which word, on which state of which obligation's message."""

    who: SlackUser
    action: str
    state: str
    obligation: int
    number: int
    at: datetime
    where: tuple[str, str]
    blocks: tuple[Mapping[str, Any], ...]
    day: str = ""
    reason: str = ""
    trigger: str = ""

    @property
    def text(self) -> str:
        """What was said, as a button of GitHub would say it."""
        return ".".join(filter(None, (self.action, _REASON if self.action in _REASONED else "", self.state)))

    @property
    def takes(self) -> tuple[str, ...]:
        """What has to be filled in beside the button."""
        return next((one.takes for row in CATALOGUE.values() for one in row.buttons if one.action == self.action), ())

    @property
    def missing(self) -> str:
        """Say what is not filled in; empty where nothing is."""
        given = {"day": self.day, "reason": self.reason}
        return " and ".join(f"the {name}" for name in self.takes if not given[name])

    @property
    def command(self) -> str:
        """What was said about a release, as it would be written."""
        given = {"day": self.day, "reason": self.reason}
        return " ".join([f"/{self.action}", *(given[name] for name in self.takes)])


def read(body: str) -> Click | None:
    """Read a request that Slack signed; `None` for what is no click on a button of ours that says something."""
    try:
        payload = json.loads(parse_qs(body)["payload"][0])
        (action, *_) = payload["actions"]
        name, _, word = action["action_id"].partition(":")
        state, _, number = action["value"].rpartition(":")
        if payload["type"] != "block_actions" or name != ACTION or not (word and state and number.isdigit()):
            return None
        who = SlackUser(str(payload["team"]["id"]), str(payload["user"]["id"]))
        seal = hashlib.sha256(f"{who}{action['action_ts']}{word}".encode()).digest()
        at = datetime.fromtimestamp(float(action["action_ts"]), UTC)
        where = (str(payload["channel"]["id"]), str(payload["message"]["ts"]))
        blocks = tuple(payload["message"].get("blocks", ()))
        day, reason = _filled(payload, "day", "selected_date"), _filled(payload, "reason", "value")
        made = int.from_bytes(seal[:7], "big")
        trigger = str(payload.get("trigger_id", ""))
        return Click(who, word, state, int(number), made, at, where, blocks, day[:10], reason[:_LONGEST], trigger)
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, OSError, RecursionError):
        log.warning("a signed request of Slack's could not be read", extra={"action": "click.unread"})
        return None


def _filled(payload: Mapping[str, Any], name: str, kind: str) -> str:
    """Read what stands in a field beside the buttons, on one line; empty where nothing does."""
    values: Any = (payload.get("state") or {}).get("values") or {}
    given = values.get(f"{ACTION}:{name}", {}).get(name, {}).get(kind)
    return " ".join(given.split()) if isinstance(given, str) else ""


class Clicks:
    """Does `slack.click` jobs."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._settings = settings
        self._partners = Partners(settings, clock)

    def handle(self, lease: Lease, store: Store) -> None:
        """Hand a click on, once, and tell its giver what becomes of it."""
        form = submitted(lease.raw or "")
        if form is not None:
            return self._partners.take(form, store)
        click = read(lease.raw or "")
        if click is None:
            return None
        if click.action in WORDS:
            return self._partners.take(_answer(click), store)
        with store.transaction() as transaction:
            person = transaction.slack_person(click.who)
            obligation = transaction.obligation(click.obligation)
            refusal = _heard(transaction, click, person, obligation) if person and obligation else _GONE
            if obligation is not None and not refusal:
                transaction.buttons_gone(obligation.key)  # this message says by whom, and is left as it is
        if person is None:
            return self._tell(click, self._how_to_link(click))
        if refusal or obligation is None:
            return self._tell(click, refusal)
        return self._answered(click, person[1], "release issue" if _is_release(obligation) else "pull request")

    def _how_to_link(self, click: Click) -> str:
        if self._settings.sign_in is None:
            return "This server has no sign-in with GitHub, so that nobody knows who you are there. Answer on GitHub."
        address = link_url(self._settings, click.who)
        return f"Concordat does not know yet who you are on GitHub. <{address}|Say so once>, then click again."

    def _answered(self, click: Click, login: str, where: str) -> None:
        said = f"`{click.action}` by {mrkdwn(login)}, from Slack. Whether it counts stands on the {where}."
        self._ask(lambda client: slack.without_buttons(client, click.where, click.blocks, said))

    def _tell(self, click: Click, text: str) -> None:
        self._ask(lambda client: client.chat_postEphemeral(channel=click.where[0], user=click.who.user, text=text))

    def _ask(self, call: Any) -> None:
        """Say something on Slack; what was clicked counts whether that arrives or not."""
        if self._settings.slack_token is None:
            return
        client: WebClient = slack.client_of(self._settings.slack_token, self._settings.slack_api_url)
        try:
            call(client)
        except (NotDeliveredError, *slack.FAILURES) as error:
            log.warning("Slack was not told of a click: %s", error, extra={"action": "click.untold"})


def _answer(click: Click) -> Answer:
    origin = Origin(click.obligation, click.state, *click.where)
    return Answer(click.who, click.action, origin, f"{click.number:014x}", click.trigger)


def _heard(transaction: Transaction, click: Click, person: tuple[int, str], obligation: Obligation) -> str:
    """Hand a click on; why it could not be, or nothing."""
    refusal = _refusal(transaction, click, person, obligation)
    return refusal or ("" if _hear(transaction, click, person, obligation) else _GONE)


def _is_release(obligation: Obligation) -> bool:
    return obligation.stream.startswith("release:")


def _refusal(transaction: Transaction, click: Click, person: tuple[int, str], obligation: Obligation) -> str:
    """Say what keeps a click on a release from being handed on; its buttons stay for those whom it is for."""
    if not _is_release(obligation):
        return ""
    kept = release_shelf.read(transaction, obligation.stream)
    owners = kept.owners if kept else ()
    if person[1].casefold() not in {one.casefold() for one in owners}:
        return f"This is for the release owners: {', '.join(map(mrkdwn, owners)) or 'nobody is named'}."
    return f"Fill in {click.missing} above the buttons, then click again." if click.missing else ""


def _hear(transaction: Transaction, click: Click, person: tuple[int, str], obligation: Obligation) -> bool:
    """Keep what was said in the log of the pull request that it is about, and have it looked at."""
    facts = facts_of(obligation.payload)
    repository, pull = obligation.stream.split(":")[1:2], facts.get("pull", "")
    found = transaction.seen().get(int(repository[0])) if repository and repository[0].isdigit() else None
    given = obligation.payload.get("installation")
    installation = given if isinstance(given, int) else found[0] if found else None
    if installation is None or not pull.isdigit() or not facts.get("repository"):
        return False
    if _is_release(obligation):
        contract, version = obligation.stream.split(":", 3)[2:]
        release = ReleaseTarget(installation, int(repository[0]), facts["repository"], contract, version)
        word = Said("button", click.number, person[0], person[1], click.at, click.command, click.state)
        transaction.append(release.stream, [word.event()])
        transaction.enqueue(release_job(release))
        return True
    target = Target(installation, int(repository[0]), facts["repository"], int(pull))
    said = Said("click", click.number, person[0], person[1], click.at, click.text)
    transaction.append(target.stream, [said.event()])
    transaction.enqueue(examination(target, priority=5))
    return True
