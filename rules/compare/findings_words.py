"""Say each finding in one plain sentence; what comes from a document stands in a code span that it cannot leave."""

from __future__ import annotations

import re
from collections.abc import Callable

from rules.compare.findings_conditions import COUNTING, MAX_LISTED, condition
from rules.compare.findings_fields import openness
from rules.compare.findings_grade import Grade
from rules.compare.findings_spans import MAX_VALUE, code, span
from rules.compare.findings_walk import Difference, people
from rules.compare.values import Reason, Relation
from rules.jsontext import JsonValue, dumps

FORMATS = {
    "date-time": "an RFC 3339 date-time", "date": "an RFC 3339 date", "time": "an RFC 3339 time",
    "duration": "an ISO 8601 duration", "email": "an e-mail address", "idn-email": "an e-mail address",
    "hostname": "a host name", "ipv4": "an IPv4 address", "ipv6": "an IPv6 address", "uri": "a URI",
    "uri-reference": "a URI reference", "uuid": "a UUID", "regex": "a regular expression",
    "json-pointer": "a JSON Pointer",
}  # fmt: skip

_PHRASES: dict[str, Callable[[JsonValue], str]] = {
    "pattern": lambda v: f"match {code(v)}",
    "format": lambda v: f"be {FORMATS[v]}" if isinstance(v, str) and v in FORMATS else f"be of the format {code(v)}",
    "minLength": lambda v: f"have {code(v)} or more characters",
    "maxLength": lambda v: f"have at most {code(v)} characters",
    "minimum": lambda v: f"be {code(v)} or more",
    "maximum": lambda v: f"be {code(v)} or less",
    "exclusiveMinimum": lambda v: "lie above the lower bound" if isinstance(v, bool) else f"be more than {code(v)}",
    "exclusiveMaximum": lambda v: "lie below the upper bound" if isinstance(v, bool) else f"be less than {code(v)}",
    "multipleOf": lambda v: f"be a multiple of {code(v)}",
    "divisibleBy": lambda v: f"be a multiple of {code(v)}",
    "minItems": lambda v: f"have {code(v)} or more items",
    "maxItems": lambda v: f"have at most {code(v)} items",
    "uniqueItems": lambda v: "have no item twice" if v else "hold any items, the same one twice too",
    "minProperties": lambda v: f"have {code(v)} or more fields",
    "maxProperties": lambda v: f"have at most {code(v)} fields",
}


_BEYOND: dict[str, str] = {
    "minLength": "have fewer than {} characters",
    "maxLength": "have more than {} characters",
    "minItems": "have fewer than {} items",
    "maxItems": "have more than {} items",
    "minProperties": "have fewer than {} fields",
    "maxProperties": "have more than {} fields",
    "minimum": "be less than {}",
    "maximum": "be more than {}",
    "exclusiveMinimum": "be {} or less",
    "exclusiveMaximum": "be {} or more",
    "uniqueItems": "hold an item twice",
}
"""What a value may do where a bound is gone."""


def sentence(grade: Grade) -> str:
    """Return the finding's sentence: what changed, then what that means, with the value that shows it."""
    said = _SENTENCES.get(grade.difference.kind, _constraint)(grade)
    return f"{said[:1].upper()}{said[1:]}"


def summary(title: str, count: int, first: str) -> str:
    """Say of differences that are too many to be told one by one how many they are, and where they begin."""
    where = f"at {span(first)}" if first else "in the document"
    if count == 1:
        return f"{title}: one more, {where}; there are too many differences to weigh each by itself."
    return f"{title}: {count:,} more, the first {where}; there are too many to weigh each by itself."


def _where(grade: Grade) -> str:
    return span(people(grade.difference.place)) if grade.difference.place else "the document"


def _example(grade: Grade, fallback: str = "") -> str:
    """Return the value that shows the change, with the words before it."""
    if not grade.shown or len(dumps(grade.value)) > MAX_VALUE:
        return fallback
    # Of a whole document only the field is shown that tells.
    part = not grade.difference.path and grade.difference.probe == "open"
    return f" {'with' if part else 'such as'} {code(grade.value)}"


def _consequence(grade: Grade) -> str:
    difference = grade.difference
    if grade.reason is not None:
        question = "that refuses anything" if grade.backward else "readers may meet anything new"
        return f"; whether {question} could not be decided ({why(grade.reason)})."
    if not grade.shown:
        return "."
    what = "documents" if not difference.path else "values"
    if grade.backward:
        return f"; {what}{_example(grade)} that were accepted until now are refused."
    return f"; readers may now meet {what}{_example(grade)} that were refused until now."


