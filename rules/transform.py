"""A migration's steps as pure functions: what each does to a document, and what takes it back.

`compile_steps` makes them of what a migration file says (`rules.migration_spec` has checked it); `Transform.up` and
`down` run them. A step that meets a document which it cannot say in the other form raises `TransformError`: nothing is
guessed, nothing overwritten. `up` then `down` gives the document back, unless a step says that it cannot.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from rules.jsontext import JsonValue
from rules.pointer import join, split
from rules.transform_dates import DateFormat
from rules.transform_expression import Compiled, ExpressionError, Scope, compile_expression
from rules.transform_values import TransformError, cast, place_of

__all__ = ["Function", "Step", "Transform", "TransformError", "compile_steps"]

Document = JsonValue
Change = Callable[[Document], Document]
Function = Callable[[JsonValue, Mapping[str, JsonValue]], JsonValue]
"""A step of an installed package: the value at its place, and the options that the migration file gives."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step: its kind, what it does in a sentence, both ways, and why there is no way back where there is none."""

    kind: str
    sentence: str
    up: Change
    down: Change | None
    irreversible: str | None = None


@dataclass(frozen=True, slots=True)
class Transform:
    """The steps of a migration, in their order."""

    steps: tuple[Step, ...] = ()

    @property
    def irreversible(self) -> tuple[str, ...]:
        """The reasons for which there is no way back; empty where there is one."""
        return tuple(step.irreversible for step in self.steps if step.irreversible)

    def up(self, document: Document) -> Document:
        """Bring a document to the new version, changing it in place; raises `TransformError`."""
        for step in self.steps:
            document = step.up(document)
        return document

    def down(self, document: Document) -> Document:
        """Bring a document back to the old version, as `up`; also raises where a step has no way back."""
        for step in reversed(self.steps):
            if step.down is None:
                raise TransformError(step.kind, "", f"there is no way back: {step.irreversible}")
            document = step.down(document)
        return document


def compile_steps(steps: Sequence[Mapping[str, Any]], functions: Mapping[str, Function] | None = None) -> Transform:
    """Make a transform of the steps of a migration file.

    `functions` are those that installed packages offer, by name. Raises `ValueError` with a sentence for what the
    file's schema cannot say: an expression that cannot be read, a function that is not installed, a step that does not
    say how it is taken back.
    """
    return Transform(tuple(_step(one, functions or {}) for one in steps))


def _step(entry: Mapping[str, Any], functions: Mapping[str, Function]) -> Step:
    kind = next(key for key in entry if key in _MAKERS)
    sentence, up, down = _MAKERS[kind](entry[kind], functions)
    reason = entry.get("irreversible")
    if reason is None and down is None:
        raise ValueError(f"`{kind}` here has no way back: say how to take it back, or `irreversible: reason`")
    return Step(kind, sentence, up, None if reason else down, reason)


Made = tuple[str, Change, Change | None]


def _rename(entry: Mapping[str, Any], _: Mapping[str, Function]) -> Made:
    """Give members another name, also within every item of a list (`/items/*/price`)."""
    tokens, new = split(entry["at"]), entry["to"]
    parents, old = tokens[:-1], tokens[-1]
    return f"rename {entry['at']} to {new}", _renamer(parents, old, new), _renamer(parents, new, old)


def _renamer(parents: tuple[str, ...], old: str, new: str) -> Change:
    def change(document: Document) -> Document:
        for parent, where in _values(document, parents):
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
        value = _take(document, source)
        if value is not _ABSENT:
            _put(document, goal, value, "move")
        return document

    return change


def _set_default(entry: Mapping[str, Any], _: Mapping[str, Function]) -> Made:
    """Fill in a member that is not there; the way back removes it where it holds the default."""
    tokens, value, back = split(entry["at"]), entry["value"], entry.get("down", "remove")
    parents, name = tokens[:-1], tokens[-1]

    def up(document: Document) -> Document:
        for parent, _where in _values(document, parents):
            if isinstance(parent, dict):
                parent.setdefault(name, _fresh(value))
        return document

    def down(document: Document) -> Document:
        for parent, where in _values(document, parents):
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
    return sentence, _each(entry["at"], up), _each(entry["at"], down)


