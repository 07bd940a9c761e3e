"""Owners of a contract that names none: those whom the base branch's CODEOWNERS file gives for its document."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from bot.sources.revision import Revision
from rules.change import Change
from rules.codeowners import PATHS, owners_of
from rules.contract import Owners


def owned(changes: Iterable[Change], tip: Revision) -> tuple[Change, ...]:
    """Give the changes, each with owners where the configuration or CODEOWNERS names any.

    Only the base branch's file counts: a pull request does not choose who approves it. It is read where a contract
    names nobody, and then once.
    """
    found = tuple(changes)
    if all(_named(one.contract.owners) for one in found):
        return found
    files = _files(tip)
    return tuple(one if _named(one.contract.owners) else _with(one, files) for one in found)


def _named(owners: Owners) -> bool:
    return bool(owners.teams or owners.users or owners.roles)


def _files(tip: Revision) -> dict[str, str]:
    """Read the first of the places that has a file; that one alone counts."""
    for path in PATHS:
        data = tip.read(path)
        if data is not None:
            return {path: data.decode("utf-8", "replace")}
    return {}


def _with(change: Change, files: dict[str, str]) -> Change:
    owners = owners_of(change.old_path or change.path, files)
    return change if owners is None else replace(change, contract=replace(change.contract, owners=owners))
