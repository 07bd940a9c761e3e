"""The record that a repository keeps of its versions: a table of them, and a change log with a part for each.

What people wrote stays; a cell or line is filled in where it is empty or stands for nothing, and the status is always
brought up to date. A file that has neither a table nor a change log is left as it is.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Entry:
    """What is known of one version; empty texts are not known."""

    version: str
    file: str
    status: str
    type: str = ""
    approved_by: str = ""
    notes: str = ""
    added: str = ""

    def about(self, column: str) -> str:
        """Give what belongs under a heading of a table, or behind a label; "" where it is none that we know."""
        return {
            "version": self.version, "file": self.file, "status": self.status, "type": self.type,
            "approved by": self.approved_by, "notes": self.notes, "date added": self.added, "date": self.added,
        }.get(column, "")  # fmt: skip


_CELLS = re.compile(r"(?<!\\)\|")
_RULE = re.compile(r"\s*\|?[\s:|-]*-[\s:|-]*\s*")
_HEADING = re.compile(r"(#{1,6})[ \t]+(.*)")
_LABEL = re.compile(r"\*\*([^*:]{1,40}):\*\*[ \t]*(.*)")
_EMPTY = re.compile(r"[\s*_`–-]*(?:tb[ad]|todo|n/?a|pending)?[\s*_`.–-]*", re.IGNORECASE)
_LABELS = ("Status", "Type", "Approved by", "Notes")
_LONGEST = 1_000


def brought_up(text: str, entries: Iterable[Entry]) -> str:
    """Bring a Markdown text up to date with what is known of each version."""
    lines = text.split("\n")
    for entry in entries:
        lines = _in_log(_in_table(lines, entry), entry)
    return "\n".join(lines)


def _in_table(lines: list[str], entry: Entry) -> list[str]:
    """Fill in the row of a version, or add it at the end of the first table that lists versions by file."""
    found = _table(lines)
    if found is None:
        return lines
    start, end, columns = found
    for at in range(start, end):
        cells = _split(lines[at])
        if len(cells) == len(columns) and _is(cells[columns.index("version")], entry.version):
            filled = [_filled(name, cell, entry) for name, cell in zip(columns, cells, strict=True)]
            return lines if filled == cells else [*lines[:at], _row(filled), *lines[at + 1 :]]
    if not entry.added:
        return lines
    return [*lines[:end], _row([_cell(entry.about(name)) for name in columns]), *lines[end:]]


def _table(lines: list[str]) -> tuple[int, int, list[str]] | None:
    for at, (head, rule) in enumerate(itertools.pairwise(lines)):
        columns = [_plain(cell) for cell in _split(head)] if "|" in head and _RULE.fullmatch(rule[:_LONGEST]) else []
        if "version" in columns and "file" in columns:
            end = at + 2
            while end < len(lines) and lines[end].lstrip().startswith("|"):
                end += 1
            return at + 2, end, columns
    return None


def _split(row: str) -> list[str]:
    inner = row.strip()[:_LONGEST].removeprefix("|").removesuffix("|")
    return [cell.strip() for cell in _CELLS.split(inner)]


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _filled(column: str, cell: str, entry: Entry) -> str:
    known = _cell(entry.about(column))
    if column == "status":
        # "Active (Production)" says more than "Active", and the same.
        return cell if _plain(cell).startswith(_plain(known)) else known
    return known if known and _EMPTY.fullmatch(cell) else cell


def _is(text: str, version: str) -> bool:
    return text.strip("*_` ").removeprefix("v") == version.removeprefix("v")


def _plain(text: str) -> str:
    return " ".join(text.casefold().replace("*", " ").replace("_", " ").split())


def _in_log(lines: list[str], entry: Entry) -> list[str]:
    """Fill in the part of a version, or add one to the change log; only of what was approved here."""
    if not entry.type:
        return _status_only(lines, entry)
    at = _part(lines, entry.version)
    if at is None:
        return _added(lines, entry)
    end = _end(lines, at)
    return [*lines[: at + 1], *_labelled(lines[at + 1 : end], entry, _LABELS), *lines[end:]]


def _status_only(lines: list[str], entry: Entry) -> list[str]:
    at = _part(lines, entry.version)
    if at is None:
        return lines
    end = _end(lines, at)
    part = lines[at + 1 : end]
    if not any((found := _LABEL.match(line)) and _plain(found[1]) == "status" for line in part):
        return lines
    return [*lines[: at + 1], *_labelled(part, entry, ("Status",)), *lines[end:]]


def _labelled(part: list[str], entry: Entry, labels: tuple[str, ...]) -> list[str]:
    made, seen, last = list[str](), set[str](), 0
    for line in part:
        found = _LABEL.match(line[:_LONGEST])
        name = _plain(found[1]) if found else ""
        if found and entry.about(name) and name in map(_plain, labels):
            value = _filled(name, found[2].rstrip(), entry)
            tail = line[len(line.rstrip()) :]
            line = line if value == found[2].rstrip() else f"**{found[1]}:** {value}{tail or '  '}"  # noqa: PLW2901
        seen.add(name)
        made.append(line)
        last = len(made) if found else last
    missing = [f"**{name}:** {entry.about(_plain(name))}  " for name in labels if _plain(name) not in seen]
    if not missing:
        return made
    if last:
        return [*made[:last], *missing, *made[last:]]
    body = len(made)
    while body and not made[body - 1].strip():
        body -= 1
    apart = [""] if body else []
    return [*made[:body], *apart, *missing, *(made[body:] or [""])]


def _added(lines: list[str], entry: Entry) -> list[str]:
    at = next((at for at, line in enumerate(lines) if "change log" in _plain(_title(line))), None)
    if at is None:
        return lines
    level = len(str(_HEADING.match(lines[at])[1])) + 1  # type: ignore[index] # it is a heading
    first = next((one for one in range(at + 1, len(lines)) if _HEADING.match(lines[one])), len(lines))
    part = [f"{'#' * min(level, 6)} v{entry.version.removeprefix('v')} ({entry.added})", ""]
    return [*lines[:first], *part, *_labelled([], entry, _LABELS), *lines[first:]]


def _part(lines: list[str], version: str) -> int | None:
    wanted = re.compile(rf"(?<![0-9.\w])v?{re.escape(version.removeprefix('v'))}(?![\w-]|\.[0-9])")
    log = next((at for at, line in enumerate(lines) if "change log" in _plain(_title(line))), None)
    if log is None:
        return None
    return next((at for at in range(log + 1, len(lines)) if wanted.search(_title(lines[at]))), None)


def _title(line: str) -> str:
    found = _HEADING.match(line[:_LONGEST])
    return found[2] if found else ""


def _end(lines: list[str], at: int) -> int:
    return next((one for one in range(at + 1, len(lines)) if _HEADING.match(lines[one])), len(lines))
