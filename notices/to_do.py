"""What is still to do for a change, and where on GitHub it is filled in."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from notices.links import Links, Place
from rules import migration_draft
from rules.accompany import MIGRATIONS, paper_path
from rules.assessment import Assessment
from rules.documents import Problem
from rules.papers import outline
from rules.problems import title
from rules.versions import parse_semver, renamed

_SIGNS = re.compile(r"[^A-Za-z0-9.+_-]+")


@dataclass(frozen=True, slots=True)
class ToDo:
    """A problem with its title, its place, and whether it holds the change up.

    `fill_in` leads to where the author writes what is missing, in the branch of the pull request.
    """

    title: str
    problem: Problem
    place: Place | None
    fill_in: Markup | None = None

    @property
    def blocking(self) -> bool:
        """Say whether the change waits for it."""
        return self.problem.blocking


def to_do(problems: Sequence[Problem], links: Links, about: Assessment | None = None) -> tuple[ToDo, ...]:
    """List problems with their places, those that hold the change up first; of `about`, with where to fill them in."""
    ordered = sorted(problems, key=lambda one: not one.blocking)
    return tuple(
        ToDo(
            title(one.code), one, links.place(one.path, one.line) if one.path else None,
            None if about is None else _fill_in(one, links, about),
        )
        for one in ordered
    )  # fmt: skip


_FILLED_IN = frozenset({
    "change_log_missing", "impact_analysis_incomplete", "change_request_incomplete", "removal_not_deprecated",
    "deprecation_dates", "deprecation_undated", "deprecation_backdated", "deprecation_shortened",
    "deprecation_unmarked", "deprecation_no_way", "deprecation_field_unknown", "deprecation_replacement",
    "version_missing", "version_unreadable", "version_renamed",
})  # fmt: skip
"""Points that are put in order by writing into a file that is there."""


def _fill_in(one: Problem, links: Links, about: Assessment) -> Markup | None:
    if one.code in _FILLED_IN:
        return links.editor(one.path)
    begun = _BEGUN.get(one.code)
    return None if begun is None else begun(links, about)


def _impact_analysis(links: Links, about: Assessment) -> Markup | None:
    contract, version = about.change.contract, about.versions.new or about.versions.recommended or ""
    path = paper_path("impact-analysis", contract, about.change.path, version)
    return links.editor(path, outline("impact analysis", f"{contract.name} {version}".strip()))


def _migration_plan(links: Links, about: Assessment) -> Markup | None:
    """Begin a migration file; where the draft makes the address too long, with its head only."""
    change, versions = about.change, about.versions
    old, new = str(versions.old or "OLD"), str(versions.new or versions.recommended or "NEW")
    head = None if change.head is None else change.head.value
    meant = migration_draft.Change(
        change.contract.name, old, new, change.old_path or "OLD", change.new_path or "NEW", head
    )
    findings = () if about.comparison is None else about.comparison.findings
    path = f"{MIGRATIONS}/{_SIGNS.sub('-', change.contract.name)}/{_SIGNS.sub('-', f'{old}-{new}')}.yml"
    drafts = (migration_draft.begun(meant, some) for some in (findings, ()))
    return next((found for text in drafts if (found := links.editor(path, text)) is not None), None)


def _bump(links: Links, about: Assessment) -> Markup | None:
    """Lead to where the version is written; a published file stays as it is, so the next one begins with its text."""
    change, wanted = about.change, about.versions.required
    head = change.head
    if head is None:
        return None
    step = None if wanted is None else parse_semver(wanted)
    if step is None or change.contract.scheme.name != "semver-file" or change.old_path != head.path:
        return links.editor(head.path)
    path = renamed(head.path, step)
    return links.editor(path, head.text) or links.editor(path, "")


_BEGUN: dict[str, Callable[[Links, Assessment], Markup | None]] = {
    "impact_analysis_missing": _impact_analysis, "migration_plan_missing": _migration_plan, "bump_too_small": _bump,
    "version_goes_back": _bump, "version_skipped": _bump,
}  # fmt: skip
"""Points that are put in order by a new file, and who begins it."""
