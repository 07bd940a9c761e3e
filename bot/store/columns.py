"""Column types that keep Python's values exact and safe on both databases."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Dialect, Integer, Text
from sqlalchemy.types import TypeDecorator

from bot.store.values import Body
from rules.jsontext import dumps, exact_number

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TICK = timedelta(milliseconds=1)

Identity = BigInteger().with_variant(Integer, "sqlite")
"""A row's own number. SQLite counts by itself only in a column that it calls INTEGER."""


class Instant(TypeDecorator[datetime]):
    """An aware datetime, kept as whole milliseconds since 1970 in UTC; `ValueError` for a naive one."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """Count the milliseconds, rounded down."""
        del dialect
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value.isoformat()} has no time zone, and so is no moment")
        return (value - EPOCH) // _TICK

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Give the moment back in UTC."""
        del dialect
        return None if value is None else EPOCH + int(value) * _TICK


class Words(TypeDecorator[str]):
    """Text from anywhere; what a database cannot hold stays visible: NUL as U+FFFD, lone surrogates escaped."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Replace what cannot be kept."""
        del dialect
        return None if value is None else _encodable(value).replace("\0", "\ufffd")


class JsonObject(TypeDecorator[Body]):
    """A JSON object, kept as its text with every digit."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Body | None, dialect: Dialect) -> str | None:
        """Write the text. In JSON a lone surrogate may stand as its escape, so nothing is lost."""
        del dialect
        return None if value is None else _encodable(dumps(dict(value)))

    def process_result_value(self, value: Any, dialect: Dialect) -> Body | None:
        """Read the text back."""
        del dialect
        if value is None:
            return None
        body: dict[str, Any] = json.loads(value, parse_float=exact_number)
        return body


def _encodable(text: str) -> str:
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode("utf-8")
