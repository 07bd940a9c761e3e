"""What `concordat check` prints: one table of formats, each in a module that is loaded when it is asked for.

A cold `check` for people needs neither Jinja nor JSON Schema, so none of them is imported here.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import Literal

from rules.assessment import Assessment
from rules.documents import Problem

Format = Literal["people", "json", "markdown", "sarif", "github"]

FORMATS: dict[str, str] = {
    "people": "notices.report.people",
    "json": "notices.report.data",
    "markdown": "notices.report.markdown",
    "sarif": "notices.report.sarif",
    "github": "notices.report.workflow",
}
"""The module behind each format; it has `render(assessments, problems, *, colour, width, allow_major) -> str`."""


def render(  # noqa: PLR0913 the options of a report, all but two of them rarely given
    assessments: Sequence[Assessment],
    format: str = "people",  # noqa: A002 the word of the command's option
    *,
    colour: bool = False,
    width: int = 80,
    allow_major: bool = False,
    problems: Sequence[Problem] = (),
) -> str:
    """Write assessments in a format, ending with a line end where it is text for people.

    `colour` (ANSI) and `width` (columns) are for people only; `allow_major` says that the caller accepts MAJOR, so that
    no advice is given to ask for it. `problems` are those of no one contract: of the configuration, or of an input that
    cannot be used at all. `KeyError` for a format that is not in the table.
    """
    module = import_module(FORMATS[format])
    text: str = module.render(assessments, problems, colour=colour, width=width, allow_major=allow_major)
    return text
