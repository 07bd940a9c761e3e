"""The settings for people: .env.example and docs/settings.md, written from the table."""

from __future__ import annotations

import re
import textwrap

from bot.settings.table import TABLE, Setting

_PLAIN_VALUE = re.compile(r"[-A-Za-z0-9_./:@,+=%]+")
_PAGE_HEAD = """# Settings of the server

<!-- Made from the table in bot/settings/table.py: python -m bot.settings docs > docs/settings.md -->

`concordat serve` reads its settings from the environment, checks all of them at start and, where something is wrong,
says everything that is wrong at once. [.env.example](../.env.example) has the same list to fill in. Settings marked
secret never appear in logs, messages or pages.

| variable | when unset | what it is | example |
|---|---|---|---|
"""


def environment_file() -> str:
    """Write .env.example: every setting, explained."""
    head = (
        "# Settings of `concordat serve`. Copy to .env, fill in, keep it to yourself (chmod 600).\n"
        "# A shell (set -a; . ./.env) and docker compose read it alike: put a value that holds anything but letters,\n"
        "# digits and -_./:@,+=% between single quotes.\n"
    )
    return head + "".join(f"\n{_block(setting)}" for setting in TABLE)


def _block(setting: Setting) -> str:
    lines = textwrap.wrap(setting.meaning, 100)
    if setting.required:
        lines.append("Required.")
    elif setting.default:
        lines.append(f"When unset: {setting.default}")
    value = "" if setting.required else _quoted(setting.example)
    comments = "".join(f"# {line}\n" for line in lines)
    return f"{comments}{'' if setting.required else '#'}{setting.name}={value}\n"


def _quoted(value: str) -> str:
    """Write a value so that a shell and docker compose read the same: between single quotes where it is not plain."""
    return value if _PLAIN_VALUE.fullmatch(value) else f"'{value}'"


def table_page() -> str:
    """Write docs/settings.md: the table for people."""
    rows = [
        f"| `{setting.name}` | {_when_unset(setting)} | {setting.meaning}{' Secret.' if setting.secret else ''} "
        f"| `{setting.example}` |\n"
        for setting in TABLE
    ]
    return _PAGE_HEAD + "".join(rows)


def _when_unset(setting: Setting) -> str:
    return "required" if setting.required else f"`{setting.default}`" if setting.default else "–"
