"""Deprecation notices as they stand in a contract document, in both forms, and what is wrong with them.

On a JSON Schema property: `deprecated: true` with `x-deprecation`. As the governance protocol has it: an object with
`field_name`, `status: DEPRECATED` and its dates, anywhere in the document. Keys may be written with `_` or `-`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from urllib.parse import quote

from rules.change import Change
from rules.compare import decide
from rules.documents import Document, Problem, line_of
from rules.fields import Field, Fields
from rules.formats.json_schema import draft_of
from rules.jsontext import JsonValue
from rules.notice import Notice, Notices, day_after
from rules.pointer import join
from rules.problems import problem

MAX_NOTICES = 500
"""So many notices of one document are read."""
MAX_PROBLEMS = 20
"""So many problems of one document's notices are named; who has mended these sees the next ones."""
BUDGET = 20_000
"""Steps of the engine to tell whether a replacement takes what the old field took."""

MARK = "x-deprecation"
_MARKED = "DEPRECATED"
_LONGEST = 500
_ON = ("deprecated-on", "deprecation-date")
_REMOVAL = ("removal-date",)
_REPLACEMENT = ("replacement", "replacement-field")
_GUIDE = ("migration-guide",)
_REASON = ("reason",)
_DATA = frozenset({"examples", "example", "default", "const", "enum"})


def notices(document: Document) -> tuple[Notice, ...]:
    """Read every deprecation notice of a document, in the order in which the fields stand in it; at most 500."""
    return tuple(one for one, _ in _read(document))


def examine(change: Change) -> Notices:
    """Read the notices on both sides of a change and check the head's: dates, field, replacement.

    The replacement has to be declared, and to accept whatever the field accepts (decided by the engine, and where it
    stays undecided that is not shown), or else a migration guide has to say how. What is wrong with a notice that the
    base has too is advice.
    """
    before = () if change.base is None else notices(change.base)
    if change.head is None:
        return Notices(before)
    fields = Fields.of(change.head.value)
    found = _read(change.head, fields)
    known = {replace(one, at="") for one in before}
    problems: list[Problem] = []
    for one, said in found:
        wrong = _Checker(change.head, fields, one, said, change.contract.policy.grace_days).problems()
        old = replace(one, at="") in known
        problems += [replace(each, blocking=each.blocking and not old) for each in wrong]
    return Notices(before, tuple(one for one, _ in found), tuple(problems[:MAX_PROBLEMS]))


def _read(document: Document, fields: Fields | None = None) -> list[tuple[Notice, JsonValue]]:
    fields = fields or Fields.of(document.value)
    found = [*_marked(fields), *_blocks(document.value, fields)]
    return found[:MAX_NOTICES]


def _marked(fields: Fields) -> Iterator[tuple[Notice, JsonValue]]:
    for one in fields.every:
        schema = one.schema
        if not isinstance(schema, dict) or (schema.get("deprecated") is not True and MARK not in schema):
            continue
        said = schema.get(MARK)
        name = one.name if one.instance is None else one.instance
        plain = Notice(name, one.pointer, "property", one.pointer, one.instance)
        if MARK not in schema:
            yield replace(plain, bare=True), None
        else:
            yield _told(replace(plain, at=join(one.pointer, MARK)), said, fields, one), said


def _blocks(value: JsonValue, fields: Fields) -> Iterator[tuple[Notice, JsonValue]]:
    waiting: list[tuple[str, JsonValue]] = [("", value)]
    while waiting:
        at, held = waiting.pop()
        if isinstance(held, dict) and _is_block(held):
            yield _block(at, held, fields), held
        elif isinstance(held, dict):
            inner = [(key, one) for key, one in held.items() if key not in _DATA and key != MARK]
            waiting += [(join(at, key), one) for key, one in reversed(inner)]
        elif isinstance(held, list):
            waiting += [(join(at, index), one) for index, one in reversed(list(enumerate(held)))]


def _is_block(held: dict[str, JsonValue]) -> bool:
    if not isinstance(_get(held, ("field-name",)), str):
        return False
    status = _get(held, ("status",))
    dated = _get(held, _ON) is not None and _get(held, _REMOVAL) is not None
    return dated or (isinstance(status, str) and status.upper() == _MARKED)


def _block(at: str, held: dict[str, JsonValue], fields: Fields) -> Notice:
    name = _text(held, ("field-name",))
    identity = _get(held, ("field-id",))
    meant = fields.named(name) or (fields.named(str(identity)) if identity is not None else ())
    one = meant[0] if len(meant) == 1 else None
    plain = Notice(name, at, "block")
    if one is not None:
        plain = replace(plain, pointer=one.pointer, instance=one.instance)
    return _told(plain, held, fields, one)


def _told(plain: Notice, said: JsonValue, fields: Fields, about: Field | None) -> Notice:
    """Add to a notice what its object says."""
    if not isinstance(said, dict):
        return plain
    replacement = _text(said, _REPLACEMENT)
    meant = fields.named(replacement, beside=None if about is None else about.siblings) if replacement else ()
    return replace(
        plain,
        deprecated_on=_day(_get(said, _ON)),
        removal=_day(_get(said, _REMOVAL)),
        replacement=replacement,
        replacement_at=meant[0].pointer if len(meant) == 1 else None,
        guide=_text(said, _GUIDE),
        reason=_text(said, _REASON),
    )


def _get(said: dict[str, JsonValue], names: tuple[str, ...]) -> JsonValue:
    return next((value for key, value in said.items() if key.replace("_", "-") in names), None)


