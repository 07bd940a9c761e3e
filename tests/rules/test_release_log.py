"""A release folded from its log: what counts, what lapses, and what is never shortened."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.store.values import NewEvent
from rules.partners import Contacts, Party, Profile, Quiet
from rules.release import refused
from rules.release_events import KINDS, TURNS, ordered
from rules.release_ledger import fold
from rules.release_obligations import STATUS_EVERY, to_owners, to_party
from rules.release_plan import decide_by, due_phases, first_day, next_moment, recommend, schedule
from rules.release_state import Release

START = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
DAY = date(2027, 1, 4)
OLD, NEW = "d" * 64, "e" * 64
CRM = Party(Profile("crm", "CRM team", "critical", Contacts(("crm@example.com",), "C0123456789")), "reads", ("/id",))
WAREHOUSE = Party(
    Profile("warehouse", contacts=Contacts(("w@example.com",)), quiet=Quiet(time(9), time(17)), zone="UTC"), "writes"
)
LOST = Party(Profile("lost"), "both")
BOTH = (CRM, WAREHOUSE)


def fact(kind_: str, days_: float = 0, /, **body: Any) -> NewEvent:
    at = START + timedelta(days=days_)
    return NewEvent(kind_, f"{kind_}:{days_}:{sorted(body.items())}", at, body)


def announced(days: float = 0, **body: Any) -> NewEvent:
    said = {
        "contract": "orders", "version": "2.0.0", "kind": "major", "go_live": DAY.isoformat(), "zone": "UTC",
        "at": "10:00", "digest": OLD, "pull": 7, "login": "rosa",
    }  # fmt: skip
    return fact("release.announced", days, **(said | body))


def told(party: str, days: float = 0, **body: Any) -> NewEvent:
    return fact("release.noticed", days, party=party, notice="release.announced", **body)


TOLD = (told("crm", 0.01), told("warehouse", 0.02))
MERGED = fact("release.merged", 1, pull=7)
GO = fact("release.go", 56, digest=OLD, login="rosa")


def stand(*facts: NewEvent, at: float = 400) -> Release:
    found = fold(facts, now=START + timedelta(days=at))
    assert found is not None
    return found


def test_nothing_is_announced_by_a_log_without_an_announcement_or_with_one_that_cannot_be_read() -> None:
    assert fold([GO, MERGED], now=START + timedelta(days=400)) is None
    assert fold([announced(go_live="soon")], now=START + timedelta(days=1)) is None
    assert fold([announced(kind="huge")], now=START + timedelta(days=1)) is None
    assert fold([announced(5)], now=START) is None


def test_an_announcement_says_what_is_released_when_and_to_whom() -> None:
    release = stand(announced(removals=[{"field": "/phone", "deprecated": "2026-12-01", "grace_days": 45}, 3]))
    assert (release.contract, release.name, release.day, release.state) == ("orders", "2.0.0", DAY, "announced")
    assert (release.pull, release.owner, release.version, release.needs_go) == (7, "rosa", 1, True)
    assert release.removals[0].field == "/phone"
    assert release.open
    assert not release.cleared


def test_without_a_go_nothing_goes_live() -> None:
    live = fact("release.live", 64, phase=0)
    assert stand(announced(), *TOLD, MERGED, live).state == "announced"
    assert stand(announced(), *TOLD, GO, live).state == "go"
    done = stand(announced(), *TOLD, MERGED, GO, live)
    assert (done.state, done.open, sorted(done.lived)) == ("live", False, [0])


def test_a_smaller_release_needs_a_go_only_while_a_blocker_is_open() -> None:
    minor = announced(kind="minor")
    stuck = fact("release.blocker", 3, id="b1", party="crm", severity="high", text="it crashes", digest=OLD)
    freed = fact("release.blocker_closed", 9, id="b1", login="rosa")
    assert stand(minor, MERGED).cleared
    assert not stand(minor, MERGED, stuck).cleared
    assert stand(minor, MERGED, stuck, fact("release.go", 5, digest=OLD)).cleared
    assert stand(minor, MERGED, stuck, freed).cleared


def test_a_no_go_can_be_decided_again() -> None:
    no = fact("release.no_go", 57, reason="the CRM is not ready", login="rosa")
    assert stand(announced(), GO, no).state == "no-go"
    assert stand(announced(), GO, no, fact("release.go", 58, digest=OLD, login="rosa")).state == "go"


def test_a_decision_lapses_when_the_day_or_the_documents_change() -> None:
    later = fact("release.postponed", 57, go_live="2027-02-01", reason="holidays", login="rosa")
    moved = stand(announced(), GO, later)
    assert (moved.state, moved.day, moved.decided) == ("announced", date(2027, 2, 1), None)
    assert moved.turns[-1].before == DAY
    other = fact("release.digest_changed", 57, digest=NEW, kind="major")
    assert stand(announced(), GO, other).state == "announced"
    assert stand(announced(), other, fact("release.go", 58, digest=OLD, login="rosa")).state == "announced"


def test_an_answer_belongs_to_the_documents_that_it_was_given_for() -> None:
    ready = fact("release.readiness", 40, party="crm", ready=True, digest=OLD, by="ada")
    item = fact("release.checklist", 39, party="crm", item="code", done=True, digest=OLD, by="ada")
    assert stand(announced(), item, ready).answer("crm").ready is True
    assert stand(announced(), item, ready).answer("crm").items == {"code"}
    undone = fact("release.checklist", 41, party="crm", item="code", done=False, digest=OLD, by="ada")
    assert stand(announced(), item, undone).answer("crm").items == frozenset()
    other = fact("release.digest_changed", 45, digest=NEW)
    assert stand(announced(), item, ready, other).answer("crm").ready is None
    assert stand(announced(), other, fact("release.readiness", 46, party="crm", ready=True, digest=OLD)).answers == {}


def test_a_change_that_breaks_what_was_announced_starts_the_notice_anew() -> None:
    plain = fact("release.digest_changed", 10, digest=NEW, kind="major", says=["`/note` is new."])
    worse = fact("release.digest_changed", 10, digest=NEW, kind="major", restarts=True, says=["`/id` is gone."])
    same = stand(announced(), *TOLD, plain)
    assert schedule(same, BOTH, START + timedelta(days=11)).day == DAY
    anew = stand(announced(), *TOLD, worse)
    assert (dict(anew.reached), anew.epoch) == ({}, 2)
    found = schedule(anew, BOTH, START + timedelta(days=10))
    assert found.day == date(2027, 1, 12)
    assert not found.settled
    old_word = stand(announced(), *TOLD, worse, told("crm", 10.1, epoch=1))
    assert dict(old_word.reached) == {}


def test_a_verdict_that_rises_makes_the_release_a_greater_one_and_one_that_falls_does_not() -> None:
    minor = announced(kind="minor", go_live="2026-12-10")
    raised = stand(minor, *TOLD, fact("release.digest_changed", 5, digest=NEW, kind="major", restarts=True))
    assert (raised.terms.kind, raised.needs_go) == ("major", True)
    assert stand(announced(), fact("release.digest_changed", 5, digest=NEW, kind="patch")).terms.kind == "major"


def test_a_notice_that_went_out_late_moves_the_day_and_says_whose_it_was() -> None:
    late = stand(announced(), told("crm", 0.01), told("warehouse", 6))
    found = schedule(late, BOTH, START + timedelta(days=7))
    assert found.day == date(2027, 1, 7)
    assert found.settled
    assert found.first is not None
    assert found.first.bounds[0].sentence.startswith("warehouse is owed 60 days of notice for a MAJOR release")


def test_somebody_whom_nothing_reaches_holds_nobody_up_and_is_named() -> None:
    gone = fact("release.unnoticed", 1, party="warehouse", notice="release.announced", why="the address is unknown")
    release = stand(announced(), told("crm"), gone)
    found = schedule(release, BOTH, START + timedelta(days=30))
    assert (found.day, found.settled) == (DAY, True)
    assert "warehouse could not be reached: the address is unknown." in recommend(release, BOTH).remarks
    with_lost = schedule(release, (*BOTH, LOST), START + timedelta(days=30))
    assert (with_lost.day, with_lost.settled) == (DAY, True)
    assert "lost could not be reached: no contact is known." in recommend(release, (LOST,)).remarks
    back = stand(announced(), told("crm"), gone, told("warehouse", 2))
    assert back.unreached == {}


def test_a_critical_partner_who_is_not_ready_is_a_reason_to_postpone() -> None:
    ready = [fact("release.readiness", 50, party=one, ready=True, digest=OLD) for one in ("crm", "warehouse")]
    release = stand(announced(), *TOLD, MERGED)
    advice = recommend(release, BOTH)
    assert advice.word == "postpone"
    assert advice.reasons == ("The critical partner CRM team has not confirmed readiness.",)
    assert advice.remarks == ("warehouse has not confirmed readiness.",)
    assert recommend(stand(announced(), *TOLD, MERGED, *ready), BOTH).word == "go"
    no = fact("release.readiness", 51, party="crm", ready=False, digest=OLD, text="our tests fail")
    assert recommend(stand(announced(), MERGED, *ready, no), BOTH).reasons == (
        "The critical partner CRM team is not ready: our tests fail.",
    )


def test_data_of_a_critical_partner_that_breaks_the_contract_is_a_reason_to_postpone() -> None:
    broken = [fact("release.failures", hour, party=one, count=6) for hour, one in ((1, "crm"), (2, "crm"), (3, "x"))]
    advice = recommend(stand(announced(kind="minor"), MERGED, *broken), BOTH)
    assert advice.reasons == (
        "Documents of CRM team that broke the contract in production since the announcement: 12.",
    )
    assert "Documents of x that broke the contract in production since the announcement: 6." in advice.remarks


def test_a_critical_blocker_is_a_reason_to_postpone_until_it_is_closed() -> None:
    stuck = fact("release.blocker", 40, id="b", party="warehouse", severity="critical", text="we lose orders")
    filed = fact("release.blocker_filed", 41, id="b", issue=12)
    release = stand(announced(kind="minor"), MERGED, stuck, filed)
    assert recommend(release, (WAREHOUSE,)).reasons == ("warehouse reports a critical blocker (#12): we lose orders",)
    freed = stand(announced(kind="minor"), MERGED, stuck, filed, fact("release.blocker_closed", 42, id="b"))
    assert recommend(freed, (WAREHOUSE,)).word == "go"
    odd = stand(announced(), fact("release.blocker", 40, id="x", party="crm", severity="who knows", text=""))
    assert odd.blocking[0].severity == "critical"


def test_a_cancelled_release_may_be_announced_again_and_keeps_its_issue() -> None:
    issue = fact("release.issue", 1, number=31)
    end = fact("release.cancelled", 20, reason="we do not need it", login="rosa")
    release = stand(announced(), issue, *TOLD, end)
    assert (release.state, release.open) == ("cancelled", False)
    assert next(iter(to_party("r", release, schedule(release, BOTH, START), CRM, START + timedelta(days=20)))).kind == (
        "release.cancelled"
    )
    again = stand(announced(), issue, *TOLD, end, announced(30, go_live="2027-03-01"))
    assert (again.round, again.issue, again.state, dict(again.reached)) == (2, 31, "announced", {})
    # An announcement of what runs already announces nothing.
    assert stand(announced(), announced(30, go_live="2027-03-01")).day == DAY


def test_a_rolled_back_release_is_announced_anew_or_resolved() -> None:
    live = fact("release.live", 63.5, phase=0)
    back = fact("release.rolled_back", 64, reason="orders were lost", login="rosa")
    release = stand(announced(), *TOLD, MERGED, GO, live, back)
    assert release.state == "rolled back"
    at = START + timedelta(days=64, hours=9)
    owed = list(to_party("r", release, schedule(release, BOTH, at), CRM, at))
    assert [one.kind for one in owed] == ["release.live", "release.rolled_back", "release.status", "release.status"]
    assert owed[2].due == START + timedelta(days=64) + 2 * STATUS_EVERY
    follow = fact("release.followed_up", 64.1, what="root_cause", issue=44)
    done = stand(announced(), *TOLD, MERGED, GO, live, back, follow, fact("release.resolved", 66, login="rosa"))
    assert (done.follow_ups, done.resolved) == ({"root_cause": 44}, START + timedelta(days=66))
    assert "release.status" not in {one.kind for one in to_party("r", done, schedule(done, BOTH, at), CRM, at)}
    assert stand(announced(), back).state == "announced"


def test_phases_go_live_one_after_the_other_and_move_together() -> None:
    phases = [{"day": "2027-01-04", "scope": "NED"}, {"day": "2027-01-18", "scope": "Probate"}, {"day": "x"}]
    first, second = fact("release.live", 63.5, phase=0), fact("release.live", 77.5, phase=1)
    release = stand(announced(phases=phases), *TOLD, MERGED, GO, first)
    assert (release.state, release.open) == ("live", True)
    found = schedule(release, BOTH, START + timedelta(days=70))
    assert due_phases(release, found, START + timedelta(days=70)) == ()
    assert due_phases(release, found, START + timedelta(days=78)) == (1,)
    assert next_moment(release, found, START + timedelta(days=70)) == datetime(2027, 1, 18, 10, tzinfo=UTC)
    assert not stand(announced(phases=phases), *TOLD, MERGED, GO, first, second).open
    moved = stand(announced(phases=phases), fact("release.moved", 2, go_live="2027-01-11", reason="late"))
    assert [one.day for one in moved.phases] == [date(2027, 1, 11), date(2027, 1, 25)]


def test_a_critical_fix_waits_one_hour_and_for_no_quiet_hours() -> None:
    urgent = announced(kind="critical", go_live="2026-11-02", at="09:30", merged=True)
    release = stand(urgent, told("crm", 0.01))
    found = schedule(release, BOTH, START)
    assert release.state == "go"
    assert found.go_live == START + timedelta(hours=1, days=0.01)
    (owed,) = to_party("r", release, found, WAREHOUSE, START)
    assert (owed.kind, owed.due) == ("release.announced", START)


def test_a_partner_is_owed_each_notice_of_the_plan_at_its_day() -> None:
    release = stand(announced(), *TOLD)
    owed = list(to_party("r", release, schedule(release, BOTH, START), CRM, START))
    assert [(one.kind, one.due.date().isoformat()) for one in owed] == [
        ("release.announced", "2026-11-02"),
        ("release.consultation", "2026-11-20"),
        ("release.testing", "2026-12-05"),
        ("release.testing_ends", "2026-12-20"),
        ("release.confirm", "2026-12-21"),
        ("release.confirm_reminder", "2026-12-25"),
        ("release.confirm_closes", "2026-12-28"),
    ]
    assert owed[1].facts["milestone"] == "T-45 (day 15 of 60)"
    assert (owed[0].channel, owed[0].address) == ("slack", ("C0123456789",))
    assert [(one.channel, one.address) for one in owed[0].fallback] == [("email", ("crm@example.com",))]
    assert len({one.key for one in owed}) == len(owed)


def test_quiet_hours_move_a_milestone_earlier() -> None:
    release = stand(announced(), *TOLD)
    owed = list(to_party("r", release, schedule(release, BOTH, START), WAREHOUSE, START))
    assert {one.due.hour for one in owed} == {9}


def test_who_is_ready_is_not_reminded_and_who_cannot_be_reached_is_told_of_to_the_owners() -> None:
    ready = fact("release.readiness", 40, party="crm", ready=True, digest=OLD)
    release = stand(announced(), *TOLD, ready)
    found = schedule(release, (*BOTH, LOST), START)
    kinds = [one.kind for one in to_party("r", release, found, CRM, START + timedelta(days=41))]
    assert "release.confirm_reminder" not in kinds
    assert list(to_party("r", release, found, LOST, START)) == []
    told_ = list(to_owners("r", release, found, (*BOTH, LOST), ("rosa",), START))
    assert next((one.kind, one.facts.get("why", "")) for one in told_) == ("release.unreached", "no contact is known")
    assert {one.recipient for one in told_} == {"user:rosa"}


def test_of_late_notices_only_the_last_is_owed() -> None:
    release = stand(announced(), *TOLD)
    owed = list(to_party("r", release, schedule(release, BOTH, START), CRM, START + timedelta(days=40)))
    assert [one.kind for one in owed][:3] == ["release.announced", "release.testing", "release.testing_ends"]
    assert owed[1].late


def test_another_day_makes_other_notices() -> None:
    release = stand(announced(), *TOLD)
    later = stand(announced(), *TOLD, fact("release.moved", 50, go_live="2027-02-10", reason="x"))
    now = START + timedelta(days=51)
    old = {one.key for one in to_party("r", release, schedule(release, BOTH, now), CRM, now)}
    new = {one.key for one in to_party("r", later, schedule(later, BOTH, now), CRM, now)}
    assert {key.split("/")[0] for key in old & new} == {"release.announced"}
    assert any(key.startswith("release.moved/") for key in new)


def test_owners_decide_a_week_before_and_want_of_a_decision_goes_to_email_a_day_later() -> None:
    release = stand(announced(), *TOLD, MERGED)
    found = schedule(release, BOTH, START)
    by = decide_by(release, found)
    assert by == datetime(2026, 12, 28, 10, tzinfo=UTC)
    owed = {one.kind: one for one in to_owners("r", release, found, BOTH, ("rosa",), START)}
    assert (owed["release.decide"].due, owed["release.undecided"].due) == (by, by + timedelta(hours=24))
    assert owed["release.undecided"].channel == "email"
    assert owed["release.decide"].facts["recommendation"] == "postpone"
    after = list(to_owners("r", release, found, BOTH, ("rosa",), found.go_live))
    assert [one.facts["why"] for one in after if one.kind == "release.held"] == ["nobody said go"]
    decided = stand(announced(), *TOLD, MERGED, GO)
    assert list(to_owners("r", decided, found, BOTH, ("rosa",), START)) == []


def test_owners_decide_anew_on_other_documents() -> None:
    changed = fact("release.digest_changed", 58, digest=NEW, kind="major", restarts=False, says=["x"], whole=["x"])
    before, release = stand(announced(), *TOLD), stand(announced(), *TOLD, changed)
    found = schedule(release, BOTH, START + timedelta(days=58))
    keys = {
        one.key for log in (before, release) for one in to_owners("r", log, found, BOTH, ("rosa",), START)
        if one.kind == "release.decide"
    }  # fmt: skip
    assert len(keys) == 2
    (asked,) = [one for one in to_owners("r", release, found, BOTH, ("rosa",), START) if one.kind == "release.decide"]
    assert asked.due == changed.source_time, "there was nothing to decide on before"


def test_owners_are_reminded_of_a_root_cause_that_nobody_has_written_down_in_two_days() -> None:
    log = [
        announced(), *TOLD, MERGED, GO, fact("release.live", 63.1, phase=0),
        fact("release.rolled_back", 64, reason="orders are lost", login="rosa"),
        fact("release.followed_up", 64.1, what="root_cause", issue=44),
    ]  # fmt: skip
    release = stand(*log, at=64.2)
    owed = {one.kind: one for one in to_owners("r", release, schedule(release, BOTH, START), BOTH, ("rosa",), START)}
    late = owed["release.unexplained"]
    assert (late.due, late.channel) == (START + timedelta(days=66), "email")
    assert late.facts["root_cause"] == owed["release.follow_up"].facts["root_cause"] == "44"
    resolved = stand(*log, fact("release.resolved", 65, reason="mended"))
    assert list(to_owners("r", resolved, schedule(resolved, BOTH, START), BOTH, ("rosa",), START)) == []


def test_a_blocker_is_told_of_by_the_partners_title_and_without_a_number_until_it_has_an_issue() -> None:
    blocked = fact("release.blocker", 10, id="b", party="crm", severity="high", text="it stops", digest=OLD)
    for log, number in (((), ""), ((fact("release.blocker_filed", 11, id="b", issue=7),), "7")):
        release = stand(announced(), *TOLD, blocked, *log)
        owed = to_owners("r", release, schedule(release, BOTH, START), BOTH, ("rosa",), START)
        (told_,) = [one.facts for one in owed if one.kind == "release.blocked"]
        assert (told_["party"], told_["blocker"]) == ("CRM team", number)
        assert not any("#0" in word for one in owed for word in one.facts.values())


def test_of_ten_thousand_partners_the_first_reasons_are_told_and_the_others_counted() -> None:
    many = tuple(
        Party(Profile(f"p{number}", contacts=Contacts(("a@example.com",))), "reads") for number in range(10_000)
    )
    release = stand(announced())
    advice = recommend(release, (CRM, *many))
    assert (advice.word, len(advice.reasons)) == ("postpone", 1)
    assert len(advice.remarks) == 51
    assert advice.remarks[0].startswith("Pull request #7 is not merged")
    assert advice.remarks[-1] == "And 9951 more; the board shows them."
    found = schedule(release, (CRM, *many), START)
    assert found.first is not None
    assert len(found.first.bounds) + found.first.more == 10_001
    assert "The same holds for 9981 more." in str(refused(DAY - timedelta(days=30), found.first))
    decide, *_ = to_owners("r", release, found, (CRM, *many), ("rosa",), START)
    assert sum(map(len, decide.facts.values())) < 10_000, "it is a message"


def test_what_follows_a_go_live_is_asked_for() -> None:
    live = stand(announced(), *TOLD, MERGED, GO, fact("release.live", 63.5, phase=0))
    now = START + timedelta(days=64)
    kinds = [one.kind for one in to_party("r", live, schedule(live, BOTH, now), CRM, now)]
    assert kinds == ["release.announced", "release.live", "release.verify", "release.feedback"]
    signed = fact("release.verified", 65, side="crm", item="operations")
    done = stand(announced(), *TOLD, MERGED, GO, fact("release.live", 63.5, phase=0), signed)
    assert "release.verify" not in [one.kind for one in to_party("r", done, schedule(done, BOTH, now), CRM, now)]


def test_the_first_day_that_can_be_promised_allows_for_the_time_that_notices_take() -> None:
    release = stand(announced())
    first = first_day(release.terms, BOTH, (), START)
    assert first is not None
    assert first.day == date(2027, 1, 2)
    assert first_day(release.terms, (), (), START) is None


HISTORY = (
    announced(), *TOLD, MERGED, fact("release.readiness", 40, party="crm", ready=True, digest=OLD),
    fact("release.digest_changed", 20, digest=NEW, kind="major", restarts=True), told("crm", 20.1, epoch=2),
    told("warehouse", 25, epoch=2), fact("release.moved", 26, go_live="2027-02-20", reason="late notice"),
    fact("release.checklist", 30, party="crm", item="code", done=True, digest=NEW),
    fact("release.blocker", 41, id="b", party="warehouse", severity="high", text="slow"),
    fact("release.blocker_closed", 50, id="b", login="rosa"), fact("release.no_go", 60, reason="x", login="rosa"),
    fact("release.postponed", 61, go_live="2027-03-05", reason="x", login="rosa"),
    fact("release.go", 90, digest=NEW, login="rosa"), fact("release.live", 123.2, phase=0),
    fact("release.rolled_back", 124, reason="x", login="rosa"), fact("release.resolved", 126, login="rosa"),
)  # fmt: skip


@given(st.randoms(use_true_random=False), st.integers(0, 130))
def test_the_order_of_arrival_changes_nothing(shuffler: random.Random, days: int) -> None:
    now = START + timedelta(days=days)
    mixed = [*HISTORY, *HISTORY[:3]]
    shuffler.shuffle(mixed)
    assert fold(mixed, now=now) == fold(HISTORY, now=now)


_LATER = st.sampled_from([one for one in sorted(KINDS) if one != "release.announced"])


@given(
    st.lists(
        st.builds(
            lambda kind, days, party, digest, day, flag: replace(
                fact(
                    kind, days / 10, party=party, digest=digest, go_live=(DAY + timedelta(days=day)).isoformat(),
                    notice="release.announced", restarts=flag, ready=flag, id="b", severity="critical", phase=0,
                    item="code", kind="major" if flag else "minor",
                ),
                kind=kind,
            ),
            _LATER, st.integers(0, 900), st.sampled_from(["crm", "warehouse"]), st.sampled_from([OLD, NEW]),
            st.integers(-30, 60), st.booleans(),
        ),
        max_size=20,
    )
)  # fmt: skip
def test_whatever_happens_no_partner_gets_less_notice_than_is_owed(history: Sequence[NewEvent]) -> None:
    now = START + timedelta(days=95)
    release = stand(announced(kind="minor", go_live="2026-12-05"), *history, at=95)
    found = schedule(release, BOTH, now)
    owed = timedelta(days=release.terms.notice_days)
    for party in BOTH:
        if party.name not in release.unreached:
            at = release.reached.get(party.name, now)
            assert found.go_live - at >= owed
    assert release.version == 1 + sum(one.kind != "release.announced" for one in release.turns)
    assert {one.kind for one in release.turns} <= TURNS
    keys = [one.key for party in BOTH for one in to_party("r", release, found, party, now)]
    assert len(keys) == len(set(keys))


def test_the_kinds_of_facts_are_read_once_each() -> None:
    assert [one.source_id for one in ordered([GO, GO])] == [GO.source_id]


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_fact_with_an_empty_body_breaks_nothing(kind: str) -> None:
    assert fold([announced(), fact(kind, 1)], now=START + timedelta(days=2)) is not None
