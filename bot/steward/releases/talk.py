"""What people say on the issue of a release: each command once, by its owner, answered there.

The words are kept by the delivery that told of them (`bot.steward.hints`); only those said on the release's own issue
count, since anybody may open an issue that looks like it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

from bot.commands.registry import run
from bot.commands.values import Berth, Outcome, Person, Scene
from bot.github.errors import Denied, NotFound, Rejected
from bot.github.repository import Repository
from bot.steward.migrations.back import data_of
from bot.steward.releases.berths import COMMANDS
from bot.steward.releases.values import ReleaseTarget, Sight
from bot.steward.standing import Standings
from bot.steward.talk import ANSWERED, REPLIED, SAID, Said, unanswered
from bot.store import Store
from bot.store.values import Event, NewEvent
from notices import answers
from rules.release_ledger import fold
from rules.release_state import Release

BUTTON = "button"
ELSEWHERE = (
    "That command belongs on the pull request. Here a release owner gives `/release`, `/go`, `/no-go`, `/postpone`, "
    "`/cancel` and `/rollback`."
)


def listen(  # noqa: PLR0913, PLR0917 the release, what is true of it, and where answers go
    store: Store, repository: Repository, target: ReleaseTarget, release: Release, sight: Sight, now: datetime
) -> None:
    """Carry out what was said on the release's issue and is not answered yet, in the order in which it was said."""
    if sight.contract is None or sight.parties is None:
        return
    for said in _waiting(store, target, release):
        _react(repository, said.source, said.number, "eyes")
        person = Standings(repository, [sight.contract]).of(said.who, said.login)
        data = data_of(store, target.repository_id, sight.contract.name, sight.pull.number)
        with store.transaction() as transaction:
            # Held, so that whoever decides elsewhere at the same moment finds what was decided here.
            transaction.hold(target.stream)
            log = transaction.events(target.stream)
            facts, told = _heard(log, target, sight, said, person, max(now, said.at), data)
            body = {"source": said.source, "number": str(said.number), "login": person.login, "answers": told}
            answered = NewEvent(ANSWERED, f"answered:{said.key}", said.at, body, said.who)
            transaction.append(target.stream, [*facts, answered])


def _waiting(store: Store, target: ReleaseTarget, release: Release) -> tuple[Said, ...]:
    with store.reading() as transaction:
        log = transaction.events(target.stream)
    own = {one.source_id for one in log if one.kind == SAID and _here(one, release)}
    return tuple(one for one in unanswered(log) if f"said:{one.key}" in own)


def _here(said: Event, release: Release) -> bool:
    """Say whether it was said on the release's own issue, or with a button of a message about the release."""
    return said.body.get("source") == BUTTON or said.body.get("issue") == release.issue


def _heard(  # noqa: PLR0913, PLR0917 what a command depends on
    log: Sequence[Event], target: ReleaseTarget, sight: Sight, said: Said, person: Person, now: datetime, data: str
) -> tuple[list[NewEvent], list[dict[str, Any]]]:
    facts: list[NewEvent] = []
    told: list[dict[str, Any]] = []
    for written in said.commands:
        standing = fold([*log, *facts], now=now)
        berth = _berth(target, sight, standing, _number(said.state) if said.source == BUTTON else None, data)
        scene = Scene(person, (), said.at, now, said.source, said.number, None, (berth,))
        outcome = run(written, scene) if written.name in COMMANDS else Outcome(False, ELSEWHERE)
        if outcome is not None:
            facts += [fact for stream, fact in outcome.releases if stream == target.stream]
            told.append({"command": written.name, "done": outcome.done, "text": outcome.says, "asked": []})
    return facts, told


def _number(state: str) -> int:
    return int(state) if state.isascii() and state.isdigit() and len(state) < 10 else -1


def _berth(target: ReleaseTarget, sight: Sight, standing: Release | None, drawn: int | None, data: str) -> Berth:
    assert sight.contract is not None, "listen looks at it first"
    offered = sight.offer
    return Berth(
        sight.contract, lambda _: target.stream, sight.parties or (), standing,
        offered.kind if offered else standing.terms.kind if standing else "major",
        offered.digest if offered else standing.digest if standing else "",
        sight.pull.number, sight.pull.merged, offered.removals if offered else (), (),
        offered.breaking if offered else (), offered.says if offered else (), drawn, data,
    )  # fmt: skip


def reply(store: Store, repository: Repository, target: ReleaseTarget, release: Release, now: datetime) -> None:
    """Answer what was carried out: a reaction, and the words; an answer that is there already is not written again."""
    for answered in _unreplied(store, target):
        key, told = f"{answered.body['source']}:{answered.body['number']}", answered.body["answers"]
        sign = "+1" if all(one["done"] for one in told) else "-1"
        _react(repository, str(answered.body["source"]), int(answered.body["number"]), sign)
        text = answers.render(key, str(answered.body["login"]), [answers.refusal(str(one["text"])) for one in told])
        with suppress(NotFound, Denied, Rejected):
            there = {one.body.partition("\n")[0].strip() for one in repository.comments(release.issue) if one.by_bot}
            if told and text.partition("\n")[0].strip() not in there:
                repository.create_comment(release.issue, text)
        with store.transaction() as transaction:
            transaction.append(target.stream, [NewEvent(REPLIED, f"replied:{key}", now, {})])


def _react(repository: Repository, source: str, number: int, sign: str) -> None:
    if source == BUTTON:
        return  # a click is no comment that could bear a sign
    with suppress(NotFound, Denied, Rejected):  # deleted, or the conversation is locked
        repository.react(number, sign)


def _unreplied(store: Store, target: ReleaseTarget) -> Iterator[Event]:
    with store.reading() as transaction:
        log = transaction.events(target.stream)
    done = {one.source_id for one in log if one.kind == REPLIED}
    for one in log:
        if one.kind == ANSWERED and f"replied:{one.body['source']}:{one.body['number']}" not in done:
            yield one
