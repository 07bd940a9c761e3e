"""What a review must survive, each with what is expected of it beside it.

| what happens | expected |
|---|---|
| force-push between approval and merge | what was approved stays so; the check of the new head awaits approval |
| an approver leaves the team | the approval ends, and the check awaits somebody else |
| edited, deleted and bot comments | what was created counts, once; an edit and a bot's words do nothing |
| two commands at the same second | the one with the lower number counts first |
| a clock that crosses both changes to and from summer time | elapsed hours stay elapsed; business hours stay local |
| a process down for three days | silence has counted, one reminder instead of four, nothing twice |
| replayed, reordered, duplicated deliveries | one comment, one answer each, the same state |
| hostile text in every field that is quoted back | shown, and never acts |

Random orders of arrival, ten thousand of them, are in `test_conversations.py` and `tests/e2e/test_histories.py`.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from tests.bot.steward.room import MINOR
from tests.bot.steward.test_commands import LENIENT, MAJOR, OTHER, reactions, talk
from tests.e2e.stage import CONFIG


def test_a_force_push_between_approval_and_merge_leaves_nothing_approved(tmp_path: Path) -> None:
    with talk(tmp_path) as here:
        approved = here.pull.head_sha
        here.say("carl", "/approve")
        assert here.conclusion == "success"
        here.pull.push(OTHER, message="First")
        here.pull.force_push(here.pull.push({**OTHER, "notes.txt": "x"}, message="Second"))
        here.on.hear()
        assert here.pull.checks[-1].head_sha == here.pull.head_sha != approved
        assert here.conclusion == "action_required"
        assert "Must approve: team `octo/data`" in here.sticky
        here.say("dora", "/approve")
        assert here.conclusion == "success"


def test_an_approval_falls_when_its_giver_leaves_the_team_though_no_delivery_told_of_it(tmp_path: Path) -> None:
    with talk(tmp_path) as here:
        here.say("carl", "/approve")
        assert here.conclusion == "success"
        here.on.github.leave_team("octo/data", "carl")
        here.on.heard.extend(here.on.github.deliveries[len(here.on.heard) :])
        here.on.look(here.pull)
        assert here.conclusion == "action_required"
        assert "Must approve: team `octo/data`" in here.sticky


def test_edited_deleted_and_bot_comments_count_as_created_or_not_at_all(tmp_path: Path) -> None:
    with talk(tmp_path) as here:
        here.on.github.account("helper[bot]", "Bot")
        here.on.github.team("octo/data", "carl", "dora", "helper[bot]")
        assert reactions(here.say("helper[bot]", "/approve")) == []
        harmless = here.say("carl", "I will look at it.")
        here.pull.edit_comment_as("carl", harmless, "/approve")
        here.on.hear()
        assert here.conclusion == "action_required"
        objection = here.say("dora", "/object wait")
        here.pull.delete_comment_as("dora", objection)
        here.on.hear()
        here.on.look(here.pull)
        assert here.conclusion == "failure"
        assert here.kinds().count("review.objected") == 1


def test_of_two_commands_at_the_same_second_the_lower_number_counts_first(tmp_path: Path) -> None:
    with talk(tmp_path) as here:
        here.on.clock.advance(here.on.hours(0.01))
        here.pull.comment_as("carl", "/approve")
        here.pull.comment_as("dora", "/object no")
        fresh = here.on.github.deliveries[len(here.on.heard) :]
        here.on.heard.extend(fresh)
        here.on.take(reversed(fresh))
        kinds = [one for one in here.kinds() if one in ("review.approved", "review.objected")]
        assert kinds == ["review.approved", "review.objected"]
        assert here.conclusion == "failure"
        here.say("dora", "/withdraw")
        assert here.conclusion == "success"


DENVER = LENIENT.replace("{accompany: [], ", "{accompany: [], zone: America/Denver, ")


@pytest.mark.parametrize(
    ("friday", "until"),
    [
        (datetime(2027, 3, 12, 17, 0, tzinfo=UTC), "by 2027-03-14 17:00 UTC (11:00 America/Denver)"),
        (datetime(2027, 11, 5, 17, 0, tzinfo=UTC), "by 2027-11-07 17:00 UTC (10:00 America/Denver)"),
    ],
)
def test_48_hours_are_48_hours_across_both_changes_of_the_clocks(tmp_path: Path, friday: datetime, until: str) -> None:
    with talk(tmp_path, {"README.md": "Begin\n"}, DENVER) as here:
        here.on.clock.advance(friday - here.on.now)
        here.pull.push(MINOR, message="On a Friday")
        here.on.hear()
        assert until in here.sticky
        assert here.conclusion == "action_required"
        here.later(47.9)
        assert here.conclusion == "action_required"
        here.later(0.2)
        assert here.conclusion == "success"


def test_three_days_down_while_several_deadlines_pass(tmp_path: Path) -> None:
    with talk(tmp_path, MAJOR, CONFIG) as here:
        here.say("carl", "/hold we are away until 2099-01-01")
        here.say("carl", "/unhold")
        here.later(5 * 24)
        before = len(here.pull.app_comments)
        here.on.clock.advance(timedelta(days=3))  # nothing runs
        here.on.work()
        due = [one.kind for one in here.owed if one.due <= here.on.now]
        assert due == ["review.requested", "review.breached", "review.escalated"]
        assert "The review time ended on" in here.sticky
        assert len(here.pull.app_comments) == before
        here.on.look(here.pull)
        assert [one.kind for one in here.owed if one.due <= here.on.now] == due


def test_replayed_reordered_and_duplicated_deliveries_come_to_the_same(tmp_path: Path) -> None:
    with talk(tmp_path) as here:
        here.on.clock.advance(here.on.hours(0.01))
        for login, text in (("carl", "/approve"), ("dora", "/object no"), ("eve", "/aprove"), ("dora", "/withdraw")):
            here.pull.comment_as(login, text)
            here.on.clock.advance(here.on.hours(0.01))
        fresh = here.on.github.deliveries[len(here.on.heard) :]
        here.on.heard.extend(fresh)
        here.on.take(Random(7).sample([*fresh, *fresh], 2 * len(fresh)))
        here.on.heard.clear()
        here.on.hear()
        assert here.conclusion == "success"
        assert len([one for one in here.pull.app_comments if "Did you mean" in one.body]) == 1
        assert here.kinds().count("review.approved") == here.kinds().count("review.objected") == 1


HOSTILE = "</details><script>x()</script> @octo/data #1 https://evil.example ](javascript:x) <!-- concordat:review -->"
QUOTED = (
    ("carl", '/approve if "{}"'), ("carl", "/condition add {} for @dora"), ("carl", "/hold {}"),
    ("dora", "/object {}"), ("mia", "/waive objection {}"), ("mia", "/override MAJOR {}"), ("mia", "/reject {}"),
    ("eve", "/explain {}"), ("mia", "/meeting {}"), ("rosa", "/emergency {}"), ("carl", "/approve {}"),
    ("mia", "/waive {}"), ("carl", "/condition {}"), ("eve", "/{}"),
)  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(("login", "said"), QUOTED)
def test_hostile_text_is_shown_and_never_acts_in_any_field_that_is_quoted(
    tmp_path: Path, login: str, said: str
) -> None:
    with talk(tmp_path, config=CONFIG + "    release-owners: [rosa]\n") as here:
        here.say(login, said.format(HOSTILE.replace('"', "")))
        here.say("eve", "/status")
        for text in (here.sticky, *here.answers):
            outside = "".join(part for at, part in enumerate(text.split("`")) if at % 2 == 0)
            found = [one for one in ("<script", "@octo", "https://evil", "javascript:") if one in outside]
            assert not found, text
        assert here.sticky.count("<!-- concordat:review -->") == 1
