from __future__ import annotations

import threading

import pytest
import requests

from tests.fakes.github import GitHubDouble
from tests.fakes.github.faults import How
from tests.fakes.speaking import a_pull_request, client

COMMENTS = "/repos/hospital/contracts/issues/1/comments"


def test_a_lost_answer_has_been_carried_out() -> None:
    with a_pull_request() as (github, contracts, api):
        github.fail(method="POST", path=r"/comments$", how="lost_answer")
        with pytest.raises(requests.ConnectionError):
            api.post(COMMENTS, {"body": "Hello"})

    assert [one.body for one in contracts.pull(1).comments] == ["Hello"]


def test_half_an_answer_has_been_carried_out_and_is_no_json() -> None:
    with a_pull_request() as (github, contracts, api):
        github.fail(method="POST", path=r"/comments$", how="half_answer")
        with pytest.raises(requests.RequestException):
            api.post(COMMENTS, {"body": "Hello"})

    assert len(contracts.pull(1).comments) == 1


def test_a_timeout_carries_out_nothing() -> None:
    with a_pull_request() as (github, contracts, api):
        github.fail(method="POST", path=r"/comments$", how="timeout")
        with pytest.raises(requests.ReadTimeout):
            api.post(COMMENTS, {"body": "Hello"}, timeout=0.05)

    assert contracts.pull(1).comments == ()


@pytest.mark.parametrize(
    ("how", "status", "header"),
    [
        ("500", 500, None),
        ("502_html", 502, None),
        ("404", 404, None),
        ("403", 403, None),
        ("403_rate_limit", 403, ("X-RateLimit-Remaining", "0")),
        ("403_secondary", 403, ("Retry-After", "60")),
        ("429", 429, ("Retry-After", "60")),
    ],
)
def test_an_error_is_answered_once_and_carries_out_nothing(
    how: How, status: int, header: tuple[str, str] | None
) -> None:
    with a_pull_request() as (github, contracts, api):
        rule = github.fail(method="POST", path=r"/comments$", how=how)
        failed = api.post(COMMENTS, {"body": "Hello"})
        kept = contracts.pull(1).comments
        after = api.post(COMMENTS, {"body": "Hello"})

    assert (failed.status_code, after.status_code) == (status, 201)
    assert header is None or failed.headers[header[0]] == header[1]
    assert (kept, rule.hits) == ((), 1)


def test_a_rate_limited_answer_says_when_to_come_back() -> None:
    with a_pull_request() as (github, _contracts, api):
        github.fail(path=r"/comments$", how="403_rate_limit")
        failed = api.get(COMMENTS)

    assert int(failed.headers["X-RateLimit-Reset"]) > github.site.world.now().timestamp()


def test_a_slow_answer_arrives() -> None:
    with a_pull_request() as (github, _contracts, api):
        github.fail(how="slow", seconds=0.01)

        assert api.get(COMMENTS).status_code == 200


def test_a_rule_can_let_some_requests_pass_first() -> None:
    with a_pull_request() as (github, _contracts, api):
        github.fail(path=r"/comments$", how="500", skip=1, times=2)
        statuses = [api.get(COMMENTS).status_code for _ in range(4)]
        github.fail(how="500", times=None)
        github.heal()

        assert statuses == [200, 500, 500, 200]
        assert api.get(COMMENTS).status_code == 200


def test_a_fault_that_does_not_exist_is_refused() -> None:
    with GitHubDouble() as github, pytest.raises(ValueError, match="lost_answer"):
        github.fail(how="explode")  # type: ignore[arg-type] # that is the mistake


def test_requests_are_logged_and_counted() -> None:
    with a_pull_request() as (github, _contracts, api):
        api.get(COMMENTS)
        github.fail(how="lost_answer")
        with pytest.raises(requests.ConnectionError):
            api.post(COMMENTS, {"body": "Hello"})
        seen = [(one.method, one.path, one.status, one.fault) for one in github.requests]
        counted = (github.reads, github.writes)
        github.forget_requests()

    assert seen == [("GET", COMMENTS, 200, None), ("POST", COMMENTS, 201, "lost_answer")]
    assert counted == (1, 1)
    assert (github.reads, github.writes) == (0, 0)


def test_many_clients_at_once_lose_nothing() -> None:
    with a_pull_request() as (github, contracts, _):
        api = client(github, contracts)

        def write(number: int) -> None:
            for each in range(5):
                api.post(COMMENTS, {"body": f"{number}.{each}"})

        threads = [threading.Thread(target=write, args=(number,)) for number in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    bodies = {one.body for one in contracts.pull(1).comments}
    assert bodies == {f"{number}.{each}" for number in range(6) for each in range(5)}
    assert len({one.id for one in contracts.pull(1).comments}) == 30
