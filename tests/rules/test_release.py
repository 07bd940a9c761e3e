"""The dates of a release: what is owed before it, and both ways of counting the days."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.release import Earliest, ReleaseKind, Removal, Terms, earliest, majors_beside, plan, refused

DAY = date(2027, 1, 20)
KINDS: tuple[ReleaseKind, ...] = ("patch", "minor", "major", "critical")
ZONES = ("UTC", "America/Denver", "Europe/Berlin", "Asia/Kolkata", "Pacific/Kiritimati", "America/St_Johns")


def at(text: str, zone: str = "UTC") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


def test_a_major_release_is_counted_in_both_ways() -> None:
    names = [one.name for one in plan(Terms("major"), DAY)]
    assert names == [
        "T-60 (day 0 of 60)",
        "T-45 (day 15 of 60)",
        "T-30 (day 30 of 60)",
        "T-15 (day 45 of 60)",
        "T-14 (day 46 of 60)",
        "T-7 (day 53 of 60)",
        "T-0 (day 60 of 60)",
    ]


@pytest.mark.parametrize(
    ("kind", "days"), [("patch", [14, 0]), ("minor", [30, 14, 7, 0]), ("major", [60, 45, 30, 15, 14, 7, 0])]
)
def test_every_kind_has_its_milestones(kind: ReleaseKind, days: list[int]) -> None:
    assert [(DAY - one.at.date()).days for one in plan(Terms(kind), DAY)] == days


def test_a_milestone_keeps_its_time_of_day_across_a_change_of_the_clocks() -> None:
    terms = Terms("minor", "Europe/Berlin", time(9))
    clocks = {one.at.astimezone(ZoneInfo("Europe/Berlin")).time() for one in plan(terms, date(2027, 4, 10))}
    assert clocks == {time(9)}
    assert [one.at.hour for one in plan(terms, date(2027, 4, 10))] == [8, 8, 7, 7]


def test_sixty_days_across_a_leap_day() -> None:
    assert plan(Terms("major"), date(2028, 3, 31))[0].at.date() == date(2028, 1, 31)


def test_a_release_announced_before_the_hour_of_go_live_is_due_that_day_and_after_it_the_next() -> None:
    terms = Terms("minor", "America/Denver", time(10))
    assert earliest(terms, [("crm", at("2026-11-21T10:00", "America/Denver"))]).day == date(2026, 12, 21)
    assert earliest(terms, [("crm", at("2026-11-21T10:01", "America/Denver"))]).day == date(2026, 12, 22)


def test_the_last_to_be_told_decides_and_is_named_first() -> None:
    told = [("crm", at("2026-11-21T09:00")), ("dialer", at("2026-11-24T09:00"))]
    first = earliest(Terms("major"), told)
    assert first.day == date(2027, 1, 23)
    assert first.bounds[0].sentence.startswith("dialer is owed 60 days of notice for a MAJOR release, counted from ")


def test_a_removed_field_waits_for_its_grace_period() -> None:
    removal = Removal("phone", date(2026, 12, 20), 45)
    first = earliest(Terms("major"), [("crm", at("2026-11-21T09:00"))], [removal])
    assert first.day == date(2027, 2, 3)
    assert "`phone` is deprecated since 2026-12-20 and stays for 45 days: not before 2027-02-03." in (
        refused(date(2027, 1, 30), first) or ""
    )


def test_a_critical_fix_owes_an_hour() -> None:
    first = earliest(Terms("critical", at=time(12)), [("crm", at("2026-11-21T11:00"))])
    assert first.day == date(2026, 11, 21)
    assert earliest(Terms("critical", at=time(12)), [("crm", at("2026-11-21T11:01"))]).day == date(2026, 11, 22)


def test_an_illegal_date_is_refused_with_every_reason_and_the_first_legal_one() -> None:
    told = [("crm", at("2026-11-21T09:00")), ("dialer", at("2026-11-24T09:00"))]
    first = earliest(Terms("major"), told)
    said = refused(date(2027, 1, 22), first)
    assert said == (
        "2027-01-22 is too early. dialer is owed 60 days of notice for a MAJOR release, counted from "
        "2026-11-24 09:00 UTC: not before 2027-01-23 09:00 UTC. The first day that can be promised is 2027-01-23."
    )
    assert refused(date(2027, 1, 23), first) is None


def test_a_release_that_owes_nobody_anything_has_no_earliest_day() -> None:
    with pytest.raises(ValueError, match="goes live at merge"):
        earliest(Terms("major"), [])


@given(
    st.sampled_from(KINDS),
    st.sampled_from(ZONES),
    st.times(),
    st.integers(0, 3_000_000).map(lambda minutes: at("2026-01-01T00:00") + timedelta(minutes=minutes)),
)
def test_no_zone_and_no_hour_ever_shortens_what_is_owed(
    kind: ReleaseKind, zone: str, hour: time, told: datetime
) -> None:
    terms = Terms(kind, zone, hour.replace(second=0, microsecond=0))
    first: Earliest = earliest(terms, [("crm", told)])
    clocks_may_change = timedelta(hours=1)
    owed = timedelta(days=terms.notice_days) - clocks_may_change if terms.notice_days else timedelta(hours=1)
    assert terms.instant(first.day) - told >= owed
    assert terms.instant(first.day) - told <= timedelta(days=terms.notice_days + 1, hours=2)
    assert refused(first.day, first) is None
    assert refused(first.day - timedelta(days=1), first) is not None


@pytest.mark.parametrize(
    ("others", "flagged"),
    [
        ([], 0),
        ([date(2026, 6, 1)], 0),
        ([date(2026, 6, 1), date(2026, 1, 19)], 0),
        ([date(2026, 6, 1), date(2026, 1, 21)], 2),
        ([date(2026, 9, 1), date(2027, 5, 1)], 2),
        ([date(2026, 2, 1), date(2028, 1, 1)], 0),
    ],
)
def test_the_third_major_release_in_a_year_is_flagged(others: list[date], flagged: int) -> None:
    assert len(majors_beside(DAY, others)) == flagged
