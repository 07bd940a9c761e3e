"""Two whole servers on one database, each hearing every delivery: bursts coalesce and nothing is doubled."""

from __future__ import annotations

from contextlib import ExitStack

from bot.serve import Server
from bot.settings import Settings
from tests.bot.steward.room import MAJOR, MINOR
from tests.e2e.stage import CONFIG, schema
from tests.fakes.github import GitHubDouble
from tests.fakes.github.people import Pull
from tests.patience import PATIENCE, until

BURST = 12


def told(pull: Pull) -> bool:
    return bool(pull.app_comments and pull.checks and "MAJOR" in pull.app_comments[0].body)


def test_a_burst_that_both_servers_hear_ends_in_one_comment_and_one_check(database_url: str) -> None:
    with GitHubDouble() as github, ExitStack() as stack:
        repository = github.repository("octo/orders")
        repository.commit("main", {".github/contracts.yml": CONFIG, "schemas/order.json": schema()})
        settings = Settings.from_environment(
            {**github.environment(), "DATABASE_URL": database_url, "HOST": "127.0.0.1", "PORT": "0"}
        )
        servers = [stack.enter_context(Server(settings)) for _ in range(2)]
        github.webhook_url = f"{servers[0].url}/webhook"
        repository.branch("topic")
        repository.commit("topic", MINOR)
        pull = repository.open_pull("topic", head="topic")
        github.astray("delay", event="pull_request", times=None)
        for number in range(BURST):
            pull.push({**(MAJOR if number % 2 else MINOR), "n.txt": str(number)})
        before = github.reads
        heard = github.deliver(lambda waiting: waiting[::-1])
        github.webhook_url = f"{servers[1].url}/webhook"
        for delivery in heard:
            github.redeliver(delivery.guid)
        until(lambda: told(pull))
        assert servers[0].wait_idle(PATIENCE)
        assert servers[1].wait_idle(PATIENCE)
        assert (len(pull.app_comments), len(pull.checks)) == (1, 1)
        assert github.reads - before < BURST * 4, "a burst is looked at a few times, not once for each push"
        with servers[0].store.reading() as transaction:
            keys = [job.key for job in transaction.jobs("done", limit=1000) if job.kind == "delivery"]
            assert len(keys) == len(set(keys))
            assert transaction.jobs("dead") == ()
