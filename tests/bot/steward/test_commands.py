"""Commands on a pull request, from the comment to the check: end to end through the steward and a GitHub."""

from __future__ import annotations

from pathlib import Path

from tests.bot.steward.room import MAJOR, Room, room
from tests.fakes.github.people import Pull

OWNED = {"schemas/order.json": MAJOR["schemas/order.json"].replace('"1.1.0"', '"2.0.0"')}


def say(on: Room, pull: Pull, login: str, text: str) -> None:
    """Comment some seconds later, and let the App do what is due."""
    on.clock.advance(on.hours(0.01))
    pull.comment_as(login, text)
    on.hear()


def opened(on: Room) -> Pull:
    on.github.team("octo/data", "carl", "dora")
    pull = on.pull(OWNED)
    on.hear()
    return pull


def test_an_owners_approval_turns_the_check_of_a_major_change_to_success(tmp_path: Path) -> None:
    with room(tmp_path) as on:
        pull = opened(on)
        assert [one.conclusion for one in pull.checks] == ["action_required"]
        say(on, pull, "carl", "Fine with me.\n\n/approve")
        assert [one.conclusion for one in pull.checks] == ["success"]
        assert [content for _, content in pull.comments[-1].reactions] == ["eyes", "+1"]
        assert "`carl`" in pull.app_comments[0].body
        assert len(pull.app_comments) == 1
