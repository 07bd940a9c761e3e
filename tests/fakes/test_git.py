from __future__ import annotations

import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.github.git import NoMergeBaseError, Objects

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
WHO = (7, "ana")


def commit(objects: Objects, files: dict[str, str], *parents: str, message: str = "Change") -> str:
    blobs = {path: objects.add_blob(text.encode()) for path, text in files.items()}
    return objects.add_commit(parents, blobs, message, WHO, NOW).sha


def test_ids_are_those_that_git_computes(tmp_path: Path) -> None:
    files = {"b/c/d.json": "{}\n", "b.txt": "hello\n", "a": "", "b/e": "ü\n"}
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, encoding="utf-8")
    who = {"NAME": "ana", "EMAIL": "7+ana@users.noreply.github.com", "DATE": f"{int(NOW.timestamp())} +0000"}
    environment = {f"GIT_{role}_{name}": value for role in ("AUTHOR", "COMMITTER") for name, value in who.items()}

    def git(*arguments: str) -> str:
        done = subprocess.run(
            ["git", "-c", "commit.gpgsign=false", *arguments],
            cwd=tmp_path,
            env={"PATH": "/usr/bin:/bin:/usr/local/bin", "HOME": str(tmp_path), **environment},
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.strip()

    git("init", "-q")
    git("add", "--all")
    git("commit", "-q", "-m", "First")

    objects = Objects()
    sha = commit(objects, files, message="First")

    assert objects.commits[sha].tree == git("rev-parse", "HEAD^{tree}")
    assert sha == git("rev-parse", "HEAD")


def test_the_merge_base_is_where_two_branches_parted() -> None:
    objects = Objects()
    root = commit(objects, {"a": "1"})
    fork = commit(objects, {"a": "2"}, root)
    left = commit(objects, {"a": "3"}, fork)
    right = commit(objects, {"a": "4"}, fork)

    assert objects.merge_base(left, right).sha == fork
    assert objects.merge_base(root, right).sha == root


def test_a_merge_moves_the_merge_base() -> None:
    objects = Objects()
    root = commit(objects, {"a": "1"})
    main = commit(objects, {"a": "2"}, root)
    side = commit(objects, {"a": "1", "b": "1"}, root)
    merged = commit(objects, {"a": "2", "b": "1"}, side, main)

    assert objects.merge_base(main, merged).sha == main


def test_unrelated_histories_have_no_merge_base() -> None:
    objects = Objects()

    with pytest.raises(NoMergeBaseError):
        objects.merge_base(commit(objects, {"a": "1"}), commit(objects, {"b": "2"}, message="Other"))


def test_a_moved_file_with_a_small_edit_is_a_rename() -> None:
    objects = Objects()
    old = commit(objects, {"schemas/v1.json": "1\n2\n3\n4\n"})
    new = commit(objects, {"archive/v1.json": "1\n2\n3\nfour\n"}, old)

    (change,) = objects.difference(objects.commits[old].files, objects.commits[new].files)

    assert (change.status, change.previous, change.path) == ("renamed", "schemas/v1.json", "archive/v1.json")
    assert (change.additions, change.deletions) == (1, 1)


def test_a_binary_file_has_no_patch() -> None:
    objects = Objects()

    (change,) = objects.difference({}, {"logo.png": objects.add_blob(b"\x89PNG\0")})

    assert (change.status, change.patch) == ("added", None)


FILES = st.dictionaries(
    st.from_regex(r"\A[a-c](/[a-c]){0,2}\Z"), st.text(alphabet="12\n", max_size=12), min_size=1, max_size=6
).filter(lambda files: not any(other.startswith(f"{path}/") for path in files for other in files))


@given(FILES, FILES)
def test_a_difference_leads_from_one_tree_to_the_other(old: dict[str, str], new: dict[str, str]) -> None:
    objects = Objects()
    before, after = ({path: objects.add_blob(text.encode()) for path, text in files.items()} for files in (old, new))

    files = dict(before)
    for change in objects.difference(before, after):
        files.pop(change.previous or change.path, None)
        if change.status != "removed":
            files[change.path] = change.sha

    assert files == after


@given(FILES)
def test_walking_a_tree_finds_every_file(files: dict[str, str]) -> None:
    objects = Objects()
    sha = commit(objects, files)

    found = {entry.path: entry.sha for entry in objects.walk(objects.commits[sha].tree) if entry.kind == "blob"}

    assert found == objects.commits[sha].files
