"""The double is held to GitHub's own description, and the inspector sees what is not as it says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.fakes.github import GitHubDouble
from tests.fakes.github.double import DeviationError
from tests.fakes.github.exchange import Exchange
from tests.fakes.github.server import ROUTES
from tests.fakes.inspector import ALIASES, ENTERPRISE, Inspector
from tests.fakes.openapi import ADVICE, Description, NoDescription
from tests.fakes.speaking import Client, a_pull_request
from tests.wanted import absent

REPOSITORY = "/repos/hospital/contracts"


@pytest.fixture(scope="module")
def inspector() -> Iterator[Inspector]:
    """Give an inspector, or skip."""
    try:
        yield Inspector()
    except NoDescription:
        absent("npm", ADVICE)


class Gathering:
    """A watcher that keeps what it sees."""

    def __init__(self) -> None:
        self.seen: list[Exchange] = []

    def exchange(self, seen: Exchange) -> list[str]:
        """Keep it and find nothing."""
        self.seen.append(seen)
        return []

    def delivery(self, one: object) -> list[str]:
        """Find nothing."""
        del one
        return []


@pytest.fixture(scope="module")
def read_a_pull(inspector: Inspector) -> Exchange:
    """Give an exchange in which a pull request was read, as the double answers it."""
    del inspector
    watcher = Gathering()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(GitHubDouble, "watcher", watcher)
        with a_pull_request() as (_, _, api):
            assert api.get(f"{REPOSITORY}/pulls/1").status_code == 200
    return watcher.seen[-1]


@pytest.mark.parametrize("name", ["api.github.com", ENTERPRISE])
@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.rule}")
def test_every_route_of_the_double_is_an_operation_of_githubs(inspector: Inspector, route: object, name: str) -> None:
    del inspector
    method, rule = route.method, route.rule  # type: ignore[attr-defined] # pytest's ids are typed by object
    assert Description.named(name).operation(method, ALIASES.get(rule, rule)) is not None


def test_a_faithful_answer_is_not_remarked_upon(inspector: Inspector, read_a_pull: Exchange) -> None:
    assert list(inspector.exchange(read_a_pull)) == []


@pytest.mark.parametrize(
    ("was", "becomes", "remark"),
    [
        (b'"number": 1', b'"number": "1"', '/number: "1" is not of type "integer"'),
        (b'"draft": false', b'"Draft": false', "Draft"),
        (b'"state": "open"', b'"state": "opened"', "/state"),
        (b'"created_at": "', b'"created_at": "on ', 'is not a "date-time"'),
        (b'"mergeable_state"', b'"mergeable_mood"', '"mergeable_state" is a required property'),
        (b'"user": {"login"', b'"user": {"name"', "/user"),
    ],
)
def test_an_unfaithful_answer_is_named_with_its_place(
    inspector: Inspector, read_a_pull: Exchange, was: bytes, becomes: bytes, remark: str
) -> None:
    assert was in read_a_pull.received
    spoiled = replace(read_a_pull, received=read_a_pull.received.replace(was, becomes))

    told = list(inspector.exchange(spoiled))

    assert any(remark in sentence for sentence in told), told
    assert all(sentence.startswith("GET /repos/hospital/contracts/pulls/1 -> 200: ") for sentence in told)


def test_a_status_that_is_not_described_is_a_deviation(inspector: Inspector, read_a_pull: Exchange) -> None:
    told = list(inspector.exchange(replace(read_a_pull, status=299)))
    assert any("describes no such status" in sentence for sentence in told)


def test_a_header_that_github_always_sends_must_be_there(inspector: Inspector, read_a_pull: Exchange) -> None:
    headers = {name: value for name, value in read_a_pull.headers.items() if name != "X-GitHub-Request-Id"}
    told = list(inspector.exchange(replace(read_a_pull, headers=headers)))
    assert [sentence.partition(": ")[2] for sentence in told] == ["the header X-GitHub-Request-Id is missing"]


@pytest.mark.usefixtures("inspector")
def test_a_wrong_request_that_succeeds_fails_the_test_that_made_it() -> None:
    with pytest.raises(DeviationError, match="the query has sorted, which GitHub does not know"):
        _read("/pulls?sorted=updated")


@pytest.mark.usefixtures("inspector")
def test_a_wrong_request_that_is_refused_is_only_a_test() -> None:
    with a_pull_request() as (_, _, api):
        assert api.post(f"{REPOSITORY}/issues/1/comments", {"text": "Hello"}).status_code == 422


@pytest.mark.usefixtures("inspector")
def test_a_webhook_of_another_shape_fails_the_test_that_caused_it() -> None:
    def emit() -> None:
        with a_pull_request() as (github, _, _):
            sent = github.deliveries[-1]
            github.site.webhooks.emit("pull_request", sent.payload | {"number": "one"}, None, sent.at)

    with pytest.raises(DeviationError, match=r"webhook pull_request/opened: /number"):
        emit()


@pytest.mark.usefixtures("inspector")
def test_an_enterprise_server_is_held_to_its_own_description() -> None:
    with a_pull_request() as (github, _, api):
        answer = Client(github.enterprise_url, api.token).get(f"{REPOSITORY}/pulls/1")
        assert answer.status_code == 200
        assert github.deviations == ()


def _read(tail: str) -> None:
    with a_pull_request() as (_, _, api):
        assert api.get(REPOSITORY + tail).status_code == 200


@pytest.mark.usefixtures("inspector")
@pytest.mark.parametrize("path", ["/user", "/user/installations", REPOSITORY])
def test_what_people_read_is_looked_at_too(path: str) -> None:
    with a_pull_request() as (github, contracts, _):
        github.oauth.grant("ana", contracts.state.full_name)
        answer = Client(github.api_url, github.oauth.token(github.account("ana"))).get(f"{path}?wrong=1")
        assert answer.status_code == 200
        assert "the query has wrong" in github.deviations[0]
        github.pardon()
