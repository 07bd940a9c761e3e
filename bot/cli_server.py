"""The words of the `concordat` command for a server and its operator: their options and their help."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path

from bot.cli_options import Commands, Parser, command, formats


def _serve(commands: Commands) -> None:
    command(
        commands, "serve", "bot.operate.serving:serve", "Run the App: web, worker and scheduler in one process.",
        """\
        Settings come from the environment alone; docs/settings.md explains each.""",
    )  # fmt: skip


def _web(commands: Commands) -> None:
    command(
        commands, "web", "bot.operate.serving:web", "Answer GitHub and people only; workers do the rest.",
        """\
        One part of `serve`, for more processes on one PostgreSQL database; docs/operating.md explains it.""",
    )  # fmt: skip


def _worker(commands: Commands) -> None:
    command(
        commands, "worker", "bot.operate.serving:worker",
        "Do the work that `web` and other workers leave in the database.",
        """\
        The other part of `serve`: any number of them beside `serve` or `web` on one PostgreSQL database.
        With WORKER_PORT it answers /healthz, /readyz and /metrics.""",
    )  # fmt: skip


def _app_manifest(commands: Commands) -> None:
    parser = command(
        commands, "app-manifest", "bot.app_manifest:run", "Make the GitHub App, and keep its credentials in files.",
        """\
        examples:
          concordat app-manifest --url https://concordat.example.com --org octo-org
          concordat app-manifest --url https://concordat.example.com --print   see what GitHub would be asked for

        It opens a page on this machine for your browser; docs/setting-up.md goes through all of it.""",
    )  # fmt: skip
    parser.add_argument("--url", metavar="URL", required=True, help="where GitHub and people will reach the server")
    parser.add_argument("--org", metavar="ORG", help="the organisation that the App is to belong to (default: you)")
    parser.add_argument("--name", metavar="NAME", default="Concordat", help="the App's name (default: Concordat)")
    parser.add_argument(
        "--github", metavar="URL", default="https://github.com", help="GitHub's pages; an Enterprise Server's address"
    )
    parser.add_argument(
        "--out", metavar="DIR", type=Path, default=Path(), help="where .env and the private key go (default: here)"
    )
    parser.add_argument("--port", metavar="N", type=int, default=0, help="port of the page (default: a free one)")
    parser.add_argument("--print", action="store_true", help="print the manifest and make nothing")


def _doctor(commands: Commands) -> None:
    parser = command(
        commands, "doctor", "bot.doctor.examination:run",
        "Check the server's settings, database, clock, App and channels.",
        """\
        It reads the same environment as `serve`, changes nothing, and says what to do about what is not right.

        exit codes: 0 nothing is broken, 1 something is""",
    )  # fmt: skip
    formats(parser, ("people", "json"))


def _inbox(commands: Commands) -> None:
    parser = command(
        commands, "inbox", "bot.operate.jobs:inbox", "List, read and retry the deliveries that GitHub sent.",
        """\
        examples:
          concordat inbox list --state dead   deliveries that failed for good
          concordat inbox show 72d3162e-cc78-11e3-81ab-4c9367dc0958
          concordat inbox retry 72d3162e-cc78-11e3-81ab-4c9367dc0958

        It reads DATABASE_URL and works beside a running server; docs/dead-letters.md goes through it.

        exit codes: 0 done, 1 it cannot be retried in its state, 2 there is no such delivery or database""",
    )  # fmt: skip
    tasks = parser.add_subparsers(metavar="TASK", required=True, dest="task", parser_class=Parser)
    _listing(tasks)
    show = tasks.add_parser("show", help="one delivery, and the jobs that it asked for")
    show.add_argument("guid", metavar="GUID", help="as GitHub shows it under the App's recent deliveries")
    show.add_argument("--body", action="store_true", help="print what GitHub sent, too: it is private to its sender")
    formats(show, ("people", "json"))
    again = tasks.add_parser("retry", help="do a dead delivery again, or one that waits, now")
    again.add_argument("guid", metavar="GUID", help="the delivery")


def _jobs(commands: Commands) -> None:
    parser = command(
        commands, "jobs", "bot.operate.jobs:jobs", "List, read, retry and drop jobs: the dead letters, and all others.",
        """\
        examples:
          concordat jobs list                 the dead letters
          concordat jobs list --state open    what is due, running or waiting
          concordat jobs show 17
          concordat jobs retry 17
          concordat jobs drop 17 --reason "the repository is gone"

        It reads DATABASE_URL and works beside a running server; docs/dead-letters.md goes through it.

        exit codes: 0 done, 1 the job is not in a state for that, 2 there is no such job or database""",
    )  # fmt: skip
    tasks = parser.add_subparsers(metavar="TASK", required=True, dest="task", parser_class=Parser)
    listing = _listing(tasks)
    listing.add_argument("--kind", metavar="KIND", help="only of this kind: delivery, pull, sweep, …")
    show = tasks.add_parser("show", help="one job, with the whole text of its latest failure")
    again = tasks.add_parser("retry", help="do a dead job again, or one that waits, now")
    drop = tasks.add_parser("drop", help="end a dead or waiting job without doing it; its row stays, with the reason")
    for task in (show, again, drop):
        task.add_argument("id", metavar="ID", type=int, help="the job's number")
    drop.add_argument("--reason", metavar="TEXT", required=True, help="why; it is kept with the job")
    formats(show, ("people", "json"))


def _reconcile(commands: Commands) -> None:
    parser = command(
        commands, "reconcile", "bot.operate.house:reconcile", "After a restore: see what would be sent, release it.",
        """\
        examples:
          concordat reconcile                       read the truth from GitHub and print what would be written
          concordat reconcile --release "Ana Diaz"  send again; your name is kept in the log
          concordat reconcile --hold "restored from Monday's backup"

        A server that finds its database restored from a backup sends nothing by itself; docs/decisions/quarantine.md.

        exit codes: 0 done, 1 it has to be reconciled before it is released, 2 GitHub or the database do not answer""",
    )  # fmt: skip
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--release", metavar="NAME", help="end the quarantine; who does it")
    what.add_argument("--hold", metavar="WHY", help="begin a quarantine by hand")
    formats(parser, ("people", "json"))


def _forget(commands: Commands) -> None:
    parser = command(
        commands, "forget", "bot.operate.house:forget", "Erase the personal data of a GitHub user.",
        """\
        examples:
          concordat forget octocat
          concordat forget 583231 --login octocat   somebody whom GitHub no longer knows

        Facts of the log stay in their order, under a pseudonym; what people wrote is erased. It cannot be undone, and
        backups keep what they have.""",
    )  # fmt: skip
    parser.add_argument("user", metavar="USER", help="GitHub user id, or login")
    parser.add_argument("--login", metavar="LOGIN", help="the login of an id, where GitHub is not to be asked")


def _listing(tasks: Commands) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = tasks.add_parser("list", help="the latest first")
    parser.add_argument(
        "--state", choices=("dead", "open", "done", "all"), default="dead", metavar="STATE",
        help="dead, open (due, running or waiting), done or all (default: dead)",
    )  # fmt: skip
    parser.add_argument("--limit", type=int, default=100, metavar="N", help="at most so many (default: 100)")
    formats(parser, ("people", "json"))
    return parser


def _demo(commands: Commands) -> None:
    parser = command(
        commands, "demo", "bot.operate.serving:demo", "Play the story on this machine, with doubles for the outside.",
        """\
        It needs a checkout with its development packages; `make demo` sees to both.""",
    )  # fmt: skip
    parser.add_argument("--exit", action="store_true", help="end after the story; 1 when a step did not happen")
    parser.add_argument("--port", metavar="N", type=int, default=0, help="port of the pages (default: a free one)")


def _notices(commands: Commands) -> None:
    parser = command(
        commands, "notices", "bot.notices_preview:preview", "Show what people are sent; take mails that came back.",
        """\
        examples:
          concordat notices preview                               every kind, its audience and its subject
          concordat notices preview release.confirm
          concordat notices preview review.requested --format slack   paste it into Slack's Block Kit Builder""",
    )  # fmt: skip
    tasks = parser.add_subparsers(metavar="TASK", required=True, dest="task", parser_class=Parser)
    back = tasks.add_parser(
        "bounced", help="take a mail that came back, from standard input (a pipe of the mail server)"
    )
    back.set_defaults(run="bot.bounces:bounced")
    shown = tasks.add_parser("preview", help="one kind of notice, or without KIND the list of them")
    shown.add_argument("kind", nargs="?", metavar="KIND", help="for instance release.announced")
    shown.add_argument(
        "--format", choices=("text", "html", "slack", "markdown"), default="text", metavar="FORMAT",
        help="text (mail), html (mail), slack (Block Kit) or markdown (GitHub); default: text",
    )  # fmt: skip


WORDS: Sequence[Callable[[Commands], None]] = (
    _serve,
    _web,
    _worker,
    _app_manifest,
    _doctor,
    _inbox,
    _jobs,
    _reconcile,
    _forget,
    _demo,
    _notices,
)
"""What adds each of them, in the order of the help."""
