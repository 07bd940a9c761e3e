"""Grade one difference: ask the engine about the part that changed, and find a readable witness.

The engine is asked about the changed part alone (`rules.compare.extract`), then the witness found there is lifted into
a whole document by asking about the whole documents with the failing part fixed. Every witness is thus confirmed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Protocol

from rules import pointer
from rules.compare.dialects import DEFAULT
from rules.compare.extract import Cutter
from rules.compare.findings_walk import Difference, Path
from rules.compare.membership import Membership
from rules.compare.places import Source
from rules.compare.relations import Ask, Closed
from rules.compare.tolerance import tolerant
from rules.compare.values import ComparePolicy, Decision, Reason, Witness
from rules.compare.views import View, type_of
from rules.jsontext import JsonValue, canonical, dumps
from rules.verdict import Verdict

WRITERS = ("stored data", "writers")
READERS = ("readers",)
EVERYONE = (*READERS, *WRITERS)

WAYS: tuple[Closed, ...] = ("left", "both", "none")
MAX_LIFTS = 12
"""Witnesses lifted into whole documents, most severe findings first; the others keep the value in their sentence."""
MAX_LIFTED = 60
"""Steps from a whole document to a part that is still lifted: validators look no further."""
MAX_LIFT_STEPS = 20_000
"""Steps of confirming after which no further witness is lifted: a second or two."""
UNNAMED = "other"
"""A name for a field that a contract does not name; the witness is confirmed, so a contract that has it is no harm."""
MAX_SHOWN = 400
"""Characters of a value that still reads as an example."""
WRITERS_ONLY = frozenset({"ENUM_VALUE_REMOVED", "NULLABLE_REMOVED"})
READERS_ONLY = frozenset({"ENUM_VALUE_ADDED", "NULLABLE_ADDED"})
"""Kinds that are one half of what may have changed at a place; the other half is a finding of its own."""

SAMPLES: tuple[JsonValue, ...] = (
    "text", "2025-01-15", "2025-01-15T09:30:00Z", "01/15/2025", "09:30:00", "someone@example.org",
    "https://example.org/", "3f2504e0-4f89-41d3-9a0c-0305e82c3301", "192.0.2.1", "2001:db8::1", "example.org", "PT1H",
    "EUR", "1500.00", "42", "a longer line of text", "", "A", "a", "abc", "abc-123", "ABC-123",
    1, 0, -1, 10, 100, 1.5, 0.5, -0.5, True, False, None, [], {},
)  # fmt: skip
"""Values that people recognise, tried before the engine's own witness."""


@dataclass(frozen=True, slots=True)
class Grade:
    """What the engine says of one difference.

    `value` is what stands at the changed part of a document that shows it (`shown` says whether there is one), accepted
    by the old side when `backward`, else by the new side, and refused by the other.
    """

    difference: Difference
    severity: Verdict
    breaks: tuple[str, ...] = ()
    shown: bool = False
    value: JsonValue = None
    backward: bool = True
    reason: Reason | None = None
    witness: Witness | None = None

    def named(self, kind: str) -> Grade:
        """Return the same grade under the kind that the answer showed it to be."""
        return replace(self, difference=replace(self.difference, kind=kind))


class Rationed(Protocol):
    """A question within a budget for all of its kind together."""

    @property
    def spent(self) -> bool:
        """Say whether the budget is used up; every further answer is "undecided"."""

    @property
    def end(self) -> Reason:
        """The reason why it is."""

    def __call__(self, left: JsonValue, right: JsonValue, closed: Closed, /) -> Decision:
        """Ask."""


class AskWhole(Protocol):
    """A question about whole documents, of which those that a further schema accepts count alone."""

    def __call__(self, left: JsonValue, right: JsonValue, closed: Closed, /, also: JsonValue) -> Decision:
        """Ask."""


