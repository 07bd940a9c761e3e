"""Reviews made by hand, as the rules make them, for tests of what people read."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from notices.values import Context
from rules.assessment import Assessment, Versions
from rules.change import Change
from rules.compare.values import Comparison, Finding, Override, Reason, Relation, RelationStatus, Witness
from rules.contract import Contract, Enforcement, Owners, Policy, VersionScheme
from rules.documents import Document, Problem, parse
from rules.jsontext import JsonValue, dumps
from rules.problems import problem
from rules.review import Approval, Link, Review
from rules.verdict import Verdict

BEGAN = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
NAMES = ("backward", "forward", "retained", "extended", "strict_backward", "strict_forward")

CONTEXT = Context(
    repository="acme/contracts",
    pull=17,
    base_ref="main",
    base_sha="0f" * 20,
    head_sha="3c" * 20,
    report_url="https://concordat.example/reports/4f1c",
    now=BEGAN + timedelta(hours=1),
)

TEAMS = (Approval("team", "acme/data"), Approval("team", "acme/crm"))
ADVISOR = Approval("role", "High-Level Advisor", ("dana", "lee"))


def schema(version: str, date_rule: dict[str, JsonValue], **more: JsonValue) -> JsonValue:
    properties = {"patient_id": {"type": "string"}, "admission_date": {"type": "string", **date_rule}, **more}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "version": version,
        "type": "object",
        "properties": properties,
        "required": ["patient_id", "admission_date"],
    }


PATTERN = {"pattern": "^\\d{4}-\\d{2}-\\d{2}$"}
DATE_TIME = {"format": "date-time", "description": "ISO 8601 datetime with timezone"}


def document(value: JsonValue, path: str = "schemas/patient-record.json") -> Document:
    return parse(path, dumps(value, indent=2) + "\n")


def contract(name: str = "patient-record", **values: Any) -> Contract:
    made = Contract(
        name=name,
        files=(f"schemas/{name}.json",),
        scheme=VersionScheme("semver-field", ("/version",)),
        owners=Owners(teams=("acme/data", "acme/crm")),
        policy=Policy(zone="America/Denver"),
        enforcement=Enforcement("warn", "enforce", date(2027, 1, 1)),
    )
    return replace(made, **values)


def relations(**found: RelationStatus | Witness | Reason) -> tuple[Relation, ...]:
    """Every relation, proven unless told: a witness refutes, a reason leaves it undecided."""
    made = []
    for name in NAMES:
        given = found.get(name, "proven")
        if isinstance(given, Witness):
            made.append(Relation(name, "refuted", witness=given))
        elif isinstance(given, Reason):
            made.append(Relation(name, "undecided", reason=given))
        else:
            made.append(Relation(name, given))
    return tuple(made)


def review(assessment: Assessment, state: str = "pending", **values: Any) -> Review:
    waiting = state in ("pending", "blocked")
    defaults: dict[str, Any] = {
        "needs": TEAMS if waiting else (),
        "started": BEGAN if waiting else None,
        "deadline": BEGAN + timedelta(hours=48) if waiting else None,
        "conclusion": "neutral" if waiting else "success",
    }
    values = defaults | values
    values.setdefault("chain", tuple(Link(one) for one in values["needs"]))
    return Review(assessment, state, **values)  # type: ignore[arg-type] # a literal


def admission_date(version: str = "2.1.0") -> Assessment:
    """The registry UX flow's breaking change: a date becomes a date-time, and "2025-01-15" is refused."""
    witness = Witness({"patient_id": "PAT-12345", "admission_date": "2025-01-15"}, "/admission_date")
    after = Witness({"patient_id": "PAT-12345", "admission_date": "2025-01-15T00:00:00Z"}, "/admission_date")
    finding = Finding(
        kind="CONSTRAINT_TIGHTENED",
        severity=Verdict.MAJOR,
        sentence=(
            '`admission_date` must now be an RFC 3339 date-time; values such as `"2025-01-15"` that were accepted '
            "until now are refused."
        ),
        fingerprint="5d0c8a41b7e2",
        instance="admission_date",
        old_pointer="/properties/admission_date",
        new_pointer="/properties/admission_date",
        old={"type": "string", **PATTERN},
        new={"type": "string", **DATE_TIME},
        breaks=("stored data", "writers"),
        witness=witness,
    )
    comparison = Comparison(
        Verdict.MAJOR,
        (finding,),
        relations(
            backward=witness, forward=after, retained=witness, extended=after, strict_backward=witness,
            strict_forward=after,
        ),
        recommended="3.0.0",
    )  # fmt: skip
    change = Change(contract(), document(schema("2.0.0", PATTERN)), document(schema(version, DATE_TIME)))
    bump = Verdict.MAJOR if version == "3.0.0" else Verdict.MINOR
    versions = Versions(old="2.0.0", new=version, bump=bump, required="3.0.0", recommended="3.0.0")
    problems = () if version == "3.0.0" else (too_small(version),)
    return Assessment(change, comparison, versions, problems)


