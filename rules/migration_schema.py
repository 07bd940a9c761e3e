"""The shape of `migrations/<contract>/<from>-<to>.yml` as a JSON Schema: what editors complete from.

Also published as docs/schemas/migration.schema.json.
"""

from __future__ import annotations

from typing import Any

from rules.migration_window import ROTATION, WEEKDAYS
from rules.transform import KINDS
from rules.transform_expression import FUNCTIONS, MAX_LENGTH

MAX_STEPS = 100
_CLOCK = "^([01][0-9]|2[0-3]):[0-5][0-9]$"
_Schema = dict[str, Any]


def _text(said: str, **more: Any) -> _Schema:
    return {"description": said, "type": "string", "minLength": 1, "maxLength": 500, **more}


def _at(said: str = "JSON Pointer of the value; * stands for every item of a list or member of an object.") -> _Schema:
    return _text(said, format="json-pointer", examples=["/amount", "/items/*/price"])


def _places(said: str) -> _Schema:
    item = _text("JSON Pointer.", format="json-pointer")
    return {"description": said, "type": "array", "items": item, "minItems": 2, "maxItems": 20, "uniqueItems": True}


def _step(said: str, properties: _Schema, *required: str) -> _Schema:
    return {
        "description": said, "type": "object", "properties": properties, "required": list(required),
        "additionalProperties": False,
    }  # fmt: skip


_TYPE = {"description": "JSON type.", "enum": ["string", "number", "integer", "boolean"]}
_DATE = _text(
    "date, date-time, unix, unix-ms, or a pattern of YYYY, MM, DD, HH, mm and ss.",
    examples=["date", "date-time", "MM/DD/YYYY"],
)
_EXPRESSION = f"Names value and doc, and the functions {', '.join(FUNCTIONS)}."
_STEPS: _Schema = {
    "rename": _step(
        "Give a member another name.", {"at": _at(), "to": _text("The new name.")}, "at", "to"
    ),
    "move": _step(
        "Take a value to another place; objects, and lists for 0, are made on the way.",
        {"from": _at("Where it is."), "to": _at("Where it is to be.")}, "from", "to",
    ),
    "set-default": _step(
        "Fill in a member that is missing.",
        {
            "at": _at(), "value": {"description": "The default."},
            "down": {
                "description": "On the way back: remove it where it is the default (another value cannot be said "
                "then), drop it whatever it is, or keep it.",
                "enum": ["remove", "drop", "keep"], "default": "remove",
            },
        },
        "at", "value",
    ),
    "cast": _step(
        "Change the type of a value.",
        {
            "at": _at(), "from": _TYPE, "to": _TYPE,
            "decimals": {
                "description": "Digits after the point when a number is written as text on the way back.",
                "type": "integer", "minimum": 0, "maximum": 30,
            },
        },
        "at", "from", "to",
    ),
    "map-values": _step(
        "Replace texts by other values.",
        {
            "at": _at(),
            "values": {
                "description": "Each old text with its new value.", "type": "object", "minProperties": 1,
                "maxProperties": 1000,
            },
            "down": {
                "description": "The way back, where two old values become one new one.", "type": "object",
                "minProperties": 1, "maxProperties": 1000,
            },
            "otherwise": {
                "description": "What becomes of other values: the row fails, or they are kept.",
                "enum": ["fail", "keep"], "default": "fail",
            },
        },
        "at", "values",
    ),
    "split": _step(
        "Part a text.", {"at": _at(), "into": _places("Where the parts go."), "by": _text("What stands between.")},
        "at", "into", "by",
    ),
    "join": _step(
        "Put texts together.", {"from": _places("The parts."), "to": _at(), "by": _text("What stands between.")},
        "from", "to", "by",
    ),
    "date-format": _step(
        "Write dates in another format.",
        {
            "at": _at(), "to": _DATE,
            "from": {
                "description": "The format, or several: the first that fits is read, the first is written back.",
                "anyOf": [_DATE, {"type": "array", "items": _DATE, "minItems": 1, "maxItems": 10}],
            },
            "zone": _text("The offset of times that name none: Z, or +02:00.", format="offset", default="Z"),
        },
        "at", "from", "to",
    ),
    "remove": _step(
        "Take a member away.", {"at": _at(), "restore": {"description": "What the way back puts in its place."}}, "at"
    ),
    "expression": _step(
        "Compute a value.",
        {
            "at": _at(), "up": _text(_EXPRESSION, maxLength=MAX_LENGTH),
            "down": _text(f"The way back. {_EXPRESSION}", maxLength=MAX_LENGTH),
            "create": {"description": "Also where there is nothing yet.", "type": "boolean", "default": False},
        },
        "at", "up",
    ),
    "call": _step(
        "Run a function of an installed package (entry point of the group concordat.transforms).",
        {
            "at": _at(), "function": _text("Its name."), "down": _text("The function that takes it back."),
            "options": {"description": "What is handed to it.", "type": "object"},
        },
        "at", "function",
    ),
}  # fmt: skip

