"""What is said once a review is over or overdue, and what is answered."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest

from tests.bot.steward.room import MINOR
from tests.bot.steward.test_commands import MAJOR, OTHER, reactions, talk
from tests.e2e.stage import CONFIG, schema

RELEASED = CONFIG.replace("    owners:", "    release-owners: [dora]\n    partners: {crm: reads}\n    owners:", 1)


@pytest.mark.parametrize("state", ["COMMENTED", "APPROVED"])
def test_any_review_of_an_owner_ends_the_escalation(tmp_path: Path, state: str) -> None:
    with talk(tmp_path) as here:
        here.later(7 * 24 + 1)
        assert "review.escalated" in [one.kind for one in here.owed]
        here.pull.review_as("carl", state, "Which of the callers have you looked at?")
        here.on.hear()
        assert "review.escalated" not in [one.kind for one in here.owed]


def test_a_remark_in_a_review_decides_nothing_and_is_not_answered(tmp_path: Path) -> None:
    with talk(tmp_path) as here:
        here.later(7 * 24 + 1)
        here.pull.review_as("carl", "COMMENTED", "Why?")
        here.pull.review_as("eve", "COMMENTED", "Why not?")
        here.on.hear()
        assert here.conclusion == "action_required"
        assert here.answers == []
        assert here.kinds().count("review.spoke") == 1


def test_a_remark_of_who_owns_nothing_leaves_the_escalation(tmp_path: Path) -> None:
    with talk(tmp_path) as here:
        here.later(7 * 24 + 1)
        here.pull.review_as("eve", "COMMENTED", "Why?")
        here.on.hear()
        assert "review.escalated" in [one.kind for one in here.owed]


@pytest.mark.parametrize("word", ["approve", "help", "object it is late"])
def test_on_a_merged_pull_request_a_command_is_told_what_came_of_the_review(tmp_path: Path, word: str) -> None:
    with talk(tmp_path) as here:
        here.say("carl", "/approve")
        here.pull.merge()
        here.on.hear()
        asked = here.say("dora", f"/{word}")
        (answer,) = here.answers
        assert "This pull request is merged, so its review is over" in answer
        assert "`order` (MAJOR): approved by `carl`." in answer
        assert "open another pull request" in answer
        asks = word in {"status", "explain", "help"}
        assert reactions(asked) == ["eyes", "+1" if asks else "-1"]
        assert asks or f"`/{word.partition(' ')[0]}` does nothing any more" in answer


def test_on_a_pull_request_merged_early_it_says_that_approvals_were_missing(tmp_path: Path) -> None:
    with talk(tmp_path) as here:
        here.pull.merge()
        here.on.hear()
        here.say("carl", "/approve")
        assert "merged without the approvals that it needed" in here.answers[-1]


def test_on_a_closed_pull_request_it_says_how_the_review_goes_on(tmp_path: Path) -> None:
    with talk(tmp_path, MINOR) as here:
        here.pull.close()
        here.on.hear()
        here.say("carl", "/approve")
        assert "closed without being merged" in here.answers[-1]
        assert "Reopen it to go on with the review" in here.answers[-1]
        here.pull.reopen()
        here.on.hear()
        here.say("carl", "/approve")
        assert here.conclusion == "success"


def test_on_a_merged_pull_request_a_slip_of_the_pen_is_answered_and_other_bots_words_are_not(tmp_path: Path) -> None:
    with talk(tmp_path) as here:
        here.pull.merge()
        here.on.hear()
        here.say("carl", "/deploy production")
        here.say("carl", "/lgtm")
        here.pull.review_as("dora", "APPROVED", "Fine.")
        here.on.hear()
        assert here.answers == []
        here.say("carl", "/statsu")
        assert "Did you mean `/status`?" in here.answers[-1]


def test_a_merged_pull_request_that_changed_no_contract_hears_nothing(tmp_path: Path) -> None:
    with talk(tmp_path, {"README.md": "Hello\n"}) as here:
        here.pull.merge()
        here.on.hear()
        assert reactions(here.say("carl", "/status")) == []
        assert here.answers == []


def test_who_asks_with_a_button_after_the_merge_is_told_that_it_is_over(tmp_path: Path) -> None:
    with talk(tmp_path, MAJOR) as here:
        label = next(iter(here.pull.checks[-1].actions))["label"]
        here.pull.merge()
        here.on.hear()
        here.pull.press_as("carl", label)
        here.on.hear()
        assert "its review is over" in here.answers[-1]


def test_whoever_may_not_is_told_who_may_and_an_approval_of_what_was_before_is_said_not_to_count(
    tmp_path: Path,
) -> None:
    with talk(tmp_path) as here:
        here.say("eve", "/approve")
        assert "This is for the owner of a contract that the pull request changes: `octo/data`." in here.answers[-1]
        here.say("carl", "/approve")
        here.pull.push(OTHER, message="More")
        here.on.hear()
        assert "`carl` approved other documents on" in here.sticky
        here.say("mia", "/override MINOR nobody reads it")
        assert "is reviewed as its version declares all the same" in here.answers[-1]
        assert "by `mia`: “nobody reads it”" in here.sticky


def test_whoever_merges_early_or_closes_is_the_last_who_is_reminded_and_the_comment_says_so(tmp_path: Path) -> None:
    with talk(tmp_path) as here:
        assert "review.reminder" in [one.kind for one in here.owed]
        here.pull.close()
        here.on.hear()
        assert here.owed == []
        assert "**Closed.** The review is over. `order` (MAJOR): not approved." in here.sticky
        assert "**Next:**" not in here.sticky
        assert "Answer with" not in here.sticky
        here.on.look(here.pull)
        here.pull.reopen()
        here.on.hear()
        assert "**Next:** Approval is needed from team" in here.sticky
        here.pull.merge()
        here.on.hear()
        here.on.look(here.pull)
        assert "**Merged.** The review is over. `order` (MAJOR): merged without the approvals" in here.sticky
        assert here.owed == []
        assert len(here.pull.app_comments) == 1
        assert [one.body["digest"] for one in here.log if one.kind == "review.pushed"][-1], "what was merged stays"


def test_what_the_comment_asked_for_while_it_was_open_goes_with_the_merge_and_what_was_left_undone_stays(
    tmp_path: Path,
) -> None:
    both = {**MAJOR, "schemas/order.json": schema("1.0.1", placed=None)}
    with talk(tmp_path, both) as here:
        here.say("carl", "/condition add 'run it on staging'")
        assert "- Must approve: team `octo/data`." in here.sticky
        assert "### To do" in here.sticky
        here.pull.merge()
        here.on.hear()
        here.on.look(here.pull)
        for gone in ("Must approve", "- Until", "Answer with", "is in the stage", "### To do", "[ ]", "Fill it in"):
            assert gone not in here.sticky, gone
        assert "### Not done when it was merged\n\n- **The version bump is too small.**" in here.sticky
        assert "“run it on staging”\n" in here.sticky
        assert "/condition done" not in here.sticky


STATES: dict[str, tuple[tuple[str, str], ...]] = {
    "approved": (("carl", "/approve"),),
    "objected to": (("carl", "/object it breaks the dialer"),),
    "objected to and withdrawn": (("carl", "/object it breaks the dialer"), ("carl", "/withdraw")),
    "held": (("mia", "/hold the vendor is away"),),
    "rejected": (("mia", "/reject the field stays"),),
    "overridden": (("mia", "/override MINOR nobody reads it"),),
    "under a condition": (("carl", "/condition add 'run it on staging'"), ("carl", "/approve")),
    "a critical fix": (("dora", "/emergency https://incidents.example/7"),),
}
ASKING = re.compile(
    r"\*\*(Next|After that):|^- (Must approve|Until |Answer with|Held by|The clock stands)|anew\.$|"
    r"\[ \]|Fill it in|to do[,:]",
    re.MULTILINE | re.IGNORECASE,
)


@pytest.mark.parametrize("merged", [True, False], ids=["merged", "closed"])
@pytest.mark.parametrize("said", STATES.values(), ids=STATES)
def test_in_whichever_state_a_review_ends_nothing_is_asked_of_anybody_any_more(
    tmp_path: Path, said: tuple[tuple[str, str], ...], *, merged: bool
) -> None:
    with talk(tmp_path, MAJOR, RELEASED) as here:
        for who, command in said:
            here.say(who, command)
        assert ASKING.search(here.sticky)
        (here.pull.merge if merged else here.pull.close)()
        here.on.hear()
        assert f"**{'Merged' if merged else 'Closed'}.** The review is over." in here.sticky
        assert ASKING.findall(here.sticky) == []


def test_where_nothing_is_left_to_say_of_a_review_its_heading_goes_too(tmp_path: Path) -> None:
    with talk(tmp_path) as here:
        assert "### Review" in here.sticky
        here.pull.close()
        here.on.hear()
        assert "### Review" not in here.sticky
        here.pull.reopen()
        here.on.hear()
        assert "- Must approve: team `octo/data`." in here.sticky


def test_a_release_begins_on_a_merged_pull_request_too(tmp_path: Path) -> None:
    with talk(tmp_path, {**MAJOR, "schemas/order.json": schema("2.0.0", placed=None)}, RELEASED) as here:
        here.say("carl", "/approve")
        here.pull.merge()
        here.on.hear()
        day = here.on.now.date() + timedelta(days=100)
        here.say("carl", f"/release 2.0.0 {day}")
        assert "is for the release owner" in here.answers[-1]
        here.say("dora", f"/release 2.0.0 {day}")
        assert "Announced" in here.answers[-1]
        here.say("dora", f"/postpone {day + timedelta(days=7)} The vendor asked for it.")
        assert str(day + timedelta(days=7)) in here.answers[-1]
        here.say("dora", "/cancel Not worth it.")
        assert "cancelled" in here.answers[-1].lower()