def _text(said: dict[str, JsonValue], names: tuple[str, ...]) -> str:
    value = _get(said, names)
    return value.strip()[:_LONGEST] if isinstance(value, str) else ""


def _day(value: JsonValue) -> date | None:
    """Read a date as in 2026-12-31; other spellings of ISO 8601 are not what people read as a date."""
    try:
        day = date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return day if day is not None and day.isoformat() == value else None


@dataclass(frozen=True, slots=True)
class _Checker:
    """One notice of a document, to be checked."""

    document: Document
    fields: Fields
    notice: Notice
    said: JsonValue
    grace_days: int

    def problems(self) -> list[Problem]:
        if self.notice.bare:
            sentence = f"`{self.notice.field}` is marked as deprecated, and nothing says when it goes."
            return [self._problem("deprecation_undated", sentence, grace=str(self.grace_days))]
        if not isinstance(self.said, dict):
            return [self._dates(f"{MARK} of `{self.notice.field}` is no object with dates.")]
        return [*self._mark(), *self._when(), *self._field(), *self._replacement()]

    def _mark(self) -> Iterator[Problem]:
        about = self.fields.at(self.notice.pointer) if self.notice.form == "property" and self.notice.pointer else None
        if about is not None and about.schema.get("deprecated") is not True:
            sentence = f"`{self.notice.field}` has {MARK} and is not marked as deprecated."
            yield self._problem("deprecation_unmarked", sentence)

    def _when(self) -> Iterator[Problem]:
        on, removal = self.notice.deprecated_on, self.notice.removal
        for name, day, keys in (("deprecation", on, _ON), ("removal", removal, _REMOVAL)):
            if day is None:
                assert isinstance(self.said, dict)
                given = _get(self.said, keys)
                what = f"has no {name} date" if given is None else f"has a {name} date that is none: `{given!s:.40}`"
                yield self._dates(f"The deprecation of `{self.notice.field}` {what}.")
                return
        assert on is not None
        assert removal is not None
        if removal <= on:
            yield self._dates(f"`{self.notice.field}` is removed on {removal}, not after its deprecation on {on}.")
        elif removal < day_after(on, self.grace_days):
            days = (removal - on).days
            yield self._dates(
                f"`{self.notice.field}` is deprecated on {on} and removed on {removal}: {days} days, and the grace "
                f"period is {self.grace_days}."
            )

    def _field(self) -> Iterator[Problem]:
        if self.notice.pointer is None:
            meant = self.fields.named(self.notice.field)
            what = "no field of that name is declared" if not meant else f"{len(meant)} fields have that name"
            sentence = f"A notice deprecates `{self.notice.field}`, and {what}."
            yield self._problem("deprecation_field_unknown", sentence)

    def _replacement(self) -> Iterator[Problem]:
        one = self.notice
        if not one.replacement:
            if not one.guide:
                sentence = f"The deprecation of `{one.field}` names neither a replacement nor a migration guide."
                yield self._problem("deprecation_no_way", sentence)
            return
        if one.replacement_at is None:
            meant = self.fields.named(one.replacement)
            what = "is not declared" if not meant else f"is the name of {len(meant)} fields"
            sentence = f"`{one.field}` is to be replaced by `{one.replacement}`, which {what}."
            yield self._problem("deprecation_replacement", sentence, how=_NAME)
        elif one.replacement_at == one.pointer:
            sentence = f"`{one.field}` is to be replaced by itself."
            yield self._problem("deprecation_replacement", sentence, how=_NAME)
        elif one.pointer is not None and not one.guide and not self._takes(one.pointer, one.replacement_at):
            sentence = f"`{one.replacement}` is not shown to accept every value of `{one.field}`, which it replaces."
            yield self._problem("deprecation_replacement", sentence, how=_GUIDES)

    def _takes(self, old: str, new: str) -> bool:
        """Say whether whatever the one place accepts is accepted by the other; references are those of the document."""
        left, right = (_standing_at(self.document.value, place) for place in (old, new))
        return decide(left, right, budget=BUDGET, formats="assert").status == "included"

    def _dates(self, sentence: str) -> Problem:
        on = self.notice.deprecated_on
        earliest = "" if on is None else f" The earliest removal date for {on} is {day_after(on, self.grace_days)}."
        return self._problem("deprecation_dates", sentence, grace=str(self.grace_days), earliest=earliest)

    def _problem(self, code: str, sentence: str, **words: str) -> Problem:
        at = self.notice.at
        line = line_of(self.document, at)
        return problem(code, sentence, path=self.document.path, line=line, pointer=at, **words)


_NAME = "Name a field that this version declares, or leave the replacement out and let a migration guide say how."
_GUIDES = "Add a `migration_guide` that says how values are carried over, or let the replacement accept them."
_HOME = "urn:concordat:document"


def _standing_at(schema: JsonValue, pointer: str) -> JsonValue:
    """Make a schema of one place in another, so that what the place refers to is found."""
    draft = draft_of(schema) or 2020
    name, area = ("id" if draft == 4 else "$id"), ("$defs" if draft >= 2019 else "definitions")
    home = schema.get(name)
    home = home.removesuffix("#") if isinstance(home, str) and not home.startswith("#") and home else _HOME
    made: dict[str, JsonValue] = {
        name: "urn:concordat:place",
        # Before 2019-09 a $ref hides what stands beside it.
        "allOf": [{"$ref": f"{home}#{quote(pointer)}"}],
        area: {"document": {**schema, name: home}},
    }
    return {"$schema": schema["$schema"], **made} if "$schema" in schema else made
