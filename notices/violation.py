"""The issue about production data that breaks a contract: what, since when, what to do by when, and why."""

from __future__ import annotations

import hashlib

from notices.escape import code, line, prose
from notices.words import instant, listed
from rules.contract import Contract
from rules.dual_read import Retired
from rules.violation_obligations import response
from rules.violations import Violation

_MAX_TITLE = 200


def marker(contract: str, one: Violation) -> str:
    """Give the first line of the issue, by which the App knows it again."""
    about = hashlib.sha256(f"{contract}/{one.id}".encode("utf-8", "surrogatepass")).hexdigest()[:32]
    return f"<!-- concordat:violation:{about} -->"


def title(contract: str, one: Violation) -> str:
    """Name the issue in plain words, as GitHub shows titles."""
    whose = f", {one.report.party}" if one.report.party else ""
    return line(f"{one.severity.capitalize()} violation of {contract}: {one.kind.title}{whose}", _MAX_TITLE)


def body(contract: Contract, one: Violation, retired: Retired | None = None) -> str:
    """Write the issue: what was found, what its severity asks for, and what is left to be written down."""
    report = one.report
    about = {
        "Class": f"{one.kind.family}, {one.severity}",
        "Fields": listed([str(code(each)) for each in report.fields]) if report.fields else "",
        "Partner": str(code(report.party)) if report.party else "",
        "Schema version": str(code(report.version)) if report.version else "",
        "Found": f"{instant(one.first, contract)}; documents so far: {one.count:,}",
        "Monitoring says": str(prose(report.text)) if report.text else "",
    }
    lines = "\n".join(f"- **{name}:** {said}" for name, said in about.items() if said)
    due = f"by {instant(one.due, contract)}" if one.severity == "high" and one.due else _WHEN[one.severity]
    return f"""\
{marker(contract.name, one)}
Production data breaks the contract {code(contract.name)}: {one.kind.title}.

{lines}

**To do, {due}:**

1. Say here who looks at it: any comment is an answer.
2. {prose(response(one, retired))}
3. Write the root cause down in this issue: what went wrong, since when, who was affected.
4. Prevent it: extend the checks so that the same is found before it goes live, and name the pull request here.
5. Close this issue. Until then it stands on the agenda of the weekly sync.

**Why you read this:** the contract is what both sides rely on, and its owners answer for its data. Further reports of \
the same are counted here and open no second issue; `concordat violations` shows the figures.
"""


_WHEN = {"critical": "now", "high": "within 24 hours", "medium": "in the next sprint"}
