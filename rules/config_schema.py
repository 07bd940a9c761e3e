"""The shape of `.github/contracts.yml` as a JSON Schema: what editors complete from, and what `load` checks first.

Also published as docs/schemas/contracts.schema.json. `format` names the checks of `rules.config_problems`; an editor
that does not know them passes over them.
"""

from __future__ import annotations

from typing import Any

from rules.compare.kinds import KINDS
from rules.contract import Policy
from rules.formats import FORMATS
from rules.partners_schema import MAX_PARTNERS
from rules.schema_parts import listed as _list
from rules.schema_parts import object_ as _object
from rules.schema_parts import text as _text
from rules.schema_parts import texts as _texts

MAX_CONTRACTS = 1000
_DEFAULT = Policy()

_Schema = dict[str, Any]


def _hours(title: str, said: str, default: int) -> _Schema:
    return {"title": title, "description": said, "type": "integer", "minimum": 1, "maximum": 8760, "default": default}


_OWNERS = _object(
    "Owners", "Who approves. Every team approves a MINOR change; for a MAJOR one every named role approves as well.",
    {
        "teams": _list("Teams", "GitHub teams, as org/team.", format="team"),
        "users": _list("People", "GitHub logins; asked where no team is named.", format="login"),
        "roles": {
            "title": "Named roles",
            "description": "Roles that approve MAJOR changes, each with the logins that hold it.",
            "type": "object", "minProperties": 1, "maxProperties": 50, "propertyNames": {"maxLength": 100},
            "additionalProperties": _texts("Who holds it", "GitHub logins; one of them is enough.", format="login"),
        },
    },
    minProperties=1,
)  # fmt: skip

_FINDINGS = {
    "title": "Findings to raise or lower",
    "description": "Overrides the severity of single findings, with a reason that stays on record.",
    "type": "array", "maxItems": 100,
    "items": _object(
        "One finding", "Which finding, what it counts as, and why.",
        {
            "match": _text(
                "Which", "A finding's kind (FIELD_ADDED), or its fingerprint for one finding alone.",
                format="finding", examples=list(KINDS),
            ),
            "severity": {
                "title": "Counts as", "description": "What the finding counts as from now on.",
                "enum": ["none", "patch", "minor", "major"],
            },
            "reason": _text("Why", "Whoever reads the verdict sees it.", minLength=3),
        },
        required=["match", "severity", "reason"],
    ),
}  # fmt: skip

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


_BUSINESS_HOURS = _object(
    "Business hours", "Counts the review time in working hours instead of elapsed time.",
    {
        "hours": {
            "title": "Hours",
            "description": "Working time by day, in the contract's zone; weekdays is Monday to Friday, and a day that "
            "is not named is free.",
            "type": "object", "minProperties": 1, "propertyNames": {"enum": ["weekdays", *WEEKDAYS]},
            "additionalProperties": _texts(
                "Working time", "From and to, as 09:00-17:00; several stretches as a list.", format="hours"
            ),
        },
        "holidays": _list("Holidays", "Days that are free, as 2026-12-25.", format="date"),
        "holidays-until": _text(
            "Until", "The last day whose holidays are listed; somebody is told in time.", format="date"
        ),
    },
    required=["hours"],
)  # fmt: skip

_POLICY = _object(
    "Policy", "The numbers of the review. What is left out keeps its default.",
    {
        "review": _object(
            "Review", "How long a review may take, in hours of elapsed time, and what silence means.",
            {
                "minor-hours": _hours("MINOR", "Hours to review a MINOR change.", _DEFAULT.minor_hours),
                "major-hours": _hours("MAJOR", "Hours to review a MAJOR change.", _DEFAULT.major_hours),
                "on-silence": {
                    "title": "On silence",
                    "description": "When the hours of a MINOR review run out without objection: approve, or escalate.",
                    "enum": ["approve", "escalate"], "default": _DEFAULT.on_silence,
                },
                "business-hours": _BUSINESS_HOURS,
            },
        ),
        "on-error": {
            "title": "On our own failure", "description": "What the check concludes when Concordat itself fails.",
            "enum": ["failure", "neutral"], "default": _DEFAULT.on_error,
        },
        "strict-readers": {
            "title": "Strict readers", "type": "boolean", "default": _DEFAULT.strict_readers,
            "description": "Readers refuse fields that they do not know, so that a pure addition is MAJOR.",
        },
        "compare": {
            "title": "Compared with",
            "description": "The version before a change (previous), or also every older version that is still live: "
            "other version files, archived ones, at a desk also tags (all).",
            "enum": ["previous", "all"], "default": _DEFAULT.compare,
        },
        "grace-days": {
            "title": "Grace period", "description": "Days between a field's deprecation and its removal.",
            "type": "integer", "minimum": 0, "maximum": 3650, "default": _DEFAULT.grace_days,
        },
        "accompany": {
            "title": "Must accompany a change",
            "description": "What has to come with a change beside its version and its change-log row; an empty list "
            "asks for nothing else.",
            "type": "array", "uniqueItems": True, "maxItems": len(_DEFAULT.accompany), "default": [*_DEFAULT.accompany],
            "items": {"enum": [*_DEFAULT.accompany]},
        },
        "zone": _text(
            "Time zone", "IANA name of the zone in which times are written beside UTC.",
            format="zone", default=_DEFAULT.zone, examples=["America/Denver", "Europe/Berlin"],
        ),
        "findings": _FINDINGS,
    },
)  # fmt: skip

