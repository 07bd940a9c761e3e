from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.assessment import Assessment
from rules.compare.values import Comparison
from rules.contract import Contract, Enforcement, NamedRole, Owners, Policy
from rules.documents import Problem
from rules.review import Review, review
from rules.verdict import Verdict
from rules.versions import Versions
from tests.rules.making import SILENT, change, contract

NONE, PATCH, MINOR, MAJOR = Verdict
NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
STARTED = NOW - timedelta(hours=2)
ADVISOR = NamedRole("High-Level Advisor", ("ada", "grace"))
OWNED = contract(owners=Owners(teams=("acme/crm", "acme/data"), users=("bob",), roles=(ADVISOR,)))
TO_DO = Problem("bump_too_small", "The bump is too small.")
ADVICE = Problem("version_skipped", "A version is left out.", blocking=False)


def assessed(
    verdict: Verdict | None, of: Contract = OWNED, *problems: Problem, bump: Verdict | None = None
) -> Assessment:
    comparison = None if verdict is None else Comparison(verdict)
    return Assessment(change({}, {}, of=of), comparison, Versions(bump=bump), problems)


def at(verdict: Verdict | None, of: Contract = OWNED, *problems: Problem, draft: bool = False) -> Review:
    return review(assessed(verdict, of, *problems), now=NOW, started=STARTED, draft=draft)


def names(found: Review) -> list[tuple[str, str]]:
    return [(approval.kind, approval.name) for approval in found.needs]


def test_no_verdict_needs_nothing() -> None:
    found = at(NONE)
    assert (found.state, found.needs, found.deadline, found.conclusion) == ("none", (), None, "success")


def test_a_patch_only_notifies() -> None:
    found = at(PATCH)
    assert (found.state, found.needs, found.deadline, found.conclusion) == ("notify", (), None, "success")


def test_a_minor_change_asks_every_team_for_48_hours() -> None:
    found = at(MINOR)
    assert found.state == "pending"
    assert names(found) == [("team", "acme/crm"), ("team", "acme/data")]
    assert found.deadline == STARTED + timedelta(hours=48)


def test_a_major_change_asks_every_team_and_named_role_for_7_days() -> None:
    found = at(MAJOR)
    assert names(found) == [("team", "acme/crm"), ("team", "acme/data"), ("role", "High-Level Advisor")]
    assert found.needs[2].people == ("ada", "grace")
    assert found.deadline == STARTED + timedelta(days=7)


@pytest.mark.parametrize("grade", [MINOR, MAJOR])
def test_without_teams_the_users_are_asked(grade: Verdict) -> None:
    assert names(at(grade, contract(owners=Owners(users=("bob", "eve"))))) == [("user", "bob"), ("user", "eve")]


@pytest.mark.parametrize("grade", [MINOR, MAJOR])
def test_without_teams_and_users_the_roles_are_asked_then_the_maintainers(grade: Verdict) -> None:
    assert names(at(grade, contract(owners=Owners(roles=(ADVISOR,))))) == [("role", "High-Level Advisor")]
    assert names(at(grade, contract(maintainers=("mia",)))) == [("user", "mia")]
    assert names(at(grade, contract())) == []


def test_a_contract_that_nobody_owns_is_not_approved_by_silence() -> None:
    found = at(MINOR, contract(policy=SILENT))
    assert (found.state, found.silence_approves) == ("pending", False)


def test_a_higher_declared_bump_raises_the_review() -> None:
    found = review(assessed(MINOR, bump=MAJOR), now=NOW, started=STARTED)
    assert (found.grade, len(found.needs)) == (MAJOR, 3)


def test_a_missing_to_do_blocks_before_the_review_and_leaves_its_clock_running() -> None:
    found = at(MAJOR, OWNED, TO_DO)
    assert (found.state, found.deadline) == ("blocked", STARTED + timedelta(days=7))
    assert found.conclusion == "neutral"


def test_advice_holds_nothing_up() -> None:
    assert at(MINOR, OWNED, ADVICE).state == "pending"


def test_a_draft_pauses_the_clock() -> None:
    found = at(MAJOR, draft=True)
    assert (found.state, found.deadline, found.paused) == ("pending", None, "the pull request is a draft")
    assert at(PATCH, draft=True).paused == ""


@pytest.mark.parametrize(
    ("late", "overdue"), [(timedelta(hours=48), False), (timedelta(hours=48, microseconds=1), True)]
)
def test_a_review_is_overdue_once_its_deadline_has_passed(late: timedelta, overdue: bool) -> None:
    assert review(assessed(MINOR), now=STARTED + late, started=STARTED).overdue is overdue


def test_what_has_no_clock_is_never_overdue() -> None:
    later = NOW + timedelta(days=400)
    assert not review(assessed(MAJOR), now=later, started=STARTED, draft=True).overdue
    assert not review(assessed(PATCH), now=later, started=STARTED).overdue
    assert not review(assessed(MAJOR), now=later, started=None).overdue


def test_no_clock_runs_before_the_review_began() -> None:
    assert review(assessed(MAJOR), now=NOW, started=None).deadline is None


def test_a_document_that_cannot_be_used_is_blocked_as_major_without_a_clock() -> None:
    found = at(None, OWNED, Problem("unparseable", "It is not JSON."))
    assert (found.state, found.grade, found.deadline) == ("blocked", MAJOR, None)
    assert found.paused


def test_a_head_that_mends_an_unusable_base_is_reviewed_as_major() -> None:
    found = at(None, OWNED, ADVICE)
    assert (found.state, found.grade, found.deadline) == ("pending", MAJOR, STARTED + timedelta(days=7))


def test_silence_approves_only_a_complete_minor_change_where_the_contract_says_so() -> None:
    silent = contract(owners=OWNED.owners, policy=SILENT)
    assert at(MINOR, silent).silence_approves
    assert not at(MINOR, OWNED).silence_approves
    assert not at(MAJOR, silent).silence_approves
    assert not at(PATCH, silent).silence_approves
    assert not at(MINOR, silent, TO_DO).silence_approves


def test_enforcement_makes_the_check_hold_up_the_merge() -> None:
    enforced = contract(owners=OWNED.owners, enforcement=Enforcement("enforce"))
    assert at(MAJOR, enforced).conclusion == "action_required"
    assert at(MAJOR, enforced, TO_DO).conclusion == "failure"
    assert at(PATCH, enforced).conclusion == "success"


def test_the_contracts_own_hours_set_the_deadline() -> None:
    quick = contract(owners=OWNED.owners, policy=Policy(minor_hours=24))
    assert at(MINOR, quick).deadline == STARTED + timedelta(hours=24)


@given(
    st.sampled_from([None, *Verdict]),
    st.sampled_from([None, *Verdict]),
    st.booleans(),
    st.booleans(),
    st.booleans(),
    st.sampled_from(["observe", "warn", "enforce"]),
)
def test_whatever_is_judged_the_review_is_consistent(
    verdict: Verdict | None, bump: Verdict | None, draft: bool, begun: bool, missing: bool, stage: str
) -> None:
    of = contract(owners=OWNED.owners, policy=SILENT, enforcement=Enforcement(stage))  # type: ignore[arg-type] # sampled
    problems = (TO_DO,) if missing else ()
    found = review(
        assessed(verdict, of, *problems, bump=bump), now=NOW, started=STARTED if begun else None, draft=draft
    )
    assert (found.deadline is not None) <= (begun and not draft and bool(found.needs))
    assert (found.conclusion == "success") == (found.state in ("none", "notify"))
    assert (found.state == "blocked") == missing
    assert found.silence_approves <= (found.grade is MINOR and found.state == "pending")
