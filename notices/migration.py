"""What people read of a migration on GitHub: the plan in the pull request's comment, the run, the incident report."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from notices.escape import cell, code, prose
from notices.links import link
from notices.migration_values import Planned
from notices.words import zone as zone_of
from rules.clock import show
from rules.migration_state import Migration, Turn

MOST = 10
STEPS: Mapping[str, str] = {
    "checks": "check the target", "backup": "back up, and prove it by a restore", "shadow": "make the shadow table",
    "copy": "transform in batches, each row validated", "indexes": "build the indexes",
    "catch-up": "catch up with writers", "verify": "read every row back and compare the keys",
    "cutover": "swap the tables under a short lock", "watch": "watch, and keep the way back for 24 hours",
    "drop": "drop the old table",
}  # fmt: skip
"""What a run does, in its order."""
ELSEWHERE: Mapping[str, str] = {
    "copy": "bring every row to its new form, beside the old one", "cutover": "give readers and writers the new form",
    "watch": "keep the way back for 24 hours", "drop": "remove what was kept for the way back",
}  # fmt: skip
"""What another engine does of a migration that it carries out."""
_BACK = {"rollback": "stop what is under way, and take it back"}
_POINTS: Mapping[str, str] = {
    "backup": "rollback point: nothing is changed yet", "verify": "rollback point: the shadow goes, nothing happened",
    "cutover": "rollback point for 24 hours: what was written since is kept",
}  # fmt: skip


def marker(stream: str, what: str = "run") -> str:
    """Give the first line of a comment or issue about a migration, by which it is known again."""
    return f"<!-- concordat:migration:{what} {stream} -->"


def plan(one: Planned) -> str:
    """Write a plan as a part of the pull request's comment: no key and no content of any row."""
    return "\n".join([f"### Migration of {prose(one.contract)} {code(one.source)} → {code(one.goal)}", "", *_plan(one)])


def _plan(one: Planned) -> Iterator[str]:
    if one.pending:
        yield "The data is being counted; this comment shows the plan when that is done."
        return
    if one.trouble:
        yield f"**No plan:** {prose(one.trouble, 1_500)}"
        return
    yield f"**{_summary(one)}**"
    yield ""
    yield "| | |"
    yield "| --- | --- |"
    for name, said in _rows(one):
        yield f"| {name} | {cell(said)} |"
    yield from _steps(one)
    if one.findings:
        yield ""
        yield "Rows that the new version refuses as they are:"
        yield ""
        yield from (
            f"- {number:,} at {code(place or '/')}: {code(rule)}" for place, rule, number in one.findings[:MOST]
        )
        yield from _more(len(one.findings) - MOST)
    for sentence in (*one.refused, *one.carried)[:MOST]:
        yield f"- {'**To do before it:** ' if sentence in one.refused else 'Carried over: '}{prose(sentence)}"
    if one.url:
        yield ""
        keys = "Its page" if one.elsewhere else "Keys and samples of failing rows"
        yield f"{keys}: [after sign-in]({link(one.url)})."


def _summary(one: Planned) -> str:
    if not one.counted:
        return f"Nobody has counted its rows: {prose(one.elsewhere)} cannot. Risk: {one.risk}."
    if not one.rows:
        return "0 records affected, no migration required: the table is empty."
    return f"{one.failing:,} of {one.rows:,} rows fail {code(one.goal)} as they are. Risk: {one.risk}."


def _rows(one: Planned) -> Iterator[tuple[str, str]]:
    yield "File", str(code(one.path))
    yield "Data set", str(code(one.target))
    on = f" on {code(one.tested_on)}" if one.tested_on and one.tested_on != one.target else ""
    if one.unmovable:
        share = 100 * (1 - one.unmovable / one.rows)
        yield "To be fixed first", f"{one.unmovable:,} rows cannot be migrated; {share:.3f} % can"
    if one.elsewhere:
        yield from _rows_elsewhere(one)
        return
    yield "Duration", f"about {span(one.seconds)}, measured at {one.rate:,.0f} rows a second{on}"
    yield "Test", f"{one.tested - one.unfit:,} of {one.tested:,} random rows fit afterwards{on}; nothing was written"
    if one.why_unfit:
        yield "Why not", "; ".join(f"{number:,}: {prose(why)}" for why, number in one.why_unfit[:3])
    yield "Complexity", f"{one.complexity}, {len(one.transform)} step{'' if len(one.transform) == 1 else 's'}"
    yield "Risk", f"{one.risk}: {'; '.join(str(prose(each)) for each in one.reasons[:5])}"
    yield "Rollback", rollback(one.irreversible)
    yield "Downtime", "none: writers wait for the swap, a fraction of a second"
    yield "Window", str(prose(one.window or "any time after the merge"))
    if one.together:
        names = " and ".join(str(code(each)) for each in one.together)
        yield "Together", f"circular dependency: {names} are migrated together, and cut over when each is ready"


