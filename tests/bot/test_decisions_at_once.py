"""Two release owners decide at the same moment, in two processes: one decision counts, and the other is answered."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from threading import Barrier
from types import SimpleNamespace
from typing import cast

import pytest

from bot.commands.registry import run
from bot.commands.values import Berth, Person, Scene, Written
from bot.dispatch.channels import Channels, Hand
from bot.dispatch.dispatcher import NOTICE, Dispatch
from bot.dispatch.ways import BULK, URGENT
from bot.settings import Settings
from bot.steward import promises
from bot.steward.releases import handler as releases
from bot.steward.releases.values import stream_of
from bot.steward.values import Place
from bot.store import Store
from bot.store.values import NewEvent, NewObligation
from bot.worker import Worker
from notices import examples
from notices.channels.contract import Message, Receipt
from notices.channels.email import Sender
from rules.contract import Contract
from rules.release_ledger import fold
from rules.release_state import Release

NOW = datetime(2027, 3, 1, 10, 0, tzinfo=UTC)
STREAM = stream_of(1, "order", "2.0.0")
PLACE = Place(1, 1, "octo/orders")
BODY = {"contract": "order", "version": "2.0.0", "kind": "major", "go_live": "2027-03-08", "digest": "d", "pull": 7}
OWNERS = (Person(5, "rosa"), Person(6, "rudi"))


def standing(store: Store) -> Release:
    with store.reading() as transaction:
        found = fold(transaction.events(STREAM), now=NOW + timedelta(minutes=1))
    assert found is not None
    return found


def decide(store: Store, person: Person, command: str, seen: Release, source: str, number: int) -> str:
    """Decide on the release as it was seen; what its giver is told."""
    word, _, rest = command.partition(" ")
    contract = Contract("order", (), release_owners=tuple(one.login for one in OWNERS))
    berth = Berth(contract, lambda _: STREAM, (), seen, digest="d", pull=7)
    scene = Scene(person, (), NOW, NOW, source, number, None, (berth,))
    outcome = run(Written(word, rest, 0), scene)
    assert outcome is not None
    try:
        with store.transaction() as transaction:
            releases.admit(transaction, PLACE, outcome.releases)
    except releases.StaleError:
        return "refused"
    return "counts" if outcome.done else outcome.says


@pytest.fixture
def announced(store: Store) -> Store:
    with store.transaction() as transaction:
        transaction.append(STREAM, [NewEvent("release.announced", "announced", NOW - timedelta(days=60), BODY)])
    return store


@pytest.mark.parametrize("others", ["no-go not ready", "postpone 2027-06-01 not ready", "cancel not needed"])
@pytest.mark.parametrize("sources", [("board", "board"), ("button", "comment")])
def test_of_two_decisions_at_the_same_moment_one_counts_and_the_other_is_refused(
    announced: Store, database_url: str, others: str, sources: tuple[str, str]
) -> None:
    seen, ready = standing(announced), Barrier(2)

    def at_once(person: Person, command: str, source: str, number: int) -> str:
        process = Store.open(database_url)
        try:
            ready.wait(30)
            return decide(process, person, command, seen, source, number)
        finally:
            process.close()

    numbers = (1, 1) if sources == ("board", "board") else (1, 2)
    with ThreadPoolExecutor(2) as hands:
        told = [
            each.result(60)
            for each in [
                hands.submit(at_once, person, command, source, number)
                for person, command, source, number in zip(OWNERS, ("go", others), sources, numbers, strict=True)
            ]
        ]
    assert sorted(told) == ["counts", "refused"]
    with announced.reading() as transaction:
        decided = [one.kind for one in transaction.events(STREAM) if one.kind != "release.announced"]
    assert len(decided) == 1
    assert (standing(announced).state == "go") is (told[0] == "counts")


def test_what_is_heard_after_a_later_decision_is_told_so(announced: Store) -> None:
    assert decide(announced, OWNERS[0], "no-go not ready", standing(announced), "button", 9) == "counts"
    said = decide(announced, OWNERS[1], "go", standing(announced), "a-comment", 1)
    assert "somebody said no-go at" in said
    assert "counts for nothing" in said
    assert standing(announced).state == "no-go"


def test_the_same_decision_that_arrives_twice_is_kept_once(announced: Store) -> None:
    seen = standing(announced)
    assert [decide(announced, OWNERS[0], "go", seen, "board", 1) for _ in range(2)] == ["counts", "counts"]
    assert standing(announced).version == seen.version + 1


def test_what_is_being_sent_while_a_release_is_cancelled_is_sent_once_and_what_is_not_begun_never(
    store: Store, database_url: str
) -> None:
    sent: list[str] = []
    with store.transaction() as transaction:
        for name in ("meridian", "northwind"):
            payload = {
                "channel": "email", "address": [f"it@{name}.example"], "facts": examples.facts("release.announced"),
            }  # fmt: skip
            to = f"partner:{name}"
            transaction.owe(NewObligation(f"announced/{name}", "release.announced", STREAM, to, NOW, payload))

    def deliver(message: Message, _: str | None) -> Receipt:
        """Hand one message over; at that moment another process takes back what is owed no longer."""
        sent.append(message.address[0])
        other = Store.open(database_url)
        try:
            promises.keep(other, STREAM, [], NOW)
        finally:
            other.close()
        return Receipt(message.mark, {})

    class Post:
        sender = Sender("Concordat <concordat@example.com>", b"k" * 32)

        @contextmanager
        def open(self, *_: object) -> Iterator[Hand]:
            yield Hand(deliver)

    settings = SimpleNamespace(contacts={}, github_web_url="https://github.com", support_contacts=())
    dispatch = Dispatch(cast("Settings", settings), store, lambda: NOW, cast("Channels", Post()))
    dispatch.tick()
    worker = Worker(store, {NOTICE: dispatch.handle}, lambda: NOW, pools=(BULK, URGENT))
    while worker.run_once():
        pass
    assert sent == ["it@meridian.example"]
    with store.reading() as transaction:
        states = {one.key: one.state for one in transaction.obligations(STREAM)}
    assert states == {"announced/meridian": "met", "announced/northwind": "superseded"}
