from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from notices import comment
from notices.cut import LIMIT, units
from notices.values import Context
from rules.assessment import Assessment
from rules.change import Change
from rules.compare.values import Comparison, Witness
from rules.contract import Owners
from rules.documents import Problem
from rules.preview import mended, unusable_edit
from rules.review import Approval, Review
from rules.verdict import Verdict
from tests.notices import golden
from tests.notices.making import (
    ADVISOR,
    BEGAN,
    CONFIG_PROBLEMS,
    CONTEXT,
    PATTERN,
    TEAMS,
    addition,
    admission_date,
    contract,
    document,
    documentation,
    lowered,
    many,
    no_row,
    removal,
    review,
    schema,
    undecided,
    untouched,
    unusable,
)  # fmt: skip

WEEK: dict[str, Any] = {"needs": (*TEAMS, ADVISOR), "deadline": BEGAN + timedelta(days=7)}
EDIT = replace(
    CONTEXT,
    config_preview=(
        "`invoice` would be guarded: 2 files at this head match.",
        "`patient-record` would change in its owners; 1 file at this head matches.",
        "`claims` would no longer be guarded.",
    ),
)


def of(assessment: Assessment, name: str) -> Assessment:
    return replace(assessment, change=replace(assessment.change, contract=contract(name)))


def unowned() -> Assessment:
    made = addition()
    nobody = contract(owners=Owners(), line=4)
    return replace(made, change=replace(made.change, contract=nobody))


