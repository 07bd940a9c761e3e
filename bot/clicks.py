"""What was clicked on Slack: the same words as on GitHub, by the same person, with the same authority.

A click says which state its button was drawn from, and is handed on as something said on the pull request: the steward
looks up the person's authority when it hears it, and refuses what was drawn from a state that is past.
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

from bot.clock import Clock
from bot.dispatch_ways import facts_of
from bot.settings import Settings
from bot.steward.hints import examination
from bot.steward.talk import Said
from bot.steward.values import Target
from bot.store import Store
from bot.store.links import SlackUser
from bot.store.store import Transaction
from bot.store.values import Lease, Obligation
from bot.web.slack_link import link_url
from notices.channels import slack
from notices.channels.contract import NotDeliveredError
from notices.escape import mrkdwn
from notices.slack import ACTION

log = logging.getLogger(__name__)

_REASONED = frozenset({"object", "no-go"})
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

    @property
    def text(self) -> str:
        """What was said, as a button of GitHub would say it."""
        return ".".join(filter(None, (self.action, _REASON if self.action in _REASONED else "", self.state)))


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
        return Click(who, word, state, int(number), int.from_bytes(seal[:7], "big"), at, where, blocks)
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, OSError, RecursionError):
        log.warning("a signed request of Slack's could not be read", extra={"action": "click.unread"})
        return None


class Clicks:
    """Does `slack.click` jobs."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock

    def handle(self, lease: Lease, store: Store) -> None:
        """Hand a click on, once, and tell its giver what becomes of it."""
        click = read(lease.raw or "")
        if click is None:
            return None
        with store.transaction() as transaction:
            person = transaction.slack_person(click.who)
            obligation = transaction.obligation(click.obligation)
            heard = person is not None and obligation is not None and _hear(transaction, click, person, obligation)
        if person is None:
            return self._tell(click, self._how_to_link(click))
        if not heard:
            return self._tell(click, "What this message was about is not there any more.")
        return self._answered(click, person[1])

    def _how_to_link(self, click: Click) -> str:
        if self._settings.sign_in is None:
            return "This server has no sign-in with GitHub, so that nobody knows who you are there. Answer on GitHub."
        address = link_url(self._settings, click.who)
        return f"Concordat does not know yet who you are on GitHub. <{address}|Say so once>, then click again."

    def _answered(self, click: Click, login: str) -> None:
        said = f"`{click.action}` by {mrkdwn(login)}, from Slack. Whether it counts stands on the pull request."
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


def _hear(transaction: Transaction, click: Click, person: tuple[int, str], obligation: Obligation) -> bool:
    """Keep what was said in the log of the pull request that it is about, and have it looked at."""
    facts = facts_of(obligation.payload)
    repository, pull = obligation.stream.split(":")[1:2], facts.get("pull", "")
    found = transaction.seen().get(int(repository[0])) if repository and repository[0].isdigit() else None
    given = obligation.payload.get("installation")
    installation = given if isinstance(given, int) else found[0] if found else None
    if installation is None or not pull.isdigit() or not facts.get("repository"):
        return False
    target = Target(installation, int(repository[0]), facts["repository"], int(pull))
    said = Said("click", click.number, person[0], person[1], click.at, click.text)
    transaction.append(target.stream, [said.event()])
    transaction.enqueue(examination(target, priority=5))
    return True
