"""What a change breaks of older versions that are still live, beside the one before it.

Each step of 1.0 → 1.1 → 1.2 can be compatible while 1.2 refuses documents of 1.0: a field that 1.1 no longer names
comes back with another type. Only what the change itself brings is found: where the version before did not hold
either, an earlier change has answered for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from rules.compare.findings_grade import Members
from rules.compare.relations import Ask
from rules.compare.tolerance import tolerant
from rules.compare.values import ComparePolicy, Decision, Finding, Older, Witness
from rules.jsontext import JsonValue, digest
from rules.verdict import Verdict

KIND = "OLDER_VERSION_BROKEN"
MAX_NAMED = 5


@dataclass(frozen=True, slots=True)
class Step:
    """The change, from the version before to the new one, and whom to ask about it."""

    base: JsonValue
    head: JsonValue
    ask: Ask
    members: Members


def broken(older: Sequence[Older], step: Step, policy: ComparePolicy) -> tuple[Finding, ...]:
    """Give a finding for each document that shows an older version newly broken; `older` has the oldest first."""
    ways = [_writers(step)]
    if policy.reads:
        ways.append(_readers(step, (lambda schema: schema) if policy.strict_readers else tolerant))
    return tuple(finding for way in ways for finding in way.findings(older))


@dataclass(frozen=True, slots=True)
class _Way:
    """One direction of compatibility, as questions about an older version.

    `asked` is the question with the new version, `held` with the one before; `shows` says whether a witness of another
    version shows this one broken, `failing` which part of it fails.
    """

    breaks: tuple[str, ...]
    asked: Callable[[Older], Decision]
    held: Callable[[Older], Decision]
    shows: Callable[[JsonValue, Older], bool]
    failing: Callable[[JsonValue, Older], str]
    refuted: str
    undecided: str

    def findings(self, older: Sequence[Older]) -> Iterator[Finding]:
        answers = [(one, self.asked(one)) for one in older]
        failed = [(one, answer) for one, answer in answers if answer.status != "included"]
        newly = [(one, answer) for one, answer in failed if self.held(one).status == "included"]
        told: set[str] = set()
        for one, answer in newly:
            if one.name in told:
                continue
            several = [one]
            if answer.status == "not_included":
                several = [other for other, _ in newly if other is one or self.shows(answer.witness, other)]
            told.update(other.name for other in several)
            yield self._finding(several, answer)

    def _finding(self, several: list[Older], answer: Decision) -> Finding:
        oldest, witness = several[0], None
        if answer.status == "not_included":
            witness = Witness(answer.witness, self.failing(answer.witness, oldest))
        sentence = (self.refuted if witness else self.undecided).format(oldest.name) + _also(several[1:])
        return Finding(
            KIND, Verdict.MAJOR, sentence,
            digest(KIND, self.breaks[0], oldest.name, witness.pointer if witness else "")[:16],
            new_pointer="", breaks=self.breaks, witness=witness, reason=answer.reason,
        )  # fmt: skip


def _also(others: list[Older]) -> str:
    if not others:
        return ""
    named = ", ".join(other.name for other in others[:MAX_NAMED])
    return f" The same holds of {named}{f' and {len(others) - MAX_NAMED} more' if len(others) > MAX_NAMED else ''}."


def _writers(step: Step) -> _Way:
    return _Way(
        ("stored data", "writers"),
        lambda one: step.ask(one.schema, step.head, "left"),
        lambda one: step.ask(one.schema, step.base, "left"),
        lambda document, one: step.members(one.schema).accepts(document, closed=True) is True,
        lambda document, _: step.members(step.head).failing_part(document),
        "The oldest live version whose documents this breaks is {}: the new version refuses one that the version "
        "before accepted.",
        "It could not be shown that documents of the live version {} stay valid, as they are by the version before.",
    )


def _readers(step: Step, read: Callable[[JsonValue], JsonValue]) -> _Way:
    known: dict[int, JsonValue] = {}

    def seen(one: Older) -> JsonValue:
        if id(one) not in known:
            known[id(one)] = read(one.schema)
        return known[id(one)]

    return _Way(
        ("readers",),
        lambda one: step.ask(step.head, seen(one), "left"),
        lambda one: step.ask(step.base, seen(one), "left"),
        lambda document, one: step.members(seen(one)).accepts(document) is False,
        lambda document, one: step.members(seen(one)).failing_part(document),
        "The oldest live version whose readers this breaks is {}: it refuses a document of the new version, and none "
        "of the version before.",
        "It could not be shown that readers by the live version {} can read the new documents, as they could before.",
    )
