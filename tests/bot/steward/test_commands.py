"""Commands on a pull request, from the comment to the check: end to end through the steward and a GitHub."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import pytest

from bot.store.values import Event, Obligation
from notices.comment import MARKER
from tests.bot.steward.room import MINOR, NOTE, Room, room
from tests.bot.steward.test_events import group
from tests.e2e.stage import CONFIG, schema
from tests.fakes.github.faults import How
from tests.fakes.github.people import Files
from tests.fakes.github.state import Comment

MAJOR = {"schemas/order.json": schema("2.0.0", placed=None)}
OTHER = {"schemas/order.json": schema("2.0.0", placed=None, note=NOTE)}


class Talk:
    """A room with one pull request that the App has seen, and people who talk about it."""

    def __init__(self, on: Room, files: Files = MAJOR) -> None:
        self.on = on
        on.github.team("octo/data", "carl", "dora")
        on.github.allow("octo/orders", "mia", "maintain")
        self.pull = on.pull(files)
        on.hear()

    def say(self, login: str, text: str) -> Comment:
        """Comment some seconds after what was before, and let the App do what is due."""
        self.on.clock.advance(self.on.hours(0.01))
        made = self.pull.comment_as(login, text)
        self.on.hear()
        return made

    def later(self, hours: float) -> None:
        self.on.clock.advance(self.on.hours(hours))
        self.on.work()

    @property
    def conclusion(self) -> str | None:
        return self.pull.checks[-1].conclusion

    @property
    def sticky(self) -> str:
        (found,) = [one.body for one in self.pull.app_comments if MARKER in one.body]
        return found

    @property
    def answers(self) -> list[str]:
        return [one.body for one in self.pull.app_comments if MARKER not in one.body]

    @property
    def log(self) -> tuple[Event, ...]:
        with self.on.store.reading() as transaction:
            return transaction.events(self.stream)

    @property
    def owed(self) -> list[Obligation]:
        with self.on.store.reading() as transaction:
            return [one for one in transaction.obligations(self.stream) if one.state == "owed"]

    @property
    def stream(self) -> str:
        return f"pull:{self.on.repository.state.id}:{self.pull.number}"

    def kinds(self, prefix: str = "review.") -> list[str]:
        return [one.kind for one in self.log if one.kind.startswith(prefix)]


@contextmanager
def talk(folder: Path, files: Files = MAJOR, config: str = CONFIG) -> Iterator[Talk]:
    with room(folder, config=config) as on:
        yield Talk(on, files)


def reactions(comment: Comment) -> list[str]:
    return [content for _, content in comment.reactions]


def test_an_owners_approval_turns_the_check_of_a_major_change_to_success(tmp_path: Path) -> None:
    with talk(tmp_path) as here:
        assert here.conclusion == "action_required"
        comment = here.say("carl", "Fine with me.\n\n/approve")
        assert here.conclusion == "success"
        assert reactions(comment) == ["eyes", "+1"]
        assert "Approved for team `octo/data`: by `carl` on" in here.sticky
        assert here.answers == []
        assert len(here.pull.checks) == 1


def test_the_owners_are_asked_for_their_review_on_github(tmp_path: Path) -> None:
    with talk(tmp_path) as here:
        assert [one.slug for one in here.pull.state.teams] == ["data"]
        here.pull.push(OTHER, message="Other documents")
        here.on.github.forget_requests()
        here.on.hear()
        assert not [one for one in here.on.github.requests if "requested_reviewers" in one.path]


STOOD = "the time in which the clock stood still left out"


def test_only_documents_that_were_away_and_came_back_are_said_to_have_time_left_out(tmp_path: Path) -> None:
    with talk(tmp_path) as here:
        first = here.pull.head_sha
        here.later(2)
        here.pull.push(OTHER, message="Other documents")
        here.on.hear()
        assert STOOD not in here.sticky
        here.later(2)
        here.pull.force_push(first)
        here.on.hear()
        assert STOOD in here.sticky


def test_whom_github_cannot_ask_does_not_hold_up_the_rest(tmp_path: Path) -> None:
    config = CONFIG.replace("teams: [octo/data]", "teams: [octo/nobody, octo/data, other/org]")
    with talk(tmp_path, config=config) as here:
        assert [one.slug for one in here.pull.state.teams] == ["data"]
        assert here.kinds().count("review.noticed") == 1
        assert here.kinds().count("review.unnoticed") == 1


@pytest.mark.parametrize("login", ["ana", "eve", "mia"])
def test_whoever_is_not_asked_does_not_approve(tmp_path: Path, login: str) -> None:
    with talk(tmp_path) as here:
        comment = here.say(login, "/approve")
        assert here.conclusion == "action_required"
        assert reactions(comment) == ["eyes", "-1"]
        assert len(here.answers) == 1
        assert f"For `{login}`:" in here.answers[0]
        assert "review.approved" not in here.kinds()


def test_the_pusher_does_not_approve_what_they_pushed(tmp_path: Path) -> None:
    with talk(tmp_path) as here:
        here.pull.push(OTHER, message="By an owner", author="carl")
        here.on.hear()
        here.say("carl", "/approve")
        assert here.conclusion == "action_required"
        assert "You pushed to this change" in here.answers[0]
        here.say("dora", "/approve")
        assert here.conclusion == "success"


def test_an_objection_blocks_with_its_reason_until_it_is_withdrawn(tmp_path: Path) -> None:
    with talk(tmp_path) as here:
        here.say("carl", "/approve")
        here.say("dora", "/object the dialer still reads `placed` <!-- x --> @everyone")
        assert here.conclusion == "failure"
        assert "the dialer still reads" in here.sticky
        assert "@everyone" not in here.sticky.replace("`@everyone`", "")
        assert here.owed == []
        here.say("carl", "/withdraw")
        assert here.conclusion == "failure"
        here.say("dora", "/withdraw")
        assert here.conclusion == "action_required"
        here.say("dora", "/approve")
        assert here.conclusion == "success"


def test_a_maintainer_waives_an_objection(tmp_path: Path) -> None:
    with talk(tmp_path) as here:
        here.say("dora", "/object no")
        here.say("carl", "/waive objection we agreed")
        assert here.conclusion == "failure"
        here.say("mia", "/waive objection we agreed in the meeting")
        assert here.conclusion == "action_required"


def test_github_reviews_count_and_dismissing_one_does_not(tmp_path: Path) -> None:
    with talk(tmp_path) as here:
        here.on.clock.advance(here.on.hours(0.01))
        review = here.pull.review_as("dora", "CHANGES_REQUESTED", "Who reads `placed`?\n\nSee the lines.")
        here.on.hear()
        assert here.conclusion == "failure"
        assert "Who reads" in here.sticky
        here.pull.dismiss_review_as("ana", review)
        here.on.hear()
        assert here.conclusion == "failure"
        assert "review.dismissed" in here.kinds()
        here.say("dora", "/withdraw")
        here.pull.review_as("carl", "APPROVED")
        here.on.hear()
        assert here.conclusion == "success"


def test_a_review_by_somebody_who_owns_nothing_here_is_code_review_as_ever(tmp_path: Path) -> None:
    with talk(tmp_path) as here:
        here.on.clock.advance(here.on.hours(0.01))
        here.pull.review_as("eve", "APPROVED", "Nice!")
        here.on.hear()
        assert here.conclusion == "action_required"
        assert here.answers == []


def test_conditions_hold_the_merge_until_they_are_met(tmp_path: Path) -> None:
    with talk(tmp_path) as here:
        here.say("carl", '/approve if "fix the 47 records"')
        assert here.conclusion == "action_required"
        assert "Everybody has agreed. One condition has to be met before the merge" in here.sticky
        assert "“fix the 47 records”" in here.sticky
        here.say("eve", "/condition done 1")
        assert here.conclusion == "action_required"
        here.say("dora", "/condition done 1")
        assert here.conclusion == "success"
        assert "Condition 1: before the merge, asked by `carl` (done)" in here.sticky


def test_a_hold_stops_the_clock_and_ends_by_itself(tmp_path: Path) -> None:
    with talk(tmp_path) as here:
        here.say("carl", "/hold the data team is away")
        assert "Held by `carl` until" in here.sticky
        assert [one.kind for one in here.owed] == ["review.requested"]
        here.later(7 * 24 + 1)
        assert "Held by" not in here.sticky
        assert {one.kind for one in here.owed} >= {"review.reminder", "review.breached"}


def test_what_was_approved_returns_with_its_documents(tmp_path: Path) -> None:
    with talk(tmp_path) as here:
        before = here.pull.head_sha
        here.say("carl", "/approve")
        here.pull.push(OTHER, message="Other documents")
        here.on.hear()
        assert here.conclusion == "action_required"
        here.pull.force_push(before)
        here.on.hear()
        assert here.conclusion == "success"


def test_nobody_approves_documents_that_the_comment_did_not_show_yet(tmp_path: Path) -> None:
    with talk(tmp_path) as here:
        here.on.clock.advance(here.on.hours(0.01))
        here.pull.push(OTHER, message="Other documents")
        here.pull.comment_as("carl", "/approve")
        here.on.hear()
        assert here.conclusion == "action_required"
        assert "changed after what" in here.answers[0]


def test_a_command_is_answered_once_however_often_it_is_delivered(tmp_path: Path) -> None:
    with talk(tmp_path) as here:
        comment = here.say("carl", "/aprove")
        assert "Did you mean `/approve`?" in here.answers[0]
        for _ in range(3):
            here.on.heard.clear()
            here.on.hear()
            here.on.look(here.pull)
        assert len(here.answers) == 1
        assert reactions(comment) == ["eyes", "-1"]


def test_words_for_other_bots_and_bots_words_are_passed_over(tmp_path: Path) -> None:
    with talk(tmp_path) as here:
        here.on.github.account("carl-bot[bot]", "Bot")
        here.on.github.team("octo/data", "carl", "carl-bot[bot]")
        for login, text in (("carl", "/lgtm"), ("carl-bot[bot]", "/approve"), ("carl", "I would /approve this")):
            assert reactions(here.say(login, text)) == []
        assert here.answers == []
        assert here.conclusion == "action_required"


def test_an_edited_comment_is_never_carried_out_and_takes_nothing_back(tmp_path: Path) -> None:
    with talk(tmp_path) as here:
        first = here.say("carl", "Looks good.")
        here.on.clock.advance(here.on.hours(0.01))
        here.pull.edit_comment_as("carl", first, "/approve")
        here.on.hear()
        here.on.look(here.pull)
        assert here.conclusion == "action_required"
        assert "talk.edited" in here.kinds("talk.")
        second = here.say("carl", "/approve")
        assert here.conclusion == "success"
        here.pull.edit_comment_as("carl", second, "Not so fast.")
        here.on.hear()
        here.pull.delete_comment_as("carl", second)
        here.on.hear()
        here.on.look(here.pull)
        assert here.conclusion == "success"


def test_a_comment_counts_as_created_though_it_was_edited_before_anybody_looked(tmp_path: Path) -> None:
    with talk(tmp_path) as here:
        here.on.clock.advance(here.on.hours(0.01))
        made = here.pull.comment_as("carl", "/approve")
        here.on.clock.advance(here.on.hours(0.01))
        here.pull.edit_comment_as("carl", made, "/object no")
        here.on.hear()
        assert here.conclusion == "success"


def test_a_comment_whose_delivery_was_lost_is_found_by_the_sweep(tmp_path: Path) -> None:
    with talk(tmp_path) as here:
        here.on.clock.advance(here.on.hours(0.01))
        here.pull.comment_as("carl", "/approve")
        here.on.heard.extend(here.on.github.deliveries[len(here.on.heard) :])
        here.on.look(here.pull)
        assert here.conclusion == "success"


def test_two_commands_in_the_same_second_count_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    with talk(tmp_path) as here:
        here.on.clock.advance(here.on.hours(0.01))
        here.pull.comment_as("carl", "/object first")
        here.pull.comment_as("carl", "/withdraw\n/approve")
        here.on.hear()
        assert here.conclusion == "success"


def test_an_approval_ends_when_its_giver_leaves_the_team(tmp_path: Path) -> None:
    with talk(tmp_path) as here:
        here.say("carl", "/approve")
        assert here.conclusion == "success"
        here.on.github.leave_team("octo/data", "carl")
        here.on.hear()
        assert here.conclusion == "action_required"
        assert "review.role_lost" in here.kinds()
        here.say("dora", "/approve")
        assert here.conclusion == "success"


def test_a_new_owner_of_a_login_is_not_who_wrote_the_command(tmp_path: Path) -> None:
    with talk(tmp_path) as here:
        here.on.clock.advance(here.on.hours(0.01))
        here.pull.comment_as("carl", "/approve")
        world = here.on.github.site.world
        world.accounts["carl-now"] = world.accounts.pop("carl")
        world.accounts["carl-now"].login = "carl-now"
        here.on.github.team("octo/data", "carl", "dora")
        here.on.hear()
        assert here.conclusion == "action_required"
        assert "review.approved" not in here.kinds()


def test_a_button_approves_what_it_was_drawn_for_and_nothing_else(tmp_path: Path) -> None:
    with talk(tmp_path) as here:
        (approve, recheck) = here.pull.checks[-1].actions
        assert (approve["label"], recheck["label"]) == ("Approve", "Recheck")
        here.pull.push(OTHER, message="Other documents")
        here.on.hear()
        here.pull.press_identifier_as("carl", approve["identifier"])
        here.on.hear()
        assert here.conclusion == "action_required"
        assert "What the button showed has changed" in here.answers[0]
        here.pull.press_as("eve", "Approve")
        here.on.hear()
        assert here.conclusion == "action_required"
        here.pull.press_as("carl", "Approve")
        here.on.hear()
        assert here.conclusion == "success"
        assert here.pull.checks[-1].actions == []


def test_what_is_asked_is_answered(tmp_path: Path) -> None:
    with talk(tmp_path) as here:
        comment = here.say("eve", "/status\n/explain /properties/placed\n/explain deadline\n/explain nonsense\n/help")
        assert reactions(comment) == ["eyes", "+1"]
        (answer,) = here.answers
        assert "Must approve: team `octo/data`" in answer
        assert "field removed" in answer.lower()
        assert "Nothing here is called `nonsense`" in answer
        assert "| `/object REASON` |" in answer


def test_a_recheck_reads_everything_again(tmp_path: Path) -> None:
    with talk(tmp_path) as here:
        here.on.github.forget_requests()
        comment = here.say("eve", "/recheck")
        assert reactions(comment) == ["eyes", "+1"]
        assert [one for one in here.on.github.requests if one.path.endswith("/check-runs")]


def due_in_hours(here: Talk, begun: datetime) -> dict[str, int]:
    return {
        one.kind + one.payload["facts"]["percent"]: round((one.due - begun).total_seconds() / 3600) for one in here.owed
    }


def test_reminders_are_owed_once_at_their_moments_and_move_with_the_deadline(tmp_path: Path) -> None:
    with talk(tmp_path) as here:
        begun = here.log[0].recorded_at
        assert due_in_hours(here, begun) == {
            "review.requested": 0, "review.reminder50": 84, "review.reminder90": 151, "review.breached": 168,
            "review.escalated": 172,
        }  # fmt: skip
        here.say("carl", "/hold away until 2099-01-01")
        here.later(24)
        here.say("carl", "/unhold")
        assert due_in_hours(here, begun)["review.breached"] == 192
        here.say("carl", "/approve")
        assert here.owed == []


def test_after_three_days_away_only_the_most_urgent_reminder_is_owed(tmp_path: Path) -> None:
    with talk(tmp_path, MINOR) as here:
        here.later(72)
        due = [one.kind for one in here.owed if one.due <= here.on.now]
        assert due == ["review.requested", "review.breached"]
        assert "The review time ended on" in here.sticky


LENIENT = CONFIG.replace("{accompany: []}", "{accompany: [], review: {on-silence: approve}}")


def test_silence_approves_a_minor_change_without_any_event(tmp_path: Path) -> None:
    with talk(tmp_path, MINOR, LENIENT) as here:
        assert "Silence approves on" in here.sticky
        here.later(47.9)
        assert here.conclusion == "action_required"
        here.later(0.2)
        assert here.conclusion == "success"
        assert "approved by silence" in here.sticky
        (approved,) = [one for one in here.log if one.kind == "review.approved_at_last"]
        assert approved.body["by"] == "silence"


def test_silence_does_not_approve_over_an_objection_whose_delivery_was_lost(tmp_path: Path) -> None:
    with talk(tmp_path, MINOR, LENIENT) as here:
        here.on.clock.advance(here.on.hours(1))
        here.pull.comment_as("dora", "/object not yet")
        here.on.heard.extend(here.on.github.deliveries[len(here.on.heard) :])
        here.later(47.5)
        assert here.conclusion == "failure"


def test_silence_counts_anew_for_other_documents(tmp_path: Path) -> None:
    with talk(tmp_path, MINOR, LENIENT) as here:
        here.later(40)
        here.pull.push({"schemas/order.json": schema("1.1.0", other=NOTE)}, message="Another field")
        here.on.hear()
        here.later(9)
        assert here.conclusion == "action_required"
        here.later(40)
        assert here.conclusion == "success"


def test_silence_never_approves_a_major_change(tmp_path: Path) -> None:
    with talk(tmp_path, MAJOR, LENIENT) as here:
        here.later(24 * 30)
        assert here.conclusion == "action_required"


def test_a_pull_request_that_changes_no_contract_hears_nothing(tmp_path: Path) -> None:
    with talk(tmp_path, {"README.md": "Hello\n"}) as here:
        here.on.github.forget_requests()
        comment = here.say("carl", "/approve")
        assert reactions(comment) == []
        assert here.on.github.writes == 0


def test_hostile_text_is_harmless_wherever_it_is_quoted(tmp_path: Path) -> None:
    nasty = (
        "</details><script>x</script> @octo/data #1 https://evil.example `a` ](javascript:x) <!-- concordat:review -->"
    )
    with talk(tmp_path) as here:
        here.say("dora", f"/object {nasty}")
        here.say("carl", f"/condition add {nasty} for @dora")
        here.say("carl", f"/hold {nasty}")
        here.say("mia", f"/override LOW {nasty}")
        here.say("eve", f"/explain {nasty}")
        for text in (here.sticky, *here.answers):
            assert "<script" not in text.replace("`", "") or "`" in text
            outside = "".join(part for at, part in enumerate(text.split("`")) if at % 2 == 0)
            assert not [one for one in ("<script", "@octo", "https://evil", "javascript:") if one in outside]
        assert here.sticky.count("<!-- concordat:review -->") == 1


@pytest.mark.parametrize("path", ["/reactions$", "/issues/1/comments$", "/requested_reviewers$", "/memberships/"])
@pytest.mark.parametrize("how", ["lost_answer", "500"])
def test_a_command_is_carried_out_once_though_github_fails(tmp_path: Path, path: str, how: How) -> None:
    with talk(tmp_path) as here:
        here.on.github.fail(how=how, path=path, seconds=0.0)
        here.say("carl", "/approve\n/aprove")
        for _ in range(3):
            here.later(1.1)
        assert here.conclusion == "success"
        assert len(here.answers) == 1
        assert here.kinds().count("review.approved") == 1
        assert here.on.dead == ()


def test_where_github_keeps_from_the_app_who_is_in_a_team_the_answer_says_so(tmp_path: Path) -> None:
    with talk(tmp_path) as here:
        here.on.github.fail(how="403", path="/memberships/")
        here.say("carl", "/approve")
        assert here.conclusion == "action_required"
        assert "GitHub does not tell Concordat who is in `octo/data`, so nobody counts as a member" in here.answers[-1]
        assert "`concordat doctor` names the page" in here.answers[-1]


def test_a_merge_group_is_green_once_its_pull_request_is_approved(tmp_path: Path) -> None:
    with talk(tmp_path) as here:
        before = group(here.on, MAJOR, here.pull.number)
        here.on.hear()
        assert [one.conclusion for one in here.on.repository.checks(before)] == ["action_required"]
        here.say("carl", "/approve")
        after = group(here.on, MAJOR, here.pull.number)
        here.on.hear()
        assert [one.conclusion for one in here.on.repository.checks(after)] == ["success"]


def test_a_locked_conversation_does_not_keep_an_approval_from_counting(tmp_path: Path) -> None:
    with talk(tmp_path) as here:
        here.on.github.fail(how="403", method="POST", path="/reactions$", times=None)
        here.say("carl", "/approve")
        assert here.conclusion == "success"


def test_an_emergency_is_approved_by_a_release_owner(tmp_path: Path) -> None:
    config = CONFIG + "    release-owners: [rosa, rita]\n"
    with talk(tmp_path, config=config) as here:
        here.say("carl", "/emergency https://status.example.com/7")
        assert here.conclusion == "action_required"
        here.say("rosa", "/emergency https://status.example.com/7")
        assert "1 hour for a critical fix" in here.sticky
        here.say("carl", "/approve")
        assert here.conclusion == "action_required"
        here.say("rita", "/approve")
        assert here.conclusion == "success"


def test_a_rejected_change_stays_rejected_and_another_does_not_start_so(tmp_path: Path) -> None:
    with talk(tmp_path) as here:
        here.say("mia", "/reject we agreed to keep the field until June")
        assert here.conclusion == "failure"
        assert "we agreed to keep the field until June" in here.sticky
        here.say("carl", "/approve")
        assert here.conclusion == "failure"
        here.pull.push(OTHER, message="Other documents")
        here.on.hear()
        assert here.conclusion == "action_required"


def test_a_draft_has_no_clock_and_asks_nobody(tmp_path: Path) -> None:
    with talk(tmp_path, {"README.md": "Begin\n"}) as here:
        here.pull.convert_to_draft()
        here.pull.push(MAJOR, message="Not ready yet")
        here.on.hear()
        assert here.pull.state.teams == []
        assert here.owed == []
        here.pull.ready_for_review()
        here.on.hear()
        assert [one.slug for one in here.pull.state.teams] == ["data"]
        assert [one.kind for one in here.owed][:1] == ["review.requested"]


def test_nothing_is_owed_any_more_about_a_closed_pull_request(tmp_path: Path) -> None:
    with talk(tmp_path) as here:
        assert here.owed
        here.pull.close()
        here.on.hear()
        here.on.look(here.pull)
        assert here.owed == []
        here.pull.reopen()
        here.on.hear()
        assert here.owed


def test_a_notice_that_a_channel_delivered_lets_silence_count(tmp_path: Path) -> None:
    config = LENIENT.replace("teams: [octo/data]", "teams: [octo/elsewhere]")
    with talk(tmp_path, MINOR, config) as here:
        assert "not everybody has been" in here.sticky
        with here.on.store.transaction() as transaction:
            (asked,) = [one for one in transaction.obligations(here.stream) if one.kind == "review.requested"]
            delivery = transaction.begin_delivery(asked.obligation_id, "slack", here.on.now)
            assert delivery is not None
            transaction.settle_delivery(delivery.delivery_id, here.on.now, "delivered", receipt="1.2")
        here.on.look(here.pull)
        assert "Silence approves on" in here.sticky
        here.later(48.1)
        assert here.conclusion == "success"


def test_a_contract_that_names_nobody_is_owned_by_whom_codeowners_names(tmp_path: Path) -> None:
    config = CONFIG.replace("    owners:\n      teams: [octo/data]\n", "")
    with room(tmp_path, config=config) as on:
        on.repository.commit("main", {".github/CODEOWNERS": "* @octo/others\n/schemas/ @octo/data\n"}, message="Owners")
        here = Talk(on)
        assert "Must approve: team `octo/data`." in here.sticky
        here.pull.push({".github/CODEOWNERS": "* @ana\n"}, message="Mine")
        on.hear()
        here.say("eve", "/approve")
        assert here.conclusion == "action_required"
        here.say("carl", "/approve")
        assert here.conclusion == "success"


TWO = (
    CONFIG
    + """\
  invoice:
    files: schemas/invoice.json
    version: semver-field
    owners:
      teams: [octo/billing]
    policy: {accompany: []}