Question = Callable[[Difference, JsonValue, JsonValue], Grade | None]
TellsApart = Callable[[JsonValue, JsonValue, JsonValue], bool]
"""Whether the first schema may accept and the second refuse a value, at a glance."""
Members = Callable[[JsonValue], Membership]
"""The set of documents that a schema accepts."""


@dataclass
class Grader:
    """Grades the differences of two documents; `ask` asks about parts, `ask_whole` about whole documents."""

    old: Source
    new: Source
    policy: ComparePolicy
    ask: Rationed
    ask_whole: AskWhole
    members: Members
    may_tell_apart: TellsApart
    lifts: int = 0
    refutes: dict[str, tuple[str, ...]] = field(default_factory=dict)
    _common: dict[int, JsonValue] = field(default_factory=dict)
    _tolerant: dict[int, tuple[JsonValue, JsonValue]] = field(default_factory=dict)
    cut_old: Cutter = field(init=False)
    cut_new: Cutter = field(init=False)
    accepted_old: Membership = field(init=False)
    accepted_new: Membership = field(init=False)

    def __post_init__(self) -> None:
        self.cut_old, self.cut_new = Cutter(self.old), Cutter(self.new)
        self.accepted_old, self.accepted_new = self.members(self.old.root.value), self.members(self.new.root.value)

    def tolerant(self, schema: JsonValue) -> JsonValue:
        """Give a schema as a reader sees it who ignores undeclared properties; the same object for the same schema."""
        if id(schema) not in self._tolerant:
            self._tolerant[id(schema)] = schema, tolerant(schema)  # with the schema, so that no other gets its id
        return self._tolerant[id(schema)][1]

    def reading(self, severity: Verdict = Verdict.MAJOR) -> Verdict:
        """Return the severity of what only readers notice."""
        return severity if self.policy.reads else min(severity, Verdict.MINOR)

    def both_ways(
        self, difference: Difference, left: JsonValue, right: JsonValue, closed: Closed, ask: Ask | None = None
    ) -> Grade:
        """Grade a part by its own relations, as the verdict table does for the whole; `ask` may know a shorter way."""
        if left is None or right is None:
            return Grade(difference, Verdict.MAJOR, reason=Reason("$ref", difference.new_pointer or "", "not local"))
        for question in self.questions(difference, closed, ask or self.ask):
            found = question(difference, left, right)
            if found is not None:
                return found
        return Grade(difference, Verdict.PATCH)

    def unnoticed(self, difference: Difference, left: JsonValue, right: JsonValue) -> bool:
        """Say whether nobody notices a change of a part at all."""
        ways = [] if difference.kind in READERS_ONLY else [(left, right)]
        ways += [] if difference.kind in WRITERS_ONLY else [(right, left)]
        return None not in (left, right) and all(self.ask(*way, "left").status == "included" for way in ways)

    def questions(self, difference: Difference, closed: Closed, ask: Ask) -> Iterator[Question]:
        """Yield what to ask: whether writers break, then whether readers do; some kinds are about one of them."""
        if difference.kind not in READERS_ONLY:
            yield partial(self.writers_break, closed=closed, ask=ask)
        if difference.kind not in WRITERS_ONLY:
            yield partial(self.readers_break, ask=ask)

    def writers_break(
        self, difference: Difference, left: JsonValue, right: JsonValue, closed: Closed, ask: Ask
    ) -> Grade | None:
        """Grade by what the old part accepts and the new one refuses; `None` when there is nothing."""
        answer = ask(left, right, closed)
        if answer.status == "included":
            return None
        if answer.status == "undecided":
            return Grade(difference, Verdict.MAJOR, EVERYONE, reason=answer.reason)
        found = self.readable(left, right, answer, difference.old)
        reads = difference.kind in WRITERS_ONLY or ask(right, left, "left").status == "included"
        return Grade(difference, Verdict.MAJOR, WRITERS if reads else EVERYONE, shown=True, value=found)

    def readers_break(self, difference: Difference, left: JsonValue, right: JsonValue, ask: Ask) -> Grade | None:
        """Grade by what the new part accepts and the old one refused; `None` when there is nothing."""
        answer = ask(right, left, "left")
        if answer.status == "included":
            return None
        if answer.status == "undecided":
            return Grade(difference, self.reading(), READERS, backward=False, reason=answer.reason)
        found = self.readable(right, left, answer, difference.new)
        addition = ask(right, self.tolerant(left), "left").status == "included"
        severity = Verdict.MINOR if addition and not self.policy.strict_readers else self.reading()
        return Grade(difference, severity, READERS, shown=True, value=found, backward=False)

    def readable(self, left: JsonValue, right: JsonValue, answer: Decision, view: View) -> JsonValue:
        """Prefer a value that people recognise to the engine's witness, which is confirmed either way."""
        if isinstance(answer.witness, dict | list):
            return answer.witness
        examples = view.annotation("examples")
        known = [*(examples if isinstance(examples, list) else ()), *SAMPLES]
        accepting, refusing = self.members(left), self.members(right)
        for value in known:
            short = type_of(value) in view.types and len(dumps(value)) < MAX_SHOWN
            if (
                short
                and self.may_tell_apart(left, right, value)
                and refusing.accepts(value) is False
                and accepting.accepts(value)
            ):
                return value
        return answer.witness

    def lifted(self, grade: Grade, base: JsonValue, *, alone: bool) -> Grade:
        """Return the grade with its value inside a small whole document that one version accepts and the other not.

        The value is put into a bare document, into one of both versions, into `base`, a document of that side that
        shows some change, which is this one where it is `alone`; the engine is asked last.
        """
        enough = self.lifts >= MAX_LIFTS or self.accepted_old.spent > MAX_LIFT_STEPS
        enough = enough or len(grade.difference.path) > MAX_LIFTED
        if enough or not grade.shown or grade.severity < Verdict.MINOR:
            return grade
        self.lifts += 1
        first, second = (self.accepted_old, self.accepted_new)[:: 1 if grade.backward else -1]
        for start in self.starts(first, second, base, alone=alone):
            document = placed(grade.difference.path, grade.value, start)
            names = () if document is None else self.telling(grade, document[0], first, second)
            if document is not None and names:
                return self.witnessed(grade, document[0], names, second)
        return self.found(grade, first, second)

    def starts(self, first: Membership, second: Membership, base: JsonValue, *, alone: bool) -> Iterator[JsonValue]:
        """Yield documents to put a value into, the plainest first."""
        yield None
        if alone:
            yield base
        yield self.common(first, second)
        if not alone:
            yield base

    def common(self, first: Membership, second: Membership) -> JsonValue:
        """Give a document of both versions, so that what is put into it is all that fails; `None` without one."""
        key = id(first)
        if key not in self._common:
            self._common[key] = self.ask_whole(first.schema, False, "left", also=second.schema).witness
        return self._common[key]

    def found(self, grade: Grade, first: Membership, second: Membership) -> Grade:
        """Ask the engine for a whole document that has the value in its place."""
        condition = around(grade.difference.path, _holding(grade))
        if condition is None:
            return grade
        for closed in WAYS:
            answer = self.ask_whole(first.schema, second.schema, closed, also=condition)
            if answer.status == "not_included":
                names = self.telling(grade, answer.witness, first, second)
                if names:
                    return self.witnessed(grade, answer.witness, names, second)
        return grade

    def witnessed(self, grade: Grade, document: JsonValue, names: tuple[str, ...], refusing: Membership) -> Grade:
        """Return the grade with a confirmed witness, and remember which relations it refutes."""
        self.refutes[canonical(document)] = names
        named = concrete(grade.difference.path) is not None
        return replace(grade, witness=Witness(document, _pointer(grade) if named else refusing.failing_part(document)))

    def telling(self, grade: Grade, document: JsonValue, first: Membership, second: Membership) -> tuple[str, ...]:
        """Name the relations that a document refutes; none where it is refused for another part than what changed."""
        names = self.refuted(grade.backward, document, first, second)
        if not names or concrete(grade.difference.path) is None or second.accepts(document) is not False:
            return names
        failing, changed = f"{second.failing_part(document)}/", f"{_pointer(grade)}/"
        return names if failing.startswith(changed) or changed.startswith(failing) else ()

    def refuted(self, backward: bool, document: JsonValue, first: Membership, second: Membership) -> tuple[str, ...]:
        """Name the relations that a document refutes; none where it cannot be confirmed."""
        broad, both, strict = _DIRECTION[backward]
        if not first.accepts(document):
            return ()
        closed = first.accepts(document, closed=True)
        if second.accepts(document) is False:
            return (broad, both, strict) if closed else (strict,)
        return (both,) if closed and second.accepts(document, closed=True) is False else ()


