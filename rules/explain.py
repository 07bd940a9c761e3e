"""What a validator found, in plain words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rules.jsontext import JsonValue, dumps

if TYPE_CHECKING:
    # For annotations alone: importing the validator takes longer than the rest of a check.
    from jsonschema.exceptions import ValidationError

_WORDS = {
    "type": "has to be of type {rule}",
    "enum": "has to be one of {rule}",
    "const": "has to be {rule}",
    "required": "lacks {missing}",
    "minimum": "has to be at least {rule}",
    "maximum": "has to be at most {rule}",
    "exclusiveMinimum": "has to be more than {rule}",
    "exclusiveMaximum": "has to be less than {rule}",
    "multipleOf": "has to be a multiple of {rule}",
    "minLength": "has to have at least {rule} characters",
    "maxLength": "has to have at most {rule} characters",
    "minItems": "has to have at least {rule} items",
    "maxItems": "has to have at most {rule} items",
    "minProperties": "has to have at least {rule} fields",
    "maxProperties": "has to have at most {rule} fields",
    "uniqueItems": "holds an item more than once",
    "pattern": "does not match the pattern {rule}",
    "format": "is not a valid {rule}",
    "additionalProperties": "holds fields that are not permitted: {extra}",
    "unevaluatedProperties": "has a field that is not permitted",
    "additionalItems": "has more items than are permitted",
    "unevaluatedItems": "has more items than are permitted",
    "contains": "lacks an item of the kind that it has to contain",
    "propertyNames": "has a field whose name is not permitted",
    "anyOf": "fits none of the permitted alternatives",
    "oneOf": "has to fit exactly one of the permitted alternatives",
    "not": "has a form that is not permitted",
}


def explain(error: ValidationError) -> str:
    """Finish the sentence "the value …" with what it fails; at most 80 characters of any one value are repeated."""
    # A schema that is `false` refuses everything; its errors carry no keyword.
    words = _WORDS.get(str(error.validator), "breaks the rule `{keyword}`") if error.validator else "is not permitted"
    return words.format(
        rule=_listed(error.validator_value),
        missing=_listed(_missing(error)),
        extra=_listed(_extra(error)),
        keyword=shorten(error.validator),
    )


def _missing(error: ValidationError) -> list[str]:
    """List the required names that the value lacks; draft 4 to 2020-12 report them one by one."""
    rule, value = error.validator_value, error.instance
    if error.validator != "required" or not isinstance(rule, list) or not isinstance(value, dict):
        return []
    return [name for name in rule if name not in value]


def _extra(error: ValidationError) -> list[str]:
    """List the fields that the schema does not name, as far as names tell; patterns may permit some of them."""
    known = error.schema.get("properties", {}) if isinstance(error.schema, dict) else {}
    value = error.instance if isinstance(error.instance, dict) else {}
    return [name for name in value if name not in known]


def _listed(value: JsonValue) -> str:
    items = value if isinstance(value, list) else [value]
    more = f" and {len(items) - 10} more" if len(items) > 10 else ""
    return ", ".join(shorten(item) for item in items[:10]) + more


def shorten(value: JsonValue) -> str:
    """Write a value in at most 80 characters; text without its quotes."""
    text = value if isinstance(value, str) else dumps(value)
    return text if len(text) <= 80 else f"{text[:79]}…"
