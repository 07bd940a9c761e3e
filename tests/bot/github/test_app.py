"""The App's own requests, and the tokens of its installations."""

from __future__ import annotations

import logging
import threading
from datetime import timedelta

import jwt
import pytest

from bot.github.errors import BadAnswer, Denied, GitHubError, Unavailable
from tests.bot.github.making import API, NOW, PEM, PUBLIC, ROOT, TOKENS, github, pull, stamp


def test_the_app_signs_with_its_key_and_the_clock_that_it_was_given() -> None:
    with github(token=False) as prepared:
        prepared.add("GET", f"{API}/app", {"slug": "concordat"})
        assert prepared.app.login() == "concordat[bot]"
        statement = prepared.sent("/app")[0].headers["Authorization"].removeprefix("Bearer ")
        claims = jwt.decode(statement, PUBLIC, algorithms=["RS256"], options={"verify_exp": False, "verify_iat": False})
        now = int(NOW.timestamp())
        assert claims == {"iss": "1", "iat": now - 60, "exp": now + 540}


def test_the_slug_is_asked_for_once() -> None:
    with github(token=False) as prepared:
        prepared.add("GET", f"{API}/app", {"slug": "concordat"})
        assert {prepared.app.slug() for _ in range(3)} == {"concordat"}
        assert len(prepared.sent("/app")) == 1


def test_installations_are_read_to_the_last_page() -> None:
    with github(token=False) as prepared:
        one = {"id": 1, "account": {"id": 11, "login": "octo"}, "suspended_at": None}
        two = {"id": 2, "account": {"id": 12, "slug": "big-enterprise"}, "suspended_at": stamp(NOW)}
        link = f'<{API}/app/installations?per_page=100&page=2>; rel="next"'
        prepared.add("GET", f"{API}/app/installations", [one], headers={"Link": link})
        prepared.add("GET", f"{API}/app/installations", [two])
        found = prepared.app.installations()
        assert [(item.id, item.account, item.suspended) for item in found] == [
            (1, "octo", False),
            (2, "big-enterprise", True),
        ]


def test_repositories_of_an_installation_are_listed() -> None:
    with github() as prepared:
        item = {"id": 4, "full_name": "octo/orders", "default_branch": "main", "archived": False}
        prepared.add("GET", f"{API}/installation/repositories", {"total_count": 1, "repositories": [item]})
        assert [(found.id, found.full_name) for found in prepared.app.repositories(7)] == [(4, "octo/orders")]


def test_one_token_serves_many_requests() -> None:
    with github() as prepared:
        prepared.add("GET", f"{ROOT}/pulls/3", pull())
        for _ in range(3):
            prepared.repository.pull(3)
        assert len(prepared.sent("access_tokens")) == 1
        assert {one.headers["Authorization"] for one in prepared.sent("/pulls/3")} == {"token ghs_1"}


def test_a_token_is_renewed_before_it_ends() -> None:
    with github() as prepared:
        prepared.token("ghs_2")
        prepared.add("GET", f"{ROOT}/pulls/3", pull())
        prepared.repository.pull(3)
        prepared.clock.now += timedelta(minutes=54)
        prepared.repository.pull(3)
        prepared.clock.now += timedelta(minutes=2)
        prepared.repository.pull(3)
        used = [one.headers["Authorization"] for one in prepared.sent("/pulls/3")]
        assert used == ["token ghs_1", "token ghs_1", "token ghs_2"]


def test_a_token_that_seems_to_end_at_once_is_not_asked_for_with_every_request() -> None:
    with github(token=False) as prepared:
        prepared.token(lasts=timedelta(0))
        prepared.add("GET", f"{ROOT}/pulls/3", pull())
        prepared.repository.pull(3)
        prepared.repository.pull(3)
        assert len(prepared.sent("access_tokens")) == 1


def test_a_token_that_was_revoked_is_replaced_once() -> None:
    with github() as prepared:
        prepared.token("ghs_2")
        prepared.add("GET", f"{ROOT}/pulls/3", {"message": "Bad credentials"}, status=401)
        prepared.add("GET", f"{ROOT}/pulls/3", pull())
        assert prepared.repository.pull(3).number == 3
        assert [one.headers["Authorization"] for one in prepared.sent("/pulls/3")] == ["token ghs_1", "token ghs_2"]


def test_credentials_that_are_never_accepted_end_in_denied() -> None:
    with github() as prepared:
        prepared.add("GET", f"{ROOT}/pulls/3", {"message": "Bad credentials"}, status=401)
        with pytest.raises(Denied, match="credentials"):
            prepared.repository.pull(3)
        assert len(prepared.sent("/pulls/3")) == 2


def test_a_key_that_is_not_the_apps_is_denied_at_the_first_request() -> None:
    with github(token=False) as prepared:
        prepared.add("GET", f"{API}/app", {"message": "A JSON web token could not be decoded"}, status=401)
        with pytest.raises(Denied):
            prepared.app.slug()


def test_threads_that_want_the_same_token_share_one() -> None:
    with github() as prepared:
        prepared.add("GET", f"{ROOT}/pulls/3", pull())
        threads = [threading.Thread(target=prepared.repository.pull, args=(3,)) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(prepared.sent("access_tokens")) == 1
        assert len(prepared.sent("/pulls/3")) == 8


def test_a_token_of_the_wrong_shape_is_a_bad_answer() -> None:
    with github(token=False) as prepared:
        prepared.add("POST", TOKENS, {"token": None, "expires_at": stamp(NOW)}, status=201)
        with pytest.raises(BadAnswer):
            prepared.repository.pull(3)


def test_no_log_and_no_error_holds_a_token_or_the_key(caplog: pytest.LogCaptureFixture) -> None:
    token = "ghs_16C7e42F292c6912E7710c838347Ae178B4a"
    with github(token=False) as prepared, caplog.at_level(logging.DEBUG):
        prepared.token(token)
        prepared.add("GET", f"{ROOT}/pulls/3", pull())
        prepared.add("GET", f"{ROOT}/pulls/4", {"message": "no"}, status=422)
        prepared.add("POST", f"{ROOT}/issues/3/comments", ConnectionError(f"http://me:{token}@proxy"))
        prepared.repository.pull(3)
        errors = []
        for attempt in (lambda: prepared.repository.pull(4), lambda: prepared.repository.create_comment(3, "x")):
            with pytest.raises(GitHubError) as caught:
                attempt()
            errors.append(repr(caught.value))
        statement = prepared.sent("access_tokens")[0].headers["Authorization"].split()[1]
        words = caplog.text + repr(prepared.app.__dict__) + repr(errors)
    assert "GET /repos/octo/orders/pulls/3" in caplog.text
    for secret in (token, statement, PEM.splitlines()[1]):
        assert secret not in words


def test_a_closed_app_opens_new_connections() -> None:
    with github() as prepared:
        prepared.app.close()
        prepared.add("GET", f"{ROOT}/pulls/3", pull())
        assert prepared.repository.pull(3).number == 3


def test_an_enterprise_server_keeps_its_path() -> None:
    with github(token=False) as prepared:
        host = "https://github.example.com/api/v3"
        app = type(prepared.app)(1, PEM, f"{host}/", clock=prepared.clock)
        prepared.add("GET", f"{host}/app", {"slug": "concordat"})
        assert app.slug() == "concordat"


def test_a_server_that_cannot_be_reached_is_unavailable() -> None:
    with github(token=False) as prepared, pytest.raises(Unavailable):
        prepared.app.slug()
