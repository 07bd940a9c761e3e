"""The `concordat` command: its words, its options, its exit codes.

Each subcommand loads what it needs when it runs, so that a cold `check` starts fast. Exit codes: 0 acceptable, 1 more
severe than allowed, 2 unusable input or settings, each with one clear sentence.
"""

from __future__ import annotations

import argparse
import importlib
import io
import os
import sys
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any, TextIO

Run = Callable[[argparse.Namespace, TextIO], int]

FORMATS = ("people", "json", "markdown", "sarif", "github")
SCHEMES = ("semver-file", "semver-field", "name-vn", "git")
UNUSABLE, INTERRUPTED = 2, 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code."""
    for stream in (sys.stdout, sys.stderr):
        _speak(stream)
    arguments = _parser().parse_args(argv)
    code = _run(arguments)
    _finish(sys.stdout)
    return code


def _run(arguments: argparse.Namespace) -> int:
    from bot.errors import UsageError  # noqa: PLC0415 see the module's docstring

    try:
        return _load(arguments.run)(arguments, sys.stdout)
    except UsageError as error:
        return _refuse(str(error))
    except BrokenPipeError:
        return UNUSABLE  # the reader (head, less) has seen enough
    except KeyboardInterrupt:
        return INTERRUPTED
    except OSError as error:
        return _refuse(f"{error.filename or 'the output'}: {(error.strerror or str(error)).lower()}")
    except Exception as error:  # noqa: BLE001 a fault of ours is said as such, and its exit code is never a verdict's
        return _refuse(_fault(error))


def _refuse(sentence: str) -> int:
    from notices.escape import visible  # noqa: PLC0415 see the module's docstring

    lines = visible(sentence, keep="\n").split("\n")
    sys.stderr.write("".join(f"concordat: {line}\n" for line in lines))
    return UNUSABLE


def _fault(error: Exception) -> str:
    import traceback  # noqa: PLC0415 see the module's docstring

    frames = traceback.extract_tb(error.__traceback__)[-3:]
    places = " < ".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in reversed(frames))
    what = f"{type(error).__name__}: {str(error)[:200]}".replace("\n", " ")
    return f"this is a fault in Concordat, please report it with the files that you compared: {what} ({places})"


def _speak(stream: TextIO) -> None:
    """Let a stream take any text: UTF-8 for programs, and what a terminal cannot show as an escape."""
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(encoding=None if stream.isatty() else "utf-8", errors="backslashreplace")


def _finish(stream: TextIO) -> None:
    try:
        stream.flush()
    except BrokenPipeError:
        # Python flushes once more at its end, and would complain there.
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _load(name: str) -> Run:
    module, _, function = name.partition(":")
    run: Run = getattr(importlib.import_module(module), function)
    return run


class _Version(argparse.Action):
    """Prints the version; looked up only when it is asked for, since that reads the package's metadata."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object, **__: object) -> None:
        from notices.words import engine  # noqa: PLC0415 see the module's docstring

        sys.stdout.write(f"{engine()}\n")
        parser.exit()


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="concordat",
        description="Keeps schema contracts between teams: what a change does to those who depend on it, with proof.",
        epilog=_EPILOG,
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="print the version")
    commands = parser.add_subparsers(metavar="COMMAND", required=True, title="commands", parser_class=_Parser)
    adds = (
        _check, _decide, _init, _manifest, _partners, _releases, _simulate, _serve, _web, _worker, _app_manifest,
        _doctor, _inbox, _jobs, _reconcile, _forget, _demo, _deprecations, _notices,
        _new, _stats, _migrate,
    )  # fmt: skip
    for add in adds:
        add(commands)
    return parser


class _Parser(argparse.ArgumentParser):
    """A parser whose help keeps the lines of its examples, and whose options are never guessed from a prefix."""

    def __init__(self, **options: Any) -> None:
        super().__init__(formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False, **options)


