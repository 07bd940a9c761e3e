"""Versions: how a document declares its own, what step two of them make, and which one a verdict asks for.

Before 1.0.0 SemVer promises nothing (§4). A contract that partners depend on is a promise all the same, so 0.y.z is
held to the rules of 1.y.z: a breaking change of 0.3.1 asks for 1.0.0.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from rules.contract import SchemeName, VersionScheme
from rules.documents import Document, Problem, line_of
from rules.jsontext import JsonValue
from rules.pointer import get
from rules.problems import problem
from rules.quoting import code
from rules.verdict import Verdict

POINTERS: dict[SchemeName, tuple[str, ...]] = {
    "semver-file": (),
    "semver-field": ("/version", "/x-version", "/$id", "/info/version"),
    "name-vn": ("/schema_version", "/properties/schema_version/const"),
    "git": (),
}
"""Where a version is looked for when the contract does not say; the first that exists counts."""

UNMOVED: dict[SchemeName, Verdict] = {
    "semver-file": Verdict.NONE,
    "semver-field": Verdict.NONE,
    "name-vn": Verdict.MINOR,
    "git": Verdict.MINOR,
}
"""The highest verdict that each scheme lets pass without a new version (the on-call policy keeps vN for additions)."""

# Nine digits are more than any version needs, and bound the work that a hostile name can ask for.
_CORE = r"(0|[1-9][0-9]{0,8})\.(0|[1-9][0-9]{0,8})(?:\.(0|[1-9][0-9]{0,8}))?"
_PRE = r"(?:-([0-9A-Za-z-]{1,40}(?:\.[0-9A-Za-z-]{1,40}){0,9}))?"
_SEMVER = re.compile(rf"v?{_CORE}{_PRE}(?:\+[0-9A-Za-z.-]{{1,80}})?")
_NAMED = re.compile(r"([a-z][a-z0-9_]{0,199})_v([1-9][0-9]{0,8})")
# In a name only well-known words count as a pre-release: "orders-1.2-schema.json" is 1.2.
_PRE_WORD = r"(?:-((?:alpha|beta|rc|pre|preview|draft|dev|snapshot|next)(?:[.-]?[0-9]{1,9})?))?"
_IN_NAME = re.compile(rf"(?<![0-9A-Za-z])(?<![0-9]\.)v?({_CORE}{_PRE_WORD})(?![0-9A-Za-z]|\.[0-9])")
_SUFFIX = re.compile(r"(\.schema)?\.[A-Za-z][A-Za-z0-9]{0,9}$")

Precedence = tuple[tuple[int, int, int], int, tuple[tuple[int, int, str], ...]]
"""The three numbers, 0 for a pre-release and 1 for none, and the pre-release's parts; compares as SemVer §11 says."""


@dataclass(frozen=True, slots=True)
class Versions:
    """The declared versions of a change, the bump that was declared, and the version that the verdict asks for.

    `required` is the lowest acceptable version, `recommended` the one to write; both `None` without a scheme.
    `bump` is the declared grade (NONE where the version did not move), `None` where it cannot be told.
    """

    old: str | None = None
    new: str | None = None
    bump: Verdict | None = None
    required: str | None = None
    recommended: str | None = None


@dataclass(frozen=True, slots=True)
class SemVer:
    """A semantic version of two or three parts; `patch` is `None` with two. `text` is as it was written."""

    major: int
    minor: int
    patch: int | None = None
    pre: str = ""
    text: str = ""

    @property
    def core(self) -> tuple[int, int, int]:
        """The three numbers; a part that is not written counts as 0."""
        return (self.major, self.minor, self.patch or 0)

    @property
    def precedence(self) -> Precedence:
        """The order among versions, by SemVer §11."""
        return (self.core, 0 if self.pre else 1, tuple(_rank(part) for part in self.pre.split(".") if part))

    def __str__(self) -> str:
        return self.text or self.plain()

    def plain(self) -> str:
        """Write it without pre-release, with as many parts as it was written with."""
        parts = (self.major, self.minor) if self.patch is None else self.core
        return ("v" if self.text.startswith("v") else "") + ".".join(map(str, parts))


@dataclass(frozen=True, slots=True)
class NamedVersion:
    """A version `<name>_v<N>`, as the on-call policy has it."""

    name: str
    number: int

    @property
    def precedence(self) -> Precedence:
        """The order among versions of one name."""
        return ((self.number, 0, 0), 1, ())

    def __str__(self) -> str:
        return f"{self.name}_v{self.number}"


Version = SemVer | NamedVersion


def _rank(part: str) -> tuple[int, int, str]:
    return (0, int(part), "") if part.isdecimal() else (1, 0, part)


