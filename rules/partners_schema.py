"""The shape of `.github/partners.yml` as a JSON Schema: what editors complete from, and what `load` checks first.

Also published as docs/schemas/partners.schema.json. `format` names the checks of `rules.config_problems`.
"""

from __future__ import annotations

from typing import Any

from rules.dates import LANGUAGES
from rules.schema_parts import listed, object_, text, texts

MAX_PARTNERS = 10_000
"""So many partners are in a file; each of them may depend on one contract."""

_Schema = dict[str, Any]

_CONTACTS: _Schema = {
    "email": texts("Email", "Addresses; each gets the message.", format="email"),
    "slack": text("Slack channel", "The channel's id, as in C0123456789, not its name.", format="slack"),
    "webhook": text(
        "Slack webhook", "The name that the server's settings give a webhook; never its address.", format="setting"
    ),
    "github": text("GitHub team", "A team that is mentioned on the release's issue.", format="team"),
}

_QUIET = object_(
    "Quiet hours",
    "Local times between which no notice is sent: it goes out before, never after. A one-hour notice is sent all the "
    "same.",
    {
        "from": text("From", "When they begin, as 18:00.", format="clock"),
        "to": text("To", "When they end, as 08:00; the next morning where it is earlier.", format="clock"),
    },
    required=["from", "to"],
)

_PARTNER = object_(
    "Partner", "Who one partner is, and how they are reached.",
    {
        "title": text("Title", "How the partner is called in notices; the name where it is left out."),
        "criticality": {
            "title": "Criticality",
            "description": "critical: a release waits for this partner. The others are listed after it.",
            "enum": ["critical", "high", "normal", "low"], "default": "normal",
        },
        "contacts": object_("Contacts", "Where notices go.", _CONTACTS, minProperties=1),
        "backup": object_(
            "Backup contact", "Where a notice goes that the contacts could not be given.", _CONTACTS, minProperties=1
        ),
        "prefers": {
            "title": "Preferred channel",
            "description": "The channel that is tried first; else the first of slack, webhook, email, github given.",
            "enum": ["slack", "webhook", "email", "github"],
        },
        "zone": text(
            "Time zone", "IANA name of the zone that the partner works in.",
            format="zone", default="UTC", examples=["America/Denver", "Europe/Berlin"],
        ),
        "language": {
            "title": "Language of dates", "description": "How dates are written in notices to this partner.",
            "enum": list(LANGUAGES), "default": "en",
        },
        "quiet-hours": _QUIET,
        "fields": {
            "title": "Fields used",
            "description": "For each contract that the partner depends on, the fields that they use, as JSON Pointers "
            "into a document. A notice then says which of them change.",
            "type": "object", "minProperties": 1, "maxProperties": 100,
            "additionalProperties": listed("Fields", "JSON Pointers, as /customer/email.", format="json-pointer"),
        },
    },
)  # fmt: skip

SCHEMA: _Schema = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "$id": "urn:concordat:schema:partners:1",
    **object_(
        "Concordat's partners",
        "Who depends on this repository's contracts, and how they are reached: .github/partners.yml. That they do, and "
        "whether they read or write, is said in contracts.yml under the same names.",
        {
            "version": {"title": "Version of this file", "description": "Always 1.", "const": 1},
            "partners": {
                "title": "Partners", "description": "Each partner by the name that contracts.yml uses.",
                "type": "object", "maxProperties": MAX_PARTNERS,
                "propertyNames": {"minLength": 1, "maxLength": 100}, "additionalProperties": _PARTNER,
            },
        },
        required=["partners"],
    ),
    "examples": [
        {
            "version": 1,
            "partners": {
                "crm": {
                    "criticality": "critical",
                    "contacts": {"slack": "C0123456789", "email": "crm@example.com"},
                    "backup": {"email": "crm-lead@example.com"},
                    "zone": "America/Denver",
                    "quiet-hours": {"from": "18:00", "to": "08:00"},
                    "fields": {"orders": ["/id", "/customer/email"]},
                }
            },
        }
    ],
}  # fmt: skip
"""The JSON Schema (Draft 2020-12) of the partners file."""
