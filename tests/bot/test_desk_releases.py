"""`concordat releases plan` as it is typed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.cli import main
from bot.desk import releases as desk_releases
from bot.store import Store
from bot.store.values import NewEvent, NewObligation
from tests.repositories import GitRepository
from tests.rules.test_partners import CONFIG, FULL
from tests.rules.test_release_log import START


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    GitRepository.create(tmp_path)
    (tmp_path / ".github").mkdir()
    (tmp_path / ".github" / "contracts.yml").write_text(CONFIG)
    (tmp_path / ".github" / "partners.yml").write_text(FULL)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(desk_releases, "system_clock", lambda: START)
    return tmp_path


def test_the_plan_of_the_first_legal_day_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["releases", "plan", "orders"]) == 0
    text = capsys.readouterr().out
    assert text.startswith("first day that can be promised: 2027-01-02\n  ")
    assert "  T-45 (day 15 of 60): consultation, first readiness check, 2026-11-18 10:00 UTC\n" in text
    assert "CRM team (reads, critical): email, slack, github\n  consultation: 2026-11-18 01:00 UTC\n" in text
    assert "warehouse (writes, normal): no contact is known\n" in text


def test_a_day_that_is_too_early_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["releases", "plan", "orders", "--date", "2026-12-24"]) == 1
    assert "2026-12-24 is too early. " in capsys.readouterr().out
    assert main(["releases", "plan", "orders", "--date", "2026-12-24", "--kind", "minor"]) == 0
    late = ["releases", "plan", "orders", "--date", "2027-01-20", "--announced", "2026-12-20", "--format", "json"]
    assert main(late) == 1
    capsys.readouterr()


def test_the_plan_is_there_for_programs(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["releases", "plan", "orders", "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["day"], found["refused"], len(found["milestones"])) == ("2027-01-02", None, 7)
    assert found["partners"][0]["notices"][0]["kind"] == "release.consultation"


def test_what_cannot_be_planned_is_said(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["releases", "plan", "nothing"]) == 2
    assert "contracts.yml has no contract nothing; it has: orders, users" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["releases", "plan", "orders", "--date", "soon"])
    (here / ".github" / "contracts.yml").write_text("contracts: {orders: {files: a.json}}")
    (here / ".github" / "partners.yml").unlink()
    assert main(["releases", "plan", "orders"]) == 2
    assert "there is nobody to tell" in capsys.readouterr().err


def test_the_evidence_of_a_release_is_written_for_tables_and_for_programs(
    store: Store, database_url: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)
    stream = "release:1:orders:2.0.0"
    assert main(["releases", "evidence", "orders", "2.0.0"]) == 2
    assert "there is no release of orders 2.0.0; none was announced" in capsys.readouterr().err
    with store.transaction() as transaction:
        transaction.append(stream, [NewEvent("release.announced", "a", START, {})])
        transaction.owe(NewObligation("k", "release.announced", stream, "partner:crm", START, {}))
    assert main(["releases", "evidence", "orders", "2.0.0"]) == 0
    head, row = capsys.readouterr().out.splitlines()
    assert head.startswith("notice,recipient,due,state,attempt,")
    assert row.startswith("release.announced,partner:crm,")
    assert main(["releases", "evidence", "orders", "2.0.0", "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["state"] == "owed"
    assert main(["releases", "evidence", "orders", "9"]) == 2
    assert "there are: orders 2.0.0" in capsys.readouterr().err
