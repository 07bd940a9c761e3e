"""Every kind of notice in every form: what to do, by when, why, and whom to ask, from the text alone."""

from __future__ import annotations

import json
import re
import string
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from slack_sdk.models.blocks import Block, ButtonElement

from notices import slack
from notices.catalogue import CATALOGUE
from notices.catalogue_entry import Entry, Line
from notices.escape import mrkdwn
from notices.examples import HOUSE, facts
from notices.letter import Letter, write
from notices.notice import House, MissingFactError, make
from tests.notices import golden
from tests.notices.test_pages import read

KINDS = tuple(CATALOGUE)


def letter(kind: str, **more: str) -> Letter:
    return write(make(kind, facts(kind) | more, HOUSE))


@pytest.mark.parametrize("kind", KINDS)
def test_a_notice_reads_as_it_was_reviewed_in_every_form(kind: str) -> None:
    found = letter(kind)
    golden.check(f"notice-{kind}.txt", found.text)
    golden.check(f"notice-{kind}.md", found.markdown)
    shown = {"text": found.fallback, "blocks": found.blocks}
    golden.check(f"notice-{kind}.slack.json", json.dumps(shown, indent=1, ensure_ascii=False) + "\n")


@pytest.mark.parametrize("kind", ["release.announced", "release.decide", "review.requested"])
def test_a_mail_reads_as_it_was_reviewed_in_html(kind: str) -> None:
    unstyled = re.sub(r"<style>.*?</style>", "<style></style>", letter(kind).html, flags=re.DOTALL)
    golden.check(f"notice-{kind}.html", unstyled)


@pytest.mark.parametrize("kind", KINDS)
def test_every_form_says_what_to_do_by_when_why_and_whom_to_ask(kind: str) -> None:
    notice, found = make(kind, facts(kind), HOUSE), letter(kind)
    assert notice.do
    assert notice.by
    assert notice.why
    assert all(re.search(r"\d{4}-\d\d-\d\d|^now|^no date", one) for one in (notice.by,))
    forms = (found.text, found.markdown, found.html, _slack_text(found))
    for form in forms:
        flat = re.sub(r"[\s`\\>*]+", "", re.sub(r"</?code>", "", form)).casefold()
        for heading in ("what to do", "by when", "why", "urgent, at any hour"):
            assert heading.replace(" ", "") in flat
    assert found.subject.isprintable()
    assert len(found.subject) <= 150
    assert all(len(one) <= 78 or "https://" in one for one in found.text.split("\n"))


@pytest.mark.parametrize("kind", KINDS)
def test_blocks_are_what_slacks_own_types_take(kind: str) -> None:
    found = letter(kind).blocks
    assert len(found) <= 50
    for one in Block.parse_all([json.loads(json.dumps(block)) for block in found]):
        one.validate_json()
    buttons = [one for block in found if block["type"] == "actions" for one in block["elements"]]
    for one in buttons:
        ButtonElement(**{key: value for key, value in one.items() if key != "type"}).validate_json()
        assert len(one["text"]["text"]) <= 20
    assert len({one["action_id"] for one in buttons}) == len(buttons)
    assert "actions" not in {block["type"] for block in slack.decided(tuple(found))}


@pytest.mark.parametrize("kind", KINDS)
def test_no_notice_needs_colour_or_emoji(kind: str) -> None:
    found = letter(kind)
    for form in (found.text, found.markdown, found.html, _slack_text(found)):
        assert not re.search("[\U0001f000-\U0001ffff\u2600-\u27bf]|:[a-z_]+:", form)
    assert "<img" not in found.html


@pytest.mark.parametrize("entry", CATALOGUE.values(), ids=KINDS)
def test_a_row_names_only_facts_that_its_example_has(entry: Entry) -> None:
    texts = [entry.subject, entry.says, entry.why]
    texts += [one.text if isinstance(one, Line) else one for one in (*entry.do, *entry.by)]
    assert all(_well_formed(one) for one in texts)
    assert entry.audience in {"partner", "release owner", "team", "everybody"}
    last = entry.by[-1]
    assert isinstance(last, str) or last.when, "the last alternative has to hold always"


