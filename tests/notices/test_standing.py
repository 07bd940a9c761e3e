"""How the comment, the answers and the "why" page tell where a review stands."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from notices import answers, comment, why
from rules.assessment import Assessment
from rules.contract import NamedRole, Owners, Policy
from rules.review import Review, review
from tests.notices import golden
from tests.notices.making import BEGAN, CONTEXT, addition, admission_date

PEOPLE = {"ana": 1, "carl": 2, "dora": 3, "dana": 4, "mia": 5}
OWNERS = Owners(teams=("acme/data", "acme/crm"), roles=(NamedRole("High-Level Advisor", ("dana", "lee")),))


@dataclass(frozen=True)
class Told:
    kind: str
    source_id: str
    source_time: datetime
    body: dict[str, Any] = field(default_factory=dict)
    actor_id: int | None = None


def owned(found: Assessment, **policy: Any) -> Assessment:
    contract = found.change.contract
    contract = replace(contract, owners=OWNERS, policy=replace(contract.policy, **policy))
    return replace(found, change=replace(found.change, contract=contract))


def told(found: Assessment, kind: str, who: str, hours: float, **body: Any) -> Told:
    said = {"contract": found.change.contract.name, "digest": found.change.digest, "login": who, "grade": "MAJOR"}
    at = BEGAN + timedelta(hours=hours)
    return Told(f"review.{kind}", f"{kind}:{who}:{hours}", at, said | body, PEOPLE.get(who))


def stands(found: Assessment, hours: float, *facts: Told) -> Review:
    begun = told(found, "submitted", "ana", 0)
    return review(found, now=BEGAN + timedelta(hours=hours), started=None, facts=[begun, *facts], author=1)


MAJOR = owned(admission_date("3.0.0"))
MINOR = owned(addition(), on_silence="approve")
CARL = told(MAJOR, "approved", "carl", 3, teams=["acme/data"])
NO = told(
    MAJOR, "objected", "dora", 5, id="o1", reason="The dialer still reads `2025-01-15`; ask @acme/crm. <b>No!</b>"
)
TOLD = [told(MINOR, "noticed", name, 0, audience=f"team:acme/{name}") for name in ("data", "crm")]
CONDITIONS = [
    told(MAJOR, "conditioned", "carl", 3.1, id="c1", text="fix the 47 records", guards="migration", assignee="sarah",
         until=(BEGAN + timedelta(days=9)).isoformat()),
    told(MAJOR, "conditioned", "carl", 3.2, id="c2", text="run on staging", guards="merge"),
    told(MAJOR, "condition_done", "dora", 4, id="c2"),
]  # fmt: skip

STATES = {
    "objection": stands(MAJOR, 6, CARL, NO),
    "conditions": stands(MAJOR, 6, CARL, *CONDITIONS),
    "waiting-for-a-condition": stands(
        MAJOR, 9, CARL, told(MAJOR, "approved", "dora", 4, teams=["acme/crm"]),
        told(MAJOR, "approved", "dana", 5, roles=["High-Level Advisor"]), CONDITIONS[1],
    ),
    "approved": stands(
        MAJOR, 9, CARL, NO, told(MAJOR, "withdrawn", "dora", 6),
        told(MAJOR, "approved", "dora", 7, teams=["acme/crm"]),
        told(MAJOR, "approved", "dana", 8, roles=["High-Level Advisor"]),
        told(MAJOR, "meeting_planned", "mia", 8, date="2026-11-24T10:00:00+00:00"),
    ),
    "held": stands(MAJOR, 6, told(MAJOR, "held", "carl", 2, reason="the data team is away")),
    "rejected": stands(MAJOR, 6, told(MAJOR, "rejected", "mia", 2, reason="we agreed to keep it until June")),
    "overridden": stands(
        MAJOR, 6, told(MAJOR, "overridden", "mia", 2, verdict="MINOR", instead_of="MAJOR", reason="nobody sends it"),
        told(MAJOR, "waived", "mia", 3, rule="change_log_missing", reason="with the release"),
    ),
    "critical-fix": stands(MAJOR, 0.5, told(MAJOR, "emergency", "rosa", 0.2, incident="https://status.example/7")),
    "silence-to-come": stands(MINOR, 1, *TOLD),
    "silence-approved": stands(MINOR, 49, *TOLD),
    "nobody-told": stands(MINOR, 1, TOLD[0]),
    "approved-before-the-last-push": stands(
        MAJOR, 6, told(MAJOR, "approved", "dora", 3, teams=["acme/crm"], digest="another"),
        told(MAJOR, "approved", "carl", 4, teams=["acme/data"], grade="MINOR"),
        told(MAJOR, "unnoticed", "", 1, audience="team:acme/crm"),
    ),
    "approved-with-a-condition-for-later": stands(
        MAJOR, 9, CARL, told(MAJOR, "approved", "dora", 4, teams=["acme/crm"]),
        told(MAJOR, "approved", "dana", 5, roles=["High-Level Advisor"]), CONDITIONS[0],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", STATES)
def test_a_comment_says_who_agreed_who_is_awaited_and_what_is_in_the_way(name: str) -> None:
    one = STATES[name]
    context = replace(CONTEXT, now=BEGAN + timedelta(hours=6))
    golden.check(f"review-{name}.md", comment.render([one], context))


def test_what_was_asked_is_answered_in_words() -> None:
    parts = [
        answers.status([STATES["objection"]], CONTEXT, ""),
        answers.explain([STATES["objection"]], CONTEXT, "/properties/admission_date"),
        answers.explain([STATES["objection"]], CONTEXT, "by when"),
        answers.explain([STATES["objection"]], CONTEXT, "<script>"),
        answers.refusal("`/approve`: This is for the owner of `x`. @everyone <!-- no -->"),
    ]
    golden.check("answer.md", answers.render("comment:17", "eve", parts))


def test_the_page_of_reasons_says_who_has_agreed() -> None:
    (step,) = [one for one in why.steps(STATES["objection"], CONTEXT) if one.title == "Who must approve"]
    assert step.result == "1 of 3 have approved."
    assert "approved by `carl`" in step.facts[0].value
    (clock,) = [one for one in why.steps(STATES["objection"], CONTEXT) if one.title == "By when"]
    assert clock.result == "The clock stands still: changes are requested."
    (words,) = [one for one in why.steps(STATES["conditions"], CONTEXT) if one.title == "What people put on record"]
    assert [one.name for one in words.facts] == ["Condition 1", "Condition 2"]


def test_a_yes_that_counts_is_not_said_to_be_for_other_documents() -> None:
    other = told(MAJOR, "approved", "carl", 4, teams=["acme/data"], digest="another")
    assert "other documents" not in comment.render([stands(MAJOR, 6, CARL, other)], CONTEXT)
    taken_back = (told(MAJOR, "approved", "dora", 3, digest="another"), told(MAJOR, "withdrawn", "dora", 4))
    assert "other documents" not in comment.render([stands(MAJOR, 6, *taken_back)], CONTEXT)


def test_business_hours_are_said_to_be_such() -> None:
    from rules.calendar import Calendar  # noqa: PLC0415 the only test of it

    found = owned(addition(), calendar=Calendar())
    said = comment.render([stands(found, 1)], CONTEXT)
    assert "48 hours of working time for a MINOR change" in said
    assert Policy().calendar is None
