"""Pairs of schemas to measure with: made by size, each with one edit."""

from __future__ import annotations

import copy
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Pair = tuple[dict[str, Any], dict[str, Any]]

_TYPES: tuple[dict[str, Any], ...] = (
    {"type": "string", "maxLength": 80},
    {"type": "integer", "minimum": 0},
    {"type": ["number", "null"]},
    {"enum": ["open", "closed", "held"]},
    {"type": "array", "items": {"type": "string"}},
)
_CORPUS = ("apicurio.jsonl", "iglu-central.jsonl", "schemastore-history.jsonl")


def flat(count: int) -> Pair:
    """Make an object of so many fields, of which one gets shorter; no two schemas of numbers are alike."""
    fields = {f"field_{n}": dict(_TYPES[n % len(_TYPES)]) for n in range(count)}
    for n in range(1, count, len(_TYPES)):
        fields[f"field_{n}"]["minimum"] = n
    old = _of(fields)
    new = copy.deepcopy(old)
    new["properties"]["field_0"]["maxLength"] = 40
    return old, new


def nested(depth: int = 5, width: int = 3) -> Pair:
    """Make objects in objects, about 500 fields at five levels of three; one field at the bottom gets shorter."""
    old = _level(depth, width)
    new = copy.deepcopy(old)
    inner = new
    for _ in range(depth - 1):
        inner = inner["properties"]["inner_0"]
    inner["properties"]["name"]["maxLength"] = 40
    return old, new


def _level(depth: int, width: int) -> dict[str, Any]:
    fields: dict[str, Any] = {"name": {"type": "string", "maxLength": 80}, "count": {"type": "integer"}}
    if depth > 1:
        fields |= {f"inner_{n}": _level(depth - 1, width) for n in range(width)}
    else:
        fields["label"] = {"type": ["string", "null"]}
    return {"type": "object", "properties": fields, "required": ["name"]}


def patterns() -> Pair:
    """Make the pair of patterns whose times the bars name."""
    return (
        {"type": "string", "pattern": "^[a-z]{1,30}-[0-9]{4}$"},
        {"type": "string", "pattern": "^[a-z0-9]{1,40}-[0-9]{4,8}$"},
    )


def tagged(count: int = 10) -> Pair:
    """Make so many alternatives told apart by a tag, one of which is edited."""
    old = {"oneOf": [_of({"kind": {"const": f"kind_{n}"}, f"of_{n}": {"type": "integer"}}) for n in range(count)]}
    new = copy.deepcopy(old)
    new["oneOf"][count - 3]["properties"][f"of_{count - 3}"]["minimum"] = 0
    return old, new


def referring(count: int) -> Pair:
    """Make so many definitions, each of which refers to two others; one gets shorter."""
    old: dict[str, Any] = {
        "type": "object",
        "properties": {f"start_{n}": {"$ref": f"#/$defs/part_{n}"} for n in range(0, count, 10)},
        "$defs": {f"part_{n}": _part(n, count) for n in range(count)},
    }
    new = copy.deepcopy(old)
    new["$defs"]["part_5"]["properties"]["name"]["maxLength"] = 40
    return old, new


def _part(number: int, count: int) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "name": {"type": "string", "maxLength": 80},
        "next": {"$ref": f"#/$defs/part_{(7 * number + 1) % count}"},
        "other": {"$ref": f"#/$defs/part_{(3 * number + 2) % count}"},
    }
    fields |= {f"value_{n}": {"type": "integer", "minimum": n} for n in range(6)}
    return {"type": "object", "properties": fields, "required": ["name"]}


def corpus() -> Iterator[Pair]:
    """Read the pairs of real histories from the folder that SCHEMA_CORPUS names, if it is set."""
    folder = os.environ.get("SCHEMA_CORPUS")
    for name in _CORPUS if folder else ():
        for line in (Path(folder or "") / name).read_bytes().rstrip().split(b"\n"):
            pair = json.loads(line)
            yield pair["old"], pair["new"]


def _of(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties)[:5]}
