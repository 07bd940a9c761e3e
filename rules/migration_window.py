"""When a migration may start: a window of local time on some weekdays, and who is on call by a rotation file.

Both are read with a moment that is given; nothing here knows what time it is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from rules.clock import utc
from rules.jsontext import JsonValue

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
ROTATION = ".github/oncall_rotation.json"
"""Where the rotation is looked for unless the migration file names another place (the on-call policy)."""
_WEEK = timedelta(days=7)
_FIRST_MONDAY = date(1970, 1, 5)
_HANDOVER = re.compile(r"(?:(mon|tue|wed|thu|fri|sat|sun)[a-z]*)?\s*(?:(\d{1,2}):(\d{2}))?", re.IGNORECASE)
_MOST = 1_000


@dataclass(frozen=True, slots=True)
class Window:
    """From `start` to `end` of local time, the end not included, on these days (0 for Monday) of its beginning."""

    start: time
    end: time
    days: frozenset[int] = frozenset(range(7))
    zone: str = "UTC"

    @property
    def sentence(self) -> str:
        """Say it for people."""
        days = "" if len(self.days) == 7 else f" on {', '.join(WEEKDAYS[one] for one in sorted(self.days))}"
        return f"{self.start:%H:%M} to {self.end:%H:%M} {self.zone}{days}"

    def opening(self, at: datetime) -> datetime:
        """Give the first moment from `at` on that lies in the window: `at` itself where it is open then."""
        zone = ZoneInfo(self.zone)
        first = utc(at).astimezone(zone).date() - timedelta(days=1)
        for ahead in range(9):
            day = first + timedelta(days=ahead)
            begins = datetime.combine(day, self.start, zone).astimezone(UTC)
            over = day if self.end > self.start else day + timedelta(days=1)
            ends = datetime.combine(over, self.end, zone).astimezone(UTC)
            if day.weekday() in self.days and ends > utc(at):
                return max(begins, utc(at))
        raise ValueError("a window has at least one day of the week")


def window_of(entry: Mapping[str, JsonValue]) -> Window:
    """Read `window` of a migration file, whose shape was checked; `ValueError` says what is wrong with it."""
    zone = str(entry.get("zone", "UTC"))
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"{zone!r} is no time zone; write one as Europe/Berlin") from None
    start, end = time.fromisoformat(str(entry["from"])), time.fromisoformat(str(entry["to"]))
    named = entry.get("days")
    days = [WEEKDAYS.index(str(one)) for one in named] if isinstance(named, list) else range(7)
    return Window(start, end, frozenset(days), zone)


def on_call(rotation: JsonValue, at: datetime) -> str | None:
    """Say whose turn it is by a rotation file; `None` where nobody's.

    The people are a list under `rotation` (or `people`, `members`), by login or as objects with one. They take turns
    from `start` on, each for a week (`strategy: daily` for a day), handed over as `handover` says ("mon 09:00", in
    `timezone`). `exceptions` name who stands in (`login`, nothing for nobody) from a day to a day, both included.
    """
    if not isinstance(rotation, dict):
        return None
    people = [name for one in _listed(rotation, "rotation", "people", "members") if (name := _login(one))]
    local = utc(at).astimezone(_zone(rotation))
    for one in _listed(rotation, "exceptions", "overrides"):
        if isinstance(one, dict) and _covers(one, local.date()):
            return _login(one)
    if not people:
        return None
    begin, turn = _anchor(rotation)
    passed = (local.replace(tzinfo=None) - begin) // turn
    return people[passed % len(people)] if passed >= 0 or "start" not in rotation else None


def _listed(rotation: Mapping[str, JsonValue], *names: str) -> Sequence[JsonValue]:
    found = next((value for name in names if isinstance(value := rotation.get(name), list)), [])
    return found[:_MOST]


def _login(one: JsonValue) -> str | None:
    if isinstance(one, dict):
        one = next((value for name in ("login", "github", "user", "name") if (value := one.get(name))), None)
    return one.strip().lstrip("@") or None if isinstance(one, str) else None


def _covers(one: Mapping[str, JsonValue], day: date) -> bool:
    first, last = (_day(one.get(name) or one.get(other)) for name, other in (("from", "start"), ("to", "end")))
    return first is not None and first <= day <= (last or first)


def _day(value: JsonValue) -> date | None:
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError:
        return None


def _anchor(rotation: Mapping[str, JsonValue]) -> tuple[datetime, timedelta]:
    """Give a moment at which the first of the list took over, in local time, and how long turns are."""
    found = _HANDOVER.fullmatch(str(rotation.get("handover") or "").strip())
    weekday = WEEKDAYS.index(found[1].lower()) if found and found[1] else 0
    at = time(int(found[2]) % 24, int(found[3]) % 60) if found and found[2] else time()
    daily = rotation.get("strategy") == "daily"
    start = _day(rotation.get("start"))
    first = start or (_FIRST_MONDAY if daily else _FIRST_MONDAY + timedelta(days=weekday))
    return datetime.combine(first, at), timedelta(days=1) if daily else _WEEK


def _zone(rotation: Mapping[str, JsonValue]) -> ZoneInfo:
    try:
        return ZoneInfo(str(rotation.get("timezone") or rotation.get("zone") or "UTC"))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")
