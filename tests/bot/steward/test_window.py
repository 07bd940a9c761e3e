"""The time in which two versions are read: what would be taken away too early is held up, and is told until when."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from bot.steward.releases.values import stream_of
from bot.store.values import NewEvent
from tests.bot.steward.room import Room, room, tell
from tests.bot.steward.test_tidying import CONFIG, V10, V11

TITLE = "A version is taken away while it is still read"


@pytest.fixture
def on(tmp_path: Path) -> Iterator[Room]:
    with room(tmp_path, config=CONFIG, wired=False) as made:
        files = {"docs/podio-v1.0.json": V10, "docs/podio-v2.0.json": V11, "docs/README.md": "x"}
        made.repository.commit("main", files, message="Begin")
        made.hear()
        yield made


def release(on: Room, *more: str, kind: str = "major") -> str:
    """Let the log hold a release of 2.0 for the day after tomorrow, and what happened to it; its day."""
    day = (on.now + timedelta(days=2)).date().isoformat()
    body = {"contract": "podio", "version": "2.0", "kind": kind, "go_live": day, "digest": "d", "grace_days": 40}
    facts = [
        NewEvent("release.announced", "a", on.now - timedelta(hours=1), body),
        *(
            NewEvent(
                each, each, on.now - timedelta(minutes=9 - at), {"phase": 0, "login": "rosa", "pull": 1, "digest": "d"}
            )
            for at, each in enumerate(more, 1)
        ),
    ]
    with on.store.transaction() as transaction:
        transaction.append(stream_of(on.repository.state.id, "podio", "2.0"), facts)
    return day


LIVE = ("release.merged", "release.go", "release.live")


def sticky(on: Room, files: dict[str, str | None], name: str) -> str:
    pull = on.pull(files, name=name)
    on.hear()
    return "\n".join(one.body for one in pull.app_comments)


@pytest.mark.parametrize("target", [None, "docs/archive/podio-v1.0.json"])
def test_the_version_before_stays_until_the_grace_period_after_the_go_live_is_over(
    on: Room, target: str | None
) -> None:
    day = release(on, *LIVE)
    files: dict[str, str | None] = {"docs/podio-v1.0.json": None} | ({target: V10} if target else {})
    text = sticky(on, files, "early")
    assert TITLE in text
    assert f"is read until 40 days after the go-live of 2.0, which was on {day}." in text
    on.clock.advance(timedelta(days=43))
    assert TITLE not in sticky(on, files, "later")


@pytest.mark.parametrize("more", [("release.cancelled",), (*LIVE, "release.rolled_back")])
def test_a_release_that_was_called_off_or_rolled_back_keeps_nothing(on: Room, more: tuple[str, ...]) -> None:
    release(on, *more)
    assert TITLE not in sticky(on, {"docs/podio-v1.0.json": None}, "gone")


def test_a_minor_release_has_no_such_time(on: Room) -> None:
    release(on, *LIVE, kind="minor")
    assert TITLE not in sticky(on, {"docs/podio-v1.0.json": None}, "gone")


def violated(on: Room, version: str) -> str:
    """Have monitoring report data of a version, and give the text of the issue."""
    about = {"contract": "podio", "partner": "dialer", "missing": ["placed"], "schemaVersion": version}
    tell(on, "repository_dispatch", "schema-violation", branch="main", client_payload=about)
    on.hear()
    return next(reversed(on.repository.state.issues.values())).body


def test_data_of_a_version_whose_time_is_over_is_to_be_moved_and_nothing_is_rolled_back_for_it(on: Room) -> None:
    day = date.fromisoformat(release(on, *LIVE))
    assert "`/rollback REASON`" in violated(on, "1.0")
    on.clock.advance(timedelta(days=43))
    retired = day + timedelta(days=40)
    assert (
        f"Roll nothing back: version 1.1 was retired on {retired}, and new data of it is refused; what is stored "
        "stays readable. Have whoever sends it move to 2.0."
    ) in violated(on, "1.1")
    assert "`/rollback REASON`" in violated(on, "2.0")
    with on.store.reading() as transaction:
        promised = transaction.obligations(f"violations:{on.repository.state.id}:podio")
    facts = [one.payload["facts"] for one in promised]
    assert {(one["schema_version"], one["retired"], one["instead"]) for one in facts} == {
        ("1.0", "", ""), ("1.1", str(retired), "2.0"), ("2.0", "", ""),
    }  # fmt: skip
