from __future__ import annotations

import logging
import re
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.settings import SignIn
from bot.web import create_app
from bot.web.auth import safe
from tests.bot.web.making import settings
from tests.bot.web.visiting import BASE, Browser, Room, room

CALLBACK = "/sign-in/callback"


def is_signed_in(browser: Browser) -> bool:
    return "Sign out" in browser.get("/").text


def test_somebody_signs_in_and_comes_back_to_where_they_wanted_to_go(web: Room) -> None:
    web.github.oauth.grant("ana", "octo/orders")
    browser = web.browser()
    sent = browser.get(web.report)
    assert (sent.status_code, urlsplit(sent.headers["Location"]).path) == (303, "/sign-in")
    arrived = browser.sign_in("ana", sent.headers["Location"])
    assert (arrived.status_code, arrived.headers["Location"]) == (303, web.report)
    assert "MAJOR change" in browser.get(web.report).text
    assert "<span>ana</span>" in browser.get("/").text


def test_the_way_to_github_carries_a_state_and_a_challenge_and_no_secret(web: Room) -> None:
    first, second = (web.browser().get("/sign-in").headers["Location"] for _ in range(2))
    given = parse_qs(urlsplit(first).query)
    assert given["redirect_uri"] == [BASE + CALLBACK]
    assert given["code_challenge_method"] == ["S256"]
    assert len(given["state"][0]) >= 43
    assert web.github.oauth.client_secret not in first
    assert given["state"] != parse_qs(urlsplit(second).query)["state"]


def test_cookies_are_for_this_host_over_https_alone_and_read_by_no_script(web: Room) -> None:
    browser = web.browser()
    set_out = browser.get("/sign-in").headers.getlist("Set-Cookie")
    arrived = browser.sign_in().headers.getlist("Set-Cookie")
    assert len(set_out) == 1
    assert len(arrived) == 2
    for cookie in set_out + arrived:
        assert cookie.startswith("__Host-concordat")
        assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= set(cookie.split("; "))
        assert "Domain" not in cookie


def test_whoever_is_signed_in_stays_so_after_a_sign_in_that_did_not_work(web: Room) -> None:
    browser = web.signed_in("ana")
    assert "<h1>That sign-in did not work</h1>" in browser.get(f"{CALLBACK}?code=x&state=y").text
    assert is_signed_in(browser)
    assert "<h1>You are not signed in</h1>" in web.browser().get(CALLBACK).text


@pytest.mark.parametrize("path", [CALLBACK, f"{CALLBACK}?code=x", f"{CALLBACK}?code=x&state=", f"{CALLBACK}?state=y"])
def test_a_way_back_that_nobody_set_out_on_begins_nothing(web: Room, path: str) -> None:
    browser = web.browser()
    assert browser.get(path).status_code == 400
    assert not is_signed_in(browser)


def test_a_way_back_of_another_browser_begins_nothing(web: Room) -> None:
    victim, attacker = web.browser(), web.browser()
    victim.get("/sign-in")
    answer = victim.get(attacker.set_out("/sign-in", "mallory"))
    assert answer.status_code == 400
    assert "did not begin in this browser" in answer.text
    assert not is_signed_in(victim)


def test_a_way_back_cannot_be_used_twice(web: Room) -> None:
    browser = web.browser()
    back = browser.set_out("/sign-in")
    assert browser.get(back).status_code == 303
    assert browser.get(back).status_code == 400


def test_whoever_stays_away_too_long_sets_out_anew(web: Room) -> None:
    browser = web.browser()
    back = browser.set_out("/sign-in")
    web.later(minutes=10)
    assert browser.get(back).status_code == 400
    assert browser.sign_in().status_code == 303


def test_whoever_declines_is_told_that_nothing_is_kept(web: Room) -> None:
    browser = web.browser()
    web.github.oauth.declines = True
    answer = browser.sign_in()
    assert answer.status_code == 403
    assert "Nothing of you is kept" in answer.text
    assert 'href="/sign-in"' in answer.text


def test_a_github_that_does_not_answer_lets_nobody_in(web: Room) -> None:
    browser = web.browser()
    web.github.fail(how="500", path="/login/oauth/access_token")
    answer = browser.sign_in()
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "60")
    assert not is_signed_in(browser)


def test_signing_out_ends_the_session_and_the_token(web: Room) -> None:
    browser = web.signed_in("ana", "read")
    stolen = web.app.test_client()
    cookie = browser.client.get_cookie("__Host-concordat", domain="concordat.example.com")
    assert cookie is not None
    (token,) = web.github.oauth.tokens
    assert browser.post("/sign-out", browser.csrf()).headers["Location"] == "/"
    assert not is_signed_in(browser)
    assert token not in web.github.oauth.tokens
    stolen.set_cookie("__Host-concordat", cookie.value, domain="concordat.example.com", secure=True)
    assert "Sign out" not in stolen.get("/", base_url=BASE).text


def test_signing_out_works_while_github_does_not_answer(web: Room) -> None:
    browser = web.signed_in("ana")
    csrf = browser.csrf()
    web.github.fail(how="500", times=None)
    assert browser.post("/sign-out", csrf).status_code == 303
    web.github.heal()
    assert not is_signed_in(browser)


