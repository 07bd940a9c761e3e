"""The relations of two versions and the verdict that follows from them: two tables and the questions behind them.

| relation | question |
|---|---|
| backward | closed(old) ⊆ new: what writers send and what is stored is still accepted |
| forward | closed(new) ⊆ old: what will be sent is accepted by those who read by the old contract |
| retained | closed(old) ⊆ closed(new): no declared field disappears |
| extended | closed(new) ⊆ closed(old): nothing was added |
| strict_backward, strict_forward | the same as written, without closing |

Only the relations decide; see `ROWS` for the verdict and `rules.compare.kinds` for what explains it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from rules import pointer
from rules.compare.skeleton import Pair, changed_words
from rules.compare.tolerance import tolerant
from rules.compare.values import ComparePolicy, Decision, Relation, RelationStatus, Witness
from rules.jsontext import JsonValue
from rules.verdict import Verdict

Closed = Literal["none", "left", "both"]

NAMES = ("backward", "forward", "retained", "extended", "strict_backward", "strict_forward")
"""Every relation, in the order in which people read them."""

_STATUS: dict[str, RelationStatus] = {"included": "proven", "not_included": "refuted", "undecided": "undecided"}


class Decide(Protocol):
    """The engine's question, `rules.compare.inclusion.decide`, as this module asks it."""

    def __call__(
        self, left: JsonValue, right: JsonValue, *, closed: Closed, formats: Literal["assert"], budget: int
    ) -> Decision:
        """Say whether every document of left is accepted by right."""


Ask = Callable[[JsonValue, JsonValue, Closed], Decision]
"""A question with formats asserted and the budget filled in."""


Holds = Callable[[JsonValue, JsonValue], bool]
"""Whether a schema surely refuses a document as written, or surely declares every property of one that it accepts."""


@dataclass(frozen=True, slots=True)
class Sure:
    """What validators say of a schema and a document."""

    refuses: Holds
    declares: Holds


def relate(old: JsonValue, new: JsonValue, ask: Ask, sure: Sure) -> dict[str, Relation]:
    """Decide the six relations, in the order of `NAMES`, asking only what does not follow from another answer."""
    changed = changed_words(old, new) or []
    backward, retained, strict_backward = _carried(changed, ask) or _direction(old, new, ask, sure)
    back = [(right, left) for left, right in changed]
    forward, extended, strict_forward = _carried(back, ask) or _direction(new, old, ask, sure)
    answers = (backward, forward, retained, extended, strict_backward, strict_forward)
    return {name: relation(name, answer) for name, answer in zip(NAMES, answers, strict=True)}


Answers = tuple[Decision, Decision, Decision]
"""Closed left in right, closed left in closed right, left in right as written."""


def _carried(changed: list[Pair], ask: Ask) -> Answers | None:
    """Answer by the words that changed, where the skeleton is the same and each inclusion of words carries over."""
    if changed and all(ask(*pair, "none").status == "included" for pair in changed):
        proven = Decision("included")
        return proven, proven, proven
    return None


def _direction(left: JsonValue, right: JsonValue, ask: Ask, sure: Sure) -> Answers:
    """Answer closed(left) ⊆ right, closed(left) ⊆ closed(right) and left ⊆ right, the cheapest first.

    closed(right) ⊆ right and closed(left) ⊆ left, so an inclusion in closed(right) or of the whole of left carries
    over. A document that right refuses as written refutes all three where left declares all that it has.
    """
    strict = ask(left, right, "none")
    if strict.status == "not_included" and sure.declares(left, strict.witness):
        return strict, strict, strict
    both = ask(left, right, "both")
    if strict.status == "included":
        return strict, both, strict
    if both.status == "not_included" and sure.refuses(right, both.witness):
        return both, both, both if strict.status == "undecided" else strict
    plain = both if both.status == "included" else ask(left, right, "left")
    if plain.status == "not_included":
        both = plain if both.status == "undecided" else both
        strict = plain if strict.status == "undecided" else strict
    return plain, both, strict


def relation(name: str, answer: Decision) -> Relation:
    """Give an answer the name of its relation; the failing part of a witness is marked later."""
    witness = Witness(answer.witness) if answer.status == "not_included" else None
    return Relation(name, _STATUS[answer.status], witness, answer.reason)


def unchanged() -> dict[str, Relation]:
    """Return the relations of two schemas that mean the same by hash: each set includes itself."""
    return {name: Relation(name, "proven") for name in NAMES}


