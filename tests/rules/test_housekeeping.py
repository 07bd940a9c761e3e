from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from rules.contract import Contract, Partner, Policy, VersionScheme
from rules.housekeeping import Approval, Edit, Move, Shelf, Write, plan
from rules.verdict import Verdict
from rules.versions import parse_semver

CONTRACT = Contract(
    "podio", ("docs/podio-v*.json",), scheme=VersionScheme("semver-file"), change_log="docs/README.md",
    policy=Policy(grace_days=30),
)  # fmt: skip
V1, V11, V2 = "docs/podio-v1.0.json", "docs/podio-v1.1.json", "docs/podio-v2.0.json"
DAY = date(2026, 12, 1)
LOG = "| Version | File | Status | Date Added |\n|---|---|---|---|\n| 1.0 | podio-v1.0.json | Active | 2025-01-01 |\n"
MAJOR = Approval(Verdict.MAJOR, ("mona", "lisa"), 3, DAY)
MINOR = Approval(Verdict.MINOR, (), 4, DAY)


def planned(*paths: str, today: date = DAY, **values: Any) -> tuple[Edit, ...]:
    return plan(Shelf(CONTRACT, frozenset(paths), **values), today)


def moved(*paths: str, today: date = DAY, **values: Any) -> list[tuple[str, str]]:
    return [(one.old, one.new) for one in planned(*paths, today=today, **values) if isinstance(one, Move)]


def test_after_a_minor_step_the_older_version_is_archived_at_once() -> None:
    assert moved(V1, V11, approvals={V11: MINOR}) == [(V1, "docs/archive/podio-v1.0.json")]


def test_after_a_major_step_both_are_supported_for_the_grace_period() -> None:
    approvals = {V2: MAJOR}
    assert moved(V1, V2, approvals=approvals, today=DAY + timedelta(days=29)) == []
    assert moved(V1, V2, approvals=approvals, today=DAY + timedelta(days=30)) == [(V1, "docs/archive/podio-v1.0.json")]


def test_nothing_is_archived_before_its_removal_dates_have_come() -> None:
    removal = DAY + timedelta(days=90)
    found = {"approvals": {V2: MAJOR}, "removals": {V1: removal}}
    assert moved(V1, V2, today=removal - timedelta(days=1), **found) == []
    assert len(moved(V1, V2, today=removal, **found)) == 1


def test_each_version_goes_when_the_one_that_followed_it_allows() -> None:
    found = moved(V1, V11, V2, approvals={V11: MINOR, V2: MAJOR}, today=DAY + timedelta(days=1))
    assert found == [(V1, "docs/archive/podio-v1.0.json")]


def test_what_nobody_here_approved_is_left_where_it_lies() -> None:
    assert planned(V1, V11, log=LOG) == ()


def test_an_approved_proposal_is_moved_to_its_place() -> None:
    path = "docs/proposals/podio-v1.1.json"
    assert moved(V1, path, approvals={path: MINOR}) == [(path, V11)]
    assert moved(V1, path) == []
    assert moved(V1, V11, path, approvals={path: MINOR}) == []


def test_a_version_that_is_still_supported_is_called_superseded() -> None:
    (write,) = planned(V1, V2, approvals={V2: MAJOR}, log=LOG)
    assert isinstance(write, Write)
    assert "| 1.0 | podio-v1.0.json | Superseded | 2025-01-01 |" in write.text


def test_a_file_in_the_archive_is_never_overwritten() -> None:
    assert moved(V1, V11, "docs/archive/podio-v1.0.json", approvals={V11: MINOR}) == []


def test_the_record_says_who_approved_and_what_is_current() -> None:
    (move, write) = planned(V1, V11, approvals={V11: MINOR}, log=LOG)
    assert isinstance(move, Move)
    assert isinstance(write, Write)
    assert write.path == "docs/README.md"
    assert "| 1.0 | podio-v1.0.json | Archived | 2025-01-01 |" in write.text
    assert "| 1.1 | podio-v1.1.json | Active | 2026-12-01 |" in write.text


def test_a_shelf_in_order_asks_for_nothing() -> None:
    (_, write) = planned(V1, V11, approvals={V11: MINOR}, log=LOG)
    assert isinstance(write, Write)
    after = ("docs/archive/podio-v1.0.json", V11)
    assert planned(*after, approvals={V11: MINOR}, log=write.text, today=DAY + timedelta(days=400)) == ()


def test_without_a_change_log_only_files_are_moved() -> None:
    assert [type(one) for one in planned(V1, V11, approvals={V11: MINOR})] == [Move]


def test_what_people_decided_about_is_not_proposed_again() -> None:
    found: dict[str, Any] = {"approvals": {V11: MINOR}, "log": LOG}
    keys = [key for one in planned(V1, V11, **found) for key in one.keys]
    assert len(keys) == 3
    assert planned(V1, V11, decided=frozenset(keys), **found) == ()
    edited = LOG.replace("Active", "In use until June")
    assert planned(V1, V11, decided=frozenset(keys), approvals={V11: MINOR}, log=edited) == ()


