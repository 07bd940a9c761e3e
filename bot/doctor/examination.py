"""`concordat doctor`: look at everything that has to be right, and say what to do about what is not.

The checks themselves are in `bot.doctor.checks`. Each has its time; one that hangs is broken, and harms no other.
"""

from __future__ import annotations

import argparse
import json
import os
import textwrap
import threading
from collections.abc import Mapping, Sequence
from typing import TextIO

from bot.clock import Clock, system_clock
from bot.doctor.checks import SLACK, CheckUp, State, settings_check
from bot.doctor.github import of_github
from bot.doctor.table import TABLE, Check
from bot.doctor.values import Finding, broken, skipped
from bot.github.errors import GitHubError
from bot.settings import Settings
from notices.escape import visible

SECONDS = 20.0
"""What each check has; all of them together a few minutes at the worst."""
_WIDTH, _COLUMN = 100, 24
"""Columns of the terminal, and where the text begins."""


def run(arguments: argparse.Namespace, out: TextIO) -> int:
    """Check everything and print what was found; 1 when something is broken."""
    found = examine(os.environ)
    healthy = not any(one.state == State.BROKEN for _, one in found)
    if arguments.format == "json":
        rows = [{"check": check.name, "state": one.state, "says": one.says, "do": one.do} for check, one in found]
        out.write(json.dumps({"healthy": healthy, "findings": rows}, indent=2, ensure_ascii=False) + "\n")
    else:
        out.write("".join(_line(check, one) for check, one in found))
        out.write("\nNothing is broken.\n" if healthy else "\nSomething is broken; → says what to do.\n")
    return 0 if healthy else 1


def examine(
    environ: Mapping[str, str],
    *,
    clock: Clock = system_clock,
    seconds: float = SECONDS,
    slack: str = SLACK,
    checks: Sequence[Check] = TABLE[1:],
) -> Sequence[tuple[Check, Finding]]:
    """Read the settings, and do the other checks in the table's order; without usable settings they are skipped."""
    settings, first = settings_check(environ)
    found: list[tuple[Check, Finding]] = [(TABLE[0], one) for one in first]
    for check in checks:
        found += [(check, one) for one in _done(check, settings, clock, seconds, slack)]
    return found


def _done(check: Check, settings: Settings | None, clock: Clock, seconds: float, slack: str) -> Sequence[Finding]:
    if settings is None or check.run is None:
        return [skipped("the settings have to be usable first")]
    practice, run = CheckUp(settings, clock, slack), check.run
    told: list[Finding] = []

    def work() -> None:
        try:
            told.extend(run(practice))
        except GitHubError as error:
            told.append(of_github(error))
        except Exception as error:  # noqa: BLE001 one check's failure, of whatever kind, is its finding
            told.append(broken(f"it could not be looked at: {error}".removesuffix(": "), check.otherwise))

    thread = threading.Thread(target=work, name=f"doctor-{check.name}", daemon=True)
    thread.start()
    thread.join(seconds)
    if thread.is_alive():
        return [broken(f"no answer within {seconds:g} seconds", check.otherwise)]
    return told


def _line(check: Check, one: Finding) -> str:
    head = f"{one.state:<9}{check.name:<{_COLUMN - 9}}"
    text = textwrap.fill(visible(one.says), _WIDTH, initial_indent=head, subsequent_indent=" " * _COLUMN)
    if not one.do:
        return f"{text}\n"
    arrow = textwrap.fill(
        visible(one.do), _WIDTH, initial_indent=f"{' ' * _COLUMN}→ ", subsequent_indent=" " * (_COLUMN + 2)
    )
    return f"{text}\n{arrow}\n"
