"""Pieces of the JSON Schemas of our own files, each with what an editor shows about it."""

from __future__ import annotations

from typing import Any

Schema = dict[str, Any]


def text(title: str, said: str, **more: Any) -> Schema:
    """Make the schema of a text."""
    return {"title": title, "description": said, "type": "string", "minLength": 1, "maxLength": 500, **more}


def texts(title: str, said: str, **more: Any) -> Schema:
    """Make the schema of one text, or a list of them."""
    item = {"type": "string", "minLength": 1, "maxLength": 500, **more}
    return {
        "title": title, "description": said,
        "anyOf": [item, {"type": "array", "items": item, "minItems": 1, "maxItems": 100, "uniqueItems": True}],
    }  # fmt: skip


def listed(title: str, said: str, **more: Any) -> Schema:
    """Make the schema of a list of different texts."""
    return {
        "title": title, "description": said, "type": "array", "minItems": 1, "maxItems": 100, "uniqueItems": True,
        "items": {"type": "string", "minLength": 1, "maxLength": 200, **more},
    }  # fmt: skip


def object_(title: str, said: str, properties: Schema, **more: Any) -> Schema:
    """Make the schema of an object that has no other keys than these."""
    return {
        "title": title, "description": said, "type": "object", "properties": properties,
        "additionalProperties": False, **more,
    }  # fmt: skip
