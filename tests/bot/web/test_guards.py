"""What stands before every page: tokens of forms, limits, headers."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import requests
from flask import request
from hypothesis import given
from hypothesis import strategies as st

from bot.front import Front
from bot.web import create_app
from bot.web.limits import LIMITS, MOST_BUCKETS, Buckets, Limit, whence
from tests.bot.web.making import BODY, NOW, headers, settings
from tests.bot.web.visiting import BASE, OPERATOR, Room, room
from tests.fakes.github.double import SECRET


@pytest.mark.parametrize("given_token", [None, "", "0" * 64, "é"])
def test_a_form_without_its_token_changes_nothing(web: Room, given_token: str | None) -> None:
    browser = web.signed_in("ana", "read")
    answer = browser.post("/sign-out", given_token)
    assert answer.status_code == 403
    assert "This form is no longer valid" in answer.text
    assert "Sign out" in browser.get("/").text


def test_the_token_of_another_session_changes_nothing(web: Room) -> None:
    mallory, olga = web.signed_in("mallory"), web.signed_in(OPERATOR)
    assert olga.post("/operator/jobs/1/retry", mallory.csrf()).status_code == 403


def test_a_signed_delivery_needs_no_token(web: Room) -> None:
    answer = web.app.test_client().post("/webhook", data=BODY, headers=headers(secret=SECRET), base_url=BASE)
    assert answer.status_code == 202


def test_every_page_says_what_browsers_may_do(web: Room) -> None:
    browser = web.signed_in(OPERATOR, "read")
    for path in ("/", web.report, f"{web.report}/why", "/operator", "/nowhere"):
        told = browser.get(path).headers
        rules = dict(rule.strip().partition(" ")[::2] for rule in told["Content-Security-Policy"].split(";"))
        assert rules["default-src"] == "'none'"
        assert rules["frame-ancestors"] == "'none'"
        assert rules["base-uri"] == "'none'"
        assert rules["form-action"] == "'self'"
        assert rules["style-src"].startswith("'sha256-")
        assert "script-src" not in rules
        assert told["Strict-Transport-Security"] == "max-age=31536000"
        assert told["X-Content-Type-Options"] == "nosniff"
        assert told["Referrer-Policy"] == "no-referrer"
        assert "private" in told["Cache-Control"]


def test_pages_without_a_form_let_no_form_be_sent(web: Room) -> None:
    assert "form-action 'none'" in web.browser().get("/").headers["Content-Security-Policy"]


def test_no_strict_transport_where_there_is_no_encryption(web: Room) -> None:
    plain = replace(settings(), base_url="http://127.0.0.1:8000")
    answer = create_app(plain, web.store, web.clock).test_client().get("/")
    assert "Strict-Transport-Security" not in answer.headers


def test_an_address_that_asks_too_much_is_asked_to_wait_and_then_served(web: Room) -> None:
    client = web.app.test_client()
    answers = [client.get("/nowhere").status_code for _ in range(LIMITS["address"].burst + 1)]
    assert answers[0] == 404
    assert answers[-1] == 429
    refused = client.get("/")
    assert refused.headers["Retry-After"] == "1"
    assert client.get("/healthz").status_code == 200
    web.later(seconds=1)
    assert client.get("/").status_code == 200


def test_sign_in_has_a_limit_of_its_own(web: Room) -> None:
    client = web.app.test_client()
    answers = [client.get("/sign-in").status_code for _ in range(LIMITS["sign-in from an address"].burst + 1)]
    assert set(answers[:-1]) == {303}
    assert answers[-1] == 429
    assert client.get("/").status_code == 200


def test_a_person_is_counted_wherever_they_are(web: Room) -> None:
    browser = web.signed_in("ana")
    answers = []
    for number in range(LIMITS["person"].burst + 1):
        where = {"REMOTE_ADDR": f"192.0.2.{number}"}
        answers.append(browser.client.get("/nowhere", base_url=BASE, environ_base=where).status_code)
    assert answers[-1] == 429
    assert web.signed_in("bo").get("/").status_code == 200


def test_behind_a_proxy_the_address_is_the_one_that_the_proxy_saw(tmp_path: Path) -> None:
    with room(tmp_path, proxies=1) as web:
        client = web.app.test_client()
        asked = [("203.0.113.7, 198.51.100.1", 429), ("198.51.100.1, 203.0.113.7", 404)]
        for _ in range(LIMITS["address"].burst):
            client.get("/nowhere", headers={"X-Forwarded-For": "198.51.100.1"})
        for told, expected in asked:
            assert client.get("/nowhere", headers={"X-Forwarded-For": told}).status_code == expected


def test_without_a_proxy_nobody_names_their_own_address(web: Room) -> None:
    client = web.app.test_client()
    for number in range(LIMITS["address"].burst):
        client.get("/nowhere", headers={"X-Forwarded-For": f"198.51.100.{number % 250}"})
    assert client.get("/nowhere", headers={"X-Forwarded-For": "192.0.2.9"}).status_code == 429


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("192.0.2.1", "192.0.2.2", False),
        ("2001:db8::1", "2001:db8::ffff", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("nonsense", None, True),
    ],
)
def test_one_customer_counts_as_one(one: str, other: str | None, same: bool) -> None:
    assert (whence(one) == whence(other)) is same


@given(st.lists(st.integers(0, 5), max_size=60), st.integers(1, 5), st.integers(1, 60))
def test_no_more_is_given_than_the_burst_and_what_flows_in(pauses: list[int], burst: int, a_minute: int) -> None:
    now = NOW

    def clock() -> datetime:
        return now

    buckets = Buckets(clock, {"x": Limit(burst, a_minute)})
    given_out = 0
    for pause in pauses:
        now += timedelta(seconds=pause)
        given_out += buckets.take("x", "who") == 0
    assert given_out <= burst + (now - NOW).total_seconds() * a_minute / 60 + 1e-9


@given(st.integers(1, 5), st.integers(1, 600))
def test_whoever_waits_as_long_as_told_is_served(burst: int, a_minute: int) -> None:
    now = NOW
    buckets = Buckets(lambda: now, {"x": Limit(burst, a_minute)})
    waits = [buckets.take("x", "who") for _ in range(burst + 1)]
    assert waits[:-1] == [0] * burst
    now += timedelta(seconds=waits[-1])
    assert buckets.take("x", "who") == 0


def test_no_flood_of_addresses_fills_the_memory() -> None:
    buckets = Buckets(lambda: NOW, {"x": Limit(1, 1)})
    for number in range(MOST_BUCKETS + 50):
        buckets.take("x", number)
    assert len(buckets._held) == MOST_BUCKETS
    assert buckets.take("x", MOST_BUCKETS + 49) > 0


def test_the_server_lets_through_what_the_proxy_says(tmp_path: Path) -> None:
    with room(tmp_path, proxies=1) as web:
        app = web.app
        app.add_url_rule("/whence", view_func=lambda: str(request.remote_addr))
        front = Front(app, "127.0.0.1", 0)
        front.start()
        told = requests.get(
            f"http://127.0.0.1:{front.port}/whence", headers={"X-Forwarded-For": "192.0.2.1, 198.51.100.1"}, timeout=5
        ).text
        front.stop(time.monotonic() + 5)
        assert told == "198.51.100.1"


def test_a_page_that_was_seen_signed_in_is_kept_in_no_cache(web: Room) -> None:
    assert web.signed_in("ana", "read").get(web.report).headers["Cache-Control"] == "private, no-store"
