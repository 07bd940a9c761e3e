"""Differences in the fields of an object: which there are, which must be there, and what nothing names."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from rules.compare.findings_walk import Difference, Pair, Step
from rules.compare.views import View

Openness = Literal["closed", "typed", "open", "free", "unnamed"]
"""What happens to fields that an object does not name: refused; of a shape; accepted and said so; accepted because the
object names no field at all; not said (the object names its fields and is silent about others)."""


def differences(pair: Pair) -> Iterator[Difference]:
    """Yield fields removed, renamed, added, required or not, and changes of open content."""
    if "object" not in pair.old.types & pair.new.types:
        return
    renamed = pair.renamed
    yield from _left(pair, renamed)
    yield from _came(pair, set(renamed.values()))
    yield from _required(pair, renamed)
    yield from _open_content(pair)


def _left(pair: Pair, renamed: dict[str, str]) -> Iterator[Difference]:
    for name, view in pair.gone.items():
        said = view.node[0].value
        if name in renamed:
            node = pair.new.fields[renamed[name]]
            yield pair.difference(
                "FIELD_RENAMED", "removed", name=name, before=name, after=renamed[name], old_pointer=view.pointer,
                new_pointer=node[0].pointer,
            )  # fmt: skip
        else:
            yield pair.difference(
                "FIELD_REMOVED", "removed", name=name, before=said, old_pointer=view.pointer, new_pointer=None
            )


def _came(pair: Pair, taken: set[str]) -> Iterator[Difference]:
    for name, view in pair.come.items():
        if name in taken:
            continue
        must = name in pair.new.required and name not in pair.old.required
        yield pair.difference(
            "REQUIRED_ADDED" if must else "FIELD_ADDED", "required" if must else "added", name=name,
            after=view.node[0].value, old_pointer=None, new_pointer=view.pointer,
        )  # fmt: skip


def _required(pair: Pair, renamed: dict[str, str]) -> Iterator[Difference]:
    old, new = pair.old.required, pair.new.required
    fresh = pair.come
    for name in new:
        if name not in old and name not in fresh:
            yield pair.difference(
                "REQUIRED_ADDED", "required", name=name, before=False, after=True, new_pointer=new[name],
                old_pointer=_field_pointer(pair.old, name),
            )  # fmt: skip
    gone = pair.gone
    for name in old:
        if name not in new and (name not in gone or (name in renamed and renamed[name] not in new)):
            yield pair.difference(
                "REQUIRED_REMOVED", "optional", name=name, before=True, after=False, old_pointer=old[name],
                new_pointer=_field_pointer(pair.new, renamed.get(name, name)),
            )  # fmt: skip


def _field_pointer(view: View, name: str) -> str | None:
    return view.fields[name][0].pointer if name in view.fields else view.pointer


def openness(view: View) -> Openness:
    """Say what happens to fields that the object does not name."""
    extra = View(view.source, view.extra)
    if view.extra:
        if extra.never:
            return "closed"
        return "open" if all(p.place.value is True or p.place.value == {} for p in extra.parts) else "typed"
    return "unnamed" if view.fields or view.patterns or view.elsewhere else "free"


_OPEN_KINDS: dict[tuple[Openness, Openness], str] = {
    **{(old, "closed"): "OPEN_CONTENT_CLOSED" for old in ("typed", "open", "free", "unnamed")},
    **{(old, "typed"): "OPEN_CONTENT_TYPED" for old in ("open", "free", "unnamed")},
    **{("closed", new): "OPEN_CONTENT_OPENED" for new in ("typed", "open", "free", "unnamed")},
    **{("typed", new): "OPEN_CONTENT_OPENED" for new in ("open", "free")},
    ("unnamed", "open"): "OPEN_CONTENT_OPENED",
    ("unnamed", "free"): "OPEN_CONTENT_OPENED",
    ("open", "unnamed"): "OPEN_CONTENT_CLOSED",
    ("typed", "unnamed"): "OPEN_CONTENT_CLOSED",
}
"""What each move between two kinds of openness is called; the others are no change or are told by the fields."""


def _open_content(pair: Pair) -> Iterator[Difference]:
    old, new = openness(pair.old), openness(pair.new)
    kind = _OPEN_KINDS.get((old, new))
    if kind and not (new == "free" and pair.old.fields):
        yield pair.difference(
            kind, "open", name="*", before=_extra(pair.old), after=_extra(pair.new),
            old_pointer=_extra_pointer(pair.old), new_pointer=_extra_pointer(pair.new),
        )  # fmt: skip
    yield from _patterns(pair)


def _patterns(pair: Pair) -> Iterator[Difference]:
    gone = [pattern for pattern in pair.old.patterns if pattern not in pair.new.patterns]
    come = [pattern for pattern in pair.new.patterns if pattern not in pair.old.patterns]
    if len(gone) == len(come) == 1:
        yield pair.difference(
            "CONSTRAINT_CHANGED", "open", name="patternProperties", before=gone[0], after=come[0],
            old_pointer=pair.old.patterns[gone[0]][0].pointer, new_pointer=pair.new.patterns[come[0]][0].pointer,
        )  # fmt: skip
        return
    for pattern in come:
        kind = "OPEN_CONTENT_OPENED" if openness(pair.old) == "closed" else "OPEN_CONTENT_TYPED"
        place = pair.new.patterns[pattern][0]
        yield pair.difference(kind, "open", name=pattern, new_pointer=place.pointer, after=place.value)
    for pattern in gone:
        kind = "OPEN_CONTENT_CLOSED" if openness(pair.new) == "closed" else "OPEN_CONTENT_OPENED"
        place = pair.old.patterns[pattern][0]
        yield pair.difference(kind, "open", name=pattern, old_pointer=place.pointer, before=place.value)


def _extra(view: View) -> object:
    return view.extra[0].value if view.extra else None


def _extra_pointer(view: View) -> str | None:
    return view.extra[0].pointer if view.extra else view.pointer


def inner(pair: Pair) -> Iterator[Pair]:
    """Yield the pairs of fields on both sides, of renamed fields, of patterns and of what nothing names."""
    renamed = {} if pair.same_words else pair.renamed
    for name, node in pair.old.fields.items():
        partner = pair.new.fields.get(renamed.get(name, name))
        if partner:
            yield from pair.inner(node, partner, Step("field", renamed.get(name, name)))
    for pattern, node in pair.old.patterns.items():
        if pattern in pair.new.patterns:
            yield from pair.inner(node, pair.new.patterns[pattern], Step("pattern", pattern))
    if openness(pair.old) == openness(pair.new) == "typed":
        yield from pair.inner(pair.old.extra, pair.new.extra, Step("extra"))
