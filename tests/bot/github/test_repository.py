"""A repository read and written; GitHub's JSON as values."""

from __future__ import annotations

import base64
import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.github import App, contents, shapes
from bot.github.errors import BadAnswer, NotFound, TooLarge, Unavailable
from bot.github.values import ChangedFile, Comparison
from tests.bot.github.making import API, PEM, ROOT, SHA, comment, draft, github, pull, run

BASE, MERGE = "b" * 40, "c" * 40


def test_a_pull_request_is_read() -> None:
    with github() as prepared:
        prepared.add("GET", f"{ROOT}/pulls/3", pull(draft=True))
        found = prepared.repository.pull(3)
    assert (found.author, found.author_id, found.draft, found.merged) == ("ana", 5, True, False)
    assert (found.base_ref, found.head_sha, found.head_repository) == ("main", SHA, "ana/orders")


def test_a_deleted_author_is_the_ghost_and_a_deleted_fork_is_none() -> None:
    with github() as prepared:
        head = {"ref": "field", "sha": SHA, "repo": None}
        prepared.add("GET", f"{ROOT}/pulls/3", pull(user=None, head=head))
        found = prepared.repository.pull(3)
    assert (found.author, found.author_id, found.head_repository) == ("ghost", None, None)


def test_open_pull_requests_are_read_to_the_last_page() -> None:
    with github() as prepared:
        for number in range(1, 4):
            link = f'<{API}/repositories/99/pulls?state=open&page={number + 1}>; rel="next"'
            url = f"{ROOT}/pulls" if number == 1 else f"{API}/repositories/99/pulls"
            prepared.add("GET", url, [pull(number)], headers={"Link": link} if number < 3 else {})
        assert [found.number for found in prepared.repository.open_pulls()] == [1, 2, 3]


def test_a_list_without_end_is_given_up() -> None:
    with github() as prepared:
        prepared.add(
            "GET", f"{ROOT}/issues/3/comments", [], headers={"Link": f'<{ROOT}/issues/3/comments>; rel="next"'}
        )
        with pytest.raises(TooLarge):
            prepared.repository.comments(3)


def test_a_renamed_repository_is_read_where_it_is_now_at_the_same_ref() -> None:
    with github() as prepared:
        there = f"{API}/repositories/99/contents/a.json?ref={SHA}"
        prepared.add("GET", f"{ROOT}/contents/a.json", {}, status=301, headers={"Location": there})
        prepared.add("GET", f"{API}/repositories/99/contents/a.json", file_answer(b"{}"))
        assert prepared.repository.file("a.json", SHA) == b"{}"
        assert prepared.sent("/repositories/99")[0].url.endswith(f"?ref={SHA}")


def test_a_write_follows_a_redirect_with_its_body() -> None:
    with github() as prepared:
        there = f"{API}/repositories/99/issues/3/comments"
        prepared.add("POST", f"{ROOT}/issues/3/comments", {}, status=307, headers={"Location": there})
        prepared.add("POST", there, comment(1), status=201)
        prepared.repository.create_comment(3, "words")
        assert json.loads(prepared.sent("/repositories/99", "POST")[0].body) == {"body": "words"}


@pytest.mark.parametrize("location", ["https://evil.example/x", "//evil.example/x", ".evil.example/x"])
def test_a_redirect_elsewhere_gets_no_credentials(location: str) -> None:
    with github() as prepared:
        prepared.add("GET", f"{ROOT}/pulls/3", {}, status=302, headers={"Location": location})
        with pytest.raises((NotFound, Unavailable)):
            prepared.repository.pull(3)
        assert all(one.url.startswith(f"{API}/") for one in prepared.sent())


def test_redirects_in_a_circle_end() -> None:
    with github() as prepared:
        prepared.add("GET", f"{ROOT}/pulls/3", {}, status=301, headers={"Location": f"{ROOT}/pulls/3"})
        with pytest.raises(BadAnswer, match="circle"):
            prepared.repository.pull(3)


@pytest.mark.parametrize(
    "name", ["orders", "octo/orders/pulls", "../orders", "octo/..", "octo/or ders", "octo/a?b", ""]
)
def test_a_name_that_is_no_repositorys_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="owner/name"):
        App(1, PEM, API).repository(7, name)


# files


def file_answer(data: bytes, **changes: Any) -> dict[str, Any]:
    content = base64.encodebytes(data).decode()
    shape = {"type": "file", "path": "a.json", "sha": "f" * 40, "size": len(data), "encoding": "base64"}
    return shape | {"content": content} | changes


