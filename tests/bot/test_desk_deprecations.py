"""`concordat deprecations` in a repository on disk."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.cli import main
from tests.notices import golden
from tests.repositories import GitRepository
from tests.rules.test_deprecation import NOTICE, WHOLE, block, marked, schema

Captured = pytest.CaptureFixture[str]
CONFIG = """\
version: 1
contracts:
  orders: {files: schemas/orders.json}
  podio: {files: "docs/podio-v*.json", version: semver-file}
"""


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> GitRepository:
    made = GitRepository.create(tmp_path / "shop")
    made.write({
        ".github/contracts.yml": CONFIG,
        "schemas/orders.json": schema(
            total=marked(), total_cents=WHOLE, legacy={**WHOLE, "deprecated": True},
            source=marked({**NOTICE, "removal_date": "2027-01-05", "replacement": "", "migration_guide": "Ask CRM."}),
        ),
        "docs/podio-v1.0.json": schema(total=marked(), total_cents=WHOLE),
        "docs/podio-v2.0.json": {**schema(total=WHOLE, total_cents=WHOLE), "deprecations": [block()]},
    })  # fmt: skip
    monkeypatch.chdir(made.path)
    monkeypatch.setenv("COLUMNS", "100")
    return made


def test_people_read_what_to_do_by_when_and_why(repository: GitRepository, capsys: Captured) -> None:
    assert main(["deprecations", "--on", "2026-12-01"]) == 0
    golden.check("deprecations.txt", capsys.readouterr().out)


def test_programs_read_the_same(repository: GitRepository, capsys: Captured) -> None:
    assert main(["deprecations", "--format", "json", "--on", "2026-11-24"]) == 0
    golden.check("deprecations.json", capsys.readouterr().out)


def test_days_count_from_today_unless_told(repository: GitRepository, capsys: Captured) -> None:
    assert main(["deprecations", "--format", "json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["deprecations"]) == 4


def test_where_nothing_is_deprecated_it_says_so(repository: GitRepository, capsys: Captured) -> None:
    files = ("schemas/orders.json", "docs/podio-v1.0.json", "docs/podio-v2.0.json")
    repository.write(dict.fromkeys(files, schema()))
    assert main(["deprecations"]) == 0
    assert capsys.readouterr().out == "No field is deprecated.\n"


def test_a_document_that_cannot_be_read_hides_no_other(repository: GitRepository, capsys: Captured) -> None:
    repository.write({"docs/podio-v2.0.json": "{"})
    assert main(["deprecations"]) == 0
    said = capsys.readouterr()
    assert "orders: total" in said.out
    assert "docs/podio-v2.0.json was left out" in said.err


@pytest.mark.parametrize(
    ("arguments", "files", "words"),
    [
        (["--on", "soon"], {}, "'soon' is no date"),
        ([], {".github/contracts.yml": None}, "has no .github/contracts.yml"),
        ([], {".github/contracts.yml": "version: 2\n"}, ".github/contracts.yml:1"),
    ],
)
def test_what_cannot_be_used_is_said(
    repository: GitRepository, capsys: Captured, arguments: list[str], files: dict[str, object], words: str
) -> None:
    repository.write(files)
    assert main(["deprecations", *arguments]) == 2
    assert words in capsys.readouterr().err


def test_a_folder_that_is_no_repository_is_said(tmp_path: Path, capsys: Captured) -> None:
    assert main(["deprecations", "--repo", str(tmp_path)]) == 2
    assert "not a git repository" in capsys.readouterr().err


def test_a_check_asks_for_the_deprecation_of_a_field_that_goes(repository: GitRepository, capsys: Captured) -> None:
    repository.write({".github/contracts.yml": CONFIG.replace("}", ", version: semver-field}", 1)})
    first = repository.commit({"schemas/orders.json": {**schema(total=WHOLE, total_cents=WHOLE), "version": "1.0.0"}})
    repository.commit({"schemas/orders.json": {**schema(total_cents=WHOLE), "version": "2.0.0"}})
    assert main(["check", "--base", first]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "To do: A field goes without having been deprecated" in said
    assert "the earliest legal removal is" in said


def test_a_check_lets_a_field_go_whose_deprecation_was_served(repository: GitRepository, capsys: Captured) -> None:
    repository.write(
        {
            ".github/contracts.yml": CONFIG.replace(
                "}", ", version: semver-field, policy: {accompany: [deprecation]}}", 1
            )
        }
    )
    served = {**NOTICE, "deprecated_on": "2020-01-01", "removal_date": "2020-02-01"}
    base = {**schema(total=marked(served), total_cents=WHOLE), "version": "1.0.0"}
    first = repository.commit({"schemas/orders.json": base})
    repository.commit({"schemas/orders.json": {**schema(total_cents=WHOLE), "version": "2.0.0"}})
    assert main(["check", "--base", first]) == 0
    assert "To do" not in capsys.readouterr().out


def test_two_files_compared_at_a_desk_promised_nobody_anything(tmp_path: Path, capsys: Captured) -> None:
    (tmp_path / "old.json").write_text('{"type": "object", "properties": {"a": {"type": "string"}}}')
    (tmp_path / "new.json").write_text('{"type": "object", "properties": {}}')
    assert main(["check", str(tmp_path / "old.json"), str(tmp_path / "new.json"), "--allow", "major"]) == 0
    assert "deprecated" not in capsys.readouterr().out
