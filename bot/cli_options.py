"""What the words of the `concordat` command have in common: how one is added, and options that several take."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn, TypeAlias

Commands: TypeAlias = "argparse._SubParsersAction[Parser]"  # noqa: SLF001 argparse names the class privately
"""Where words are added; the class has no public name."""


class Parser(argparse.ArgumentParser):
    """A parser whose help keeps the lines of its examples, and whose options are never guessed from a prefix."""

    def __init__(self, **options: Any) -> None:
        super().__init__(formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False, **options)

    def error(self, message: str) -> NoReturn:
        """Say what is wrong with how the command was called, and where its help is; ends the process with 2."""
        super().error(f"{message}; {self.prog} --help shows what it takes")


def repo(parser: argparse.ArgumentParser) -> None:
    """Let a word take the repository that it is about."""
    parser.add_argument("--repo", metavar="DIR", type=Path, default=Path(), help="the repository (default: here)")


def formats(parser: argparse.ArgumentParser, known: Sequence[str]) -> None:
    """Let a word be told how to print; people read the first."""
    parser.add_argument(
        "--format", choices=known, default="people", metavar="FORMAT",
        help=f"what to print: {', '.join(known)} (default: people)",
    )  # fmt: skip


def command(commands: Commands, name: str, run: str, summary: str, epilog: str) -> Parser:
    """Add a word; `run` names the module and the function that do it, which are loaded only then."""
    parser = commands.add_parser(
        name, help=summary, description=summary, epilog=epilog.strip().replace("\n        ", "\n")
    )
    parser.set_defaults(run=run)
    return parser
