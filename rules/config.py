"""`.github/contracts.yml` read into values: every problem at its line, or a configuration that can be relied on.

What a contract leaves out comes from the file's `defaults`, then from the `defaults` of the organisation's file, then
from `rules.contract`. A list or object given replaces the one below it; only `policy` is merged key by key. The
organisation's contracts are added to the file's, save those whose name the file uses itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, time
from itertools import islice

from rules import config_problems as say
from rules.calendar import Calendar, Interval
from rules.compare.values import Override
from rules.config_schema import SCHEMA, WEEKDAYS
from rules.contract import (
    Config,
    Contract,
    Enforcement,
    NamedRole,
    Owners,
    Partner,
    Policy,
    Stage,
    VersionScheme,
)
from rules.documents import Document, DocumentError, Problem, line_of, parse
from rules.globs import expand, glob, matches
from rules.jsontext import JsonValue
from rules.pointer import get, join
from rules.quoting import code
from rules.verdict import Verdict

__all__ = ["CONFIG_PATHS", "SCHEMA", "ConfigError", "expand", "glob", "load", "matches"]

CONFIG_PATHS = (".github/contracts.yml", ".github/contracts.yaml")
"""Where the configuration may stand; the first that exists counts."""

MAX_BYTES = 256 * 1024

_Entry = dict[str, JsonValue]
_MERGED = ("policy", "review")
_NAMES = ("roles", "partners")
_STAGES: tuple[Stage, ...] = ("observe", "warn", "enforce")


class ConfigError(ValueError):
    """A configuration cannot be used; carries every problem, in the order of its lines."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("; ".join(f"{problem.where()}: {problem.sentence}" for problem in problems))
        self.problems = problems


def load(text: str, path: str = CONFIG_PATHS[0], default: Config | None = None) -> Config:
    """Read a configuration; `default` is the organisation's. Raises `ConfigError` with every problem found.

    `path` is where the text comes from: problems name it, and a file that ends in `.json` is read as JSON. The file
    may hold 256 KB and 1,000 contracts.
    """
    document = _document(text, path)
    problems = list(dict.fromkeys(say.shape(document)))
    problems += _across(document, {problem.pointer for problem in problems})
    if problems:
        in_order = sorted(problems, key=lambda problem: (problem.line or 0, problem.sentence))
        raise ConfigError(tuple(islice(in_order, say.MAX_PROBLEMS)))
    return _config(document, default or Config())


def _document(text: str, path: str) -> Document:
    if len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        sentence = f"The file is larger than {MAX_BYTES // 1024} KB."
        raise ConfigError((Problem("config_too_large", sentence, "Let {name} stand for many files.", path=path),))
    # Before all else, and alone: other sentences quote what stands in the file.
    if secrets := tuple(islice(say.secrets(text, path), say.MAX_PROBLEMS)):
        raise ConfigError(secrets)
    try:
        return parse(path, text, syntax="json" if path.lower().endswith(".json") else "yaml")
    except DocumentError as error:
        raise ConfigError((error.problem,)) from None


def _config(document: Document, default: Config) -> Config:
    whole: _Entry = document.value
    defaults = _hyphened(whole.get("defaults", {}))
    shared = _laid(default.defaults, defaults)
    contracts = tuple(
        _contract(name, _laid(shared, _hyphened(entry)), document) for name, entry in whole.get("contracts", {}).items()
    )
    own = {contract.name for contract in contracts}
    inherited = tuple(contract for contract in default.contracts if contract.name not in own)
    return Config(contracts + inherited, source=document.path, defaults=defaults)


def _hyphened(entry: _Entry) -> _Entry:
    """Write every key as the schema does; names that people chose stay as they are."""
    return {
        key.replace("_", "-"): _hyphened(value) if isinstance(value, dict) and key not in _NAMES else value
        for key, value in entry.items()
    }


def _laid(below: _Entry, above: _Entry) -> _Entry:
    """Lay one set of settings over another."""
    merged = {key: _laid(below[key], above[key]) for key in _MERGED if key in below and key in above}
    return below | above | merged


