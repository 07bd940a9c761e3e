"""What is answered to whom: a reaction to each comment, and a text where one is asked for or something went wrong."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from bot.commands.registry import table
from bot.steward.hearing import CONDITION, ENDED, MIGRATE
from bot.steward.releases.berths import COMMANDS as RELEASING
from bot.steward.talk import ANSWERED, REPLIED, Log
from bot.steward.values import Action, Answer, React
from bot.store.values import Event, NewEvent
from notices import answers
from notices.values import Context
from rules.review import Review

MOST_AN_HOUR = 20
"""So many texts an hour are written to one pull request; whoever asks for more gets a reaction."""


_TOLD = frozenset({*answers.ASKED, "help"})


def replies(log: Log, reviews: Sequence[Review], context: Context) -> Iterator[Action]:
    """List the answers that have not been given yet; where nothing is reviewed (any more), those that say so."""
    texts = sum(_speaks(one) for one in log if one.kind == ANSWERED and _recent(one, log))
    for answered in _open(log):
        said = answered.body["answers"]
        over = answered.body.get(ENDED) or any(one["command"] in (MIGRATE, CONDITION) for one in said)
        if not reviews and not over:
            continue
        if said and texts <= MOST_AN_HOUR and _speaks(answered):
            yield Answer(_key(answered), _text(answered, reviews, context), answered.source_time)
        if said and answered.body["source"] == "comment":
            yield React(int(answered.body["number"]), "+1" if all(one["done"] for one in said) else "-1")


def replied(log: Log, now: datetime) -> list[NewEvent]:
    """List the facts that the answers have been given."""
    return [NewEvent(REPLIED, f"replied:{_key(one)}", now, {}) for one in _open(log)]


def asked_again(log: Log) -> bool:
    """Say whether somebody has just asked for everything to be read and judged anew."""
    return any(
        each["kind"] == "recheck" for one in _open(log) for answer in one.body["answers"] for each in answer["asked"]
    )


def _open(log: Log) -> Iterator[Event | NewEvent]:
    done = {one.source_id for one in log if one.kind == REPLIED}
    return (one for one in log if one.kind == ANSWERED and f"replied:{_key(one)}" not in done)


def _recent(one: Event | NewEvent, log: Log) -> bool:
    return log[-1].source_time - one.source_time < timedelta(hours=1)


def _speaks(answered: Event | NewEvent) -> bool:
    """Say whether words are needed: something could not be done, was asked, covers some of several, or sets dates."""
    return any(_worded(one) for one in answered.body["answers"])


def _worded(one: dict[str, Any]) -> bool:
    return not one["done"] or _asked(one) or bool(one.get("aloud")) or one["command"] in (*RELEASING, MIGRATE)


def _asked(one: dict[str, Any]) -> bool:
    return any(each["kind"] in _TOLD for each in one["asked"])


def _key(answered: Event | NewEvent) -> str:
    return f"{answered.body['source']}:{answered.body['number']}"


def _text(answered: Event | NewEvent, reviews: Sequence[Review], context: Context) -> str:
    parts = [_part(one, reviews, context) for one in answered.body["answers"] if _worded(one)]
    return answers.render(_key(answered), str(answered.body["login"]), parts)


def _part(one: dict[str, Any], reviews: Sequence[Review], context: Context) -> str:
    asked = next((each for each in one["asked"] if each["kind"] in _TOLD), None)
    if asked is None:
        return answers.refusal(str(one["text"]))
    if asked["kind"] == "help":
        return table()
    return answers.ASKED[asked["kind"]](reviews, context, str(asked.get("subject", "")))
