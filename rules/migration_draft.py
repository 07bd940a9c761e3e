"""The first draft of a migration file, from the findings of a verdict: a step for each finding that has an obvious one.

What only people can decide (a default, which value becomes which) is marked with "decide", and the draft fails its own
plan until it is decided: nothing is guessed into production data.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from rules.compare.values import Finding
from rules.jsontext import JsonValue, dumps
from rules.pointer import get, join


@dataclass(frozen=True, slots=True)
class Drafted:
    """A line of the draft: a step, or nothing but what has to be said."""

    step: str | None
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """What is to be migrated: the contract, its versions, the files of both schemas, and the new schema itself."""

    contract: str
    source: str
    goal: str
    old_file: str
    new_file: str
    new: JsonValue


def draft(change: Change, findings: Sequence[Finding]) -> str | None:
    """Write the draft; `None` where no finding touches stored data."""
    lines = [line for finding in findings for line in _lines(finding, findings, change.new)]
    return _written(change, lines) if lines else None


def begun(change: Change, findings: Sequence[Finding]) -> str:
    """Write the draft; with a step to be decided where no finding says what has to be done."""
    return _written(change, [line for finding in findings for line in _lines(finding, findings, change.new)])


def _written(change: Change, lines: Sequence[Drafted]) -> str:
    head = [
        "version: 1",
        f"contract: {dumps(change.contract)}",
        f"from: {dumps(change.source)}",
        f"to: {dumps(change.goal)}",
    ]
    head += [f"old: {dumps(change.old_file)}", f"new: {dumps(change.new_file)}", "steps:"]
    body = []
    for line in lines:
        body += [f"  # {' '.join(line.remark.split())}"] if line.remark else []
        body += [f"  - {line.step}"] if line.step else []
    if not any(line.step for line in lines):
        body.append('  - expression: {at: "/decide", up: "value", down: "value"}')
    return "\n".join(head + body) + "\n"


def _lines(finding: Finding, all_: Sequence[Finding], new: JsonValue) -> Iterator[Drafted]:
    make = _DRAFTS.get(finding.kind)
    if make is not None:
        yield from make(finding, all_, new)


def place(instance: str) -> str:
    """Write a finding's place as a pointer: `items[].price` is `/items/*/price`."""
    parts = [part for part in instance.replace("[]", ".*").split(".") if part]
    return join("", *parts)


def _typed(finding: Finding, _: Sequence[Finding], __: JsonValue) -> Iterator[Drafted]:
    at, pair = place(finding.instance), (finding.old, finding.new)
    if pair in _CASTS:
        old, goal = pair
        more = ", decimals: 2" if goal == "number" else ""
        said = "decimals: as the old texts are written" if more else ""
        yield Drafted(f"cast: {{at: {dumps(at)}, from: {old}, to: {goal}{more}}}", said)
    else:
        yield Drafted(None, f"decide: {at} was {_short(finding.old)} and is to be {_short(finding.new)}")


def _required(finding: Finding, _: Sequence[Finding], new: JsonValue) -> Iterator[Drafted]:
    at, schema = place(finding.instance), _property(new, finding.instance)
    fresh = finding.old is None
    found, value = _default(schema)
    back = "remove" if fresh else "keep"
    remark = "" if found else f"decide: the value for documents without {at}; null stands in for it"
    yield Drafted(f"set-default: {{at: {dumps(at)}, value: {dumps(value)}, down: {back}}}", remark)


def _default(schema: JsonValue) -> tuple[bool, JsonValue]:
    for key in ("default", "const"):
        if isinstance(schema, dict) and key in schema:
            return True, schema[key]
    return False, None


def _property(schema: JsonValue, instance: str) -> JsonValue:
    pointer = ""
    for part in instance.split("."):
        name = part.removesuffix("[]")
        pointer = join(pointer, "properties", name) + ("/items" if part.endswith("[]") else "")
    try:
        return get(schema, pointer)
    except KeyError:
        return None


