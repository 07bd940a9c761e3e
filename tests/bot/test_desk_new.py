"""`concordat new` in a repository on disk: papers that are begun, filled in, and then accepted by the check."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.cli import main
from bot.cli_desk import TASKS
from notices.papers import WRITERS
from rules.deprecation import notices
from rules.documents import parse
from rules.papers import PAPERS, gaps, kind_of
from tests.notices import golden
from tests.repositories import GitRepository

Captured = pytest.CaptureFixture[str]
CONFIG = """\
version: 1
contracts:
  orders:
    files: docs/orders.json
    version: semver-field
    owners: {teams: [acme/data]}
    partners: {dialer: reads, warehouse: both}
"""
OLD = {
    "version": "1.0.0",
    "type": "object",
    "properties": {"total": {"type": "integer"}, "total_cents": {"type": "integer"}, "old`name": {"type": "string"}},
}
NEW = {
    "version": "2.0.0",
    "type": "object",
    "properties": {"total": {"type": "string"}, "total_cents": {"type": "integer"}, "note": {"type": "string"}},
}


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> GitRepository:
    made = GitRepository.create(tmp_path / "shop")
    made.commit({".github/contracts.yml": CONFIG, "docs/orders.json": OLD})
    made.commit({"docs/orders.json": NEW})
    monkeypatch.chdir(made.path)
    return made


def written(repository: GitRepository, name: str) -> str:
    text = (repository.path / "docs" / "proposals" / name).read_text(encoding="utf-8")
    return re.sub(r"\d{4}-\d\d-\d\d", "DATE", text)


@pytest.mark.parametrize("task", ["impact-analysis", "proposal", "migration-guide"])
def test_a_paper_is_begun_from_the_verdict(repository: GitRepository, capsys: Captured, task: str) -> None:
    assert main(["new", task, "orders", "--base", "HEAD~1"]) == 0
    name = f"{task}-orders-2.0.0.md"
    assert f"Wrote docs/proposals/{name}" in capsys.readouterr().out
    golden.check(f"paper-{task}.md", written(repository, name))


def test_a_deprecation_is_begun_with_its_earliest_dates(repository: GitRepository, capsys: Captured) -> None:
    repository.commit({"docs/orders.json": OLD})
    assert main(["new", "deprecation", "orders", "total", "--replacement", "total_cents"]) == 0
    golden.check("paper-deprecation.md", written(repository, "deprecate-total-orders-1.0.0.md"))


def test_the_notices_of_a_deprecation_are_what_the_check_accepts(repository: GitRepository, capsys: Captured) -> None:
    repository.commit({"docs/orders.json": OLD})
    assert main(["new", "deprecation", "orders", "total", "--replacement", "total_cents", "--out", "n.md"]) == 0
    blocks = re.findall(r"```json\n(.*?)```", (repository.path / "n.md").read_text(encoding="utf-8"), re.DOTALL)
    on_property, block = map(json.loads, blocks)
    marked = {**OLD, "properties": {**OLD["properties"], "total": {"type": "integer", **on_property}}}  # type: ignore[dict-item] # a dict literal above
    today = datetime.now(UTC).date()
    for document in (marked, {**OLD, "deprecations": [block]}):
        (found,) = notices(parse("orders.json", json.dumps(document)))
        assert (found.pointer, found.replacement_at) == ("/properties/total", "/properties/total_cents")
        assert found.earliest(30) in {today + timedelta(days=30), today + timedelta(days=29)}


def test_what_was_only_begun_counts_as_empty(repository: GitRepository, capsys: Captured) -> None:
    assert main(["new", "impact-analysis", "orders", "--base", "HEAD~1"]) == 0
    text = (repository.path / "docs/proposals/impact-analysis-orders-2.0.0.md").read_text(encoding="utf-8")
    assert kind_of(text) == "impact analysis"
    assert [one.section for one in gaps("impact analysis", text)] == list(PAPERS["impact analysis"].sections)
    repository.commit({})
    assert main(["check", "--base", "HEAD~2"]) == 0
    assert "The impact analysis is not filled in" in capsys.readouterr().out


def test_a_paper_may_be_begun_before_anything_changed(repository: GitRepository, capsys: Captured) -> None:
    assert main(["new", "impact-analysis", "orders", "--out", "early.md"]) == 0
    assert "Nothing was compared yet." in (repository.path / "early.md").read_text(encoding="utf-8")
    assert main(["new", "proposal", "orders"]) == 0
    text = (repository.path / "docs/proposals/proposal-orders-2.0.0.md").read_text(encoding="utf-8")
    assert [one.section.title for one in gaps("change request", text)] == [
        "Requested by", "Proposed changes", "Impact assessment", "Timeline",
    ]  # fmt: skip


def test_a_file_that_is_there_is_left_as_it_is(repository: GitRepository, capsys: Captured) -> None:
    repository.write({"docs/proposals/proposal-orders-2.0.0.md": "mine\n"})
    assert main(["new", "proposal", "orders"]) == 2
    assert "already there, and is left as it is" in capsys.readouterr().err
    assert written(repository, "proposal-orders-2.0.0.md") == "mine\n"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["proposal", "payments"], "no contract is called 'payments'; there are: orders"),
        (["proposal", "orders", "--base", "HEAD"], "does not differ between HEAD and HEAD"),
        (["proposal", "orders", "--base", "nowhere"], "is no commit"),
        (["deprecation", "orders", "price"], "declares no field 'price'"),
        (["deprecation", "orders", "total", "--replacement", "price"], "declares no field 'price'"),
        (["deprecation", "orders", "total", "--removal", "soon"], "'soon' is no date"),
        (["deprecation", "orders", "total", "--removal", "2020-01-01"], "the earliest legal removal is"),
    ],
)
def test_what_cannot_be_done_is_said(
    repository: GitRepository, capsys: Captured, arguments: list[str], words: str
) -> None:
    assert main(["new", *arguments]) == 2
    assert words in capsys.readouterr().err


def test_a_folder_that_is_no_repository_is_said(tmp_path: Path, capsys: Captured) -> None:
    assert main(["new", "proposal", "orders", "--repo", str(tmp_path)]) == 2
    assert "not a git repository" in capsys.readouterr().err


def test_every_paper_that_can_be_written_has_its_command() -> None:
    assert set(TASKS) == set(WRITERS)
