"""The manifest beside a schema: a JSON file that pins the schema's version and the hash of its bytes.

It makes every change of the schema intentional, as the on-call policy asks: who edits the schema refreshes the pin.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import partial

from rules.change import Change
from rules.contract import Contract
from rules.documents import Document, DocumentError, Problem, line_of, parse
from rules.jsontext import JsonValue, dumps
from rules.problems import problem
from rules.quoting import code, command
from rules.versions import read


def check(change: Change) -> tuple[Problem, ...]:
    """Say what is wrong with the manifest of a change's head; empty where the contract keeps none."""
    if change.contract.manifest is None or change.head is None:
        return ()
    return check_pin(change.contract, change.head, change.files.get(change.contract.manifest))


def check_pin(contract: Contract, schema: Document, text: str | None) -> tuple[Problem, ...]:
    """Hold a manifest's text against the schema that it pins; `None` is a manifest that does not exist."""
    path = contract.manifest or ""
    refresh = command("concordat", "manifest", "refresh", schema.path)
    if text is None:
        sentence = f"{code(path)} does not exist; it has to pin {code(schema.path)}."
        return (problem("manifest_missing", sentence, path=path, refresh=refresh, manifest=path),)
    try:
        manifest = parse(path, text)
    except DocumentError as error:
        sentence = f"The manifest cannot be read: {error.problem.sentence}"
        return (
            problem(
                "manifest_unreadable", sentence, path=path, line=error.problem.line, refresh=refresh, manifest=path
            ),
        )
    if not isinstance(manifest.value, dict):
        sentence = f"{code(path)} has to hold a JSON object with schema_version and sha256."
        return (problem("manifest_unreadable", sentence, path=path, line=1, refresh=refresh, manifest=path),)
    stale = partial(problem, "manifest_stale", path=path, refresh=refresh, manifest=path)
    return tuple(
        stale(sentence, line=line_of(manifest, f"/{key}"), pointer=f"/{key}")
        for key, sentence in _differences(contract, schema, manifest.value)
    )


def _differences(contract: Contract, schema: Document, pins: dict[str, JsonValue]) -> Iterator[tuple[str, str]]:
    """Name each key of a manifest that does not say what the schema is."""
    name = code(schema.path)
    declared = read(contract.scheme, schema)
    if declared is not None and pins.get("schema_version") != str(declared):
        yield "schema_version", f"{name} declares {declared}, the manifest pins {_said(pins, 'schema_version')}."
    found = sha256(schema.text)
    pinned = pins.get("sha256")
    if not isinstance(pinned, str) or pinned.lower() != found:
        yield "sha256", f"{name} has the SHA-256 {found[:12]}…, the manifest pins {_said(pins, 'sha256')}."
    if pins.get("schema_file", schema.path) != schema.path:
        yield "schema_file", f"The manifest is for {_said(pins, 'schema_file')}, not for {name}."


def _said(pins: dict[str, JsonValue], key: str) -> str:
    value = pins.get(key)
    if not isinstance(value, str):
        return "none" if key not in pins else "something that is not text"
    return f"{value[:12]}…" if key == "sha256" and len(value) > 12 else value[:200]


def sha256(text: str) -> str:
    """Hash a schema file's bytes: 64 hexadecimal characters."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def refreshed(schema_path: str, schema_text: str, schema_version: str | None, existing: str | None = None) -> str:
    """Write the manifest that pins a schema, as the text of its file.

    Keys of the `existing` manifest that are not ours are kept, in their order; one that cannot be read is replaced.
    Refreshing what is fresh changes nothing.
    """
    pins: dict[str, JsonValue] = {"schema_file": schema_path, "sha256": sha256(schema_text)}
    if schema_version is not None:
        pins = {"schema_file": schema_path, "schema_version": schema_version, "sha256": pins["sha256"]}
    return dumps({**_kept(existing), **pins}, indent=2) + "\n"


def _kept(existing: str | None) -> dict[str, JsonValue]:
    try:
        value = parse("manifest.json", existing or "{}").value
    except DocumentError:
        return {}
    return value if isinstance(value, dict) else {}
