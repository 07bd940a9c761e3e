"""The report as SARIF 2.1.0, for code scanning and editors.

Source: OASIS "Static Analysis Results Interchange Format (SARIF) Version 2.1.0"; fingerprints as GitHub's code
scanning reads them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from urllib.parse import quote

from notices.escape import line
from notices.links import Links, Place
from notices.to_do import ToDo, to_do
from notices.view import ChangeView, FindingView, of_assessment
from notices.words import engine
from rules.assessment import Assessment
from rules.compare.kinds import KINDS
from rules.documents import Problem
from rules.jsontext import JsonValue, digest, dumps
from rules.policy import exceeds
from rules.problems import PROBLEMS, title
from rules.verdict import Verdict

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS = {Verdict.MAJOR: "warning", Verdict.MINOR: "note", Verdict.PATCH: "note", Verdict.NONE: "none"}

Members = dict[str, JsonValue]


def render(
    assessments: Sequence[Assessment],
    problems: Sequence[Problem] = (),
    *,
    colour: bool = False,  # noqa: ARG001 the signature that all formats share
    width: int = 80,  # noqa: ARG001 likewise
    allow_major: bool = False,
) -> str:
    """Write one run with a result for each finding and each problem; a rule for each kind of them that exists."""
    name, _, version = engine().partition(" ")
    views = [of_assessment(one, allow_major=allow_major) for one in assessments]
    results = [_of_problem(item, "error" if item.blocking else "warning") for item in to_do(problems, Links(None))]
    results += [one for view in views for one in _results(view, allow_major=allow_major)]
    rules = _rules(results)
    for result in results:
        result["ruleIndex"] = [rule["id"] for rule in rules].index(result["ruleId"])
    run: Members = {
        "tool": {"driver": {"name": name, "version": version, "rules": rules}},
        "columnKind": "unicodeCodePoints",
        "results": results,
    }
    return dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _rules(results: Sequence[Members]) -> list[Members]:
    known = [
        _rule(kind.name, kind.title, f"{kind.explanation} Severity: {kind.severity}. Breaks: {kind.breaks}.")
        for kind in KINDS.values()
    ]
    known += [_rule(code, row.title, row.title) for code, row in PROBLEMS.items()]
    names = {rule["id"] for rule in known}
    used = sorted({str(result["ruleId"]) for result in results} - names)
    return known + [_rule(name, title(name), title(name)) for name in used]


def _rule(name: str, title: str, text: str) -> Members:
    return {"id": name, "name": title, "shortDescription": {"text": f"{title}."}, "fullDescription": {"text": text}}


def _results(view: ChangeView, *, allow_major: bool) -> Iterator[Members]:
    severe = exceeds(view.assessment, allow=Verdict.MAJOR if allow_major else None)
    for item in view.to_do:
        yield _of_problem(item, "error" if item.blocking else "note", view.name, view.path)
    for finding in view.findings:
        yield _of_finding(view, finding, severe=severe)


def _of_problem(item: ToDo, level: str, contract: str = "", path: str = "") -> Members:
    problem = item.problem
    key = digest(contract, problem.code, problem.path, problem.pointer)
    return _result(
        problem.code, level, f"{problem.sentence} {problem.fix}".strip(),
        item.place or Place(path), key,
    )  # fmt: skip


def _of_finding(view: ChangeView, item: FindingView, *, severe: bool) -> Members:
    finding = item.finding
    level = "error" if severe and finding.severity is Verdict.MAJOR else _LEVELS[finding.severity]
    place = item.place or item.base_place or Place(view.path)
    key = digest(view.name, finding.fingerprint)
    made = _result(finding.kind, level, f"{finding.severity.name}: {finding.sentence}", place, key)
    return made | {"properties": {"severity": finding.severity.name, "breaks": list(finding.breaks)}}


def _result(rule: str, level: str, text: str, place: Place, key: str) -> Members:
    path = quote(place.path.encode("utf-8", "surrogatepass"), safe="/") or "."
    physical: Members = {"artifactLocation": {"uri": path}}
    if place.line is not None:
        physical["region"] = {"startLine": place.line}
    return {
        "ruleId": rule,
        "level": level,
        "message": {"text": line(text, 1000)},
        "locations": [{"physicalLocation": physical}],
        "partialFingerprints": {"concordat/v1": key},
    }
