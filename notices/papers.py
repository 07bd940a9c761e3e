"""Papers to be filled in, begun from the verdict: change request, impact analysis, deprecation, migration guide.

What Concordat knows is written out; what only people know is asked for in comments, which the checks of
`rules.papers` do not take for an answer.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from notices import words
from notices.escape import code, fence, prose
from notices.view import by_severity, kind_title
from rules.assessment import Assessment
from rules.compare.values import Finding
from rules.contract import Contract
from rules.jsontext import JsonValue, dumps
from rules.notice import day_after
from rules.papers import PAPERS, Kind, Section

_GAPS = re.compile(r"\n{3,}")
_SHOWN = 100
"""So many findings are written out; the report has all of them."""


@dataclass(frozen=True, slots=True)
class Matter:
    """What a paper is about: the contract, where it is judged its change, the day (UTC), and a field on its way out.

    `version` is the version that the change is to become, "" where there is none. `removal` is given or follows from
    the grace period.
    """

    contract: Contract
    today: date
    assessment: Assessment | None = None
    version: str = ""
    field: str = ""
    replacement: str = ""
    removal: date | None = None

    @property
    def findings(self) -> list[Finding]:
        """The findings of the change, the most severe first."""
        comparison = None if self.assessment is None else self.assessment.comparison
        return [] if comparison is None else by_severity(comparison.findings)[:_SHOWN]

    @property
    def gone_on(self) -> date:
        """The first day on which the deprecated field may go."""
        return self.removal or day_after(self.today, self.contract.policy.grace_days)

    @property
    def what(self) -> str:
        """The contract with its version, as a title has it."""
        return f"{self.contract.name} {self.version}".strip()


def impact_analysis(matter: Matter) -> str:
    """Begin an impact analysis: what Concordat found, then the sections of the architecture template."""
    return _text(
        f"# Impact analysis: {prose(matter.what)}", "", *_facts(matter), *_sections("impact analysis", {}),
    )  # fmt: skip


def change_request(matter: Matter) -> str:
    """Begin a change request: its head, the fields that the verdict names, and what is to be agreed."""
    request = PAPERS["change request"]
    labels = {"Request date": str(matter.today), "Target version": str(code(matter.version)) if matter.version else ""}
    head = (
        f"- **{one.title}:** {labels.get(one.title) or f'<!-- {one.ask} -->'}" for one in request.sections if one.label
    )
    filled = {"Proposed changes": list(_proposed(matter)), "Impact assessment": list(_boxes(matter))}
    return _text(
        f"# Contract change request: {prose(matter.what)}", "", *head, "", *_sections("change request", filled)
    )


def deprecation(matter: Matter) -> str:
    """Begin the deprecation of a field: the notice in both forms, ready to be copied, and what to tell whom."""
    replacement = f" Use {code(matter.replacement)} instead." if matter.replacement else ""
    grace = matter.contract.policy.grace_days
    return _text(
        f"# Deprecation of {code(matter.field)} in {prose(matter.contract.name)}", "",
        f"{code(matter.field)} is deprecated on {matter.today} and may be removed from {matter.gone_on}.{replacement}",
        f"Until then both are supported, and neither is removed, tightened or retyped ({grace} days of grace).", "",
        "## The notice", "",
        "<!-- Copy one of the two into the contract's document, and fill in what is empty. It counts from the day on",
        "which it is merged. -->", "",
        "On the field's schema:", "", str(fence(dumps(_on_property(matter), indent=2))), "",
        "Or as an object of the document, for instance in a list `deprecations`:", "",
        str(fence(dumps(_as_block(matter), indent=2))), "",
        "## Reason", "", "<!-- Why the field goes. -->", "",
        "## How to move", "", "<!-- What whoever reads or writes the field has to do, with an example. -->", "",
        "## Who has to move", "", *_partners(matter.contract), "",
    )  # fmt: skip


def migration_guide(matter: Matter) -> str:
    """Begin a migration guide for partners: each finding with what was and what is, and what to do about it."""
    return _text(
        f"# Migration guide: {prose(matter.what)}", "", *_facts(matter),
        "## Who has to move", "", *_partners(matter.contract), "",
        "## Step by step", "", *_steps(matter),
        "## When", "", "<!-- From when both versions are supported, and until when. -->", "",
        "## Whom to ask", "", *_owners(matter.contract), "",
    )  # fmt: skip


WRITERS: dict[str, tuple[str, Callable[[Matter], str]]] = {
    "proposal": ("a change request", change_request),
    "impact-analysis": ("the impact analysis of a MAJOR change", impact_analysis),
    "deprecation": ("the notice of a field that is to go, in both forms", deprecation),
    "migration-guide": ("what partners have to do to move to the new version", migration_guide),
}
"""Each paper that can be begun: what it is, and who writes it."""


def _text(*lines: str) -> str:
    return _GAPS.sub("\n\n", "\n".join(lines)).rstrip() + "\n"


def _facts(matter: Matter) -> Iterator[str]:
    yield from ("## What Concordat found", "")
    if matter.assessment is None:
        yield from (f"Contract: {prose(matter.contract.name)}. Nothing was compared yet.", "")
        return
    versions = matter.assessment.versions
    step = f" From {code(versions.old)} to {code(matter.version)}." if versions.old and matter.version else ""
    yield f"**{words.grade(matter.assessment)}: {prose(words.because(matter.assessment))}.**{step}"
    yield ""
    yield from (f"- {_finding(one)}" for one in matter.findings)
    yield from [""] if matter.findings else []


def _finding(one: Finding) -> str:
    breaks = f" Breaks {words.listed(one.breaks)}." if one.breaks else ""
    return f"**{one.severity.name}, {kind_title(one.kind).lower()}:** {prose(one.sentence)}{breaks}"


def _sections(kind: Kind, filled: dict[str, list[str]]) -> Iterator[str]:
    for one in PAPERS[kind].sections:
        if not one.label:
            yield from (f"## {one.title}", "", f"<!-- {one.ask} -->", "")
            yield from filled.get(one.title) or _points(one)
            yield ""


def _points(section: Section) -> Iterator[str]:
    yield from (f"- {point}:" for point in section.points)


def _proposed(matter: Matter) -> Iterator[str]:
    groups = {"Fields to add": _ADDED, "Fields to deprecate": _GONE}
    rest = [one for one in matter.findings if one.kind not in _ADDED | _GONE]
    for title, kinds in groups.items():
        yield from _group(title, [one for one in matter.findings if one.kind in kinds], _ASKED[title])
    yield from _group("Fields to modify", rest, _ASKED["Fields to modify"])


_ADDED = frozenset({"FIELD_ADDED"})
_GONE = frozenset({"FIELD_REMOVED", "FIELD_RENAMED", "FIELD_MOVED"})
_ASKED: dict[str, tuple[str, ...]] = {
    "Fields to add": ("Business justification", "Usage"),
    "Fields to deprecate": ("Deprecation date", "Removal date", "Migration path"),
    "Fields to modify": ("Proposed change", "Impact analysis"),
}
"""What only people can say of each field."""


def _group(title: str, findings: list[Finding], asked: Iterable[str]) -> Iterator[str]:
    if findings:
        yield from (f"**{title}:**", "")
        for one in findings:
            yield f"- Field name: {code(one.instance or 'the whole document')}"
            yield f"  - {prose(one.sentence)}"
            yield from (f"  - {point}:" for point in asked)
        yield ""


def _boxes(matter: Matter) -> Iterator[str]:
    for name in _named(matter.contract):
        yield from (f"**{prose(name)}:**", "", *(f"- [ ] {work}" for work in _WORK), "")


_WORK = ("Code changes", "Database schema changes", "User interface changes", "Testing", "Training of people")


def _named(contract: Contract) -> tuple[str, ...]:
    owners = contract.owners
    return (*owners.teams, *(owners.users if not owners.teams else ()), *(one.name for one in contract.partners)) or (
        "Everyone who reads or writes the contract",
    )


def _partners(contract: Contract) -> Iterator[str]:
    if not contract.partners:
        yield "- <!-- The contract names no partner; name whoever reads or writes the field. -->"
    for one in contract.partners:
        does = {"reads": "reads", "writes": "writes", "both": "reads and writes"}[one.access]
        yield f"- {prose(one.name)}, which {does}"


def _owners(contract: Contract) -> Iterator[str]:
    owners = (*contract.owners.teams, *contract.owners.users)
    yield from (f"- {prose(one)}" for one in owners)
    if not owners:
        yield "- <!-- The contract names no owner. -->"


def _steps(matter: Matter) -> Iterator[str]:
    breaking = [one for one in matter.findings if one.breaks]
    if not breaking:
        yield from ("Nobody has to do anything before the change.", "")
    for number, one in enumerate(breaking, start=1):
        yield from (f"{number}. {prose(one.sentence)}", "", "   <!-- What to do about it, with an example. -->", "")
        if one.witness is not None:
            shown = dumps(one.witness.document, indent=2)
            yield from ("   A document that shows it:", "", str(fence(shown)), "")


def _on_property(matter: Matter) -> JsonValue:
    notice = {
        "deprecated_on": str(matter.today), "removal_date": str(matter.gone_on), "replacement": matter.replacement,
        "migration_guide": "", "reason": "",
    }  # fmt: skip
    return {"deprecated": True, "x-deprecation": notice}


def _as_block(matter: Matter) -> JsonValue:
    return {
        "field_name": matter.field, "status": "DEPRECATED", "deprecation_date": str(matter.today),
        "removal_date": str(matter.gone_on), "replacement_field": matter.replacement, "migration_guide": "",
    }  # fmt: skip