def test_a_declined_move_leaves_the_record_of_that_version_to_people() -> None:
    (move, _) = planned(V1, V11, approvals={V11: MINOR}, log=LOG)
    (write,) = planned(V1, V11, approvals={V11: MINOR}, log=LOG, decided=frozenset(move.keys))
    assert isinstance(write, Write)
    assert "| 1.0 | podio-v1.0.json | Active | 2025-01-01 |" in write.text
    assert "| 1.1 | podio-v1.1.json | Active | 2026-12-01 |" in write.text


def test_a_version_whose_release_is_not_live_is_approved_and_the_one_before_it_stays() -> None:
    found: dict[str, Any] = {"approvals": {V2: MAJOR}, "log": LOG, "today": DAY + timedelta(days=200)}
    (write,) = planned(V1, V2, live={V2: None}, **found)
    assert isinstance(write, Write)
    assert "| 1.0 | podio-v1.0.json | Active | 2025-01-01 |" in write.text
    assert "| 2.0 | podio-v2.0.json | Approved | 2026-12-01 |" in write.text


def test_the_grace_period_runs_from_the_day_on_which_the_new_version_went_live() -> None:
    live = DAY + timedelta(days=60)
    found: dict[str, Any] = {"approvals": {V2: MAJOR}, "live": {V2: live}}
    assert moved(V1, V2, today=live + timedelta(days=29), **found) == []
    assert len(moved(V1, V2, today=live + timedelta(days=30), **found)) == 1


def test_where_partners_are_owed_notice_no_version_is_in_force_before_it_has_run() -> None:
    owing = replace(CONTRACT, partners=(Partner("dialer", "reads"),))
    waits = Shelf(owing, frozenset({V1, V11}), LOG, {V11: MINOR})
    (write,) = plan(waits, DAY + timedelta(days=29))
    assert isinstance(write, Write)
    assert "| 1.1 | podio-v1.1.json | Approved | 2026-12-01 |" in write.text
    assert isinstance(plan(waits, DAY + timedelta(days=30))[0], Move)
    hurried = replace(waits, approvals={V11: replace(MINOR, critical=True)})
    assert isinstance(plan(hurried, DAY)[0], Move)


def test_a_patch_needs_nobody_and_the_record_says_so() -> None:
    patch = Approval(Verdict.PATCH, (), 5, DAY)
    (_, write) = planned(
        V1, "docs/podio-v1.0.1.json", approvals={"docs/podio-v1.0.1.json": patch}, log=f"{LOG}\n# Change Log\n"
    )
    assert isinstance(write, Write)
    assert "**Approved by:** nobody: no approval is needed" in write.text


BOTH = LOG + "| 2.0 | podio-v2.0.json | Active | 2026-12-01 |\n"
ROLLED_BACK: dict[str, Any] = {"undone": (parse_semver("2.0"),), "rollbacks": 1}


def recorded(*paths: str, log: str = BOTH, **values: Any) -> str:
    (text,) = [one.text for one in planned(*paths, log=log, **values) if isinstance(one, Write)]
    return text


def test_a_version_that_was_rolled_back_is_recorded_so_and_the_one_before_is_active_again() -> None:
    before = BOTH.replace("podio-v1.0.json | Active", "podio-v1.0.json | Superseded")
    for paths in ((V1, V2), (V1,)):
        approvals = {V2: MAJOR} if V2 in paths else {}
        text = recorded(*paths, log=before, approvals=approvals, live={V2: None}, **ROLLED_BACK)
        assert "| 1.0 | podio-v1.0.json | Active |" in text
        assert "| 2.0 | podio-v2.0.json | Rolled back |" in text


def test_a_version_that_goes_live_again_after_a_rollback_is_active_again_whatever_was_decided_before() -> None:
    found: dict[str, Any] = {"approvals": {V2: MAJOR}, "live": {V2: DAY}}
    first = planned(V1, V2, log=BOTH.replace("v2.0.json | Active", "v2.0.json | Approved"), **found)
    decided = frozenset(key for one in first for key in one.keys)
    after = BOTH.replace("v2.0.json | Active", "v2.0.json | Rolled back")
    assert planned(V1, V2, log=after, decided=decided, **found) == ()
    text = recorded(V1, V2, log=after, decided=decided, rollbacks=1, **found)
    assert "| 2.0 | podio-v2.0.json | Active |" in text
    assert "| 1.0 | podio-v1.0.json | Superseded |" in text


def test_the_version_before_comes_back_from_the_archive_after_a_rollback() -> None:
    archived = "docs/archive/podio-v1.1.json"
    oldest = "docs/archive/podio-v1.0.json"
    values: dict[str, Any] = {"approvals": {V2: MAJOR}, "live": {V2: None}}
    assert moved(oldest, archived, V2, **values) == []
    assert moved(oldest, archived, V2, **values, **ROLLED_BACK) == [(archived, V11)]
    assert moved(oldest, V11, V2, **values, **ROLLED_BACK) == []
