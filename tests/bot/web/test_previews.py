"""Every notice on a page, before anybody is sent one."""

from __future__ import annotations

from notices.catalogue import CATALOGUE
from tests.bot.web.visiting import Room


def test_every_kind_of_notice_is_shown_as_each_channel_has_it(web: Room) -> None:
    browser = web.signed_in("ana")
    listed = browser.get("/notices")
    assert listed.status_code == 200
    for kind in CATALOGUE:
        assert f'<a href="/notices/{kind}">' in listed.text
        assert browser.get(f"/notices/{kind}").status_code == 200, kind
    page = browser.get("/notices/release.confirm").text
    assert "WHAT TO DO" in page
    assert "&#34;type&#34;: &#34;actions&#34;" in page
    mail = browser.get("/notices/release.confirm/mail")
    assert "sandbox" in mail.headers["Content-Security-Policy"]
    assert "confirm that you are ready" in mail.text


def test_notices_are_shown_to_who_is_signed_in_and_only_those_that_there_are(web: Room) -> None:
    assert web.browser().get("/notices").status_code == 303
    assert web.signed_in("ana").get("/notices/release.nothing").status_code == 404
