"""Recognise fields that moved to another place, in the list of differences: `price` to `variants[].price`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice

from rules.compare.findings_walk import Difference, Path, Step, people
from rules.compare.places import Unchanged
from rules.compare.renames import field_id, same_shape
from rules.compare.views import View

MAX_NESTED = 500
"""Fields looked at inside one field that came or left."""
MAX_MOVES = 10_000
"""Pairs of fields compared at most."""


@dataclass(frozen=True, slots=True)
class _Field:
    name: str
    path: Path
    view: View
    source: Difference
    nested: bool


def with_moves(differences: list[Difference], unchanged: Unchanged) -> list[Difference]:
    """Replace a removal and an addition that are one move by one difference; the rest keeps its order."""
    gone = (field for d in differences if d.kind == "FIELD_REMOVED" for field in _fields(d, d.old))
    come = (field for d in differences if d.probe in ("added", "required") for field in _fields(d, d.new))
    left = list(islice(gone, MAX_MOVES))
    came = list(islice(come, MAX_MOVES)) if left else []
    if not came or len(left) * len(came) > MAX_MOVES:
        return differences
    replaced: dict[int, Difference] = {}
    dropped: set[int] = set()
    for old, new in _pairs(left, came, unchanged):
        replaced[id(new.source if old.nested else old.source)] = _move(old, new)
        dropped |= {id(field.source) for field in (old, new) if not field.nested}
    return [replaced.get(id(d), d) for d in differences if id(d) in replaced or id(d) not in dropped]


def _pairs(left: list[_Field], came: list[_Field], unchanged: Unchanged) -> Iterator[tuple[_Field, _Field]]:
    taken: set[int] = set()
    for old in left:
        for new in came:
            # Two nested fields are consequences of a whole object that left and one that came.
            if id(new) not in taken and not (old.nested and new.nested) and _one(old, new, unchanged):
                taken.add(id(new))
                yield old, new
                break


def _one(old: _Field, new: _Field, unchanged: Unchanged) -> bool:
    ids = field_id(old.view), field_id(new.view)
    if any(ids):
        return ids[0] == ids[1]
    return old.name == new.name and old.path != new.path and same_shape(old.view, new.view, unchanged)


def _move(old: _Field, new: _Field) -> Difference:
    base = old.source
    return replace(
        base, kind="FIELD_MOVED", path=old.path[:-1], name=old.name, before=people(old.path), after=people(new.path),
        old_pointer=old.view.pointer, new_pointer=new.view.pointer, probe="moved", new=new.source.new,
    )  # fmt: skip


def _fields(difference: Difference, side: View) -> Iterator[_Field]:
    """Yield the field that left or came, then those inside it, nearest first."""
    node = side.fields.get(difference.name)
    if not node:
        return
    top = _Field(difference.name, difference.place, View(side.source, node), difference, nested=False)
    queue, seen = [top], set[str]()
    while queue and len(seen) < MAX_NESTED:
        field = queue.pop(0)
        if (key := field.view.pointer or "") not in seen:
            seen.add(key)
            yield field
            queue.extend(_inside(field))


def _inside(field: _Field) -> Iterator[_Field]:
    for name, node in field.view.fields.items():
        yield _Field(name, (*field.path, Step("field", name)), View(field.view.source, node), field.source, nested=True)
    if field.view.other_items:
        view = View(field.view.source, field.view.other_items)
        for name, node in view.fields.items():
            path = (*field.path, Step("item"), Step("field", name))
            yield _Field(name, path, View(field.view.source, node), field.source, nested=True)
