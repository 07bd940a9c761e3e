"""`concordat partners`: who depends on the contracts of a repository, checked, listed, and imported from a table."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TextIO

from bot.desk.check import ACCEPTABLE, SEVERE, note
from bot.errors import UsageError, unreadable, unusable, unwritable
from bot.sources import SourceError, load_config, load_partners
from bot.sources import git as local
from notices.escape import visible
from rules import partners_table
from rules.config import ConfigError
from rules.contract import Config, Partner
from rules.documents import MAX_BYTES
from rules.jsontext import dumps
from rules.partners import PARTNERS_PATHS, Book, Profile, load


def partners(arguments: argparse.Namespace, out: TextIO) -> int:
    """Do one of `check`, `list` and `import`; returns the exit code."""
    if arguments.task == "import":
        return _import(arguments, out)
    config, book = read_partners(arguments.repo)
    return _check(config, book, out) if arguments.task == "check" else _list(config, book, arguments.format, out)


def read_partners(directory: Path) -> tuple[Config, Book]:
    """Read contracts.yml and partners.yml of the repository that a directory is in, as they lie there."""
    try:
        revision = local.FolderRevision(local.top_level(directory))
        config = load_config(revision)
        if config is None:
            raise UsageError("there is no .github/contracts.yml here; `concordat init` writes a first one")
        return config, load_partners(revision, config)
    except ConfigError as error:
        raise unusable(error.problems) from error
    except SourceError as error:
        raise UsageError(str(error)) from error


def _check(config: Config, book: Book, out: TextIO) -> int:
    links = _links(config)
    lost = [name for name in links if not book.find(name).reachable]
    told = "no contact is known, so that no notice reaches them; add one to"
    out.writelines(f"{visible(name)}: {told} {book.source}\n" for name in lost)
    said = f"{len(links)} partner{'' if len(links) == 1 else 's'}, {len(links) - len(lost)} of them can be reached"
    out.write(f"{said}\n")
    return SEVERE if lost else ACCEPTABLE


def _links(config: Config) -> dict[str, list[tuple[str, Partner]]]:
    """Collect each partner's links, as (contract, link), in the order of the configuration."""
    found: dict[str, list[tuple[str, Partner]]] = {}
    for contract in config.contracts:
        for link in contract.partners:
            found.setdefault(link.name, []).append((contract.name, link))
    return found


def _list(config: Config, book: Book, form: str, out: TextIO) -> int:
    links = _links(config)
    if form == "json":
        out.write(dumps([_json(book.find(name), mine) for name, mine in links.items()], indent=2) + "\n")
        return ACCEPTABLE
    for name, mine in links.items():
        profile = book.find(name)
        uses = ", ".join(f"{link.access} {contract}" for contract, link in mine)
        channels = ", ".join(profile.channels) or "no contact"
        quiet = f", quiet {profile.quiet.start:%H:%M}-{profile.quiet.end:%H:%M}" if profile.quiet else ""
        line = f"{name}: {uses}; {profile.criticality}; {channels}; {profile.zone}{quiet}"
        out.write(f"{visible(line)}\n")
    if not links:
        out.write("no contract names a partner\n")
    return ACCEPTABLE


def _json(profile: Profile, links: list[tuple[str, Partner]]) -> dict[str, object]:
    return {
        "name": profile.name, "title": profile.title, "criticality": profile.criticality,
        "contracts": {contract: link.access for contract, link in links},
        "channels": list(profile.channels), "backup": list(profile.backup.channels),
        "zone": profile.zone, "language": profile.language,
        "quiet_hours": profile.quiet and [f"{at:%H:%M}" for at in (profile.quiet.start, profile.quiet.end)],
        "fields": [{"contract": contract, "pointer": pointer} for contract, pointer in profile.fields],
    }  # fmt: skip


def _import(arguments: argparse.Namespace, out: TextIO) -> int:
    table: Path = arguments.file
    try:
        with table.open("rb") as file:
            text = file.read(MAX_BYTES + 1).decode("utf-8-sig", "replace")
    except OSError as error:
        raise unreadable(table, error) from error
    try:
        found = partners_table.read(text, str(table))
        load(found.text, path=f"what {table.name} makes")
    except ConfigError as error:
        raise unusable(error.problems) from error
    if arguments.only_print:
        out.write(found.text)
    else:
        out.write(f"wrote {_write(arguments.repo, found.text, force=arguments.force)}\n")
    _tell_links(found)
    return ACCEPTABLE


def _write(directory: Path, text: str, *, force: bool) -> Path:
    try:
        top = local.top_level(directory)
    except SourceError as error:
        raise UsageError(str(error)) from error
    path = top / PARTNERS_PATHS[0]
    if path.exists() and not force:
        raise UsageError(f"{path} is there already; --print shows what would stand in it, --force replaces it")
    try:
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise unwritable(path, error) from error
    return path


def _tell_links(found: partners_table.Imported) -> None:
    """Say what contracts.yml has to hold beside, since the verdict follows that file."""
    lines = [
        f"  {contract}: partners: {{{', '.join(f'{name}: {access}' for name, access in links)}}}"
        for contract, links in found.links
    ]
    if lines:
        note("\n".join(("contracts.yml says who depends on what; it has to hold:", *lines)))
