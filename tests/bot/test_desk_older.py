"""`concordat check` held against all live versions: version files, archived ones, tags, files named on the line."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.cli import main
from tests.repositories import GitRepository

Captured = pytest.CaptureFixture[str]
TEXT, NUMBER = {"type": "string"}, {"type": "number"}


def schema(**properties: object) -> dict[str, object]:
    return {"type": "object", "properties": properties}


NOTED, BARE, ANEW = schema(id=TEXT, note=NUMBER), schema(id=TEXT), schema(id=TEXT, note=TEXT)


def contracts(files: str, policy: str = "", version: str = "git") -> str:
    return f"""
version: 1
contracts:
  orders:
    files: {files}
    version: {version}
    owners:
      teams: [acme/orders]
{policy}"""


ALL = "    policy:\n      compare: all\n"
CONFIG = ".github/contracts.yml"


@pytest.fixture
def repository(tmp_path: Path) -> GitRepository:
    return GitRepository.create(tmp_path)


def checked(repository: GitRepository, capsys: Captured, *options: str) -> tuple[int, str]:
    code = main(["check", "--repo", str(repository.path), "--base", "HEAD~1", *options])
    return code, " ".join(capsys.readouterr().out.split())


def test_tags_are_older_versions_and_the_oldest_one_broken_is_named(
    repository: GitRepository, capsys: Captured
) -> None:
    repository.commit({CONFIG: contracts("orders.json", ALL), "orders.json": BARE}, "0.9")
    repository.git("tag", "v0.9.0")
    repository.commit({"orders.json": NOTED}, "1.0")
    repository.git("tag", "v1.0.0")
    repository.git("tag", "unrelated")
    repository.commit({"orders.json": NOTED | schema(id=TEXT, note=NUMBER, more=TEXT)}, "1.1")
    repository.git("tag", "--annotate", "--message", "1.1", "v1.1.0")
    repository.commit({"orders.json": BARE}, "2.0")
    repository.commit({"orders.json": ANEW}, "2.1")
    code, out = checked(repository, capsys)
    assert code == 1
    assert "The oldest live version whose documents this breaks is v1.0.0" in out
    assert "The same holds of v1.1.0." in out
    assert "Valid by the older live version" in out
    assert "MAJOR: this change breaks a version before the last one, which is still live." in out
    code, out = checked(repository, capsys, "--compare", "previous")
    assert code == 0
    assert "live version" not in out


def test_tags_of_the_contracts_own_name_come_before_those_of_the_repository(
    repository: GitRepository, capsys: Captured
) -> None:
    repository.commit({CONFIG: contracts("orders.json", ALL), "orders.json": NOTED}, "1.0")
    repository.git("tag", "v1.0.0")
    repository.commit({"orders.json": BARE}, "2.0")
    repository.git("tag", "orders-v2.0.0")
    repository.commit({"orders.json": ANEW}, "2.1")
    assert checked(repository, capsys)[0] == 0


def test_other_version_files_and_archived_ones_are_older_versions(repository: GitRepository, capsys: Captured) -> None:
    files = {"archive/orders-v1.0.json": NOTED, "orders-v1.1.json": BARE}
    repository.commit({CONFIG: contracts('"orders-v*.json"', ALL, "semver-file"), **files}, "1.1")
    repository.commit({"orders-v1.2.json": ANEW}, "1.2")
    code, out = checked(repository, capsys)
    assert code == 1
    assert "whose documents this breaks is archive/orders-v1.0.json" in out


def test_an_archived_copy_of_a_document_without_versions_is_an_older_version(
    repository: GitRepository, capsys: Captured
) -> None:
    files = {"schemas/archive/orders.json": NOTED, "schemas/orders.json": BARE}
    repository.commit({CONFIG: contracts("schemas/orders.json", ALL), **files}, "2.0")
    repository.commit({"schemas/orders.json": ANEW}, "2.1")
    code, out = checked(repository, capsys)
    assert code == 1
    assert "schemas/archive/orders.json" in out


def test_a_version_that_cannot_be_read_holds_nothing_up(repository: GitRepository, capsys: Captured) -> None:
    files = {"archive/orders-v1.0.json": "{", "orders-v1.1.json": BARE}
    repository.commit({CONFIG: contracts('"orders-v*.json"', ALL, "semver-file"), **files}, "1.1")
    repository.commit({"orders-v1.2.json": ANEW}, "1.2")
    assert checked(repository, capsys)[0] == 0


def test_of_very_many_versions_the_newest_are_compared_and_the_report_says_so(
    repository: GitRepository, capsys: Captured
) -> None:
    old = {f"orders-v1.{n}.json": {**BARE, "title": str(n)} for n in range(23)}
    repository.commit({CONFIG: contracts('"orders-v*.json"', ALL, "semver-file"), **old}, "many")
    repository.commit({"orders-v1.23.json": ANEW}, "1.23")
    code, out = checked(repository, capsys)
    assert code == 0
    assert "compared with its 20 newest live versions" in out


def test_older_files_can_be_named_beside_two_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    monkeypatch.chdir(tmp_path)
    repository = GitRepository(tmp_path)
    repository.write({"1.json": NOTED, "2.json": BARE, "3.json": ANEW})
    assert main(["check", "2.json", "3.json"]) == 0
    assert main(["check", "2.json", "3.json", "--older", "1.json"]) == 1
    assert "whose documents this breaks is 1.json" in " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize("options", [["a", "b", "--compare", "all"], ["--base", "HEAD", "--older", "a"]])
def test_options_that_say_nothing_where_they_stand_are_refused(options: list[str], capsys: Captured) -> None:
    assert main(["check", *options]) == 2
    assert "--" in capsys.readouterr().err