"""
)


def test_a_bare_approval_covers_what_its_giver_owns_and_says_so(tmp_path: Path) -> None:
    with room(tmp_path, config=TWO) as on:
        on.github.team("octo/billing", "bill")
        on.repository.commit("main", {"schemas/invoice.json": schema()}, message="Invoices")
        here = Talk(on, MAJOR | {"schemas/invoice.json": schema("2.0.0", placed=None)})
        comment = here.say("carl", "/approve")
        assert reactions(comment) == ["eyes", "+1"]
        assert "Approved `order`. Not `invoice`, of which you are no owner." in here.answers[-1]
        here.say("carl", "/approve order")
        assert len(here.answers) == 1
        here.say("bill", "/condition add x for @eve")
        here.say("carl", "/condition add y")
        here.say("eve", "/condition done 1")
        assert "Condition 1: before the merge, asked by `bill`, to be done by `eve` (done)" in here.sticky
        assert "Condition 2: before the merge, asked by `carl` (still open)" in here.sticky


def test_whoever_a_condition_is_assigned_to_is_told_of_it(tmp_path: Path) -> None:
    with talk(tmp_path) as here:
        here.say("carl", "/condition add fix the records before migration for @sam by 2099-01-01")
        told = {(one.kind, one.recipient) for one in here.owed if one.recipient.startswith("user:")}
        assert told == {("review.assigned", "user:sam"), ("review.unmet", "user:sam"), ("review.unmet", "user:carl")}
        here.say("dora", "/approve")
        assert here.conclusion == "success"
        here.say("sam", "/condition done 1")
        assert here.owed == []