SCHEMA: _Schema = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "$id": "urn:concordat:schema:migration:1",
    "title": "A migration of Concordat",
    "description": "How documents of one version become those of the next, and back.",
    "type": "object",
    "additionalProperties": False,
    "required": ["version", "contract", "from", "to", "steps"],
    "properties": {
        "version": {"description": "Version of this file's own shape, always 1.", "const": 1},
        "contract": _text("The contract, as .github/contracts.yml names it."),
        "from": _text("The version that documents have."),
        "to": _text("The version that they are to have."),
        "old": _text("The old schema's file, from the top of the repository.", format="path"),
        "new": _text("The new schema's file, from the top of the repository.", format="path"),
        "target": _text("The target's name in the server's settings; the contract's name unless given."),
        "steps": {
            "description": "What is done, in order; the way back does it in reverse.",
            "type": "array", "minItems": 1, "maxItems": MAX_STEPS,
            "items": {
                "description": "One step: its kind, and what it needs to know.",
                "type": "object", "additionalProperties": False, "minProperties": 1,
                "properties": {
                    **_STEPS,
                    "irreversible": _text("Why there is no way back; none after cutover then.", minLength=3),
                },
            },
        },
        "on-failing-rows": {
            "description": "stop: pause when there are more than `allowed`; exclude: keep them in a side table.",
            "enum": ["stop", "exclude"], "default": "stop",
        },
        "on-failure": {
            "description": "What a failure before cutover leads to by itself: pause, or roll-back.",
            "enum": ["pause", "roll-back"], "default": "pause",
        },
        "allowed": {
            "description": "Failing rows that may stay behind in a side table.", "type": "integer", "minimum": 0,
            "maximum": 1_000_000_000, "default": 0,
        },
        "window": {
            "description": "When the App may start it, in local time; at any time unless given.",
            "type": "object", "additionalProperties": False, "required": ["from", "to"],
            "properties": {
                "from": {"description": "HH:MM", "type": "string", "pattern": _CLOCK},
                "to": {"description": "HH:MM; before `from` where it is the next day.", "type": "string",
                       "pattern": _CLOCK},
                "days": {
                    "description": "Weekdays on which it begins; every day unless given.", "type": "array",
                    "items": {"enum": list(WEEKDAYS)}, "minItems": 1, "uniqueItems": True,
                },
                "zone": _text("Time zone.", examples=["Europe/Berlin"], default="UTC"),
            },
        },
        "on-call": _text(f"The rotation file that says who is on call; {ROTATION} unless given.", format="path"),
        "needs": {
            "description": "Migrations of other contracts that have to run with this one, as contract@version.",
            "type": "array", "items": _text("contract@version"), "maxItems": 50, "uniqueItems": True,
        },
    },
    "examples": [
        {
            "version": 1, "contract": "payment-transaction", "from": "1.0.0", "to": "2.0.0",
            "steps": [{"set-default": {"at": "/currency_code", "value": "USD"}}],
        }
    ],
}  # fmt: skip
"""The JSON Schema (Draft 2020-12) of a migration file."""

assert set(_STEPS) == set(KINDS)  # the two tables name the same kinds
