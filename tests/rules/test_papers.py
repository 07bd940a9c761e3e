from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.papers import PAPERS, Kind, answers, gaps, kind_of

FILLED = """\
# Impact analysis: orders 2.0

## 1) Summary (2–3 sentences)
The total is counted in cents from 2.0 on.

## 2) Problem statement
Amounts are rounded.

## 3) Goals / non-goals
- Goals:
  - No rounding
- Non-goals:

## 4) Current state
See [the docs](https://example.com/orders).

## 5) Proposed design
- Components involved: ingestion
- Data flow (high level):

## 6) Rollout plan
- Milestones: 10 January, contract tests
- Migration steps (if any):
  - multiply by 100

## 7) Risks + open questions
- Risks: none that we know of
- Open questions:

## 8) Ownership
- DRI: Priya
"""
REQUEST = """\
# Contract Change Request: Count in cents

**Requested By:** Data
**Request Date:** 2026-11-21
**Target Version:** 2.0

## Proposed Changes

**Fields to Add:**

- Field Name: total_cents

## Impact Assessment

**CRM Team Impact:**

- [x] UI changes required
- [ ] Code changes required

## Timeline

- Approval Target: 2026-12-01
"""


def open_sections(kind: Kind, text: str) -> list[str]:
    return [one.section.title for one in gaps(kind, text)]


def section(title: str, body: str) -> str:
    """The filled impact analysis with one section's body replaced."""
    before, _, rest = FILLED.partition(f") {title}")
    line, _, after = rest.partition("\n")
    _, mark, following = after.partition("\n## ")
    return f"{before}) {title}{line}\n{body}\n{mark}{following}"


def test_a_paper_that_is_filled_in_has_no_gaps() -> None:
    assert gaps("impact analysis", FILLED) == ()
    assert gaps("change request", REQUEST) == ()


def test_a_paper_is_known_by_its_title_or_by_its_sections() -> None:
    assert kind_of(FILLED) == "impact analysis"
    assert kind_of(FILLED.partition("\n")[2]) == "impact analysis"
    assert kind_of(REQUEST) == "change request"
    assert kind_of("# Notes\n\n## Summary\nText.\n") is None
    assert kind_of("") is None


@pytest.mark.parametrize(
    "body",
    [
        "", "TBD", "- TBD.", "**TODO**", "TODO: ask Priya", "N/A", "n/a", "na", "Not applicable", "to be determined",
        "<!-- Two or three sentences. -->", "<!--\nlong\n-->", "<what changes>", "[what changes]", "...", "- ", "???",
        "What are we building/changing, and why now?", "Two or three sentences: what changes, and why now.",
        "```\n```", "- [ ] written", "YYYY-MM-DD", "| |\n|---|",
    ],
)  # fmt: skip
def test_what_a_template_puts_there_and_nothing_else_is_empty(body: str) -> None:
    assert open_sections("impact analysis", section("Summary", body)) == ["Summary"]


@pytest.mark.parametrize(
    "body",
    [
        "None.", "- [x] written", "TBD by whom? By us.\nIt is the CRM team.", "[the docs](https://example.com)",
        "### Part\nText beneath another heading.", "```json\n{}\n1\n```", "金額はセント単位", "| a |\n|---|",
    ],
)  # fmt: skip
def test_whatever_somebody_wrote_is_an_answer(body: str) -> None:
    assert open_sections("impact analysis", section("Summary", body)) == []


@pytest.mark.parametrize(
    "body",
    ["- Risks:\n- Open questions:", "- Risks: TBD\n- Open questions: N/A", "* **Risks:**\n* Open questions: [which]"],
)
def test_prompts_without_answers_are_empty(body: str) -> None:
    assert open_sections("impact analysis", section("Risks + open questions", body)) == ["Risks + open questions"]


def test_a_section_that_is_missing_has_no_line() -> None:
    (found,) = gaps("impact analysis", FILLED.replace("## 4) Current state", "Current state"))
    assert (found.section.title, found.line) == ("Current state", None)


def test_a_section_that_is_empty_has_its_line() -> None:
    (found,) = gaps("impact analysis", section("Problem statement", "TBD"))
    assert (found.section.title, found.line) == ("Problem statement", 6)


def test_a_heading_within_a_fence_or_a_comment_is_none() -> None:
    text = FILLED.replace("## 8) Ownership", "```\n## 8) Ownership\n```")
    assert open_sections("impact analysis", text) == ["Ownership"]
    text = FILLED.replace("## 8) Ownership", "<!--\n## 8) Ownership\n-->")
    assert open_sections("impact analysis", text) == ["Ownership"]


@pytest.mark.parametrize("label", ["Requested By", "Request Date", "Target Version"])
@pytest.mark.parametrize("value", ["", "TBD", "[CRM Team / Data Team]", "YYYY-MM-DD", "v1.X"])
def test_the_head_of_a_change_request_is_filled_in_too(label: str, value: str) -> None:
    lines = [f"**{label}:** {value}" if label in line else line for line in REQUEST.split("\n")]
    assert [one.lower() for one in open_sections("change request", "\n".join(lines))] == [label.lower()]


def test_boxes_that_nobody_ticked_say_nothing() -> None:
    assert open_sections("change request", REQUEST.replace("[x]", "[ ]")) == ["Impact assessment"]


def test_a_point_is_answered_on_its_line_or_beneath_it() -> None:
    assert answers(FILLED, "Migration steps")
    assert answers(FILLED, "Milestones")
    assert not answers(FILLED, "Open questions")
    assert not answers(FILLED, "Rollback plan")
    assert not answers(FILLED.replace("  - multiply by 100", "  - TBD"), "Migration steps")


def test_every_paper_has_sections_with_a_question_each() -> None:
    for paper in PAPERS.values():
        assert all(one.ask for one in paper.sections)
        assert len({one.title for one in paper.sections}) == len(paper.sections)


@settings(deadline=None)
@given(st.text(st.sampled_from("#*_-[]()<!>`~: \n\tabTBD|"), max_size=300))
def test_no_text_is_too_strange_to_be_read(text: str) -> None:
    kind_of(text)
    for kind in PAPERS:
        gaps(kind, text)
    answers(text, "Risks")


@pytest.mark.parametrize("piece", ["[", "(", "<!--", "# ", "**", "> ", "- ", " ", "#", "<", "`"])
def test_a_long_text_of_signs_is_read_in_time(piece: str) -> None:
    # Found by its time alone: a pattern that goes back and forth would not end here.
    assert len(gaps("impact analysis", piece * 200_000)) == 8
