from __future__ import annotations

from typing import Any

import pytest

from tests.fakes.speaking import Client, a_pull_request

REPOSITORY = "/repos/hospital/contracts"
COMMENTS = f"{REPOSITORY}/issues/1/comments"


def annotation(line: int, **more: Any) -> dict[str, Any]:
    where = {"path": "schemas/patient.json", "start_line": line, "end_line": line}
    return where | {"annotation_level": "warning", "message": f"Line {line}"} | more


def check(api: Client, sha: str, **more: Any) -> dict[str, Any]:
    answer = api.post(f"{REPOSITORY}/check-runs", {"name": "concordat", "head_sha": sha, **more})
    assert answer.status_code == 201, answer.text
    shape: dict[str, Any] = answer.json()
    return shape


def test_a_comment_is_the_bots_and_carries_the_app() -> None:
    with a_pull_request() as (github, contracts, api):
        made = api.post(COMMENTS, {"body": "Hello"}).json()
        (kept,) = contracts.pull(1).app_comments

    assert (made["user"]["login"], made["user"]["type"]) == ("concordat[bot]", "Bot")
    assert made["performed_via_github_app"]["id"] == github.app_id
    assert (kept.id, kept.body) == (made["id"], "Hello")


def test_a_comment_is_changed_and_deleted() -> None:
    with a_pull_request() as (_, contracts, api):
        made = api.post(COMMENTS, {"body": "Hello"}).json()["id"]
        changed = api.patch(f"{REPOSITORY}/issues/comments/{made}", {"body": "Good day"}).json()
        gone = api.ask("DELETE", f"{REPOSITORY}/issues/comments/{made}")
        again = api.ask("DELETE", f"{REPOSITORY}/issues/comments/{made}")

    assert changed["body"] == "Good day"
    assert (gone.status_code, again.status_code) == (204, 404)
    assert contracts.pull(1).comments == ()


@pytest.mark.parametrize(
    ("body", "status"),
    [({"body": "x" * 65_536}, 201), ({"body": "x" * 65_537}, 422), ({"body": " "}, 422), ({}, 422), ({"body": 1}, 422)],
)
def test_a_comment_has_a_body_of_at_most_65536_characters(body: dict[str, Any], status: int) -> None:
    with a_pull_request() as (_, _contracts, api):
        assert api.post(COMMENTS, body).status_code == status


def test_a_check_run_completes_with_its_conclusion() -> None:
    with a_pull_request() as (_, contracts, api):
        sha = contracts.head("more")
        started = check(api, sha)
        done = api.patch(f"{REPOSITORY}/check-runs/{started['id']}", {"conclusion": "failure"}).json()

    assert (started["status"], started["conclusion"], started["completed_at"]) == ("queued", None, None)
    assert (done["status"], done["conclusion"]) == ("completed", "failure")
    assert done["completed_at"] is not None
    assert [one["number"] for one in done["pull_requests"]] == [1]


def test_annotations_add_up_from_request_to_request() -> None:
    with a_pull_request() as (_, contracts, api):
        output = {"title": "MAJOR", "summary": "One"}
        made = check(api, contracts.head("more"), output=output | {"annotations": [annotation(1), annotation(2)]})
        path = f"{REPOSITORY}/check-runs/{made['id']}"
        changed = api.patch(path, {"output": output | {"summary": "Two", "annotations": [annotation(3)]}}).json()
        lines = [one["start_line"] for one in api.get(f"{path}/annotations").json()]

    assert (changed["output"]["summary"], changed["output"]["annotations_count"]) == ("Two", 3)
    assert lines == [1, 2, 3]


@pytest.mark.parametrize(
    "output",
    [
        {"title": "MAJOR", "summary": "s", "annotations": [annotation(line) for line in range(1, 52)]},
        {"title": "MAJOR", "summary": "s", "annotations": [annotation(1, annotation_level="bad")]},
        {"title": "MAJOR", "summary": "s", "annotations": [annotation(2, end_line=1)]},
        {"title": "MAJOR", "summary": "s" * 65_536},
        {"title": "MAJOR", "summary": "s", "text": "t" * 65_536},
        {"title": "MAJOR"},
    ],
    ids=["51 annotations", "unknown level", "ends before it starts", "long summary", "long text", "no summary"],
)
def test_what_github_refuses_of_a_check_run_is_refused_whole(output: dict[str, Any]) -> None:
    with a_pull_request() as (_, contracts, api):
        sha = contracts.head("more")
        answer = api.post(f"{REPOSITORY}/check-runs", {"name": "concordat", "head_sha": sha, "output": output})

        assert answer.status_code == 422
        assert contracts.checks(sha) == ()


def test_a_check_run_needs_a_commit_that_is_there() -> None:
    with a_pull_request() as (_, _contracts, api):
        answer = api.post(f"{REPOSITORY}/check-runs", {"name": "concordat", "head_sha": "0" * 40})

    assert answer.status_code == 422


def test_the_latest_check_run_of_a_name_is_listed_unless_all_are_asked_for() -> None:
    with a_pull_request() as (_, contracts, api):
        sha = contracts.head("more")
        first, second, other = check(api, sha), check(api, sha), check(api, sha, name="other")

        def ids(query: str) -> list[int]:
            found = api.get(f"{REPOSITORY}/commits/{sha}/check-runs{query}").json()
            assert found["total_count"] == len(found["check_runs"])
            return sorted(one["id"] for one in found["check_runs"])

        assert ids("") == [second["id"], other["id"]]
        assert ids("?filter=all&check_name=concordat") == [first["id"], second["id"]]
        assert ids("?app_id=1") == []


def test_a_body_that_is_no_json_is_a_bad_request() -> None:
    with a_pull_request() as (_, _contracts, api):
        assert api.ask("POST", COMMENTS, data=b"{").status_code == 400
