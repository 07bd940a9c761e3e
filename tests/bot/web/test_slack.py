"""The interactivity endpoint: raw-bytes signature, replay window, and nothing but an insert while Slack waits."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from bot.store import Store
from bot.store.links import SlackUser
from bot.web import create_app, slack_link
from bot.web.slack import MAX_BODY
from tests.bot.web.making import NOW, clock, settings
from tests.bot.web.visiting import BASE, Room
from tests.fakes.slack.double import SECRET, signed

BODY = b"payload=%7B%22type%22%3A%22block_actions%22%7D"


@pytest.fixture
def client(store: Store, woken: list[str]) -> FlaskClient:
    known = replace(settings(), slack_signing_secret=SECRET)
    return create_app(known, store, clock, wake=lambda: woken.append("now")).test_client()


def post(client: FlaskClient, body: bytes = BODY, headers: dict[str, str] | None = None) -> int:
    return client.post("/slack/interactivity", data=body, headers=headers or signed(body, NOW)).status_code


def test_a_signed_click_is_kept_once_as_it_came(client: FlaskClient, store: Store, woken: list[str]) -> None:
    assert post(client) == 200
    assert post(client) == 200
    with store.reading() as transaction:
        (job,) = transaction.jobs("open")
    assert (job.kind, job.raw) == ("slack.click", BODY.decode())
    assert woken == ["now"]


@pytest.mark.parametrize("age", [timedelta(minutes=6), timedelta(minutes=-6)])
def test_a_click_that_was_signed_too_long_ago_is_refused(client: FlaskClient, store: Store, age: timedelta) -> None:
    assert post(client, headers=signed(BODY, NOW - age)) == 401
    with store.reading() as transaction:
        assert transaction.jobs("open") == ()


def test_other_bytes_than_the_signed_ones_are_refused(client: FlaskClient) -> None:
    assert post(client, BODY + b"&x=1", signed(BODY, NOW)) == 401
    assert post(client, headers={"X-Slack-Signature": "v0=é", "X-Slack-Request-Timestamp": "soon"}) == 401
    assert post(client, headers={"Content-Type": "text/plain"}) == 401
    assert post(client, b"x" * (MAX_BODY + 1)) == 413


def test_the_route_is_not_there_without_the_secret(store: Store) -> None:
    assert post(create_app(settings(), store, clock).test_client()) == 404


def test_a_slack_account_is_linked_by_who_is_signed_in_and_only_by_the_form(web: Room) -> None:
    who = SlackUser("T0", "U0ANA")
    path = slack_link.link_url(web.settings, who).removeprefix(BASE)
    browser = web.signed_in("ana")
    page = browser.get(path).text
    assert "U0ANA" in page
    assert "ana" in page
    with web.store.reading() as transaction:
        assert transaction.slack_person(who) is None, "opening the page links nobody"
    assert browser.post(path).status_code == 403
    assert "Linked" in browser.post(path, browser.csrf()).text
    with web.store.reading() as transaction:
        found = transaction.slack_person(who)
    assert found is not None
    assert found[1] == "ana"


def test_a_link_for_slack_leads_nowhere_when_it_is_old_or_made_up(web: Room) -> None:
    browser = web.signed_in("ana")
    assert browser.get("/slack/link/made-up").status_code == 404
    path = slack_link.link_url(web.settings, SlackUser("T0", "U1")).removeprefix(BASE)
    assert web.browser().get(path).status_code == 303, "whoever is not signed in is sent to sign in"
