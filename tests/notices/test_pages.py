from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise

import pytest

from notices import pages
from rules.review import Review
from tests.notices.making import CONFIG_PROBLEMS, CONTEXT, addition, admission_date, many, removal, review, undecided
from tests.notices.test_escape import NASTY, named

EVERY: dict[str, list[Review]] = {
    "major": [review(admission_date(), "blocked")],
    "several": [review(admission_date()), review(removal()), review(addition()), review(undecided())],
    "nothing": [],
}
VOID = {"meta", "link", "br", "img", "input", "hr"}


class Reader(HTMLParser):
    """Reads a page, and fails where its elements do not nest."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.tags.append(tag)
        self.ids += [given["id"] or ""] if "id" in given else []
        self.links += [given["href"] or ""] if "href" in given else []
        assert not {name for name in given if name.startswith("on") or name in ("src", "style")}
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def read(page: str) -> Reader:
    reader = Reader()
    reader.feed(page)
    assert reader.open == []
    return reader


@pytest.mark.parametrize("name", EVERY)
def test_the_page_is_whole_and_loads_nothing(name: str) -> None:
    page = pages.report(EVERY[name], CONTEXT)
    found = read(page)
    assert not {"script", "img", "link", "iframe", "form"} & set(found.tags)
    assert {"header", "main", "footer", "h1", "title"} <= set(found.tags)
    assert found.tags.count("h1") == 1
    assert '<html lang="en">' in page


@pytest.mark.parametrize("name", EVERY)
def test_headings_never_leave_a_level_out_and_ids_are_unique(name: str) -> None:
    found = read(pages.report(EVERY[name], CONTEXT))
    levels = [int(tag[1]) for tag in found.tags if re.fullmatch(r"h[1-6]", tag)]
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert len(found.ids) == len(set(found.ids))
    assert all(link[1:] in found.ids for link in found.links if link.startswith("#"))


def test_old_and_new_stand_side_by_side() -> None:
    page = pages.report(EVERY["major"], CONTEXT)
    assert page.index("&#34;pattern&#34;") < page.index("&#34;date-time&#34;")
    assert f"/blob/{CONTEXT.base_sha}/schemas/patient-record.json#L9" in page
    assert f"/blob/{CONTEXT.head_sha}/schemas/patient-record.json#L9" in page


def test_the_failing_part_is_marked_by_more_than_colour() -> None:
    page = pages.report(EVERY["major"], CONTEXT)
    assert "<mark>  &#34;admission_date&#34;: &#34;2025-01-15&#34;  ← refused</mark>" in page


def test_the_hash_is_that_of_the_style_on_the_page() -> None:
    match = re.search(r"<style>(.*?)</style>", pages.report([], CONTEXT), re.DOTALL)
    assert match is not None
    made = base64.b64encode(hashlib.sha256(match[1].encode()).digest()).decode()
    assert f"'sha256-{made}'" == pages.STYLE_HASH


def test_everything_that_the_comment_cuts_is_on_the_page() -> None:
    page = pages.report([review(many(300))], CONTEXT)
    assert page.count("<article>") == 300


def test_a_broken_configuration_is_on_the_page() -> None:
    page = pages.report([], replace(CONTEXT, config_problems=CONFIG_PROBLEMS))
    assert "The configuration cannot be used" in page
    assert "<code>owners</code>" in page


@pytest.mark.parametrize("name", NASTY)
def test_what_a_pull_request_names_is_only_text(name: str) -> None:
    page = pages.report([named(name), named(name * 3)], replace(CONTEXT, config_preview=(name,)))
    found = read(page)
    assert not {"script", "b", "img"} & set(found.tags)
    ours = ("#", "https://github.com/acme/contracts/", f"{CONTEXT.report_url}/why")
    assert all(link.startswith(ours) for link in found.links)
    page.encode()


def test_text_has_contrast_in_light_and_in_dark() -> None:
    light, dark = (dict(re.findall(r"--([a-z]+): (#[0-9a-f]{6})", part)) for part in pages.STYLE.split("@media")[:2])
    for colours in (light, dark):
        for ground in ("page", "panel", "mark"):
            assert contrast(colours["text"], colours[ground]) >= 7
        for name in ("soft", "link", "major", "minor", "patch"):
            assert min(contrast(colours[name], colours["page"]), contrast(colours[name], colours["panel"])) >= 4.5


def contrast(one: str, other: str) -> float:
    """The contrast ratio of WCAG 2.2."""
    bright, dim = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
