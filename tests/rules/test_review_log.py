from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.assessment import Assessment
from rules.compare.values import Comparison
from rules.contract import Contract, NamedRole, Owners, Policy
from rules.documents import Problem
from rules.review import Review, review
from rules.verdict import Verdict
from rules.versions import Versions
from tests.rules.making import SILENT, change, contract

NONE, PATCH, MINOR, MAJOR = Verdict
START = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
AUTHOR, CRM, DATA, ADVISOR, MAINTAINER = 1, 2, 3, 4, 5
TEAMS = Owners(teams=("acme/crm", "acme/data"), roles=(NamedRole("Advisor", ("ada",)),))
OWNED = contract(owners=TEAMS)
LENIENT = contract(owners=TEAMS, policy=SILENT)
A = change({}, {}, of=OWNED).digest
B = "b" * 64


@dataclass(frozen=True)
class Told:
    kind: str
    source_id: str
    source_time: datetime
    body: dict[str, Any] = field(default_factory=dict)
    actor_id: int | None = None


def told(kind: str, hours: float, actor: int | None = None, id_: str = "", **body: Any) -> Told:
    body = {"contract": "orders", "digest": A} | body
    return Told(f"review.{kind}", id_ or f"{kind}:{actor}:{hours}", START + timedelta(hours=hours), body, actor)


def yes(actor: int, hours: float, grade: str = "MAJOR", **body: Any) -> Told:
    return told("approved", hours, actor, login=f"u{actor}", grade=grade, **body)


SUBMITTED = told("submitted", 0, AUTHOR)
CRM_YES = yes(CRM, 1, teams=["acme/crm"])
DATA_YES = yes(DATA, 2, teams=["acme/data"])
ADVISOR_YES = yes(ADVISOR, 3, roles=["Advisor"])
NOTICED = [told("noticed", 0, id_=name, audience=f"team:acme/{name}") for name in ("crm", "data")]


def at(
    hours: float, facts: list[Told], verdict: Verdict = MINOR, of: Contract = OWNED, problems: tuple[Problem, ...] = (),
    **rest: Any,
) -> Review:  # fmt: skip
    assessment = Assessment(change({}, {}, of=of), Comparison(verdict), Versions(), problems)
    rest.setdefault("author", AUTHOR)
    return review(assessment, now=START + timedelta(hours=hours), started=None, facts=[SUBMITTED, *facts], **rest)


def due(found: Review) -> float | None:
    return None if found.deadline is None else (found.deadline - START) / timedelta(hours=1)


def test_a_minor_change_is_approved_once_every_team_said_yes() -> None:
    assert [one.name for one in at(5, [CRM_YES]).awaited] == ["acme/data"]
    found = at(5, [CRM_YES, DATA_YES])
    assert (found.state, found.approved_by, found.conclusion) == ("approved", "people", "success")


def test_a_major_change_needs_every_named_role_too() -> None:
    assert at(5, [CRM_YES, DATA_YES], MAJOR).state == "pending"
    assert at(5, [CRM_YES, DATA_YES, ADVISOR_YES], MAJOR).state == "approved"


def test_one_yes_may_carry_two_teams() -> None:
    assert at(5, [yes(CRM, 1, teams=["acme/crm", "acme/data"])]).state == "approved"


@pytest.mark.parametrize("body", [{}, {"teams": ["acme/other"]}, {"teams": "acme/crm"}, {"roles": ["acme/crm"]}])
def test_a_yes_without_the_authority_counts_for_nothing(body: dict[str, Any]) -> None:
    assert at(5, [yes(CRM, 1, **body), DATA_YES]).state == "pending"


def test_nobody_approves_their_own_change_nor_what_they_pushed_last() -> None:
    mine = yes(AUTHOR, 1, teams=["acme/crm"])
    assert at(5, [mine, DATA_YES]).state == "pending"
    assert at(5, [told("pushed", 0.5, CRM), CRM_YES, DATA_YES]).state == "pending"
    assert at(5, [CRM_YES, DATA_YES], author=None).state == "pending"


