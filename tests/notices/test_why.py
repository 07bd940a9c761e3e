from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest

from notices import why
from notices.why_values import Row, Step
from rules.assessment import assess
from rules.change import Change
from rules.config import load
from rules.contract import Contract, Policy
from rules.policy import CONCLUSIONS
from rules.review import Review
from rules.review import review as start
from tests.notices.making import BEGAN, CONTEXT, DATE_TIME, PATTERN, document, schema, unusable
from tests.notices.making import review as as_made
from tests.notices.test_escape import NASTY, named
from tests.notices.test_pages import read

CONFIG = """\
version: 1
contracts:
  patient-record:
    files: schemas/patient-record.json
    version: semver-field
    owners:
      teams: [acme/data]
      roles:
        High-Level Advisor: [dana]
    partners:
      crm: reads
    policy:
      review:
        major-hours: 96
    enforcement:
      stage: warn
      next: enforce
      from: 2026-11-01
"""


def contract() -> Contract:
    (found,) = load(CONFIG).contracts
    return replace(found, policy=replace(found.policy, accompany=()))  # what must come with a change is tested apart


def breaking(version: str = "3.0.0", **changes: object) -> Review:
    """A breaking change, judged by the real rules one hour after its review began."""
    change = Change(
        replace(contract(), **changes),  # type: ignore[arg-type] # fields of a contract
        document(schema("2.0.0", PATTERN)),
        document(schema(version, DATE_TIME)),
    )
    return start(assess(change), now=BEGAN + timedelta(hours=1), started=BEGAN)


def told(review: Review) -> Mapping[str, Step]:
    return {step.title: step for step in why.steps(review, CONTEXT)}


def used(step: Step) -> list[Row]:
    return [row for table in step.tables for row in table.rows if row.used]


def test_the_row_of_the_verdict_table_that_decided_is_marked() -> None:
    step = told(breaking())["The verdict"]
    assert [row.cells for row in used(step)] == [("backward not proven", "MAJOR")]
    assert step.result.startswith("MAJOR: this change breaks documents that are valid today")


def test_every_relation_has_its_question_and_its_answer() -> None:
    step = told(breaking())["What is proven"]
    question = "Is everything that is valid today still accepted? `backward`"
    assert (question, "no, refuted by a document") in [row.cells for row in step.tables[0].rows]
    assert step.result == "0 of 6 are proven."


def test_the_version_rule_says_what_is_accepted_and_what_was_declared() -> None:
    facts = {fact.name: fact.value for fact in told(breaking("2.1.0"))["The version"].facts}
    assert facts["Declared now"] == "`2.1.0`"
    assert facts["Lowest accepted"] == "`3.0.0`"
    assert told(breaking("2.1.0"))["The version"].tone == "holds"
    assert told(breaking())["The version"].result == "From `2.0.0` to `3.0.0` is a step that this change may take."


def test_approvers_come_with_the_line_of_the_configuration_that_names_them() -> None:
    step = told(breaking())["Who must approve"]
    places = {fact.value: fact.place and fact.place.text for fact in step.facts}
    assert places == {
        "team `acme/data`": ".github/contracts.yml:7",
        "High-Level Advisor (`dana`)": ".github/contracts.yml:8",
    }
    assert step.facts[0].place is not None
    assert step.facts[0].place.url == (
        f"https://github.com/acme/contracts/blob/{CONTEXT.base_sha}/.github/contracts.yml#L7"
    )


def test_the_deadline_says_which_number_it_was_made_from_and_where_that_stands() -> None:
    step = told(breaking())["By when"]
    assert (step.facts[0].value, step.facts[0].place and step.facts[0].place.line) == ("4 days", 14)
    assert step.facts[2].value == "`escalate`, as nothing else is set"
    assert step.result == "By 2026-11-25 10:00 UTC."


def test_the_stage_is_that_of_the_day_and_the_cell_that_it_picks_is_marked() -> None:
    steps = told(breaking(policy=Policy(accompany=())))
    assert steps["How strict the check is"].result == "`enforce`."
    (row,) = used(steps["What the check concludes"])
    assert row.used_cell is not None
    assert row.cells[row.used_cell] == "action_required" == CONCLUSIONS["pending"]["enforce"]
    assert steps["What the check concludes"].result.startswith("`action_required`.")


def test_a_configuration_of_the_whole_organisation_is_named_and_not_linked_to_this_repository() -> None:
    review = breaking(source="acme/.github/.github/contracts.yml")
    place = told(review)["Who must approve"].facts[0].place
    assert place is not None
    assert (place.path, place.url) == ("acme/.github/.github/contracts.yml", None)


def test_without_a_verdict_the_page_says_so_and_marks_no_row() -> None:
    steps = told(as_made(unusable(), "blocked"))
    assert "What is proven" not in steps
    assert steps["The verdict"].tables == ()
    assert "cannot be compared" in steps["Which documents are compared"].result
    assert "cannot be read" in steps["The version"].result
    assert steps["What must be in order"].tone == "holds"


def test_a_failure_of_ours_concludes_as_the_configuration_says_and_marks_no_row() -> None:
    from rules.assessment import unavailable  # noqa: PLC0415

    change = breaking().assessment.change
    failed = start(unavailable(change, "it took too long"), now=BEGAN, started=BEGAN)
    step = told(failed)["What the check concludes"]
    assert used(step) == []
    assert step.facts[0].value == "`failure`, as nothing else is set"


@pytest.mark.parametrize("name", NASTY)
def test_what_a_pull_request_names_is_only_text(name: str) -> None:
    found = read(why.render([named(name), named(name * 3)], CONTEXT))
    assert not {"script", "b", "img", "form"} & set(found.tags)
    assert len(found.ids) == len(set(found.ids))


def test_the_page_leads_back_to_the_report_and_the_pull_request() -> None:
    found = read(why.render([breaking()], CONTEXT))
    assert CONTEXT.report_url in found.links
    assert "https://github.com/acme/contracts/pull/17" in found.links
    assert all(link[1:] in found.ids for link in found.links if link.startswith("#"))


def test_several_contracts_conclude_together() -> None:
    page = why.render([breaking(), breaking("2.1.0")], CONTEXT)
    assert "All contracts together" in page
    assert "<code>failure</code>" in page
