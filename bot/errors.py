"""Errors of the command line, for the person at the keyboard.

Exception
└── UsageError    the message says what is wrong, where, and what to do next; exit code 2
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from rules.documents import Problem


class UsageError(Exception):
    """What was asked for cannot be done as it was asked; the message is one sentence for the person who asked.

    `problems` says the same for programs.
    """

    def __init__(self, message: str, problems: Iterable[Problem] = ()) -> None:
        super().__init__(message)
        self.problems = tuple(problems) or (Problem("input_unusable", message),)


def unusable(problems: Iterable[Problem]) -> UsageError:
    """Make the error of an input that cannot be used: a line for each problem, with its place and its way out."""
    given = tuple(problems)
    return UsageError("\n".join(": ".join(filter(None, (one.where(), _told(one)))) for one in given), given)


def unreadable(path: Path, error: OSError) -> UsageError:
    """Make the error of a file that the system does not give."""
    message = f"{path} cannot be read: {_reason(error)}"
    return UsageError(message, [Problem("input_unusable", f"{message}.", path=str(path))])


def unwritable(path: Path, error: OSError) -> UsageError:
    """Make the error of a file that the system does not take."""
    return UsageError(f"{path} cannot be written: {_reason(error)}")


def _told(problem: Problem) -> str:
    return f"{problem.sentence} {problem.fix}".strip()


def _reason(error: OSError) -> str:
    return (error.strerror or "unknown reason").lower()
