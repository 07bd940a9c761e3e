"""Each request that a story leads to, failing once: what people see in the end is what they would have seen without."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from tests.bot.steward.room import MAJOR, Room, room
from tests.bot.steward.test_events import group
from tests.bot.steward.test_kill_points import picture
from tests.fakes.github.faults import How

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Story:
    """What happens undisturbed, and what happens while GitHub fails; both are heard of at once."""

    then: Callable[[Room], object]
    before: Callable[[Room], object] = Room.pull


STORIES = {
    "push": Story(lambda on: on.repository.pull(1).push(MAJOR)),
    "command": Story(lambda on: on.repository.pull(1).comment_as("carl", "/approve")),
    "merge": Story(lambda on: on.repository.pull(1).merge()),
    "group": Story(lambda on: group(on, MAJOR), before=lambda _: None),
}
WAYS: tuple[How, ...] = ("lost_answer", "500", "403_secondary")
"""One that comes after GitHub has done what was asked, one before, and one that asks for a wait."""


def played(folder: Path, story: Story, number: int, how: How | None) -> tuple[object, int]:
    """Play a story whose n-th request fails; what people see in the end, and whether there was such a request."""
    folder.mkdir()
    with room(folder, wired=False) as on:
        on.github.team("octo/data", "carl", "mona")
        story.before(on)
        on.hear()
        on.clock.advance(timedelta(minutes=1))  # nobody approves what was not shown yet
        story.then(on)
        fault = on.github.fail(how=how, skip=number) if how else None
        for _ in range(6):
            on.hear()
            on.clock.advance(timedelta(minutes=20))
        on.github.heal()
        assert on.dead == ()
        return (picture(on), _groups(on)), fault.hits if fault else 0


def _groups(on: Room) -> object:
    heads = {one.head_sha for one in on.repository.state.checks.values()}
    return sorted([(one.name, one.conclusion) for one in on.repository.checks(head)] for head in heads)


@pytest.mark.parametrize("how", WAYS)
@pytest.mark.parametrize("name", STORIES)
def test_a_failure_at_any_request_changes_nothing_of_the_end(tmp_path: Path, name: str, how: How) -> None:
    expected, _ = played(tmp_path / "undisturbed", STORIES[name], 0, None)
    number, came = 0, 1
    while came:
        end, came = played(tmp_path / str(number), STORIES[name], number, how)
        assert end == expected, number
        number += 1
    assert number > 4