def tree(*paths: str, truncated: bool = False, kind: str = "blob") -> dict[str, Any]:
    entries = [{"path": path, "type": kind, "sha": f"sha-{path}"} for path in paths]
    return {"tree": entries, "truncated": truncated}


def test_a_file_is_read_byte_for_byte() -> None:
    data = bytes(range(256)) * 3
    with github() as prepared:
        prepared.add("GET", f"{ROOT}/contents/dir%20a/%C3%A9.json", file_answer(data))
        assert prepared.repository.file("dir a/é.json", SHA) == data


def test_an_empty_file_is_not_a_missing_one() -> None:
    with github() as prepared:
        prepared.add("GET", f"{ROOT}/contents/a.json", file_answer(b""))
        assert prepared.repository.file("a.json", SHA) == b""


def test_a_file_above_one_megabyte_is_read_as_a_blob() -> None:
    data = b"x" * 1_500_000
    with github() as prepared:
        prepared.add("GET", f"{ROOT}/contents/a.json", file_answer(data, content="", encoding="none"))
        prepared.add("GET", f"{ROOT}/git/blobs/{'f' * 40}", file_answer(data))
        assert prepared.repository.file("a.json", SHA) == data


def test_a_file_above_the_limit_is_not_fetched() -> None:
    with github() as prepared:
        prepared.add("GET", f"{ROOT}/contents/a.json", file_answer(b"", size=contents.MAX_FILE + 1, encoding="none"))
        with pytest.raises(TooLarge, match="20 MB"):
            prepared.repository.file("a.json", SHA)
        assert not prepared.sent("/git/blobs")


def test_a_file_that_the_commit_does_not_list_is_missing() -> None:
    with github() as prepared:
        prepared.add("GET", f"{ROOT}/contents/a.json", {"message": "Not Found"}, status=404)
        prepared.add("GET", f"{ROOT}/git/trees/{SHA}", tree("b.json"))
        repository = prepared.repository
        assert repository.file("a.json", SHA) is None
        assert repository.file("c.json", SHA) is None
        assert repository.paths(SHA) == {"b.json"}
        assert repository.requests == 2


def test_a_file_that_the_commit_lists_is_not_taken_for_missing() -> None:
    with github() as prepared:
        prepared.add("GET", f"{ROOT}/contents/a.json", {"message": "Not Found"}, status=404)
        prepared.add("GET", f"{ROOT}/git/trees/{SHA}", tree("a.json"))
        with pytest.raises(Unavailable):
            prepared.repository.file("a.json", SHA)


@pytest.mark.parametrize("status", [404, 409])
def test_a_commit_that_is_not_there_is_no_missing_file(status: int) -> None:
    with github() as prepared:
        prepared.add("GET", f"{ROOT}/contents/a.json", {"message": "Not Found"}, status=404)
        prepared.add("GET", f"{ROOT}/git/trees/{SHA}", {"message": "no"}, status=status)
        with pytest.raises(NotFound, match="no commit"):
            prepared.repository.file("a.json", SHA)


def test_a_failed_fetch_is_no_missing_file() -> None:
    with github() as prepared:
        prepared.add("GET", f"{ROOT}/contents/a.json", status=502)
        with pytest.raises(Unavailable):
            prepared.repository.file("a.json", SHA)


def test_a_branchs_files_are_asked_for_each_time() -> None:
    with github() as prepared:
        prepared.add("GET", f"{ROOT}/git/trees/main", tree("a.json"))
        prepared.add("GET", f"{ROOT}/git/trees/main", tree("a.json", "b.json"))
        repository = prepared.repository
        assert repository.paths("main") == {"a.json"}
        assert repository.paths("main") == {"a.json", "b.json"}


@pytest.mark.parametrize("answer", [[], {"type": "dir", "entries": []}, {"type": "submodule"}, {"type": "symlink"}])
def test_what_is_no_file_is_none(answer: Any) -> None:
    with github() as prepared:
        prepared.add("GET", f"{ROOT}/contents/schemas", answer)
        assert prepared.repository.file("schemas", SHA) is None


@pytest.mark.parametrize("path", ["", "/a", "a//b", "../../pulls/3", "a/../b", "./a", "a/", "a\0b"])
def test_a_path_that_no_file_can_have_asks_nothing(path: str) -> None:
    with github() as prepared:
        assert prepared.repository.file(path, SHA) is None
        assert not prepared.sent()


