"""The `concordat` command: its words, its options, its exit codes.

Each subcommand loads what it needs when it runs, so that a cold `check` starts fast. Exit codes: 0 acceptable, 1 more
severe than allowed, 2 unusable input or settings, each with one clear sentence.
"""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TextIO

Run = Callable[[argparse.Namespace, TextIO], int]

FORMATS = ("people", "json", "markdown", "sarif", "github")
SCHEMES = ("semver-file", "semver-field", "name-vn", "git")
UNUSABLE = 2


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code."""
    arguments = _parser().parse_args(argv)
    from bot.errors import UsageError  # noqa: PLC0415 see the module's docstring

    try:
        return _load(arguments.run)(arguments, sys.stdout)
    except UsageError as error:
        sys.stderr.write(f"concordat: {error}\n")
        return UNUSABLE
    except BrokenPipeError:
        # The reader (head, less) has seen enough; Python would complain once more while closing stdout.
        sys.stderr.close()
        return UNUSABLE


def _load(name: str) -> Run:
    module, _, function = name.partition(":")
    run: Run = getattr(importlib.import_module(module), function)
    return run


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="concordat", description="Keeps schema contracts between teams.")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    for add in (_check, _decide, _init, _manifest, _simulate, _serve, _demo):
        add(commands)
    return parser


Commands = "argparse._SubParsersAction[argparse.ArgumentParser]"


def _check(commands: Commands) -> None:  # type: ignore[valid-type] # argparse names the class privately
    parser = _command(
        commands, "check", "bot.desk:check", "Compare two versions of a contract, or two revisions of a repository."
    )
    parser.add_argument("old", nargs="?", type=Path, metavar="OLD", help="schema file before the change")
    parser.add_argument("new", nargs="?", type=Path, metavar="NEW", help="schema file after the change")
    parser.add_argument("--base", metavar="REV", help="compare every contract changed since this revision")
    parser.add_argument("--head", metavar="REV", default="HEAD", help="the revision to judge (default: HEAD)")
    parser.add_argument("--repo", metavar="DIR", type=Path, default=Path(), help="the repository (default: here)")
    parser.add_argument("--config", metavar="FILE", type=Path, help="use this contracts file instead of the base's")
    parser.add_argument("--version-scheme", choices=SCHEMES, help="how OLD and NEW declare their version")
    parser.add_argument("--allow", choices=("major",), help="accept a MAJOR change although no version declares it")
    parser.add_argument("--format", choices=FORMATS, default="people", help="default: people")


def _decide(commands: Commands) -> None:  # type: ignore[valid-type] # as above
    parser = _command(commands, "decide", "bot.desk:decide", "Say whether every document of LEFT is accepted by RIGHT.")
    parser.add_argument("left", type=Path, metavar="LEFT")
    parser.add_argument("right", type=Path, metavar="RIGHT")
    parser.add_argument("--closed", choices=("none", "left", "both"), default="none", help="default: none")
    parser.add_argument("--formats", choices=("annotate", "assert"), default="annotate", help="default: annotate")
    parser.add_argument("--format", choices=("people", "json"), default="people", help="default: people")


def _init(commands: Commands) -> None:  # type: ignore[valid-type] # as above
    parser = _command(commands, "init", "bot.setup:init", "Look for schemas and write a first contracts file.")
    parser.add_argument("--repo", metavar="DIR", type=Path, default=Path(), help="the repository (default: here)")
    parser.add_argument("--print", action="store_true", dest="only_print", help="print it and write nothing")
    parser.add_argument("--force", action="store_true", help="replace a contracts file that is already there")


def _manifest(commands: Commands) -> None:  # type: ignore[valid-type] # as above
    parser = _command(
        commands, "manifest", "bot.setup:run_manifest", "Pin a schema's version and hash, or check the pins."
    )
    parser.add_argument("task", choices=("refresh", "check"))
    parser.add_argument("schema", nargs="?", help="only the contract with this schema file")
    parser.add_argument("--repo", metavar="DIR", type=Path, default=Path(), help="the repository (default: here)")


def _simulate(commands: Commands) -> None:  # type: ignore[valid-type] # as above
    parser = _command(commands, "simulate", "bot.simulate:simulate", "Print what the App would write; write nothing.")
    parser.add_argument("--pr", metavar="N", type=int, help="a pull request on GitHub (settings from the environment)")
    parser.add_argument("--repository", metavar="OWNER/NAME", help="the repository of --pr")
    parser.add_argument("--base", metavar="REV", help="or: the base revision of a local repository")
    parser.add_argument("--head", metavar="REV", default="HEAD", help="the revision to judge (default: HEAD)")
    parser.add_argument("--repo", metavar="DIR", type=Path, default=Path(), help="the repository (default: here)")


def _serve(commands: Commands) -> None:  # type: ignore[valid-type] # as above
    _command(commands, "serve", "bot.operate:serve", "Run the App: web, worker and scheduler in one process.")


def _demo(commands: Commands) -> None:  # type: ignore[valid-type] # as above
    parser = _command(
        commands, "demo", "bot.operate:demo", "Play the story on this machine, with doubles for the outside."
    )
    parser.add_argument("--exit", action="store_true", help="end after the story; 1 when a step did not happen")
    parser.add_argument("--port", type=int, default=0, help="port of the pages (default: a free one)")


def _command(commands: Commands, name: str, run: str, summary: str) -> argparse.ArgumentParser:  # type: ignore[valid-type] # as above
    parser: argparse.ArgumentParser = commands.add_parser(name, help=summary, description=summary)  # type: ignore[attr-defined] # as above
    parser.set_defaults(run=run)
    return parser
