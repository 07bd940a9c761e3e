from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from rules.accompany import ASKED, missing, paper_path
from rules.assessment import Assessment, assess
from rules.config import load
from rules.contract import Contract, Policy
from rules.documents import Problem
from rules.jsontext import JsonValue
from rules.policy import ROWS
from rules.review import review
from rules.review_ledger import fold
from rules.verdict import Verdict
from tests.rules.making import change, contract, document, fields
from tests.rules.test_papers import FILLED, REQUEST, section

NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
PAPER = "docs/proposals/impact.md"
OLD = document({**fields("a", "b"), "version": "1.0.0"}, "docs/orders.json")
NEW = document({**fields("a", "b", required=("a",)), "version": "2.0.0"}, "docs/orders.json")
MORE = document({**fields("a", "b", "c"), "version": "1.1.0"}, "docs/orders.json")
LESS = document({**fields("a"), "version": "2.0.0"}, "docs/orders.json")


@dataclass(frozen=True)
class Said:
    """A fact of the log."""

    kind: str
    body: dict[str, Any] = field(default_factory=dict)
    source_id: str = "1"
    source_time: datetime = NOW
    actor_id: int | None = 1


def configured(**policy: Any) -> Contract:
    return contract("semver-field", line=3, files=("docs/orders.json",), policy=Policy(**policy))


def judged(head: object = NEW, *, of: Contract | None = None, **values: Any) -> Assessment:
    return assess(change(OLD, head, of=of or configured(), **values))


def asked(assessment: Assessment, *facts: Said, reviewed: bool = True) -> list[Problem]:
    ledger = fold(facts, "orders", assessment.change.digest, now=NOW) if reviewed else None
    return list(missing(assessment, now=NOW, grade=assessment.grade, ledger=ledger))


def codes(assessment: Assessment, *facts: Said, reviewed: bool = True) -> list[str]:
    return [one.code for one in asked(assessment, *facts, reviewed=reviewed)]


def said(kind: str, **body: Any) -> Said:
    return Said(f"review.{kind}", {"contract": "orders", **body})


def test_a_major_change_comes_with_all_that_the_numbers_name() -> None:
    assert codes(judged()) == ["impact_analysis_missing", "meeting_not_held", "migration_plan_missing"]
    assert codes(judged(LESS)) == ["removal_not_deprecated", "impact_analysis_missing", "meeting_not_held"]


def test_a_minor_change_comes_with_nothing_more() -> None:
    assert judged(MORE).grade is Verdict.MINOR
    assert codes(judged(MORE)) == []


def test_a_bump_that_declares_major_asks_for_what_major_asks() -> None:
    declared = document({**fields("a", "b", "c"), "version": "2.0.0"}, "docs/orders.json")
    assert judged(declared).verdict is Verdict.MINOR
    assert codes(judged(declared)) == ["impact_analysis_missing", "meeting_not_held"]


def test_an_impact_analysis_that_is_filled_in_and_plans_the_migration_is_enough() -> None:
    assert codes(judged(files={PAPER: FILLED}), said("meeting_held")) == []


def test_an_impact_analysis_is_not_merely_present() -> None:
    (one, *_) = asked(judged(files={PAPER: section("Rollout plan", "TBD").replace("- DRI: Priya", "- DRI: TBD")}))
    assert (one.code, one.path, one.line) == ("impact_analysis_incomplete", PAPER, 21)
    assert one.sentence == "2 sections say nothing yet: Rollout plan, Ownership."
    assert "Rollout plan: when what happens, and how it is taken back." in one.fix


def test_of_two_analyses_one_that_is_filled_in_is_enough() -> None:
    draft = section("Summary", "TBD")
    files = {"docs/proposals/a-draft.md": draft, PAPER: FILLED}
    assert "impact_analysis_incomplete" not in codes(judged(files=files))


def test_an_analysis_of_another_contract_is_none_of_this_one() -> None:
    other = FILLED.replace("orders", "payments").replace("2.0", "3.0")
    (one, *_) = asked(judged(files={PAPER: other}))
    assert one.code == "impact_analysis_missing"
    assert f"`{PAPER}` does not name it, nor its version." in one.sentence


@pytest.mark.parametrize("path", ["docs/impact.md", "docs/proposals/impact.txt", "proposals.md"])
def test_an_analysis_lies_among_the_proposals(path: str) -> None:
    assert "impact_analysis_missing" in codes(judged(files={path: FILLED}))


def test_where_it_goes_is_said() -> None:
    (one, *_) = asked(judged())
    assert (
        "`concordat new impact-analysis orders`, which writes `docs/proposals/impact-analysis-orders-2.0.0.md`"
        in one.fix
    )
    assert paper_path("Deprecate items[].x", configured(), "o.json", "") == "proposals/deprecate-items-x-orders.md"


