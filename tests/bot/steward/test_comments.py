"""What becomes of our comment and our check when others touch them, and of pull requests that change meanwhile."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import pytest

from notices.comment import MARKER
from tests.bot.steward.room import MAJOR, MINOR, Room, room
from tests.e2e.stage import schema
from tests.fakes.github.people import Pull, act

PATCH: Mapping[str, str] = {"schemas/order.json": schema("1.0.1", placed={"type": "string", "title": "When",
    "pattern": "^\\d{4}-\\d{2}-\\d{2}$"})}  # fmt: skip


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    with room(tmp_path_factory.mktemp("comments")) as made:
        made.github.team("octo/data", "carl")
        yield made


def looked_at(on: Room, name: str, files: Mapping[str, str] = MINOR) -> Pull:
    pull = on.pull(files, name=name)
    on.look(pull)
    return pull


def test_of_two_comments_of_ours_the_oldest_stays(shared: Room) -> None:
    pull = looked_at(shared, "two")
    (first,) = pull.app_comments
    site = pull.site
    with act(site):
        site.add_comment(pull.base, pull.number, site.app.bot, f"{MARKER}\nan older text", by_app=True)
    shared.look(pull)
    assert [comment.id for comment in pull.app_comments] == [first.id]


def test_a_deleted_comment_comes_back_once(shared: Room) -> None:
    pull = looked_at(shared, "deleted")
    pull.delete_comment_as("maintainer", pull.app_comments[0])
    shared.look(pull)
    shared.look(pull)
    assert len(pull.app_comments) == 1


@pytest.mark.parametrize("edit", [f"{MARKER}\nall is well", f"see here:\n{MARKER}\nall is well"])
def test_an_edited_comment_is_restored(shared: Room, edit: str) -> None:
    pull = looked_at(shared, f"edited-{len(edit)}")
    (comment,) = pull.app_comments
    before = comment.body
    pull.edit_comment_as("mallory", comment, edit)
    shared.look(pull)
    assert [one.body for one in pull.app_comments] == [before]


def test_a_comment_that_is_deleted_while_it_is_brought_up_to_date_is_written_anew(shared: Room) -> None:
    pull = looked_at(shared, "vanishing")
    pull.delete_comment_as("maintainer", pull.app_comments[0])
    pull.push(MAJOR)
    shared.github.fail(how="404", method="PATCH", path="/comments/", times=1)
    shared.look(pull, rounds=2)
    shared.github.heal()
    (comment,) = pull.app_comments
    assert "MAJOR" in comment.body


def test_a_check_run_whose_conclusion_was_taken_away_is_concluded_again(shared: Room) -> None:
    pull = looked_at(shared, "rerun")
    (check,) = pull.checks
    check.status, check.conclusion = "queued", None
    shared.look(pull)
    assert [one.conclusion for one in pull.checks] == ["action_required"]


def timeless(text: str) -> str:
    """Leave out which commit it is, and the minute in which its window ends."""
    return re.sub(r"[0-9a-f]{40}|\d\d:\d\d", "", text)


def test_going_back_to_an_earlier_push_restores_its_text(shared: Room) -> None:
    pull = looked_at(shared, "there-and-back")
    (comment,) = pull.app_comments
    first = comment.body
    pull.push(MAJOR)
    shared.look(pull)
    pull.push(MINOR)
    shared.look(pull)
    (comment,) = pull.app_comments
    assert "MAJOR" not in comment.body
    assert timeless(comment.body) == timeless(first)
    assert pull.checks[-1].conclusion == "action_required"


def test_a_change_that_is_taken_back_says_so_in_the_same_comment(shared: Room) -> None:
    pull = looked_at(shared, "taken-back", MAJOR)
    pull.push({"schemas/order.json": schema()})
    shared.look(pull)
    (comment,) = pull.app_comments
    assert "MAJOR" not in comment.body
    assert pull.checks[-1].conclusion == "success"


def test_a_closed_pull_request_is_left_alone_until_it_is_opened_again(shared: Room) -> None:
    pull = shared.pull(MINOR, name="closed")
    pull.close()
    shared.look(pull)
    assert pull.app_comments == ()
    assert pull.checks == ()
    pull.reopen()
    shared.look(pull)
    assert len(pull.app_comments) == 1


def test_a_merged_pull_request_is_left_alone(shared: Room) -> None:
    shared.repository.branch("trunk")
    pull = shared.pull(MINOR, name="merged", base="trunk")
    pull.merge()
    shared.look(pull)
    assert pull.app_comments == ()


def test_another_base_branch_is_judged_by_its_own_documents(shared: Room) -> None:
    shared.repository.branch("next")
    shared.repository.commit("next", MINOR)
    pull = looked_at(shared, "rebased")
    assert "MINOR" in pull.app_comments[0].body
    pull.edit(base="next")
    shared.look(pull)
    assert pull.checks[-1].conclusion in {"success", "action_required"}


def test_a_force_push_is_judged_by_what_it_leaves(shared: Room) -> None:
    pull = looked_at(shared, "forced", MAJOR)
    pull.force_push("main", MINOR, message="Forced")
    shared.look(pull)
    (comment,) = pull.app_comments
    assert "MINOR" in comment.body
    assert [check.conclusion for check in pull.checks] == ["action_required"]


def test_a_pull_request_of_four_hundred_files_is_judged_whole(shared: Room) -> None:
    many = {f"docs/{number:03}.md": f"{number}\n" for number in range(400)}
    pull = looked_at(shared, "many", {**many, **MAJOR})
    assert "MAJOR" in pull.app_comments[0].body


def test_a_check_with_many_remarks_is_written_whole(shared: Room) -> None:
    fields: dict[str, object] = {f"field_{number:03}": {"type": "string"} for number in range(120)}
    shared.repository.branch("wide")
    shared.repository.commit("wide", {"schemas/order.json": schema("1.0.0", **fields)})
    narrow: dict[str, object] = {name: {"type": "integer"} for name in fields}
    pull = shared.pull({"schemas/order.json": schema("2.0.0", **narrow)}, name="narrow", base="wide")
    shared.github.fail(how="lost_answer", method="PATCH", path="/check-runs/")
    shared.look(pull, rounds=2)
    newest = pull.checks[-1]
    assert len(newest.annotations) >= 120
    assert newest.external_id
    shared.github.forget_requests()
    shared.look(pull)
    assert shared.github.writes == 0


def test_remarks_that_github_refuses_do_not_cost_the_verdict(shared: Room) -> None:
    pull = shared.pull(MAJOR, name="refused")
    shared.github.fail(how="422", method="POST", path="/check-runs$")
    shared.look(pull)
    (check,) = pull.checks
    assert check.annotations == []
    assert check.conclusion == "failure"


@pytest.mark.parametrize("first", ["guarded", "unguarded"])
def test_the_same_commit_towards_a_branch_that_nobody_guards_opens_no_way_into_another(
    shared: Room, first: str
) -> None:
    free = f"free-{first}"
    shared.repository.branch(free)
    shared.repository.commit(free, {".github/contracts.yml": "version: 1\ncontracts: {}\n"})
    guarded = shared.pull(MAJOR, name=f"shared-{first}")
    unguarded = shared.repository.open_pull("the same", head=f"shared-{first}", base=free)
    for pull in (guarded, unguarded) if first == "guarded" else (unguarded, guarded):
        shared.look(pull)
    assert guarded.checks[-1].conclusion == "failure"
    for pull in (guarded, unguarded):
        shared.look(pull)
    assert guarded.checks[-1].conclusion == "failure"
    shared.github.forget_requests()
    for pull in (guarded, unguarded):
        shared.look(pull)
    assert shared.github.writes == 0
    guarded.close()
    shared.look(unguarded)
    assert unguarded.checks[-1].conclusion == "success"