def test_a_fact_that_is_missing_is_named() -> None:
    with pytest.raises(MissingFactError, match=r"release\.live needs the fact 'version'"):
        make("release.live", {"contract": "x", "go_live": "2027-01-20T17:00:00+00:00"}, HOUSE)
    with pytest.raises(MissingFactError, match="a row of the catalogue"):
        make("release.party", {}, HOUSE)


def test_a_critical_fix_is_announced_as_an_emergency() -> None:
    assert make("release.announced", facts("release.emergency"), HOUSE).kind == "release.emergency"


def test_a_late_notice_says_when_it_should_have_come() -> None:
    notice = make("release.confirm", facts("release.confirm"), HOUSE, due=datetime(2027, 1, 6, 17, tzinfo=UTC))
    for form in (write(notice).text, write(notice).html, write(notice).markdown, _slack_text(write(notice))):
        assert "2027-01-06 17:00 UTC (18:00 Europe/Berlin)" in form.replace("\n", " ").replace("\\", "")


def test_who_is_to_be_asked_is_the_release_issue_where_nobody_is_named() -> None:
    notice = make("release.confirm", facts("release.confirm"), House("https://github.example"))
    assert notice.contacts == (("Questions and problems", "https://github.example/example/contracts/issues/21"),)


def test_buttons_come_only_with_the_version_of_the_state_that_they_were_drawn_from() -> None:
    assert make("release.decide", facts("release.decide"), HOUSE).state == "8:41"
    assert not make("release.decide", facts("release.decide") | {"version_of_state": ""}, HOUSE).buttons


def test_milestones_keep_the_time_of_day_of_the_release_over_summer_time() -> None:
    # Denver leaves summer time on 2026-11-01: T-15 of a go-live on the 10th lies before it.
    told = make(
        "release.testing", facts("release.testing") | {"go_live": "2026-11-10T17:00:00+00:00", "zone": "UTC"}, HOUSE
    )
    assert told.by.startswith("2026-10-26 16:00 UTC")


def test_a_list_without_end_is_cut_and_says_so() -> None:
    found = letter("release.announced", says="\n".join(f"Field number {n} changes." for n in range(500)))
    assert "and 470 more" in found.text
    assert "and 470 more" in found.markdown
    assert sum(len(str(block)) for block in found.blocks) < 13_000


HOSTILE = (
    "<!channel> <@U1> @acme/crm #1 [x](https://evil.example) *b* _i_ `c` <b>h</b> https://evil.example\u202e\r\nBcc: x"
)


def test_what_people_wrote_becomes_no_mention_link_or_markup_anywhere() -> None:
    found = letter("release.postponed", reason=HOSTILE)
    shown = _slack_text(found)
    assert "<!channel>" not in shown
    assert "<@U1>" not in shown
    assert "<b>" not in found.html
    assert "\u202e" not in found.text + found.html + found.markdown + shown
    assert "\nBcc" not in found.text
    page = read(found.html)
    assert not any("evil" in link for link in page.links)
    letter("release.postponed", contract="a\r\nBcc: x@y")


@given(st.text(max_size=300))
def test_no_text_gets_a_mention_a_link_or_formatting_past_slacks_escape(text: str) -> None:
    shown = str(mrkdwn(text))
    outside = re.sub(r"`[^`]+`", "", shown)
    assert "`" not in outside
    assert not set("*_~<>") & set(outside)
    assert not re.search(r"[<>]", shown)


def _slack_text(found: Letter) -> str:
    texts: list[str] = [found.fallback]
    for block in found.blocks:
        if "text" in block:
            texts.append(block["text"]["text"])
        texts += [one["text"] for one in block.get("elements", ()) if isinstance(one.get("text"), str)]
    return "\n".join(texts)


def _well_formed(text: str) -> bool:
    fields: list[Any] = [name for _, name, _, _ in string.Formatter().parse(text) if name is not None]
    return text.count("`") % 2 == 0 and all(name.isidentifier() for name in fields)
