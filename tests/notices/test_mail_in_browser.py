"""Mails as a mail program shows them: on a phone, in the dark, and with every style taken away."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from notices.examples import HOUSE, facts
from notices.letter import write
from notices.notice import make
from tests.browser import Visit

pytestmark = pytest.mark.browser
LONG = "a_field_name_without_any_place_to_break_it_" * 6


def file(folder: Path, kind: str, *, plain: bool = False) -> str:
    html = write(make(kind, facts(kind) | {"fields": LONG}, HOUSE)).html
    path = folder / "mail.html"
    path.write_text(re.sub(r"<style>.*?</style>", "", html, flags=re.DOTALL) if plain else html, encoding="utf-8")
    return path.as_uri()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_mail_fits_a_phone_and_asks_for_nothing_from_outside(chromium: Browser, tmp_path: Path, scheme: str) -> None:
    page = chromium.new_page(
        viewport={"width": 360, "height": 740}, color_scheme="dark" if scheme == "dark" else "light"
    )
    visit = Visit(page)
    for kind in ("release.announced", "release.decide", "review.requested", "sync.agenda"):
        visit.requests.clear()
        visit.open(file(tmp_path, kind))
        assert not visit.scrolls_sideways(), kind
        assert len(visit.requests) == 1, "the mail itself, and nothing else"
        background, colour = page.evaluate("[getComputedStyle(document.body).backgroundColor, "
                                           "getComputedStyle(document.body).color]")  # fmt: skip
        assert (_light(background) > 200) is (scheme == "light")
        assert abs(_light(background) - _light(colour)) > 150
    page.close()


def test_a_mail_without_its_styles_says_the_same_in_the_same_order(chromium: Browser, tmp_path: Path) -> None:
    page = chromium.new_page(viewport={"width": 360, "height": 740})
    texts = []
    for plain in (False, True):
        page.goto(file(tmp_path, "release.confirm", plain=plain))
        texts.append(re.sub(r"\s+", " ", page.inner_text("main")))
    assert texts[0] == texts[1]
    order = [texts[0].index(word) for word in ("What to do", "By when", "Why", "Whom to ask")]
    assert order == sorted(order)
    page.close()


def _light(colour: str) -> float:
    return sum(map(float, re.findall(r"[\d.]+", colour)[:3])) / 3
