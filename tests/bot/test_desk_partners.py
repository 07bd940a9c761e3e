"""`concordat partners` as it is typed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.cli import main
from tests.repositories import GitRepository
from tests.rules.test_partners import CONFIG, FULL, TABLE


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    GitRepository.create(tmp_path)
    (tmp_path / ".github").mkdir()
    (tmp_path / ".github" / "contracts.yml").write_text(CONFIG)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def book(here: Path, text: str = FULL) -> None:
    (here / ".github" / "partners.yml").write_text(text)


def test_check_names_who_cannot_be_reached(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    book(here)
    assert main(["partners", "check"]) == 1
    assert capsys.readouterr().out == (
        "warehouse: no contact is known, so that no notice reaches them; add one to .github/partners.yml\n"
        "zeta: no contact is known, so that no notice reaches them; add one to .github/partners.yml\n"
        "3 partners, 1 of them can be reached\n"
    )


def test_check_is_content_where_everybody_can_be_reached(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / ".github" / "contracts.yml").write_text(CONFIG.replace(", warehouse: writes, zeta: both", ""))
    book(here, "partners: {crm: {contacts: {email: crm@example.com}}}\n")
    assert main(["partners", "check"]) == 0
    assert capsys.readouterr().out == "1 partner, 1 of them can be reached\n"


def test_check_refuses_a_file_with_mistakes(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    book(here, "partners:\n  cmr: {}\n")
    assert main(["partners", "check"]) == 2
    assert ".github/partners.yml:2: No contract in .github/contracts.yml names `cmr`." in capsys.readouterr().err


def test_check_needs_a_configuration(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["partners", "check", "--repo", str(tmp_path)]) == 2
    GitRepository.create(tmp_path)
    assert main(["partners", "check", "--repo", str(tmp_path)]) == 2
    assert "concordat init" in capsys.readouterr().err


def test_list_shows_both_files_together(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    book(here)
    assert main(["partners", "list"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "crm: reads orders, both users; critical; email, slack, github; America/Denver, quiet 18:00-08:00",
        "warehouse: writes orders; normal; no contact; UTC",
        "zeta: both orders; normal; no contact; UTC",
    ]
    assert main(["partners", "list", "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found[0]["contracts"] == {"orders": "reads", "users": "both"}
    (here / ".github" / "contracts.yml").write_text("contracts: {a: {files: a.json}}")
    (here / ".github" / "partners.yml").unlink()
    assert main(["partners", "list"]) == 0
    assert capsys.readouterr().out == "no contract names a partner\n"


def test_import_writes_the_file_and_says_what_contracts_yml_has_to_hold(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "partners.csv").write_text(TABLE)
    assert main(["partners", "import", "partners.csv"]) == 0
    told = capsys.readouterr()
    assert told.out == f"wrote {here}/.github/partners.yml\n"
    assert "  orders: partners: {crm: reads, warehouse: writes}\n" in told.err
    assert main(["partners", "import", "partners.csv"]) == 2
    assert "--force" in capsys.readouterr().err
    assert main(["partners", "import", "partners.csv", "--force"]) == 0
    assert main(["partners", "import", "partners.csv", "--print"]) == 0
    assert "criticality: critical" in capsys.readouterr().out


def test_import_refuses_a_table_that_makes_no_usable_file(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "p.csv").write_text("name,email\ncrm,nowhere\n")
    assert main(["partners", "import", "p.csv"]) == 2
    assert "it is no email address" in capsys.readouterr().err
    assert not (here / ".github" / "partners.yml").exists()
    assert main(["partners", "import", "missing.csv"]) == 2
