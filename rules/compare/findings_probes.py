"""The question behind each kind of difference, and what its answer says: one function for each probe."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from rules import pointer
from rules.compare.extract import Cutter
from rules.compare.findings_fields import openness
from rules.compare.findings_grade import EVERYONE, READERS, WRITERS, Grade, Grader
from rules.compare.findings_walk import Difference
from rules.compare.places import Node, Place
from rules.compare.relations import Ask, Closed
from rules.compare.values import Decision, Reason
from rules.compare.views import View
from rules.jsontext import JsonValue
from rules.verdict import Verdict

_NEVER_ASKED = frozenset({"fixed", "moved"})
_UNASKED = {"removed": EVERYONE, "required": WRITERS, "optional": READERS}
"""Whom a difference breaks for all that is known without asking."""
OBJECT_WORDS = frozenset({"properties", "patternProperties", "additionalProperties", "unevaluatedProperties"})


def graded(grader: Grader, difference: Difference) -> Grade:
    """Return the severity of one difference with whom it breaks and a value that shows it."""
    if grader.ask.spent and difference.probe not in _NEVER_ASKED:
        return _unasked(grader, difference)
    return _BY_PROBE[difference.probe](grader, difference)


def _unasked(grader: Grader, difference: Difference) -> Grade:
    """Grade what no step is left for as undecided, without cutting it out: parts of large documents are large."""
    severity = grader.reading() if difference.probe == "optional" else Verdict.MAJOR
    return Grade(difference, severity, _UNASKED.get(difference.probe, ()), reason=grader.ask.end)


def _cut_said(cutter: Cutter, view: View, keywords: frozenset[str], family: str) -> JsonValue | None:
    return cutter.once(view.node, (keywords, family), lambda: _cut_said_anew(cutter, view, keywords, family))


def _cut_said_anew(cutter: Cutter, view: View, keywords: frozenset[str], family: str) -> JsonValue | None:
    if any(part.or_null for part in view.parts):
        return cutter.cut(view.node)
    more = {"type": family} if family else {}
    return cutter.cut(tuple(part.place for part in view.speaking), keywords, **more)


def _grade_group(grader: Grader, difference: Difference) -> Grade:
    words = frozenset(difference.keywords)
    left = _cut_said(grader.cut_old, difference.old, words, difference.family)
    right = _cut_said(grader.cut_new, difference.new, words, difference.family)
    grade = grader.both_ways(difference, left, right, "left")
    if not grade.shown:
        return _named(grade)
    nodes = _nodes(grader, difference)
    if difference.family in ("string", "number") and grader.unnoticed(difference, *nodes):
        # Beside its neighbours the constraint refuses nothing: a length beside an enumeration.
        return _named(Grade(difference, Verdict.PATCH))
    first, second = (nodes[0], right) if grade.backward else (nodes[1], left)
    return _named(_in_place(grader, grade, first, second))


def _in_place(grader: Grader, grade: Grade, first: JsonValue, second: JsonValue) -> Grade:
    """Show a value that all that one side says of the part accepts, and that the other refuses for what changed."""
    if first is None or second is None or grader.may_tell_apart(first, second, grade.value):
        return grade
    answer = grader.ask(first, second, "left")
    return replace(grade, value=answer.witness) if answer.status == "not_included" else grade


def _nodes(grader: Grader, difference: Difference) -> tuple[JsonValue, JsonValue]:
    return _whole(grader.cut_old, difference.old), _whole(grader.cut_new, difference.new)


def _whole(cutter: Cutter, view: View, **more: JsonValue) -> JsonValue | None:
    return cutter.once(view.node, tuple(more.items()), lambda: cutter.cut(view.node, None, **more))


def _grade_node(grader: Grader, difference: Difference) -> Grade:
    return _named(grader.both_ways(difference, *_nodes(grader, difference), "both"))


def _grade_branch(grader: Grader, difference: Difference) -> Grade:
    """Ask about the alternatives of one document with and without the one in question, whatever else changed."""
    came = difference.kind == "BRANCH_ADDED"
    view, cutter = (difference.new, grader.cut_new) if came else (difference.old, grader.cut_old)
    place = difference.new_pointer if came else difference.old_pointer
    one, others, together = (cutter.cut(node) for node in _alternatives(view, difference.name, place or ""))
    sides = (others, together) if came else (together, others)
    return grader.both_ways(difference, *sides, "both", _about_branch(grader, difference.name, one, others, together))


def _about_branch(grader: Grader, keyword: str, one: JsonValue, others: JsonValue, together: JsonValue) -> Ask:
    """Ask about all alternatives by asking about the one in question, where that answers for all of them."""
    alone = not (isinstance(others, dict) and keyword in others)

    def ask(left: JsonValue, right: JsonValue, closed: Closed) -> Decision:
        if keyword == "anyOf" and left is others and right is together and not alone:
            return Decision("included")  # one more alternative refuses nothing, and speaks of no fewer properties
        if left is together and one is not None:
            answer = grader.ask(one, right, closed)
            # With a `oneOf`, or when closed, a document of one alternative need not be of all of them.
            if answer.status == "not_included" and grader.members(together).accepts(answer.witness, closed=True):
                return answer
        return grader.ask(left, right, closed)

    return ask


def _alternatives(view: View, keyword: str, branch: str) -> tuple[Node, Node, Node]:
    """Give one alternative, the others beside it, and all of them."""
    for part in view.having(keyword):
        head, _, index = branch.rpartition("/")
        if head == pointer.join(part.place.pointer, keyword):
            listed = part.place.value[keyword]
            others = [b for i, b in enumerate(listed) if str(i) != index]
            fewer = Place(part.place.pointer, {keyword: others} if others else {})
            return (part.place.below(keyword, index),), (fewer,), (Place(part.place.pointer, {keyword: listed}),)
    return view.node, view.node, view.node


def _named(grade: Grade) -> Grade:
    """Give a changed constraint its direction; what breaks stored data is tightened, whatever else it does."""
    if grade.difference.kind != "CONSTRAINT_CHANGED":
        return grade
    if grade.severity is Verdict.PATCH:
        return grade.named("REFACTORED")
    if grade.reason is not None:
        return grade
    return grade.named("CONSTRAINT_TIGHTENED" if grade.backward else "CONSTRAINT_LOOSENED")


def _declaring(view: View, name: str) -> Node:
    """Return the parts that declare a field, cut down to that field."""
    return tuple(
        Place(part.place.pointer, {"properties": {name: part.place.value["properties"][name]}})
        for part in view.having("properties")
        if isinstance(part.place.value["properties"], dict) and name in part.place.value["properties"]
    )


def _refuses_others(view: View) -> bool:
    """Say whether no document of the object, closed, has a field that it does not name, as its words show."""
    plain = not view.patterns and all(place.value is False for place in view.extra)
    return plain and bool(view.fields or view.extra)


def _grade_new(grader: Grader, difference: Difference) -> Grade:
    """Grade a field of which the old object says nothing: no document had it, and a reader overlooks it."""
    view, name = difference.new, difference.name
    node = view.fields[name]
    value = grader.cut_new.once(node, "itself", lambda: grader.cut_new.cut(node))
    answer = Decision("undecided") if value is None else grader.ask(value, False, "left")
    strict = grader.policy.strict_readers
    return Grade(
        difference, grader.reading() if strict else Verdict.MINOR, READERS if strict else (),
        shown=answer.status == "not_included", value={name: answer.witness}, backward=False,
    )  # fmt: skip


def _grade_added(grader: Grader, difference: Difference) -> Grade:
    if _refuses_others(difference.old):
        return _grade_new(grader, difference)
    name = difference.name
    left = _cut_said(grader.cut_old, difference.old, OBJECT_WORDS, "object")
    right = grader.cut_new.cut(_declaring(difference.new, name))
    if left is not None and right is not None:
        answer = grader.ask(left, right, "left")
        if answer.status != "included":
            answer = grader.ask(_whole(grader.cut_old, difference.old), right, "left")
        if answer.status == "not_included":
            return Grade(difference, Verdict.MAJOR, WRITERS, shown=True, value=answer.witness)
        if answer.status == "undecided":
            return Grade(difference, Verdict.MAJOR, reason=answer.reason)
    if openness(difference.old) == "free" and (lost := _no_longer_open(grader, difference)) is not None:
        return lost
    return _added_freely(grader, difference)


def _added_freely(grader: Grader, difference: Difference) -> Grade:
    """Grade a field that refuses no old document; readers notice where its name was spoken of until now."""
    name = difference.name
    left = grader.cut_new.cut(_declaring(difference.new, name), None, required=[name], type="object")
    right = _cut_said(grader.cut_old, difference.old, OBJECT_WORDS, "object")
    if left is None or right is None:
        answer = Decision("undecided")
    else:
        answer = grader.ask(left, grader.tolerant(right), "left")
        if answer.status == "not_included":
            return Grade(difference, grader.reading(), READERS, shown=True, value=answer.witness, backward=False)
        answer = grader.ask(left, right, "both")
    strict = grader.policy.strict_readers
    return Grade(
        difference, grader.reading() if strict else Verdict.MINOR, READERS if strict else (),
        shown=answer.status == "not_included", value=answer.witness, backward=False,
    )  # fmt: skip


def _no_longer_open(grader: Grader, difference: Difference) -> Grade | None:
    """Grade the first field to be named: what such an object held until now is no longer part of the contract."""
    left = _cut_said(grader.cut_old, difference.old, OBJECT_WORDS, "object")
    right = _cut_said(grader.cut_new, difference.new, OBJECT_WORDS, "object")
    if left is None or right is None:
        return None
    answer = grader.ask(left, right, "both")
    if answer.status != "not_included":
        return None
    return Grade(difference, Verdict.MAJOR, READERS, shown=True, value=answer.witness)


def _grade_removed(grader: Grader, difference: Difference) -> Grade:
    """Grade a field that left: it breaks its readers, and writers where the new version refuses what nothing names."""
    view, name = difference.old, difference.name
    left = grader.cut_old.cut(_declaring(view, name), None, required=[name], type="object")
    right = _cut_said(grader.cut_new, difference.new, OBJECT_WORDS, "object")
    if left is None or right is None:
        return Grade(difference, Verdict.MAJOR, READERS)
    kept = grader.ask(left, right, "both")
    if kept.status == "included":
        return _freed(grader, difference)
    refused = grader.ask(left, right, "left").status != "included" or difference.kind != "FIELD_REMOVED"
    breaks = EVERYONE if refused else READERS
    if kept.status == "undecided":
        return Grade(difference, Verdict.MAJOR, breaks, reason=kept.reason)
    return Grade(difference, Verdict.MAJOR, breaks, shown=True, value=kept.witness)


def _freed(grader: Grader, difference: Difference) -> Grade:
    """Grade a field that left while its name may still be used: readers meet what it never held, or miss it."""
    view, name = difference.old, difference.name
    must = {"required": [name]} if name in view.required else {}
    left = _whole(grader.cut_new, difference.new, type="object")
    right = grader.cut_old.cut(_declaring(view, name), None, **must)
    if left is None or right is None:
        return Grade(difference, grader.reading(), READERS, backward=False)
    answer = grader.ask(left, right, "left")
    if answer.status == "included":
        return Grade(difference, Verdict.MINOR)
    shown = answer.status == "not_included"
    return Grade(
        difference, grader.reading(), READERS, shown=shown, value=answer.witness, backward=False, reason=answer.reason
    )


def _grade_required(grader: Grader, difference: Difference) -> Grade:
    left = _whole(grader.cut_old, difference.old, type="object")
    answer = _has(grader, left, difference.name)
    if answer.status == "included":
        return Grade(difference, Verdict.PATCH)
    shown = answer.status == "not_included"
    return Grade(difference, Verdict.MAJOR, WRITERS, shown=shown, value=answer.witness, reason=answer.reason)


def _grade_optional(grader: Grader, difference: Difference) -> Grade:
    left = _whole(grader.cut_new, difference.new, type="object")
    answer = _has(grader, left, difference.name)
    if answer.status == "included":
        return Grade(difference, Verdict.PATCH)
    shown = answer.status == "not_included"
    return Grade(
        difference, grader.reading(), READERS, shown=shown, value=answer.witness, backward=False, reason=answer.reason
    )


def _has(grader: Grader, left: JsonValue, name: str) -> Decision:
    if left is None:
        return Decision("undecided", reason=Reason("$ref", "", "it cannot be decided apart from the whole"))
    dialect = {"$schema": left["$schema"]} if isinstance(left, dict) and "$schema" in left else {}
    return grader.ask(left, {**dialect, "required": [name]}, "left")


_FIXED = {
    "DEFAULT_CHANGED": Verdict.MINOR,
    "DEPRECATION_CHANGED": Verdict.MINOR,
    "DOCUMENTATION_CHANGED": Verdict.PATCH,
}


def _grade_fixed(_: Grader, difference: Difference) -> Grade:
    return Grade(difference, _FIXED[difference.kind])


def _grade_open(grader: Grader, difference: Difference) -> Grade:
    """Ask only about fields that neither side names, so that a changed field is not taken for changed openness."""
    names = sorted(difference.old.fields.keys() | difference.new.fields.keys())
    left = grader.cut_old.cut(_about_others(difference.old, names), None, type="object")
    right = grader.cut_new.cut(_about_others(difference.new, names), None, type="object")
    if left is None or right is None:
        return Grade(difference, Verdict.MAJOR)
    if difference.kind == "CONSTRAINT_CHANGED":
        return _gave_way(grader, grader.both_ways(difference, left, right, "left"), left, right)
    if difference.kind == "OPEN_CONTENT_OPENED":
        grade = grader.both_ways(difference, left, right, "left")
        return replace(grade, severity=max(grade.severity, Verdict.MINOR))
    answer = grader.ask(left, right, "none")
    if answer.status == "included":
        # Still accepted as written, so what is lost is only that the contract said so.
        lost = openness(difference.old) in ("open", "typed")
        return Grade(difference, Verdict.MAJOR if lost else Verdict.MINOR, READERS)
    shown = answer.status == "not_included"
    return Grade(difference, Verdict.MAJOR, WRITERS, shown=shown, value=answer.witness, reason=answer.reason)


def _gave_way(grader: Grader, grade: Grade, left: JsonValue, right: JsonValue) -> Grade:
    """Grade one pattern of names in the place of another: where nothing is refused, what the old one held is lost."""
    if grade.reason is None and not (grade.shown and grade.backward):
        kept = grader.ask(left, right, "both")
        if kept.status == "not_included":
            lost = Grade(grade.difference, Verdict.MAJOR, READERS, shown=True, value=kept.witness)
            return lost.named("OPEN_CONTENT_CLOSED")
    return _named(grade)


def _about_others(view: View, names: list[str]) -> Node:
    words = OBJECT_WORDS - {"properties"}
    return tuple(
        Place(
            part.place.pointer,
            {word: said for word, said in part.place.value.items() if word in words}
            | ({"properties": {name: {} for name in names}} if names else {}),
        )
        for part in view.speaking
    )


_BY_PROBE: dict[str, Callable[[Grader, Difference], Grade]] = {
    "group": _grade_group,
    "node": _grade_node,
    "added": _grade_added,
    "removed": _grade_removed,
    "required": _grade_required,
    "optional": _grade_optional,
    "open": _grade_open,
    "branch": _grade_branch,
    "moved": lambda _, difference: Grade(difference, Verdict.MAJOR, EVERYONE),
    "fixed": _grade_fixed,
}
