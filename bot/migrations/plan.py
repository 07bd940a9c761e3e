"""What a migration would do, before it does it: rows counted, a sample measured, the risk with its reasons."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal

from bot.migrations.engine import Engine
from bot.migrations.processes import Processes
from bot.migrations.running import Conversions
from bot.migrations.texts import read
from bot.migrations.values import Failed, Failing, Key, Obstacle, Survey
from rules.migration_spec import Spec

SAMPLE = 1_000
_SCAN = 5_000
_PLACES = 1_000
_MANY_ROWS = 10_000_000

Risk = Literal["LOW", "MODERATE", "HIGH"]


@dataclass(frozen=True, slots=True)
class Impact:
    """How many rows the new contract refuses as they are, and by which place and rule; nothing of their content."""

    rows: int
    failing: int
    by_finding: tuple[tuple[str, str, int], ...]


@dataclass(frozen=True, slots=True)
class Tested:
    """Random rows, taken through the migration and not written: how many fit, why others do not, how long it took.

    `seconds` were spent on the transform with its validation, `checking` on validating what came of it, `reading` on
    reading as many rows in the order of their keys.
    """

    rows: int
    failures: tuple[tuple[Key, Failed], ...]
    lost: int
    seconds: float
    checking: float = 0.0
    reading: float = 0.0

    @property
    def rate(self) -> float:
        """Rows a second."""
        return self.rows / self.seconds if self.seconds else 0.0


@dataclass(frozen=True, slots=True)
class Plan:
    """A migration's plan; durations in seconds, `parts` those of its steps."""

    spec: Spec
    survey: Survey
    impact: Impact
    tested: Tested
    parts: tuple[tuple[str, float], ...]
    risk: Risk
    reasons: tuple[str, ...]

    @property
    def seconds(self) -> float:
        """The seconds of all steps."""
        return sum(seconds for _, seconds in self.parts)

    @property
    def refused(self) -> tuple[Obstacle, ...]:
        """What has to be done to the table before it can be migrated."""
        return tuple(one for one in self.survey.obstacles if one.refused)


def make(
    engine: Engine, spec: Spec, conversions: Conversions, *,
    progress: Callable[[int], None] = lambda _: None, staging: Engine | None = None,
) -> Plan:  # fmt: skip
    """Count, measure and weigh; changes nothing. The test is done on `staging` where there is one."""
    survey = engine.survey()
    impact = count(engine, conversions, progress, survey.rows)
    tested = sample(staging or engine, conversions)
    parts = durations(survey.rows, tested)
    risk, reasons = weigh(spec, survey, impact, tested)
    return Plan(spec, survey, impact, tested, parts, risk, reasons)


def count(
    engine: Engine, conversions: Conversions, progress: Callable[[int], None] = lambda _: None, about: int = 0
) -> Impact:
    """Hold every row, as it is, to the new contract; there are `about` so many."""
    rows, failing, found = 0, 0, Counter[tuple[str, str]]()
    with Processes(conversions) as processes:
        scan = partial(engine.scan, _SCAN)
        for batch, answers in processes.ahead("findings", scan, engine.key_of, None, about):
            for findings, times in Counter(answers).items():
                failing += times if findings else 0
                for one in findings:
                    if one in found or len(found) < _PLACES:
                        found[one] += times
            rows += len(batch.rows)
            progress(rows)
    ordered = sorted(found.items(), key=lambda item: (-item[1], item[0]))
    return Impact(rows, failing, tuple((place, rule, number) for (place, rule), number in ordered))


def dry(engine: Engine, conversions: Conversions, most: int = SAMPLE) -> tuple[int, tuple[Failing, ...]]:
    """Take every row through the migration, writing nothing: how many cannot be migrated, and the first of them."""
    number, found, after = 0, list[Failing](), None
    while (batch := engine.scan(_SCAN, after)).rows:
        for row, text, one in zip(batch.rows, batch.documents, conversions.up(batch.documents), strict=True):
            if isinstance(one, Failed):
                number += 1
                if len(found) < most:
                    found.append(Failing(engine.key_of(row), text, one))
        after = engine.key_of(batch.rows[-1])
    return number, tuple(found)


def sample(engine: Engine, conversions: Conversions, rows: int = SAMPLE) -> Tested:
    """Take random rows through the migration, and those that fit back again; nothing is written."""
    batch = engine.sample(rows)
    began = time.perf_counter()
    converted = conversions.up(batch.documents)
    seconds = time.perf_counter() - began
    pairs = zip(batch.rows, converted, strict=True)
    failures = tuple((engine.key_of(row), one) for row, one in pairs if isinstance(one, Failed))
    checking = _took(lambda: conversions.check([one if isinstance(one, str) else None for one in converted]))
    reading = _took(lambda: engine.scan(max(1, len(batch.rows))))
    lost = _lost(batch.documents, converted, conversions)
    return Tested(len(batch.rows), failures, lost, seconds, checking, reading)


def _took(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _lost(documents: Sequence[str | None], converted: Sequence[object], conversions: Conversions) -> int:
    """Count the rows that the way back does not bring back as they were."""
    there = [
        (old, new) for old, new in zip(documents, converted, strict=True) if old is not None and isinstance(new, str)
    ]
    back = conversions.down_unchecked([new for _, new in there])
    return sum(
        1 for (old, _), one in zip(there, back, strict=True) if not isinstance(one, str) or read(one) != read(old)
    )


def durations(rows: int, tested: Tested) -> tuple[tuple[str, float], ...]:
    """Estimate the seconds of the steps that take any, by what a sample took; a write is taken for two reads.

    The backup writes each row twice and reads it twice, the copy reads, converts and writes it, an index is built from
    what was written, and verification reads it back and validates it.
    """
    if not tested.rows:
        return ()
    each = rows / tested.rows
    read, write = tested.reading * each, 2 * tested.reading * each
    return (
        ("backup", 2 * read + 2 * write), ("copy", read + tested.seconds * each + write), ("indexes", write),
        ("verify", read + tested.checking * each),
    )  # fmt: skip


def weigh(spec: Spec, survey: Survey, impact: Impact, tested: Tested) -> tuple[Risk, tuple[str, ...]]:
    """Say how risky a run is, and why."""
    high = [f"no way back after cutover: {reason}" for reason in spec.transform.irreversible]
    high += [one.sentence for one in survey.obstacles if one.refused]
    moderate = []
    if tested.failures:
        moderate.append(f"{len(tested.failures):,} of {tested.rows:,} sampled rows cannot be migrated")
    if tested.lost and not high:
        moderate.append(f"{tested.lost:,} of {tested.rows:,} sampled rows come back changed from the way back")
    if survey.rows > _MANY_ROWS:
        moderate.append(f"{survey.rows:,} rows: the copy takes long, and the target is written to all that time")
    if survey.free_bytes is None:
        moderate.append(f"the server does not tell its free disk; three copies take about {3 * survey.bytes:,} bytes")
    elif survey.free_bytes < 3 * survey.bytes:
        high.append(f"{survey.free_bytes:,} bytes are free, and three copies take about {3 * survey.bytes:,}")
    if high:
        return "HIGH", tuple(high + moderate)
    if moderate:
        return "MODERATE", tuple(moderate)
    share = f"{impact.failing:,} of {impact.rows:,} rows fail the new version as they are"
    return "LOW", (f"{share}, and every sampled row fits it afterwards",)
