"""Every kind of step of a migration: the sentence that says it, the way there, and the way back where there is one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from rules.jsontext import JsonValue
from rules.pointer import join, split
from rules.transform_dates import DateFormat
from rules.transform_expression import Compiled, ExpressionError, Scope, compile_expression
from rules.transform_places import ABSENT, Change, Document, each, fresh, look, places, put, take, values
from rules.transform_values import TransformError, cast, place_of

Function = Callable[[JsonValue, Mapping[str, JsonValue]], JsonValue]
"""A step of an installed package: the value at its place, and the options that the migration file gives."""

Made = tuple[str, Change, Change | None]


def _rename(entry: Mapping[str, Any], _: Mapping[str, Function]) -> Made:
    """Give members another name, also within every item of a list (`/items/*/price`)."""
    tokens, new = split(entry["at"]), entry["to"]
    parents, old = tokens[:-1], tokens[-1]
    return f"rename {entry['at']} to {new}", _renamer(parents, old, new), _renamer(parents, new, old)


def _renamer(parents: tuple[str, ...], old: str, new: str) -> Change:
    def change(document: Document) -> Document:
        for parent, where in values(document, parents):
            if isinstance(parent, dict) and old in parent:
                if new in parent:
                    raise TransformError("rename", join(where, new), f"{join(where, new)} is there already")
                # In its old place among the members, so that the document reads as it did.
                items = [(new if name == old else name, value) for name, value in parent.items()]
                parent.clear()
                parent.update(items)
        return document

    return change


def _move(entry: Mapping[str, Any], _: Mapping[str, Function]) -> Made:
    """Take a value to another place, making objects and lists on the way; the way back removes what it leaves empty."""
    source, goal = split(entry["from"]), split(entry["to"])
    return f"move {entry['from']} to {entry['to']}", _mover(source, goal), _mover(goal, source)


def _mover(source: tuple[str, ...], goal: tuple[str, ...]) -> Change:
    def change(document: Document) -> Document:
        value = take(document, source)
        if value is not ABSENT:
            put(document, goal, value, "move")
        return document

    return change


def _set_default(entry: Mapping[str, Any], _: Mapping[str, Function]) -> Made:
    """Fill in a member that is not there; the way back removes it where it holds the default."""
    tokens, value, back = split(entry["at"]), entry["value"], entry.get("down", "remove")
    parents, name = tokens[:-1], tokens[-1]

    def up(document: Document) -> Document:
        for parent, _where in values(document, parents):
            if isinstance(parent, dict):
                parent.setdefault(name, fresh(value))
        return document

    def down(document: Document) -> Document:
        for parent, where in values(document, parents):
            if isinstance(parent, dict) and name in parent:
                if back == "remove" and not _same(parent[name], value):
                    said = f"{join(where, name)} is not the default, which is all that the old version can say"
                    raise TransformError("set-default", join(where, name), said)
                del parent[name]
        return document

    return f"set {entry['at']} to its default where it is missing", up, _unchanged if back == "keep" else down


def _cast(entry: Mapping[str, Any], _: Mapping[str, Function]) -> Made:
    """Turn text into numbers or truth values, and back."""
    up, down = cast(entry["from"], entry["to"]), cast(entry["to"], entry["from"], decimals=entry.get("decimals"))
    sentence = f"read {entry['at']} as {entry['to']} instead of {entry['from']}"
    return sentence, each(entry["at"], up), each(entry["at"], down)


def _map_values(entry: Mapping[str, Any], _: Mapping[str, Function]) -> Made:
    """Replace values of a list by others; the way back needs each to come from one alone."""
    forward: dict[str, Any] = dict(entry["values"])
    back = {new: old for old, new in forward.items()} if all(isinstance(one, str) for one in forward.values()) else {}
    told: dict[str, Any] | None = entry.get("down") or (back if len(back) == len(forward) else None)
    keep = entry.get("otherwise", "fail") == "keep"

    def mapped(table: Mapping[str, Any]) -> Callable[[JsonValue, str], JsonValue]:
        def change(value: JsonValue, where: str) -> JsonValue:
            if isinstance(value, str) and value in table:
                return fresh(table[value])
            if keep:
                return value
            raise TransformError("map-values", where, f"the value at {where} is not among those that are mapped")

        return change

    up = each(entry["at"], mapped(forward))
    down = each(entry["at"], mapped(told)) if told is not None else None
    return f"map the values of {entry['at']}", up, down


def _split(entry: Mapping[str, Any], _: Mapping[str, Function]) -> Made:
    """Part a text into several members; as many parts as members, no more and no fewer."""
    up, down = _splitter(entry["at"], entry["into"], entry["by"]), _joiner(entry["into"], entry["at"], entry["by"])
    return f"split {entry['at']} into {', '.join(entry['into'])}", up, down


def _join(entry: Mapping[str, Any], _: Mapping[str, Function]) -> Made:
    """Put several texts together into one; none of them may hold what stands between them."""
    up, down = _joiner(entry["from"], entry["to"], entry["by"]), _splitter(entry["to"], entry["from"], entry["by"])
    return f"join {', '.join(entry['from'])} into {entry['to']}", up, down


def _splitter(at: str, into: Sequence[str], by: str) -> Change:
    def change(document: Document) -> Document:
        value = take(document, split(at))
        if value is ABSENT:
            return document
        parts = value.split(by) if isinstance(value, str) else []
        if len(parts) != len(into):
            raise TransformError(
                "split", at, f"the value at {at} does not have {len(into)} parts with {by!r} between them"
            )
        for place, part in zip(into, parts, strict=True):
            put(document, split(place), part, "split")
        return document

    return change


def _joiner(places: Sequence[str], to: str, by: str) -> Change:
    def change(document: Document) -> Document:
        parts = [look(document, split(place)) for place in places]
        if all(part is ABSENT for part in parts):
            return document
        for place, part in zip(places, parts, strict=True):
            if not isinstance(part, str) or by in part:
                raise TransformError("join", place, f"the value at {place} is no text that can stand beside {by!r}")
        for place in places:
            take(document, split(place))
        put(document, split(to), by.join(parts), "join")
        return document

    return change


def _date_format(entry: Mapping[str, Any], _: Mapping[str, Function]) -> Made:
    """Write dates in another format; of several old ones the first that fits is read, and the first is written back."""
    old = entry["from"] if isinstance(entry["from"], list) else [entry["from"]]
    zone = entry.get("zone", "Z")
    sources, goal = [DateFormat(one, zone) for one in old], DateFormat(entry["to"], zone)

    def change(read: Sequence[DateFormat], write: DateFormat) -> Callable[[JsonValue, str], JsonValue]:
        def run(value: JsonValue, where: str) -> JsonValue:
            moment = next((found for one in read if (found := one.read(value)) is not None), None)
            if moment is None:
                names = " or ".join(one.name for one in read)
                raise TransformError("date-format", where, f"the value at {where} is not a date as {names}")
            written = write.write(moment)
            if written is None:
                said = f"the time of the value at {where} cannot be said as {write.name}"
                raise TransformError("date-format", where, said)
            return written

        return run

    up, down = each(entry["at"], change(sources, goal)), each(entry["at"], change([goal], sources[0]))
    return f"write {entry['at']} as {goal.name}", up, down


def _remove(entry: Mapping[str, Any], _: Mapping[str, Function]) -> Made:
    """Take a member away; the way back puts a value in its place where one is named."""
    tokens = split(entry["at"])

    def up(document: Document) -> Document:
        for parent, _where in values(document, tokens[:-1]):
            if isinstance(parent, dict):
                parent.pop(tokens[-1], None)
        return document

    def down(document: Document) -> Document:
        for parent, _where in values(document, tokens[:-1]):
            if isinstance(parent, dict):
                parent.setdefault(tokens[-1], fresh(entry["restore"]))
        return document

    return f"remove {entry['at']}", up, down if "restore" in entry else None


def _expression(entry: Mapping[str, Any], _: Mapping[str, Function]) -> Made:
    """Compute a value from what stands at its place and the rest of the document."""
    try:
        up = compile_expression(entry["up"])
        down = compile_expression(entry["down"]) if "down" in entry else None
    except ExpressionError as error:
        raise ValueError(f"the expression of {entry['at']} cannot be used: {error}") from None
    make = entry.get("create", False)
    return (
        f"compute {entry['at']}: {entry['up']}", _computed(entry["at"], up, create=make),
        _computed(entry["at"], down, create=False) if down else None,
    )  # fmt: skip


def _computed(at: str, compiled: Compiled, *, create: bool) -> Change:
    tokens = split(at)

    def change(document: Document) -> Document:
        for parent, where in list(values(document, tokens[:-1])):
            for key in places(parent, tokens[-1], create=create):
                there = place_of(parent, str(key)) is not None
                try:
                    parent[key] = fresh(compiled(Scope(parent[key] if there else None, document)))
                except ExpressionError as error:
                    raise TransformError("expression", join(where, key), f"at {join(where, key)}: {error}") from None
        return document

    return change


def _call(entry: Mapping[str, Any], functions: Mapping[str, Function]) -> Made:
    """Run a function of an installed package on the value at a place."""

    def changed(name: str) -> Change:
        function = functions.get(name)
        if function is None:
            raise ValueError(
                f"no installed package offers the function {name!r}: install it where the migration runs; a package "
                "offers it as an entry point of the group concordat.transforms"
            )

        def change(value: JsonValue, where: str) -> JsonValue:
            try:
                return fresh(function(value, entry.get("options", {})))
            except Exception as error:  # noqa: BLE001 whatever it raises, this row cannot be migrated
                raise TransformError(
                    "call", where, f"{name} refuses the value at {where}: {type(error).__name__}"
                ) from None

        return each(entry["at"], change)

    return f"{entry['function']} at {entry['at']}", changed(entry["function"]), (
        changed(entry["down"]) if "down" in entry else None
    )  # fmt: skip


MAKERS: Mapping[str, Callable[[Mapping[str, Any], Mapping[str, Function]], Made]] = {
    "rename": _rename, "move": _move, "set-default": _set_default, "cast": _cast, "map-values": _map_values,
    "split": _split, "join": _join, "date-format": _date_format, "remove": _remove, "expression": _expression,
    "call": _call,
}  # fmt: skip
KINDS = tuple(MAKERS)
"""Every kind of step."""

_POINTERS: Mapping[str, tuple[str, ...]] = {"move": ("from", "to"), "split": ("at", "into"), "join": ("from", "to")}
"""Where a step says the places that it changes, other than `at`."""


def touched(kind: str, entry: Mapping[str, Any]) -> tuple[str, ...] | None:
    """Name the members of the outermost object in which a step may change anything; `None` where it may be any.

    A member that is renamed there keeps its place among the others, and so the object itself is made anew.
    """
    said = [entry[key] for key in _POINTERS.get(kind, ("at",))]
    pointers = [split(one) for part in said for one in (part if isinstance(part, list) else [part])]
    first = tuple(tokens[0] if tokens else "*" for tokens in pointers)
    renamed = kind == "rename" and len(pointers[0]) == 1
    return None if "*" in first or renamed else first


def _unchanged(document: Document) -> Document:
    return document


def _same(left: JsonValue, right: JsonValue) -> bool:
    return type(left) is type(right) and bool(left == right)