def test_an_approval_ends_when_its_giver_leaves_the_team() -> None:
    left = told("role_lost", 3, CRM, teams=["acme/crm"])
    assert at(2.5, [CRM_YES, DATA_YES, left]).state == "approved"
    assert [one.name for one in at(5, [CRM_YES, DATA_YES, left]).awaited] == ["acme/crm"]
    assert at(5, [CRM_YES, DATA_YES, told("role_lost", 3, CRM, digest="")]).state == "pending"


def test_an_approval_belongs_to_the_documents_and_returns_with_them() -> None:
    away = told("pushed", 3, AUTHOR, digest=B)
    back = told("pushed", 13, AUTHOR, digest=A)
    assert at(20, [yes(CRM, 4, teams=["acme/crm"], digest=B), DATA_YES, away, back]).state == "pending"
    found = at(20, [CRM_YES, away, back])
    assert [one.name for one in found.awaited] == ["acme/data"]
    assert due(found) == 48 + 10


def test_a_push_that_leaves_the_documents_alone_changes_nothing() -> None:
    again = told("pushed", 3, AUTHOR)
    assert at(20, [CRM_YES, again]).deadline == at(20, [CRM_YES]).deadline
    assert at(20, [CRM_YES, DATA_YES, again]).state == "approved"


def test_an_objection_blocks_until_its_giver_withdraws_it_and_a_day_remains() -> None:
    no = told("objected", 47, CRM, login="u2", reason="no")
    blocked = at(60, [no, DATA_YES])
    assert (blocked.state, blocked.deadline, blocked.paused) == ("blocked", None, "changes are requested")
    assert at(60, [no, told("withdrawn", 50, DATA)]).state == "blocked"
    assert at(60, [no, told("dismissed", 50, AUTHOR)]).state == "blocked"
    assert due(at(60, [no, told("withdrawn", 50, CRM)])) == 50 + 24
    assert due(at(60, [told("objected", 1, CRM, reason="no"), told("withdrawn", 3, CRM)])) == 48 + 2


def test_a_maintainer_may_waive_an_objection() -> None:
    no = told("objected", 1, CRM, reason="no")
    assert at(9, [no, told("waived", 2, MAINTAINER, rule="objection", reason="agreed")]).state == "pending"


def test_an_objection_takes_back_the_yes_of_its_giver_and_outlives_a_push() -> None:
    no = told("objected", 3, CRM, reason="no")
    found = at(9, [CRM_YES, DATA_YES, no, told("withdrawn", 4, CRM)])
    assert [one.name for one in found.awaited] == ["acme/crm"]
    assert at(9, [no, told("pushed", 4, AUTHOR, digest=B), told("pushed", 5, AUTHOR)]).state == "blocked"


def test_a_rejected_digest_stays_rejected_and_another_does_not_start_so() -> None:
    end = told("rejected", 1, MAINTAINER, reason="no")
    assert at(5, [end, CRM_YES, DATA_YES]).state == "rejected"
    assert at(5, [told("rejected", 1, MAINTAINER, digest=B), CRM_YES, DATA_YES]).state == "approved"


def test_a_condition_before_the_merge_holds_the_approval_and_one_before_the_migration_does_not() -> None:
    asked = told("conditioned", 1, CRM, id="c1", text="fix 47 records", guards="merge")
    both = [CRM_YES, DATA_YES]
    assert at(5, [*both, asked]).state == "pending"
    assert at(5, [*both, asked, told("condition_done", 3, DATA, id="c1")]).state == "approved"
    assert at(5, [*both, asked, told("condition_dropped", 3, CRM, id="c1")]).state == "approved"
    later = at(5, [*both, told("conditioned", 1, CRM, id="c1", text="fix", guards="migration")])
    assert later.state == "approved"
    assert later.ledger is not None
    assert [one.id for one in later.ledger.pending("migration")] == ["c1"]


