"""A first configuration for a repository: its schemas found, families of files grouped, owners and change logs named.

Reads what `concordat init` has read and writes a file that a person understands and `rules.config.load` accepts.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import count
from typing import NamedTuple
from unicodedata import combining, normalize

from rules.codeowners import owners_of
from rules.contract import Owners, SchemeName, VersionScheme
from rules.documents import Document, DocumentError, Problem, parse
from rules.draft import Draft, Entry, write
from rules.globs import check_glob, glob
from rules.versions import NamedVersion, SemVer, in_file_name, read

MAX_ENTRIES = 200
"""More contracts than these are for `{name}` to gather, not for a person to read one by one."""

_MAX_NAME = 100
_MANY = 4  # schemas of one kind in one folder; fewer are clearer one by one

_PASSED_OVER = frozenset({
    "archive", "archived", "proposals", "node_modules", "vendor", "third_party", "dist", "build", "target", "test",
    "tests", "__tests__", "fixtures", "__fixtures__", "testdata", "snapshots", "__snapshots__",
})  # fmt: skip
_HOMES = frozenset({"schema", "schemas", "contract", "contracts", "jsonschema", "jsonschemas"})
_BETWEEN = re.compile(r"[-_. ]+")
_APIS = ("openapi", "swagger", "asyncapi")
_ENDING = re.compile(r"(?:\.schema)?\.(?:json|ya?ml)$", re.IGNORECASE)
_DIALECT = re.compile(r"^https?://json-schema\.org/(?:draft[-/0-9]+/)?(?:hyper-)?schema#?$")
_SHAPES = ("properties", "$defs", "definitions", "oneOf", "anyOf", "allOf", "$ref", "items", "enum")
_TYPES = ("object", "array", "string", "number", "integer", "boolean", "null")
_LOGS = ("changelog.md", "changes.md", "change-log.md")
_CHANGE_LOG = re.compile(r"^#{1,6}[^\n]{0,80}\bchange[- ]?log\b", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class _Schema:
    """One schema that was found: its document, how it declares its version, and its family where that is in names."""

    document: Document
    scheme: SchemeName
    family: str = ""

    @property
    def path(self) -> str:
        return self.document.path

    @property
    def folder(self) -> str:
        return self.path.rpartition("/")[0]

    @property
    def ending(self) -> str:
        match = _ENDING.search(self.path)
        return match[0] if match else ""


class _Kind(NamedTuple):
    """What schemas have in common that can stand behind one `{name}`."""

    folder: str
    ending: str
    scheme: SchemeName


@dataclass(slots=True)
class _Found:
    schemas: list[_Schema] = field(default_factory=list)
    unreadable: list[Problem] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    unnamable: list[str] = field(default_factory=list)


def draft_config(files: Mapping[str, str]) -> str:
    """Write a first `contracts.yml` for a repository; `files` maps the paths that were looked at to their texts."""
    found = _look(files)
    logs = _change_logs(files)
    entries = [_completed(entry, files, logs) for entry in _entries(found, files)]
    entries = _named_apart(entries)
    draft = Draft(
        entries=tuple(entries[:MAX_ENTRIES]),
        left_out=tuple(entry.files for entry in entries[MAX_ENTRIES:]),
        unreadable=tuple(found.unreadable),
        unknown=tuple(found.unknown),
        unnamable=tuple(found.unnamable),
    )
    return write(draft)


def _look(files: Mapping[str, str]) -> _Found:
    """Find the schemas among the files, in the order of their paths."""
    found = _Found()
    for path in sorted(files):
        hinted = _hinted(path)
        if not _worth_reading(path, files[path], hinted=hinted):
            continue
        try:
            document = parse(path, files[path])
        except DocumentError as error:
            if hinted:
                found.unreadable.append(error.problem)
            continue
        if _is_schema(document, hinted=hinted) and _unwritable(path):
            found.unnamable.append(path)
        elif _is_schema(document, hinted=hinted):
            found.schemas.append(_schema(document))
        elif _describes_api(document) or (in_file_name(path) and "schema" in path.rpartition("/")[2].lower()):
            found.unknown.append(path)
    return found


def _hinted(path: str) -> bool:
    """Say whether a path alone suggests a schema: by its ending, its name, or the folder that it stands in."""
    *folders, name = path.lower().split("/")
    return any(word in name for word in ("schema", *_APIS)) or any(
        not _HOMES.isdisjoint(_BETWEEN.split(folder)) for folder in folders
    )


def _worth_reading(path: str, text: str, *, hinted: bool) -> bool:
    folders = path.split("/")[:-1]
    if not _ENDING.search(path) or not _PASSED_OVER.isdisjoint(folder.lower() for folder in folders):
        return False
    if any(folder.startswith(".") and folder != ".github" for folder in folders):
        return False
    return (hinted and not path.endswith(".manifest.json")) or ("$schema" in text and path.endswith(".json"))


def _unwritable(path: str) -> bool:
    """Say whether a path cannot stand in the file: as a pattern, or at all."""
    if not path.isprintable() or "{name}" in path:
        return True
    try:
        check_glob(_literal(path))
    except ValueError:
        return True
    return False


def _literal(path: str) -> str:
    return re.sub(r"[*?\[]", r"[\g<0>]", path)


def _is_schema(document: Document, *, hinted: bool) -> bool:
    value = document.value
    if not isinstance(value, dict) or _describes_api(document):
        return False
    declared = value.get("$schema")
    if isinstance(declared, str):
        return bool(_DIALECT.match(declared)) and value.get("$id", value.get("id")) != declared
    return hinted and (value.get("type") in _TYPES or any(isinstance(value.get(key), dict | list) for key in _SHAPES))


def _describes_api(document: Document) -> bool:
    """Say whether a document describes an API: such a one holds schemas and is none."""
    value = document.value
    return isinstance(value, dict) and any(isinstance(value.get(key), str) for key in _APIS)


def _schema(document: Document) -> _Schema:
    in_name = in_file_name(document.path)
    if in_name:
        return _Schema(document, "semver-file", in_name[0])
    if isinstance(read(VersionScheme("name-vn"), document), NamedVersion):
        return _Schema(document, "name-vn")
    if isinstance(read(VersionScheme("semver-field"), document), SemVer):
        return _Schema(document, "semver-field")
    return _Schema(document, "git")


def _entries(found: _Found, files: Mapping[str, str]) -> Iterator[Entry]:
    families: dict[tuple[str, str], list[_Schema]] = defaultdict(list)
    kinds: dict[_Kind, list[_Schema]] = defaultdict(list)
    for schema in found.schemas:
        if schema.scheme == "semver-file":
            families[schema.folder, schema.family].append(schema)
        else:
            kinds[_Kind(schema.folder, schema.ending, schema.scheme)].append(schema)
    made = [_family(schemas) for schemas in families.values()]
    for kind, schemas in kinds.items():
        gathered = _gathered(kind, schemas, files)
        made += [gathered] if gathered else map(_single, schemas)
    yield from sorted(made, key=lambda entry: entry.files)


def _family(schemas: list[_Schema]) -> Entry:
    """Make one contract of the files whose names differ in their version alone."""
    last = schemas[-1]
    folder, slash, name = last.path.rpartition("/")
    found = in_file_name(last.path)
    assert found is not None  # that is how it came to be a family
    before, _, after = name.rpartition(str(found[1]).removeprefix("v"))
    pattern = f"{_literal(folder)}{slash}{_literal(before)}*{_literal(after)}"
    return Entry(_stem(schemas[0].family), pattern, "semver-file", first=last.path, count=len(schemas))


def _single(schema: _Schema) -> Entry:
    return Entry(_stem(schema.path.rpartition("/")[2]), _literal(schema.path), schema.scheme, first=schema.path)


def _gathered(kind: _Kind, schemas: list[_Schema], files: Mapping[str, str]) -> Entry | None:
    """Let `{name}` stand for many schemas of one kind, where the pattern finds them and nothing else."""
    prefix = f"{_literal(kind.folder)}/" if kind.folder else ""
    pattern = f"{prefix}{{name}}{kind.ending}"
    if len(schemas) < _MANY or {path for path in files if glob(pattern, path)} != {schema.path for schema in schemas}:
        return None
    return Entry("{name}", pattern, kind.scheme, first=schemas[0].path, count=len(schemas))


def _stem(name: str) -> str:
    """Make a contract's name of a file's: its ending and the place of its version cut off, odd characters too."""
    bare = "".join(one for one in normalize("NFKD", _ENDING.sub("", name)) if not combining(one))
    plain = re.sub(r"[^A-Za-z0-9._-]+", "-", bare)
    plain = re.sub(r"[-._]v?$", "", plain.strip("-._")).strip("-._")
    return plain[:80] or "contract"


def _named_apart(entries: Iterable[Entry]) -> list[Entry]:
    """Give every contract a name of its own, with as many folders before it as that takes; a number where none help."""
    listed = list(entries)
    names = Counter(entry.name for entry in listed)
    taken: set[str] = set()
    for index, entry in enumerate(listed):
        # What `{name}` will stand for can be the name of another contract as well.
        shared = names[entry.name] > 1 or (entry.name == "{name}" and len(listed) > 1)
        name = next(name for name in _longer(entry) if name not in taken and not (shared and name == entry.name))
        taken.add(name)
        listed[index] = replace(entry, name=name)
    return listed


def _longer(entry: Entry) -> Iterator[str]:
    """Give names for a contract, each with one more folder before it, and then with numbers after it."""
    name = entry.name
    folders = [folder for folder in entry.first.split("/")[:-1] if folder.lower() not in _HOMES]
    if name.lower() in _HOMES and folders:
        name = _stem(folders.pop())
    yield name
    longer = name
    for folder in reversed(folders or entry.first.split("/")[:-1]):
        longer = f"{_stem(folder)}.{longer}"
        if len(longer) <= _MAX_NAME:
            yield longer
    yield from (f"{name}-{number}" for number in count(2))


def _completed(entry: Entry, files: Mapping[str, str], logs: Mapping[str, str]) -> Entry:
    """Add what stands near a contract: manifest, data, change log, owners."""
    single = entry.count == 1 and entry.scheme != "semver-file"
    return replace(
        entry,
        manifest=_manifest(entry.first, files) if single else None,
        data=_data(entry.first, files) if single else None,
        change_log=_change_log(entry.first, logs),
        owners=owners_of(entry.first, files) or Owners(),
    )


def _manifest(path: str, files: Mapping[str, str]) -> str | None:
    beside = _ENDING.sub("", path)
    wanted = (f"{beside}.schema.manifest.json", f"{beside}.manifest.json")
    return next((one for one in wanted if one in files and "sha256" in files[one]), None)


def _data(path: str, files: Mapping[str, str]) -> str | None:
    """Find the document that a schema describes: `rotation.json` beside `rotation.schema.json`."""
    beside = re.sub(r"\.schema(?=\.(?:json|ya?ml)$)", "", path)
    return _literal(beside) if beside != path and beside in files else None


def _change_logs(files: Mapping[str, str]) -> dict[str, str]:
    """Find the change log of each folder that has one: a file of such a name, else a README with such a heading."""
    found: dict[str, str] = {}
    for path in sorted(files):
        folder, _, name = path.rpartition("/")
        if folder in found or _unwritable(path):
            continue
        name = name.lower()
        if name in _LOGS or (name == "readme.md" and _CHANGE_LOG.search(files[path])):
            found[folder] = path
    return found


def _change_log(path: str, logs: Mapping[str, str]) -> str | None:
    """Find the change log in a schema's folder or the one above, but not the whole repository's."""
    folder = path.rpartition("/")[0]
    return logs.get(folder) or logs.get(folder.rpartition("/")[0] or folder)
