"""Dates as migrations write them: read in one format, written in another, without a clock and without a guess."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from functools import cached_property

from rules.jsontext import JsonValue

_PARTS = {"YYYY": r"(?P<year>\d{4})", "MM": r"(?P<month>\d\d)", "DD": r"(?P<day>\d\d)", "HH": r"(?P<hour>\d\d)",
          "mm": r"(?P<minute>\d\d)", "ss": r"(?P<second>\d\d)"}  # fmt: skip
_SPLIT = re.compile("|".join(_PARTS))
_DATE_TIME = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(?:([Zz])|([-+])(\d\d):(\d\d))"
)  # RFC 3339
_NAMED = {"date": "YYYY-MM-DD", "date-time": "YYYY-MM-DDTHH:mm:ss"}
_UNIX = {"unix": 1, "unix-ms": 1000}


@dataclass(frozen=True)
class DateFormat:
    """One format: `date`, `date-time` (RFC 3339), `unix`, `unix-ms`, or a pattern such as MM/DD/YYYY HH:mm:ss.

    `zone` is the offset of times that name none: Z, or +02:00.
    """

    name: str
    zone: str = "Z"

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        text, place, pattern = _NAMED.get(self.name, self.name), 0, ""
        for match in _SPLIT.finditer(text):
            pattern += re.escape(text[place : match.start()]) + _PARTS[match[0]]
            place = match.end()
        return re.compile(pattern + re.escape(text[place:]), re.ASCII)

    @cached_property
    def _offset(self) -> timezone:
        if self.zone == "Z":
            return UTC
        hours, minutes = int(self.zone[1:3]), int(self.zone[4:6])
        return timezone(timedelta(hours=hours, minutes=minutes) * (-1 if self.zone[0] == "-" else 1))

    def read(self, value: JsonValue) -> datetime | None:
        """Read a value; `None` where it is not of this format."""
        try:
            if self.name in _UNIX:
                return self._read_unix(value)
            if not isinstance(value, str) or len(value) > 100:
                return None
            return self._read_date_time(value) if self.name == "date-time" else self._read_pattern(value)
        except (ValueError, OverflowError):
            return None

    def _read_unix(self, value: JsonValue) -> datetime | None:
        if isinstance(value, bool) or not isinstance(value, int):
            return None
        seconds, rest = divmod(value, _UNIX[self.name])
        return datetime.fromtimestamp(seconds, UTC) + timedelta(milliseconds=rest)

    def _read_date_time(self, text: str) -> datetime | None:
        match = _DATE_TIME.fullmatch(text)
        if match is None:
            return None
        *numbers, fraction, _z, sign, hours, minutes = match.groups()
        if fraction and len(fraction.rstrip("0")) > 6:
            return None  # finer than a datetime holds: not to be rounded in silence
        offset = timedelta(hours=int(hours or 0), minutes=int(minutes or 0)) * (-1 if sign == "-" else 1)
        micro = int((fraction or "0").ljust(6, "0")[:6])
        year, month, day, hour, minute, second = map(int, numbers)
        return datetime(year, month, day, hour, minute, second, micro, timezone(offset))

    def _read_pattern(self, text: str) -> datetime | None:
        match = self._pattern.fullmatch(text)
        if match is None:
            return None
        parts = {"month": 1, "day": 1} | {name: int(digits) for name, digits in match.groupdict().items()}
        return datetime(**parts, tzinfo=self._offset)

    def write(self, moment: datetime) -> JsonValue:
        """Write a moment; `None` where the format cannot say all of it."""
        if self.name in _UNIX:
            return self._write_unix(moment)
        if self.name == "date-time":
            return self._write_date_time(moment.astimezone(self._offset))
        local = moment.astimezone(self._offset)
        numbers = (f"{local.year:04}", local.month, local.day, local.hour, local.minute, local.second)
        parts = dict(zip(_PARTS, (f"{one:0>2}" for one in numbers), strict=True))
        text = _SPLIT.sub(lambda match: parts[match[0]], _NAMED.get(self.name, self.name))
        return text if self.read(text) == moment else None

    def _write_unix(self, moment: datetime) -> int | None:
        number, rest = divmod(moment - datetime(1970, 1, 1, tzinfo=UTC), timedelta(seconds=1) / _UNIX[self.name])
        return None if rest else number

    def _write_date_time(self, local: datetime) -> str:
        fraction = f".{local.microsecond:06}".rstrip("0") if local.microsecond else ""
        base = f"{local.year:04}-{local.month:02}-{local.day:02}T{local.hour:02}:{local.minute:02}:{local.second:02}"
        return f"{base}{fraction}{self.zone}"