def too_small(version: str) -> Problem:
    return problem(
        "bump_too_small", f"The change is MAJOR, but the version only goes from 2.0.0 to {version}.",
        path="schemas/patient-record.json", line=3, pointer="/version", how='Set the version to "3.0.0", or higher.',
    )  # fmt: skip


def no_row(version: str) -> Problem:
    return problem(
        "change_log_missing", f"docs/CHANGELOG.md has no row for {version}.", path="docs/CHANGELOG.md", line=1,
        version=version, change_log="docs/CHANGELOG.md",
    )  # fmt: skip


def addition(name: str = "observation-transaction", **values: Any) -> Assessment:
    """The registry UX flow's happy path: an optional category."""
    witness = Witness({"merchant": "m", "category": 0}, "/category")
    finding = Finding(
        kind="FIELD_ADDED",
        severity=Verdict.MINOR,
        sentence="`category` was added and is optional; existing documents stay valid.",
        fingerprint="aa10",
        instance="category",
        new_pointer="/properties/category",
        new={"type": "string"},
    )
    old = {"version": "1.0.0", "type": "object", "properties": {"merchant": {"type": "string"}}}
    new = {
        "version": "1.1.0",
        "type": "object",
        "properties": {"merchant": {"type": "string"}, "category": {"type": "string"}},
    }
    path = f"schemas/{name}.json"
    comparison = Comparison(
        Verdict.MINOR, (finding,), relations(extended=witness, strict_backward=witness), recommended="1.1.0"
    )
    versions = Versions(old="1.0.0", new="1.1.0", bump=Verdict.MINOR, required="1.1.0", recommended="1.1.0")
    change = Change(contract(name, **values), document(old, path), document(new, path))
    return Assessment(change, comparison, versions)


def documentation() -> Assessment:
    finding = Finding(
        kind="DOCUMENTATION_CHANGED", severity=Verdict.PATCH, fingerprint="dd01", instance="admission_date",
        sentence="The documentation of `admission_date` changed (`description`); no document is affected.",
        old_pointer="/properties/admission_date", new_pointer="/properties/admission_date",
        old=PATTERN, new=PATTERN | {"description": "Day of admission"},
    )  # fmt: skip
    versions = Versions(old="2.0.0", new="2.0.1", bump=Verdict.PATCH, required="2.0.1", recommended="2.0.1")
    before = document(schema("2.0.0", PATTERN))
    after = document(schema("2.0.1", PATTERN | {"description": "Day of admission"}))
    comparison = Comparison(Verdict.PATCH, (finding,), relations(), recommended="2.0.1")
    return Assessment(Change(contract(), before, after), comparison, versions)


def untouched() -> Assessment:
    """Only the manifest beside the schema is stale: verdict NONE, and something to do."""
    same = document(schema("2.0.0", PATTERN))
    stale = problem(
        "manifest_stale",
        "`schemas/patient-record.json` has the SHA-256 9f86d081884c…, the manifest pins 60303ae22b99….",
        path="schemas/manifest.json", line=4, pointer="/sha256",
        refresh="`concordat manifest refresh schemas/patient-record.json`",
        manifest="schemas/manifest.json",
    )  # fmt: skip
    return Assessment(
        Change(contract(), same, same), Comparison(Verdict.NONE, (), relations()), Versions("2.0.0", "2.0.0"), (stale,)
    )


