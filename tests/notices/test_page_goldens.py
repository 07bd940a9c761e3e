"""Whole pages as files that people read and review, without the style sheet that all of them share."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from notices import home, operator, pages, why
from tests.notices import golden
from tests.notices.making import BEGAN, CONTEXT, addition, admission_date, lowered, removal, review, unusable
from tests.notices.test_pages import read
from tests.notices.test_why import breaking

LOOKER = pages.Looker("dana", "f0" * 32, operates=True)
SUMMARY = home.read(
    home.summary([review(admission_date(), "blocked"), review(addition())], CONTEXT, "Times, <not> dates")
)
REPORT = "https://concordat.example/reports/4f1c"
PULL = home.Pull(SUMMARY, REPORT, REPORT + pages.WHY)
OPERATED = operator.View(
    now=BEGAN,
    tallies=(operator.Tally("delivery", due=2, running=1, since=BEGAN), operator.Tally("pull", waiting=3, dead=1)),
    dead=(operator.Dead(17, "pull", "repository acme/contracts · number 17", 8, "<b>Denied</b>", BEGAN, BEGAN),),
    arrivals=(operator.Arrival("72d3162e-cc78-11e3-81ab-4c9367dc0958", "pull_request", "done", 1, BEGAN),),
    accounts=(operator.Account(5, "acme", suspended=False), operator.Account(6, "old-acme", suspended=True)),
    note="The job will run again now.",
)
PAGES = {
    "page-why": why.render([breaking("2.1.0")], CONTEXT),
    "page-why-several": why.render(
        [review(unusable(), "blocked"), breaking(), review(lowered()), review(removal())], CONTEXT
    ),
    "page-home-off": home.render(home.View("off")),
    "page-home-out": home.render(home.View("out")),
    "page-home": home.render(home.View("in", home.by_repository([PULL, replace(PULL)]), 2, cut=True)),
    "page-operator": operator.render(OPERATED, csrf=LOOKER.csrf),
    "page-operator-quiet": operator.render(operator.View(now=BEGAN + timedelta(days=1), accounts=None), csrf=""),
    "page-message": pages.message("Not Found", "There is nothing at this address.", ("Home", "/")),
}


@pytest.mark.parametrize("name", PAGES)
def test_a_page_reads_as_it_was_reviewed(name: str) -> None:
    page = pages.framed(PAGES[name], LOOKER if name != "page-home-out" else None, sign_in="/sign-in?next=%2F")
    found = read(page)
    assert len(found.ids) == len(set(found.ids))
    assert found.tags.count("h1") == 1
    assert not {"script", "img", "b"} & set(found.tags)
    golden.check(f"{name}.html", re.sub(r"<style>.*?</style>", "<style></style>", page, flags=re.DOTALL))