def test_another_sign_in_in_the_same_browser_ends_the_one_before(web: Room) -> None:
    browser = web.signed_in("ana")
    before = browser.client.get_cookie("__Host-concordat", domain="concordat.example.com")
    browser.sign_in("bo")
    assert "<span>bo</span>" in browser.get("/").text
    assert before is not None
    browser.client.set_cookie("__Host-concordat", before.value, domain="concordat.example.com", secure=True)
    assert not is_signed_in(browser)


def test_a_session_ends_with_its_token(web: Room) -> None:
    browser = web.signed_in("ana")
    web.later(hours=7, minutes=59)
    assert is_signed_in(browser)
    web.later(minutes=1)
    assert not is_signed_in(browser)


def test_whoever_withdraws_the_authorization_at_github_is_signed_out_within_a_minute(web: Room) -> None:
    browser = web.signed_in("ana", "read")
    assert browser.get(web.report).status_code == 200
    web.github.oauth.revoke("ana")
    web.later(minutes=1)
    assert browser.get(web.report).headers["Location"].startswith("/sign-in?next=")
    assert not is_signed_in(browser)


@pytest.mark.parametrize("cookie", ["", "x", "x" * 43, "é", "x" * 3000, "' OR 1=1 --"])
def test_a_cookie_that_somebody_made_opens_nothing(web: Room, cookie: str) -> None:
    browser = web.browser()
    browser.client.set_cookie("__Host-concordat", cookie, domain="concordat.example.com", secure=True)
    assert not is_signed_in(browser)


def test_neither_tokens_nor_cookies_are_in_the_database_or_the_log(
    web: Room, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    browser = web.signed_in("ana", "read")
    cookie = browser.client.get_cookie("__Host-concordat", domain="concordat.example.com")
    (token,) = web.github.oauth.tokens
    assert cookie is not None
    with closing(sqlite3.connect(tmp_path / "web.db")) as connection:
        kept = "\n".join(connection.iterdump())
    assert "ana" in kept
    for secret in (token, cookie.value, "ghr_", web.github.oauth.client_secret):
        assert secret not in kept
        assert secret not in caplog.text


def test_a_session_sealed_under_the_former_key_goes_on_and_under_an_unknown_one_ends(web: Room) -> None:
    browser = web.signed_in("ana", "read")
    cookie = browser.client.get_cookie("__Host-concordat", domain="concordat.example.com")
    former = web.settings.sign_in
    assert cookie is not None
    assert former is not None
    for keys, known in ((("a new key " * 5, *former.keys), True), (("a new key " * 5,), False)):
        changed = replace(web.settings, sign_in=SignIn(former.client_id, former.client_secret, keys))
        client = create_app(changed, web.store, web.clock).test_client()
        client.set_cookie("__Host-concordat", cookie.value, domain="concordat.example.com", secure=True)
        page = client.get(web.report, base_url=BASE)
        assert page.status_code == (200 if known else 303)


def test_one_person_cannot_sign_in_again_and_again(web: Room) -> None:
    browser = web.browser()
    answers = [browser.sign_in("ana").status_code for _ in range(9)]
    web.later(minutes=1)  # the address may again, the person has used theirs up
    answers += [browser.sign_in("ana").status_code for _ in range(7)]
    assert 429 in answers
    assert "Try again in" in browser.sign_in("ana").text


@pytest.mark.parametrize(
    "path",
    [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "/\t/evil.example",
        "\\/evil.example",
        "evil.example",
        "javascript:alert(1)",
        "",
        "/" + "x" * 5000,
        "/a b",
        "/sign-in?next=/",
        "/%0d\r\nSet-Cookie: a=b",
    ],
)
def test_sign_in_leads_nowhere_but_to_pages_of_this_server(web: Room, path: str) -> None:
    browser = web.browser()
    browser.room.github.oauth.visitor = "ana"
    answer = browser.client.get("/sign-in", query_string={"next": path}, base_url=BASE)
    assert answer.status_code == 303
    assert safe(path) == "/"


@given(st.text(max_size=60))
def test_whatever_it_is_asked_for_the_way_on_stays_here(path: str) -> None:
    kept = safe(path)
    parts = urlsplit(kept)
    assert kept.startswith("/")
    assert (parts.scheme, parts.netloc) == ("", "")
    assert not re.match(r"/[/\\]", kept)


def test_without_a_client_id_there_is_no_way_in(web: Room) -> None:
    client = create_app(settings(), web.store, web.clock).test_client()
    assert client.get("/sign-in").status_code == 404
    assert client.get("/operator").status_code == 404
    assert "Nobody signs in here yet" in client.get("/").text


def test_people_sign_in_with_an_enterprise_server_too(tmp_path: Path) -> None:
    with room(tmp_path, enterprise=True) as web:
        browser = web.signed_in("ana", "read")
        assert browser.get(web.report).status_code == 200
        paths = [one.path for one in web.github.requests]
        assert "/login/oauth/authorize" in paths
        assert web.settings.github_api_url == f"{web.settings.github_web_url}/api/v3"


def test_an_app_with_a_wrong_callback_url_is_the_operators_to_mend(web: Room) -> None:
    browser = web.browser()
    state = parse_qs(urlsplit(browser.get("/sign-in").headers["Location"]).query)["state"][0]
    answer = browser.get(f"{CALLBACK}?error=redirect_uri_mismatch&state={state}")
    assert answer.status_code == 403
    assert "Tell the operator of this server" in answer.text
