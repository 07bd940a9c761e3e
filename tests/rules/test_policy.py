from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import pytest

from rules.assessment import Assessment
from rules.compare.values import Comparison
from rules.contract import Enforcement, Policy, SchemeName, Stage
from rules.policy import (
    CONCLUSIONS,
    ROWS,
    SITUATIONS,
    Conclusion,
    Situation,
    conclusion,
    exceeds,
    page,
    review_hours,
    stage_on,
    strictest,
)
from rules.verdict import Verdict
from rules.versions import Versions
from tests.rules.making import change, contract

NONE, PATCH, MINOR, MAJOR = Verdict
NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
DOCS = Path(__file__).parents[2] / "docs" / "policy.md"


@pytest.mark.parametrize(
    ("situation", "observe", "warn", "enforce"),
    [
        ("untouched", "success", "success", "success"),
        ("none", "success", "success", "success"),
        ("notify", "success", "success", "success"),
        ("approved", "success", "success", "success"),
        ("pending", "neutral", "neutral", "action_required"),
        ("blocked", "neutral", "neutral", "failure"),
    ],
)
def test_the_check_concludes_as_the_design_says(
    situation: Situation, observe: Conclusion, warn: Conclusion, enforce: Conclusion
) -> None:
    stages: list[tuple[Stage, Conclusion]] = [("observe", observe), ("warn", warn), ("enforce", enforce)]
    for stage, wanted in stages:
        assert conclusion(situation, Enforcement(stage), NOW) == wanted


def test_every_situation_has_its_words() -> None:
    assert set(SITUATIONS) == set(CONCLUSIONS)


def test_the_next_stage_holds_from_its_date_in_utc() -> None:
    moving = Enforcement("observe", "enforce", date(2026, 12, 1))
    assert stage_on(moving, date(2026, 11, 30)) == "observe"
    assert stage_on(moving, date(2026, 12, 1)) == "enforce"
    east = datetime(2026, 12, 1, 1, 0, tzinfo=timezone(timedelta(hours=2)))
    assert conclusion("blocked", moving, east) == "neutral"
    assert conclusion("blocked", moving, east + timedelta(hours=1)) == "failure"


def test_a_stage_without_a_date_does_not_move() -> None:
    assert stage_on(Enforcement("warn", "enforce", None), date(2999, 1, 1)) == "warn"
    assert stage_on(Enforcement("warn", None, date(2020, 1, 1)), date(2999, 1, 1)) == "warn"


def test_the_weightiest_contract_concludes_for_all() -> None:
    assert strictest(()) == "success"
    assert strictest(("success", "action_required", "neutral")) == "action_required"
    assert strictest(("failure", "action_required")) == "failure"


def test_the_numbers_are_those_of_the_seeds() -> None:
    rows = {row.title: row for row in ROWS}
    assert [rows[name].notice_hours for name in rows] == [14 * 24, 30 * 24, 60 * 24, 1]
    assert [rows[name].review_hours for name in rows] == [None, 48, 168, 1]
    assert [day for day, _ in rows["MAJOR"].milestones] == [60, 45, 30, 15, 14, 7, 0]
    assert rows["MAJOR"].grace_days == 30


def test_a_contract_may_set_its_own_review_time() -> None:
    policy = Policy(minor_hours=24, major_hours=240)
    assert [review_hours(policy, grade) for grade in Verdict] == [None, None, 24, 240]


def _assessed(scheme: SchemeName, verdict: Verdict | None, bump: Verdict | None) -> Assessment:
    comparison = None if verdict is None else Comparison(verdict)
    return Assessment(change({}, {}, of=contract(scheme)), comparison, Versions(bump=bump))


@pytest.mark.parametrize(
    ("scheme", "verdict", "bump", "allow", "wanted"),
    [
        ("git", MINOR, None, None, False),
        ("git", MAJOR, None, None, True),
        ("git", MAJOR, None, MAJOR, False),
        ("semver-field", MINOR, MINOR, None, False),
        ("semver-field", PATCH, NONE, None, True),
        ("semver-field", MAJOR, MINOR, None, True),
        ("semver-field", MAJOR, MINOR, MAJOR, True),
        ("semver-field", MINOR, MAJOR, None, False),
        ("semver-file", MAJOR, None, None, True),
        ("semver-file", MINOR, None, None, False),
        ("name-vn", MINOR, NONE, None, False),
        ("name-vn", MAJOR, NONE, None, True),
        ("name-vn", MAJOR, MAJOR, None, False),
        ("git", None, None, None, True),
        ("git", None, None, MAJOR, False),
        ("semver-field", None, MINOR, MAJOR, True),
        ("semver-field", None, MAJOR, None, False),
    ],
)
def test_a_change_exceeds_what_its_bump_or_the_caller_allows(
    scheme: SchemeName, verdict: Verdict | None, bump: Verdict | None, allow: Verdict | None, wanted: bool
) -> None:
    assert exceeds(_assessed(scheme, verdict, bump), allow=allow) is wanted


def test_the_page_on_policy_is_written_from_the_tables() -> None:
    # To write it anew: python -c "from rules.policy import page; print(page(), end='')" > docs/policy.md
    assert DOCS.read_text() == page()
