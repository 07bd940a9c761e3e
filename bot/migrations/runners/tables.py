"""The runners whose rows Concordat moves itself: PostgreSQL, SQLite and JSON Lines, each with the engine of its own."""

from __future__ import annotations

from bot.migrations.engine import Engine
from bot.migrations.runners.contract import Kind, text
from bot.migrations.values import Target


def _postgres(target: Target) -> Engine:
    from bot.migrations.postgres import Postgres  # noqa: PLC0415 each engine loads its own driver

    return Postgres(target)


def _sqlite(target: Target) -> Engine:
    from bot.migrations.sqlite import Sqlite  # noqa: PLC0415 as above

    return Sqlite(target)


def _jsonlines(target: Target) -> Engine:
    from bot.migrations.jsonlines import JsonLines  # noqa: PLC0415 as above

    return JsonLines(target)


_TABLE = dict.fromkeys(("url", "table", "column", "schema"), text)
_NEEDS = ("url", "table", "column")

POSTGRESQL = Kind(
    "PostgreSQL", _TABLE, _NEEDS, lambda url: url.startswith(("postgresql:", "postgresql+", "postgres:")), _postgres
)
JSONLINES = Kind("JSON Lines", _TABLE, ("url",), lambda url: url.endswith((".jsonl", ".ndjson")), _jsonlines)
SQLITE = Kind("SQLite", _TABLE, _NEEDS, lambda url: url.startswith("sqlite:///"), _sqlite)