_STAGES = ["observe", "warn", "enforce"]
_ENFORCEMENT = {
    "title": "Enforcement",
    "description": "observe: the check never blocks. warn: the same, and says what would. enforce: it blocks. A later "
    "stage and its date may be given.",
    "default": "observe",
    "anyOf": [
        {"enum": _STAGES},
        _object(
            "Enforcement that moves up", "The stage now, the next one, and the day (UTC) from which that holds.",
            {
                "stage": {"title": "Now", "description": "The stage today.", "enum": _STAGES},
                "next": {"title": "Next", "description": "The stage to come.", "enum": ["warn", "enforce"]},
                "from": _text("From", "The day from which the next stage holds, as 2026-01-20.", format="date"),
            },
            required=["stage"], dependentRequired={"next": ["from"], "from": ["next"]},
        ),
    ],
}  # fmt: skip

_SCHEMES = ["semver-file", "semver-field", "name-vn", "git"]
_VERSION = {
    "title": "Version scheme",
    "description": "Where a document declares its version. semver-file: in the file's name (orders-v1.2.json); "
    "semver-field: in a field such as version, x-version or $id; name-vn: <name>_v<N> in schema_version, pinned by the "
    "manifest; git: nowhere.",
    "default": "git",
    "anyOf": [
        {"enum": _SCHEMES},
        _object(
            "Version scheme with a place", "The scheme, and where in the document the version stands.",
            {
                "scheme": {"title": "Scheme", "description": "Which scheme.", "enum": _SCHEMES},
                "pointer": _texts(
                    "Pointer", "JSON Pointer of the version; of several, the first that exists counts.",
                    format="json-pointer",
                ),
            },
            required=["scheme"],
        ),
    ],
}  # fmt: skip

_ACCESS = ["reads", "writes", "both"]
_PARTNERS = {
    "title": "Partners",
    "description": "Who depends on the contract, and whether they read it, write it, or both. With none named, one "
    "that does both is assumed.",
    "anyOf": [
        {
            "type": "object", "maxProperties": MAX_PARTNERS, "propertyNames": {"minLength": 1, "maxLength": 100},
            "additionalProperties": {
                "title": "Access", "description": "What this partner does.", "enum": _ACCESS, "default": "both",
            },
        },
        _list("Partners", "Names; each reads and writes.", maxLength=100),
    ],
}  # fmt: skip

_SHARED: _Schema = {
    "owners": _OWNERS,
    "maintainers": _list("Maintainers", "Logins that may waive and override, beside the repository's.", format="login"),
    "release-owners": _list("Release owners", "Logins that decide go or no-go.", format="login"),
    "policy": _POLICY,
    "enforcement": _ENFORCEMENT,
    "archive": _texts(
        "Archive", "Names of folders for what is no longer current; no wildcard looks into them.",
        format="folder", default=["archive", "archived"],
    ),
    "proposals": _texts(
        "Proposals", "Names of folders for what is not yet current; no wildcard looks into them.",
        format="folder", default=["proposals"],
    ),
}  # fmt: skip

_CONTRACT = _object(
    "Contract", "One contract: a schema that two sides depend on.",
    {
        "files": _texts(
            "Files",
            "The contract's documents, from the top of the repository. * stays within a folder, ** crosses folders; "
            "{name} makes one contract of each match, and stands in the contract's name too.",
            format="glob", examples=["schemas/orders.json", "schemas/{name}.json", "contracts/orders-v*.json"],
        ),
        "exclude": _texts("Exclude", "What `files` finds and does not mean.", format="glob"),
        "format": {
            "title": "Format", "description": "What the documents are written in.",
            "enum": sorted(FORMATS), "default": "json-schema",
        },
        "version": _VERSION,
        "change-log": _text("Change log", "The file to which each version adds a row.", format="path"),
        "manifest": _text("Manifest", "The file that pins the schema's version and hash.", format="path"),
        "data": _texts("Data", "Documents that must stay valid under the schema.", format="glob"),
        "partners": _PARTNERS,
        **_SHARED,
    },
    required=["files"],
)  # fmt: skip

SCHEMA: _Schema = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "$id": "urn:concordat:schema:contracts:1",
    **_object(
        "Concordat's contracts", "The contracts that Concordat keeps for this repository: .github/contracts.yml.",
        {
            "version": {"title": "Version of this file", "description": "Always 1.", "const": 1},
            "defaults": _object("Defaults", "What holds for every contract that does not say otherwise.", _SHARED),
            "contracts": {
                "title": "Contracts", "description": "Each contract by its name.",
                "type": "object", "maxProperties": MAX_CONTRACTS,
                "propertyNames": {"format": "contract-name"}, "additionalProperties": _CONTRACT,
            },
        },
        minProperties=1,
    ),
    "examples": [
        {
            "version": 1,
            "contracts": {
                "orders": {
                    "files": "contracts/orders-v*.json",
                    "version": "semver-file",
                    "owners": {"teams": ["acme/data"]},
                    "partners": {"crm": "reads"},
                    "enforcement": "warn",
                }
            },
        }
    ],
}  # fmt: skip
"""The JSON Schema (Draft 2020-12) of the configuration file."""


def lenient(schema: Any) -> Any:
    """Give the schema with every `key-name` also known as `key_name`, which people write out of habit; not both."""
    if isinstance(schema, list):
        return [lenient(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    made = {key: lenient(value) for key, value in schema.items()}
    twins = {key: key.replace("-", "_") for key in schema.get("properties", ()) if "-" in key}
    if twins:
        made["properties"] |= {twin: made["properties"][key] for key, twin in twins.items()}
        made["allOf"] = [{"not": {"type": "object", "required": [key, twin]}} for key, twin in twins.items()]
    return made