_EPILOG = """\
exit codes:
  0  acceptable
  1  more severe than the declared version, or --allow, lets pass; or what goes with a version is not in order
  2  the input or the settings cannot be used; one sentence on stderr says what, where and what to do

start here:
  concordat check old.json new.json   compare any two schema files
  concordat init                      write a first .github/contracts.yml for a repository
  concordat check --base HEAD~5       judge what the last five commits did to its contracts
"""

Commands = "argparse._SubParsersAction[argparse.ArgumentParser]"


def _check(commands: Commands) -> None:  # type: ignore[valid-type] # argparse names the class privately
    parser = _command(
        commands, "check", "bot.desk:check", "Compare two versions of a contract, or two revisions of a repository.",
        """\
        examples:
          concordat check old.json new.json
          concordat check --base origin/main
          concordat check --base v1.4.0 --head v1.5.0 --format markdown
          concordat check --base origin/main --compare all   also with older versions that are still live
          concordat check --base "origin/$GITHUB_BASE_REF" --format github   in a workflow: remarks on the lines

        Which version a change declares is read from the files: from their names (orders-v1.2.json), from a field
        (version, x-version, $id, or schema_version: orders_v1), or it is not declared at all; then a MAJOR change
        exits with 1 unless --allow major is given.

        With --base, the configuration at REV counts; an edit of it counts once it is merged. A contract or an edit of
        the configuration that cannot be read exits with 2 and is reported beside the verdicts of all others.

        What a review waits for (an impact analysis, a migration plan, a deprecation that was served) is shown as a
        to-do and leaves the exit code alone: the App's check run holds a pull request up for it.

        exit codes: 0 acceptable, 1 more severe than declared, or a manifest, change log or data file does not fit,
        2 unusable input""",
    )  # fmt: skip
    parser.add_argument("old", nargs="?", type=Path, metavar="OLD", help="schema file before the change")
    parser.add_argument("new", nargs="?", type=Path, metavar="NEW", help="schema file after the change")
    parser.add_argument("--base", metavar="REV", help="compare every contract changed since this revision")
    parser.add_argument("--head", metavar="REV", help="the revision to judge (default: HEAD)")
    parser.add_argument("--repo", metavar="DIR", type=Path, help="the repository (default: here)")
    parser.add_argument("--config", metavar="FILE", type=Path, help="use this contracts file instead of the base's")
    parser.add_argument(
        "--compare", choices=("previous", "all"),
        help="compare with the version before, or with all that are still live: version files, archived ones, tags "
        "(default: as each contract says)",
    )  # fmt: skip
    parser.add_argument(
        "--older", action="append", type=Path, metavar="FILE",
        help="beside OLD, compare with this older schema file too; repeat it, the oldest first",
    )  # fmt: skip
    _beside(parser)
    parser.add_argument(
        "--version-scheme", choices=SCHEMES, metavar="SCHEME",
        help=f"how OLD and NEW declare their version: {', '.join(SCHEMES)} (default: as found in them)",
    )  # fmt: skip
    parser.add_argument(
        "--allow", choices=("major",), help="accept a MAJOR change of a contract that declares no version"
    )
    _format(parser, FORMATS)


def _beside(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--with", dest="beside", action="append", type=Path, metavar="FILE",
        help="a schema file that the schemas refer to, by its $id or else by this name; repeat it (nothing is fetched)",
    )  # fmt: skip


def _decide(commands: Commands) -> None:  # type: ignore[valid-type] # as above
    parser = _command(
        commands, "decide", "bot.desk:decide", "Say whether every document of LEFT is accepted by RIGHT.",
        """\
        examples:
          concordat decide sent.json accepted.json
          concordat decide old.json new.json --closed both   is every declared field still there?

        exit codes: 0 included, 1 not included (with a document that shows it) or undecided, 2 unusable input""",
    )  # fmt: skip
    parser.add_argument("left", type=Path, metavar="LEFT", help="schema file")
    parser.add_argument("right", type=Path, metavar="RIGHT", help="schema file")
    parser.add_argument(
        "--closed", choices=("none", "left", "both"), default="none",
        help="read these schemas without fields that they do not declare (default: none)",
    )  # fmt: skip
    parser.add_argument(
        "--formats", choices=("annotate", "assert"), default="annotate",
        help="whether format (date-time, email …) refuses documents (default: annotate)",
    )  # fmt: skip
    _beside(parser)
    _format(parser, ("people", "json"))