_DIRECTION = {
    True: ("backward", "retained", "strict_backward"),
    False: ("forward", "extended", "strict_forward"),
}


def placed(path: Path, value: JsonValue, base: JsonValue) -> tuple[JsonValue] | None:
    """Put a value at its path in a document, making what is missing on the way; `None` where it cannot stand there."""
    if not path:
        return (value,)
    step, rest = path[0], path[1:]
    if step.kind in ("field", "extra") and isinstance(base, dict | None):
        name = UNNAMED if step.kind == "extra" else step.name
        inner = placed(rest, value, (base or {}).get(name))
        return inner and ({**(base or {}), name: inner[0]},)
    if step.kind in ("item", "position") and isinstance(base, list | None):
        at = int(step.name or 0)
        items = list(base or [])
        inner = placed(rest, value, items[at] if at < len(items) else None)
        return inner and ([*items[:at], inner[0], *items[at + 1 :]],) if at <= len(items) else None
    return None


def around(path: Path, inner: dict[str, JsonValue]) -> dict[str, JsonValue] | None:
    """Write the condition that the part at a path meets `inner`; `None` where a path names no single part."""
    for step in reversed(path):
        if step.kind == "field":
            inner = {"required": [step.name], "properties": {step.name: inner}}
        elif step.kind == "pattern":
            inner = {
                "minProperties": 1, "propertyNames": {"pattern": step.name}, "patternProperties": {step.name: inner},
            }  # fmt: skip
        elif step.kind == "item" and not step.name:
            inner = {"minItems": 1, "items": inner}
        elif step.kind in ("item", "position"):
            at = int(step.name)
            inner = {"minItems": at + 1, "prefixItems": [*({} for _ in range(at)), inner]}
        else:
            return None
    return {"$schema": DEFAULT.uri, **inner}


def _holding(grade: Grade) -> dict[str, JsonValue]:
    """Write the condition that a part shows the change: it is the value, or holds the field that tells."""
    name = _telling(grade)
    if name is None:
        return {"enum": [grade.value]}
    return {"required": [name], "properties": {name: {"enum": [grade.value[name]]}}}


def _telling(grade: Grade) -> str | None:
    """Name the field that shows a change of which fields there may be; what else its object holds does not matter."""
    difference, value = grade.difference, grade.value
    if not isinstance(value, dict):
        return None
    if difference.probe in ("added", "removed"):
        return difference.name if difference.name in value else None
    if difference.probe == "open":
        return next((name for name in value if name not in difference.old.fields), None)
    return None


def concrete(path: Path) -> str | None:
    """Return the pointer of a path in a document, with the first item of every list; `None` where it is no one part."""
    if any(step.kind == "pattern" for step in path):
        return None
    names = {"item": "0", "extra": UNNAMED}
    return pointer.join("", *(step.name or names.get(step.kind, "") for step in path))


def _pointer(grade: Grade) -> str:
    tokens = list(pointer.split(concrete(grade.difference.path) or ""))
    name = _telling(grade)
    return pointer.join("", *tokens, *([] if name is None else [name]))
