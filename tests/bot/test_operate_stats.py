"""`concordat stats`, as an operator types it, on both databases."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime, timedelta

import pytest

from bot.cli import main
from bot.steward.promises import obligation
from bot.steward.shelf import SUMMARY
from bot.store import Store
from bot.store.values import NewEvent, NewObligation
from notices import home
from rules.obligations import Owed
from tests.notices import golden

Captured = pytest.CaptureFixture[str]
START = datetime(2025, 11, 3, 9, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _database(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)


def say(store: Store, number: int, kind: str, hours: float, contract: str = "orders", **body: str) -> None:
    at = START + timedelta(hours=hours)
    event = NewEvent(f"review.{kind}", f"{kind}:{contract}:{hours}", at, {"contract": contract, "digest": "d", **body})
    with store.transaction() as transaction:
        transaction.append(f"pull:7:{number}", [event])


def owe(store: Store, number: int, kind: str, team: str, hours: float = 0) -> str:
    key = f"review.{kind}/{number}/{team}"
    due, payload = START + timedelta(hours=hours), {"facts": {"contract": "orders"}}
    with store.transaction() as transaction:
        transaction.owe(NewObligation(key, f"review.{kind}", f"pull:7:{number}", team, due, payload))
    return key


@pytest.fixture
def reviewed(store: Store) -> Store:
    """Four requests of two months: two approved, one late and then rejected, one closed without a word."""
    for number, hours in ((1, 0), (2, 10), (3, 24), (4, 24 * 40)):
        say(store, number, "submitted", hours)
        say(store, number, "judged", hours, grade="MAJOR")
        owe(store, number, "requested", "team:acme/crm")
    owe(store, 2, "requested", "team:acme/data")
    owe(store, 3, "breached", "team:acme/crm", hours=24 + 168)
    superseded = owe(store, 1, "breached", "team:acme/crm", hours=168)
    say(store, 1, "approved_at_last", 30, by="people")
    say(store, 2, "approved_at_last", 60.5, by="silence")
    say(store, 3, "rejected", 300)
    summary = home.Summary("acme/contracts", "https://github.com", 4, "Four", ())
    text = home.closed(json.dumps(asdict(summary)))
    with store.transaction() as transaction:
        transaction.supersede(superseded, START)
        transaction.remember(SUMMARY, "pull:7:4", text, START)
    return store


def test_people_read_a_line_for_each_team_and_month(reviewed: Store, capsys: Captured) -> None:
    assert main(["stats"]) == 0
    golden.check("stats.txt", capsys.readouterr().out)


def test_programs_read_the_same(reviewed: Store, capsys: Captured) -> None:
    assert main(["stats", "--format", "json"]) == 0
    golden.check("stats.json", capsys.readouterr().out)


def test_a_real_review_is_counted_for_its_team_with_its_breach(store: Store, capsys: Captured) -> None:
    """The promises in the shape in which the App makes them, taken back only when a late approval came."""
    say(store, 9, "submitted", 0)
    say(store, 9, "judged", 0, grade="MINOR")
    made = [
        obligation(Owed(f"review.{kind}/9", f"review.{kind}", "team:acme/crm", "slack", START + timedelta(hours=hours),
                        facts={"contract": "orders"}), "pull:7:9", {"repository": "acme/contracts"})
        for kind, hours in (("requested", 0), ("breached", 48))
    ]  # fmt: skip
    with store.transaction() as transaction:
        transaction.owe_all(made)
        transaction.supersede("review.breached/9", START + timedelta(hours=50))
    say(store, 9, "approved_at_last", 50, by="people")
    assert main(["stats", "--format", "json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)["by_team_and_month"]
    assert (row["team"], row["month"], row["breaches"], row["approved"]) == ("acme/crm", "2025-11", 1, 1)


def test_older_months_may_be_left_out(reviewed: Store, capsys: Captured) -> None:
    assert main(["stats", "--since", "2025-12", "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["all"]["requests"], found["all"]["closed"]) == (1, 1)


def test_before_the_first_review_it_says_so(store: Store, capsys: Captured) -> None:
    assert main(["stats"]) == 0
    assert capsys.readouterr().out == "No review was asked for yet.\n"


def test_a_month_that_is_none_is_said(store: Store, capsys: Captured) -> None:
    assert main(["stats", "--since", "November"]) == 2
    assert "'November' is no month" in capsys.readouterr().err
