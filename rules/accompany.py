"""What must accompany a change and does not: the to-dos of its author, as the class of the change asks for them.

Each contract says in its policy which of these it asks for (`ASKED`), and a maintainer may waive each by its code. Two
files compared at a desk stand in no configuration, and nothing has to accompany them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from rules import grace, papers
from rules.assessment import Assessment
from rules.change import is_paper
from rules.clock import utc
from rules.contract import Accompaniment, Contract
from rules.documents import Problem
from rules.papers import Gap
from rules.problems import problem
from rules.quoting import code, command
from rules.review_ledger import Ledger
from rules.verdict import Verdict

MIGRATIONS = "migrations"
"""The folder, wherever it is, in which a file that names the contract is its migration plan."""

REVIEWED = frozenset({
    "impact_analysis_missing", "impact_analysis_incomplete", "change_request_incomplete", "meeting_not_held",
    "migration_plan_missing", "removal_not_deprecated",
})  # fmt: skip
"""Codes of what a review waits for, and a comparison at a desk only shows: no version that is declared answers them."""

_SHOWN = 8
_SIGNS = re.compile(r"[^0-9a-z]+")


@dataclass(frozen=True, slots=True)
class Case:
    """A change for which it is asked what accompanies it; `ledger` is `None` where nobody reviews."""

    assessment: Assessment
    now: datetime
    grade: Verdict
    ledger: Ledger | None

    @property
    def version(self) -> str:
        """The version that the change goes out as: the declared one, or what it has to become."""
        return self.assessment.versions.new or self.assessment.versions.recommended or ""

    def every(self, kind: papers.Kind) -> list[tuple[str, str]]:
        """Give the papers of a kind that come with the change, for whichever contract: path and text."""
        change = self.assessment.change
        mine = [(path, text) for path, text in sorted(change.files.items()) if is_paper(change.contract, path)]
        return [(path, text) for path, text in mine if papers.kind_of(text) == kind]

    def papers(self, kind: papers.Kind) -> list[tuple[str, str]]:
        """Give those of them that name the contract, its file, or the version that it becomes."""
        return [(path, text) for path, text in self.every(kind) if self._named_in(path, text)]

    def _named_in(self, path: str, text: str) -> bool:
        names = [self.assessment.change.contract.name, self.assessment.change.path.rpartition("/")[2]]
        names += [self.assessment.versions.new or ""]
        return any(_has(f"{path}\n{text[: papers.LONGEST]}", name) for name in names if name)


def missing(assessment: Assessment, *, now: datetime, grade: Verdict, ledger: Ledger | None) -> tuple[Problem, ...]:
    """List what is still to be brought, as of an aware instant; `grade` is the review's class.

    `ledger` is what the log says, `None` where nobody reviews: then nothing that only people can say is asked for. A
    critical fix is accompanied by its incident alone.
    """
    contract = assessment.change.contract
    if contract.line is None or assessment.comparison is None:
        return ()
    if ledger is not None and (ledger.emergency is not None or _brought(ledger, grade)):
        return ()
    case, asked = Case(assessment, now, grade, ledger), contract.policy.accompany
    promised = grace.problems(assessment, utc(now).date())
    # What a published notice promises holds, whatever the policy asks for beside it.
    kept = (one for one in promised if one.code != "removal_not_deprecated" or "deprecation" in asked)
    return (*kept, *(one for name, rule in _RULES.items() if name in asked for one in rule(case)))


def _brought(ledger: Ledger, grade: Verdict) -> bool:
    """Say whether these documents were approved before, as the class that they have now and with what belongs to it."""
    ends = (one for one in ledger.log if one.kind == "review.approved_at_last")
    return any(one.body.get("digest") == ledger.digest for one in ends) and any(
        one.grade >= grade for one in ledger.approvals
    )


def _impact_analysis(case: Case) -> Iterator[Problem]:
    if case.grade < Verdict.MAJOR:
        return
    found = case.papers("impact analysis")
    if not found:
        change = case.assessment.change
        sentence = (
            f"A MAJOR change of {code(change.contract.name)} comes with an impact analysis, and this one has none."
        )
        others = [path for path, _ in case.every("impact analysis")]
        sentence += f" {code(others[0])} does not name it, nor its version." if others else ""
        target = paper_path("impact-analysis", change.contract, change.path, case.version)
        begin = command("concordat", "new", "impact-analysis", change.contract.name)
        yield problem("impact_analysis_missing", sentence, begin=begin, target=target)
    # One that is filled in is enough: an earlier draft may lie beside it.
    elif all(papers.gaps("impact analysis", text) for _, text in found):
        path, text = found[0]
        yield _incomplete("impact_analysis_incomplete", path, papers.gaps("impact analysis", text))


def _change_request(case: Case) -> Iterator[Problem]:
    for path, text in case.papers("change request"):
        open_ = papers.gaps("change request", text)
        if open_:
            yield _incomplete("change_request_incomplete", path, open_)


def _incomplete(code: str, path: str, open_: tuple[Gap, ...]) -> Problem:
    names = [f"{one.section.title}{' (missing)' if one.line is None else ''}" for one in open_]
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    are = "section says" if len(names) == 1 else "sections say"
    sentence = f"{len(names)} {are} nothing yet: {', '.join(names[:_SHOWN])}{more}."
    how = (
        f"Fill them in. {open_[0].section.title}: {_lower(open_[0].section.ask)} TBD, TODO and N/A alone are no answer."
    )
    line = next((one.line for one in open_ if one.line is not None), 1)
    return problem(code, sentence, path=path, line=line, how=how)


def _lower(text: str) -> str:
    return f"{text[:1].lower()}{text[1:].rstrip('.')}."


def _meeting(case: Case) -> Iterator[Problem]:
    if case.ledger is None or case.grade < Verdict.MAJOR or case.ledger.meeting_held:
        return
    planned = f" It is planned for {case.ledger.meeting}." if case.ledger.meeting else ""
    yield problem("meeting_not_held", f"A MAJOR change is talked over before its review.{planned}")


def _migration_plan(case: Case) -> Iterator[Problem]:
    comparison, change = case.assessment.comparison, case.assessment.change
    unproven = comparison is not None and any(
        one.name == "backward" and one.status != "proven" for one in comparison.relations
    )
    if case.grade < Verdict.MAJOR or not unproven or _planned(case):
        return
    sentence = "Stored data is not shown to fit the new version, so it must change, and nothing says how."
    yield problem("migration_plan_missing", sentence, contract=change.contract.name)


def _planned(case: Case) -> bool:
    name = case.assessment.change.contract.name
    if any(MIGRATIONS in path.split("/")[:-1] and _has(path, name) for path in case.assessment.change.changed):
        return True
    return any(papers.answers(text, "Migration steps") for _, text in case.papers("impact analysis"))


_RULES: dict[Accompaniment, Callable[[Case], Iterator[Problem]]] = {
    "impact-analysis": _impact_analysis,
    "pre-review-meeting": _meeting,
    "migration-plan": _migration_plan,
    "change-request": _change_request,
}

ASKED: dict[Accompaniment, tuple[str, str]] = {
    "deprecation": ("MAJOR", "a field that goes was deprecated on the base branch, and its grace period is over"),
    "impact-analysis": ("MAJOR", "an impact analysis among the proposals, every section filled in"),
    "pre-review-meeting": ("MAJOR", "the meeting before the review was held (`/meeting held`)"),
    "migration-plan": ("MAJOR, where stored data must change", "a migration plan, or migration steps in the analysis"),
    "change-request": ("any, where a change request comes with it", "every section of the change request filled in"),
}
"""What a policy may ask for by name: for which changes it is asked, and what it asks."""


def paper_path(kind: str, contract: Contract, document: str, version: str) -> str:
    """Propose where a paper about a contract goes: among the proposals beside its document."""
    folder = document.rpartition("/")[0]
    within = f"{folder}/" if folder else ""
    name = "-".join(filter(None, (_SIGNS.sub("-", part.casefold()).strip("-") for part in (kind, contract.name))))
    return f"{within}{contract.proposals[0]}/{name}{f'-{version}' if version else ''}.md"


def _has(text: str, name: str) -> bool:
    """Say whether a text names something, whatever signs stand between its words."""
    return f" {_plain(name)} " in f" {_plain(text)} "


def _plain(text: str) -> str:
    return _SIGNS.sub(" ", text.casefold()).strip()