_UNREACHED = re.compile(r'"(.{1,200})" is not in this document, and nothing is fetched', re.DOTALL)
_SPENT = re.compile(r"the budget for .{1,40} is spent|not decided within [0-9,]+ steps")
_CASES = re.compile(r"it depends on more than ([0-9]+) cases of which branches pass")


def told(reason: Reason) -> str:
    """Say a reason that needs no keyword and no place beside it, in words for people; else empty."""
    found = _UNREACHED.search(reason.detail)
    if found is not None and found[1].startswith("#"):
        return f"{span(found[1])} leads nowhere in this document"
    if found is not None:
        return f"{span(found[1])} is another document, and none is fetched"
    if cases := _CASES.search(reason.detail):
        return f"its alternatives can apply in more than {cases[1]} ways, too many to go through"
    return "deciding it takes more steps than a comparison may take" if _SPENT.match(reason.detail) else ""


def why(reason: Reason) -> str:
    """Say why something is undecided: keyword, place, detail; a reference without a target says all by itself."""
    if known := told(reason):
        return known
    place = f"{span(reason.keyword)} at {span(reason.pointer or '/')}" if reason.keyword else ""
    return (
        ": ".join(part for part in (place, span(reason.detail) if reason.detail else "") if part) or "no reason given"
    )


def _removed(grade: Grade) -> str:
    refused = "writers" in grade.breaks
    tail = ", and documents that hold it are refused" if refused else ""
    return f"{_where(grade)} was removed; readers that rely on it no longer find it{tail}."


def _added(grade: Grade) -> str:
    if grade.shown and grade.backward and "writers" not in grade.breaks:
        return (
            f"{_where(grade)} was added where no field was named until now; other fields, as in {code(grade.value)}, "
            "are thereby no longer part of the contract."
        )
    if grade.shown and grade.backward:
        return (
            f"{_where(grade)} was added where any field was accepted until now; documents{_example(grade)} "
            "that already used the name are refused."
        )
    if grade.shown and grade.breaks and not grade.backward and openness(grade.difference.old) == "typed":
        return (
            f"{_where(grade)} was added where every other field had a certain shape; readers may now meet "
            f"documents{_example(grade)} that were refused until now."
        )
    return f"{_where(grade)} was added and is optional; existing documents stay valid."


def _required(grade: Grade) -> str:
    fresh = grade.difference.before is None
    words = "is new and required" if fresh else "must now be there"
    default = grade.difference.after.get("default") if fresh and isinstance(grade.difference.after, dict) else None
    note = f" (its default {code(default)} does not fill it in for a validator)" if default is not None else ""
    if grade.reason is not None:
        return f"{_where(grade)} {words}{note}{_consequence(grade)}"
    return f"{_where(grade)} {words}{note}; documents without it are refused."


def _renamed(grade: Grade) -> str:
    return (
        f"{_where(grade)} was renamed to {span(str(grade.difference.after))}; readers and writers "
        "that use the old name miss each other."
    )


def _moved(grade: Grade) -> str:
    return (
        f"{_where(grade)} moved to {span(str(grade.difference.after))}; readers and writers "
        "that use the old place miss each other."
    )


def _type(grade: Grade) -> str:
    before, after = (_types(value) for value in (grade.difference.before, grade.difference.after))
    if not after:
        return f"{_where(grade)} no longer permits any value{_consequence(grade)}"
    if not before:
        return f"{_where(grade)} permitted no value until now, and now permits {after}{_consequence(grade)}"
    return f"the type of {_where(grade)} changed from {before} to {after}{_consequence(grade)}"


def _types(value: JsonValue) -> str:
    if value is None:
        return "any type"
    return " or ".join(span(name) for name in value) if isinstance(value, list) else span(str(value))


def _nullable(grade: Grade) -> str:
    if grade.difference.kind == "NULLABLE_ADDED":
        return f"{_where(grade)} may now be `null`; readers that expect a value may not be ready for that."
    return f"{_where(grade)} may no longer be `null`; documents that hold `null` there are refused."