def _contract(name: str, entry: _Entry, document: Document) -> Contract:
    plain = Contract(name=name, files=_tuple(entry["files"]))
    return Contract(
        name=name,
        files=plain.files,
        exclude=_tuple(entry.get("exclude")),
        format=entry.get("format", plain.format),
        scheme=_scheme(entry.get("version", "git")),
        manifest=entry.get("manifest"),
        data=_tuple(entry.get("data")),
        change_log=entry.get("change-log"),
        owners=_owners(entry.get("owners", {})),
        maintainers=_logins(entry.get("maintainers")),
        release_owners=_logins(entry.get("release-owners")),
        partners=_partners(entry.get("partners", ())),
        policy=_policy(entry.get("policy", {})),
        enforcement=_enforcement(entry.get("enforcement", "observe")),
        archive=_folders(entry.get("archive")) or plain.archive,
        proposals=_folders(entry.get("proposals")) or plain.proposals,
        line=line_of(document, join("/contracts", name)),
        source=document.path,
        lines=dict(_lines(document, "/defaults") | _lines(document, join("/contracts", name))),
    )


def _lines(document: Document, entry: str) -> dict[str, int]:
    """Tell on which line each key of an entry stands, those within as `policy/review`."""
    found = ((place, line_of(document, place)) for place in _places(document, entry))
    return {place.removeprefix(f"{entry}/").replace("_", "-"): line for place, line in found if line is not None}


def _places(document: Document, place: str) -> Iterator[str]:
    try:
        value = get(document.value, place)
    except KeyError:
        return
    for key in value if isinstance(value, dict) else ():
        yield join(place, key)
        yield from _places(document, join(place, key))
    if isinstance(value, list) and place.endswith("/files"):
        yield from (join(place, index) for index in range(len(value)))


def _tuple(value: JsonValue) -> tuple[str, ...]:
    if value is None:
        return ()
    return (value,) if isinstance(value, str) else tuple(value)


def _logins(value: JsonValue) -> tuple[str, ...]:
    return tuple(login.removeprefix("@") for login in _tuple(value))


def _folders(value: JsonValue) -> tuple[str, ...]:
    return tuple(name.removesuffix("/") for name in _tuple(value))


def _scheme(entry: JsonValue) -> VersionScheme:
    if isinstance(entry, str):
        return VersionScheme(entry)  # type: ignore[arg-type]  # the schema has checked it
    return VersionScheme(entry["scheme"], _tuple(entry.get("pointer")))


def _owners(entry: _Entry) -> Owners:
    roles = tuple(NamedRole(name, _logins(people)) for name, people in entry.get("roles", {}).items())
    return Owners(_logins(entry.get("teams")), _logins(entry.get("users")), roles)


def _partners(entry: JsonValue) -> tuple[Partner, ...]:
    if isinstance(entry, dict):
        return tuple(Partner(name, access) for name, access in entry.items())
    return tuple(Partner(name) for name in entry)


def _policy(entry: _Entry) -> Policy:
    plain = Policy()
    review = entry.get("review", {})
    return Policy(
        minor_hours=int(review.get("minor-hours", plain.minor_hours)),
        major_hours=int(review.get("major-hours", plain.major_hours)),
        on_silence=review.get("on-silence", plain.on_silence),
        calendar=_calendar(review.get("business-hours"), entry.get("zone", plain.zone)),
        on_error=entry.get("on-error", plain.on_error),
        strict_readers=entry.get("strict-readers", plain.strict_readers),
        compare=entry.get("compare", plain.compare),
        grace_days=int(entry.get("grace-days", plain.grace_days)),
        zone=entry.get("zone", plain.zone),
        accompany=tuple(entry.get("accompany", plain.accompany)),
        overrides=tuple(
            Override(one["match"], Verdict[one["severity"].upper()], one["reason"]) for one in entry.get("findings", ())
        ),
    )


