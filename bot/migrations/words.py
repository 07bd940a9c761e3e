"""What people read of a migration in a terminal: plan, test, status, report. Plain text, whole without colour."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from bot.migrations.plan import Plan, Tested
from bot.migrations.values import STEPS, Failing, Run, shown_key
from notices.escape import visible

_SHOWN = 10
_SAYS = {
    "checks": "check the target", "backup": "back up, and prove it by a restore", "shadow": "make the shadow table",
    "copy": "transform in batches, each row validated", "indexes": "build the indexes",
    "catch-up": "catch up with writers",
    "verify": "read every row back and compare the keys", "cutover": "swap the tables under a short lock",
    "watch": "watch, and keep the way back", "drop": "drop the old table",
}  # fmt: skip


def plan(found: Plan) -> str:
    """Write a plan."""
    return "\n".join(visible(line) for line in _plan(found)) + "\n"


def _plan(found: Plan) -> Iterator[str]:
    survey, impact, parts = found.survey, found.impact, dict(found.parts)
    yield f"Migration plan: {found.spec.title}"
    yield f"  Rows:        {survey.rows:,} ({survey.bytes:,} bytes), {survey.version}"
    yield f"  Affected:    {impact.failing:,} rows fail {found.spec.goal} as they are"
    for place, rule, number in impact.by_finding[:_SHOWN]:
        yield f"    {number:>12,}  {place or 'the root'}: {rule}"
    if len(impact.by_finding) > _SHOWN:
        yield f"    and {len(impact.by_finding) - _SHOWN} more places"
    yield f"  Duration:    about {clock(found.seconds)}, measured at {found.tested.rate:,.0f} rows/s"
    yield f"  Risk:        {found.risk}"
    yield from (f"    - {reason}" for reason in found.reasons)
    yield f"  Rollback:    {_way_back(found)}"
    yield "  Downtime:    none; writers wait for the swap, which takes a fraction of a second"
    yield "  Transform:"
    yield from (f"    {number}. {step.sentence}" for number, step in enumerate(found.spec.transform.steps, 1))
    yield "  Steps:"
    for number, step in enumerate(STEPS, 1):
        point = "   [before this, going back costs nothing]" if step == "cutover" else ""
        takes = f", about {clock(parts[step])}" if step in parts else ""
        yield f"    {number:>2}. {_SAYS[step]}{takes}{point}"
    for one in survey.obstacles:
        yield f"  {'REFUSED' if one.refused else 'Carried over'}: {one.sentence}"
    if not survey.rows:
        yield "0 records affected, no migration required: the table is empty."


def _way_back(found: Plan) -> str:
    if found.spec.transform.irreversible:
        return "before cutover at any time; after it NOT, since a step has no way back"
    return "before cutover at any time; after it for 24 hours, keeping what was written since"


def tested(found: Tested) -> str:
    """Write the result of a test."""
    good = found.rows - len(found.failures)
    lines = [
        f"Test: {good:,} of {found.rows:,} random rows fit the new version after the transform; nothing was written",
        f"  Rate:      {found.rate:,.0f} rows/s",
        f"  Way back:  {good - found.lost:,} of {good:,} come back exactly as they were",
    ]
    lines += [f"  fails:     {', '.join(shown_key(key))}: {why.sentence}" for key, why in found.failures[:_SHOWN]]
    if len(found.failures) > _SHOWN:
        lines.append(f"  and {len(found.failures) - _SHOWN:,} more")
    return "\n".join(map(visible, lines)) + "\n"


def status(run: Run, timeline: Sequence[tuple[float, str, str]], failing: Sequence[Failing], logged: int) -> str:
    """Write where a run stands."""
    facts = run.facts
    lines = [
        f"Run {run.id}: {run.state}, step {STEPS.index(run.step) + 1} of {len(STEPS)} ({_SAYS[run.step]})",
        f"  Rows:     {_moved(run)}{_speed(run)}",
        f"  Worker:   {run.worker if run.leased else 'none; `concordat migrate resume` goes on from the checkpoint'}",
        f"  Key log:  {logged:,} rows waiting",
    ]
    if run.wanted:
        lines.append(f"  Asked:    {run.wanted}, at the next batch")
    if run.state == "cut-over":
        until = datetime.fromtimestamp(float(facts["keep_until"]), UTC)
        lines.append(f"  Way back: `concordat migrate rollback` until {until:%Y-%m-%d %H:%M} UTC")
    if facts.get("why"):
        lines.append(f"  Why:      {facts['why']}")
    lines += [f"  {', '.join(shown_key(one.key))}: {one.why.sentence}" for one in failing[:_SHOWN]]
    lines += [f"  {moment(at)}  {kind}: {sentence}" for at, kind, sentence in timeline]
    return "\n".join(map(visible, lines)) + "\n"


def _moved(run: Run) -> str:
    facts = run.facts
    return f"{facts.get('copied', 0):,} of {facts.get('rows', 0):,} copied ({percentage(run):.0f} %)"


def _speed(run: Run) -> str:
    """Say how fast the copy is, and what is left of it."""
    facts, now = run.facts, time.time()
    spent = float(facts.get("copied_at") or now) - float(facts.get("copying") or now)
    if spent <= 0 or not facts.get("copied"):
        return ""
    rate = facts["copied"] / spent
    left = max(0, facts.get("rows", 0) - facts["copied"]) / rate
    return f", {rate:,.0f} rows/s" + (f", about {clock(left)} left" if run.state == "running" and left else "")


def report(run: Run, timeline: Sequence[tuple[float, str, str]], failing: int) -> str:
    """Write what a run came to; of one that did not succeed, as an incident: what happened, and what to do."""
    facts = run.facts
    took = float(facts.get("cut_over", facts.get("copied_at", facts.get("begun", 0)))) - float(facts.get("begun", 0))
    copying = float(facts.get("copied_at", 0)) - float(facts.get("copying", 0))
    head = {
        "cut-over": "Migration completed: the table holds the new version",
        "done": "Migration finished: the old table was dropped",
        "paused": "Migration paused: nothing was swapped",
        "rolled-back": "Rolled back: the table holds the old version",
        "aborted": "Aborted: the table is as it was",
    }.get(run.state, f"Migration is {run.state}")
    lines = [head, f"  Run:       {run.id}", f"  Rows:      {facts.get('copied', 0):,}", f"  Duration:  {clock(took)}"]
    if copying > 0:
        lines.append(f"  Rate:      {facts['copied'] / copying:,.0f} rows/s, each validated")
    if "swap_seconds" in facts:
        lines.append(f"  Swap:      {facts['swap_seconds'] * 1000:.0f} ms")
    if failing:
        lines.append(f"  Excluded:  {failing:,} rows, in the table concordat_{run.id}_failing")
    if facts.get("why") and run.state == "paused":
        lines += [f"  Cause:     {facts['why']}", "  Timeline:"]
        lines += [f"    {moment(at)}  {kind}: {sentence}" for at, kind, sentence in timeline]
    return "\n".join(map(visible, lines)) + "\n"


def percentage(run: Run) -> float:
    """Say how far a run is, in percent; the copy is the most of it."""
    if run.state in {"done", "cut-over"}:
        return 100.0
    if STEPS.index(run.step) < STEPS.index("copy"):
        return 0.0
    rows = run.facts.get("rows") or 1
    return min(95.0, 95.0 * float(run.facts.get("copied", 0)) / float(rows))


def moment(at: float) -> str:
    """Write a moment, in UTC."""
    return f"{datetime.fromtimestamp(at, UTC):%H:%M:%S}"


def clock(seconds: float) -> str:
    """Write a duration as h:mm:ss, or in seconds where it is short."""
    if seconds < 120:
        return f"{seconds:.1f} seconds"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{rest:02} hours"
