"""Pull requests in the real world: pushes meanwhile, forks, renames, other Apps, stages of enforcement, suspension."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.steward import memory
from notices.comment import MARKER
from rules.assessment import Assessment, assess
from rules.change import Change
from tests.bot.steward.room import MAJOR, MINOR, NOTE, Room, room
from tests.e2e.stage import CONFIG, schema
from tests.fakes.github import GitHubDouble
from tests.fakes.github.people import Pull, act
from tests.fakes.github.state import Account, CheckRun


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    with room(tmp_path_factory.mktemp("world")) as made:
        yield made


# what happens meanwhile


def test_a_push_during_an_examination_is_examined_too(tmp_path: Path) -> None:
    pushes = [dict(MAJOR)]
    pulls: list[Pull] = []

    def judge(change: Change) -> Assessment:
        if pushes:
            pulls[0].push(pushes.pop(), message="Meanwhile")
            on.ask(pulls[0], thorough=False)
        return assess(change)

    with room(tmp_path, judge=judge) as on:
        pulls.append(on.pull(MINOR))
        on.look(pulls[0])
        (comment,) = pulls[0].app_comments
        (check,) = pulls[0].checks
        assert "MAJOR" in comment.body
        assert check.conclusion == "failure"
        assert on.waiting == ()


def test_an_edit_of_our_comment_during_an_examination_is_restored(tmp_path: Path) -> None:
    edits = ["all is well"]
    pulls: list[Pull] = []

    def judge(change: Change) -> Assessment:
        if edits and pulls and pulls[0].app_comments:
            pulls[0].edit_comment_as("mallory", pulls[0].app_comments[0], f"{MARKER}\n{edits.pop()}")
        return assess(change)

    with room(tmp_path, judge=judge) as on:
        on.github.team("octo/data", "carl")
        pulls.append(on.pull(MINOR))
        on.hear()
        before = pulls[0].app_comments[0].body
        pulls[0].edit(title="Only the title")
        on.look(pulls[0], thorough=False)
        on.hear()
        assert [one.body for one in pulls[0].app_comments] == [before]


# who else is there


def test_another_apps_check_of_our_name_is_not_ours(shared: Room) -> None:
    pull = shared.pull(MINOR, name="foreign-check")
    state = shared.repository.state
    with act(pull.site):
        now = pull.site.world.now()
        foreign = CheckRun(
            next(pull.site.world.ids), 1, "Concordat", pull.head_sha, "completed", "success", now, now,
            "aaaa.bbbb.1.success", None, {"title": "Fine", "summary": "Fine"}, app_id=99,
        )  # fmt: skip
        state.checks[foreign.id] = foreign
    shared.look(pull)
    assert foreign.conclusion == "success"
    assert [one.conclusion for one in pull.checks if one.app_id is None] == ["action_required"]
    shared.look(pull)
    assert len(pull.checks) == 2


def test_another_apps_comment_with_our_marker_is_left_alone(shared: Room) -> None:
    pull = shared.pull(MINOR, name="foreign-comment")
    site = pull.site
    with act(site):
        bot = Account(next(site.world.ids), "impostor[bot]", "Bot")
        forged = site.add_comment(pull.base, pull.number, bot, f"{MARKER}\nall is well", by_app=False)
    shared.look(pull)
    assert forged.body.endswith("all is well")
    assert len(pull.app_comments) == 1


def test_our_comment_is_known_after_the_app_was_renamed(tmp_path: Path) -> None:
    with room(tmp_path) as on:
        pull = on.pull(MINOR)
        on.look(pull)
        on.github.site.app.bot.login = "treaty[bot]"
        pull.push(MAJOR)
        on.look(pull)
        assert len(pull.app_comments) == 1
        assert "MAJOR" in pull.app_comments[0].body


def test_a_deleted_author_and_a_deleted_fork_change_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # GitHub answers null for both, and describes neither.
    monkeypatch.setattr(GitHubDouble, "watcher", None)
    with room(tmp_path) as on:
        fork = on.repository.fork("leaving")
        fork.branch("topic")
        fork.commit("topic", MINOR, message="From a fork that is deleted")
        pull = on.repository.open_pull("from a fork", head="topic", author="leaving", fork=fork)
        pull.state.head_repository = None
        pull.state.author = None
        on.look(pull)
        assert "MINOR" in pull.app_comments[0].body
        assert [one.conclusion for one in pull.checks] == ["action_required"]


@pytest.mark.parametrize("event", ["check_run", "check_suite"])
def test_a_forks_check_is_run_again_though_github_names_no_pull_request(shared: Room, event: str) -> None:
    owner = f"forker-{event.replace('_', '-')}"
    fork = shared.repository.fork(owner)
    fork.branch("topic")
    fork.commit("topic", MINOR, message=owner)
    pull = shared.repository.open_pull("from a fork", head="topic", author=owner, fork=fork)
    shared.hear()
    (check,) = pull.checks
    check.status, check.conclusion = "queued", None
    subject = {"id": 1, "head_sha": pull.head_sha, "pull_requests": []}
    if event == "check_run":
        subject["external_id"] = check.external_id
    with act(pull.site):
        site, body = pull.site, {"action": "rerequested", event: subject}
        site.emit(event, body, site.world.account(owner), repository=shared.repository.state, sketch=True)
    shared.hear()
    assert [one.conclusion for one in pull.checks] == ["action_required"]


def test_a_head_without_common_history_is_told_to_its_author(shared: Room) -> None:
    shared.repository.commit("orphan", MINOR, message="Another beginning")
    pull = shared.repository.open_pull("orphan", head="orphan")
    shared.look(pull)
    (check,) = pull.checks
    (comment,) = pull.app_comments
    assert check.conclusion == "failure"
    assert "share no commit" in comment.body
    assert "Make the branch anew from main" in comment.body
    assert shared.waiting == ()


# names


def test_a_repository_that_takes_the_name_of_another_is_not_taken_for_it(shared: Room) -> None:
    other = shared.github.repository("octo/taken")
    other.commit("main", {".github/contracts.yml": CONFIG, "schemas/order.json": schema()})
    impostor = Room(shared.github, other, shared.store, shared.worker, shared.clock, shared.steward)
    pull = impostor.pull(MINOR)
    other.state.id += 1_000_000  # the job that waits means the repository that had this name
    shared.github.site.world.installations[shared.repository.installation_id].repositories.add(other.state.id)
    impostor.ask(pull)
    other.state.id -= 1
    shared.github.site.world.installations[shared.repository.installation_id].repositories.add(other.state.id)
    shared.work()
    for _ in range(3):
        shared.clock.advance(timedelta(hours=1))
        shared.work()
    assert pull.app_comments == ()
    assert pull.checks == ()
    assert shared.waiting == ()


def test_a_repository_that_is_renamed_keeps_its_comment_and_its_review(tmp_path: Path) -> None:
    with room(tmp_path) as on:
        pull = on.pull(MINOR)
        on.hear()
        site, state = pull.site, on.repository.state
        on.ask(pull)  # under the old name, from which the double does not redirect
        with act(site):
            del site.world.repositories["octo/orders"]
            state.name = "purchases"
            site.world.repositories["octo/purchases"] = state
            body = {"action": "renamed", "changes": {"repository": {"name": {"from": "orders"}}}}
            site.emit("repository", body, site.world.account("ana"), repository=state, sketch=True)
        on.hear()
        pull.push(MAJOR, message="Under the new name")
        on.hear()
        on.clock.advance(timedelta(hours=1))
        on.work()
        assert [("MAJOR" in one.body, "octo/purchases" in one.body) for one in pull.app_comments] == [(True, True)]
        assert [one.conclusion for one in pull.checks] == ["failure"]
        assert on.waiting == ()
        streams = {f"pull:{state.id}:{pull.number}"}
        assert {job.lane for job in on.done if job.kind == "pull"} == streams


def test_an_archived_repository_is_left_alone(tmp_path: Path) -> None:
    with room(tmp_path) as on:
        pull = on.pull(MINOR)
        on.repository.state.archived = True
        on.look(pull)
        assert on.github.writes == 0
        assert on.waiting == ()


def test_a_suspended_installation_is_quiet_and_looked_at_once_it_is_not(tmp_path: Path) -> None:
    with room(tmp_path) as on:
        installation = on.repository.installation_id
        pull = on.pull(MINOR)
        on.github.suspend(installation)
        on.hear()
        on.look(pull)
        assert on.waiting == ()
        assert on.dead == ()
        assert pull.checks == ()
        on.github.unsuspend(installation)
        on.hear()
        assert len(pull.checks) == 1


def test_what_waits_for_an_installation_that_is_deleted_ends_in_silence(tmp_path: Path) -> None:
    with room(tmp_path) as on:
        pull = on.pull(MINOR)
        on.ask(pull)
        on.repository.push("main", {"README.md": "hello\n"})
        on.github.uninstall(on.repository.installation_id)
        on.hear()
        for _ in range(4):
            on.clock.advance(timedelta(hours=1))
            on.work()
        assert on.waiting == ()
        assert on.dead == ()


# pushes to the default branch


def test_pushes_to_the_default_branch_have_its_pull_requests_looked_at_only_where_it_matters(tmp_path: Path) -> None:
    with room(tmp_path) as on:
        pull = on.pull(MINOR)
        on.repository.branch("release")
        elsewhere = on.pull({"schemas/order.json": schema("1.1.0", other=NOTE)}, name="elsewhere", base="release")
        on.repository.push("main", {"README.md": "first\n"})
        on.hear()
        assert pull.checks[-1].conclusion == "action_required"
        on.github.forget_requests()
        on.repository.push("main", {"README.md": "second\n"})
        on.hear()
        assert [one.path.rpartition("/")[0] for one in on.github.requests] == [
            "/repos/octo/orders", "/repos/octo/orders/compare", "/repos/octo/orders/contents/.github",
        ]  # fmt: skip
        on.repository.push("main", {".github/contracts.yml": CONFIG.replace("enforce\n", "observe\n")})
        on.hear()
        assert pull.checks[-1].conclusion == "neutral"
        assert elsewhere.checks[-1].conclusion == "action_required"


def test_many_pushes_to_the_default_branch_are_one_look_at_it(tmp_path: Path) -> None:
    with room(tmp_path) as on:
        pulls = [on.pull({"schemas/order.json": schema("1.1.0", **{name: NOTE})}, name=name) for name in ("a", "b")]
        on.hear()
        on.repository.push("main", {"README.md": "begin\n"})
        on.hear()
        on.github.forget_requests()
        for number in range(5):
            on.repository.push("main", {"schemas/order.json": schema("1.0.1", **{f"field_{number}": NOTE})})
        on.repository.push("topic", {"schemas/order.json": schema(placed=None)})
        on.hear()
        asked = [one.path for one in on.github.requests]
        assert sum(path.endswith("/pulls") for path in asked) == 1
        assert all(sum(path.endswith(f"/pulls/{pull.number}") for path in asked) == 1 for pull in pulls)


def test_a_push_is_heard_of_though_the_history_was_written_anew(tmp_path: Path) -> None:
    with room(tmp_path) as on:
        pull = on.pull(MINOR)
        on.repository.push("main", {"README.md": "begin\n"})
        on.hear()
        on.repository.commit("anew", {"README.md": "nothing else\n"})
        on.repository.force_push("main", "anew", {"README.md": "anew\n"})
        on.hear()
        assert on.waiting == ()
        assert on.dead == ()
        assert pull.checks[-1].conclusion in {"success", "failure", "action_required"}


# stages


STAGES = [
    ("observe", "neutral", "neutral"),
    ("warn", "neutral", "neutral"),
    ("enforce", "action_required", "failure"),
]


@pytest.mark.parametrize(("stage", "pending", "blocked"), STAGES)
def test_the_check_concludes_as_the_stage_says(shared: Room, stage: str, pending: str, blocked: str) -> None:
    base = f"stage-{stage}"
    shared.repository.branch(base)
    shared.repository.commit(base, {".github/contracts.yml": CONFIG.replace("enforce\n", f"{stage}\n")})
    for name, files, concluded in [
        ("untouched", {"README.md": f"{stage}\n"}, "success"),
        ("pending", MINOR, pending),
        ("blocked", MAJOR, blocked),
    ]:
        pull = shared.pull(files, name=f"{stage}-{name}", base=base)
        shared.look(pull)
        assert [one.conclusion for one in pull.checks] == [concluded], name


def test_the_day_on_which_enforcement_moves_up_changes_the_check_without_a_push(tmp_path: Path) -> None:
    with room(tmp_path) as on:
        tomorrow = (on.now + timedelta(days=1)).date()
        moving = f"enforcement: {{stage: warn, next: enforce, from: {tomorrow}}}\n"
        on.repository.commit("main", {".github/contracts.yml": CONFIG.replace("enforcement: enforce\n", moving)})
        pull = on.pull(MAJOR)
        on.look(pull)
        assert [one.conclusion for one in pull.checks] == ["neutral"]
        on.clock.advance(timedelta(days=1))
        on.look(pull)
        assert pull.checks[-1].conclusion == "failure"


# what is remembered


def test_what_was_remembered_long_ago_is_not_believed(tmp_path: Path) -> None:
    with room(tmp_path) as on:
        pull = on.pull(MINOR)
        on.look(pull)
        site = pull.site
        with act(site):
            site.add_comment(pull.base, pull.number, site.app.bot, f"{MARKER}\na second one", by_app=True)
        on.look(pull, thorough=False)
        assert len(pull.app_comments) == 2
        on.clock.advance(memory.TRUSTED)
        on.look(pull, thorough=False)
        assert len(pull.app_comments) == 1


def test_a_comment_that_is_gone_is_written_again_at_once_and_the_check_with_it(tmp_path: Path) -> None:
    with room(tmp_path) as on:
        pull = on.pull(MINOR)
        on.look(pull)
        pull.delete_comment_as("maintainer", pull.app_comments[0])
        pull.push({"schemas/order.json": schema("1.1.0", other=NOTE)}, message="Another field")
        on.look(pull, thorough=False)
        assert len(pull.app_comments) == 1
        assert len(pull.checks) == 1
        assert on.waiting == ()


@pytest.mark.parametrize(("method", "path"), [("PATCH", "/issues/comments/"), ("POST", "/check-runs$")])
def test_an_answer_that_is_lost_leaves_doubt_and_no_second_write(tmp_path: Path, method: str, path: str) -> None:
    with room(tmp_path) as on:
        pull = on.pull(MINOR)
        on.look(pull)
        on.github.fail(how="lost_answer", method=method, path=path)
        pull.push(MAJOR, message="Breaking")
        on.look(pull, rounds=3, thorough=False)
        assert len(pull.app_comments) == 1
        assert "MAJOR" in pull.app_comments[0].body
        assert [one.conclusion for one in pull.checks] == ["failure"]
        on.github.forget_requests()
        on.look(pull)
        assert on.github.writes == 0