def _calendar(entry: JsonValue, zone: str) -> Calendar | None:
    """Read the working hours; a day of its own takes the place of what holds for Monday to Friday."""
    if not entry:
        return None
    hours = entry["hours"]
    usual = hours.get("weekdays")
    spans = [
        Interval(number, *(time.fromisoformat(end) for end in span.split("-")))
        for number, day in enumerate(WEEKDAYS)
        for span in _tuple(hours.get(day, usual if number < 5 else None))
    ]  # fmt: skip
    until = entry.get("holidays-until")
    holidays = frozenset(date.fromisoformat(day) for day in _tuple(entry.get("holidays")))
    return Calendar(zone, tuple(spans), holidays, until and date.fromisoformat(until))


def _enforcement(entry: JsonValue) -> Enforcement:
    if isinstance(entry, str):
        return Enforcement(entry)  # type: ignore[arg-type]  # the schema has checked it
    since = entry.get("from")
    return Enforcement(entry["stage"], entry.get("next"), since and date.fromisoformat(since))


def _across(document: Document, wrong: set[str | None]) -> Iterator[Problem]:
    """Find what the schema cannot: keys that do not fit together. What already has a problem is passed over."""
    whole = document.value if isinstance(document.value, dict) else {}
    defaults, contracts = whole.get("defaults"), whole.get("contracts")
    entries = {"/defaults": defaults}
    if isinstance(contracts, dict):
        entries |= {join("/contracts", name): entry for name, entry in contracts.items()}
    for pointer, entry in entries.items():
        if isinstance(entry, dict) and not any(f"{one}/".startswith(f"{pointer}/") for one in wrong if one is not None):
            yield from _names(document, pointer, entry)
            yield from _stages(document, pointer, entry)
            yield from _scheme_problem(document, pointer, entry)
            yield from _twice(document, pointer, entry)


def _names(document: Document, pointer: str, entry: _Entry) -> Iterator[Problem]:
    """`{name}` has to stand in the contract's name and in each of its patterns, or nowhere."""
    if pointer == "/defaults":
        return
    named = "{name}" in pointer
    for pattern in _tuple(entry["files"]):
        if named != ("{name}" in pattern):
            has, lacks = ("the contract's name", code(pattern)) if named else (code(pattern), "the contract's name")
            sentence = f"{{name}} stands in {has} and not in {lacks}."
            fix = "Write {name} in both, for one contract of each match; or * in the pattern, for one contract in all."
            yield say.at(document, join(pointer, "files"), "config_name", sentence, fix)
    for key in ("data", "exclude", "manifest", "change-log", "change_log"):
        if not named and any("{name}" in one for one in _tuple(entry.get(key))):
            yield say.at(
                document, join(pointer, key), "config_name",
                f"`{key}` holds {{name}}, and the contract's name does not.",
                "Write {name} in the contract's name and in `files` too.",
            )  # fmt: skip


def _stages(document: Document, pointer: str, entry: _Entry) -> Iterator[Problem]:
    stage = entry.get("enforcement")
    if isinstance(stage, dict) and "next" in stage and _STAGES.index(stage["next"]) <= _STAGES.index(stage["stage"]):
        yield say.at(
            document, join(pointer, "enforcement", "next"), "config_stage",
            f"The next stage, {stage['next']}, is not stricter than {stage['stage']}.",
            "The stages go up: observe, warn, enforce.",
        )  # fmt: skip


def _scheme_problem(document: Document, pointer: str, entry: _Entry) -> Iterator[Problem]:
    version = entry.get("version")
    if isinstance(version, dict) and "pointer" in version and version["scheme"] in ("semver-file", "git"):
        yield say.at(
            document, join(pointer, "version", "pointer"), "config_pointer",
            f"The scheme {version['scheme']} reads no field, so that a pointer means nothing.",
            "Remove `pointer`, or choose semver-field or name-vn.",
        )  # fmt: skip


def _twice(document: Document, pointer: str, entry: _Entry) -> Iterator[Problem]:
    seen = set()
    for index, one in enumerate(entry.get("policy", {}).get("findings", ())):
        if one["match"] in seen:
            yield say.at(
                document, join(pointer, "policy", "findings", index), "config_twice",
                f"{code(one['match'][:60])} is overridden twice.", "Keep one of the two.",
            )  # fmt: skip
        seen.add(one["match"])
