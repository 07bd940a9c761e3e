"""The client against a GitHub that remembers what it was told, over real HTTP, and fails in the ways GitHub does."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from bot.github import App, Repository
from bot.github.errors import Denied, GitHubError, NotFound, RateLimited, Unavailable
from tests.bot.github.making import Clock, draft
from tests.fakes.github import GitHubDouble
from tests.fakes.github.faults import How

LEAST = {"contents": "read", "pull_requests": "write", "checks": "write", "metadata": "read"}


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def double(clock: Clock) -> Iterator[GitHubDouble]:
    with GitHubDouble(clock=clock, permissions=LEAST) as running:
        repository = running.repository("octo/orders")
        repository.commit("main", {"a.json": '{"v": 1}', "dir/é b.json": b"\xff\x00", "big.json": b"1" * 1_500_000})
        repository.branch("feature/x")
        repository.commit("feature/x", {"a.json": '{"v": 2}', "new.json": "{}", "dir/é b.json": None})
        repository.open_pull("Change a", head="feature/x")
        yield running


@pytest.fixture
def app(double: GitHubDouble, clock: Clock) -> Iterator[App]:
    made = App(double.app_id, double.private_key, double.api_url, clock=clock, timeout=2)
    yield made
    made.close()


@pytest.fixture
def repository(app: App, double: GitHubDouble) -> Repository:
    return app.repository(double.repository("octo/orders").installation_id, "octo/orders")


def test_a_pull_request_is_read_with_all_that_it_changes(repository: Repository) -> None:
    (pull,) = repository.open_pulls()
    assert repository.pull(pull.number) == pull
    found = repository.compare(pull.base_ref, pull.head_sha)
    assert {(file.path, file.status) for file in found.files} == {
        ("a.json", "modified"),
        ("new.json", "added"),
        ("dir/é b.json", "removed"),
    }
    assert repository.file("a.json", found.merge_base_sha) == b'{"v": 1}'
    assert repository.file("a.json", pull.head_sha) == b'{"v": 2}'
    assert repository.file("dir/é b.json", "main") == b"\xff\x00"
    assert repository.file("dir/é b.json", pull.head_sha) is None
    assert repository.file("big.json", pull.head_sha) == b"1" * 1_500_000
    assert repository.paths(pull.head_sha) == {"a.json", "new.json", "big.json"}
    with pytest.raises(NotFound):
        repository.file("a.json", "0" * 40)


def test_a_comment_and_a_check_are_written_found_and_changed(
    repository: Repository, app: App, double: GitHubDouble
) -> None:
    (pull,) = repository.open_pulls()
    written = repository.create_comment(pull.number, "first")
    assert written.author == app.login() == double.bot
    repository.update_comment(written.id, "second")
    assert [comment.body for comment in repository.comments(pull.number)] == ["second"]
    repository.delete_comment(written.id)
    assert repository.comments(pull.number) == ()

    run = repository.create_check(draft(120, head_sha=pull.head_sha))
    assert repository.checks(pull.head_sha, "Concordat") == (run,)
    assert (run.external_id, run.conclusion) == ("key.says", "neutral")
    assert len(double.repository("octo/orders").checks(pull.head_sha)[0].annotations) == 120


def test_many_comments_are_read_to_the_last(repository: Repository) -> None:
    (pull,) = repository.open_pulls()
    for number in range(103):
        repository.create_comment(pull.number, f"number {number}")
    assert [comment.body for comment in repository.comments(pull.number)] == [f"number {n}" for n in range(103)]


@pytest.mark.parametrize(
    ("how", "kind"),
    [
        ("500", Unavailable),
        ("502_html", Unavailable),
        ("404", NotFound),
        ("403", Denied),
        ("403_rate_limit", RateLimited),
        ("403_secondary", RateLimited),
        ("429", RateLimited),
        ("timeout", Unavailable),
        ("lost_answer", Unavailable),
        ("half_answer", Unavailable),
    ],
)
def test_each_fault_of_a_write_is_told_and_nothing_is_sent_twice(
    repository: Repository, double: GitHubDouble, clock: Clock, how: How, kind: type[GitHubError]
) -> None:
    (pull,) = repository.open_pulls()
    fault = double.fail(how=how, method="POST", path="/comments", times=None)
    with pytest.raises(kind) as caught:
        repository.create_comment(pull.number, "words")
    assert fault.hits == 1
    if isinstance(caught.value, RateLimited):
        assert clock.now < caught.value.retry_at <= clock.now + timedelta(hours=1)
    double.heal()
    # After a lost answer the comment may be there: whoever looks finds it, once.
    assert len(repository.comments(pull.number)) == (1 if how in {"lost_answer", "half_answer"} else 0)


def test_a_token_is_renewed_as_time_goes_by(repository: Repository, double: GitHubDouble, clock: Clock) -> None:
    repository.open_pulls()
    clock.now += timedelta(hours=2)
    repository.open_pulls()
    assert sum(request.path.endswith("/access_tokens") for request in double.requests) == 2


def test_a_suspended_installation_is_denied_and_works_again(
    repository: Repository, app: App, double: GitHubDouble
) -> None:
    installation = double.repository("octo/orders").installation_id
    repository.open_pulls()
    double.suspend(installation)
    assert [one.suspended for one in app.installations()] == [True]
    with pytest.raises(GitHubError):
        repository.open_pulls()
    double.unsuspend(installation)
    assert len(repository.open_pulls()) == 1


def test_an_enterprise_server_is_served_at_its_own_address(double: GitHubDouble, clock: Clock) -> None:
    app = App(double.app_id, double.private_key, double.enterprise_url, clock=clock, timeout=2)
    assert [one.account for one in app.installations()] == ["octo"]
    app.close()