def _rows_elsewhere(one: Planned) -> Iterator[tuple[str, str]]:
    yield "Carried out by", str(prose(one.elsewhere))
    if one.seconds:
        yield "Duration", f"about {span(one.seconds)}, as that one estimates"
    yield "Complexity", f"{one.complexity}, {len(one.transform)} step{'' if len(one.transform) == 1 else 's'}"
    yield "Risk", f"{one.risk}: {'; '.join(str(prose(each)) for each in one.reasons[:5])}"
    way = "before cutover what was made is removed; for 24 hours after it `down` brings back what was written since"
    yield "Rollback", rollback(one.irreversible) if one.irreversible else way
    yield "Downtime", "as that one cuts over; Concordat cannot tell"
    yield "Window", str(prose(one.window or "any time after the merge"))
    if one.together:
        names = " and ".join(str(code(each)) for each in one.together)
        yield "Together", f"circular dependency: {names} are migrated together, and cut over when each is ready"


def rollback(irreversible: Sequence[str]) -> str:
    """Say what way back there is."""
    if irreversible:
        return f"before cutover at any time; **after cutover there is none**: {prose(irreversible[0])}"
    return "automatic (shadow table): before cutover at any time; for 24 hours after it, keeping what was written since"


def _steps(one: Planned) -> Iterator[str]:
    yield ""
    yield "<details>"
    yield "<summary>Steps and rollback points</summary>"
    yield ""
    yield from (f"- {prose(sentence)}" for sentence in one.transform[:MOST])
    yield from _more(len(one.transform) - MOST)
    yield ""
    if one.elsewhere:
        yield from (f"{number}. {said}" for number, said in enumerate(ELSEWHERE.values(), 1))
        yield ""
        yield "</details>"
        return
    parts = dict(one.parts)
    for number, (step, said) in enumerate(STEPS.items(), 1):
        takes = f", about {span(parts[step])}" if step in parts else ""
        point = f" ({_POINTS[step]})" if step in _POINTS and not (step == "cutover" and one.irreversible) else ""
        yield f"{number}. {said}{takes}{point}"
    yield ""
    yield "</details>"


def _more(number: int) -> Iterator[str]:
    if number > 0:
        yield f"- … and {number:,} more"


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a run is, as its worker last said; moments in Unix seconds. One place of truth for every display.

    Of the target: `read` blocks and `written` bytes a second, `error_share` in percent of its transactions, `write_ms`
    for one row written and committed, `wal` the bytes of a SQLite file's log. What it does not tell is `None`.
    """

    percentage: float = 0.0
    state: str = ""
    step: str = ""
    batch: int = 0
    copied: int = 0
    rows: int = 0
    rate: float = 0.0
    errors: int = 0
    eta: float | None = None
    checkpoint_at: float | None = None
    began: float | None = None
    at: float = 0.0
    active: float | None = None
    waiting: float = 0.0
    lag: float = 0.0
    keep_until: float | None = None
    says: str = ""
    url: str = ""
    wal: float | None = None
    read: float | None = None
    written: float | None = None
    error_share: float | None = None
    write_ms: float | None = None


def run(one: Migration, progress: Progress, url: str) -> str:
    """Write the comment about a run."""
    zone = zone_of(one.zone)
    lines = [f"## Migration of {prose(one.contract)} {code(one.source)} → {code(one.goal)}: {headline(one)}", ""]
    lines += [str(line) for line in status(one, progress)]
    lines += ["", f"**Next:** {next_step(one)}", ""]
    left, right = one.versions
    lines.append(f"Version {code(one.source)}: {left}. Version {code(one.goal)}: {right}.")
    lines += ["", "<details>", "<summary>What happened</summary>", ""]
    lines += [f"- {show(turn.at, zone)}: {happened(turn)}" for turn in one.turns[-30:]]
    lines += ["", "</details>"]
    if url:
        keys = "" if elsewhere(one) else ", with keys and samples of failing rows"
        lines += ["", f"[The run]({link(url)}), live{keys} after sign-in."]
    return "\n".join(lines) + "\n"


def happened(turn: Turn, name: Callable[[str], str] = code, said: Callable[[str], str] = prose) -> str:
    """Say one line of a migration's story; Markdown, unless names and sentences are written otherwise."""
    who = name(turn.who) if turn.who else ""
    if turn.kind in _TURNS and who:
        return _TURNS[turn.kind].format(who=who)
    by = f" by {who}" if who else ""
    return f"{said(turn.kind.replace('-', ' '))}{by}{f': {said(turn.says)}' if turn.says else ''}"