@pytest.mark.parametrize(
    "changes", [{"content": "*"}, {"content": "YQ"}, {"size": "3"}, {"size": True}, {"content": None}]
)
def test_a_file_of_the_wrong_shape_is_a_bad_answer(changes: dict[str, Any]) -> None:
    with github() as prepared:
        prepared.add("GET", f"{ROOT}/contents/a.json", file_answer(b"{}", **changes))
        with pytest.raises(BadAnswer):
            prepared.repository.file("a.json", SHA)


def test_a_truncated_tree_is_walked_folder_by_folder() -> None:
    root = {
        "tree": [{"path": "a.json", "type": "blob", "sha": "1"}, {"path": "d", "type": "tree", "sha": "sub"}],
        "truncated": False,
    }
    with github() as prepared:
        prepared.add("GET", f"{ROOT}/git/trees/{SHA}", tree("a.json", truncated=True))
        prepared.add("GET", f"{ROOT}/git/trees/{SHA}", root)
        prepared.add("GET", f"{ROOT}/git/trees/sub", tree("b.json", "e/c.json"))
        assert prepared.repository.paths(SHA) == {"a.json", "d/b.json", "d/e/c.json"}


def test_a_commit_with_too_many_files_is_an_error_that_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contents, "MAX_PATHS", 2)
    with github() as prepared:
        prepared.add("GET", f"{ROOT}/git/trees/{SHA}", tree("a", "b", "c"))
        with pytest.raises(TooLarge, match="more than 2 files"):
            prepared.repository.paths(SHA)


# comparisons


def compared(*files: dict[str, Any]) -> dict[str, Any]:
    return {"base_commit": {"sha": BASE}, "merge_base_commit": {"sha": MERGE}, "files": list(files)}


def test_a_comparison_names_the_tip_the_merge_base_and_the_files() -> None:
    file = {"filename": "new.json", "previous_filename": "old.json", "status": "renamed", "sha": "d" * 40}
    with github() as prepared:
        prepared.add("GET", f"{ROOT}/compare/release%2F1...{SHA}", compared(file))
        found = prepared.repository.compare("release/1", SHA)
    assert found == Comparison(BASE, MERGE, (ChangedFile("new.json", "renamed", "old.json", "d" * 40),))


def test_more_files_than_github_lists_are_found_in_the_trees() -> None:
    listed = [{"filename": f"f{number}", "status": "added", "sha": "1"} for number in range(300)]
    before = {"tree": [entry("same", "1"), entry("gone", "2"), entry("edited", "3")]}
    after = {"tree": [entry("same", "1"), entry("edited", "4"), *(entry(f"f{n:03}", "5") for n in range(400))]}
    with github() as prepared:
        prepared.add("GET", f"{ROOT}/compare/main...{SHA}", compared(*listed))
        prepared.add("GET", f"{ROOT}/git/trees/{MERGE}", before)
        prepared.add("GET", f"{ROOT}/git/trees/{SHA}", after)
        found = prepared.repository.compare("main", SHA)
    assert not found.truncated
    assert len(found.files) == 402
    assert [file for file in found.files if file.status != "added"] == [
        ChangedFile("edited", "modified", None, "4"),
        ChangedFile("gone", "removed", None, "2"),
    ]


def entry(path: str, sha: str) -> dict[str, str]:
    return {"path": path, "type": "blob", "sha": sha}


# comments


def test_comments_are_read_with_the_app_that_wrote_them() -> None:
    with github() as prepared:
        theirs = comment(2, user=None, performed_via_github_app=None, body=None)
        prepared.add("GET", f"{ROOT}/issues/3/comments", [comment(1), theirs])
        ours, other = prepared.repository.comments(3)
    assert (ours.id, ours.author, ours.app_slug) == (1, "concordat[bot]", "concordat")
    assert (other.author, other.author_id, other.app_slug, other.body) == ("ghost", None, None, "")


def test_a_comment_is_written_changed_and_deleted() -> None:
    with github() as prepared:
        prepared.add("POST", f"{ROOT}/issues/3/comments", comment(1), status=201)
        prepared.add("PATCH", f"{ROOT}/issues/comments/1", comment(1, body="other"))
        prepared.add("DELETE", f"{ROOT}/issues/comments/1", "", status=204)
        repository = prepared.repository
        assert repository.create_comment(3, "wörds").id == 1
        assert repository.update_comment(1, "other").body == "other"
        repository.delete_comment(1)
        assert json.loads(prepared.sent("/issues/3", "POST")[0].body) == {"body": "wörds"}
        assert repository.requests == 3


