from __future__ import annotations

from pathlib import Path

import pytest

from bot.sources import SourceError
from bot.sources.git import FolderRevision, span, top_level
from tests.repositories import GitRepository


@pytest.fixture
def repository(tmp_path: Path) -> GitRepository:
    made = GitRepository.create(tmp_path / "orders")
    made.commit({"a.json": "1", "b.json": "2"}, "first")
    return made


def test_a_revision_lists_and_reads_its_own_files(repository: GitRepository) -> None:
    repository.commit({"a.json": "changed", "c.json": "3"})
    found = span(repository.path, "HEAD~1", "HEAD")
    assert found.base.paths() == {"a.json", "b.json"}
    assert found.head.paths() == {"a.json", "b.json", "c.json"}
    assert found.base.read("a.json") == b"1"
    assert found.head.read("a.json") == b"changed"
    assert found.changed == {"a.json", "c.json"}


def test_a_file_that_the_revision_lacks_reads_as_none(repository: GitRepository) -> None:
    assert span(repository.path, "HEAD", "HEAD").base.read("missing.json") is None


def test_what_the_base_branch_did_since_is_no_change_of_the_head(repository: GitRepository) -> None:
    repository.git("switch", "--quiet", "--create", "topic")
    repository.commit({"a.json": "topic"})
    repository.git("switch", "--quiet", "main")
    repository.commit({"b.json": "main moved on"})
    found = span(repository.path, "main", "topic")
    assert found.changed == {"a.json"}
    assert found.base.read("b.json") == b"2"
    assert found.tip.read("b.json") == b"main moved on"


def test_a_move_is_seen_as_both_paths(repository: GitRepository) -> None:
    repository.commit({"a.json": None, "archive/a.json": "1"})
    assert span(repository.path, "HEAD~1", "HEAD").changed == {"a.json", "archive/a.json"}


def test_names_with_spaces_quotes_and_umlauts_survive(repository: GitRepository) -> None:
    name = 'schemas/Über "x" y.json'
    repository.commit({name: "{}"})
    found = span(repository.path, "HEAD~1", "HEAD")
    assert found.changed == {name}
    assert found.head.read(name) == b"{}"


@pytest.mark.parametrize("name", ["nowhere", "--upload-pack=touch pwned", "HEAD:a.json"])
def test_a_name_that_is_no_commit_is_refused_by_name(repository: GitRepository, name: str) -> None:
    with pytest.raises(SourceError, match="is no commit of"):
        span(repository.path, name, "HEAD")
    assert not (repository.path / "pwned").exists()


def test_a_folder_outside_any_repository_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="not a git repository"):
        top_level(tmp_path)


def test_the_working_tree_shows_new_files_and_hides_ignored_and_deleted_ones(repository: GitRepository) -> None:
    repository.write({".gitignore": "*.log\n", "new.json": "{}", "x.log": "noise", "a.json": None})
    folder = FolderRevision(repository.path)
    assert folder.paths() == {".gitignore", "b.json", "new.json"}
    assert folder.read("new.json") == b"{}"
    assert folder.read("a.json") is None