def _enum(grade: Grade) -> str:
    gone = grade.difference.kind == "ENUM_VALUE_REMOVED"
    values = grade.difference.before if gone else grade.difference.after
    listed = ", ".join(code(value) for value in values[:5]) + (
        f" and {len(values) - 5} more" if len(values) > 5 else ""
    )
    if gone:
        held = "it" if len(values) == 1 else "one of them"
        return f"{_where(grade)} no longer permits {listed}; documents that hold {held} are refused."
    held = "it" if len(values) == 1 else "them"
    return (
        f"{_where(grade)} now also permits {listed}; readers that know only the old values may not be ready for {held}."
    )


def _mark(grade: Grade) -> str:
    difference = grade.difference
    words = {
        "DEFAULT_CHANGED": f"the default of {_where(grade)} changed{_from_to(grade, 'default')}; code that fills in "
        "defaults behaves differently.",
        "DEPRECATION_CHANGED": f"{_where(grade)} {_deprecation(grade)}.",
        "DOCUMENTATION_CHANGED": f"the documentation of {_where(grade)} changed "
        f"({', '.join(span(word) for word in difference.keywords)}); no document is affected.",
    }
    return words[difference.kind]


def _from_to(grade: Grade, word: str) -> str:
    before, after = grade.difference.before or {}, grade.difference.after or {}
    old, new = (code(side[word]) if word in side else "none" for side in (before, after))
    return f" from {old} to {new}"


def _deprecation(grade: Grade) -> str:
    after = grade.difference.after or {}
    return "is now marked as deprecated" if any(after.values()) else "is no longer marked as deprecated"


def _within(grade: Grade) -> str:
    place = people(grade.difference.path)
    return f" in {span(place)}" if place else ""


def _open(grade: Grade) -> str:
    where = _within(grade)
    if grade.difference.name == "patternProperties":
        return f"{_gave_way(grade)}{where}; the former are no longer part of the contract."
    kind, name = grade.difference.kind, grade.difference.name
    which = "fields that the contract does not name" if name == "*" else f"fields whose name matches {span(name)}"
    refused = grade.shown and "writers" in grade.breaks
    gone = "are no longer accepted" if refused else "are no longer part of the contract"
    words = {
        "OPEN_CONTENT_CLOSED": f"{which} {gone}{where}",
        "OPEN_CONTENT_TYPED": f"{which} must now {_shape(grade.difference.after)}{where}",
        "OPEN_CONTENT_OPENED": f"{which} are now accepted{where}",
    }
    return f"{words[kind]}{_consequence(grade)}"


def _shape(said: JsonValue) -> str:
    """Say in short what a field that nothing names must be."""
    types = said.get("type") if isinstance(said, dict) else None
    if isinstance(types, str) or (isinstance(types, list) and types):
        return f"be of type {_types(types)}"
    return "have a certain shape"


def _branch(grade: Grade) -> str:
    verb = "gained" if grade.difference.kind == "BRANCH_ADDED" else "lost"
    return f"{_where(grade)} {verb} an alternative of its {span(grade.difference.name)}{_consequence(grade)}"


def _constraint(grade: Grade) -> str:
    if grade.difference.kind == "REFACTORED":
        return f"{_where(grade)} is written differently and accepts the same as before."
    if grade.difference.name == "patternProperties":
        return f"{_gave_way(grade)}{_within(grade)}{_consequence(grade)}"
    if now := _now(grade):
        return f"{_where(grade)} {now}{_consequence(grade)}"
    return f"the condition {span(grade.difference.name)} on {_where(grade)} changed{_consequence(grade)}"


def _gave_way(grade: Grade) -> str:
    before, after = (span(str(value)) for value in (grade.difference.before, grade.difference.after))
    return f"fields whose name matches {before} gave way to fields whose name matches {after}"


def _now(grade: Grade) -> str:
    """Say what a value must or may do now; empty where there are no words for it."""
    difference = grade.difference
    if difference.name == "enum":
        return _enumerated(grade)
    if difference.name == "never":
        return "can no longer hold anything" if difference.after is False else "may now be there"
    if told := _condition(grade):
        return told
    if _words_alone(difference):
        return _alone(grade)
    if difference.kind == "CONSTRAINT_TIGHTENED" and (now := _phrases(difference.after)):
        return f"must now {now}"
    return _loosened(grade) if difference.kind == "CONSTRAINT_LOOSENED" else ""


