"""Time to a verdict: `compare` on schemas that grow, on patterns, and on alternatives."""

from __future__ import annotations

import copy
import time
from typing import Any

from benchmarks.table import median, milliseconds, table
from rules.compare import compare

_RUNS = 5
_TYPES: tuple[dict[str, Any], ...] = (
    {"type": "string", "maxLength": 80},
    {"type": "integer", "minimum": 0},
    {"type": ["number", "null"]},
    {"enum": ["open", "closed", "held"]},
    {"type": "array", "items": {"type": "string"}},
)

Pair = tuple[dict[str, Any], dict[str, Any]]


def run() -> str:
    """Time each pair several times."""
    rows = []
    for name, (old, new) in _pairs().items():
        times = [_time(old, new) for _ in range(_RUNS)]
        rows.append([name, str(compare(old, new).verdict.name), milliseconds(median(times)), milliseconds(max(times))])
    text = f"`compare` in this process, {_RUNS} runs of each pair; every schema is read anew each time.\n"
    return table("Time to a verdict", ["old and new schema", "verdict", "median", "most"], rows, text)


def _time(old: dict[str, Any], new: dict[str, Any]) -> float:
    begin = time.perf_counter()
    compare(old, new)
    return time.perf_counter() - begin


def _pairs() -> dict[str, Pair]:
    pairs = {f"{count} properties, one narrowed": _edited(count) for count in (10, 100, 500)}
    pairs["one pattern, narrowed"] = (_of(_pattern("^[A-Z]{2}-[0-9]+$")), _of(_pattern("^[A-Z]{2}-[1-9][0-9]*$")))
    pairs["one pattern, widened"] = (_of(_pattern("^[A-Z]{2}-[0-9]{4}$")), _of(_pattern("^[A-Z]+-[0-9]+$")))
    pairs["oneOf of ten tagged branches, one edited"] = _tagged()
    return pairs


def _edited(count: int) -> Pair:
    old = _of({f"field_{number}": dict(_TYPES[number % len(_TYPES)]) for number in range(count)})
    new = copy.deepcopy(old)
    new["properties"]["field_0"]["maxLength"] = 40
    return old, new


def _pattern(pattern: str) -> dict[str, Any]:
    return {"code": {"type": "string", "pattern": pattern}}


def _tagged() -> Pair:
    old = {"oneOf": [_of({"kind": {"const": f"kind_{n}"}, f"of_{n}": {"type": "integer"}}) for n in range(10)]}
    new = copy.deepcopy(old)
    new["oneOf"][7]["properties"]["of_7"]["minimum"] = 0
    return old, new


def _of(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties)[:5]}
