"""What is wrong with a configuration file: each problem at its line, with what to write instead.

The shape is checked by the JSON Schema of `rules.config_schema`; single texts by the formats below, which it names;
what spans several keys by `rules.config`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from difflib import get_close_matches
from functools import cache
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from rules.compare.kinds import KINDS
from rules.config_schema import SCHEMA, lenient
from rules.documents import Document, Problem, line_of
from rules.globs import check_glob
from rules.jsontext import JsonValue, dumps
from rules.pointer import join, split

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import ValidationError

MAX_PROBLEMS = 100
_SHOWN = 60

_SECRETS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("a Slack webhook address", re.compile(r"hooks\.slack(?:-gov)?\.com/", re.IGNORECASE)),
    ("a Slack token", re.compile(r"\bxox[a-z]-[0-9A-Za-z-]{8}|\bxapp-[0-9]-")),
    ("a webhook address", re.compile(r"discord(?:app)?\.com/api/webhooks/|webhook\.office\.com/", re.IGNORECASE)),
    ("a GitHub token", re.compile(r"\bgh[pousr]_[0-9A-Za-z]{20}|\bgithub_pat_[0-9A-Za-z_]{20}")),
    ("an AWS key", re.compile(r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b")),
    ("a private key", re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY")),
    ("an address with a password", re.compile(r"(?i)\b[a-z][a-z0-9+]{1,20}://[^\s/:@]{1,99}:[^\s/@]{1,199}@")),
    ("a secret key", re.compile(r"\b[sr]k_(?:live|test)_[0-9A-Za-z]{10}")),
)  # fmt: skip


def secrets(text: str, path: str) -> Iterator[Problem]:
    """Find what looks like a secret, in comments too; it is never quoted back."""
    for number, line in enumerate(text.split("\n"), 1):
        for what, pattern in _SECRETS:
            if pattern.search(line):
                yield Problem(
                    "config_secret", f"This looks like {what}.",
                    "Remove it and revoke it: the file is public to its readers, and git keeps it. "
                    "Secrets stand in the server's settings.",
                    path=path, line=number,
                )  # fmt: skip
                break


def shape(
    document: Document, schema: dict[str, Any] = SCHEMA, homes: Mapping[str, str] | None = None
) -> Iterator[Problem]:
    """Hold a file against its schema and give every problem, in no particular order.

    `homes` says where keys belong that are put elsewhere; of the contracts file they are known.
    """
    for error in _validator(schema).iter_errors(document.value):
        for one in _relevant(error):
            yield from _problems(document, one, _homes() if homes is None else homes)


def at(document: Document, pointer: str, code: str, sentence: str, fix: str) -> Problem:
    """Make the problem of one place in the file."""
    return Problem(code, sentence, fix, path=document.path, line=line_of(document, pointer), pointer=pointer)


def named(pointer: str) -> str:
    """Write a place as people do: `contracts.orders.files`."""
    return ".".join(split(pointer))


def _where(pointer: str) -> str:
    return f"`{named(pointer)}`" if pointer else "The file"


_VALIDATORS: dict[str, Draft202012Validator] = {}


def _validator(schema: dict[str, Any]) -> Draft202012Validator:
    # Imported here: comparing two files at a desk reads no configuration and need not wait for it.
    from jsonschema import Draft202012Validator, FormatChecker  # noqa: PLC0415

    name = schema["$id"]
    if name not in _VALIDATORS:
        checker = FormatChecker(formats=())
        for format_, check in _FORMATS.items():
            checker.checks(format_, raises=ValueError)(check)
        _VALIDATORS[name] = Draft202012Validator(lenient(schema), format_checker=checker)
    return _VALIDATORS[name]


def _relevant(error: ValidationError) -> Iterator[ValidationError]:
    """Of alternatives that all fail, take the one that the value was meant for: the one of its type."""
    if error.validator != "anyOf":
        yield error
        return
    branches: dict[object, list[ValidationError]] = {}
    for one in error.context or ():
        branches.setdefault(one.relative_schema_path[0], []).append(one)
    meant = [branch for branch in branches.values() if not any(map(_other_type, branch))]
    if not meant:
        yield error
        return
    for one in meant[0]:
        yield from _relevant(one)


def _rule(error: ValidationError) -> Any:
    return error.validator_value


def _known(error: ValidationError) -> dict[str, Any]:
    properties: dict[str, Any] = error.schema.get("properties", {}) if isinstance(error.schema, dict) else {}
    return properties


def _other_type(error: ValidationError) -> bool:
    wants_text = error.validator == "enum" and not isinstance(error.instance, str)
    return not error.relative_path and (error.validator == "type" or wants_text)


def _problems(document: Document, error: ValidationError, homes: Mapping[str, str]) -> Iterator[Problem]:
    pointer = join("", *(str(part) for part in error.absolute_path))
    if "propertyNames" in error.absolute_schema_path:
        pointer = join(pointer, str(error.instance))
    if error.validator == "additionalProperties":
        yield from (_unknown(document, pointer, error, key, homes) for key in _extra(error))
        return
    say = _SENTENCES.get(str(error.validator))
    what, fix = say(error, pointer) if say else (f"{_where(pointer)} cannot be used.", _about(error))
    yield at(document, pointer, "config_invalid", what, fix)


def _extra(error: ValidationError) -> list[str]:
    known = _known(error)
    instance: Any = error.instance
    return [key for key in instance if key not in known]


def _unknown(document: Document, pointer: str, error: ValidationError, key: str, homes: Mapping[str, str]) -> Problem:
    known = [name for name in _known(error) if "_" not in name]
    close = _close(key.replace("_", "-"), known)
    home = homes.get(key.replace("_", "-"))
    if home is not None:
        fix = f"It belongs {home}."
    else:
        fix = f"Did you mean `{close}`?" if close else f"Known here: {', '.join(known)}."
    where = f" in `{named(pointer)}`" if pointer else ""
    return at(document, join(pointer, key), "config_unknown_key", f"The key `{_show(key)}`{where} is not known.", fix)


@cache
def _homes() -> dict[str, str]:
    """Say where each key belongs, for who has put it elsewhere."""
    contract = SCHEMA["properties"]["contracts"]["additionalProperties"]["properties"]
    policy = contract["policy"]["properties"]
    return (
        dict.fromkeys(SCHEMA["properties"], "at the top of the file")
        | dict.fromkeys(contract, "under a contract's name")
        | dict.fromkeys(policy["review"]["properties"], "under `policy.review`")
        | dict.fromkeys(policy, "under `policy`")
        | dict.fromkeys(contract["owners"]["properties"], "under `owners`")
    )


def _close(wrong: str, known: Iterable[str]) -> str | None:
    by_lower = {one.lower(): one for one in known}
    found = get_close_matches(wrong.lower()[:100], by_lower, n=1, cutoff=0.6)
    return by_lower[found[0]] if found else None


def _show(value: JsonValue) -> str:
    text = "nothing" if value is None else value if isinstance(value, str) else dumps(value)
    flat = " ".join(text.split())
    return flat if len(flat) <= _SHOWN else flat[: _SHOWN - 1] + "…"


def _about(error: ValidationError) -> str:
    schema = error.schema if isinstance(error.schema, dict) else {}
    return str(schema.get("description", "See docs/configuration.md."))


_TYPES = {
    "string": "text", "integer": "a whole number", "number": "a number", "boolean": "true or false", "array": "a list",
    "object": "an object with keys", "null": "nothing",
}  # fmt: skip


def _type_of(value: JsonValue) -> str:
    for kind, types in (("boolean", bool), ("string", str), ("array", list), ("object", dict), ("null", type(None))):
        if isinstance(value, types):
            return _TYPES[kind]
    return "a number"


def _wrong_type(error: ValidationError, pointer: str) -> tuple[str, str]:
    wanted = _TYPES[str(error.validator_value)]
    sentence = f"{_where(pointer)} should be {wanted}, and is {_type_of(error.instance)}."
    return sentence, _quote_hint(error.instance, wanted) or _about(error)


def _quote_hint(value: JsonValue, wanted: str) -> str:
    if wanted == "text" and not isinstance(value, dict | list | type(None)):
        return f'Put it in quotes: "{_show(value)}".'
    if isinstance(value, str) and wanted in ("a whole number", "true or false"):
        return f"Write {wanted}, without quotes."
    return "Write it under this key, indented, or remove the key." if value is None else ""


def _no_branch(error: ValidationError, pointer: str) -> tuple[str, str]:
    kinds = [_TYPES[branch.get("type", "string")] for branch in _rule(error)]
    sentence = f"{_where(pointer)} should be {' or '.join(kinds)}, and is {_type_of(error.instance)}."
    return sentence, _quote_hint(error.instance, kinds[0]) or _about(error)


def _not_listed(error: ValidationError, pointer: str) -> tuple[str, str]:
    known = [str(one) for one in _rule(error)]
    close = _close(error.instance, known) if isinstance(error.instance, str) else None
    hint = f"Did you mean {close}?" if close else f"Write one of: {', '.join(known)}."
    return f"{_where(pointer)} cannot be `{_show(error.instance)}`.", hint


def _missing(error: ValidationError, pointer: str) -> tuple[str, str]:
    instance: Any = error.instance
    keys = [key for key in _rule(error) if key not in instance]
    said = _known(error).get(keys[0], {}).get("description", "")
    listed = " and no ".join(f"`{key}`" for key in keys)
    return f"{_where(pointer)} has no {listed}.", f"Add `{keys[0]}`. {said}".strip()


def _depends(error: ValidationError, pointer: str) -> tuple[str, str]:
    instance: Any = error.instance
    pairs = ((key, other) for key, others in _rule(error).items() for other in others)
    key, other = next((key, other) for key, other in pairs if key in instance and other not in instance)
    return f"{_where(pointer)} has `{key}` without `{other}`.", f"Add `{other}`, or remove `{key}`."


def _bad_format(error: ValidationError, pointer: str) -> tuple[str, str]:
    cause = error.cause
    what, fix = cause.args if cause is not None and len(cause.args) == 2 else ("it is not what is meant here", "")
    return f"`{_show(error.instance)}` at `{named(pointer)}` cannot be used: {what}.", str(fix)


def _both_spellings(error: ValidationError, pointer: str) -> tuple[str, str]:
    key, twin = _rule(error)["required"]
    return f"{_where(pointer)} has both `{key}` and `{twin}`.", f"Keep `{key}`."


_Say = Callable[["ValidationError", str], tuple[str, str]]


def _plainly(sentence: str, fix: str) -> _Say:
    """Make a sentence of the place, the limit and what is allowed."""
    return lambda error, pointer: (
        sentence.format(where=_where(pointer), limit=error.validator_value), fix.format(limit=error.validator_value),
    )  # fmt: skip


_EMPTY = _plainly("{where} is empty.", "Fill it in, or remove it.")
_SENTENCES: dict[str, _Say] = {
    "type": _wrong_type,
    "anyOf": _no_branch,
    "enum": _not_listed,
    "required": _missing,
    "dependentRequired": _depends,
    "format": _bad_format,
    "not": _both_spellings,
    "const": _plainly("{where} has to be {limit}.", "Write {limit}; it is the version of this file's own shape."),
    "minItems": _EMPTY,
    "minProperties": _EMPTY,
    "minLength": _plainly("{where} is too short.", "Write at least {limit} characters."),
    "maxItems": _plainly("{where} has more than {limit} entries.", "Keep at most {limit}."),
    "maxProperties": _plainly("{where} has more than {limit} entries.", "Keep at most {limit}."),
    "maxLength": _plainly("{where} is longer than {limit} characters.", "Shorten it."),
    "uniqueItems": _plainly("{where} holds the same entry twice.", "Keep one of the two."),
    "minimum": _plainly("{where} is too small.", "Write {limit} or more."),
    "maximum": _plainly("{where} is too large.", "Write {limit} or less."),
}
"""What to say, by the keyword of the schema that fails."""


TEAM = re.compile(r"@?[A-Za-z0-9][A-Za-z0-9_-]{0,38}/[A-Za-z0-9._-]{1,100}")
LOGIN = re.compile(r"@?[A-Za-z0-9][A-Za-z0-9_-]{0,98}(?:\[bot\])?")
_NAME = re.compile(r"(?:[A-Za-z0-9]|\{name\})(?:[A-Za-z0-9._-]|\{name\}){0,99}")
_HOURS = re.compile(r"((?:[01][0-9]|2[0-3]):[0-5][0-9])-((?:[01][0-9]|2[0-3]):[0-5][0-9])")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_OFFSET = re.compile(r"Z|[-+](?:0[0-9]|1[0-4]):[0-5][0-9]")
_POINTER = re.compile(r"(?:/(?:[^~/]|~[01])*)+")
_FINGERPRINT = re.compile(r"[0-9a-f]{16}")
_EMAIL = re.compile(r"[^\s@<>,;:\"()\[\]\\]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?\.[A-Za-z0-9-]{2,63}")
_SLACK = re.compile(r"[CGDU][A-Z0-9]{7,20}")
_SETTING = re.compile(r"[a-z][a-z0-9_-]{0,59}")
_CLOCK = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]")
_ZONE = re.compile(r"[A-Za-z][A-Za-z0-9_+-]{0,30}(?:/[A-Za-z0-9_+-]{1,30}){0,2}")


def _must(fits: object, what: str, fix: str) -> bool:
    """Raise `ValueError(what, fix)` unless it fits."""
    if not fits:
        raise ValueError(what, fix)
    return True


def _glob(value: Any) -> bool:
    if isinstance(value, str):
        check_glob(value)
    return True


def _path(value: Any) -> bool:
    if not isinstance(value, str):
        return True
    _must(not re.search(r"[*?\[]", value), "it names one file and holds a wildcard", "Write the file's own path.")
    return _glob(value)


def _folder(value: Any) -> bool:
    name = value.removesuffix("/") if isinstance(value, str) else "a"
    return _must(
        name and name not in (".", "..") and not re.search(r"[/*?\[\]{}\\]", name), "it is not the name of one folder",
        "Write the folder's name alone, such as archive.",
    )  # fmt: skip


def _date(value: Any) -> bool:
    if not isinstance(value, str):
        return True
    _must(_DATE.fullmatch(value), "it is not a date", "Write year-month-day, such as 2026-01-20.")
    try:
        date.fromisoformat(value)
    except ValueError:
        raise ValueError("there is no such day", "Check the month and the day.") from None
    return True


def _hours(value: Any) -> bool:
    if not isinstance(value, str):
        return True
    fix = "Write the beginning and the end, such as 09:00-17:00."
    found = _HOURS.fullmatch(value)
    _must(found, "it is no stretch of working time", fix)
    return _must(found and found[1] < found[2], "it ends before it begins", fix)


def _zone(value: Any) -> bool:
    if not isinstance(value, str):
        return True
    fix = "Use an IANA name, such as America/Denver, Europe/Berlin or UTC."
    _must(_ZONE.fullmatch(value), "it is not the name of a time zone", fix)
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("no time zone has this name", fix) from None
    return True


def _finding(value: Any) -> bool:
    if not isinstance(value, str) or value in KINDS or _FINGERPRINT.fullmatch(value):
        return True
    close = _close(value, KINDS)
    hint = f"Did you mean {close}?" if close else "Copy it from a comment: the kind, or the 16 characters beside it."
    raise ValueError("no finding has this kind or fingerprint", hint)


def _matching(pattern: re.Pattern[str], what: str, fix: str) -> Callable[[Any], bool]:
    return lambda value: not isinstance(value, str) or _must(pattern.fullmatch(value), what, fix)


_FORMATS: dict[str, Callable[[Any], bool]] = {
    "glob": _glob,
    "path": _path,
    "folder": _folder,
    "date": _date,
    "hours": _hours,
    "zone": _zone,
    "finding": _finding,
    "team": _matching(TEAM, "it names no team", "Write organisation/team, as in acme/data; people go under `users`."),
    "login": _matching(LOGIN, "it is no GitHub login", "Write the login alone; teams go under `owners.teams`."),
    "json-pointer": _matching(_POINTER, "it is no JSON Pointer", "Begin with a slash, such as /info/version."),
    "email": _matching(_EMAIL, "it is no email address", "Write the address alone, as in crm@example.com."),
    "slack": _matching(
        _SLACK, "it is no id of a Slack channel", "Copy the id from the channel's details, as in C0123456789."
    ),
    "setting": _matching(
        _SETTING, "it is not the name of a setting", "Write the name alone, in small letters, as in crm-alerts."
    ),
    "clock": _matching(_CLOCK, "it is no time of day", 'Write hours and minutes between quotes, as in "18:00".'),
    "offset": _matching(_OFFSET, "it is no offset from UTC", "Write Z, or an offset such as +02:00."),
    "contract-name": _matching(
        _NAME, "a contract's name is made of letters, digits, . _ and -", "Write it as in podio-schema, or {name}."
    ),
}  # fmt: skip
"""Checks of single texts; each raises `ValueError(what, fix)`, and leaves to the schema what is no text."""