def removal() -> Assessment:
    """A field disappears; readers miss it."""
    witness = Witness({"patient_id": "PAT-1", "ward": "B2"}, "/ward")
    finding = Finding(
        kind="FIELD_REMOVED", severity=Verdict.MAJOR, fingerprint="fe02", instance="ward",
        sentence="`ward` was removed; readers that rely on it no longer find it.",
        old_pointer="/properties/ward", old={"type": "string"}, breaks=("readers",), witness=witness,
    )  # fmt: skip
    comparison = Comparison(Verdict.MAJOR, (finding,), relations(retained=witness), recommended="3.0.0")
    change = Change(
        contract(), document(schema("2.0.0", PATTERN, ward={"type": "string"})), document(schema("3.0.0", PATTERN))
    )
    return Assessment(change, comparison, Versions("2.0.0", "3.0.0", Verdict.MAJOR, "3.0.0", "3.0.0"))


def undecided() -> Assessment:
    reason = Reason("pattern", "/properties/code/pattern", "the pattern uses a look-behind")
    finding = Finding(
        kind="CONSTRAINT_CHANGED", severity=Verdict.MAJOR, fingerprint="cc03", instance="code",
        sentence=(
            "`code` must now match `(?<=A)[0-9]+`; whether that refuses anything could not be decided (`pattern` at "
            "`/properties/code/pattern`: `the pattern uses a look-behind`)."
        ),
        old_pointer="/properties/code", new_pointer="/properties/code", old={"pattern": "[0-9]+"},
        new={"pattern": "(?<=A)[0-9]+"}, breaks=("stored data", "writers"), reason=reason,
    )  # fmt: skip
    comparison = Comparison(
        Verdict.MAJOR, (finding,), relations(backward=reason, retained=reason, strict_backward=reason)
    )
    change = Change(
        contract(scheme=VersionScheme("git")),
        document({"properties": {"code": {"pattern": "[0-9]+"}}}),
        document({"properties": {"code": {"pattern": "(?<=A)[0-9]+"}}}),
    )
    return Assessment(change, comparison, Versions())


def unusable() -> Assessment:
    broken = Problem(
        "document_syntax", "A comma or the end of the object is expected.", "Make it valid JSON.",
        path="schemas/patient-record.json", line=9, column=5,
    )  # fmt: skip
    change = Change(contract(), document(schema("2.0.0", PATTERN)), None, problems=(broken,))
    return Assessment(change, None, Versions(old="2.0.0"), (broken,))


def lowered() -> Assessment:
    made = admission_date("2.1.0")
    assert made.comparison is not None
    why = Override("CONSTRAINT_TIGHTENED", Verdict.MINOR, "All stored dates were checked on 2026-11-01, see #4")
    finding = replace(made.comparison.findings[0], severity=Verdict.MINOR)
    comparison = replace(made.comparison, verdict=Verdict.MINOR, findings=(finding,), lowered=(why,))
    return Assessment(made.change, comparison, replace(made.versions, required="2.1.0", recommended="2.1.0"))


def many(count: int) -> Assessment:
    """A change with many findings, each with its own witness."""
    made = admission_date("3.0.0")
    assert made.comparison is not None
    found = tuple(
        replace(
            made.comparison.findings[0],
            sentence=f"`field_{number}` was removed; readers that rely on it no longer find it.",
            kind="FIELD_REMOVED",
            fingerprint=f"{number:012x}",
            witness=Witness({f"field_{number}": "x" * 1500}, f"/field_{number}"),
        )
        for number in range(count)
    )
    return Assessment(made.change, replace(made.comparison, findings=found), made.versions)


CONFIG_PROBLEMS = (
    Problem(
        "config_unknown_key", "`ownres` is not a key of a contract.", "Did you mean `owners`?",
        path=".github/contracts.yml", line=12, column=5,
    ),
    Problem(
        "config_value", "`minor_hours` has to be a number of hours, not `two days`.", "Write 48.",
        path=".github/contracts.yml", line=20, column=20,
    ),
)  # fmt: skip
