"""The report as Markdown, as the App's comment says it but without review and links: for job summaries and notes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from notices import comment
from notices.escape import code, prose
from notices.links import Links
from notices.to_do import ToDo, to_do
from notices.values import Context
from notices.view import of_assessment
from rules.assessment import Assessment
from rules.documents import Problem

_DESK = Context(repository="", pull=None, base_ref="", base_sha="", head_sha="")


def render(
    assessments: Sequence[Assessment],
    problems: Sequence[Problem] = (),
    *,
    colour: bool = False,  # noqa: ARG001 the signature that all formats share
    width: int = 80,  # noqa: ARG001 likewise
    allow_major: bool = False,
) -> str:
    """Write the report as GitHub's Markdown, most severe change first, cut where it would not fit into a comment."""
    if not assessments:
        return "".join(_alone(to_do(problems, Links(None)))) or "No contract changed.\n"
    ordered = sorted(assessments, key=lambda one: (-one.grade, one.change.contract.name))
    context = replace(_DESK, config_problems=tuple(problems))
    return comment.whole([of_assessment(one, allow_major=allow_major) for one in ordered], context)


def _alone(items: Sequence[ToDo]) -> Iterator[str]:
    """Write what is to be done before anything can be judged."""
    for item in items:
        lead = "" if item.blocking else "Advice, holds nothing up: "
        at = "" if item.place is None else f" ({code(item.place.text)})"
        yield f"- {lead}**{item.title}.** {prose(f'{item.problem.sentence} {item.problem.fix}')}{at}\n"