def _deprecations(commands: Commands) -> None:  # type: ignore[valid-type] # as above
    parser = _command(
        commands, "deprecations", "bot.desk_deprecations:deprecations",
        "List every deprecated field with the days that are left.",
        """\
        examples:
          concordat deprecations
          concordat deprecations --on 2027-01-01   what will be left on that day
          concordat deprecations --format json

        It reads the contracts as they lie in the checkout; docs/deprecation.md shows how a notice is written.""",
    )  # fmt: skip
    _repo(parser)
    parser.add_argument("--on", metavar="DATE", help="as of this day, in UTC (default: today)")
    _format(parser, ("people", "json"))


def _new(commands: Commands) -> None:  # type: ignore[valid-type] # as above
    parser = _command(
        commands, "new", "bot.desk_new:new", "Begin a paper that accompanies a change, prefilled from the verdict.",
        """\
        examples:
          concordat new impact-analysis orders --base origin/main
          concordat new proposal orders
          concordat new deprecation orders total --replacement total_cents
          concordat new migration-guide orders --base origin/main
          concordat new migration orders --old orders-v1.0.0.json --new orders-v2.0.0.json

        It is written among the proposals beside the contract; a file that is there is never replaced.""",
    )  # fmt: skip
    tasks = parser.add_subparsers(metavar="PAPER", required=True, dest="task", parser_class=_Parser)
    for name, said in _PAPERS.items():
        task = tasks.add_parser(name, help=said, description=said)
        task.add_argument("contract", metavar="CONTRACT", help="the contract's name in the configuration")
        if name == "deprecation":
            task.add_argument("field", metavar="FIELD", help="the field that is to go, by its name or place")
            task.add_argument("--replacement", metavar="FIELD", help="the field that takes its place")
            task.add_argument("--removal", metavar="DATE", help="its removal date (default: after the grace period)")
        task.add_argument("--base", metavar="REV", help="prefill it from what was committed since this revision")
        task.add_argument("--out", metavar="FILE", help="where to write it, from the top of the repository")
        _repo(task)
    _new_migration(tasks)


def _new_migration(tasks: Commands) -> None:  # type: ignore[valid-type] # as above
    said = "A migration file: a step for each finding that has an obvious one."
    task = tasks.add_parser("migration", help=said, description=said)  # type: ignore[attr-defined] # as above
    task.set_defaults(run="bot.migrations.drafting:new")
    task.add_argument("contract", metavar="CONTRACT", help="the contract's name")
    task.add_argument("--old", metavar="FILE", type=Path, required=True, help="the schema that stored documents have")
    task.add_argument("--new", metavar="FILE", type=Path, required=True, help="the schema that they are to have")
    task.add_argument(
        "--from", metavar="VERSION", dest="source", help="the old version (default: as in the file's name)"
    )
    task.add_argument("--to", metavar="VERSION", dest="goal", help="the new version (default: as in the file's name)")
    task.add_argument("--out", metavar="FILE", type=Path, help="where (default: migrations/<contract>/…; - prints it)")


_PAPERS = {
    "proposal": "A change request: which fields, why, what each team has to do, and by when.",
    "impact-analysis": "The impact analysis of a MAJOR change, with the sections that have to be filled in.",
    "deprecation": "The notice of a field that is to go, in both forms, with its earliest legal removal date.",
    "migration-guide": "What partners have to do to move to the new version.",
}


def _stats(commands: Commands) -> None:  # type: ignore[valid-type] # as above
    parser = _command(
        commands, "stats", "bot.operate_stats:stats",
        "Count reviews: asked for, approved, rejected, pending, how long they took, how often the time ran out.",
        """\
        examples:
          concordat stats
          concordat stats --since 2026-11 --format json

        It reads DATABASE_URL and works beside a running server.""",
    )  # fmt: skip
    parser.add_argument("--since", metavar="MONTH", help="only reviews asked for from this month on, as in 2026-11")
    _format(parser, ("people", "json"))


