"""The text of a first configuration file, with the comments that a person needs who has never seen one."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

from rules.contract import Owners, Policy, SchemeName
from rules.documents import Problem

_MAX_NOTES = 20
_PLAIN = re.compile(r"(?:\.github/)?[A-Za-z_][A-Za-z0-9_./@-]*(?:\*[A-Za-z0-9_./@-]*)*")
_RESERVED = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})
_DEFAULT = Policy()

NOBODY = Owners()

_WHY: dict[SchemeName, str] = {
    "semver-file": "the version is in the file's name",
    "semver-field": "the version is in a field: version, x-version or $id",
    "name-vn": "schema_version holds <name>_v<N>",
    "git": "the files declare no version",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One contract to be written; `files` is its pattern, `first` one of its files, `count` how many there are."""

    name: str
    files: str
    scheme: SchemeName
    first: str
    count: int = 1
    manifest: str | None = None
    data: str | None = None
    change_log: str | None = None
    owners: Owners = NOBODY


@dataclass(frozen=True, slots=True)
class Draft:
    """All that a first file says: the contracts, and what was seen and left out."""

    entries: tuple[Entry, ...]
    left_out: tuple[str, ...] = ()
    unreadable: tuple[Problem, ...] = ()
    unknown: tuple[str, ...] = ()
    unnamable: tuple[str, ...] = ()


def write(draft: Draft) -> str:
    """Write the file."""
    owners = {entry.owners for entry in draft.entries}
    shared = owners.pop() if len(owners) == 1 else NOBODY
    return "\n".join((*_head(shared), "", *_contracts(draft, shared), *_notes(draft))) + "\n"


def _head(shared: Owners) -> Iterator[str]:
    yield "# The contracts that Concordat keeps for this repository: schemas that others depend on."
    yield "# Of each pull request that changes one it says whom that breaks, with proof, and who has to agree."
    yield "# A first draft, made from what stands in the repository. Every line is yours to change."
    yield "version: 1"
    yield ""
    yield "# What holds for every contract that does not say otherwise."
    yield "defaults:"
    yield "  # observe: the check reports and never blocks. Move up to warn, then to enforce, which blocks;"
    yield "  # the step may carry its date: {stage: observe, next: warn, from: 2030-01-20}"
    yield "  enforcement: observe"
    if shared == NOBODY:
        yield "  # Who approves a change. People go under users: [login]."
        yield "  # owners: {teams: [your-organisation/your-team]}"
    else:
        yield "  # Who approves a change; taken from CODEOWNERS."
        yield f"  owners: {_owners(shared)}"
    yield "  policy:"
    yield "    review:"
    yield f"      minor-hours: {_DEFAULT.minor_hours}   # for a MINOR change: what depends on the contract still works"
    yield f"      major-hours: {_DEFAULT.major_hours}  # for a MAJOR change: something that depends on it can break"
    yield "      # When the hours of a MINOR change pass without an objection, silence counts as approval, of"
    yield "      # those who were told in time."
    yield "      # Write escalate to have it wait for an answer instead. A MAJOR change always waits."
    yield "      on-silence: approve"


def _contracts(draft: Draft, shared: Owners) -> Iterator[str]:
    if not draft.entries:
        yield "# No JSON Schema was found. Add yours as in this example:"
        yield "#"
        yield "#   orders:"
        yield "#     files: schemas/orders.schema.json"
        yield "#     partners: {crm: reads}"
        yield "contracts: {}"
        return
    yield "# Each contract by its name. Say who depends on one, so that a change is judged by what they do:"
    yield "#     partners: {crm: reads, warehouse: writes}"
    yield "contracts:"
    for index, entry in enumerate(draft.entries):
        if index:
            yield ""
        yield from _entry(entry, shared)


def _entry(entry: Entry, shared: Owners) -> Iterator[str]:
    yield f"  {text(entry.name)}:"
    many = f"  # {entry.count} files today" if entry.count > 1 else ""
    if "{name}" in entry.name:
        many += "; each is a contract of its own"
    yield f"    files: {text(entry.files)}{many}"
    yield f"    version: {entry.scheme}  # {_WHY[entry.scheme]}"
    if entry.scheme == "name-vn" and entry.count == 1 and not entry.manifest:
        beside = re.sub(r"\.(?:json|ya?ml)$", "", entry.first, flags=re.IGNORECASE)
        yield "    # To pin the version and hash, take this in and run `concordat manifest refresh`:"
        yield f"    # manifest: {text(f'{beside}.manifest.json')}"
    if entry.manifest:
        yield f"    manifest: {text(entry.manifest)}  # pins the schema's version and hash"
    if entry.data:
        yield f"    data: {text(entry.data)}  # must stay valid under the schema"
    if entry.change_log:
        yield f"    change-log: {text(entry.change_log)}  # each version adds a row"
    if entry.owners not in (shared, NOBODY):
        yield f"    owners: {_owners(entry.owners)}  # from CODEOWNERS"


def _owners(owners: Owners) -> str:
    kinds = (("teams", owners.teams), ("users", owners.users))
    return "{" + ", ".join(f"{kind}: [{', '.join(map(text, names))}]" for kind, names in kinds if names) + "}"


def _notes(draft: Draft) -> Iterator[str]:
    """Say what was seen and is not among the contracts, so that nobody takes it for guarded."""
    if draft.left_out:
        yield ""
        yield f"# {len(draft.left_out)} more schemas are not listed; gather them with {{name}}, as in:"
        yield '#   "{name}": {files: schemas/{name}.schema.json}'
        yield from _cut([f"#   {text(pattern)}" for pattern in draft.left_out])
    if draft.unknown:
        yield ""
        yield "# Contracts by their names, in a format that cannot be compared:"
        yield from _cut([f"#   {text(path)}" for path in draft.unknown])
    if draft.unnamable:
        yield ""
        yield "# Schemas whose paths no pattern can name; rename the files to have them guarded:"
        yield from _cut([f"#   {_shown(path)}" for path in draft.unnamable])
    if draft.unreadable:
        yield ""
        yield "# Could not be read:"
        yield from _cut(
            [f"#   {_shown(one.path)}, line {one.line or 1}: {_flat(one.sentence)}" for one in draft.unreadable]
        )


def _cut(lines: list[str]) -> Iterator[str]:
    yield from lines[:_MAX_NOTES]
    if len(lines) > _MAX_NOTES:
        yield f"#   … and {len(lines) - _MAX_NOTES} more"


def _shown(path: str) -> str:
    """Write a path on the line of a comment, whatever it holds."""
    return text(path) if path.isprintable() else ascii(path)


def _flat(sentence: str) -> str:
    """Keep a sentence on the line of its comment, whatever it quotes."""
    return "".join(one if one.isprintable() else " " for one in sentence)


def text(value: str) -> str:
    """Write printable text so that YAML reads the same text: plain where that is safe, else in double quotes."""
    if _PLAIN.fullmatch(value) and value.lower() not in _RESERVED:
        return value
    return json.dumps(value, ensure_ascii=False)
