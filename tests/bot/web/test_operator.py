from __future__ import annotations

from datetime import timedelta

import pytest

from bot.steward import quarantine
from bot.store.values import NewJob
from bot.web.access import is_named
from tests.bot.web.making import BODY, GUID, headers
from tests.bot.web.visiting import BASE, OPERATOR, Room
from tests.fakes.github.double import SECRET


def dead(web: Room, error: str = "GitHub says no") -> int:
    """Let a job give up; its number."""
    job = NewJob(kind="pull", payload={"repository": "octo/orders", "number": 7, "body": "secret"}, pool="nowhere")
    with web.store.transaction() as transaction:
        transaction.enqueue(job)
        lease = transaction.claim(web.clock(), lease=timedelta(minutes=1), pools=["nowhere"])
        assert lease is not None
        transaction.fail(lease, web.clock(), error, None)
    return lease.job_id


def test_an_operator_sees_what_gave_up_and_why(web: Room) -> None:
    number = dead(web, "bot.github.errors.Denied: <script>alert(1)</script>")
    page = web.signed_in(OPERATOR).get("/operator").text
    assert f"<code>pull</code> {number}" in page
    assert "repository octo/orders · number 7" in page
    assert "Denied: &lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "secret" not in page


def test_a_dead_job_is_retried_from_the_page(web: Room) -> None:
    number = dead(web)
    browser = web.signed_in(OPERATOR)
    answer = browser.post(f"/operator/jobs/{number}/retry", browser.csrf())
    assert answer.status_code == 303
    assert "The job will run again now" in browser.get(answer.headers["Location"]).text
    with web.store.reading() as transaction:
        assert [job.job_id for job in transaction.jobs("open")] == [number]
    again = browser.post(f"/operator/jobs/{number}/retry", browser.csrf())
    assert "no longer dead" in browser.get(again.headers["Location"]).text


def test_a_quarantine_is_told_with_what_to_do(web: Room) -> None:
    browser = web.signed_in(OPERATOR)
    assert "Nothing is sent." not in browser.get("/operator").text
    quarantine.begin(web.store, "restored from <Monday>", web.clock())
    page = browser.get("/operator").text
    assert "Nothing is sent." in page
    assert "restored from &lt;Monday&gt;" in page
    assert "<code>concordat reconcile</code>" in page


def test_deliveries_and_installations_are_listed(web: Room) -> None:
    web.app.test_client().post("/webhook", data=BODY, headers=headers(secret=SECRET), base_url=BASE)
    page = web.signed_in(OPERATOR).get("/operator").text
    assert GUID in page
    assert "<code>pull_request</code>" in page
    assert ">octo</th>" in page
    assert "active" in page


def test_the_page_is_there_while_github_cannot_list_installations(web: Room) -> None:
    browser = web.signed_in(OPERATOR)
    browser.get("/")
    web.github.fail(how="500", path="/app/installations", times=None)
    answer = browser.get("/operator")
    assert answer.status_code == 200
    assert "GitHub does not answer at the moment" in answer.text


@pytest.mark.parametrize("role", [None, "read", "admin"])
def test_for_anybody_else_there_is_no_operator_page(web: Room, role: str | None) -> None:
    number = dead(web)
    browser = web.signed_in("mallory", role)
    missing, hidden = browser.get("/nowhere"), browser.get("/operator")
    assert (hidden.status_code, hidden.text) == (404, missing.text)
    assert browser.post(f"/operator/jobs/{number}/retry", browser.csrf()).status_code == 404
    assert "/operator" not in browser.get("/").text
    with web.store.reading() as transaction:
        assert len(transaction.jobs("dead")) == 1


def test_an_operator_by_login_is_whoever_has_that_login_now(web: Room) -> None:
    web.github.account(OPERATOR).login = "olga-renamed"
    browser = web.signed_in(OPERATOR)
    assert browser.get("/operator").status_code == 404


def test_nothing_to_do_is_said_plainly(web: Room) -> None:
    page = web.signed_in(OPERATOR).get("/operator").text
    assert "Nothing is due, running or waiting" in page
    assert "None. Nothing has given up." in page
    assert "GitHub has sent nothing that is still kept" in page


def test_nobody_becomes_operator_by_taking_an_operators_number_as_a_login(web: Room) -> None:
    names = frozenset({"583231", "olga"})
    assert is_named(583231, "whoever", names)
    assert is_named(1, "Olga", names)
    assert not is_named(1, "583231", names)