_TURNS: Mapping[str, str] = {"told": "{who} is on call, and was told", "begun": "begun; {who} is on call"}
"""Lines that name somebody who did not do it."""


def headline(one: Migration) -> str:
    """Say where it stands in a word or two."""
    return _HEADLINES[one.state]


_HEADLINES: Mapping[str, str] = {
    "planned": "planned", "withdrawn": "withdrawn", "waiting": "waits for its start", "skipped": "nothing to move",
    "running": "running", "paused": "PAUSED", "cut-over": "completed, way back open", "rolled-back": "rolled back",
    "aborted": "aborted", "done": "done",
}  # fmt: skip


def elsewhere(one: Migration) -> str:
    """Name who carries the migration out, where that is not Concordat."""
    return str((one.facts or {}).get("elsewhere") or "")


def steps_of(one: Migration) -> Mapping[str, str]:
    """Give what its run does, in order."""
    return ELSEWHERE if elsewhere(one) else STEPS


def bar(percentage: float, width: int = 20) -> str:
    """Draw a bar that reads without colour."""
    full = min(width, max(0, round(width * percentage / 100)))
    return f"[{'█' * full}{'░' * (width - full)}] {percentage:.0f} %"


def status(one: Migration, found: Progress) -> Iterator[str]:
    """Say in lines where a run is; Markdown."""
    if one.waits:
        yield from (f"- Waits: {prose(why)}" for why in one.waits)
    if one.why and one.state in ("paused", "rolled-back", "aborted"):
        yield f"- Cause: {prose(one.why, 1_000)}"
    if not one.run or one.state == "skipped":
        return
    if one.state in ("rolled-back", "aborted"):
        yield f"- Rows copied when it ended: {found.copied:,} of {found.rows:,}; rows that failed: {found.errors:,}"
        yield "- Data lost: none" if not elsewhere(one) else f"- Taken back by {prose(elsewhere(one))}, as it says"
        return
    if elsewhere(one):
        yield from _elsewhere(one, found)
        return
    number = list(STEPS).index(one.step) + 1 if one.step in STEPS else 0
    yield f"`{bar(found.percentage)}`"
    yield ""
    yield f"- Step {number} of {len(STEPS)}: {STEPS.get(one.step, one.step)}"
    yield f"- Rows: {found.copied:,} of {found.rows:,}, batch {found.batch:,}, {found.rate:,.0f} rows a second"
    yield f"- Errors: {found.errors:,}"
    if one.state == "running" and found.eta is not None:
        yield f"- Left: about {span(found.eta)}"
    if one.state in ("running", "paused"):
        yield "- Rollback: yes, nothing of the table has been changed"
        yield f"- Target: {health(found)}"
    facts = one.facts or {}
    seconds = facts.get("seconds")
    if one.state in ("cut-over", "done") and isinstance(seconds, int | float):
        yield f"- Duration: {span(seconds)}, from the checks to the cutover"
    if isinstance(facts.get("swap_ms"), int | float):
        yield f"- Cutover: the tables were swapped in {facts['swap_ms']:.0f} ms; downtime 0 s"


def _elsewhere(one: Migration, found: Progress) -> Iterator[str]:
    """Say where a run is that another engine carries out, by what that one said."""
    steps = list(ELSEWHERE)
    at = f"Step {steps.index(one.step) + 1} of {len(steps)}" if one.step in steps else "Step"
    facts = one.facts or {}
    url = str(found.url or facts.get("url") or "")
    yield f"`{bar(found.percentage)}`"
    yield ""
    yield f"- {at}: {({**ELSEWHERE, **_BACK}).get(one.step, 'about to begin')}"
    where = f", [there]({link(url)})" if url else ""
    now = f": {prose(found.step)}" if found.step not in ("", one.step) else ""
    yield f"- Carried out by {prose(elsewhere(one))}{where}{now}"
    if found.says and one.state in ("running", "paused"):
        yield f"- It says: {prose(found.says, 500)}"
    rows = f"{found.copied:,} of {found.rows:,}, validated by who carries it out"
    yield f"- Rows: {rows}; {found.errors:,} cannot be migrated"
    if one.state in ("running", "paused") and one.step in ("", "copy"):
        yield "- Rollback: yes, readers and writers have noticed nothing"


