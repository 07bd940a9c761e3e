"""Owners of a contract that names none: those whom the base branch's CODEOWNERS file gives for its document."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from bot.sources.revision import Revision
from rules.change import Change
from rules.codeowners import PATHS, owners_of
from rules.contract import Contract, Owners


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


def holding(found: Iterable[tuple[Contract, str]], tip: Revision) -> tuple[tuple[Contract, str], ...]:
    """Give contracts with the paths of their documents, likewise with owners where anybody is named."""
    pairs = tuple(found)
    files = {} if all(_named(one.owners) for one, _ in pairs) else _files(tip)
    return tuple((one if _named(one.owners) else _owned(one, path, files), path) for one, path in pairs)


def _owned(contract: Contract, path: str, files: dict[str, str]) -> Contract:
    owners = owners_of(path, files)
    return contract if owners is None else replace(contract, owners=owners)


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
    return replace(change, contract=_owned(change.contract, change.old_path or change.path, files))
