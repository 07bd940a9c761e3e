"""Compare two versions of a contract: the relations, the verdict that they give, and the findings that explain it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from rules.compare import findings, relations
from rules.compare import older as older_versions
from rules.compare.findings_grade import Grader, Members
from rules.compare.findings_walk import Difference
from rules.compare.inclusion import TOO_LARGE, Engine
from rules.compare.membership import Membership
from rules.compare.overrides import overridden
from rules.compare.places import Source, Unchanged
from rules.compare.references import MAX_SCHEMAS
from rules.compare.relations import Ask, Closed, Facts
from rules.compare.values import ComparePolicy, Comparison, Decision, Older, Reason, Relation, Witness
from rules.jsontext import JsonValue, same
from rules.verdict import Verdict

PART_BUDGET = 20_000
"""Engine steps for a question about one changed part; what they do not settle, the whole does."""
ALL_FINDINGS = 250_000
"""Engine steps for explaining a comparison; what the relations took is not there for it any more."""
LEAST_FINDINGS = 50_000
"""What there is for it at least."""
PARTS_SHARE, WITNESSES_SHARE = Fraction(3, 5), Fraction(2, 5)
"""How much of that is for grading the changed parts, beyond which the relations grade them; and how much for putting
values that show a difference into whole documents, beyond what needs no question."""
ASKING = 100
"""What a question costs beside the engine's steps, which do not count the cutting out and the reading."""
READING = 4
"""What it costs to cut out and read one schema of a part."""
FORWARD = frozenset({"forward", "extended", "strict_forward"})
ALL_RELATIONS = 2
"""How many times the budget of one relation all questions about whole documents may take together."""
FOR_A_SCHEMA = 4
"""Steps for each schema of two large documents; what small ones do not settle in half a budget is rarely settled."""
OLDER_RELATIONS = 4
"""The same for the questions about older versions."""
MARKS = frozenset({"DEFAULT_CHANGED", "DEPRECATION_CHANGED"})


def compare(
    old: JsonValue,
    new: JsonValue,
    *,
    policy: ComparePolicy = ComparePolicy(),  # noqa: B008 - frozen
    older: Sequence[Older] = (),
) -> Comparison:
    """Compare two schema documents, each as a JSON value; never raises for anything that a schema may say.

    The verdict follows from the relations by `relations.ROWS`; findings explain it, and the most severe of them has its
    severity. Overrides of the policy are applied last and recorded in `lowered`. `older` are live versions before
    `old`, the oldest first: what of them the change breaks, and `old` did not, is a finding and MAJOR.
    """
    try:
        return _compared(old, new, policy, older)
    except RecursionError:
        return _unread(policy, Reason("", "", "the schemas are nested too deeply"))
    except (ValueError, OverflowError) as problem:
        # Of Python's values some are no JSON: infinite numbers, and integers longer than Python writes down.
        return _unread(policy, Reason("", "", f"this is no JSON: {problem}"))


def _compared(old: JsonValue, new: JsonValue, policy: ComparePolicy, older: Sequence[Older]) -> Comparison:
    if same(old, new):
        return Comparison(Verdict.NONE, (), tuple(relations.unchanged().values()), row=relations.ROWS[-1].when)
    sources = Source(old), Source(new)
    if any(source.size > MAX_SCHEMAS for source in sources):
        return _unread(policy, TOO_LARGE)
    unchanged = Unchanged(*sources)
    engine = Engine(formats="assert")
    ask = _about_whole(engine, policy.budget, sum(source.size for source in sources))
    found = findings.differences(unchanged)
    facts = _facts(unchanged, found, policy, ask, engine.membership)
    row = relations.row_of(facts)
    left = max(ALL_FINDINGS - ask.used, LEAST_FINDINGS)
    parts = _Rationed(engine, min(PART_BUDGET, policy.budget), int(left * PARTS_SHARE), "changed parts", READING)
    whole = _Rationed(engine, policy.budget, int(left * WITNESSES_SHARE), "witnesses", READING)
    grader = Grader(unchanged.old, unchanged.new, policy, parts, whole, engine.membership, engine.may_tell_apart)
    explained = findings.findings(found, grader, facts, row.verdict)
    marked = findings.marked(facts.relations.values(), explained, grader)
    if older:
        again = _Rationed(engine, policy.budget, OLDER_RELATIONS * policy.budget, "older versions")
        broken = older_versions.broken(older, older_versions.Step(old, new, again, engine.membership), policy)
        facts, explained = replace(facts, older_broken=bool(broken)), findings.ordered([*explained, *broken])
        row = relations.row_of(facts)
    comparison = Comparison(row.verdict, explained, marked, row=row.when)
    return _recommended(overridden(comparison, facts), policy)