def _map_values(entry: Mapping[str, Any], _: Mapping[str, Function]) -> Made:
    """Replace values of a list by others; the way back needs each to come from one alone."""
    forward: dict[str, Any] = dict(entry["values"])
    back = {new: old for old, new in forward.items()} if all(isinstance(one, str) for one in forward.values()) else {}
    told: dict[str, Any] | None = entry.get("down") or (back if len(back) == len(forward) else None)
    keep = entry.get("otherwise", "fail") == "keep"

    def mapped(table: Mapping[str, Any]) -> Callable[[JsonValue, str], JsonValue]:
        def change(value: JsonValue, where: str) -> JsonValue:
            if isinstance(value, str) and value in table:
                return _fresh(table[value])
            if keep:
                return value
            raise TransformError("map-values", where, f"the value at {where} is not among those that are mapped")

        return change

    up = _each(entry["at"], mapped(forward))
    down = _each(entry["at"], mapped(told)) if told is not None else None
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
        value = _take(document, split(at))
        if value is _ABSENT:
            return document
        parts = value.split(by) if isinstance(value, str) else []
        if len(parts) != len(into):
            raise TransformError(
                "split", at, f"the value at {at} does not have {len(into)} parts with {by!r} between them"
            )
        for place, part in zip(into, parts, strict=True):
            _put(document, split(place), part, "split")
        return document

    return change


def _joiner(places: Sequence[str], to: str, by: str) -> Change:
    def change(document: Document) -> Document:
        parts = [_look(document, split(place)) for place in places]
        if all(part is _ABSENT for part in parts):
            return document
        for place, part in zip(places, parts, strict=True):
            if not isinstance(part, str) or by in part:
                raise TransformError("join", place, f"the value at {place} is no text that can stand beside {by!r}")
        for place in places:
            _take(document, split(place))
        _put(document, split(to), by.join(parts), "join")
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

    up, down = _each(entry["at"], change(sources, goal)), _each(entry["at"], change([goal], sources[0]))
    return f"write {entry['at']} as {goal.name}", up, down


def _remove(entry: Mapping[str, Any], _: Mapping[str, Function]) -> Made:
    """Take a member away; the way back puts a value in its place where one is named."""
    tokens = split(entry["at"])

    def up(document: Document) -> Document:
        for parent, _where in _values(document, tokens[:-1]):
            if isinstance(parent, dict):
                parent.pop(tokens[-1], None)
        return document

    def down(document: Document) -> Document:
        for parent, _where in _values(document, tokens[:-1]):
            if isinstance(parent, dict):
                parent.setdefault(tokens[-1], _fresh(entry["restore"]))
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
        for parent, where in list(_values(document, tokens[:-1])):
            for key in _places(parent, tokens[-1], create=create):
                there = place_of(parent, str(key)) is not None
                try:
                    parent[key] = compiled(Scope(parent[key] if there else None, document))
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
                return function(value, entry.get("options", {}))
            except Exception as error:  # noqa: BLE001 whatever it raises, this row cannot be migrated
                raise TransformError(
                    "call", where, f"{name} refuses the value at {where}: {type(error).__name__}"
                ) from None

        return _each(entry["at"], change)

    return f"{entry['function']} at {entry['at']}", changed(entry["function"]), (
        changed(entry["down"]) if "down" in entry else None
    )  # fmt: skip


_MAKERS: Mapping[str, Callable[[Mapping[str, Any], Mapping[str, Function]], Made]] = {
    "rename": _rename, "move": _move, "set-default": _set_default, "cast": _cast, "map-values": _map_values,
    "split": _split, "join": _join, "date-format": _date_format, "remove": _remove, "expression": _expression,
    "call": _call,
}  # fmt: skip
KINDS = tuple(_MAKERS)
"""Every kind of step."""


