"""The pull request that takes a rolled-back change out of the base branch again, as it came in.

It is made of blobs that lie in the repository already: each path that the change touched gets what it held before.
Where somebody has changed one of them since, nobody but people can say what it should hold, and none is opened.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator, Mapping

from bot.github.branches import FileEdit
from bot.github.repository import Repository
from bot.github.values import PullRequest

log = logging.getLogger(__name__)

BRANCH = "concordat/revert-"
"""What the names of these branches begin with; a key of the release and its round follows."""


def propose(repository: Repository, pull: PullRequest, about: str, title: str, body: str) -> int:
    """Open it once and give its number, also where an answer was lost; 0 where there is nothing that can be taken out.

    `about` names the release and its round.
    """
    branch = BRANCH + hashlib.sha256(about.encode()).hexdigest()[:12]
    there = repository.pulls_from(branch)
    if there:
        return there[0].number
    tip = repository.tip(pull.base_ref)
    before = repository.blobs(repository.compare(pull.base_sha, pull.head_sha).merge_base_sha)
    edits = _edits(before, repository.blobs(pull.head_sha), repository.blobs(tip.sha))
    if not edits:
        log.info("nothing can be reverted by itself", extra={"action": "revert.none", "number": pull.number})
        return 0
    repository.make_branch(branch, tip, edits, title)
    return repository.propose(branch, pull.base_ref, title, body).number


def _edits(before: Mapping[str, str], after: Mapping[str, str], now: Mapping[str, str]) -> tuple[FileEdit, ...]:
    touched = sorted(path for path in {*before, *after} if before.get(path) != after.get(path))
    if any(now.get(path) not in {before.get(path), after.get(path)} for path in touched):
        return ()
    return tuple(_back(before, now, touched))


def _back(before: Mapping[str, str], now: Mapping[str, str], touched: list[str]) -> Iterator[FileEdit]:
    for path in touched:
        if now.get(path) != before.get(path):
            yield FileEdit(path, blob=before.get(path))