def _init(commands: Commands) -> None:  # type: ignore[valid-type] # as above
    parser = _command(
        commands, "init", "bot.setup:init", "Look for schemas and write a first contracts file.",
        """\
        examples:
          concordat init --print   see what would be written
          concordat init           write .github/contracts.yml""",
    )  # fmt: skip
    _repo(parser)
    parser.add_argument("--print", action="store_true", dest="only_print", help="print it and write nothing")
    parser.add_argument("--force", action="store_true", help="replace a contracts file that is already there")


def _manifest(commands: Commands) -> None:  # type: ignore[valid-type] # as above
    parser = _command(
        commands, "manifest", "bot.setup:run_manifest", "Pin a schema's version and hash, or check the pins.",
        """\
        examples:
          concordat manifest refresh   write the manifest of every contract that keeps one, then commit it
          concordat manifest check     in CI: 1 when a manifest does not fit its schema
          concordat manifest refresh config/rotation.schema.json   only that one""",
    )  # fmt: skip
    parser.add_argument("task", choices=("refresh", "check"), help="write the pins, or compare them with the schemas")
    parser.add_argument("schema", nargs="?", metavar="SCHEMA", help="only the contract with this schema file")
    _repo(parser)


def _partners(commands: Commands) -> None:  # type: ignore[valid-type] # as above
    parser = _command(
        commands, "partners", "bot.desk_partners:partners", "Check, list or import who depends on the contracts.",
        """\
        examples:
          concordat partners check             every mistake in .github/partners.yml, and who cannot be reached
          concordat partners list --format json
          concordat partners import partners.csv --print   see what a table would become

        docs/partners.md explains the file and the columns of the table.

        exit codes: 0 done, 1 somebody cannot be reached, 2 unusable input""",
    )  # fmt: skip
    tasks = parser.add_subparsers(metavar="TASK", required=True, dest="task", parser_class=_Parser)
    _repo(tasks.add_parser("check", help="hold the partners file against its shape and against contracts.yml"))
    listing = tasks.add_parser("list", help="who depends on what, and how they are reached")
    _repo(listing)
    _format(listing, ("people", "json"))
    table = tasks.add_parser("import", help="make .github/partners.yml of a CSV or YAML table")
    table.add_argument("file", metavar="FILE", type=Path, help="the table: one row for each partner")
    table.add_argument("--print", action="store_true", dest="only_print", help="print it and write nothing")
    table.add_argument("--force", action="store_true", help="replace a partners file that is already there")
    _repo(table)


def _releases(commands: Commands) -> None:  # type: ignore[valid-type] # as above
    parser = _command(
        commands, "releases", "bot.desk_releases:releases", "Plan a release: its first legal day, who is told when.",
        """\
        examples:
          concordat releases plan orders                     a major release on the first day that can be promised
          concordat releases plan orders --date 2027-01-20 --kind minor
          concordat releases plan orders --announced 2026-12-01 --format json
          concordat releases evidence orders 2.0.0           who was told what, when, and the answer (CSV)

        The plan reads contracts.yml and partners.yml as they lie here, and sends nothing; the evidence is read from the
        database that the server's settings name. docs/releases.md explains releases.

        exit codes: 0 the day can be promised, 1 it is too early, 2 unusable input""",
    )  # fmt: skip
    tasks = parser.add_subparsers(metavar="TASK", required=True, dest="task", parser_class=_Parser)
    plan = tasks.add_parser("plan", help="milestones in both ways of counting, and every partner's notices")
    plan.add_argument("contract", metavar="CONTRACT", help="its name in contracts.yml")
    plan.add_argument("--date", type=_day, metavar="DATE", help="the day on which it goes live (default: the first)")
    plan.add_argument(
        "--kind", choices=("major", "minor", "patch", "critical"), default="major", metavar="KIND",
        help="major, minor, patch or critical (default: major)",
    )  # fmt: skip
    plan.add_argument("--announced", type=_day, metavar="DATE", help="the day on which it is announced (default: now)")
    _repo(plan)
    _format(plan, ("people", "json"))
    proof = tasks.add_parser("evidence", help="every notice of a release with each attempt, from the App's database")
    proof.add_argument("contract", metavar="CONTRACT", help="its name in contracts.yml")
    proof.add_argument("version", metavar="VERSION", help="the version as it was announced")
    proof.add_argument("--format", choices=("csv", "json"), default="csv", metavar="FORMAT", help="csv (default), json")
    proof.set_defaults(run="bot.operate_evidence:releases")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError("write the date as year-month-day, as in 2027-01-20") from None


