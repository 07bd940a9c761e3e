from __future__ import annotations

from datetime import UTC, datetime, timedelta

import jwt
import pytest

from tests.fakes.github import GitHubDouble
from tests.fakes.github.access import key_pair
from tests.fakes.speaking import Client, a_pull_request, client

REPOSITORY = "/repos/hospital/contracts"


class Turning:
    """A clock that a test turns."""

    def __init__(self) -> None:
        self.time = datetime(2026, 1, 5, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.time


def test_a_token_is_issued_to_the_app_and_expires() -> None:
    clock = Turning()
    with GitHubDouble(clock=clock) as github:
        contracts = github.repository("hospital/contracts")
        path = f"/app/installations/{contracts.installation_id}/access_tokens"
        issued = Client(github.api_url, github.app_token()).post(path, {})
        api = Client(github.api_url, issued.json()["token"])

        before = api.get(REPOSITORY).status_code
        clock.time += timedelta(hours=1)
        after = api.get(REPOSITORY).status_code

    assert issued.status_code == 201
    assert issued.json()["expires_at"] == "2026-01-05T13:00:00Z"
    assert (before, after) == (200, 401)


@pytest.mark.parametrize(
    ("claims", "status"),
    [({}, 200), ({"exp": -1}, 401), ({"exp": 900}, 401), ({"iat": 120}, 401), ({"iss": "1"}, 404)],
    ids=["right", "expired", "too long", "from the future", "of another App"],
)
def test_the_apps_own_token_must_be_right(claims: dict[str, int | str], status: int) -> None:
    with GitHubDouble() as github:
        now = int(datetime.now(UTC).timestamp())
        right: dict[str, int | str] = {"iat": -10, "exp": 540, "iss": str(github.app_id)}
        payload = {name: value + now if isinstance(value, int) else value for name, value in (right | claims).items()}
        token = jwt.encode(payload, key_pair()[0], algorithm="RS256")

        assert Client(github.api_url, token).get("/app").status_code == status


def test_a_token_signed_by_another_key_is_refused() -> None:
    with GitHubDouble() as github:
        token = jwt.encode({"iat": 1, "exp": 2, "iss": str(github.app_id)}, "a secret " * 8, algorithm="HS256")

        assert Client(github.api_url, token).get("/app").status_code == 401
        assert Client(github.api_url, "nonsense").get("/app").status_code == 401


def test_what_is_outside_the_installation_is_not_found() -> None:
    with a_pull_request() as (github, contracts, api):
        github.repository("hospital/other", private=True, installed=False).commit("main", {"a": "1"})
        elsewhere = github.repository("clinic/contracts", private=True)

        listed = [one["full_name"] for one in api.get("/installation/repositories").json()["repositories"]]

        assert listed == [contracts.full_name]
        assert api.get("/repos/hospital/other").status_code == 404
        assert api.get(f"/repos/{elsewhere.full_name}").status_code == 404


def test_a_token_may_be_narrowed_to_one_repository() -> None:
    with a_pull_request() as (github, contracts, _):
        second = github.repository("hospital/second")
        app = Client(github.api_url, github.app_token())
        path = f"/app/installations/{contracts.installation_id}/access_tokens"
        narrowed = Client(github.api_url, app.post(path, {"repositories": ["second"]}).json()["token"])

        assert narrowed.get(f"/repos/{second.full_name}").status_code == 200
        assert narrowed.get(REPOSITORY).status_code == 404
        assert app.post(path, {"repositories": ["elsewhere"]}).status_code == 422
        assert app.post(path, {"permissions": {"actions": "write"}}).status_code == 422


def test_each_operation_needs_its_permission() -> None:
    with a_pull_request() as (github, contracts, _):
        reader = client(github, contracts, {"metadata": "read", "pull_requests": "read"})

        assert reader.get(f"{REPOSITORY}/pulls/1").status_code == 200
        assert reader.get(f"{REPOSITORY}/issues/1/comments").status_code == 200
        refused = [
            reader.get(f"{REPOSITORY}/contents/README.md"),
            reader.get(f"{REPOSITORY}/compare/main...more"),
            reader.post(f"{REPOSITORY}/issues/1/comments", {"body": "Hello"}),
            reader.post(f"{REPOSITORY}/check-runs", {"name": "concordat", "head_sha": contracts.head("more")}),
        ]
        assert [answer.status_code for answer in refused] == [403] * 4
        assert contracts.pull(1).comments == ()


def test_a_suspended_installation_is_refused_until_it_is_not() -> None:
    with a_pull_request() as (github, contracts, api):
        number = contracts.installation_id
        github.suspend(number)
        suspended = api.get(REPOSITORY).status_code
        github.unsuspend(number)

        assert (suspended, api.get(REPOSITORY).status_code) == (403, 200)


def test_an_uninstalled_app_has_no_tokens() -> None:
    with a_pull_request() as (github, contracts, api):
        github.uninstall(contracts.installation_id)

        assert api.get(REPOSITORY).status_code == 401


def test_the_hours_requests_run_out_and_come_back() -> None:
    clock = Turning()
    with GitHubDouble(clock=clock) as github:
        github.limits.limit = 2
        contracts = github.repository("hospital/contracts")
        api = client(github, contracts)
        answers = [api.get(REPOSITORY) for _ in range(3)]
        clock.time += timedelta(hours=1)
        later = client(github, contracts).get(REPOSITORY)

    assert [answer.status_code for answer in answers] == [200, 200, 403]
    assert [answer.headers["X-RateLimit-Remaining"] for answer in answers] == ["1", "0", "0"]
    assert int(answers[2].headers["X-RateLimit-Reset"]) == int(clock.time.timestamp())
    assert later.status_code == 200
