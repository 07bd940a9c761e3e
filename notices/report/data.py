"""The report as JSON, for programs: docs/schemas/check.schema.json describes it and every output fits it."""

from __future__ import annotations

from collections.abc import Sequence

from notices.links import Links
from notices.to_do import ToDo, to_do
from notices.view import ChangeView, FindingView, of_assessment
from notices.words import engine
from rules.assessment import Assessment
from rules.compare.values import Reason, Relation, Witness
from rules.documents import Problem
from rules.jsontext import JsonValue, dumps
from rules.verdict import Verdict

FORMAT_VERSION = 1
"""Raised when a program that reads the report could break; the project keeps its own rules."""

Members = dict[str, JsonValue]


def render(
    assessments: Sequence[Assessment],
    problems: Sequence[Problem] = (),
    *,
    colour: bool = False,  # noqa: ARG001 the signature that all formats share
    width: int = 80,  # noqa: ARG001 likewise
    allow_major: bool = False,
) -> str:
    """Write the report as JSON text with exact numbers, indented by two."""
    grades = [one.grade for one in assessments]
    if any(one.blocking for one in problems):
        # Of what cannot be used nothing is proven: whoever reads the grade alone must not take it for harmless.
        grades.append(Verdict.MAJOR)
    report: Members = {
        "format": "concordat-check",
        "format_version": FORMAT_VERSION,
        "engine": engine(),
        "grade": max(grades).name if grades else "NONE",
        "problems": [_problem(one) for one in to_do(problems, Links(None))],
        "contracts": [_contract(of_assessment(one, allow_major=allow_major)) for one in assessments],
    }
    return dumps(report, indent=2) + "\n"


def _contract(view: ChangeView) -> Members:
    assessment, comparison = view.assessment, view.assessment.comparison
    versions = assessment.versions
    return {
        "contract": view.name,
        "old_path": assessment.change.old_path,
        "new_path": assessment.change.new_path,
        "digest": view.digest,
        "verdict": None if assessment.verdict is None else assessment.verdict.name,
        "grade": assessment.grade.name,
        "summary": view.because,
        "next": view.next,
        "versions": {
            "old": versions.old,
            "new": versions.new,
            "bump": None if versions.bump is None else versions.bump.name,
            "required": versions.required,
            "recommended": versions.recommended,
        },
        "findings": [_finding(item) for item in view.findings],
        "relations": [] if comparison is None else [_relation(one) for one in comparison.relations],
        "problems": [_problem(item) for item in view.to_do],
        "overrides": [
            {"match": one.match, "severity": one.severity.name, "reason": one.reason} for one in view.overrides
        ],
    }


def _finding(item: FindingView) -> Members:
    finding = item.finding
    members: Members = {
        "kind": finding.kind,
        "title": item.title,
        "severity": finding.severity.name,
        "sentence": finding.sentence,
        "fingerprint": finding.fingerprint,
        "instance": finding.instance,
        "breaks": list(finding.breaks),
        "readers": list(finding.readers),
        **_side("old", finding.old_pointer, finding.old, item.base_line),
        **_side("new", finding.new_pointer, finding.new, item.head_line),
    }
    return members | _proof(finding.witness, finding.reason)


def _side(name: str, pointer: str | None, value: JsonValue, line: int | None) -> Members:
    # Absent, since null is a value that a schema may hold.
    return {} if pointer is None else {name: {"pointer": pointer, "line": line, "value": value}}


def _relation(relation: Relation) -> Members:
    return {"name": relation.name, "status": relation.status, **_proof(relation.witness, relation.reason)}


def _proof(witness: Witness | None, reason: Reason | None) -> Members:
    members: Members = {}
    if witness is not None:
        members["witness"] = {"document": witness.document, "pointer": witness.pointer}
    if reason is not None:
        members["reason"] = {"keyword": reason.keyword, "pointer": reason.pointer, "detail": reason.detail}
    return members


def _problem(item: ToDo) -> Members:
    problem = item.problem
    return {
        "code": problem.code,
        "title": item.title,
        "sentence": problem.sentence,
        "fix": problem.fix,
        "path": problem.path or None,
        "line": problem.line,
        "column": problem.column,
        "pointer": problem.pointer,
        "blocking": problem.blocking,
    }