CASES: dict[str, tuple[list[Review], Context]] = {
    "none-with-to-do": ([review(untouched(), "blocked", needs=(), deadline=None)], CONTEXT),
    "patch": ([review(documentation(), "notify")], CONTEXT),
    "minor-addition": ([review(addition(), silence_approves=True)], CONTEXT),
    "minor-draft": (
        [review(addition(), deadline=None, started=None, paused="the pull request is a draft")],
        CONTEXT,
    ),
    "major-with-witness": ([review(admission_date(), "blocked", **WEEK)], CONTEXT),
    "major-declared": ([review(admission_date("3.0.0"), **WEEK)], CONTEXT),
    "major-overdue": ([review(admission_date("3.0.0"), overdue=True, **WEEK)], CONTEXT),
    "minor-overdue": ([review(addition(), overdue=True, silence_approves=True)], CONTEXT),
    "major-removal": ([review(removal(), **WEEK)], CONTEXT),
    "lowered-by-policy": ([review(lowered())], CONTEXT),
    "undecided": ([review(undecided(), **WEEK)], CONTEXT),
    "unusable": ([review(unusable(), "blocked")], CONTEXT),
    "several-contracts": (
        [
            review(addition()),
            review(replace(admission_date(), problems=(*admission_date().problems, no_row("2.1.0"))), "blocked"),
            review(of(documentation(), "ward"), "notify"),
        ],
        CONTEXT,
    ),
    "no-owner": ([review(unowned(), needs=())], CONTEXT),
    "config-error": ([], replace(CONTEXT, config_problems=CONFIG_PROBLEMS)),
    "config-error-beside-a-change": (
        [review(addition())],
        replace(CONTEXT, config_problems=unusable_edit(CONFIG_PROBLEMS)),
    ),
    "config-mended": ([review(addition())], replace(CONTEXT, config_problems=mended(CONFIG_PROBLEMS))),
    "config-preview": ([], EDIT),
    "nothing-left": ([], CONTEXT),
    "cut": ([review(many(60), **WEEK)], CONTEXT),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_a_whole_comment_reads_as_its_golden_file(name: str) -> None:
    golden.check(f"comment-{name}.md", comment.render(*CASES[name]))


@pytest.mark.parametrize("name", CASES)
def test_the_marker_is_the_first_line(name: str) -> None:
    assert comment.render(*CASES[name]).splitlines()[0] == comment.MARKER


@pytest.mark.parametrize("name", CASES)
def test_equal_input_gives_equal_bytes_whatever_the_time(name: str) -> None:
    reviews, context = CASES[name]
    later = replace(context, now=BEGAN + timedelta(hours=30))
    assert comment.render(reviews, context) == comment.render(list(reversed(reviews)), later)


def test_a_comment_is_wanted_from_minor_up() -> None:
    assert comment.wanted([review(addition())], CONTEXT)
    assert not comment.wanted([review(documentation(), "notify")], CONTEXT)


def test_a_comment_is_wanted_where_something_is_to_be_done_or_known() -> None:
    assert comment.wanted([review(untouched(), "blocked")], CONTEXT)
    assert comment.wanted([], replace(CONTEXT, config_problems=CONFIG_PROBLEMS))
    assert comment.wanted([], EDIT)


def test_there_is_one_next_step_where_the_configuration_is_to_be_mended_first() -> None:
    context = replace(CONTEXT, config_problems=unusable_edit(CONFIG_PROBLEMS))
    text = comment.render([review(addition())], context)
    assert text.count("**Next:**") == 1
    assert "**Next:** Mend `.github/contracts.yml:12:5`, and one more point" in text
    assert comment.render([], context).count("**Next:**") == 1


def test_a_configuration_that_the_change_mends_is_nothing_to_do() -> None:
    text = comment.render([review(addition())], replace(CONTEXT, config_problems=mended(CONFIG_PROBLEMS)))
    assert "- [ ]" not in text
    assert "this edit mends it, and was used" in text
    assert "**Next:** Approval is needed" in text


@pytest.mark.parametrize("overdue", [False, True])
def test_where_nobody_owns_the_contract_the_next_step_is_to_name_somebody(*, overdue: bool) -> None:
    text = comment.render([review(unowned(), needs=(), overdue=overdue)], CONTEXT)
    assert "**Next:** Nobody can approve it: name `owners` for" in text
    assert "`.github/contracts.yml:4`" in text
    assert "Wait for" not in text
    assert "waiting for" not in text


def test_advice_alone_wants_no_comment() -> None:
    advice = tuple(replace(one, blocking=False) for one in untouched().problems)
    assert not comment.wanted([review(replace(untouched(), problems=advice), "none")], CONTEXT)


def test_a_comment_that_is_cut_says_so_and_links_the_rest() -> None:
    text = comment.render([review(many(400), **WEEK)], CONTEXT)
    assert units(text) <= LIMIT
    assert "**Cut for length.**" in text
    assert f"[The full report]({CONTEXT.report_url})" in text
    assert "**Next:**" in text


def test_a_hundred_contracts_stay_within_the_limit_and_every_verdict_is_counted() -> None:
    reviews = [
        review(replace(many(40), change=replace(many(1).change, contract=contract(f"c{n}")))) for n in range(100)
    ]
    text = comment.render(reviews, CONTEXT)
    assert units(text) <= LIMIT
    assert "100 contracts change (100 MAJOR)" in text
    assert text.count("\n| `c") >= 10


def test_the_worst_that_a_pull_request_can_name_stays_within_the_limit() -> None:
    nasty = "\u202e @a `|" * 300
    problem = Problem(nasty, nasty, nasty, path=nasty, line=1)
    change = Change(contract(nasty), document(schema(nasty, PATTERN), nasty), document(schema(nasty, PATTERN), nasty))
    found = tuple(
        replace(one, sentence=nasty, instance=nasty, kind=nasty, readers=(nasty,) * 3)
        for one in (many(1).comparison or Comparison(Verdict.NONE)).findings * 100
    )
    judged = Assessment(change, Comparison(Verdict.MAJOR, found), problems=(problem,) * 100)
    needs = tuple(Approval("role", nasty, (nasty,) * 100) for _ in range(100))
    context = replace(CONTEXT, config_problems=(problem,) * 100, config_preview=(nasty,) * 100, report_url="x" * 5000)
    text = comment.render([review(judged, "blocked", needs=needs, paused=nasty)] * 12, context)
    assert units(text) <= LIMIT
    assert "MAJOR" in text
    assert "**Next:**" in text


def test_a_witness_that_is_too_long_is_shown_by_the_part_that_fails() -> None:
    made = removal()
    assert made.comparison is not None
    finding = made.comparison.findings[0]
    assert finding.witness is not None
    long = replace(finding.witness, document={"ward": "B2", "rest": ["x" * 100] * 100})
    comparison = replace(made.comparison, findings=(replace(finding, witness=long),), relations=())
    text = comment.render([review(replace(made, comparison=comparison), **WEEK)], CONTEXT)
    assert 'this is the part at `/ward`.\n\n```json\n"B2"\n```' in text


def test_the_document_of_the_gravest_finding_comes_first_whatever_else_it_shows() -> None:
    made, added = admission_date(), addition()
    assert made.comparison is not None
    assert added.comparison is not None
    new = replace(added.comparison.findings[0], witness=Witness({"category": 0}, "/category"))
    graves = made.comparison.findings
    told = [replace(one, witness=new.witness) if one.name == "extended" else one for one in made.comparison.relations]
    comparison = replace(made.comparison, findings=(*graves, new), relations=tuple(told))
    text = comment.render([review(replace(made, comparison=comparison), **WEEK)], CONTEXT)
    shows = [line.partition(". ")[0] for line in text.splitlines() if line.startswith("Valid by")]
    assert shows == [
        "Valid by the old version, refused by the new one",
        "Valid by the new version, with a field that the old one did not declare",
        "Valid by the new version, refused by the old one",
    ]


def test_files_are_linked_at_the_head_and_what_was_removed_at_the_base() -> None:
    text = comment.render([review(removal(), **WEEK)], CONTEXT)
    assert f"https://github.com/acme/contracts/blob/{CONTEXT.base_sha}/schemas/patient-record.json#L" in text
    text = comment.render([review(admission_date())], replace(CONTEXT, web_url="https://git.acme.example"))
    assert f"https://git.acme.example/acme/contracts/blob/{CONTEXT.head_sha}/" in text


def test_without_a_pull_request_nothing_is_linked() -> None:
    text = comment.render([review(admission_date())], replace(CONTEXT, pull=None, report_url=None))
    assert "](" not in text
    assert "(`schemas/patient-record.json:9`)" in text


def test_owners_are_named_and_not_pinged() -> None:
    text = comment.render([review(admission_date("3.0.0"), **WEEK)], CONTEXT)
    assert "`acme/data`" in text
    assert "@" not in text
