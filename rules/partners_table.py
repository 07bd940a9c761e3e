"""A table of partners, as people keep it in a spreadsheet, made into the text of a partners file.

One row for each partner: CSV with a header, or YAML with a list of rows. Nothing is guessed: a column that is not known
is a problem, and what comes out is read again by `rules.partners` before anybody relies on it.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from rules.config import ConfigError
from rules.documents import DocumentError, Problem, parse, syntax_of
from rules.draft import text as quoted
from rules.partners import MAX_BYTES

MAX_ROWS = 10_000

COLUMNS: dict[str, tuple[str, ...]] = {
    "name": ("partner",),
    "title": (),
    "contracts": ("contract", "consumes"),
    "access": ("reads/writes", "reads-writes"),
    "criticality": ("critical",),
    "email": ("e-mail", "mail"),
    "slack": ("slack-channel",),
    "webhook": ("slack-webhook",),
    "github": ("github-team", "team"),
    "backup-email": ("backup", "backup-contact"),
    "backup-slack": (),
    "prefers": ("channel",),
    "zone": ("time-zone", "timezone"),
    "language": ("language-of-dates",),
    "quiet-from": (),
    "quiet-to": (),
    "fields": ("fields-used",),
}
"""Each column of the table, and what else it may be called."""

_NAMES = {other: name for name, others in COLUMNS.items() for other in (name, *others)}
_CRITICAL = {"yes": "critical", "true": "critical", "no": "normal", "false": "normal"}


@dataclass(frozen=True, slots=True)
class Imported:
    """What a table says: the text of the partners file, and per contract the links that contracts.yml has to have."""

    text: str
    links: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]


def read(text: str, path: str) -> Imported:
    """Make a partners file of a table; raises `ConfigError` with every problem at its line."""
    if len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise ConfigError((Problem("config_too_large", "The table is larger than 2 MB.", "Split it.", path=path),))
    rows = list(_rows(text, path))
    problems = [problem for line, row in rows for problem in _problems(row, path, line)]
    problems += list(_twice(rows, path))
    if not rows and not problems:
        problems = [_problem("The table has no row.", "Write a header, and one row for each partner.", path, 1)]
    if problems:
        raise ConfigError(tuple(problems[:100]))
    entries = [row for _, row in rows]
    return Imported("\n".join(_lines(entries)) + "\n", tuple(_links(entries)))


def _problem(sentence: str, fix: str, path: str, line: int) -> Problem:
    return Problem("config_invalid", sentence, fix, path=path, line=line)


def _rows(text: str, path: str) -> Iterator[tuple[int, dict[str, str]]]:
    found = _yaml(text, path) if path.lower().endswith((".yml", ".yaml", ".json")) else _csv(text, path)
    for at, (line, row) in enumerate(found):
        if at == MAX_ROWS:
            raise ConfigError((_problem(f"The table has more than {MAX_ROWS:,} rows.", "Split it.", path, line),))
        if any(row.values()):
            yield line, row


def _csv(text: str, path: str) -> Iterator[tuple[int, dict[str, str]]]:
    head, _, _ = text.removeprefix("\ufeff").partition("\n")
    delimiter = max(",;\t", key=head.count)
    reader = csv.reader(text.removeprefix("\ufeff").splitlines(keepends=True), delimiter=delimiter, strict=True)
    try:
        names = [_column(one) for one in next(reader, [])]
        for cells in reader:
            if cells:
                extra = {"": "more cells than the header"} if len(cells) > len(names) else {}
                yield reader.line_num, dict(zip(names, (one.strip() for one in cells), strict=False)) | extra
    except csv.Error as error:
        sentence = f"The table cannot be read as CSV: {error}."
        raise ConfigError((_problem(sentence, "Save it again as CSV, UTF-8.", path, reader.line_num),)) from None


def _yaml(text: str, path: str) -> Iterator[tuple[int, dict[str, str]]]:
    try:
        found = parse(path, text, syntax=syntax_of(path)).value
    except DocumentError as error:
        raise ConfigError((error.problem,)) from None
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise ConfigError((_problem("The file is not a list of rows.", "Write `- name: crm` for each.", path, 1),))
    for number, row in enumerate(found, 1):
        yield number, {_column(key): _flat(value) for key, value in row.items()}


def _flat(value: object) -> str:
    if isinstance(value, list):
        return " ".join(_flat(one) for one in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value).strip()


def _column(name: str) -> str:
    plain = "-".join(name.strip().casefold().replace("_", " ").replace("-", " ").split())
    return _NAMES.get(plain, f"?{name.strip()[:60]}")


def _problems(row: Mapping[str, str], path: str, line: int) -> Iterator[Problem]:
    for key in row:
        if not key or key.startswith("?"):
            sentence = f"The column `{key[1:]}` is not known." if key else "The row has more cells than the header."
            yield _problem(sentence, f"Columns: {', '.join(COLUMNS)}.", path, line)
    if not row.get("name"):
        yield _problem("The row names no partner.", "Fill in the column `name`.", path, line)
    if row.get("access", "both").casefold() not in ("", "reads", "writes", "both"):
        yield _problem(f"`{row['access'][:60]}` is no access.", "Write reads, writes or both.", path, line)
    if row.get("fields") and len(_split(row.get("contracts", ""))) != 1:
        yield _problem(
            "Fields used belong to one contract, and the row names another number of them.",
            "Add the fields in partners.yml afterwards, under each contract.", path, line,
        )  # fmt: skip
    if bool(row.get("quiet-from")) != bool(row.get("quiet-to")):
        yield _problem("Quiet hours need a beginning and an end.", "Fill in both columns, or neither.", path, line)


def _twice(rows: Iterable[tuple[int, Mapping[str, str]]], path: str) -> Iterator[Problem]:
    seen: set[str] = set()
    for line, row in rows:
        name = row.get("name", "")
        if name and name in seen:
            yield _problem(f"`{name[:60]}` has a second row.", "Keep one row for each partner.", path, line)
        seen.add(name)


def _split(cell: str) -> list[str]:
    return cell.replace(",", " ").replace(";", " ").split()


def _links(rows: Iterable[Mapping[str, str]]) -> Iterator[tuple[str, tuple[tuple[str, str], ...]]]:
    found: dict[str, list[tuple[str, str]]] = {}
    for row in rows:
        for contract in _split(row.get("contracts", "")):
            found.setdefault(contract, []).append((row["name"], row.get("access", "").casefold() or "both"))
    for contract, partners in found.items():
        yield contract, tuple(partners)


def _lines(rows: Iterable[Mapping[str, str]]) -> Iterator[str]:
    yield "# Who depends on this repository's contracts, and how they are reached. That they do, and whether they read"
    yield "# or write, stands in contracts.yml under the same names."
    yield "version: 1"
    yield "partners:"
    for row in rows:
        yield f"  {quoted(row['name'])}:"
        found = list(_entry(row))
        yield from found or ["    {}"]


def _entry(row: Mapping[str, str]) -> Iterator[str]:
    for key in ("title", "criticality", "prefers", "zone", "language"):
        value = row.get(key, "")
        if value:
            word = _CRITICAL.get(value.casefold(), value) if key == "criticality" else value
            yield f"    {key}: {quoted(word)}"
    for key, prefix in (("contacts", ""), ("backup", "backup-")):
        given = [(name, row.get(f"{prefix}{name}", "")) for name in ("slack", "webhook", "email", "github")]
        if any(value for _, value in given):
            yield f"    {key}:"
            yield from (f"      {name}: {_value(name, value)}" for name, value in given if value)
    if row.get("quiet-from"):
        yield f"    quiet-hours: {{from: {_always(row['quiet-from'])}, to: {_always(row['quiet-to'])}}}"
    if row.get("fields"):
        listed = ", ".join(_always(one) for one in _split(row["fields"]))
        yield f"    fields: {{{_always(_split(row['contracts'])[0])}: [{listed}]}}"


def _value(name: str, value: str) -> str:
    several = _split(value) if name == "email" else [value]
    return _always(several[0]) if len(several) == 1 else f"[{', '.join(map(_always, several))}]"


def _always(value: str) -> str:
    # Between quotes whatever it is: a time or an address is no plain word to every reader of YAML.
    return json.dumps(value, ensure_ascii=False)
