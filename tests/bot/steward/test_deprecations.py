"""Deprecations on the default branch: warned of in time, each once, and an issue when the removal date has passed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from bot.steward import deprecations, sweep
from bot.store.values import Obligation
from tests.bot.steward.room import Room, room
from tests.e2e.stage import CONFIG, schema
from tests.notices import golden

CONTRACT = CONFIG.replace("    enforcement", "    partners: {dialer: reads}\n    enforcement")


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Room]:
    with room(tmp_path, config=CONTRACT, wired=False) as found:
        found.github.forget_requests()
        yield found


def deprecate(on: Room, days: int, message: str = "Deprecate it") -> str:
    """Publish a notice on the field `placed` whose removal date is so many days from now."""
    removal = (on.now + timedelta(days=days)).date()
    notice = {
        "deprecated_on": str(removal - timedelta(days=40)),
        "removal_date": str(removal),
        "replacement": "placed_at",
        "migration_guide": "Add the time @everybody.",
    }
    fields = {
        "placed": {"type": "string", "deprecated": True, "x-deprecation": notice},
        "placed_at": {"type": "string"},
    }
    on.repository.commit("main", {"schemas/order.json": schema("1.1.0", **fields)}, message=message)
    return str(removal)


def look(on: Room, days: float = 0) -> None:
    on.clock.advance(timedelta(days=days))
    sweep.begin(on.store)
    on.work()


def promised(on: Room) -> list[Obligation]:
    with on.store.reading() as transaction:
        names = sorted(transaction.owing(deprecations.stream(on.repository.state.id)))
        return [one for name in names for one in transaction.obligations(name)]


def owed(on: Room) -> list[Obligation]:
    return [one for one in promised(on) if one.state == "owed"]


def mark(one: Obligation) -> int:
    """Tell how many days before the removal date a warning is due."""
    return (date.fromisoformat(one.payload["facts"]["removal_date"]) - one.due.date()).days


def marks(found: list[Obligation]) -> set[tuple[str, int]]:
    return {(one.recipient, mark(one)) for one in found}


BOTH = ("partner:dialer", "team:octo/data")


def issues(on: Room) -> list[tuple[str, str]]:
    return [(one.title, one.body) for one in on.repository.state.issues.values()]


def test_owners_and_partners_are_warned_on_each_of_the_days(made: Room) -> None:
    removal = deprecate(made, days=60)
    look(made)
    assert len(owed(made)) == 8
    assert marks(owed(made)) == {(who, days) for days in (30, 14, 7, 1) for who in BOTH}
    (last, _) = [one for one in owed(made) if mark(one) == 1]
    assert f"{last.due:%Y-%m-%d %H:%M}" == f"{made.now + timedelta(days=59):%Y-%m-%d} 00:00"
    assert last.payload["facts"]["left"] == f"1 day from {last.due:%Y-%m-%d}"
    assert {one.kind for one in owed(made)} == {"deprecation.warning", "deprecation.due"}
    assert owed(made)[0].payload["facts"]["removal_date"] == removal
    assert issues(made) == []


def test_where_the_contract_names_nobody_its_codeowners_are_warned(tmp_path: Path) -> None:
    nobody = CONTRACT.replace("    owners:\n      teams: [octo/data]\n", "")
    with room(tmp_path, config=nobody, wired=False) as made:
        made.repository.commit("main", {"CODEOWNERS": "/schemas/ @octo/keepers\n"}, message="Who owns what")
        deprecate(made, days=60)
        look(made)
        assert {one.recipient for one in owed(made)} == {"partner:dialer", "team:octo/keepers"}


def test_looking_again_owes_nothing_twice(made: Room) -> None:
    deprecate(made, days=60)
    look(made)
    first = [one.key for one in owed(made)]
    for _ in range(3):
        look(made, days=1)
    assert [one.key for one in owed(made)] == first


def test_who_was_away_is_told_once_how_many_days_are_left(made: Room) -> None:
    deprecate(made, days=6)
    look(made)
    due = [one for one in owed(made) if one.due <= made.now]
    assert marks(due) == {(who, 7) for who in BOTH}
    assert {one.payload["facts"]["left"] for one in due} == {f"6 days from {made.now:%Y-%m-%d}"}
    assert {mark(one) for one in owed(made)} == {7, 1}


def test_a_later_removal_date_takes_the_old_warnings_back(made: Room) -> None:
    deprecate(made, days=10)
    look(made)
    later = deprecate(made, days=50, message="Give it more time")
    look(made, days=1)
    assert {one.payload["facts"]["removal_date"] for one in owed(made)} == {later}


def test_a_deprecation_that_is_taken_back_warns_of_nothing(made: Room) -> None:
    deprecate(made, days=60)
    look(made)
    made.repository.commit("main", {"schemas/order.json": schema("1.2.0")}, message="Keep it after all")
    look(made, days=1)
    assert owed(made) == []


def test_a_notice_that_was_out_of_sight_for_a_day_warns_all_the_same(made: Room) -> None:
    deprecate(made, days=60)
    look(made)
    first = marks(owed(made))
    notice = made.repository.read("schemas/order.json", "main")
    made.repository.commit("main", {"schemas/order.json": "{"}, message="Break it")
    look(made, days=1)
    assert owed(made) == []
    made.repository.commit("main", {"schemas/order.json": (notice or b"").decode()}, message="Mend it")
    look(made, days=1)
    assert marks(owed(made)) == first


def test_one_issue_is_opened_when_the_removal_date_has_passed_and_never_again(made: Room) -> None:
    removal = deprecate(made, days=2)
    look(made)
    assert issues(made) == []
    for _ in range(4):
        look(made, days=1)
    ((title, body),) = issues(made)
    assert title == f"Remove placed from order: its removal date was {removal}"
    first, _, rest = body.partition("\n")
    assert first.startswith("<!-- concordat:removal:")
    again = rest.replace(removal, "REMOVAL").replace(rest.split("since ")[1][:10], "SINCE")
    golden.check("issue-overdue-removal.md", again)
    assert owed(made) == []


def test_an_issue_that_people_closed_is_not_opened_again(made: Room) -> None:
    deprecate(made, days=0)
    look(made)
    made.repository.close_issue(next(iter(made.repository.state.issues)))
    look(made, days=1)
    assert len(issues(made)) == 1


def test_an_issue_whose_answer_was_lost_is_not_opened_twice(made: Room) -> None:
    deprecate(made, days=0)
    made.github.fail(how="lost_answer", method="POST", path="/issues$")
    look(made)
    assert len(issues(made)) == 1
    look(made, days=0.1)
    assert len(issues(made)) == 1
    assert made.waiting == ()


def test_the_branch_is_read_once_a_day(made: Room) -> None:
    deprecate(made, days=60)
    look(made)
    made.github.forget_requests()
    look(made)
    assert not [one for one in made.github.requests if "/contents/" in one.path or "/git/trees/" in one.path]
    look(made, days=1)
    assert [one for one in made.github.requests if "/contents/" in one.path]


def test_a_marker_that_somebody_typed_keeps_no_issue_away(made: Room) -> None:
    deprecate(made, days=0)
    look(made)
    (body,) = (body for _, body in issues(made))
    for one in made.repository.state.issues.values():
        one.author = made.github.site.world.account("mallory")
    look(made, days=1)
    assert [text for _, text in issues(made)] == [body, body]


@pytest.mark.parametrize(
    "files",
    [
        {"schemas/order.json": "{"},
        {".github/contracts.yml": "version: 2\n"},
        {".github/contracts.yml": None},
        {"schemas/order.json": json.dumps({"type": 7, "x-deprecation": []})},
    ],
)
def test_what_cannot_be_read_is_no_matter_of_the_daily_look(made: Room, files: dict[str, str | None]) -> None:
    made.repository.commit("main", files, message="Break it")
    look(made)
    assert (owed(made), issues(made), made.waiting, made.dead) == ([], [], (), ())


def test_what_was_owed_about_a_purged_repository_is_deleted(made: Room) -> None:
    deprecate(made, days=60)
    look(made)
    with made.store.transaction() as transaction:
        transaction.purge(made.repository.state.id, made.now)
    assert owed(made) == []