def parse_semver(text: str) -> SemVer | None:
    """Read `1.2`, `1.2.3`, `v2.0.0-rc.1`; `None` for anything else."""
    match = _SEMVER.fullmatch(text)
    return _semver(match.groups(), text) if match else None


def parse_named(text: str) -> NamedVersion | None:
    """Read `<name>_v<N>`, N from 1 and without leading zeros; `None` for anything else."""
    match = _NAMED.fullmatch(text)
    return NamedVersion(match[1], int(match[2])) if match else None


def _semver(groups: tuple[str | None, ...], text: str) -> SemVer:
    major, minor, patch, pre = groups
    assert major is not None
    assert minor is not None
    return SemVer(int(major), int(minor), None if patch is None else int(patch), pre or "", text)


def in_file_name(path: str) -> tuple[str, SemVer] | None:
    """Find the version in a file's name: the name with the version cut out, and the version; `None` without one.

    `podio-schema-v1.1.json` gives `podio-schema-.json` and 1.1. The last version in the name counts.
    """
    name = path.rpartition("/")[2][:255]
    suffix = _SUFFIX.search(name)
    stem = name[: suffix.start()] if suffix else name
    found = list(_IN_NAME.finditer(stem))
    if not found:
        return None
    last = found[-1]
    family = stem[: last.start()] + stem[last.end() :] + name[len(stem) :]
    return family, _semver(last.groups()[1:], last[1])


def renamed(path: str, version: Version) -> str:
    """Give the path with the version in the file's name replaced; the path itself where its name holds none."""
    folder, slash, name = path.rpartition("/")
    found = in_file_name(path)
    if found is None:
        return path
    before, _, after = name.rpartition(str(found[1]))
    return f"{folder}{slash}{before}{version}{after}"


def in_uri(text: str) -> SemVer | None:
    """Find the version in the path of a URI, as in `https://example.com/orders/1.2.0`; the last one counts."""
    try:
        path = urlsplit(text[:2000]).path
    except ValueError:
        return None
    named = [found for found in (in_file_name(part) for part in path.split("/")) if found]
    return named[-1][1] if named else None


def read(scheme: VersionScheme, document: Document) -> Version | None:
    """Read the version that a document declares; `None` where it declares none that can be read (`unread` says why)."""
    if scheme.name == "semver-file":
        found = in_file_name(document.path)
        return found[1] if found else None
    pointer = place(scheme, document)
    return None if pointer is None else _read_value(scheme.name, get(document.value, pointer))


def unread(scheme: VersionScheme, document: Document) -> Problem | None:
    """Say why a document's version cannot be read (`version_missing`, `version_unreadable`); `None` where it can."""
    if scheme.name == "git" or read(scheme, document) is not None:
        return None
    pointer = place(scheme, document)
    if pointer is None:
        return _missing(scheme, document)
    return _unreadable(scheme, document, pointer, get(document.value, pointer))


def detect(old: Document, new: Document) -> VersionScheme:
    """Guess the scheme of two documents from what both declare: file names, `<name>_v<N>`, a field; else none."""
    before, after = in_file_name(old.path), in_file_name(new.path)
    if before and after and before[0] == after[0] and before[1].precedence != after[1].precedence:
        return VersionScheme("semver-file")
    guesses: tuple[SchemeName, ...] = ("name-vn", "semver-field")
    for name in guesses:
        scheme = VersionScheme(name)
        if read(scheme, old) is not None and read(scheme, new) is not None:
            return scheme
    return VersionScheme("git")


def place(scheme: VersionScheme, document: Document) -> str | None:
    """Give the JSON Pointer at which a document declares its version; `None` where that is not inside it."""
    for pointer in scheme.pointers or POINTERS[scheme.name]:
        try:
            value = get(document.value, pointer)
        except KeyError:
            continue
        if _read_value(scheme.name, value) is not None or not _is_uri(value):
            return pointer
    return None


def _is_uri(value: JsonValue) -> bool:
    return isinstance(value, str) and (":" in value or "/" in value)


def _read_value(scheme: SchemeName, value: JsonValue) -> Version | None:
    if not isinstance(value, str):
        return None
    if scheme == "name-vn":
        return parse_named(value)
    return parse_semver(value) or (in_uri(value) if _is_uri(value) else None)


_SHAPES: dict[SchemeName, str] = {
    "semver-file": 'Name the file with its version, as in "orders-v1.2.json".',
    "semver-field": 'Write a semantic version in quotes, as in "version": "1.2.0".',
    "name-vn": 'Write <name>_v<N>, as in "schema_version": "oncall_rotation_schema_v1".',
    "git": "",
}


