"""A migration's final report, and the facts of the message that follows it on Slack."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from notices.escape import cell, code, prose
from notices.links import link
from notices.migration import ELSEWHERE, MOST, STEPS, Progress, bar, elsewhere, headline, health, next_step, span
from notices.words import zone as zone_of
from rules.clock import show
from rules.migration_state import Migration


def live(one: Migration, found: Progress) -> dict[str, str]:
    """Give the facts of the message that follows a migration; what there is nothing to say of is empty."""
    begun = bool(one.run) and one.state != "skipped"
    at_work = begun and one.state in ("running", "paused")
    steps = ELSEWHERE if elsewhere(one) else STEPS
    number = list(steps).index(one.step) + 1 if one.step in steps else 0
    following = next_step(one)
    return {
        "headline": headline(one), "bar": bar(found.percentage if begun else 0.0),
        "next": following[:1].upper() + following[1:],
        "step": f"{number} of {len(steps)}, {steps[one.step]}" if at_work and number else "",
        "moved": f"{found.copied:,} of {found.rows:,}, {found.rate:,.0f} a second; errors: {found.errors:,}" * begun,
        "left": f"about {span(found.eta)}" if one.state == "running" and found.eta is not None else "",
        "health": health(found) if at_work and not elsewhere(one) else "", "waits": " ".join(one.waits),
        "why": one.why if one.state in ("paused", "rolled-back", "aborted") else "",
    }  # fmt: skip


def report(one: Migration, found: Progress, url: str) -> str:
    """Write the final report of a run that cut over: counts, checks, times, what was left behind; no key of any row."""
    zone = zone_of(one.zone)
    lines = [
        f"## Report: migration of {prose(one.contract)} {code(one.source)} → {code(one.goal)}: {headline(one)}", "",
        "| | |", "| --- | --- |", *(f"| {name} | {cell(said)} |" for name, said in _reported(one, found)),
        "", f"**Next:** {next_step(one)}", "", "<details>", "<summary>Timeline</summary>", "",
        *(f"- {show(t.at, zone)}: {prose(t.kind)}{f' by {code(t.who)}' if t.who else ''}"
          f"{f': {prose(t.says)}' if t.says else ''}" for t in one.turns[-100:]),
        "", "</details>",
    ]  # fmt: skip
    if url:
        lines += ["", f"[Its page]({link(url)}), after sign-in."]
    return "\n".join(lines) + "\n"


def _reported(one: Migration, found: Progress) -> Iterator[tuple[str, str]]:
    facts = one.facts or {}
    left, there = _count(facts, "failing"), elsewhere(one)
    yield "Rows migrated", f"{_count(facts, 'copied') - (0 if there else left):,}"
    table = code(f"concordat_{one.run}_failing")
    kept = f"; kept in the table {table} beside the data, and brought back by a rollback"
    aside = f"; {prose(there)} has them" if there else kept
    yield "Rows left behind", f"{left:,}{aside if left else ''}"
    backup = facts.get("backup")
    if isinstance(backup, Mapping):
        rows = _count(backup, "rows")
        yield "Backup", f"{rows:,} rows, restored to a scratch table with equal count and checksum"
    if there:
        yield "Checks", f"by {prose(there)}, which carried it out"
    else:
        yield "Checks", f"{_count(facts, 'verified'):,} rows read back and valid; the keys are those of the table"
    seconds, swap = facts.get("seconds"), facts.get("swap_ms")
    if isinstance(seconds, int | float):
        yield (
            "Duration",
            f"{span(seconds)} from the checks to the cutover"
            + ("" if there else f", {found.rate:,.0f} rows a second copied"),
        )
    if isinstance(swap, int | float):
        yield (
            "Cutover",
            f"{swap:.0f} ms under the lock, {_count(facts, 'tail'):,} keys at the last moment; downtime 0 s",
        )
    alerts = [turn.says for turn in one.turns if turn.kind in one.alerts]
    yield "Alerts", "; ".join(str(prose(says)) for says in alerts[:MOST]) or "none"
    if one.on_call:
        yield "On call", str(code(one.on_call))
    left_version, right_version = one.versions
    yield "Versions", f"{code(one.source)} is {left_version}, {code(one.goal)} is {right_version}"
    until = facts.get("keep_until")
    if one.state == "cut-over" and isinstance(until, int | float):
        yield (
            "Way back",
            f"until {show(datetime.fromtimestamp(until, UTC), zone_of(one.zone))}; then the old table goes",
        )
    elif one.state == "done":
        yield "Way back", "over" if there else "over: the old table and the backup were dropped"


def _count(facts: Mapping[Any, Any], name: str) -> int:
    value = facts.get(name)
    return value if isinstance(value, int) else 0