def test_the_meeting_is_confirmed_after_it_was_held() -> None:
    assert "meeting_not_held" in codes(judged(), said("meeting_planned", date="2026-12-01T10:00:00+00:00"))
    (planned,) = (
        one for one in asked(judged(), said("meeting_planned", date="2026-12-01")) if one.code == "meeting_not_held"
    )
    assert "planned for 2026-12-01" in planned.sentence
    assert "meeting_not_held" not in codes(judged(), said("meeting_held"))


def test_at_a_desk_nobody_can_say_that_a_meeting_was_held() -> None:
    assert codes(judged(), reviewed=False) == ["impact_analysis_missing", "migration_plan_missing"]


@pytest.mark.parametrize(
    ("path", "planned"),
    [
        ("docs/migrations/orders-v2.yml", True), ("migrations/2026/Orders_2.yml", True),
        ("migrations/payments.yml", False), ("docs/orders-migration.yml", False), ("migrations/reorders.yml", False),
    ],
)  # fmt: skip
def test_a_migration_plan_is_a_file_that_names_the_contract(path: str, planned: bool) -> None:
    changed = frozenset({"docs/orders.json", path})
    assert ("migration_plan_missing" in codes(judged(changed=changed))) is not planned


def test_no_data_has_to_change_where_the_old_documents_are_shown_to_fit() -> None:
    open_ = document({**fields("a"), "version": "2.0.0", "additionalProperties": True}, "docs/orders.json")
    assert "migration_plan_missing" not in codes(judged(open_))


def test_a_change_request_that_comes_with_any_change_is_filled_in() -> None:
    path = "docs/proposals/cents.md"
    request = REQUEST.replace("Count in cents", "Count orders in cents")
    assert codes(judged(MORE, files={path: request})) == []
    (one,) = asked(judged(MORE, files={path: request.replace("2026-12-01", "[date]")}))
    assert (one.code, one.path, one.line) == ("change_request_incomplete", path, 20)


def test_a_critical_fix_is_accompanied_by_its_incident_alone() -> None:
    assessment = judged(LESS)
    emergency = said("emergency", digest=assessment.change.digest, incident="https://example.com/1")
    assert codes(assessment, emergency) == []


def test_a_policy_may_ask_for_less() -> None:
    assert codes(judged(LESS, of=configured(accompany=()))) == []
    assert codes(judged(LESS, of=configured(accompany=("deprecation",)))) == ["removal_not_deprecated"]


def test_a_published_notice_binds_whatever_the_policy_asks_for() -> None:
    notice: JsonValue = {"deprecated_on": "2026-11-01", "removal_date": "2026-12-01", "replacement": "a"}
    properties = {"a": {"type": "string"}, "b": {"type": "string", "deprecated": True, "x-deprecation": notice}}
    base = document({"type": "object", "properties": properties, "version": "1.0.0"}, "docs/orders.json")
    found = assess(change(base, LESS, of=configured(accompany=())))
    assert codes(found) == ["removal_too_early"]


def test_two_files_at_a_desk_stand_in_no_configuration() -> None:
    assert codes(judged(LESS, of=contract("semver-field"))) == []


def test_nothing_is_asked_of_a_document_that_cannot_be_read() -> None:
    assert codes(judged(document({"type": 7, "version": "2.0.0"}))) == []


def test_what_is_missing_blocks_the_review_and_may_be_waived_by_its_code() -> None:
    assessment = judged(files={PAPER: FILLED})
    blocked = review(assessment, now=NOW, started=NOW, author=1)
    assert (blocked.state, [one.code for one in blocked.missing]) == ("blocked", ["meeting_not_held"])
    waived = said("waived", digest=assessment.change.digest, rule="meeting_not_held", reason="talked on the phone")
    assert review(assessment, now=NOW, started=NOW, author=1, facts=[waived]).state == "pending"


def test_everything_that_may_be_asked_for_is_on_by_default_and_explained() -> None:
    assert tuple(ASKED) == Policy().accompany
    assert {"impact analysis", "pre-review meeting held"} <= set(ROWS[2].accompanied_by)


def test_the_configuration_says_what_is_asked_for() -> None:
    text = "contracts: {orders: {files: o.json, policy: {accompany: [pre-review-meeting]}}}"
    assert load(text).contracts[0].policy.accompany == ("pre-review-meeting",)
    assert load("contracts: {orders: {files: o.json, policy: {accompany: []}}}").contracts[0].policy.accompany == ()