def _simulate(commands: Commands) -> None:  # type: ignore[valid-type] # as above
    parser = _command(
        commands, "simulate", "bot.simulate:simulate", "Print what the App would write; write nothing.",
        """\
        examples:
          concordat simulate --base main
          concordat simulate --pr 17 --repository example/shop   with the App's settings in the environment""",
    )  # fmt: skip
    parser.add_argument("--pr", metavar="N", type=int, help="a pull request on GitHub (settings from the environment)")
    parser.add_argument("--repository", metavar="OWNER/NAME", help="the repository of --pr")
    parser.add_argument("--base", metavar="REV", help="or: the base revision of a local repository")
    parser.add_argument("--head", metavar="REV", default="HEAD", help="the revision to judge (default: HEAD)")
    _repo(parser)


def _serve(commands: Commands) -> None:  # type: ignore[valid-type] # as above
    _command(
        commands, "serve", "bot.operate:serve", "Run the App: web, worker and scheduler in one process.",
        """\
        Settings come from the environment alone; docs/settings.md explains each.""",
    )  # fmt: skip


def _web(commands: Commands) -> None:  # type: ignore[valid-type] # as above
    _command(
        commands, "web", "bot.operate:web", "Answer GitHub and people only; workers do the rest.",
        """\
        One part of `serve`, for more processes on one PostgreSQL database; docs/operating.md explains it.""",
    )  # fmt: skip


def _worker(commands: Commands) -> None:  # type: ignore[valid-type] # as above
    _command(
        commands, "worker", "bot.operate:worker", "Do the work that `web` and other workers leave in the database.",
        """\
        The other part of `serve`: any number of them beside `serve` or `web` on one PostgreSQL database.
        With WORKER_PORT it answers /healthz, /readyz and /metrics.""",
    )  # fmt: skip


