"""Every row of the table of events, against a GitHub that counts what it is asked and what is written."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from bot.steward.routes import COSTS, OTHER, ROUTES, UNKNOWN, page, route
from tests.bot.steward.room import NOTE, Room, room, tell
from tests.e2e.stage import CONFIG, schema
from tests.fakes.github.people import Pull, act
from tests.fakes.github.shapes.checks import check_pulls

DOCS = Path(__file__).parents[3] / "docs" / "events.md"
COUNT = itertools.count(1)

Act = Callable[[Room, Pull], object]


@dataclass(frozen=True)
class Scene:
    """What happens to a pull request that the App has seen; `alone` where it is to be the only one."""

    act: Act
    alone: bool = False

    @staticmethod
    def pull(on: Room, row: tuple[str, str]) -> Pull:
        """Give a pull request that the App has seen; to what asks for nothing any of them will do."""
        pull = on.repository.pulls[0] if on.repository.pulls and row not in COSTS else seen(on)
        on.github.forget_requests()
        return pull


def minor() -> Mapping[str, str]:
    """Make a MINOR change that no other pull request makes."""
    return {"schemas/order.json": schema("1.1.0", **{f"note_{next(COUNT)}": NOTE})}


def opened(on: Room, _: Pull) -> None:
    on.pull(minor(), name=f"opened-{next(COUNT)}")


def closed(_: Room, pull: Pull) -> None:
    pull.close()


def reopened(on: Room, pull: Pull) -> None:
    pull.close()
    on.hear()
    on.clock.advance(timedelta(minutes=2))  # left out of the review's time, and said so
    on.github.forget_requests()
    pull.reopen()


def ready(on: Room, pull: Pull) -> None:
    pull.convert_to_draft()
    on.hear()
    on.github.forget_requests()
    pull.ready_for_review()


def rebased(on: Room, pull: Pull) -> None:
    base = f"next-{next(COUNT)}"
    on.repository.branch(base)
    on.repository.commit(base, {"schemas/order.json": schema(other=NOTE)})
    pull.edit(base=base)


def other(event: str, action: str) -> Scene:
    return Scene(lambda on, _: tell(on, event, action))


def installed(action: str) -> Scene:
    def change(on: Room, _: Pull) -> None:
        body = {"action": action, "installation": {"id": on.repository.installation_id}, "repositories_removed": []}
        on.receive("installation_repositories" if action == "removed" else "installation", body)

    return Scene(change)


def rerun_run(on: Room, pull: Pull) -> None:
    (check,) = pull.checks
    check.status, check.conclusion = "queued", None
    with act(on.repository.site):
        on.repository.site.tell_check("rerequested", pull.base, check, on.repository.site.world.account("ana"))


def rerun_suite(on: Room, pull: Pull) -> None:
    (check,) = pull.checks
    check.status, check.conclusion = "queued", None
    pulls = check_pulls(pull.head_sha, pull.base, on.repository.site.urls)
    suite = {"id": check.suite, "head_sha": pull.head_sha, "head_branch": None, "pull_requests": pulls}
    tell(on, "check_suite", "rerequested", check_suite=suite)


def asked_for(on: Room, pull: Pull) -> None:
    pull.press_as("carl", "Approve")


def commanded(on: Room, pull: Pull) -> None:
    on.clock.advance(timedelta(minutes=1))
    pull.comment_as("carl", "Thank you.\n/approve")


def approved(on: Room, pull: Pull) -> None:
    on.clock.advance(timedelta(minutes=1))
    pull.review_as("carl", "APPROVED")


def left(on: Room, _: Pull) -> None:
    """Take somebody out of a team who has approved nothing."""
    on.github.team("octo/other", "eve")
    on.github.leave_team("octo/other", "eve")


def dismissed(on: Room, pull: Pull) -> None:
    review = pull.review_as("eve", "COMMENTED", "Hm.")
    on.hear()
    on.github.forget_requests()
    pull.dismiss_review_as("ana", review)


def group(on: Room, files: Mapping[str, str | None], number: int = 1) -> str:
    """Put a pull request into the merge queue; the commit that would become the tip."""
    base = on.repository.head()
    name = f"gh-readonly-queue/main/pr-{number}-{base}"
    on.repository.branch(name)
    head = on.repository.commit(name, files, message=f"Merge {next(COUNT)}")
    refs = {"base_ref": "refs/heads/main", "base_sha": base, "head_ref": f"refs/heads/{name}", "head_sha": head}
    tell(on, "merge_group", "checks_requested", merge_group=refs)
    return head


def pushed(on: Room, _: Pull) -> None:
    on.repository.push("main", {".github/contracts.yml": f"{CONFIG}# {next(COUNT)}\n"})


def added(on: Room, _: Pull) -> None:
    state = on.repository.state
    brief = [{"id": state.id, "full_name": state.full_name}]
    installation = {"id": on.repository.installation_id}
    body = {"action": "added", "installation": installation, "repositories_added": brief}
    on.receive("installation_repositories", body)


def swept(event: str, action: str) -> Scene:
    def change(on: Room, _: Pull) -> None:
        more = {"installation": {"id": on.repository.installation_id}}
        if event == "installation":
            on.receive(event, {"action": action, **more})
        else:
            tell(on, event, action)

    # The repositories if they are not known, the open pull requests; of the one: itself, comparison, check, comment.
    return Scene(change, alone=True)


def edit_ours(_: Room, pull: Pull) -> None:
    pull.edit_comment_as("mallory", pull.app_comments[0], "<!-- concordat:review -->\nall is well")


def delete_ours(_: Room, pull: Pull) -> None:
    pull.delete_comment_as("maintainer", pull.app_comments[0])


SCENES: Mapping[tuple[str, str], Scene] = {
    # itself, comparison, document, check, comments; after writing the comment once more: comments; its owners are asked
    ("pull_request", "opened"): Scene(opened),
    # itself, comparison, document
    ("pull_request", "synchronize"): Scene(lambda _, pull: pull.push(minor())),
    # itself, comparison, configuration, comment: both branches were left at the same commit
    ("pull_request", "edited"): Scene(rebased),
    ("pull_request", "ready_for_review"): Scene(ready),
    ("pull_request", "converted_to_draft"): Scene(lambda _, pull: pull.convert_to_draft()),
    ("pull_request", "reopened"): Scene(reopened),
    ("pull_request", "closed"): Scene(closed),
    ("pull_request", OTHER): other("pull_request", "labeled"),
    ("check_run", "rerequested"): Scene(rerun_run),
    ("check_run", "requested_action"): Scene(asked_for),
    ("check_run", OTHER): other("check_run", "completed"),
    ("check_suite", "rerequested"): Scene(rerun_suite),
    ("check_suite", OTHER): other("check_suite", "requested"),
    # the configuration, the comparison, the document, the group's checks
    ("merge_group", "checks_requested"): Scene(lambda on, _: group(on, minor())),
    ("merge_group", OTHER): other("merge_group", "destroyed"),
    # itself, comparison, comments, reviews, the head's commit, who it is, the team; eyes, comment, check, thumb
    ("issue_comment", "created"): Scene(commanded),
    ("issue_comment", "edited"): Scene(edit_ours),
    ("issue_comment", "deleted"): Scene(delete_ours),
    ("issue_comment", OTHER): Scene(lambda _, pull: pull.comment_as("ana", "/approve? <!-- concordat:review -->")),
    ("pull_request_review", "submitted"): Scene(approved),
    ("pull_request_review", "dismissed"): Scene(dismissed),
    ("pull_request_review", OTHER): other("pull_request_review", "edited"),
    # the open pull requests; of the one: itself, comparison, the configuration, comment
    ("push", ""): Scene(pushed, alone=True),
    ("installation", "created"): swept("installation", "created"),
    ("installation", "unsuspend"): swept("installation", "unsuspend"),
    ("installation", "new_permissions_accepted"): swept("installation", "new_permissions_accepted"),
    ("installation", "suspend"): installed("suspend"),
    ("installation", "deleted"): installed("deleted"),
    ("installation", OTHER): installed("anything"),
    ("installation_repositories", "added"): Scene(added, alone=True),
    ("installation_repositories", "removed"): installed("removed"),
    ("installation_target", OTHER): Scene(lambda on, _: on.receive("installation_target", {"action": "renamed"})),
    ("repository", "renamed"): swept("repository", "renamed"),
    ("repository", "transferred"): swept("repository", "transferred"),
    ("repository", "unarchived"): swept("repository", "unarchived"),
    ("repository", "edited"): swept("repository", "edited"),
    ("repository", "archived"): other("repository", "archived"),
    ("repository", "deleted"): other("repository", "deleted"),
    ("repository", OTHER): other("repository", "created"),
    ("repository_dispatch", "schema-violation"): Scene(lambda on, _: violated(on), alone=True),
    ("repository_dispatch", OTHER): other("repository_dispatch", "rebuild"),
    ("member", OTHER): other("member", "added"),
    ("membership", "removed"): Scene(left),
    ("membership", OTHER): other("membership", "added"),
    ("team", OTHER): other("team", "edited"),
    ("organization", OTHER): other("organization", "member_removed"),
    ("github_app_authorization", OTHER): Scene(
        lambda on, _: on.receive("github_app_authorization", {"action": "revoked", "sender": {"id": 5}})
    ),
    ("ping", ""): Scene(lambda on, _: on.receive("ping", {"zen": "Keep it logically awesome.", "hook_id": 1})),
    (OTHER, OTHER): other("star", "created"),
}


def violated(on: Room) -> None:
    told = {"contract": "order", "type": "type_mismatch", "fields": ["placed"]}
    tell(on, "repository_dispatch", "schema-violation", branch="main", client_payload=told)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    with room(tmp_path_factory.mktemp("events")) as made:
        yield made


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[Room]:
    with room(tmp_path) as made:
        yield made


def seen(on: Room) -> Pull:
    """Open a pull request with a MINOR change, and let the App do all that it asks for."""
    on.github.team("octo/data", "carl", "dora")
    pull = on.pull(minor(), name=f"seen-{next(COUNT)}")
    on.hear()
    on.github.forget_requests()
    return pull


def test_every_row_has_its_scene() -> None:
    assert list(SCENES) == [(row.event, row.action) for row in ROUTES]


@pytest.mark.parametrize("row", SCENES, ids="-".join)
def test_an_event_costs_what_its_row_allows(row: tuple[str, str], request: pytest.FixtureRequest) -> None:
    scene = SCENES[row]
    on: Room = request.getfixturevalue("alone" if scene.alone else "shared")
    scene.act(on, scene.pull(on, row))
    on.hear()
    asked = [f"{one.method} {one.path}" for one in on.github.requests]
    reads, writes = COSTS.get(row, (0, 0))
    assert (on.github.reads, on.github.writes) == (reads, writes), asked
    assert on.waiting == ()
    on.hear()
    assert on.github.writes == writes, "what we write ourselves leads to nothing"


def test_the_page_on_events_is_written_from_the_table() -> None:
    # To write it anew: python -c "from bot.steward.routes import page; print(page(), end='')" > docs/events.md
    assert DOCS.read_text() == page()


def test_an_event_that_nobody_knows_is_acknowledged() -> None:
    assert route("a_new_event", "begun") is UNKNOWN
    assert route("pull_request", "a_new_action").action == OTHER
