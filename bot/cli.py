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
from pathlib import Path
from typing import TextIO

from bot import cli_desk, cli_migrate, cli_server
from bot.cli_options import Parser

Run = Callable[[argparse.Namespace, TextIO], int]

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
    parser = Parser(
        prog="concordat",
        description="Keeps schema contracts between teams: what a change does to those who depend on it, with proof.",
        epilog=_EPILOG,
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="print the version")
    commands = parser.add_subparsers(metavar="COMMAND", required=True, title="commands", parser_class=Parser)
    for add in (*cli_desk.WORDS, *cli_server.WORDS, *cli_migrate.WORDS):
        add(commands)
    return parser


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
