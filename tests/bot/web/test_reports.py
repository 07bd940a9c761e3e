from __future__ import annotations

import base64
import hashlib
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from flask.testing import FlaskClient

import notices.pages
from bot.steward.hints import nothing
from bot.steward.routes import ROUTES
from bot.store import Store
from bot.web import create_app, pages, report_token, report_url
from notices.values import Context
from tests.bot.web.making import FORMER, NOW, SECRET, clock, settings

KEY = "pull:42:7"
STYLE = "main { color: #111 }"
PAGE = f"<!doctype html><html><head><style>{STYLE}</style></head><body><main>All of it.</main></body></html>"


@pytest.fixture(autouse=True)
def _remembered(store: Store) -> None:
    with store.transaction() as transaction:
        transaction.remember("report", KEY, PAGE, NOW)


def test_a_signed_link_shows_the_report(client: FlaskClient) -> None:
    answer = client.get(f"/reports/{report_token(settings(), KEY)}")
    assert (answer.status_code, answer.text) == (200, PAGE)
    assert answer.mimetype == "text/html"


def test_the_link_in_a_comment_is_the_address_of_the_report(client: FlaskClient) -> None:
    url = report_url(settings(), KEY)
    assert url.startswith("https://concordat.example.com/reports/")
    assert client.get(url.removeprefix("https://concordat.example.com")).text == PAGE


def test_the_same_report_always_has_the_same_link() -> None:
    assert report_url(settings(), KEY) == report_url(settings(), KEY)


def test_a_report_says_to_browsers_that_nothing_may_run_or_be_loaded(client: FlaskClient) -> None:
    answer = client.get(f"/reports/{report_token(settings(), KEY)}")
    rules = dict(rule.strip().partition(" ")[::2] for rule in answer.headers["Content-Security-Policy"].split(";"))
    digest = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
    assert rules == {
        "default-src": "'none'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
        "style-src": f"'sha256-{digest}'",
    }
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert "noindex" in answer.headers["X-Robots-Tag"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "private" in answer.headers["Cache-Control"]


def test_the_style_sheet_of_the_real_page_applies() -> None:
    context = Context("octo/orders", 7, "main", "b" * 40, "a" * 40, now=NOW)
    assert pages.policy(notices.pages.report([], context)).endswith(f"style-src {notices.pages.STYLE_HASH}")


def test_a_style_sheet_that_somebody_brought_into_the_body_does_not_apply(client: FlaskClient, store: Store) -> None:
    with store.transaction() as transaction:
        transaction.remember("report", KEY, "<head></head><body><style>x</style></body>", NOW)
    answer = client.get(f"/reports/{report_token(settings(), KEY)}")
    assert "style-src" not in answer.headers["Content-Security-Policy"]


def test_a_link_signed_with_the_former_secret_still_works(client: FlaskClient) -> None:
    assert client.get(f"/reports/{report_token(settings(FORMER), KEY)}").status_code == 200


def test_a_new_secret_signs_new_links(store: Store) -> None:
    rotated = settings("the-next-webhook-secret", SECRET)
    assert report_token(rotated, KEY) != report_token(settings(SECRET), KEY)
    client = create_app(rotated, store, clock).test_client()
    assert client.get(f"/reports/{report_token(rotated, KEY)}").status_code == 200


TOKEN = report_token(settings(), KEY)


@pytest.mark.parametrize(
    "token",
    [
        KEY,
        TOKEN[:-1],
        TOKEN[1:],
        TOKEN.swapcase(),
        report_token(replace(settings(), webhook_secrets=("somebody-elses-secret",)), KEY),
        report_token(settings(), "pull:42:8"),
        "x" * 5000,
        "..%2F..%2Fetc%2Fpasswd",
        "%00",
        "<script>alert(1)<%2Fscript>",
    ],
)
def test_any_other_link_shows_that_nothing_is_there(client: FlaskClient, token: str) -> None:
    answer = client.get(f"/reports/{token}")
    assert answer.status_code == 404
    assert "There is nothing at this address" in answer.text
    assert "alert" not in answer.text
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


def test_a_link_that_is_none_looks_like_one_to_a_report_that_is_gone(client: FlaskClient) -> None:
    none, gone = client.get("/reports/none"), client.get(f"/reports/{report_token(settings(), 'gone')}")
    assert (none.status_code, none.text) == (404, gone.text)
    assert "comment has the present link" in gone.text


def test_an_address_where_nothing_is_leads_to_the_start_page(client: FlaskClient) -> None:
    nowhere = client.get("/nowhere")
    assert nowhere.status_code == 404
    assert "report" not in nowhere.text
    assert 'href="/">To the start page' in nowhere.text


def test_a_failure_says_nothing_of_its_cause(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(self: Store) -> object:
        raise OSError("/var/lib/concordat.db is gone")

    monkeypatch.setattr(Store, "reading", broken)
    answer = client.get(f"/reports/{TOKEN}")
    assert answer.status_code == 500
    assert "concordat.db" not in answer.text


def test_the_server_says_that_it_lives(client: FlaskClient) -> None:
    answer = client.get("/healthz")
    assert (answer.status_code, answer.text) == (200, "ok\n")


def test_the_manifest_asks_for_the_events_that_lead_to_something() -> None:
    manifest = yaml.safe_load(Path(__file__).parents[3].joinpath("app.yml").read_text())
    assert manifest["hook_attributes"]["url"].endswith("/webhook")
    always = {"installation", "installation_repositories", "installation_target", "github_app_authorization"}
    asked = {row.event for row in ROUTES if row.ask is not nothing} - always
    assert set(manifest["default_events"]) == asked