def _app_manifest(commands: Commands) -> None:  # type: ignore[valid-type] # as above
    parser = _command(
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


def _doctor(commands: Commands) -> None:  # type: ignore[valid-type] # as above
    parser = _command(
        commands, "doctor", "bot.doctor:run", "Check the server's settings, database, clock, App and channels.",
        """\
        It reads the same environment as `serve`, changes nothing, and says what to do about what is not right.

        exit codes: 0 nothing is broken, 1 something is""",
    )  # fmt: skip
    _format(parser, ("people", "json"))


def _inbox(commands: Commands) -> None:  # type: ignore[valid-type] # as above
    parser = _command(
        commands, "inbox", "bot.operate_jobs:inbox", "List, read and retry the deliveries that GitHub sent.",
        """\
        examples:
          concordat inbox list --state dead   deliveries that could not be made sense of, or failed for good
          concordat inbox show 72d3162e-cc78-11e3-81ab-4c9367dc0958
          concordat inbox retry 72d3162e-cc78-11e3-81ab-4c9367dc0958

        It reads DATABASE_URL and works beside a running server; docs/dead-letters.md goes through it.

        exit codes: 0 done, 1 it cannot be retried in its state, 2 there is no such delivery or database""",
    )  # fmt: skip
    tasks = parser.add_subparsers(metavar="TASK", required=True, dest="task", parser_class=_Parser)
    _listing(tasks)
    show = tasks.add_parser("show", help="one delivery, and the jobs that it asked for")
    show.add_argument("guid", metavar="GUID", help="as GitHub shows it under the App's recent deliveries")
    show.add_argument("--body", action="store_true", help="print what GitHub sent, too: it is private to its sender")
    _format(show, ("people", "json"))
    again = tasks.add_parser("retry", help="do a dead delivery again, or one that waits, now")
    again.add_argument("guid", metavar="GUID", help="the delivery")


def _jobs(commands: Commands) -> None:  # type: ignore[valid-type] # as above
    parser = _command(
        commands, "jobs", "bot.operate_jobs:jobs", "List, read, retry and drop jobs: the dead letters, and all others.",
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
    tasks = parser.add_subparsers(metavar="TASK", required=True, dest="task", parser_class=_Parser)
    listing = _listing(tasks)
    listing.add_argument("--kind", metavar="KIND", help="only of this kind: delivery, pull, sweep, …")
    show = tasks.add_parser("show", help="one job, with the whole text of its latest failure")
    again = tasks.add_parser("retry", help="do a dead job again, or one that waits, now")
    drop = tasks.add_parser("drop", help="end a dead or waiting job without doing it; its row stays, with the reason")
    for task in (show, again, drop):
        task.add_argument("id", metavar="ID", type=int, help="the job's number")
    drop.add_argument("--reason", metavar="TEXT", required=True, help="why; it is kept with the job")
    _format(show, ("people", "json"))


def _reconcile(commands: Commands) -> None:  # type: ignore[valid-type] # as above
    parser = _command(
        commands, "reconcile", "bot.operate_house:reconcile", "After a restore: see what would be sent, release it.",
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
    _format(parser, ("people", "json"))


def _forget(commands: Commands) -> None:  # type: ignore[valid-type] # as above
    parser = _command(
        commands, "forget", "bot.operate_house:forget", "Erase the personal data of a GitHub user.",
        """\
        examples:
          concordat forget octocat
          concordat forget 583231 --login octocat   somebody whom GitHub no longer knows

        Facts of the log stay in their order, under a pseudonym; what people wrote is erased. It cannot be undone, and
        backups keep what they have.""",
    )  # fmt: skip
    parser.add_argument("user", metavar="USER", help="GitHub user id, or login")
    parser.add_argument("--login", metavar="LOGIN", help="the login of an id, where GitHub is not to be asked")


def _listing(tasks: Commands) -> argparse.ArgumentParser:  # type: ignore[valid-type] # as above
    parser: argparse.ArgumentParser = tasks.add_parser("list", help="the latest first")  # type: ignore[attr-defined] # as above
    parser.add_argument(
        "--state", choices=("dead", "open", "done", "all"), default="dead", metavar="STATE",
        help="dead, open (due, running or waiting), done or all (default: dead)",
    )  # fmt: skip
    parser.add_argument("--limit", type=int, default=100, metavar="N", help="at most so many (default: 100)")
    _format(parser, ("people", "json"))
    return parser


def _demo(commands: Commands) -> None:  # type: ignore[valid-type] # as above
    parser = _command(
        commands, "demo", "bot.operate:demo", "Play the story on this machine, with doubles for the outside.",
        """\
        It needs a checkout with its development packages; `make demo` sees to both.""",
    )  # fmt: skip
    parser.add_argument("--exit", action="store_true", help="end after the story; 1 when a step did not happen")
    parser.add_argument("--port", metavar="N", type=int, default=0, help="port of the pages (default: a free one)")


def _notices(commands: Commands) -> None:  # type: ignore[valid-type] # as above
    parser = _command(
        commands, "notices", "bot.notices_preview:preview", "Show what people are sent; take mails that came back.",
        """\
        examples:
          concordat notices preview                               every kind, its audience and its subject
          concordat notices preview release.confirm
          concordat notices preview review.requested --format slack   paste it into Slack's Block Kit Builder""",
    )  # fmt: skip
    tasks = parser.add_subparsers(metavar="TASK", required=True, dest="task", parser_class=_Parser)
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


def _migrate(commands: Commands) -> None:  # type: ignore[valid-type] # as above
    parser = _command(
        commands, "migrate", "bot.migrations.command:migrate", "Move stored data to another version, and back.",
        """\
        examples:
          concordat migrate plan migrations/orders/1.0.0-2.0.0.yml     rows affected, duration, risk; changes nothing
          concordat migrate test migrations/orders/1.0.0-2.0.0.yml     1,000 random rows, read-only
          concordat migrate run migrations/orders/1.0.0-2.0.0.yml
          concordat migrate status orders
          concordat migrate rollback orders                            within a day of cutover; keeps what was written

        Targets (where the data is) stand in the file that MIGRATION_TARGETS or --targets names; docs/migrations.md.

        exit codes: 0 done, 1 paused, or refused in its state, 2 unusable input""",
    )  # fmt: skip
    tasks = parser.add_subparsers(metavar="TASK", required=True, dest="task", parser_class=_Parser)
    for task, said in _MIGRATION_FILE_TASKS.items():
        one = tasks.add_parser(task, help=said)
        one.add_argument("spec", metavar="FILE", type=Path, help="the migration file")
        one.add_argument("--target", metavar="NAME", help="the target (default: as in the file)")
        _targets(one)
        if task == "test":
            one.add_argument("--rows", metavar="N", type=int, default=1000, help="so many rows (default: 1000)")
        if task == "run":
            _run_options(one)
            one.add_argument("--approved-rows", metavar="N", type=int, help="refuse where the count is another by now")
    for task, said in _MIGRATION_RUN_TASKS.items():
        one = tasks.add_parser(task, help=said)
        one.add_argument("name", metavar="TARGET", help="the target's name")
        _targets(one)
        if task == "resume":
            _run_options(one)
        if task in {"rollback", "abort", "finish"}:
            one.add_argument(
                "--accept", action="store_true",
                help="roll back although rows cannot be said in the old version; they are kept in a side table",
            )  # fmt: skip
        if task == "status":
            _format(one, ("people", "json"))


_MIGRATION_FILE_TASKS = {
    "plan": "count, measure and weigh; changes nothing",
    "test": "take random rows through it and back; writes nothing",
    "run": "do it, with progress",
}
_MIGRATION_RUN_TASKS = {
    "status": "where the latest run of a target stands",
    "pause": "let its worker stop at the next batch",
    "resume": "go on from the checkpoint, also after a worker died",
    "rollback": "take it back, keeping what was written since cutover",
    "abort": "end a run before cutover; the table is as it was",
    "finish": "drop the old table once the day of the way back is over",
}


def _targets(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--targets", metavar="FILE", type=Path, help="the targets (default: as MIGRATION_TARGETS says)")


def _run_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--allowed", metavar="N", type=int, default=0, help="rows that may fail and stay behind")
    parser.add_argument("--exclude", action="store_true", help="let any row that fails stay behind, in a side table")
    parser.add_argument("--batch", metavar="N", type=int, default=2000, help="rows of the first batch (default: 2000)")
    parser.add_argument("--most-active", metavar="N", type=float, help="wait while more sessions are active than this")
    parser.add_argument("--retain", metavar="HOURS", type=float, default=24, help="keep the way back (default: 24)")
    parser.add_argument("--until", metavar="STEP", choices=("cutover",), help="cutover: stop before it, all else done")


def _repo(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--repo", metavar="DIR", type=Path, default=Path(), help="the repository (default: here)")


def _format(parser: argparse.ArgumentParser, formats: Sequence[str]) -> None:
    parser.add_argument(
        "--format", choices=formats, default="people", metavar="FORMAT",
        help=f"what to print: {', '.join(formats)} (default: people)",
    )  # fmt: skip


def _command(
    commands: Commands,  # type: ignore[valid-type] # as above
    name: str,
    run: str,
    summary: str,
    epilog: str,
) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(  # type: ignore[attr-defined] # as above
        name, help=summary, description=summary, epilog=epilog.strip().replace("\n        ", "\n")
    )
    parser.set_defaults(run=run)
    return parser
