"""`concordat new migration`: the verdict on two schemas, and a draft of what its findings need."""

from __future__ import annotations

import argparse
import re
from pathlib import Path
from typing import TextIO

from bot.desk.check import read
from bot.errors import UsageError, unwritable
from rules.compare import compare
from rules.documents import Document
from rules.migration_draft import Change, draft

WRITTEN, NOTHING = 0, 1


def new(arguments: argparse.Namespace, out: TextIO) -> int:
    """Write the draft of a migration; 1 where no stored document has to change."""
    old, head = read(arguments.old), read(arguments.new)
    source, goal = arguments.source or _version(old), arguments.goal or _version(head)
    change = Change(arguments.contract, source, goal, str(arguments.old), str(arguments.new), head.value)
    text = draft(change, compare(old.value, head.value).findings)
    if text is None:
        out.write(f"{arguments.contract} {source} → {goal}: no finding touches stored data; no migration is needed\n")
        return NOTHING
    if str(arguments.out) == "-":
        out.write(text)
        return WRITTEN
    path = arguments.out or Path("migrations") / arguments.contract / f"{source}-{goal}.yml"
    _write(path, text)
    out.write(f"{path} is written: look for `decide`, then `concordat migrate plan {path}`\n")
    return WRITTEN


def _version(document: Document) -> str:
    """Read the version in a file's name, as `orders-v1.2.0.json`; it is asked for where there is none."""
    found = re.search(r"v?([0-9]+(?:\.[0-9]+){0,2})", Path(document.path).stem)
    if found is None:
        raise UsageError(f"{document.path} does not name its version: give --from and --to")
    return found[1]


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise UsageError(f"{path} is there already: choose another place with --out, or remove it") from None
    except OSError as error:
        raise unwritable(path, error) from error
