"""The report as workflow commands, which GitHub Actions shows as remarks on the changed lines.

Source: GitHub's "Workflow commands for GitHub Actions", and the escaping of its toolkit's `core/src/command.ts`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from notices.escape import line
from notices.links import Links, Place
from notices.to_do import ToDo, to_do
from notices.view import ChangeView, of_assessment
from rules.assessment import Assessment
from rules.documents import Problem
from rules.policy import exceeds
from rules.verdict import Verdict

_MESSAGE = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_PROPERTY = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A", ":": "%3A", ",": "%2C"})


def render(
    assessments: Sequence[Assessment],
    problems: Sequence[Problem] = (),
    *,
    colour: bool = False,  # noqa: ARG001 the signature that all formats share
    width: int = 80,  # noqa: ARG001 likewise
    allow_major: bool = False,
) -> str:
    """Write one command for each verdict, problem and finding; errors are what makes the command exit with 1."""
    views = [of_assessment(one, allow_major=allow_major) for one in assessments]
    commands = [_of_problem(item, "error" if item.blocking else "warning") for item in to_do(problems, Links(None))]
    commands += [text for view in views for text in _commands(view, allow_major=allow_major)]
    return "".join(f"{text}\n" for text in commands) or "No contract changed.\n"


def _commands(view: ChangeView, *, allow_major: bool) -> Iterator[str]:
    severe = exceeds(view.assessment, allow=Verdict.MAJOR if allow_major else None)
    loud = "error" if severe else "notice"
    yield _command(loud, Place(view.path), f"{view.grade}: {view.name}", f"{view.because}.\nNext: {view.next}")
    for item in view.to_do:
        level = "error" if item.blocking else "notice"
        yield _of_problem(item, level)
    for finding in view.findings:
        severity = finding.finding.severity
        level = ("error" if severe else "warning") if severity is Verdict.MAJOR else "notice"
        if severity >= Verdict.MINOR:
            title = f"{severity.name}: {finding.title}"
            yield _command(level, finding.place or finding.base_place, title, finding.finding.sentence)


def _of_problem(item: ToDo, level: str) -> str:
    return _command(level, item.place, item.title, f"{item.problem.sentence}\n{item.problem.fix}")


def _command(level: str, place: Place | None, title: str, message: str) -> str:
    properties = {"file": place.path if place else "", "line": place.line if place else None, "title": title}
    listed = ",".join(f"{name}={line(str(value)).translate(_PROPERTY)}" for name, value in properties.items() if value)
    text = "\n".join(line(part) for part in message.split("\n") if part)
    return f"::{level} {listed}::{text.translate(_MESSAGE)}"