def test_a_hold_lasts_seven_days_unless_it_says_otherwise() -> None:
    hold = told("held", 10, CRM, reason="wait")
    assert at(20, [hold]).paused == "the review is held"
    assert due(at(20, [hold])) == 48 + 7 * 24
    assert due(at(20, [hold, told("unheld", 15, CRM)])) == 48 + 5
    until = (START + timedelta(hours=34)).isoformat()
    assert due(at(20, [told("held", 10, CRM, until=until)])) == 48 + 24
    assert at(10 + 7 * 24, [hold]).paused == ""


def test_the_clock_stands_still_for_a_draft() -> None:
    assert at(20, [told("drafted", 10, contract="*")]).deadline is None
    assert due(at(40, [told("drafted", 10, contract="*"), told("readied", 30, contract="*")])) == 48 + 20


def test_silence_approves_a_minor_change_48_hours_after_all_were_reached() -> None:
    late = [NOTICED[0], told("noticed", 5, audience="team:acme/data")]
    assert at(52.9, late, of=LENIENT).state == "pending"
    found = at(53, late, of=LENIENT)
    assert (found.state, found.approved_by) == ("approved", "silence")


def test_silence_never_approves_without_every_safeguard() -> None:
    far = 24 * 365
    assert at(far, NOTICED, MAJOR, LENIENT).state == "pending"
    assert at(far, NOTICED, MINOR, OWNED).state == "pending"
    assert at(far, NOTICED[:1], MINOR, LENIENT).state == "pending"
    assert at(far, [NOTICED[0], told("unnoticed", 0, audience="team:acme/data")], MINOR, LENIENT).state == "pending"
    assert at(far, [*NOTICED, told("objected", 1, CRM, reason="no")], MINOR, LENIENT).state == "blocked"
    assert at(far, NOTICED, MINOR, LENIENT, draft=True).state == "pending"
    assert at(far, [*NOTICED, told("judged", 0, grade="MAJOR")], MINOR, LENIENT).state == "pending"
    assert at(far, NOTICED, MINOR, LENIENT, (Problem("bump_too_small", "Too small."),)).state == "blocked"


def test_an_engine_that_finds_more_reopens_and_one_that_finds_less_approves_nothing() -> None:
    both = [yes(CRM, 1, "MINOR", teams=["acme/crm"]), yes(DATA, 2, "MINOR", teams=["acme/data"])]
    raised = [told("judged", 0, grade="MINOR"), told("judged", 30, grade="MAJOR")]
    found = at(31, [*both, *raised], MAJOR)
    assert (found.state, len(found.awaited), due(found)) == ("pending", 3, 30 + 7 * 24)
    lowered = at(40, [told("judged", 0, grade="MAJOR"), told("judged", 30, grade="PATCH")], PATCH)
    assert (lowered.state, lowered.grade) == ("pending", MAJOR)


def test_an_override_holds_until_an_engine_finds_more_than_was_overridden() -> None:
    said = told("overridden", 1, MAINTAINER, verdict="PATCH", instead_of="MINOR", reason="known")
    assert (at(5, [said]).grade, at(5, [said]).state) == (PATCH, "notify")
    assert at(5, [said], MAJOR).grade is MAJOR


def test_a_waived_rule_holds_nothing_up_for_these_documents_alone() -> None:
    problem = (Problem("change_log_missing", "No row."),)
    waived = told("waived", 1, MAINTAINER, rule="change_log_missing", reason="later")
    assert at(5, [CRM_YES, DATA_YES, waived], problems=problem).state == "approved"
    assert at(5, [CRM_YES, DATA_YES, told("waived", 1, MAINTAINER, digest=B, rule="change_log_missing")],
              problems=problem).state == "blocked"  # fmt: skip


def test_a_critical_fix_is_approved_by_a_release_owner_within_the_hour() -> None:
    fix = told("emergency", 3, MAINTAINER, incident="https://example.com/1")
    found = at(3.5, [fix], MAJOR)
    assert ([one.name for one in found.needs], due(found)) == (["release owner"], 4)
    assert at(4, [fix, ADVISOR_YES, CRM_YES, DATA_YES], MAJOR).state == "pending"
    assert at(4, [fix, yes(ADVISOR, 3.6, release_owner=True)], MAJOR).state == "approved"


