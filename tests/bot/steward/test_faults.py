"""GitHub failing in each way at each request of one examination, then healed."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace
from typing import get_args

import pytest

from tests.bot.steward.room import MAJOR, MINOR, Room, room
from tests.e2e.stage import CONFIG, schema
from tests.fakes.github.faults import How
from tests.fakes.github.people import Pull

POINTS = (
    ("POST", "/access_tokens", 0),
    ("GET", r"octo/\.github/contents", 0),
    ("GET", r"octo/\.github/git/trees", 0),
    ("GET", r"/pulls/\d+$", 0),
    ("GET", "/compare/", 0),
    ("GET", r"orders/contents/\.github", 0),
    ("GET", "orders/git/trees", 0),
    ("GET", "contents/schemas", 0),
    ("GET", "contents/schemas", 1),
    ("GET", "/comments$", 0),
    ("GET", "/check-runs$", 0),
    ("POST", "/comments$", 0),
    ("GET", "/comments$", 1),
    ("POST", "/check-runs$", 0),
)
HOWS = get_args(How)
EVERY_WAY = {("GET", "/compare/", 0), ("POST", "/comments$", 0), ("POST", "/check-runs$", 0)}
"""Elsewhere one way of each meaning is enough: the client makes the same error of the others."""
FEW: tuple[How, ...] = ("500", "404")
COUNT = itertools.count(1)
MATRIX = [(*point, how) for point in POINTS for how in (HOWS if point in EVERY_WAY else FEW)]


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    with room(tmp_path_factory.mktemp("faults"), timeout=3) as made:  # what never answers is waited for so long
        yield made


def unseen(on: Room, name: str) -> Pull:
    """Open a pull request of files and commits that the App has not read, so that it has to ask for each."""
    mark = next(COUNT)
    before = {".github/contracts.yml": f"{CONFIG}# {mark}\n", "schemas/order.json": schema() + "\n" * mark}
    on.repository.commit("main", before, message=name)
    return on.pull({path: text + "\n" * mark for path, text in MAJOR.items()}, name=name)


@pytest.mark.parametrize(("method", "path", "skip", "how"), MATRIX)
def test_a_request_that_fails_once_ends_in_one_comment_and_one_check(
    shared: Room, method: str, path: str, skip: int, how: How
) -> None:
    shared.clock.advance(shared.hours(3))  # tokens and defaults are asked for anew
    pull = unseen(shared, f"{method} {path} {skip} {how}".replace("^", "").replace("\\", "").replace(" ", "-"))
    fault = shared.github.fail(how=how, method=method, path=path, skip=skip, seconds=0.05)
    shared.look(pull, rounds=3)
    shared.github.heal()
    shared.github.forget_requests()
    shared.look(pull)
    (comment,) = pull.app_comments
    (check,) = pull.checks
    assert fault.hits == 1
    assert "MAJOR" in comment.body
    assert check.conclusion == "failure"
    assert str(check.output["title"]).startswith("MAJOR")
    assert shared.waiting == ()


def quiet(shared: Room) -> None:
    """Close the pull requests of the tests before in silence, so that no moment of theirs comes meanwhile."""
    for pull in shared.repository.pulls:
        pull.state.state = "closed"
    shared.clock.advance(shared.hours(24 * 8))
    shared.work()


@pytest.mark.parametrize("how", ["403_rate_limit", "403_secondary", "429"])
def test_a_rate_limit_is_waited_for_and_counts_as_no_attempt(shared: Room, how: How) -> None:
    quiet(shared)
    pull = shared.pull(MINOR, name=f"limit-{how}")
    shared.github.fail(how=how, method="GET", path="/compare/", times=10)
    shared.look(pull)
    for _ in range(9):
        (job,) = shared.waiting
        assert job.due is not None
        assert job.due > shared.now
        assert job.attempt == 0
        shared.clock.advance(job.due - shared.now)
        shared.work()
    assert pull.checks == ()
    (job,) = shared.waiting
    shared.clock.advance(shared.hours(2))
    shared.work()
    assert len(pull.app_comments) == 1


def test_a_limit_in_one_repository_does_not_hold_another_up(shared: Room) -> None:
    quiet(shared)
    other = shared.github.repository("octo/other")
    other.commit("main", {name: shared.repository.read(name) for name in (".github/contracts.yml", *MINOR)})
    second = replace(shared, repository=other)
    first_pull, second_pull = shared.pull(name="held-up"), second.pull(name="goes-on")
    shared.github.fail(how="403_secondary", method="GET", path="octo/orders/compare/")
    shared.ask(first_pull)
    second.ask(second_pull)
    shared.work()
    assert first_pull.app_comments == ()
    assert len(second_pull.app_comments) == 1


def test_a_pull_request_that_is_gone_is_given_up_in_silence(shared: Room) -> None:
    pull = shared.pull(name="gone")
    shared.github.fail(how="404", method="GET", path=rf"/pulls/{pull.number}$", times=None)
    shared.look(pull, rounds=4)
    shared.github.heal()
    assert shared.waiting == ()
    assert shared.dead == ()
    assert pull.checks == ()


@pytest.mark.parametrize(("said", "concluded"), [("failure", "failure"), ("neutral", "neutral")])
def test_a_failure_of_ours_concludes_as_the_contract_says(shared: Room, said: str, concluded: str) -> None:
    config = shared.repository.read(".github/contracts.yml")
    assert config is not None
    base = f"base-{said}"
    shared.repository.branch(base)
    policy = config.decode().replace("policy: {", f"policy: {{on-error: {said}, ")
    shared.repository.commit(base, {".github/contracts.yml": policy})
    pull = shared.pull(name=f"topic-{said}", base=base)
    shared.github.fail(how="500", method="GET", path="/compare/", times=None)
    shared.look(pull, rounds=4)
    (check,) = pull.checks
    assert check.conclusion == concluded
    assert "could not judge" in str(check.output["title"])
    shared.github.heal()
    shared.clock.advance(shared.hours(3))
    shared.work()
    assert pull.checks[-1].conclusion == "action_required"


def test_a_failure_concludes_nothing_in_a_repository_without_contracts(shared: Room) -> None:
    website = shared.github.repository("octo/website")
    website.commit("main", {"index.html": "hello"})
    elsewhere = replace(shared, repository=website)
    pull = elsewhere.pull({"schema.json": "{}"})
    shared.github.fail(how="500", method="GET", path="website/compare/", times=None)
    elsewhere.look(pull, rounds=10)
    shared.github.heal()
    assert pull.checks == ()
    assert pull.app_comments == ()


def test_a_conversation_that_is_locked_still_gets_its_check(shared: Room) -> None:
    pull = shared.pull(name="locked")
    shared.github.fail(how="403", method="POST", path="/comments$", times=None)
    shared.look(pull, rounds=3)
    shared.github.heal()
    assert [check.conclusion for check in pull.checks] == ["action_required"]
    assert shared.waiting == ()


def test_a_comment_that_cannot_be_written_withholds_no_verdict(shared: Room) -> None:
    pull = shared.pull(name="speechless")
    shared.github.fail(how="500", method="POST", path="/comments$", times=None)
    shared.look(pull, rounds=5)
    assert [(check.conclusion, "MINOR" in str(check.output["title"])) for check in pull.checks] == [
        ("action_required", True)
    ]
    shared.github.heal()
    shared.clock.advance(shared.hours(3))
    shared.work()
    assert len(pull.app_comments) == 1
    assert len(pull.checks) == 1


def test_our_failure_on_one_pull_request_leaves_the_check_of_another_with_its_head_alone(shared: Room) -> None:
    config = shared.repository.read(".github/contracts.yml")
    assert config is not None
    shared.repository.branch("lenient")
    lenient = config.decode().replace("{accompany: []}", "{accompany: [], on-error: neutral}")
    shared.repository.commit("lenient", {".github/contracts.yml": lenient})
    strict = shared.pull(MAJOR, name="one-head")
    shared.look(strict)
    (verdict,) = strict.checks
    other = shared.repository.open_pull("the same head elsewhere", head="one-head", base="lenient")
    shared.github.fail(how="500", method="GET", path="/compare/", times=None)
    shared.look(other, rounds=4)
    shared.github.heal()
    first, last = strict.checks
    assert first == verdict
    assert last.conclusion == verdict.conclusion == "failure"
    assert f"about #{other.number}" in str(last.output["summary"])
    assert f"the one of #{strict.number}" in str(last.output["summary"])
    assert "Unavailable" not in str(last.output["summary"])


def test_a_comment_says_which_pull_request_holds_the_check_of_its_head_up(shared: Room) -> None:
    shared.repository.branch("unguarded")
    config = shared.repository.read(".github/contracts.yml")
    assert config is not None
    watching = config.decode().replace(": enforce", ": observe")
    shared.repository.commit("unguarded", {".github/contracts.yml": watching})
    strict = shared.pull(MAJOR, name="held-elsewhere")
    shared.look(strict)
    other = shared.repository.open_pull(
        "towards a branch that is only watched", head="held-elsewhere", base="unguarded"
    )
    shared.look(other)
    (comment,) = other.app_comments
    assert f"This commit is also the head of #{strict.number}" in comment.body
    assert "held up elsewhere" not in strict.app_comments[0].body
