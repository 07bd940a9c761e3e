from __future__ import annotations

import base64

import pytest

from tests.fakes.github import GitHubDouble
from tests.fakes.speaking import a_pull_request, client

REPOSITORY = "/repos/hospital/contracts"


def test_a_comparison_starts_where_the_branch_left_the_base() -> None:
    with a_pull_request() as (_, contracts, api):
        parted = contracts.head()
        contracts.push("main", {"README.md": "Later\n"})

        answer = api.get(f"{REPOSITORY}/compare/main...{contracts.head('more')}").json()

    assert answer["merge_base_commit"]["sha"] == parted
    assert answer["base_commit"]["sha"] == contracts.head()
    assert (answer["status"], answer["ahead_by"], answer["behind_by"]) == ("diverged", 1, 1)
    assert [file["filename"] for file in answer["files"]] == ["schemas/patient.json"]


def test_a_comparison_lists_at_most_300_files_and_the_pull_request_lists_them_all() -> None:
    with a_pull_request() as (_, contracts, api):
        contracts.push("more", {f"generated/{number}.json": f"{number}" for number in range(320)})

        compared = api.get(f"{REPOSITORY}/compare/main...more").json()["files"]
        pages = [api.get(f"{REPOSITORY}/pulls/1/files?per_page=100&page={page}").json() for page in range(1, 5)]

    assert len(compared) == 300
    assert [len(page) for page in pages] == [100, 100, 100, 21]


def test_a_fork_is_compared_by_its_owner() -> None:
    with a_pull_request() as (_, contracts, api):
        fork = contracts.fork("bo")
        fork.push("main", {"README.md": "From the fork\n"}, author="bo")

        answer = api.get(f"{REPOSITORY}/compare/main...bo:main")

    assert [file["filename"] for file in answer.json()["files"]] == ["README.md"]


def test_contents_come_as_json_or_raw() -> None:
    with a_pull_request() as (_, _contracts, api):
        path = f"{REPOSITORY}/contents/schemas/patient.json?ref=more"
        shape = api.get(path).json()
        raw = api.get(path, headers={"Accept": "application/vnd.github.raw+json"})

    assert base64.b64decode(shape["content"]) == raw.content == b'{\n  "type": ["object", "null"]\n}\n'
    assert raw.headers["Content-Type"] == "application/vnd.github.raw+json; charset=utf-8"


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("nowhere.json", "Not Found"),
        ("README.md?ref=gone", "No commit found for the ref gone"),
    ],
)
def test_what_is_missing_is_told_apart(path: str, message: str) -> None:
    with a_pull_request() as (_, _contracts, api):
        answer = api.get(f"{REPOSITORY}/contents/{path}")

    assert (answer.status_code, answer.json()["message"]) == (404, message)


def test_a_tree_is_listed_with_everything_below_it() -> None:
    with a_pull_request() as (_, _contracts, api):
        tree = api.get(f"{REPOSITORY}/git/trees/main?recursive=1").json()
        blob = next(entry for entry in tree["tree"] if entry["path"] == "README.md")
        content = api.get(f"{REPOSITORY}/git/blobs/{blob['sha']}").json()["content"]

    assert [entry["path"] for entry in tree["tree"]] == ["README.md", "schemas", "schemas/patient.json"]
    assert base64.b64decode(content) == b"Contracts\n"


def test_a_tree_over_the_limit_is_cut_and_says_so() -> None:
    with a_pull_request() as (github, _contracts, api):
        github.site.world.tree_limit = 2

        tree = api.get(f"{REPOSITORY}/git/trees/main?recursive=1").json()

    assert (len(tree["tree"]), tree["truncated"]) == (2, True)


def test_a_branch_with_a_slash_is_a_branch() -> None:
    with a_pull_request() as (_, contracts, api):
        contracts.branch("feature/x")

        assert api.get(f"{REPOSITORY}/commits/feature/x").json()["sha"] == contracts.head()
        assert api.get(f"{REPOSITORY}/git/trees/feature/x").json()["sha"] == contracts.head()
        assert api.get(f"{REPOSITORY}/compare/main...feature/x").json()["status"] == "identical"


def test_lists_are_paged_with_links() -> None:
    with a_pull_request() as (_, contracts, api):
        pull = contracts.pull(1)
        for number in range(5):
            pull.comment_as("eve", f"Comment {number}")

        first = api.get(f"{REPOSITORY}/issues/1/comments?per_page=2")
        second = api.get(first.links["next"]["url"].removeprefix(api.api))
        last = api.get(first.links["last"]["url"].removeprefix(api.api))

    assert [one["body"] for one in second.json()] == ["Comment 2", "Comment 3"]
    assert [one["body"] for one in last.json()] == ["Comment 4"]
    assert set(last.links) == {"prev", "first"}


def test_pull_requests_are_listed_by_state() -> None:
    with a_pull_request() as (_, contracts, api):
        contracts.branch("other")
        contracts.open_pull("Other", head="other").close()

        def numbers(query: str) -> list[int]:
            return [one["number"] for one in api.get(f"{REPOSITORY}/pulls{query}").json()]

        assert numbers("") == [1]
        assert numbers("?state=closed") == [2]
        assert numbers("?state=all") == [2, 1]
        assert numbers("?state=all&head=hospital:more") == [1]


def test_the_recorded_base_of_a_pull_request_may_be_old() -> None:
    with a_pull_request() as (_, contracts, api):
        opened_at = contracts.head()
        contracts.push("main", {"README.md": "Later\n"})
        before = api.get(f"{REPOSITORY}/pulls/1").json()["base"]["sha"]
        contracts.pull(1).push({"README.md": "Mine\n"})
        after = api.get(f"{REPOSITORY}/pulls/1").json()["base"]["sha"]

    assert (before, after) == (opened_at, contracts.head())


def test_a_merge_brings_the_change_to_the_base() -> None:
    with a_pull_request() as (_, contracts, api):
        contracts.push("main", {"README.md": "Later\n"})
        contracts.pull(1).merge(by="bo")
        merged = api.get(f"{REPOSITORY}/pulls/1").json()

    assert (merged["state"], merged["merged"], merged["merged_by"]["login"]) == ("closed", True, "bo")
    assert contracts.read("README.md") == b"Later\n"
    assert contracts.read("schemas/patient.json") == contracts.read("schemas/patient.json", "more")


def test_what_did_not_change_costs_nothing_to_ask_again() -> None:
    with a_pull_request() as (_, _contracts, api):
        first = api.get(f"{REPOSITORY}/pulls/1")
        again = api.get(f"{REPOSITORY}/pulls/1", headers={"If-None-Match": first.headers["ETag"]})
        after = api.get("/rate_limit").json()["rate"]

    assert (again.status_code, again.content) == (304, b"")
    assert after["used"] == 1


def test_enterprise_server_has_the_same_api_under_its_prefix() -> None:
    with GitHubDouble(enterprise=True) as github:
        contracts = github.repository("hospital/contracts")
        contracts.commit("main", {"README.md": "Contracts\n"})

        answer = client(github, contracts).get(REPOSITORY).json()

    assert github.api_url.endswith("/api/v3")
    assert answer["url"] == f"{github.api_url}{REPOSITORY}"
    assert answer["html_url"] == f"{github.url}/hospital/contracts"
