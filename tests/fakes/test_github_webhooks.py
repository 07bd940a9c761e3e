from __future__ import annotations

import hashlib
import hmac
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

from tests.fakes.github import GitHubDouble, Repository
from tests.fakes.speaking import a_pull_request, client

Received = list[tuple[str, str, bytes, str]]


@contextmanager
def receiver(status: int = 202) -> Iterator[tuple[str, Received]]:
    """Listen for webhooks and keep (event, GUID, body, signature)."""
    received: Received = []

    @Request.application
    def keep(request: Request) -> Response:
        head = request.headers
        received.append(
            (head["X-GitHub-Event"], head["X-GitHub-Delivery"], request.get_data(), head["X-Hub-Signature-256"])
        )
        return Response(status=status)

    server = make_server("127.0.0.1", 0, keep, threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/webhook", received
    server.shutdown()
    thread.join()
    server.server_close()


@contextmanager
def told(status: int = 202) -> Iterator[tuple[GitHubDouble, Repository, Received]]:
    """A repository whose App listens."""
    with receiver(status) as (url, received), GitHubDouble(webhook_url=url) as github:
        contracts = github.repository("hospital/contracts")
        contracts.commit("main", {"a.json": "1\n"})
        contracts.branch("more")
        yield github, contracts, received


def test_what_people_do_arrives_signed_before_it_returns() -> None:
    with told() as (github, contracts, received):
        contracts.open_pull("More", head="more")

        ((event, guid, body, signature),) = received
        made = github.deliveries[0]

    key = github.site.webhooks.secret.encode()
    assert signature == "sha256=" + hmac.new(key, body, hashlib.sha256).hexdigest()
    assert (event, guid, body) == ("pull_request", made.guid, made.body)
    assert (made.payload["action"], made.payload["installation"]["id"]) == ("opened", contracts.installation_id)
    assert made.attempts == [202]


def test_a_push_tells_of_the_branch_and_of_its_pull_requests() -> None:
    with told() as (github, contracts, _):
        pull = contracts.open_pull("More", head="more")
        before = pull.head_sha
        after = pull.push({"a.json": "2\n"})

        push, synchronize = github.deliveries[1:]

    assert (push.event, push.payload["forced"], push.payload["after"]) == ("push", False, after)
    assert push.payload["head_commit"]["modified"] == ["a.json"]
    assert (synchronize.payload["action"], synchronize.payload["before"]) == ("synchronize", before)
    assert synchronize.payload["pull_request"]["head"]["sha"] == after


def test_a_forced_push_says_so() -> None:
    with told() as (github, contracts, _):
        pull = contracts.open_pull("More", head="more")
        pull.push({"a.json": "2\n"})
        pull.force_push("main", {"a.json": "3\n"})

        pushes = [one.payload["forced"] for one in github.deliveries if one.event == "push"]

    assert pushes == [False, True]


def test_the_life_of_a_pull_request_is_told_action_by_action() -> None:
    with told() as (github, contracts, _):
        contracts.branch("release")
        pull = contracts.open_pull("More", head="more", draft=True)
        pull.ready_for_review()
        pull.convert_to_draft()
        pull.edit(title="Most", base="release")
        pull.close()
        pull.reopen()
        comment = pull.comment_as("eve", "Hello")
        pull.edit_comment_as("eve", comment, "Good day")
        pull.delete_comment_as("eve", comment)

        told_of = [(one.event, one.action) for one in github.deliveries]

    pulls = ["opened", "ready_for_review", "converted_to_draft", "edited", "closed", "reopened"]
    comments = ["created", "edited", "deleted"]
    assert told_of == [("pull_request", one) for one in pulls] + [("issue_comment", one) for one in comments]


def test_a_fork_where_the_app_is_not_installed_tells_only_of_the_pull_request() -> None:
    with told() as (github, contracts, _):
        fork = contracts.fork("bo")
        contracts.open_pull("From outside", head="main", fork=fork, author="bo").push({"a.json": "2\n"}, author="bo")

        told_of = [(one.event, one.action) for one in github.deliveries]

    assert told_of == [("pull_request", "opened"), ("pull_request", "synchronize")]
    assert github.deliveries[0].payload["pull_request"]["head"]["repo"]["full_name"] == "bo/contracts"


def test_the_apps_own_writes_are_told_too() -> None:
    with told() as (github, contracts, received):
        pull = contracts.open_pull("More", head="more")
        client(github, contracts).post(f"/repos/{contracts.full_name}/issues/{pull.number}/comments", {"body": "Hello"})

    assert [event for event, *_ in received] == ["pull_request", "issue_comment"]
    assert github.deliveries[-1].payload["sender"]["login"] == "concordat[bot]"


def test_an_event_that_the_app_did_not_subscribe_to_is_not_told() -> None:
    with GitHubDouble(events=["pull_request"]) as github:
        contracts = github.repository("hospital/contracts")
        contracts.push("main", {"a.json": "1\n"})

    assert github.deliveries == ()


def test_a_lost_delivery_never_arrives_until_it_is_sent_again_under_its_guid() -> None:
    with told() as (github, contracts, received):
        github.astray("lose", event="pull_request")
        contracts.open_pull("More", head="more")
        lost = list(received)
        github.redeliver(github.deliveries[0].guid)

    assert lost == []
    assert [guid for _, guid, *_ in received] == [github.deliveries[0].guid]


def test_a_doubled_delivery_arrives_twice_with_one_guid() -> None:
    with told() as (github, contracts, received):
        github.astray("double")
        contracts.open_pull("More", head="more")

    assert [guid for _, guid, *_ in received] == [github.deliveries[0].guid] * 2


def test_delayed_deliveries_arrive_when_and_in_the_order_that_the_test_says() -> None:
    with told() as (github, contracts, received):
        pull = contracts.open_pull("More", head="more")
        github.astray("delay", times=None)
        pull.push({"a.json": "2\n"})
        pull.close()
        early = len(received)
        github.deliver(order=lambda waiting: waiting[::-1])

    assert early == 1
    assert [guid for _, guid, *_ in received[1:]] == [one.guid for one in github.deliveries[:0:-1]]


def test_a_receiver_that_fails_or_is_gone_is_noted() -> None:
    with told(status=500) as (github, contracts, _):
        contracts.open_pull("More", head="more")
        refused = github.deliveries[0]
    github.redeliver(refused.guid)

    assert refused.attempts == [500, 0]


def test_deliveries_wait_while_there_is_nowhere_to_send_them() -> None:
    with a_pull_request() as (github, _contracts, _), receiver() as (url, received):
        waiting = github.site.webhooks.waiting
        github.webhook_url = url
        github.deliver()

    assert [guid for _, guid, *_ in received] == [one.guid for one in waiting]


def test_installing_the_app_is_told_with_its_repositories() -> None:
    with GitHubDouble() as github:
        github.repository("hospital/contracts", installed=False)
        number = github.install("hospital")

        (made,) = github.deliveries

    assert (made.event, made.action) == ("installation", "created")
    assert made.payload["installation"]["id"] == number
    assert [one["full_name"] for one in made.payload["repositories"]] == ["hospital/contracts"]
