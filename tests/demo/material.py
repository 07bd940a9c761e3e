"""What the story is played with: the patient record's history from examples/, and an on-call rotation."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

RECORD = "schemas/patient-record.json"
ROTA, ROTA_DATA = ".github/oncall_rotation.schema.json", ".github/oncall_rotation.json"
ROTA_MANIFEST = ".github/oncall_rotation.schema.manifest.json"
ROTA_VERSION = "oncall_rotation_schema_v1"
_HISTORY = Path(__file__).parents[2] / "examples" / "healthcare" / "patient-record"

Schema = dict[str, Any]

CONFIG = """\
version: 1
contracts:
  patient-record:
    files: schemas/patient-record.json
    version: semver-field
    owners:
      teams: [hospital/records]
      roles:
        Data Protection Officer: [dana]
    release-owners: [rita]
    partners:
      laboratory: reads
      insurance-desk: both
    policy:
      zone: Europe/Berlin
      review:
        on-silence: approve
      accompany: [deprecation]
    enforcement: enforce
  oncall-rotation:
    files: .github/oncall_rotation.schema.json
    version: name-vn
    manifest: .github/oncall_rotation.schema.manifest.json
    data: .github/oncall_rotation.json
    owners:
      teams: [hospital/operations]
    enforcement: enforce
"""

README = "# Contracts\n\nThe schemas that our systems and our partners depend on.\n"


def record(published: str, declared: str | None = None) -> Schema:
    """Read one published version of the patient record and let it declare its version in itself."""
    schema: Schema = json.loads((_HISTORY / f"v{published}.json").read_text(encoding="utf-8"))
    head = {name: schema.pop(name) for name in ("$schema", "title")}
    return head | {"version": declared or published} | schema


def record_with_discharge() -> Schema:
    """Add the discharge date, as the second version did, and let it be optional."""
    schema = record("1.1.0", "1.2.0")
    schema["properties"]["discharge_date"] = record("2.0.0")["properties"]["discharge_date"]
    return schema


def record_with_date_time(declared: str) -> Schema:
    """Turn the admission date into a date-time, as the third version did."""
    schema = record_with_discharge() | {"version": declared}
    schema["properties"]["admission_date"] = record("3.0.0")["properties"]["admission_date"]
    return schema


def rota(**more: Schema) -> Schema:
    """Write the on-call rotation's schema, with further optional properties."""
    properties: Schema = {
        "schema_version": {"const": ROTA_VERSION},
        "team": {"type": "string", "minLength": 1},
        "rotation": {"type": "array", "items": {"type": "string"}, "minItems": 1},
        "handover": {"type": "string", "pattern": "^(mon|tue|wed|thu|fri) \\d{2}:\\d{2}$"},
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "schema_version": ROTA_VERSION,
        "title": "On-call rotation",
        "type": "object",
        "properties": properties | more,
        "required": ["schema_version", "team", "rotation"],
    }


ROTATION: Schema = {
    "schema_version": ROTA_VERSION,
    "team": "records",
    "rotation": ["ana", "bo", "cem"],
    "handover": "mon 09:00",
}


def text(document: Schema) -> str:
    """Write a document as a file."""
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


LAB = "schemas/lab-result.json"
LAB_CONTRACT = """\
  lab-result:
    files: schemas/lab-result.json
    version: semver-field
    owners:
      teams: [hospital/laboratory]
    policy: {accompany: [deprecation]}
    enforcement: enforce
"""


def lab_result(today: date, *without: str, version: str = "1.0.0") -> Schema:
    """Write the laboratory's result with two deprecated fields: `unit` may go by now, `method` in twenty days."""
    fields: Schema = {
        "value": {"type": "number"},
        "unit": _deprecated(today - timedelta(days=5), "unit_code"),
        "unit_code": {"type": "string"},
        "method": _deprecated(today + timedelta(days=20), "method_code"),
        "method_code": {"type": "string"},
    }
    kept = {name: field for name, field in fields.items() if name not in without}
    return {"version": version, "type": "object", "properties": kept, "required": ["value"]}


def _deprecated(removal: date, replacement: str) -> Schema:
    notice = {
        "deprecated_on": str(removal - timedelta(days=40)),
        "removal_date": str(removal),
        "replacement": replacement,
        "reason": "Codes come from the laboratory's catalogue.",
    }
    return {"type": "string", "deprecated": True, "x-deprecation": notice}