def _missing(scheme: VersionScheme, document: Document) -> Problem:
    places = " or ".join(scheme.pointers or POINTERS[scheme.name])
    where = f" at {places}" if places else " in its file name"
    line = None if scheme.name == "semver-file" else 1
    sentence = f"{code(document.path)} declares no version{where}."
    return problem("version_missing", sentence, path=document.path, line=line, how=_SHAPES[scheme.name])


def _unreadable(scheme: VersionScheme, document: Document, pointer: str, value: JsonValue) -> Problem:
    what = f'"{value[:80]}" is not a version' if isinstance(value, str) else f"a version is text, not {_kind(value)}"
    sentence = f"{code(document.path)} at {pointer}: {what}."
    line = line_of(document, pointer)
    return problem(
        "version_unreadable", sentence, path=document.path, line=line, pointer=pointer, how=_SHAPES[scheme.name]
    )


def _kind(value: JsonValue) -> str:
    return {dict: "an object", list: "a list", bool: "true or false", type(None): "null"}.get(type(value), "a number")


def declared_bump(old: Version, new: Version) -> Verdict | None:
    """Say what the step from one version to the next declares; NONE where it does not go up, `None` between names.

    While a version is a pre-release, the step to the next one of the same number still stands for the whole step that
    the number announces (SemVer §9): 2.0.0-rc.1 → 2.0.0-rc.2 is MAJOR.
    """
    if isinstance(old, NamedVersion) and isinstance(new, NamedVersion):
        if old.name != new.name:
            return None
        return Verdict.MAJOR if new.number > old.number else Verdict.NONE
    if not isinstance(old, SemVer) or not isinstance(new, SemVer):
        return None
    if new.precedence <= old.precedence:
        return Verdict.NONE
    return _announced(new) if old.core == new.core else _first_difference(old.core, new.core)


def _first_difference(old: tuple[int, int, int], new: tuple[int, int, int]) -> Verdict:
    steps = zip(old, new, (Verdict.MAJOR, Verdict.MINOR, Verdict.PATCH), strict=True)
    return next((bump for before, after, bump in steps if before != after), Verdict.NONE)


def _announced(version: SemVer) -> Verdict:
    if version.core[2]:
        return Verdict.PATCH
    return Verdict.MINOR if version.minor else Verdict.MAJOR


def allowed(scheme: SchemeName, bump: Verdict | None) -> Verdict:
    """Say the highest verdict that a declared bump lets pass; MINOR where no bump can be told."""
    return Verdict.MINOR if bump is None else max(UNMOVED[scheme], bump)


def required(old: Version, verdict: Verdict) -> Version:
    """Give the lowest version, pre-releases aside, that may follow `old` with such a verdict."""
    if verdict is Verdict.NONE:
        return old
    if isinstance(old, NamedVersion):
        return replace(old, number=old.number + 1) if verdict > UNMOVED["name-vn"] else old
    if old.pre and verdict <= _announced(old):
        return parse_semver(old.plain()) or old
    two_parts = old.patch is None
    major, minor, patch = old.core
    numbers: dict[Verdict, tuple[int, ...]] = {
        Verdict.MAJOR: (major + 1, 0) if two_parts else (major + 1, 0, 0),
        Verdict.MINOR: (major, minor + 1) if two_parts else (major, minor + 1, 0),
        Verdict.PATCH: (major, minor, patch + 1),
    }
    text = ("v" if old.text.startswith("v") else "") + ".".join(map(str, numbers[verdict]))
    return parse_semver(text) or old


def recommend(current: str, verdict: Verdict) -> str | None:
    """Name the version to write after `current` with such a verdict; `None` where `current` is no version.

    1.2.3 and MINOR give 1.3.0, `2.0` gives `2.1`; PATCH on the two-part `1.1` gives `1.1.1`; `x_v1` and MAJOR give
    `x_v2`, and below MAJOR it stays.
    """
    version = parse_semver(current) or parse_named(current)
    return None if version is None else str(required(version, verdict))


def skips(old: Version, new: Version) -> bool:
    """Say whether the step leaves versions out (1.1 → 3.0); a step down leaves none out."""
    if isinstance(old, NamedVersion) or isinstance(new, NamedVersion):
        return isinstance(old, NamedVersion) and isinstance(new, NamedVersion) and new.number > old.number + 1
    steps = {str(required(replace(old, pre="", text=""), verdict)) for verdict in Verdict}
    nexts = {version.core for version in map(parse_semver, steps) if version}
    return new.core > old.core and new.core not in nexts
