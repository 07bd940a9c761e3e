"""`concordat violations`, as an operator types it, on both databases."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.cli import main
from bot.store import Store
from bot.store.values import NewEvent
from rules.violations import FILED, REFUSALS_TOLD, REFUSED, REPORTED, RESOLVED, body, fold, read

Captured = pytest.CaptureFixture[str]
START = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _database(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)


def tell(store: Store, *told: dict[str, Any]) -> None:
    made = [
        NewEvent(REPORTED, f"v{n}", START + timedelta(minutes=n), body(read({"contract": "order", **one})), 1)
        for n, one in enumerate(told)
    ]
    first, *_, last = fold(made)
    made += [
        NewEvent(FILED, "f", START + timedelta(hours=1), {"id": first.id, "issue": 7}, 1),
        NewEvent(RESOLVED, "r", START + timedelta(hours=2), {"id": last.id}, 1),
    ]
    with store.transaction() as transaction:
        transaction.append("violations:1:order", made)


@pytest.fixture
def broken(store: Store) -> Store:
    tell(
        store, {"missing": ["total"], "partner": "crm", "count": 30, "checked": 1000, "schemaVersion": "2.0"},
        {"type": "sync_slow"},
    )  # fmt: skip
    return store


def test_people_read_what_is_open_what_to_do_and_the_figures(broken: Store, capsys: Captured) -> None:
    del broken
    assert main(["violations"]) == 0
    assert (
        capsys.readouterr().out
        == """\
order: 1 open
  critical (crm): a required field is missing, 30 since 2026-11-21 10:00 UTC, issue #7
    To do: Roll back to the previous version of the contract now, with `/rollback REASON` on the release.
  Schema validation failures of crm: 30
  Contract compliance: 97.00 % (target 100 %) - below 98 %: speak about it
"""
    )


def test_programs_read_the_failures_by_partner(broken: Store, capsys: Captured) -> None:
    del broken
    assert main(["violations", "--format", "json"]) == 0
    (found,) = json.loads(capsys.readouterr().out)["contracts"]
    assert found["schema_validation_failures"] == {"crm": 30}
    assert [(one["schemaVersion"], one["fields"], one["issue"]) for one in found["violations"]] == [
        ("2.0", ["total"], 7), ("", [], 0),
    ]  # fmt: skip
    assert found["violations"][1]["resolved"] == "2026-11-21T12:00:00+00:00"


def test_where_nothing_was_reported_it_says_so(store: Store, capsys: Captured) -> None:
    del store
    assert main(["violations"]) == 0
    assert capsys.readouterr().out == "No violation was ever reported.\n"


def test_the_operator_sees_which_reports_were_not_taken_in(store: Store, capsys: Captured) -> None:
    with store.transaction() as transaction:
        transaction.append("refused:1:reports", [
            NewEvent(REFUSED, "a", START, {"reason": "`contract` is missing", "login": "ana"}, 1),
            NewEvent(REFUSED, "b", START, {"reason": "`contract` is missing", "login": "ana"}, 1),
            NewEvent(REFUSALS_TOLD, "t", START, {"issue": 9, "since": START.isoformat(), "until": START.isoformat()}),
        ])  # fmt: skip
    assert main(["violations"]) == 0
    assert (
        capsys.readouterr().out
        == """\
Reports of repository 1 that could not be taken in; issue #9 says what to mend:
  2, last 2026-11-21 10:00 UTC, by ana: `contract` is missing
"""
    )
    assert main(["violations", "--format", "json"]) == 0
    (told,) = json.loads(capsys.readouterr().out)["refused_reports"]
    assert (told["issue"], told["reasons"][0]["count"]) == (9, 2)