def health(found: Progress) -> str:
    """Say how the target is, as its database tells: load, input and output, what a write takes, errors."""
    return "; ".join(_health(found)) or "not known yet"


def _health(found: Progress) -> Iterator[str]:
    if found.active is not None:
        yield f"{found.active:.0f} other active sessions, {found.waiting:.0f} waiting for a lock"
        yield f"replicas lag by {found.lag:.1f} s"
    if found.read is not None and found.written is not None:
        yield f"{found.read:,.0f} blocks read and {found.written / 1e6:,.1f} MB written a second"
    if found.write_ms is not None:
        yield f"a write takes {found.write_ms:,.0f} ms"
    if found.error_share is not None:
        yield f"errors: {found.error_share:.2f} % of transactions were rolled back"
    if found.wal is not None:
        yield f"write-ahead log {found.wal / 1e6:,.1f} MB"


def next_step(one: Migration) -> str:
    """Say what is to be done by whom; Markdown."""
    when = f" not before {show(one.not_before, zone_of(one.zone))}" if one.not_before else ""
    key = "ready" if one.state == "running" and one.waits else one.state
    return _NEXT.get(key, "nothing.").format(when=when, name=one.contract)


_AGAIN = "mend the migration file or the schema in a new pull request; the version stays a draft that failed."
_NEXT: Mapping[str, str] = {
    "waiting": "it starts by itself{when}; `/migrate start {name}` starts it now, `/migrate reschedule DATE` moves it.",
    "ready": "the data is ready; it cuts over by itself when what it waits for is there.",
    "running": "nothing; `/migrate pause {name}` holds it, `/migrate abort {name}` ends it.",
    "paused": "mend the cause, then `/migrate resume {name}`; or `/migrate rollback {name}`, after which nothing "
    "happened.",
    "cut-over": "watch your applications; `/migrate rollback {name}` takes it back and keeps what was written since.",
    "rolled-back": _AGAIN,
    "aborted": _AGAIN,
    "done": "nothing; the migration is over.",
    "skipped": "nothing; there were no rows to move.",
}


def incident_title(one: Migration) -> str:
    """Name the issue of an incident report."""
    return f"Incident: the migration of {one.contract} {one.source} → {one.goal} {_FAILED.get(one.state, 'failed')}"


_FAILED = {"paused": "is paused by a failure", "rolled-back": "was rolled back", "aborted": "was aborted"}


def incident(one: Migration, found: Progress, stream: str, url: str) -> str:
    """Write the incident report: what, how many rows, why, what was done, what to do."""
    zone = zone_of(one.zone)
    lines = [
        marker(stream, "incident"),
        f"Migration of {prose(one.contract)} {code(one.source)} → {code(one.goal)}, pull request #{one.pull}.",
        "", "## Cause", "", str(prose(one.why or "It was asked for.", 2_000)),
        "", "## Counts", "",
        f"- Rows copied when it stopped: {found.copied:,} of {found.rows:,}",
        f"- Rows that failed: {found.errors:,}",
        _lost(one),
        "", "## Timeline", "",
        *(f"- {show(turn.at, zone)}: {happened(turn)}" for turn in one.turns[-100:]),
        "", "## Actions", "",
        "- [ ] Find out why these rows fail: schema too strict, or data that is wrong",
        "- [ ] Mend the schema, the migration file or the rows",
        f"- [ ] Test it: `/migrate test {one.contract}` on the pull request that mends it",
        "- [ ] Schedule it again",
    ]  # fmt: skip
    if url:
        lines += ["", f"Failing rows by key, after sign-in: {link(url)}"]
    return "\n".join(lines) + "\n"


def _lost(one: Migration) -> str:
    """Say what became of the data; of what is elsewhere only who moves it knows."""
    if elsewhere(one):
        left = "as it left it" if one.state == "paused" else "which says that it took the migration back"
        return f"- The data is with {prose(elsewhere(one))}, {left}"
    kept = "the table is as it was" if one.state != "paused" else "nothing of the table has been changed"
    return f"- Data lost: none; {kept}"


def span(seconds: float) -> str:
    """Write a duration for people."""
    if seconds < 90:
        return f"{max(seconds, 0):.0f} s" if seconds >= 1 else "a second"
    minutes = seconds / 60
    return f"{minutes:.0f} minutes" if minutes < 90 else f"{minutes / 60:.1f} hours"
