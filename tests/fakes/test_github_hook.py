from __future__ import annotations

import json

import pytest

from tests.fakes.github import GitHubDouble
from tests.fakes.speaking import Client, a_pull_request

DELIVERIES = "/app/hook/deliveries"
MANIFEST = {
    "name": "Concordat",
    "url": "https://concordat.example.com",
    "hook_attributes": {"url": "https://concordat.example.com/webhook"},
    "redirect_url": "http://127.0.0.1:1/callback",
    "default_permissions": {"contents": "read", "metadata": "read"},
    "default_events": ["push"],
}


def app(github: GitHubDouble) -> Client:
    return Client(github.api_url, github.app_token())


def test_the_webhooks_secret_is_never_told() -> None:
    with GitHubDouble(webhook_url="http://127.0.0.1:1/webhook") as github:
        told = app(github).get("/app/hook/config").json()

    assert told["url"] == "http://127.0.0.1:1/webhook"
    assert told["secret"] == "********"


def test_the_webhook_can_be_set() -> None:
    with GitHubDouble() as github:
        app(github).patch("/app/hook/config", {"url": "http://127.0.0.1:1/new", "secret": "another secret"})

        assert github.webhook_url == "http://127.0.0.1:1/new"
        assert github.environment()["GITHUB_WEBHOOK_SECRET"] == "another secret"


def test_every_attempt_at_a_delivery_is_listed_the_newest_first() -> None:
    with a_pull_request() as (github, contracts, _):
        github.webhook_url = "http://127.0.0.1:1/webhook"  # where nobody listens
        contracts.pull(1).comment_as("ana", "Hello")
        contracts.push("main", {"README.md": "Later\n"})
        listed = app(github).get(DELIVERIES).json()

    assert [(one["event"], one["action"], one["status_code"]) for one in listed] == [
        ("push", None, 502),
        ("issue_comment", "created", 502),
    ]
    assert all(one["installation_id"] == contracts.installation_id for one in listed)
    assert {one["repository_id"] for one in listed} == {contracts.state.id}


def test_a_lost_delivery_is_listed_as_failed() -> None:
    with a_pull_request() as (github, contracts, _):
        github.astray("lose")
        contracts.pull(1).comment_as("ana", "Hello")

        (lost,) = app(github).get(f"{DELIVERIES}?status=failure").json()
        assert app(github).get(f"{DELIVERIES}?status=success").json() == []
        assert github.deliveries[-1].guid == lost["guid"]


def test_a_delivery_asked_for_again_comes_under_its_guid() -> None:
    with a_pull_request() as (github, contracts, _):
        github.astray("lose")
        contracts.pull(1).comment_as("ana", "Hello")
        (lost,) = app(github).get(DELIVERIES).json()
        github.webhook_url = github.url  # somebody, who refuses

        answer = app(github).post(f"{DELIVERIES}/{lost['id']}/attempts", None)
        newest, first = app(github).get(DELIVERIES).json()
        whole = app(github).get(f"{DELIVERIES}/{newest['id']}").json()

    assert answer.status_code == 202
    assert (newest["guid"], newest["redelivery"], newest["status_code"]) == (lost["guid"], True, 404)
    assert (first["id"], first["redelivery"]) == (lost["id"], False)
    assert whole["request"]["payload"]["comment"]["body"] == "Hello"
    assert "X-Hub-Signature-256" not in whole["request"]["headers"]


def test_deliveries_come_in_pages_by_cursor() -> None:
    with a_pull_request() as (github, contracts, _):
        github.astray("lose", times=None)
        for number in range(5):
            contracts.pull(1).comment_as("ana", str(number))
        api, path, seen = app(github), f"{DELIVERIES}?per_page=2", []
        while path:
            answer = api.get(path)
            seen += [one["id"] for one in answer.json()]
            path = answer.links.get("next", {}).get("url", "").removeprefix(github.api_url)

    assert seen == sorted(seen, reverse=True)
    assert len(set(seen)) == 5


def test_what_is_no_delivery_is_not_found_and_what_is_no_cursor_is_refused() -> None:
    with GitHubDouble() as github:
        assert app(github).get(f"{DELIVERIES}/1").status_code == 404
        assert app(github).post(f"{DELIVERIES}/1/attempts", None).status_code == 404
        assert app(github).get(f"{DELIVERIES}?cursor=one").status_code == 400


def test_a_manifest_becomes_an_app_whose_credentials_are_fetched_once() -> None:
    with GitHubDouble() as github:
        page = Client(github.url, "").ask(
            "POST", "/settings/apps/new?state=s1", data={"manifest": json.dumps(MANIFEST)}, allow_redirects=False
        )
        address, _, query = page.headers["Location"].partition("?")
        code = query.partition("code=")[2].partition("&")[0]
        conversion = f"/app-manifests/{code}/conversions"
        first, second = (Client(github.api_url, "").ask("POST", conversion, headers=_nobody()) for _ in range(2))

        assert (address, query.endswith("&state=s1")) == ("http://127.0.0.1:1/callback", True)
        assert (first.status_code, second.status_code) == (201, 404)
        assert first.json()["pem"] == github.private_key
        assert app(github).get("/app").json()["events"] == ["push"]
        assert github.webhook_url == "https://concordat.example.com/webhook"


def _nobody() -> dict[str, str | None]:
    return {"Authorization": None}


@pytest.mark.parametrize(
    "wrong",
    [
        {"redirect_url": "elsewhere"},
        {"hook_attributes": {}},
        {"permissions": {"contents": "read"}},
        {"default_permissions": {"contents": "everything"}},
    ],
)
def test_a_manifest_that_github_would_refuse_is_refused(wrong: dict[str, object]) -> None:
    with GitHubDouble() as github:
        answer = Client(github.url, "").ask(
            "POST", "/settings/apps/new", data={"manifest": json.dumps(MANIFEST | wrong)}, allow_redirects=False
        )

    assert answer.status_code == 422
