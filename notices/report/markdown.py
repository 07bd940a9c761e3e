"""The report as Markdown, as the App's comment says it but without review and links: for job summaries and notes."""

from __future__ import annotations

from collections.abc import Sequence

from notices import comment
from notices.values import Context
from notices.view import of_assessment
from rules.assessment import Assessment

_DESK = Context(repository="", pull=None, base_ref="", base_sha="", head_sha="")


def render(
    assessments: Sequence[Assessment],
    *,
    colour: bool = False,  # noqa: ARG001 the signature that all formats share
    width: int = 80,  # noqa: ARG001 likewise
    allow_major: bool = False,
) -> str:
    """Write the report as GitHub's Markdown, most severe change first, cut where it would not fit into a comment."""
    if not assessments:
        return "No contract changed.\n"
    ordered = sorted(assessments, key=lambda one: (-one.grade, one.change.contract.name))
    return comment.whole([of_assessment(one, allow_major=allow_major) for one in ordered], _DESK)