def _tightened(finding: Finding, _: Sequence[Finding], __: JsonValue) -> Iterator[Drafted]:
    at, new, old = place(finding.instance), finding.new, finding.old
    if isinstance(new, dict) and new.get("format") == "date-time":
        formats = list(_formats(old))
        remark = "" if len(formats) == 1 else "decide: which part is the day, and in which zone the times are"
        if formats:
            yield Drafted(f"date-format: {{at: {dumps(at)}, from: {dumps(formats)}, to: date-time, zone: Z}}", remark)
            return
    yield Drafted(None, f"decide: {at} takes fewer values than before; rows that fail have to be mended or excluded")


def _formats(old: JsonValue) -> Iterator[str]:
    if isinstance(old, dict) and old.get("format") == "date":
        yield "date"
    pattern = str(old.get("pattern", "")) if isinstance(old, dict) else ""
    for shape, name in _DATES:
        if shape in pattern.replace("[0-9]", r"\d"):
            yield name


_DATES = (
    (r"\d{4}-\d{2}-\d{2}", "YYYY-MM-DD"),
    (r"\d{2}/\d{2}/\d{4}", "MM/DD/YYYY"),
    (r"\d{2}.\d{2}.\d{4}", "DD.MM.YYYY"),
)


def _renamed(finding: Finding, _: Sequence[Finding], __: JsonValue) -> Iterator[Drafted]:
    at, name = place(str(finding.old)), str(finding.new).rsplit(".", 1)[-1]
    yield Drafted(f"rename: {{at: {dumps(at)}, to: {dumps(name)}}}")


def _moved(finding: Finding, _: Sequence[Finding], __: JsonValue) -> Iterator[Drafted]:
    source, goal = place(str(finding.old)), place(str(finding.new)).replace("/*", "/0")
    if "*" in source:
        yield Drafted(None, f"decide: {source} is to stand at {goal}; each item moves in its own way")
    else:
        yield Drafted(f"move: {{from: {dumps(source)}, to: {dumps(goal)}}}")


def _removed(finding: Finding, _: Sequence[Finding], __: JsonValue) -> Iterator[Drafted]:
    at = place(finding.instance)
    yield Drafted(
        f"remove: {{at: {dumps(at)}}}\n    irreversible: the values of {at} are not kept",
        "decide: what the way back puts there (restore: …), or leave the reason",
    )


def _values(finding: Finding, all_: Sequence[Finding], __: JsonValue) -> Iterator[Drafted]:
    added = next((one.new for one in all_ if one.kind == "ENUM_VALUE_ADDED" and one.instance == finding.instance), None)
    gone = finding.old if isinstance(finding.old, list) else [finding.old]
    came = added if isinstance(added, list) else []
    pairs = dict(zip(map(str, gone), [*came, *[None] * len(gone)], strict=False))
    at = place(finding.instance)
    yield Drafted(
        f"map-values: {{at: {dumps(at)}, values: {dumps(pairs)}, otherwise: keep}}",
        "decide: which old value becomes which new one",
    )


def _null(finding: Finding, _: Sequence[Finding], __: JsonValue) -> Iterator[Drafted]:
    yield Drafted(None, f"decide: {place(finding.instance)} may no longer be null; what does null become?")


def _short(value: JsonValue) -> str:
    return re.sub(r"\s+", " ", value if isinstance(value, str) else dumps(value))[:60]


_CASTS = frozenset({
    ("string", "number"), ("string", "integer"), ("string", "boolean"), ("number", "string"), ("integer", "string"),
    ("boolean", "string"), ("number", "integer"),
})  # fmt: skip
_DRAFTS: Mapping[str, Callable[[Finding, Sequence[Finding], JsonValue], Iterator[Drafted]]] = {
    "FIELD_TYPE_CHANGED": _typed, "REQUIRED_ADDED": _required, "CONSTRAINT_TIGHTENED": _tightened,
    "FIELD_RENAMED": _renamed, "FIELD_MOVED": _moved, "FIELD_REMOVED": _removed, "ENUM_VALUE_REMOVED": _values,
    "NULLABLE_REMOVED": _null,
}  # fmt: skip
