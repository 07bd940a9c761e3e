from __future__ import annotations

import pytest

from bot.web import report_url
from tests.bot.web.visiting import BASE, Room, keep_report


@pytest.mark.parametrize("page", ["", "/why"])
def test_a_report_is_shown_to_whoever_reads_its_repository(web: Room, page: str) -> None:
    for role in ("read", "triage", "write", "maintain", "admin"):
        answer = web.signed_in(f"{role}er", role).get(web.report + page)
        assert answer.status_code == 200
        assert "MAJOR change" in answer.text


@pytest.mark.parametrize("page", ["", "/why"])
def test_nobody_learns_whether_a_report_exists_that_is_not_for_them(web: Room, page: str) -> None:
    browser = web.signed_in("mallory")
    real = browser.get(web.report + page)
    gone = browser.get(report_url(web.settings, "pull:999:1").removeprefix(BASE) + page)
    forged = browser.get(f"/reports/forged{page}")
    assert {answer.status_code for answer in (real, gone, forged)} == {404}
    assert real.text == gone.text == forged.text
    assert dict(real.headers) == dict(gone.headers) == dict(forged.headers)


def test_without_a_sign_in_every_report_leads_there_whether_it_exists_or_not(web: Room) -> None:
    browser = web.browser()
    for path in (web.report, f"{web.report}/why", "/reports/forged", "/operator"):
        answer = browser.get(path)
        assert answer.status_code == 303
        assert answer.headers["Location"].startswith("/sign-in?next=")
        assert answer.headers["Cache-Control"] == "no-store"


def test_access_that_is_lost_counts_within_a_minute(web: Room) -> None:
    browser = web.signed_in("ana", "write")
    assert browser.get(web.report).status_code == 200
    web.github.oauth.withdraw("ana", "octo/orders")
    web.later(minutes=1)
    assert browser.get(web.report).status_code == 404
    assert "Open reviews" in browser.get("/").text
    assert "octo/orders" not in browser.get("/").text


def test_github_is_asked_once_a_minute_however_often_a_page_is_opened(web: Room) -> None:
    browser = web.signed_in("ana", "read")
    web.github.forget_requests()
    for _ in range(5):
        browser.get(web.report)
    assert [one.path for one in web.github.requests] == ["/repos/octo/orders"]


def test_answers_for_one_person_are_not_given_to_another(web: Room) -> None:
    assert web.signed_in("ana", "read").get(web.report).status_code == 200
    assert web.signed_in("mallory").get(web.report).status_code == 404


def test_another_repository_that_took_the_name_opens_nothing(web: Room) -> None:
    browser = web.signed_in("ana", "admin")
    taken = web.github.repository("octo/orders").state
    web.github.site.world.repositories["octo/orders"] = taken
    taken.id += 1000
    web.github.oauth.grant("ana", "octo/orders", "admin")
    assert browser.get(web.report).status_code == 404


@pytest.mark.parametrize("how", ["500", "403_rate_limit", "403_secondary"])
def test_while_github_does_not_answer_nothing_is_shown(web: Room, how: str) -> None:
    browser = web.signed_in("ana", "read")
    web.github.fail(how=how, path="/repos/octo/orders")  # type: ignore[arg-type] # one of the literals
    answer = browser.get(web.report)
    assert answer.status_code == 503
    assert "GitHub does not answer" in answer.text
    assert browser.get(web.report).status_code == 200


def test_a_report_without_its_summary_is_shown_to_nobody(web: Room) -> None:
    browser = web.signed_in("ana", "admin")
    with web.store.transaction() as transaction:
        transaction.drop("summary", web.key)
    assert browser.get(web.report).status_code == 404


def test_the_home_page_lists_the_open_reviews_of_the_repositories_that_somebody_sees(web: Room) -> None:
    keep_report(web, title="Dates <b>become</b> times")
    page = web.signed_in("ana", "read").get("/").text
    assert "octo/orders" in page
    assert "Dates &lt;b&gt;become&lt;/b&gt; times #7" in page
    assert "waits for its author" in page
    assert f'href="{BASE}{web.report}"' in page
    assert f'href="{BASE}{web.report}/why"' in page


def test_the_home_page_of_somebody_who_sees_nothing_names_nothing(web: Room) -> None:
    page = web.signed_in("mallory").get("/").text
    assert "No review is open in the repositories that you see" in page
    assert "octo" not in page


def test_a_review_that_no_sweep_has_seen_for_a_day_is_not_listed(web: Room) -> None:
    web.later(days=1, minutes=1)
    assert "octo/orders" not in web.signed_in("ana", "read").get("/").text


def test_whoever_is_not_signed_in_reads_on_the_home_page_what_this_is(web: Room) -> None:
    page = web.browser().get("/").text
    assert "Concordat keeps contracts between teams" in page
    assert "Nothing is written in your name" in page
    assert "octo" not in page
