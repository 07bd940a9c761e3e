"""Say a condition in plain words where it is of the few shapes that people mostly write; else say nothing.

The words follow "must": "have `total` where it has `currency`". A value cannot leave its code span (`findings_spans`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable

from rules.compare.findings_spans import code, span
from rules.jsontext import JsonValue

MAX_LISTED = 4
"""Names and values listed in one sentence; a condition of more is told by its keyword alone."""
MANY = -1
"""No bound on how many items fit."""
FITTING = {False: "that fits `contains`", True: "that fit `contains`"}
COUNTING = ("contains", "minContains", "maxContains")
"""Keywords that say together how many items must fit."""
Phrases = Callable[[JsonValue], str]
"""The words for the constraints of one schema, empty where there are none."""


def condition(keyword: str, said: JsonValue, required: Collection[str], phrases: Phrases) -> str:
    """Return what a value must do to meet a condition, given what it requires anyhow; empty without plain words."""
    if not isinstance(said, dict):
        return ""
    value = said.get(keyword)
    match keyword:
        case "if" | "then" | "else":
            return _conditional(said, required)
        case "dependentRequired" | "dependencies":
            return _dependent(value)
        case "propertyNames":
            return _names(value, phrases)
        case word if word in COUNTING and "contains" in said:
            return _contains(said)
        case _:
            return _not(value) if keyword == "not" else ""


def _listed(items: Iterable[str], word: str = "and") -> str:
    """Join a few phrases; empty where there are none, or too many."""
    several = list(items)
    if not 0 < len(several) <= MAX_LISTED or not all(several):
        return ""
    return several[0] if len(several) == 1 else f"{', '.join(several[:-1])} {word} {several[-1]}"


def _conditional(said: dict[str, JsonValue], required: Collection[str]) -> str:
    when, then, other = (said.get(word) for word in ("if", "then", "else"))
    case = _case(when, required)
    if "if" not in said or not case:
        return ""
    parts = []
    if "then" in said and (demand := _demand(then)):
        parts.append(f"{demand} where {case}")
    if "else" in said and (demand := _demand(other)):
        parts.append(f"{demand} in every other case" if parts else f"{demand} unless {case}")
    return " and ".join(parts) if len(parts) == len(said.keys() & {"then", "else"}) else ""


def _case(when: JsonValue, required: Collection[str]) -> str:
    """Say which documents a schema is about, by the values of some fields and by fields that are there."""
    if not isinstance(when, dict) or not when or when.keys() - {"properties", "required", "type"}:
        return ""
    needed, held = when.get("required", []), when.get("properties", {})
    if not _names_only(needed) or not isinstance(held, dict) or when.get("type", "object") != "object":
        return ""
    sure = {*needed, *required}
    parts = [_field_case(name, schema, sure=name in sure) for name, schema in held.items()]
    parts += [f"{span(name)} is there" for name in needed if name not in held]
    return _listed(parts)


def _field_case(name: str, schema: JsonValue, *, sure: bool) -> str:
    found = _one_of(schema)
    absent = "" if sure else " or not there"
    return f"{span(name)} is {found}{absent}" if found else ""


def _one_of(schema: JsonValue) -> str:
    if not isinstance(schema, dict) or schema.keys() - {"const", "enum", "type"}:
        return ""
    values = [schema["const"]] if "const" in schema else schema.get("enum")
    return _listed(map(code, values), "or") if isinstance(values, list) else ""


def _demand(then: JsonValue) -> str:
    if not isinstance(then, dict):
        return "be refused" if then is False else ""
    if then.keys() - {"type"} == {"required"} and _names_only(then["required"]):
        return f"have {found}" if (found := _listed(map(span, then["required"]))) else ""
    fields = then.get("properties")
    if then.keys() == {"properties"} and isinstance(fields, dict):
        told = [f"have {found} as {span(name)}" if (found := _one_of(held)) else "" for name, held in fields.items()]
        return _listed(told)
    return ""


def _dependent(value: JsonValue) -> str:
    if not isinstance(value, dict) or not all(_names_only(needed) for needed in value.values()):
        return ""
    pairs = [(span(name), _listed(map(span, needed))) for name, needed in value.items() if needed]
    return _listed(f"have {needed} where it has {name}" if needed else "" for name, needed in pairs)


def _names_only(value: JsonValue) -> bool:
    return isinstance(value, list) and all(isinstance(name, str) for name in value)


def _not(value: JsonValue) -> str:
    if not isinstance(value, dict) or not value:
        return ""
    if found := _one_of(value):
        return f"not be {found}"
    if value.keys() == {"required"} and _names_only(value["required"]):
        found = _listed(map(span, value["required"]))
        return f"not have {found}{' together' if len(value['required']) > 1 else ''}" if found else ""
    types = value.get("type")
    if value.keys() == {"type"}:
        return f"not be of type {_listed(map(span, types if isinstance(types, list) else [types]), 'or')}"
    return ""


def _contains(said: dict[str, JsonValue]) -> str:
    """Say how many items must fit: at least one, where nothing else is said."""
    least, most = said.get("minContains", 1), said.get("maxContains", MANY)
    if type(least) is not int or type(most) is not int:
        return ""
    if most == MANY:
        bound = "" if least == 1 else f"at least {code(least)}"
    else:
        bound = f"from {code(least)} to {code(most)}" if least else f"at most {code(most)}"
        bound = f"exactly {code(most)}" if least == most else bound
    several = (least if most == MANY else most) != 1
    what = _what(said["contains"], several=several)
    return f"hold {bound or 'an'} {'items' if several else 'item'} {what}"


def _what(value: JsonValue, *, several: bool) -> str:
    """Say which items a schema asks for."""
    if found := _one_of(value):
        return f"that {'are' if several else 'is'} {found}"
    if isinstance(value, dict) and value.keys() - {"type"} == {"required"} and _names_only(value["required"]):
        return f"with {found}" if (found := _listed(map(span, value["required"]))) else FITTING[several]
    return FITTING[several]


def _names(value: JsonValue, phrases: Phrases) -> str:
    if not isinstance(value, dict):
        return ""
    if found := _one_of(value):
        return f"have no field but {found}"
    told = phrases(value) if not value.keys() - {"type", "pattern", "minLength", "maxLength", "format"} else ""
    return f"have field names that each {told}" if told else ""
