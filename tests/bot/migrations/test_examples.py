"""The seven domains of the registry UX flow: what has to be migrated is, and what has not says so."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.cli import main
from rules.migration_spec import load
from tests.bot.migrations.house import House

EXAMPLES = Path("examples")
FAILS = {"legal-contract/migrations/1.5.0-2.0.0.yml"}
SPECS = [path for path in sorted(EXAMPLES.glob("*/*/migrations/*.yml")) if "/".join(path.parts[-3:]) not in FAILS]


def sample(path: Path) -> list[str]:
    return (path.parent / "sample.jsonl").read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("path", SPECS, ids=lambda path: f"{path.parts[-3]}-{path.stem}")
def test_a_domain_s_rows_reach_the_new_version_and_come_back(path: Path, house: House) -> None:
    house.fill(sample(path), kind="text")
    before = house.read()
    code, out, err = house.migrate("run", path.absolute(), "--target", "things")
    assert (code, err) == (0, ""), out
    spec = load(path.read_text(encoding="utf-8"), path=str(path))
    after = house.read()
    assert after == {key: spec.transform.up(json.loads(json.dumps(document))) for key, document in before.items()}
    assert house.migrate("rollback", "things")[0] == 0
    assert house.read() == before


def test_the_legal_contract_s_first_attempt_rolls_itself_back_with_its_cause(house: House) -> None:
    path = EXAMPLES / "legal/legal-contract/migrations/1.5.0-2.0.0.yml"
    house.fill(sample(path))
    before = house.read()
    code, out, _ = house.migrate("run", path.absolute(), "--target", "things")
    assert code == 1
    assert "Rolled back" in out
    assert house.read() == before
    timeline = house.migrate("status", "things")[1]
    assert "1 rows cannot be migrated (0 allowed): the value at /contract_value fails `minimum`" in timeline


@pytest.mark.parametrize(
    ("contract", "old", "new"),
    [
        ("healthcare/patient-record", "v1.0.0", "v1.1.0"),
        ("research/observation-experiment", "v3.0.0", "v4.0.0"),
        ("saas/user-account", "v1.0.0", "v1.5.0"),
    ],
)
def test_optional_fields_need_no_migration(
    contract: str, old: str, new: str, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = EXAMPLES / contract
    files = ["--old", str(folder / f"{old}.json"), "--new", str(folder / f"{new}.json")]
    assert main(["new", "migration", folder.name, *files, "--out", "-"]) == 1
    assert "no migration is needed" in capsys.readouterr().out


@pytest.mark.parametrize("path", SPECS, ids=lambda path: f"{path.parts[-3]}-{path.stem}")
def test_a_draft_is_a_migration_file_that_names_the_places_of_the_example(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spec = load(path.read_text(encoding="utf-8"), path=str(path))
    files = ["--old", str(EXAMPLES / str(spec.old)), "--new", str(EXAMPLES / str(spec.new))]
    assert main(["new", "migration", spec.contract, *files, "--out", "-"]) == 0
    drafted = load(capsys.readouterr().out, path="draft.yml")
    assert (drafted.contract, drafted.source, drafted.goal) == (spec.contract, spec.source, spec.goal)
    assert drafted.transform.steps
