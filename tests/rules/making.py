"""Values that the tests of the core are made of: documents from plain values, contracts, changes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from rules.change import Change
from rules.contract import Contract, Policy, SchemeName, VersionScheme
from rules.documents import Document, parse
from rules.jsontext import JsonValue, dumps


def document(value: JsonValue, path: str = "orders.schema.json") -> Document:
    return parse(path, dumps(value, indent=2))


def contract(scheme: SchemeName = "git", **values: Any) -> Contract:
    made = Contract(name="orders", files=("orders.schema.json",), scheme=VersionScheme(scheme))
    return replace(made, **values)


def fields(*names: str, required: tuple[str, ...] = (), **rest: JsonValue) -> dict[str, JsonValue]:
    """A schema of an object with string fields."""
    properties = {name: {"type": "string"} for name in names}
    return {"type": "object", "properties": properties, "required": list(required), **rest}


def change(
    base: JsonValue | Document | None,
    head: JsonValue | Document | None,
    *,
    of: Contract | None = None,
    **values: Any,
) -> Change:
    before = base if base is None or isinstance(base, Document) else document(base)
    after = head if head is None or isinstance(head, Document) else document(head)
    paths = frozenset(one.path for one in (before, after) if one is not None)
    values.setdefault("changed", paths | frozenset(values.get("files", {})))
    return Change(contract=of or contract(), base=before, head=after, **values)


SILENT = Policy(on_silence="approve")