@dataclass(frozen=True, slots=True)
class Facts:
    """What the verdict is read from; every field is an answer of the engine, of policy or of plain comparison.

    `documents` are the two compared; their digest identifies what can be tied to nothing smaller.
    """

    relations: dict[str, Relation]
    policy: ComparePolicy
    pure_addition: bool = False
    open_content_restricted: bool = False
    marks_changed: bool = False
    text_differs: bool = True
    documents: tuple[JsonValue, ...] = ()
    older_broken: bool = False

    def unproven(self, *names: str) -> bool:
        """Say whether any of the relations is not proven."""
        return any(self.relations[name].status != "proven" for name in names)

    @property
    def readers_break(self) -> bool:
        """Say whether a partner who reads may meet what it cannot read."""
        if not self.policy.reads:
            return False
        if self.policy.strict_readers:
            return self.unproven("forward", "extended")
        return self.unproven("forward") and not self.pure_addition


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the verdict table: the verdict, when it holds, and the test."""

    verdict: Verdict
    when: str
    holds: Callable[[Facts], bool]


ROWS = (
    Row(Verdict.MAJOR, "backward not proven", lambda facts: facts.unproven("backward")),
    Row(Verdict.MAJOR, "retained not proven", lambda facts: facts.unproven("retained")),
    Row(Verdict.MAJOR, "forward not proven and a partner reads", lambda facts: facts.readers_break),
    Row(Verdict.MAJOR, "open content closed or typed", lambda facts: facts.open_content_restricted),
    Row(Verdict.MAJOR, "an older live version breaks", lambda facts: facts.older_broken),
    Row(Verdict.MINOR, "some relation not proven", lambda facts: facts.unproven(*NAMES)),
    Row(Verdict.MINOR, "a default or a deprecation mark changed", lambda facts: facts.marks_changed),
    Row(Verdict.PATCH, "all proven, the text differs", lambda facts: facts.text_differs),
    Row(Verdict.NONE, "canonically equal", lambda _: True),
)
"""The verdict table of the design, most severe first; the first row that holds gives the verdict.

A strict reader refuses fields that it does not know, so for it `extended` counts as `forward` does.
"""


def row_of(facts: Facts) -> Row:
    """Find the row of the table that gives the verdict."""
    return next(row for row in ROWS if row.holds(facts))


def is_pure_addition(old: JsonValue, new: JsonValue, relations: dict[str, Relation], ask: Ask) -> bool:
    """Say whether forward fails only on properties that the old contract does not declare.

    Defined by a reader who ignores what it does not know: retained is proven, and closed(new) is included in the old
    schema as that reader sees it (`rules.compare.tolerance`).
    """
    if relations["retained"].status != "proven":
        return False
    return ask(new, tolerant(old), "left").status == "included"


def restricts_open_content(
    old: JsonValue, new: JsonValue, relations: dict[str, Relation], added: tuple[str, ...], ask: Ask
) -> bool:
    """Say whether fields that neither version names were accepted as written and are now refused or typed.

    Asked where backward is proven and the inclusion as written is not. The fields that the new version adds by name
    (`added`, pointers into it) may be what fails, and giving a name to a new field is no more than MINOR; so they are
    allowed to hold anything, and what is still not proven is open content closed or typed. Naming too few of them errs
    towards MAJOR.
    """
    if relations["strict_backward"].status == "proven" or relations["backward"].status != "proven":
        return False
    return not added or ask(old, loosened(new, added), "none").status != "included"


def loosened(schema: JsonValue, pointers: tuple[str, ...]) -> JsonValue:
    """Return the schema with the schemas at the pointers replaced by one that accepts everything."""
    ways: _Ways = {}
    for place in pointers:
        inner = ways
        for token in pointer.split(place):
            inner = inner.setdefault(token, {})
        inner[None] = {}
    return _loosened(schema, ways)


_Ways = dict[str | None, Any]
"""The tokens that lead to places, as a tree; `None` marks a place."""


def _loosened(value: JsonValue, ways: _Ways) -> JsonValue:
    if None in ways:
        return {}
    if isinstance(value, list):
        return [_loosened(v, ways[str(i)]) if str(i) in ways else v for i, v in enumerate(value)]
    if isinstance(value, dict):
        return {key: _loosened(v, ways[key]) if key in ways else v for key, v in value.items()}
    return value
