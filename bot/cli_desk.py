"""The words of the `concordat` command for a desk or a workflow: their options and their help."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

from bot.cli_options import Commands, Parser, command, formats, repo

FORMATS = ("people", "json", "markdown", "sarif", "github")
SCHEMES = ("semver-file", "semver-field", "name-vn", "git")


def _check(commands: Commands) -> None:
    parser = command(
        commands, "check", "bot.desk.check:check",
        "Compare two versions of a contract, or two revisions of a repository.",
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
    formats(parser, FORMATS)


def _beside(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--with", dest="beside", action="append", type=Path, metavar="FILE",
        help="a schema file that the schemas refer to, by its $id or else by this name; repeat it (nothing is fetched)",
    )  # fmt: skip


def _decide(commands: Commands) -> None:
    parser = command(
        commands, "decide", "bot.desk.check:decide", "Say whether every document of LEFT is accepted by RIGHT.",
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
    formats(parser, ("people", "json"))


def _deprecations(commands: Commands) -> None:
    parser = command(
        commands, "deprecations", "bot.desk.deprecations:deprecations",
        "List every deprecated field with the days that are left.",
        """\
        examples:
          concordat deprecations
          concordat deprecations --on 2027-01-01   what will be left on that day
          concordat deprecations --format json

        It reads the contracts as they lie in the checkout; docs/deprecation.md shows how a notice is written.""",
    )  # fmt: skip
    repo(parser)
    parser.add_argument("--on", metavar="DATE", help="as of this day, in UTC (default: today)")
    formats(parser, ("people", "json"))


def _new(commands: Commands) -> None:
    parser = command(
        commands, "new", "bot.desk.new:new", "Begin a paper that accompanies a change, prefilled from the verdict.",
        """\
        examples:
          concordat new impact-analysis orders --base origin/main
          concordat new proposal orders
          concordat new deprecation orders total --replacement total_cents
          concordat new migration-guide orders --base origin/main
          concordat new migration orders --old orders-v1.0.0.json --new orders-v2.0.0.json

        It is written among the proposals beside the contract; a file that is there is never replaced.""",
    )  # fmt: skip
    tasks = parser.add_subparsers(metavar="PAPER", required=True, dest="task", parser_class=Parser)
    for name, said in TASKS.items():
        task = tasks.add_parser(name, help=said, description=said)
        task.add_argument("contract", metavar="CONTRACT", help="the contract's name in the configuration")
        if name == "deprecation":
            task.add_argument("field", metavar="FIELD", help="the field that is to go, by its name or place")
            task.add_argument("--replacement", metavar="FIELD", help="the field that takes its place")
            task.add_argument("--removal", metavar="DATE", help="its removal date (default: after the grace period)")
        task.add_argument("--base", metavar="REV", help="prefill it from what was committed since this revision")
        task.add_argument("--out", metavar="FILE", help="where to write it, from the top of the repository")
        repo(task)
    _new_migration(tasks)


def _new_migration(tasks: Commands) -> None:
    said = "A migration file: a step for each finding that has an obvious one."
    task = tasks.add_parser("migration", help=said, description=said)
    task.set_defaults(run="bot.migrations.drafting:new")
    task.add_argument("contract", metavar="CONTRACT", help="the contract's name")
    task.add_argument("--old", metavar="FILE", type=Path, required=True, help="the schema that stored documents have")
    task.add_argument("--new", metavar="FILE", type=Path, required=True, help="the schema that they are to have")
    task.add_argument(
        "--from", metavar="VERSION", dest="source", help="the old version (default: as in the file's name)"
    )
    task.add_argument("--to", metavar="VERSION", dest="goal", help="the new version (default: as in the file's name)")
    task.add_argument("--out", metavar="FILE", type=Path, help="where (default: migrations/<contract>/…; - prints it)")


TASKS = {
    "proposal": "A change request: which fields, why, what each team has to do, and by when.",
    "impact-analysis": "The impact analysis of a MAJOR change, with the sections that have to be filled in.",
    "deprecation": "The notice of a field that is to go, in both forms, with its earliest legal removal date.",
    "migration-guide": "What partners have to do to move to the new version.",
}


def _stats(commands: Commands) -> None:
    parser = command(
        commands, "stats", "bot.operate.stats:stats",
        "Count reviews: asked for, approved, rejected, pending, how long they took, how often the time ran out.",
        """\
        examples:
          concordat stats
          concordat stats --since 2026-11 --format json

        It reads DATABASE_URL and works beside a running server.""",
    )  # fmt: skip
    parser.add_argument("--since", metavar="MONTH", help="only reviews asked for from this month on, as in 2026-11")
    formats(parser, ("people", "json"))


def _violations(commands: Commands) -> None:
    parser = command(
        commands, "violations", "bot.operate.violations:violations",
        "List production data that breaks its contract, with failures by partner and the share that keeps to it.",
        """\
        examples:
          concordat violations
          concordat violations --format json   schema_validation_failures by partner, for programs

        It reads DATABASE_URL and works beside a running server; docs/violations.md says how monitoring reports.""",
    )  # fmt: skip
    formats(parser, ("people", "json"))


def _init(commands: Commands) -> None:
    parser = command(
        commands, "init", "bot.setup:init", "Look for schemas and write a first contracts file.",
        """\
        examples:
          concordat init --print   see what would be written
          concordat init           write .github/contracts.yml""",
    )  # fmt: skip
    repo(parser)
    parser.add_argument("--print", action="store_true", dest="only_print", help="print it and write nothing")
    parser.add_argument("--force", action="store_true", help="replace a contracts file that is already there")


def _manifest(commands: Commands) -> None:
    parser = command(
        commands, "manifest", "bot.setup:run_manifest", "Pin a schema's version and hash, or check the pins.",
        """\
        examples:
          concordat manifest refresh   write the manifest of every contract that keeps one, then commit it
          concordat manifest check     in CI: 1 when a manifest does not fit its schema
          concordat manifest refresh config/rotation.schema.json   only that one""",
    )  # fmt: skip
    parser.add_argument("task", choices=("refresh", "check"), help="write the pins, or compare them with the schemas")
    parser.add_argument("schema", nargs="?", metavar="SCHEMA", help="only the contract with this schema file")
    repo(parser)


def _partners(commands: Commands) -> None:
    parser = command(
        commands, "partners", "bot.desk.partners:partners", "Check, list or import who depends on the contracts.",
        """\
        examples:
          concordat partners check             every mistake in .github/partners.yml, and who cannot be reached
          concordat partners list --format json
          concordat partners import partners.csv --print   see what a table would become

        docs/partners.md explains the file and the columns of the table.

        exit codes: 0 done, 1 somebody cannot be reached, 2 unusable input""",
    )  # fmt: skip
    tasks = parser.add_subparsers(metavar="TASK", required=True, dest="task", parser_class=Parser)
    repo(tasks.add_parser("check", help="hold the partners file against its shape and against contracts.yml"))
    listing = tasks.add_parser("list", help="who depends on what, and how they are reached")
    repo(listing)
    formats(listing, ("people", "json"))
    table = tasks.add_parser("import", help="make .github/partners.yml of a CSV or YAML table")
    table.add_argument("file", metavar="FILE", type=Path, help="the table: one row for each partner")
    table.add_argument("--print", action="store_true", dest="only_print", help="print it and write nothing")
    table.add_argument("--force", action="store_true", help="replace a partners file that is already there")
    repo(table)


def _releases(commands: Commands) -> None:
    parser = command(
        commands, "releases", "bot.desk.releases:releases", "Plan a release: its first legal day, who is told when.",
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
    tasks = parser.add_subparsers(metavar="TASK", required=True, dest="task", parser_class=Parser)
    plan = tasks.add_parser("plan", help="milestones in both ways of counting, and every partner's notices")
    plan.add_argument("contract", metavar="CONTRACT", help="its name in contracts.yml")
    plan.add_argument("--date", type=_day, metavar="DATE", help="the day on which it goes live (default: the first)")
    plan.add_argument(
        "--kind", choices=("major", "minor", "patch", "critical"), default="major", metavar="KIND",
        help="major, minor, patch or critical (default: major)",
    )  # fmt: skip
    plan.add_argument("--announced", type=_day, metavar="DATE", help="the day on which it is announced (default: now)")
    repo(plan)
    formats(plan, ("people", "json"))
    proof = tasks.add_parser("evidence", help="every notice of a release with each attempt, from the App's database")
    proof.add_argument("contract", metavar="CONTRACT", help="its name in contracts.yml")
    proof.add_argument("version", metavar="VERSION", help="the version as it was announced")
    proof.add_argument("--format", choices=("csv", "json"), default="csv", metavar="FORMAT", help="csv (default), json")
    proof.set_defaults(run="bot.operate.evidence:releases")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError("write the date as year-month-day, as in 2027-01-20") from None


def _simulate(commands: Commands) -> None:
    parser = command(
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
    repo(parser)


WORDS: Sequence[Callable[[Commands], None]] = (
    _check,
    _decide,
    _init,
    _manifest,
    _partners,
    _releases,
    _simulate,
    _deprecations,
    _new,
    _stats,
    _violations,
)
"""What adds each of them, in the order of the help."""
