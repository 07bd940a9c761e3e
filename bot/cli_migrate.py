"""`concordat migrate`: its tasks, their options and their help."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path

from bot.cli_options import Commands, Parser, command, formats


def _migrate(commands: Commands) -> None:
    parser = command(
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
    tasks = parser.add_subparsers(metavar="TASK", required=True, dest="task", parser_class=Parser)
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
            formats(one, ("people", "json"))


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


WORDS: Sequence[Callable[[Commands], None]] = (_migrate,)
"""What adds each of them, in the order of the help."""