def _each(at: str, change: Callable[[JsonValue, str], JsonValue]) -> Change:
    """Change every value at a place; a place that is not there is left alone."""
    tokens = split(at)
    parents, last = tokens[:-1], tokens[-1]

    if not parents and last != "*":

        def simple(document: Document) -> Document:
            if isinstance(document, dict) and last in document:
                document[last] = change(document[last], at)
            return document

        return simple

    def run(document: Document) -> Document:
        for parent, where in list(_values(document, parents)):
            for name in _places(parent, last):
                parent[name] = change(parent[name], join(where, name))
        return document

    return run


def _places(parent: JsonValue, last: str, *, create: bool = False) -> Sequence[Any]:
    """Give the keys that a pointer's last token has in a value: all for `*`, a new one where it may be made."""
    if last == "*":
        return _keys(parent)
    key = place_of(parent, last)
    return [key] if key is not None else [last] if create and isinstance(parent, dict) else []


def _keys(value: JsonValue) -> Sequence[Any]:
    return list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()


def _values(document: Document, tokens: Sequence[str]) -> Iterator[tuple[JsonValue, str]]:
    """Give the values at a place with their pointers; `*` stands for every member or item."""
    found = [(document, "")]
    for token in tokens:
        following = []
        for value, where in found:
            if token == "*":  # noqa: S105 a wildcard
                following += [(value[key], join(where, key)) for key in _keys(value)]
            elif (key := place_of(value, token)) is not None:
                following.append((value[key], join(where, key)))
        found = following
    yield from found


class _Absent:
    """What stands for "nothing is there", since null is a value."""


_ABSENT = _Absent()


def _look(document: Document, tokens: Sequence[str]) -> Any:
    return next((value for value, _ in _values(document, tokens)), _ABSENT)


def _take(document: Document, tokens: tuple[str, ...]) -> Any:
    """Take a value out, and the objects and lists that this leaves empty, save the document itself."""
    parent = _look(document, tokens[:-1])
    key = place_of(parent, tokens[-1])
    if key is None:
        return _ABSENT
    if isinstance(parent, list) and key != len(parent) - 1:
        raise TransformError(
            "move", join("", *tokens), f"{join('', *tokens)} is followed by other items, which would move"
        )
    value = parent.pop(key)
    if not parent and len(tokens) > 1:
        _take(document, tokens[:-1])
    return value


def _put(document: Document, tokens: Sequence[str], value: JsonValue, rule: str) -> None:
    """Put a value where nothing is, making what is missing on the way: a list for 0, an object for any other name."""
    here, pointer = document, join("", *tokens)
    for token, following in pairwise(tokens):
        key = place_of(here, token)
        empty: JsonValue = [] if following == "0" else {}
        here = _add(here, token, empty, rule, pointer) if key is None else here[key]
    if place_of(here, tokens[-1]) is not None:
        raise TransformError(rule, pointer, f"{pointer} is there already")
    _add(here, tokens[-1], value, rule, pointer)


def _add(parent: JsonValue, token: str, value: JsonValue, rule: str, pointer: str) -> JsonValue:
    if isinstance(parent, dict):
        parent[token] = value
    elif isinstance(parent, list) and token == str(len(parent)):
        parent.append(value)
    else:
        raise TransformError(rule, pointer, f"there is no place for {pointer}")
    return value


def _unchanged(document: Document) -> Document:
    return document


def _fresh(value: JsonValue) -> JsonValue:
    """Copy a value of the migration file, so that no two documents share a list."""
    if isinstance(value, dict):
        return {key: _fresh(item) for key, item in value.items()}
    return [_fresh(item) for item in value] if isinstance(value, list) else value


def _same(left: JsonValue, right: JsonValue) -> bool:
    return type(left) is type(right) and bool(left == right)
