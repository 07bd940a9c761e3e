"""The commands of a release: legal dates only, decisions by its owner, facts for the release's own log."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from bot.commands.parser import commands
from bot.commands.registry import run
from bot.commands.values import Berth, Outcome, Person, Scene
from bot.store.values import NewEvent
from rules.contract import Policy
from rules.partners import Contacts, Party, Profile
from rules.release import Removal
from rules.release_ledger import fold
from tests.rules.making import contract

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
ORDERS = contract(release_owners=("rosa",), policy=Policy(zone="America/Denver"))
ROSA, EVE = Person(5, "rosa"), Person(6, "eve", permission="write")
CRM = Party(Profile("crm", "CRM team", "critical", Contacts(("crm@example.com",))), "reads")
BERTH = Berth(ORDERS, lambda version: f"release:1:orders:{version}", (CRM,), kind="major", digest="d" * 64, pull=7)


def later(days: float) -> datetime:
    return NOW + timedelta(days=days)


def give(
    text: str, *log: NewEvent, person: Person = ROSA, at: datetime = NOW, berths: Sequence[Berth] | None = None,
    **changes: Any,
) -> Outcome:  # fmt: skip
    told = NewEvent("release.noticed", "told", later(0.01), {"party": "crm", "notice": "release.announced"})
    berth = replace(BERTH, release=fold([*log, told], now=at), **changes)
    (written,) = commands(text)
    found = run(
        written, Scene(person, (), at, at, "comment", int((at - NOW).total_seconds()), None, tuple(berths or [berth]))
    )
    assert found is not None
    return found


def fact(outcome: Outcome) -> NewEvent:
    assert outcome.done, outcome.says
    ((stream, found),) = outcome.releases
    assert stream == "release:1:orders:2.0.0"
    return found


ANNOUNCED = fact(give("/release 2.0.0 2027-01-20"))


def with_live(*, at: float = 80) -> tuple[NewEvent, ...]:
    go = NewEvent("release.go", "go", later(70), {"digest": "d" * 64, "login": "rosa"})
    merged = NewEvent("release.merged", "merged", later(60), {"pull": 7})
    return ANNOUNCED, merged, go, NewEvent("release.live", "live", later(at), {"phase": 0})


def test_a_release_is_announced_with_its_plan_in_both_ways_of_counting() -> None:
    outcome = give("/release v2.0.0 2027-01-20")
    assert fact(outcome).body == {
        "login": "rosa", "contract": "orders", "version": "2.0.0", "kind": "major", "go_live": "2027-01-20",
        "zone": "America/Denver", "at": "10:00", "digest": "d" * 64, "pull": 7, "merged": False,
        "phases": [{"day": "2027-01-20", "scope": ""}], "removals": [], "breaking": [], "says": [], "grace_days": 30,
    }  # fmt: skip
    assert outcome.says.startswith(
        "Announced: 1 partner is told now, go-live 2027-01-20 17:00 UTC (10:00 America/Denver). The plan: "
        "T-60 (day 0 of 60) announced, with the draft, 2026-11-21; "
    )
    release = fold([ANNOUNCED], now=NOW)
    assert release is not None
    assert release.terms.zone == "America/Denver"


def test_a_day_that_is_too_early_is_refused_with_the_first_that_is_not() -> None:
    outcome = give("/release 2.0.0 2026-12-24")
    assert not outcome.done
    assert outcome.says.startswith(
        "`/release`: 2026-12-24 is too early. CRM team is owed 60 days of notice for a MAJOR release, counted from "
        "2026-11-02 13:00 UTC (06:00 America/Denver): not before 2027-01-01 13:00 UTC (06:00 America/Denver). The "
        "first day that can be promised is 2027-01-01."
    )
    assert give("/release 2.0.0 2027-01-01").done
    removal = Removal("/phone", date(2026, 12, 20), 45)
    assert "`/phone` is deprecated since 2026-12-20" in give("/release 2.0.0 2027-01-20", removals=(removal,)).says


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("/release 2.0.0", "Name the version and the day"),
        ("/release <b> 2027-01-20", "is no version"),
        ("/release 2.0.0 soon", "Write the date as year-month-day"),
        ("/release 2.0.0 2077-01-20", "Check the year"),
        ("/release 2.0.0 2027-01-20 step 2027-02-01 x", "Write each further step as"),
        ("/release 2.0.0 2027-01-20 phase 2027-01-02 x", "have to follow the go-live"),
        ("/release 2.0.0 2027-01-20 phase 2027-02-01", "Write each further step as"),
        ("/go", "Nothing is announced here yet"),
        ("/postpone 2027-02-01", "Say why"),
        ("/no-go", "Say why"),
    ],
)
def test_what_cannot_be_understood_or_done_is_refused_with_a_way_out(text: str, says: str) -> None:
    outcome = give(text)
    assert not outcome.done
    assert says in outcome.says
    assert outcome.releases == ()


def test_a_release_may_roll_out_in_phases() -> None:
    body = fact(give('/release 2.0.0 2027-01-20 phase 2027-02-10 "probate and tax lien"')).body
    assert body["phases"] == [
        {"day": "2027-01-20", "scope": "the first step"},
        {"day": "2027-02-10", "scope": "probate and tax lien"},
    ]


def test_only_a_release_owner_decides() -> None:
    for text in ("/release 2.0.0 2027-01-20", "/go", "/no-go x", "/postpone 2027-03-01 x", "/cancel x", "/rollback x"):
        assert "This is for the release owner" in give(text, ANNOUNCED, person=EVE).says


def test_a_release_that_nobody_waits_for_is_not_announced() -> None:
    assert "there is nobody to tell: it goes live when the pull request is merged" in (
        give("/release 2.0.0 2027-01-20", parties=()).says
    )
    assert "on the pull request that makes the change" in give("/release 2.0.0 2027-01-20", digest="").says


def test_the_third_major_release_in_a_year_is_flagged_and_who_cannot_be_reached_is_named() -> None:
    lost = Party(Profile("lost"), "both")
    outcome = give("/release 2.0.0 2027-01-20", majors=(date(2026, 6, 1), date(2026, 9, 1)), parties=(CRM, lost))
    assert "the third major release of `orders` in 365 days, after those of 2026-06-01 and 2026-09-01" in outcome.says
    assert "No contact is known of lost: add one to partners.yml." in outcome.says


def test_a_release_that_runs_is_moved_and_another_version_is_refused() -> None:
    moved = give("/release 2.0.0 2027-02-01", ANNOUNCED, at=later(1))
    assert fact(moved).kind == "release.moved"
    assert moved.says.startswith("Moved from 2027-01-20 to 2027-02-01: ")
    assert "runs already" in give("/release 3.0.0 2027-02-01", ANNOUNCED, at=later(1)).says
    assert "is too early" in give("/release 2.0.0 2026-11-20", ANNOUNCED, at=later(1)).says
    phased = give("/release 2.0.0 2027-02-01T08:30 phase 2027-03-01 rest", ANNOUNCED, at=later(1))
    assert (fact(phased).body["at"], len(fact(phased).body["phases"])) == ("08:30", 2)


def test_a_postponement_is_to_a_later_day() -> None:
    assert fact(give("/postpone 2027-02-10 not ready", ANNOUNCED, at=later(60))).kind == "release.postponed"
    assert "a postponement is to a later day" in give("/postpone 2027-01-10 x", ANNOUNCED, at=later(60)).says


def test_a_go_says_what_speaks_against_it() -> None:
    outcome = give("/go", ANNOUNCED, at=later(70))
    assert fact(outcome).body == {"login": "rosa", "digest": "d" * 64, "at_version": 1}
    assert "recommendation was to postpone: The critical partner CRM team has not confirmed readiness." in outcome.says
    assert "decided already" in give("/go", ANNOUNCED, fact(outcome), at=later(71)).says
    assert fact(give("/no-go they are not ready", ANNOUNCED, fact(outcome), at=later(71))).kind == "release.no_go"


def test_what_is_live_is_rolled_back_and_what_is_not_is_cancelled() -> None:
    log = with_live()
    assert fact(give("/rollback orders are lost", *log, at=later(81))).kind == "release.rolled_back"
    for text in ("/cancel x", "/no-go x", "/go", "/postpone 2027-03-01 x"):
        assert not give(text, *log, at=later(81)).done
    assert "is not live" in give("/rollback x", ANNOUNCED, at=later(1)).says
    cancelled = fact(give("/cancel not needed", ANNOUNCED, at=later(1)))
    assert cancelled.kind == "release.cancelled"
    assert "is cancelled" in give("/go", ANNOUNCED, cancelled, at=later(2)).says


def test_a_phased_release_whose_first_step_is_live_can_only_be_rolled_back() -> None:
    phased = fact(give("/release 2.0.0 2027-01-20 phase 2027-02-10 rest"))
    log = (phased, *with_live()[1:])
    for text in ("/cancel x", "/no-go x", "/go", "/postpone 2027-03-01 x"):
        assert "live" in give(text, *log, at=later(81)).says
    assert give("/rollback x", *log, at=later(81)).done


def test_a_click_on_what_has_changed_since_is_refused() -> None:
    assert give("/go", ANNOUNCED, at=later(70), drawn=1).done
    assert "has changed since that button was drawn" in give("/go", ANNOUNCED, at=later(70), drawn=0).says


def test_several_contracts_are_released_from_a_pull_request_each() -> None:
    other = replace(BERTH, contract=replace(ORDERS, name="users"))
    assert "a pull request of its own" in give("/release 2.0.0 2027-01-20", berths=[BERTH, other]).says


def test_a_critical_fix_goes_live_an_hour_from_now_where_no_hour_is_named() -> None:
    body = fact(give("/release 2.0.0 2026-11-02", kind="critical")).body
    assert (body["at"], body["kind"]) == ("03:05", "critical")
    assert fact(give("/release 2.0.0 2026-11-02T03:30", kind="critical")).body["at"] == "03:30"
    assert "is too early" in give("/release 2.0.0 2026-11-02T02:30", kind="critical").says
