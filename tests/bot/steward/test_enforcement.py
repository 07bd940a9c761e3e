"""Enforcement that moves up on a day: the same pull request, before the day and from its first moment."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from tests.bot.steward.room import Room, room
from tests.e2e.stage import CONFIG


def concluded(on: Room) -> str | None:
    return on.repository.pulls[0].checks[-1].conclusion


def test_the_check_holds_a_pull_request_up_from_the_day_that_was_given(tmp_path: Path) -> None:
    with room(tmp_path, config=CONFIG, wired=False) as on:
        day = (on.now + timedelta(days=2)).date()
        stages = CONFIG.replace("enforcement: enforce", f"enforcement: {{stage: warn, next: enforce, from: {day}}}")
        on.repository.commit("main", {".github/contracts.yml": stages}, message="Move up later")
        pull = on.pull()
        on.look(pull)
        assert concluded(on) == "neutral"
        left = (24 - on.now.hour) * 3600 - on.now.minute * 60 - on.now.second
        on.clock.advance(timedelta(days=1, seconds=left - 60))
        on.look(pull)
        assert (on.now.date() < day, concluded(on)) == (True, "neutral")
        on.clock.advance(timedelta(seconds=120))
        on.look(pull)
        assert (on.now.date() == day, concluded(on)) == (True, "action_required")
