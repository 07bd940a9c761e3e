"""The kinds of finding: one table that the engine, the messages and docs/finding-kinds.md share.

Kinds explain a verdict and never decide it; the relations do (`rules.compare.relations`). The names are those of the
registry UX flow and the partner guide where these have one.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of difference: its title, its usual severity in words, whom it breaks, and what it means."""

    name: str
    title: str
    severity: str
    breaks: str
    explanation: str


_WRITERS = "writers, stored data"
_READERS = "readers"
_NOBODY = "nobody"

_TABLE = (
    Kind(
        "FIELD_ADDED", "Field added",
        "MINOR; MAJOR where content that was open until now could already hold the name",
        "readers that refuse unknown fields",
        "The new version declares a field that the old one did not, and does not ask for it.",
    ),
    Kind(
        "FIELD_REMOVED", "Field removed", "MAJOR", "readers; writers where the new version refuses unknown fields",
        "The old version declared a field that the new one no longer does.",
    ),
    Kind(
        "FIELD_RENAMED", "Field renamed", "MAJOR", "readers, writers, stored data",
        "A field left and one of the same shape, with a near name or the same field id, came in its place.",
    ),
    Kind(
        "FIELD_MOVED", "Field moved", "MAJOR", "readers, writers, stored data",
        "A field left one place and stands, with the same shape, in another.",
    ),
    Kind(
        "FIELD_TYPE_CHANGED", "Type changed",
        "MAJOR; MINOR where the new type accepts every old value and nobody reads", "readers, writers, stored data",
        "The JSON type of a value changed. Integer to number is a widening: writers are fine, readers may not be.",
    ),
    Kind(
        "REQUIRED_ADDED", "Now required", "MAJOR", _WRITERS,
        "A field that documents could leave out must now be there, or a new field is required from the start.",
    ),
    Kind(
        "REQUIRED_REMOVED", "No longer required", "MAJOR where a partner reads, else MINOR", _READERS,
        "A field that readers could count on may now be absent.",
    ),
    Kind(
        "CONSTRAINT_TIGHTENED", "Constraint tightened", "MAJOR", _WRITERS,
        "Values that were accepted until now are refused: a pattern, format, bound, length, count or condition.",
    ),
    Kind(
        "CONSTRAINT_LOOSENED", "Constraint loosened", "MAJOR where a partner reads, else MINOR", _READERS,
        "Values that were refused until now are accepted, so readers may meet what they never saw.",
    ),
    Kind(
        "CONSTRAINT_CHANGED", "Constraint changed", "MAJOR: undecided counts as not proven", "possibly anyone",
        "A constraint reads differently and neither direction could be decided.",
    ),
    Kind(
        "ENUM_VALUE_ADDED", "Value added to an enumeration", "MAJOR where a partner reads, else MINOR", _READERS,
        "The list of permitted values grew; a reader that knows the old list meets a new value.",
    ),
    Kind(
        "ENUM_VALUE_REMOVED", "Value removed from an enumeration", "MAJOR", _WRITERS,
        "The list of permitted values shrank; documents that hold the value are refused.",
    ),
    Kind(
        "NULLABLE_ADDED", "null now allowed", "MAJOR where a partner reads, else MINOR", _READERS,
        "A value that was always there may now be null.",
    ),
    Kind(
        "NULLABLE_REMOVED", "null no longer allowed", "MAJOR", _WRITERS,
        "Documents that hold null at this place are refused.",
    ),
    Kind(
        "DEFAULT_CHANGED", "Default changed", "MINOR", "whoever fills in defaults",
        "The default is documentation to a validator, and behaviour to code that fills it in.",
    ),
    Kind(
        "DEPRECATION_CHANGED", "Deprecation mark changed", "MINOR", _NOBODY,
        "A field is now marked as on its way out, or no longer.",
    ),
    Kind(
        "OPEN_CONTENT_CLOSED", "Open content closed", "MAJOR", _WRITERS,
        "Fields that the contract does not name were accepted and are now refused, or are no longer part of it.",
    ),
    Kind(
        "OPEN_CONTENT_TYPED", "Open content typed", "MAJOR", _WRITERS,
        "Fields that the contract does not name could hold anything and must now have a certain shape.",
    ),
    Kind(
        "OPEN_CONTENT_OPENED", "Open content opened", "MINOR; MAJOR where readers may meet it in declared fields",
        "readers that refuse unknown fields",
        "Fields that the contract does not name were refused or restricted and are now accepted.",
    ),
    Kind(
        "BRANCH_ADDED", "Alternative added", "MAJOR where a partner reads, or where it overlaps another; else MINOR",
        "readers; writers where documents now match two alternatives of a oneOf",
        "A oneOf or anyOf has one more alternative.",
    ),
    Kind(
        "BRANCH_REMOVED", "Alternative removed", "MAJOR", _WRITERS,
        "A oneOf or anyOf has one alternative less.",
    ),
    Kind(
        "DOCUMENTATION_CHANGED", "Documentation changed", "PATCH", _NOBODY,
        "Titles, descriptions, examples or other marks changed that no validator looks at.",
    ),
    Kind(
        "REFACTORED", "Rewritten without a change of meaning", "PATCH", _NOBODY,
        "The text differs (a $ref, an allOf, an order, a spelling), the accepted documents are the same.",
    ),
    Kind(
        "SCHEMA_CHANGED", "Schema changed", "as the relations say", "as the relations say",
        "The relations show a change that no finding above accounts for; the witness or the reason says what.",
    ),
    Kind(
        "OLDER_VERSION_BROKEN", "An older live version breaks", "MAJOR", "readers, writers, stored data",
        "The version before is compatible with an older one that is still live, and the new version no longer is. The "
        "oldest such version is named. Looked for where the contract's policy says `compare: all`.",
    ),
    Kind(
        "CONTRACT_REMOVED", "Contract removed", "MAJOR", "readers, writers, stored data",
        "The document is gone, is not archived, and no version takes its place.",
    ),
    Kind(
        "VERSION_REMOVED", "Version removed", "MAJOR", "readers, writers, stored data",
        "The document of one version is gone and is not archived; another version stays.",
    ),
)  # fmt: skip

KINDS: dict[str, Kind] = {kind.name: kind for kind in _TABLE}
"""Every kind of finding by its name, in the order in which people read them."""


def table() -> str:
    """Write the kinds as the Markdown table of docs/finding-kinds.md."""
    head = ("Kind", "What it means", "Severity", "Whom it breaks")
    rows = [(f"`{kind.name}`", kind.explanation, kind.severity, kind.breaks) for kind in KINDS.values()]
    lines = [head, ("---",) * len(head), *rows]
    return "".join(f"| {' | '.join(row)} |\n" for row in lines)
