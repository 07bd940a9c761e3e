"""The watch after a cutover: what is written, what monitoring reports, how writers fare; a breach says what to do."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from bot.migrations.run import Worker
from bot.steward.house import Steward
from bot.steward.migrations.gates import STALLED_SESSIONS
from bot.steward.migrations.progress import PROGRESS, read
from bot.steward.migrations.values import MigrationTarget
from bot.steward.violations.values import stream_of as violations_of
from rules.migration_state import Migration
from rules.violations import fold

_SAMPLE = 1_000
SLOW_MS = 1_000.0
"""A single row takes so long to be written: writers are stalled."""


def breach(steward: Steward, target: MigrationTarget, worker: Worker, found: Migration) -> str:
    """Say what is wrong since the cutover; "" where nothing is."""
    return next(_breaches(steward, target, worker, found), "")


def _breaches(steward: Steward, target: MigrationTarget, worker: Worker, found: Migration) -> Iterator[str]:
    sample = worker.conversions.check(worker.engine.sample(_SAMPLE).documents)
    bad = [one for one in sample if not isinstance(one, str | None)]
    if bad:
        yield f"{len(bad):,} of {len(sample):,} sampled rows break {found.goal}: {bad[0].sentence}"
    with steward.store.reading() as transaction:
        reported = fold(transaction.events(violations_of(target.repository_id, target.contract)))
        progress = read(transaction.recall(PROGRESS, target.stream))
    since = datetime.fromtimestamp(float(worker.run.facts["cut_over"]), UTC)
    for one in reported:
        if one.last >= since and one.severity != "medium" and one.report.version.removeprefix("v") in ("", found.goal):
            yield f"monitoring reports {one.count:,} documents since the cutover: {one.kind.title} (#{one.issue})"
    waiting = worker.engine.load().get("waiting", 0.0)
    if waiting >= STALLED_SESSIONS:
        yield f"{waiting:.0f} sessions wait for a lock on the target"
    if (progress.write_ms or 0.0) >= SLOW_MS:
        yield f"a write to the target takes {progress.write_ms:,.0f} ms"