def _about_whole(engine: Engine, budget: int, size: int) -> _Rationed:
    each = min(budget // 2 + FOR_A_SCHEMA * size, budget + budget // 2)
    return _Rationed(engine, each, ALL_RELATIONS * min(each, budget), "relations")


def _unread(policy: ComparePolicy, reason: Reason) -> Comparison:
    undecided = {name: Relation(name, "undecided", reason=reason) for name in relations.NAMES}
    facts = Facts(undecided, policy)
    explained = (findings.unexplained(facts, Verdict.MAJOR),)
    comparison = Comparison(Verdict.MAJOR, explained, tuple(undecided.values()), row=relations.row_of(facts).when)
    return _recommended(overridden(comparison, facts), policy)


def _facts(
    unchanged: Unchanged, found: list[Difference], policy: ComparePolicy, ask: Ask, members: Members
) -> Facts:  # fmt: skip
    old, new = unchanged.old.root.value, unchanged.new.root.value
    same = unchanged.same(unchanged.old.root, unchanged.new.root)
    related = relations.unchanged() if same else _related(old, new, ask, members)
    added = tuple(d.new_pointer for d in found if d.probe == "added" and d.new_pointer is not None)
    facts = Facts(
        related, policy, documents=(old, new),
        open_content_restricted=relations.restricts_open_content(old, new, related, added, ask),
        marks_changed=any(difference.kind in MARKS for difference in found),
    )  # fmt: skip
    if facts.readers_break and not policy.strict_readers:
        addition = relations.is_pure_addition(old, new, related, ask)
        return replace(facts, pure_addition=addition)
    return facts


def _related(old: JsonValue, new: JsonValue, ask: Ask, members: Members) -> dict[str, Relation]:
    sure = relations.Sure(
        refuses=lambda schema, document: members(schema).accepts(document) is False,
        declares=lambda schema, document: members(schema).accepts(document, closed=True) is True,
    )
    found = relations.relate(old, new, ask, sure)
    refusing = members(old), members(new)
    return {name: _located(relation, refusing[name not in FORWARD]) for name, relation in found.items()}


def _located(relation: Relation, refusing: Membership) -> Relation:
    """Mark the part of a refuted relation's witness that the other version refuses."""
    if relation.witness is None:
        return relation
    document = relation.witness.document
    return replace(relation, witness=Witness(document, refusing.failing_part(document)))


class _Rationed:
    """Asks within a budget for each question and one for all of them together."""

    def __init__(self, engine: Engine, each: int, together: int, what: str, reading: int = 0) -> None:
        self._engine = engine
        self._reading = reading
        self._each = each
        self._together = self._left = together
        self._what = what

    @property
    def spent(self) -> bool:
        return self._left <= 0

    @property
    def used(self) -> int:
        return self._together - self._left

    @property
    def end(self) -> Reason:
        return Reason("", "", f"the budget for {self._what} is spent")

    def __call__(self, left: JsonValue, right: JsonValue, closed: Closed, /, also: JsonValue = True) -> Decision:
        if self.spent:
            return Decision("undecided", reason=self.end)
        before = self._engine.read
        budget = min(self._each, self._left)
        answer = self._engine.decide(left, right, closed=closed, budget=budget, also=also)
        self._left -= answer.steps + ASKING + self._reading * (self._engine.read - before)
        return answer


def _recommended(comparison: Comparison, policy: ComparePolicy) -> Comparison:
    if policy.current is None:
        return comparison
    from rules.versions import recommend  # noqa: PLC0415 - a contract's versions build on this room's values

    return replace(comparison, recommended=recommend(policy.current, comparison.verdict))
