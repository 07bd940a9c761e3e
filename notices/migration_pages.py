"""The page of a migration: where it is, what failed, what can be done; and the list of them. No script in either."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from notices import migration as words
from notices import pages
from notices.links import link
from notices.migration import Progress
from notices.migration_values import Planned
from notices.words import zone
from rules.clock import show
from rules.jsontext import dumps
from rules.migration_state import Migration

MOST_SHOWN = 20
_CSV_STARTS = ("=", "+", "-", "@", "\t", "\r")
ACTIONS: tuple[tuple[str, str, str], ...] = (
    ("test", "Test again", "Count the rows anew and take 1,000 random ones through the migration; writes nothing."),
    ("start", "Start now", "Start it now, outside its window too; you are then the person on call."),
    ("pause", "Pause", "Hold it at its next batch."),
    ("resume", "Resume", "Let it go on from its checkpoint."),
    ("resume exclude", "Resume, leave failing rows behind", "Keep rows that fail in a side table, and go on."),
    ("reschedule", "Reschedule", "Let it start in its first window from this moment on."),
    ("abort", "Abort", "End it; nothing of the table was changed."),
    ("rollback", "Roll back", "Take it back; what was written since cutover is kept."),
    (
        "rollback accept",
        "Roll back, keep rows aside",
        "Also where rows written since have no form in the old version.",
    ),
)
"""What the page offers: the words of the command, the button, and what it does."""


@dataclass(frozen=True, slots=True)
class Broken:
    """A row that fails: its key, where and by which rule, why; `sample` is its document, cut, where one is shown."""

    key: tuple[str, ...]
    place: str
    rule: str
    why: str
    sample: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """What the page is made of; `may` are the commands that whoever looks may give now. `rows` is for who may write."""

    migration: Migration
    progress: Progress
    plan: Planned | None
    repository: str
    web_url: str
    path: str
    broken: tuple[Broken, ...] = ()
    rows: bool = False
    may: frozenset[str] = frozenset()
    csrf: str = ""
    note: str = ""
    live: bool = False
    target_gone: str = ""


def render(view: Page) -> str:
    """Write the page of one migration."""
    one = view.migration
    place = zone(one.zone)
    steps = list(words.steps_of(one).items())
    at = next((n for n, (name, _) in enumerate(steps) if name == one.step), -1)
    return pages.page(
        "migration",
        title=f"Migration of {one.title}",
        view=view, one=one, progress=view.progress, plan=view.plan,
        headline=words.headline(one), next=words.next_step(one).replace("`", ""),
        drawn=words.bar(view.progress.percentage), health="" if words.elsewhere(one) else words.health(view.progress),
        elsewhere=words.elsewhere(one), there=link(view.progress.url) if view.progress.url else None,
        steps=[(n + 1, said, _mark(n, at, one)) for n, (_, said) in enumerate(steps)],
        show=lambda moment: show(moment, place), clock=lambda at: show(datetime.fromtimestamp(at, UTC), place),
        span=words.span, turns=[(each.at, words.happened(each, str, str)) for each in one.turns[::-1][:100]],
        pull=link(f"{view.web_url}/{view.repository}/pull/{one.pull}"),
        issue=link(f"{view.web_url}/{view.repository}/issues/{one.issue}") if one.issue else None,
        actions=[each for each in ACTIONS if each[0] in view.may], broken=view.broken[:MOST_SHOWN],
        more=max(0, len(view.broken) - MOST_SHOWN),
    )  # fmt: skip


def _mark(number: int, at: int, one: Migration) -> str:
    if one.state == "done" or number < at or (one.state == "cut-over" and number < at):
        return "done"
    return "now" if number == at and not one.over else "to come"


@dataclass(frozen=True, slots=True)
class Line:
    """One migration on the list: who can see its repository sees it."""

    migration: Migration
    repository: str
    path: str
    percentage: float


def overview(lines: Sequence[Line]) -> str:
    """Write the list: those at work first, then those to come, then those that are over."""
    order = {"running": 0, "paused": 0, "cut-over": 1, "waiting": 2, "planned": 3}
    ordered = sorted(lines, key=lambda one: (order.get(one.migration.state, 4), one.repository, one.migration.title))
    return pages.page("migrations", title="Migrations", lines=ordered, headline=words.headline, drawn=words.bar)


def table(broken: Sequence[Broken]) -> str:
    """Write failing rows as CSV (RFC 4180); a cell that a spreadsheet would compute begins with an apostrophe."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(["key", "place", "rule", "why"])
    for one in broken:
        key = one.key[0] if len(one.key) == 1 else json.dumps(one.key)
        writer.writerow([_cell(each) for each in (key, one.place, one.rule, one.why)])
    return out.getvalue()


def _cell(text: str) -> str:
    return f"'{text}" if text.startswith(_CSV_STARTS) else text


def write(broken: Sequence[Broken]) -> str:
    """Write failing rows down, to be shown later."""
    return dumps([asdict(one) for one in broken])


def read(text: str | None) -> tuple[Broken, ...]:
    """Read what `write` wrote; nothing for what cannot be read."""
    try:
        found: list[dict[str, Any]] = json.loads(text or "[]")
        return tuple(Broken(**{**one, "key": tuple(map(str, one["key"]))}) for one in found)
    except (ValueError, TypeError, KeyError):
        return ()
