"""What comes back from an errand, read with suspicion: whoever does it may say anything, of any size."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from bot.migrations.runners.contract import Figures

LONGEST = 16_384
"""Characters of one message; a longer one is none."""
_MOST = 2**53
_MOST_FINDINGS, _LONGEST_TEXT = 50, 500
_COUNTS = ("rows", "affected", "failing", "written")


def read(text: str) -> Figures | None:
    """Read one message, an object of JSON; `None` for what is none. What is not known, or out of range, is left out."""
    if len(text) > LONGEST:
        return None
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(body, dict):
        return None
    counts = {name: _count(body.get(name)) for name in _COUNTS}
    return Figures(
        **counts, percent=_number(body.get("percent"), 100.0), seconds=_number(body.get("seconds"), 1e9),
        step=_text(body.get("step")), says=_text(body.get("says")), findings=_findings(body.get("findings")),
    )  # fmt: skip


def told(figures: Figures) -> dict[str, Any]:
    """Write figures as a message is written, to be read again."""
    body = {name: value for name, value in asdict(figures).items() if value not in (None, "", ())}
    findings = [{"place": place, "rule": rule, "rows": number} for place, rule, number in figures.findings]
    return body | ({"findings": findings} if findings else {})


def of(body: Any) -> Figures:
    """Read what `told` wrote; nothing of what it did not."""
    return read(json.dumps(body)) or Figures()


def merged(before: Figures, now: Figures) -> Figures:
    """Take what was said last of each thing."""
    names = (*_COUNTS, "percent", "seconds")
    kept = {name: getattr(before, name) if getattr(now, name) is None else getattr(now, name) for name in names}
    return Figures(
        **kept, step=now.step or before.step, says=now.says or before.says, findings=now.findings or before.findings
    )


def _count(value: Any) -> int | None:
    good = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _MOST
    return value if good else None


def _number(value: Any, most: float) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if math.isfinite(value) and 0 <= value <= most else None


def _text(value: Any) -> str:
    return " ".join(value.split())[:_LONGEST_TEXT] if isinstance(value, str) else ""


def _findings(value: Any) -> tuple[tuple[str, str, int], ...]:
    found = []
    for one in value[:_MOST_FINDINGS] if isinstance(value, list) else ():
        number = _count(one.get("rows")) if isinstance(one, Mapping) else None
        if number is not None:
            found.append((_text(one.get("place")), _text(one.get("rule")) or "schema", number))
    return tuple(found)


def wrong(figures: Figures, mode: str, allowed: int | None) -> str:
    """Say why an errand that ended well is not believed; nothing where its figures add up.

    `allowed` rows may stay behind, any number where it is `None`. Nothing but these figures can be held against what
    is elsewhere: a run that gives none has not said that it validated a row.
    """
    if mode not in ("test", "copy"):
        return ""
    wanted = ("rows", "failing") if mode == "test" else ("rows", "failing", "written")
    missing = [name for name in wanted if getattr(figures, name) is None]
    if missing:
        return f"it ended without saying {' and '.join(missing)}, so that nobody knows what it came to"
    assert figures.rows is not None  # it is among those that are wanted
    assert figures.failing is not None
    if mode == "copy" and (figures.written or 0) + figures.failing != figures.rows:
        return (
            f"its figures do not add up: {figures.written:,} written and {figures.failing:,} failing are not "
            f"{figures.rows:,} rows"
        )
    if mode == "copy" and allowed is not None and figures.failing > allowed:
        return f"{figures.failing:,} rows cannot be migrated ({allowed:,} allowed)"
    return ""
