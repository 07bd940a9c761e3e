"""Every way in which GitHub says no, or nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import requests
import urllib3
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.github.errors import (
    BadAnswer,
    Denied,
    GitHubError,
    NotFound,
    RateLimited,
    Rejected,
    Unavailable,
)
from bot.github.refusals import refusal
from tests.bot.github.making import NOW, ROOT, TOKENS, draft, github

PULL = f"{ROOT}/pulls/3"
RESET = str(int((NOW + timedelta(minutes=20)).timestamp()))
USED_UP = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": RESET}
SECONDARY = {"message": "You have exceeded a secondary rate limit. Please wait."}


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, Rejected),
        (404, NotFound),
        (409, Rejected),
        (410, NotFound),
        (418, Rejected),
        (422, Rejected),
        (451, NotFound),
        (500, Unavailable),
        (502, Unavailable),
        (503, Unavailable),
        (504, Unavailable),
    ],
)
def test_each_status_is_an_error_of_its_kind(status: int, kind: type[GitHubError]) -> None:
    with github() as prepared:
        prepared.add("GET", PULL, {"message": "no"}, status=status, headers={"X-GitHub-Request-Id": "AB12"})
        with pytest.raises(kind) as caught:
            prepared.repository.pull(3)
        assert caught.value.status == status
        assert "GET /repos/octo/orders/pulls/3" in str(caught.value)
        assert "request id AB12" in str(caught.value)
        assert len(prepared.sent("/pulls/3")) == 1


@pytest.mark.parametrize(
    ("status", "headers", "data", "wait"),
    [
        (403, USED_UP, {"message": "API rate limit exceeded"}, timedelta(minutes=20)),
        (429, USED_UP, {"message": "API rate limit exceeded"}, timedelta(minutes=20)),
        (403, {"retry-after": "90"}, SECONDARY, timedelta(seconds=90)),
        (429, {"retry-after": "90"} | USED_UP, {}, timedelta(seconds=90)),
        (403, {"retry-after": "Sun, 01 Mar 2026 12:05:00 GMT"}, {}, timedelta(minutes=5)),
        (403, {"retry-after": "soon"}, {}, timedelta(minutes=1)),
        (403, {}, SECONDARY, timedelta(minutes=1)),
        (429, {}, {}, timedelta(minutes=1)),
        (429, {"retry-after": "0"}, {}, timedelta(seconds=1)),
        (429, {"retry-after": "9999999999"}, {}, timedelta(hours=24)),
    ],
)
def test_a_limit_says_when_to_come_back(
    status: int, headers: dict[str, str], data: dict[str, str], wait: timedelta
) -> None:
    with github() as prepared:
        prepared.add("GET", PULL, data, status=status, headers=headers)
        with pytest.raises(RateLimited) as caught:
            prepared.repository.pull(3)
        assert caught.value.retry_at == NOW + wait


def test_a_permission_that_is_missing_is_no_limit() -> None:
    with github() as prepared:
        left = {"x-ratelimit-remaining": "4999", "x-ratelimit-reset": RESET}
        prepared.add("GET", PULL, {"message": "Resource not accessible by integration"}, status=403, headers=left)
        with pytest.raises(Denied, match="Resource not accessible by integration"):
            prepared.repository.pull(3)


def test_a_page_instead_of_json_from_a_broken_proxy_is_unavailable() -> None:
    with github() as prepared:
        prepared.add("GET", PULL, "<html>Unicorn!</html>", status=502)
        with pytest.raises(Unavailable):
            prepared.repository.pull(3)


@pytest.mark.parametrize(
    "error",
    [
        requests.ConnectTimeout("x"),
        requests.ReadTimeout("x"),
        requests.ConnectionError("reset by peer"),
        requests.exceptions.SSLError("x"),
        urllib3.exceptions.ProtocolError("broken"),
        OSError("x"),
    ],
)
def test_a_lost_answer_to_a_write_is_unavailable_and_not_repeated(error: Exception) -> None:
    with github() as prepared:
        prepared.add("POST", f"{ROOT}/issues/3/comments", error)
        with pytest.raises(Unavailable):
            prepared.repository.create_comment(3, "words")
        assert len(prepared.sent("/comments")) == 1


@pytest.mark.parametrize("status", [500, 502, 503])
def test_a_write_that_github_failed_is_not_repeated(status: int) -> None:
    with github() as prepared:
        prepared.add("POST", f"{ROOT}/check-runs", status=status)
        with pytest.raises(Unavailable):
            prepared.repository.create_check(draft())
        assert len(prepared.sent("/check-runs")) == 1


def test_an_answer_that_is_still_being_made_is_unavailable() -> None:
    with github() as prepared:
        prepared.add("GET", PULL, {}, status=202)
        with pytest.raises(Unavailable):
            prepared.repository.pull(3)


@pytest.mark.parametrize("text", ["half an ans", '{"number": 3', "[" * 100_000, '{"a": ' + "9" * 5000 + "}"])
def test_an_answer_that_is_no_json_is_a_bad_answer(text: str) -> None:
    with github() as prepared:
        prepared.add("GET", PULL, text)
        with pytest.raises(BadAnswer):
            prepared.repository.pull(3)


def test_a_suspended_installation_is_denied() -> None:
    with github(token=False) as prepared:
        prepared.add("POST", TOKENS, {"message": "This installation has been suspended"}, status=403)
        with pytest.raises(Denied, match="suspended"):
            prepared.repository.pull(3)


def test_an_installation_that_is_gone_is_not_found() -> None:
    with github(token=False) as prepared:
        prepared.add("POST", TOKENS, {"message": "Not Found"}, status=404)
        with pytest.raises(NotFound):
            prepared.repository.pull(3)


def test_a_long_message_is_cut_and_on_one_line() -> None:
    with github() as prepared:
        prepared.add("GET", PULL, {"message": "a\nb" * 5000, "errors": [{"code": "x"}]}, status=422)
        with pytest.raises(Rejected) as caught:
            prepared.repository.pull(3)
        assert "\n" not in str(caught.value)
        assert len(str(caught.value)) < 500


ANYTHING: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
HEADERS = st.dictionaries(
    st.sampled_from(["retry-after", "x-ratelimit-remaining", "x-ratelimit-reset"]),
    st.text(max_size=24) | st.sampled_from(["0", "60", RESET]),
)


@given(st.integers(100, 599), HEADERS, st.text(max_size=50) | ANYTHING.map(str))
@settings(deadline=None)
def test_any_refusal_is_one_of_the_tree(status: int, headers: dict[str, str], text: str) -> None:
    found = refusal(status, headers, text, "GET /x", NOW)
    assert (found is None) == (200 <= status < 300)
    if isinstance(found, RateLimited):
        assert NOW < found.retry_at <= NOW + timedelta(hours=24)
        assert found.retry_at.tzinfo is not None