# checks


def test_only_the_apps_own_runs_are_listed_oldest_first() -> None:
    with github() as prepared:
        runs = [run(8), run(9, app={"id": 2}), run(5, conclusion=None, status="in_progress", output={"title": None})]
        prepared.add("GET", f"{ROOT}/commits/{SHA}/check-runs", {"total_count": 3, "check_runs": runs})
        found = prepared.repository.checks(SHA, "Concordat")
    assert [(one.id, one.conclusion, one.title) for one in found] == [(5, None, ""), (8, "success", "Fine")]


def test_a_check_is_written_in_one_request_when_it_fits() -> None:
    with github() as prepared:
        prepared.add("POST", f"{ROOT}/check-runs", run(4), status=201)
        prepared.repository.create_check(draft(50, details_url="https://concordat.example.com/reports/x"))
        (sent,) = bodies(prepared.sent("/check-runs"))
    assert (sent["status"], sent["conclusion"], sent["head_sha"]) == ("completed", "neutral", SHA)
    assert (sent["external_id"], sent["details_url"]) == ("key.says", "https://concordat.example.com/reports/x")
    assert sent["output"]["annotations"][0] == {
        "path": "orders.json",
        "start_line": 1,
        "end_line": 1,
        "annotation_level": "warning",
        "title": "Field removed",
        "message": "price is gone",
    }


@pytest.mark.parametrize(("annotations", "requests"), [(0, 1), (50, 1), (51, 2), (100, 2), (101, 3)])
def test_annotations_go_in_batches_of_fifty_and_each_goes_once(annotations: int, requests: int) -> None:
    with github() as prepared:
        prepared.add("POST", f"{ROOT}/check-runs", run(4), status=201)
        prepared.add("PATCH", f"{ROOT}/check-runs/4", run(4))
        prepared.repository.create_check(draft(annotations))
        sent = bodies(prepared.sent("/check-runs"))
    lines = [one["start_line"] for body in sent for one in body["output"].get("annotations", [])]
    assert lines == list(range(1, annotations + 1))
    assert len(sent) == requests
    assert all(body["output"]["title"] == "MAJOR" and body["output"]["summary"] for body in sent)


def test_half_a_check_does_not_carry_the_name_of_a_whole_one() -> None:
    with github() as prepared:
        prepared.add("POST", f"{ROOT}/check-runs", run(4), status=201)
        prepared.add("PATCH", f"{ROOT}/check-runs/4", status=502)
        with pytest.raises(Unavailable):
            prepared.repository.create_check(draft(120))
        assert all("external_id" not in body for body in bodies(prepared.sent("/check-runs"))[:1])
        assert len(prepared.sent("/check-runs")) == 2


def test_a_check_is_brought_up_to_date() -> None:
    with github() as prepared:
        prepared.add("PATCH", f"{ROOT}/check-runs/4", run(4, external_id="key.says"))
        assert prepared.repository.update_check(4, draft(3)).external_id == "key.says"
        (sent,) = bodies(prepared.sent("/check-runs"))
    assert (sent["external_id"], len(sent["output"]["annotations"])) == ("key.says", 3)


def bodies(requests: list[Any]) -> list[dict[str, Any]]:
    return [json.loads(request.body) for request in requests]


# shapes

JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
WHOLE = [
    (shapes.pull_request, pull()),
    (shapes.comment, comment(1)),
    (shapes.check_run, run(1)),
    (shapes.changed_file, {"filename": "a", "status": "new kind", "sha": None}),
    (shapes.installation, {"id": 1, "account": {"login": "octo", "id": 2}, "suspended_at": None}),
    (shapes.repository_name, {"id": 1, "full_name": "octo/orders", "default_branch": "main", "archived": True}),
]


@given(st.sampled_from(WHOLE), st.data())
@settings(deadline=None)
def test_any_shape_is_a_value_or_a_bad_answer(whole: tuple[Any, dict[str, Any]], data: st.DataObject) -> None:
    read, shape = whole
    read(shape)
    name = data.draw(st.sampled_from(sorted(shape)))
    for bad in ({**shape, name: data.draw(JSON)}, {key: shape[key] for key in shape if key != name}, data.draw(JSON)):
        with suppress(BadAnswer):
            read(bad)