def test_two_commands_of_the_same_second_count_in_the_order_of_their_ids() -> None:
    first = told("withdrawn", 1, CRM, "comment:1")
    then = yes(CRM, 1, teams=["acme/crm"])
    assert len(at(5, [then, first]).awaited) == len(at(5, [first, then]).awaited) == 2
    again = told("approved", 1, CRM, "comment:2", login="u2", grade="MINOR", teams=["acme/crm"])
    assert [one.name for one in at(5, [again, first]).awaited] == ["acme/data"]


def test_a_process_down_for_three_days_finds_what_it_missed() -> None:
    late = at(72, NOTICED, of=LENIENT)
    assert (late.state, late.silent_at) == ("approved", START + timedelta(hours=48))
    assert at(24 * 10, [], MAJOR).overdue


def test_what_cannot_be_read_opens_nothing() -> None:
    odd = [
        told("judged", 1, grade={"x": 1}), told("overridden", 1, MAINTAINER, verdict="LOW", instead_of=None),
        yes(CRM, 1, "HIGHEST", teams=["acme/crm"]), told("held", 1, CRM, until="soon"), told("unheard_of", 1, CRM),
    ]  # fmt: skip
    assert (at(2, odd).state, at(2, odd).grade) == ("pending", MAJOR)


AUTHORITY = st.sampled_from([{"teams": ["acme/crm"]}, {"teams": ["acme/data"]}, {"roles": ["Advisor"]}, {}])
FACT = st.builds(
    lambda kind, hours, actor, digest, body, grade: told(
        kind, hours, actor, f"{kind}:{actor}:{hours}:{digest[:2]}", digest=digest, id="c1", text="t", grade=grade,
        login=f"u{actor}", reason="r", rule="objection", audience="team:acme/crm", verdict="PATCH",
        instead_of="MINOR", **body,
    ),
    st.sampled_from([
        "pushed", "judged", "drafted", "readied", "approved", "objected", "withdrawn", "conditioned", "condition_done",
        "held", "unheld", "waived", "role_lost", "noticed",
    ]),
    st.integers(0, 60), st.integers(1, 5), st.sampled_from([A, B]), AUTHORITY,
    st.sampled_from(["MINOR", "MAJOR"]),
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.lists(FACT, max_size=12, unique_by=lambda one: one.source_id), st.randoms(), st.integers(0, 100))
def test_the_order_of_arrival_and_duplicates_never_change_the_review(facts: list[Told], random: Any, hour: int) -> None:
    shuffled = [*facts, *facts[:3]]
    random.shuffle(shuffled)
    assert at(hour, facts) == at(hour, shuffled)


@settings(max_examples=150, deadline=None)
@given(st.lists(FACT, max_size=14, unique_by=lambda one: one.source_id), st.sampled_from([MINOR, MAJOR]))
def test_nothing_is_approved_without_authority(facts: list[Told], verdict: Verdict) -> None:
    found = at(200, facts, verdict)
    if found.state == "approved":
        teams = {
            team for one in facts
            if one.kind == "review.approved" and one.actor_id != AUTHOR and one.body["digest"] == A
            for team in one.body.get("teams", ())
        }  # fmt: skip
        assert teams == {"acme/crm", "acme/data"}


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 80), st.integers(0, 60)), max_size=5),
    st.tuples(st.integers(0, 80), st.integers(0, 60)),
)
def test_a_further_pause_never_makes_the_deadline_earlier(pauses: list[tuple[int, int]], more: tuple[int, int]) -> None:
    def holds(stretches: list[tuple[int, int]]) -> list[Told]:
        return [
            told("held", begin, CRM, f"h{n}", until=(START + timedelta(hours=begin + length)).isoformat())
            for n, (begin, length) in enumerate(stretches)
        ]

    fewer, further = due(at(500, holds(pauses))), due(at(500, holds([*pauses, more])))
    assert fewer is not None
    assert further is not None
    assert 48 <= fewer <= further


def test_the_review_time_is_the_contracts_own() -> None:
    quick = contract(owners=TEAMS, policy=Policy(minor_hours=12))
    assert due(at(1, [], of=quick)) == 12
