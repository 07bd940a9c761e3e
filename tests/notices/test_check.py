from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from notices import check
from rules.assessment import Assessment
from rules.preview import mended
from tests.notices.making import (
    BEGAN,
    CONFIG_PROBLEMS,
    CONTEXT,
    addition,
    admission_date,
    contract,
    documentation,
    many,
    removal,
    review,
    untouched,
)


def named(assessment: Assessment, name: str) -> Assessment:
    return replace(assessment, change=replace(assessment.change, contract=contract(name)))


def test_no_review_is_a_success_that_says_so() -> None:
    text = check.render([], CONTEXT)
    assert (text.conclusion, text.title, text.annotations) == ("success", "No contract changes", ())


@pytest.mark.parametrize("weightiest", ["neutral", "action_required", "failure"])
def test_the_weightiest_conclusion_is_the_checks(weightiest: str) -> None:
    reviews = [review(documentation(), "notify"), review(named(addition(), "b"), conclusion=weightiest)]
    assert check.render(reviews, CONTEXT).conclusion == weightiest


def test_a_configuration_that_cannot_be_used_fails_at_its_lines() -> None:
    text = check.render([], replace(CONTEXT, config_problems=CONFIG_PROBLEMS))
    assert text.conclusion == "failure"
    assert text.title == "The configuration cannot be used"
    assert [(one.path, one.start_line, one.level) for one in text.annotations] == [
        (".github/contracts.yml", 12, "failure"),
        (".github/contracts.yml", 20, "failure"),
    ]
    assert text.annotations[0].message.splitlines()[-1] == "Did you mean `owners`?"


def test_a_finding_is_annotated_at_the_line_that_changed_with_what_the_author_does_next() -> None:
    text = check.render([review(admission_date(), "blocked")], CONTEXT)
    remark = text.annotations[-1]
    assert (remark.path, remark.start_line, remark.end_line) == ("schemas/patient-record.json", 9, 9)
    assert remark.title == "MAJOR: Constraint tightened"
    assert "Breaks stored data and writers." in remark.message
    assert remark.message.splitlines()[1].startswith('Next: Set the version to "3.0.0"')


def test_the_text_does_not_repeat_the_summary() -> None:
    text = check.render([review(admission_date(), "blocked")], CONTEXT)
    assert "**Next:**" in text.summary
    assert "**Next:**" not in text.text
    assert text.text.startswith("### To do")
    several = check.render([review(admission_date(), "blocked"), review(named(addition(), "b"))], CONTEXT)
    assert several.text.startswith("### MAJOR change of")
    assert several.text.count("**Next:**") == 2


def test_remarks_do_not_change_when_the_review_time_ends() -> None:
    waiting = review(admission_date("3.0.0"))
    text, late = (check.render([one], CONTEXT) for one in (waiting, replace(waiting, overdue=True)))
    assert text.annotations == late.annotations
    assert "Approval is needed from" in text.summary
    assert "The review time ended on" in late.summary


def test_a_removal_is_annotated_at_the_line_of_what_held_the_field() -> None:
    (remark,) = check.render([review(removal())], CONTEXT).annotations
    head = removal().change.head
    assert head is not None
    assert "properties" in head.text.splitlines()[remark.start_line - 1]


@pytest.mark.parametrize(
    ("days", "level"),
    [(0, "warning"), (60, "failure")],
)
def test_how_loud_a_breaking_finding_is_depends_on_the_enforcement_and_on_nobodys_answer(days: int, level: str) -> None:
    later = replace(CONTEXT, now=BEGAN + timedelta(days=days))
    for state in ("pending", "approved"):
        text = check.render([review(admission_date("3.0.0"), state)], later)
        assert [one.level for one in text.annotations] == [level]


def test_an_addition_is_a_notice_and_documentation_is_not_remarked_on() -> None:
    assert [one.level for one in check.render([review(addition())], CONTEXT).annotations] == ["notice"]
    assert check.render([review(documentation(), "notify")], CONTEXT).annotations == ()


def test_what_is_wrong_comes_before_what_changed() -> None:
    reviews = [review(named(admission_date(), "a"), "blocked"), review(untouched(), "blocked")]
    titles = [one.title for one in check.render(reviews, CONTEXT).annotations]
    assert titles == [
        "The version bump is too small", "The manifest does not fit the schema", "MAJOR: Constraint tightened",
    ]  # fmt: skip


def test_the_title_is_short_and_says_the_verdict() -> None:
    text = check.render([review(admission_date())], CONTEXT)
    assert text.title == "MAJOR: this change breaks documents that are valid today"
    several = [review(named(addition(), f"contract-{number}")) for number in range(40)]
    assert check.render(several, CONTEXT).title == "40 contracts: 40 MINOR"


def test_everything_stays_within_githubs_limits() -> None:
    reviews = [review(named(many(300), f"contract-{number}")) for number in range(30)]
    text = check.render(reviews, CONTEXT)
    assert len(text.title) <= 100
    assert len(text.summary) < 65_535
    assert len(text.text) < 65_535
    assert len(text.annotations) == check.MAX_ANNOTATIONS
    assert all(len(one.title) <= 255 and len(one.message) < 64_000 for one in text.annotations)


def test_annotations_hold_no_control_characters() -> None:
    made = admission_date("3.0.0")
    assert made.comparison is not None
    finding = replace(made.comparison.findings[0], sentence="a\x1b[31m\u202eb\r\n::error::c")
    text = check.render([review(replace(made, comparison=replace(made.comparison, findings=(finding,))))], CONTEXT)
    assert text.annotations[0].message.splitlines()[0] == (
        "a\\u001b[31m\\u202eb ::error::c Breaks stored data and writers."
    )


def test_a_configuration_that_is_mended_leaves_nothing_to_do() -> None:
    text = check.render([], replace(CONTEXT, config_problems=mended(CONFIG_PROBLEMS)))
    assert text.conclusion == "success"
    assert text.title == "No contract changes"
    assert text.summary == "This pull request changes no contract. Nothing is left to do."
    assert "this edit mends it, and was used" in text.text