def _condition(grade: Grade) -> str:
    """Say in plain words what a condition asks now, or no longer asks."""
    difference = grade.difference
    came = difference.kind == "CONSTRAINT_TIGHTENED"
    said, view = (difference.after, difference.new) if came else (difference.before, difference.old)
    if difference.name in COUNTING:
        said = {word: values[0] for word in COUNTING if len(values := view.values(word)) == 1}
    if came or not difference.after:
        told = condition(difference.name, said, view.required, _phrases)
        return f"{'must now' if came else 'no longer has to'} {told}" if told else ""
    return ""


def _words_alone(difference: Difference) -> bool:
    """Say whether a condition came or left as a whole, and is one that no phrase tells."""
    said = difference.before or difference.after
    told = isinstance(said, dict) and not said.keys().isdisjoint(_PHRASES)
    return bool(difference.before) != bool(difference.after) and not told


def _alone(grade: Grade) -> str:
    word, came = span(grade.difference.name), bool(grade.difference.after)
    if grade.difference.name in ("oneOf", "anyOf"):
        fit = f"fit {'exactly one' if grade.difference.name == 'oneOf' else 'one'} of the alternatives of {word}"
        return f"must now {fit}" if came else f"no longer has to {fit}"
    return f"must now meet the condition {word}" if came else f"no longer has to meet the condition {word}"


def _enumerated(grade: Grade) -> str:
    if grade.difference.before is not None:
        return "is no longer limited to a list of values"
    listed = [code(value) for value in grade.difference.after]
    told = ", ".join(listed) if len(listed) <= MAX_LISTED else f"a list of {len(listed):,} values"
    return f"must now be {told}" if len(listed) == 1 else f"must now be one of {told}"


def _loosened(grade: Grade) -> str:
    now, before = _phrases(grade.difference.after), _phrases(grade.difference.before)
    if now:
        return f"now only has to {now}"
    if (said := grade.difference.before) and isinstance(said, dict) and len(said) == 1:
        ((word, bound),) = said.items()
        if word in _BEYOND and (word == "uniqueItems" or not isinstance(bound, bool)):
            return f"may now {_BEYOND[word].format(code(bound))}"
    return f"no longer has to {before}" if before else f"meets a looser condition ({span(grade.difference.name)})"


def _phrases(said: JsonValue) -> str:
    if not isinstance(said, dict):
        return ""
    parts = [_PHRASES[word](value) for word, value in said.items() if word in _PHRASES and not isinstance(value, list)]
    return " and ".join(parts)


def relation_sentence(relation: Relation) -> str:
    """Say what a relation shows when no finding accounts for it."""
    backward = relation.name in ("backward", "retained", "strict_backward")
    if relation.status == "undecided":
        reason = why(relation.reason) if relation.reason else "no reason given"
        question = "what was accepted is still accepted" if backward else "what is now accepted was accepted before"
        return f"Whether {question} could not be decided ({reason}); it counts as not proven."
    shown = code(relation.witness.document) if relation.witness else ""
    if relation.name == "retained":
        return f"Documents such as {shown} hold fields that the new version no longer declares."
    if relation.name == "extended":
        return f"Documents such as {shown} hold fields that the old version did not declare."
    if backward:
        return f"Documents such as {shown} that were accepted until now are refused."
    return f"Documents such as {shown} that were refused until now are accepted."


_SENTENCES: dict[str, Callable[[Grade], str]] = {
    "FIELD_REMOVED": _removed,
    "FIELD_ADDED": _added,
    "REQUIRED_ADDED": _required,
    "REQUIRED_REMOVED": lambda grade: (
        f"{_where(grade)} no longer has to be there; readers may meet documents without it."
    ),
    "FIELD_RENAMED": _renamed,
    "FIELD_MOVED": _moved,
    "FIELD_TYPE_CHANGED": _type,
    "NULLABLE_ADDED": _nullable,
    "NULLABLE_REMOVED": _nullable,
    "ENUM_VALUE_ADDED": _enum,
    "ENUM_VALUE_REMOVED": _enum,
    "DEFAULT_CHANGED": _mark,
    "DEPRECATION_CHANGED": _mark,
    "DOCUMENTATION_CHANGED": _mark,
    "OPEN_CONTENT_CLOSED": _open,
    "OPEN_CONTENT_TYPED": _open,
    "OPEN_CONTENT_OPENED": _open,
    "BRANCH_ADDED": _branch,
    "BRANCH_REMOVED": _branch,
}
