"""Apply: carry the actions out, or say what would be done."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Sequence
from dataclasses import replace

from bot.github.errors import Denied, NotFound, Rejected
from bot.github.repository import Repository
from bot.github.values import CheckDraft
from bot.steward.observe import own_comments
from bot.steward.values import (
    Action,
    CreateCheck,
    CreateComment,
    DeleteComment,
    Observation,
    UpdateCheck,
    UpdateComment,
)

log = logging.getLogger(__name__)


def apply(actions: Sequence[Action], repository: Repository, observation: Observation, *, bot: str) -> None:
    """Write to GitHub, each action once. A failed or unanswered write raises and is never repeated here.

    The job that called tries again later from a fresh observation, which sees what was committed without an answer.
    A comment that GitHub refuses (the conversation is locked) does not keep the check from being written.
    """
    for action in actions:
        try:
            _apply(action, repository, observation, bot)
        except (Denied, Rejected) as refused:
            if isinstance(action, CreateCheck | UpdateCheck):
                raise
            facts = {"action": "refused", "repository": repository.full_name, "pull": observation.pull.number}
            log.warning("the comment was refused; the check says the same: %s", refused, extra=facts)


def _apply(action: Action, repository: Repository, observation: Observation, bot: str) -> None:
    match action:
        case CreateComment(body):
            repository.create_comment(observation.pull.number, body)
            _remove_extras(repository, observation, bot)
        case UpdateComment(comment, body):
            repository.update_comment(comment, body)
        case DeleteComment(comment):
            _delete(repository, comment)
        case CreateCheck(draft):
            _create_check(repository, draft)
        case UpdateCheck(check, draft):
            repository.update_check(check, draft)


def _remove_extras(repository: Repository, observation: Observation, bot: str) -> None:
    # Another process may have written in the same moment; the oldest comment stays.
    for extra in own_comments(repository, observation.pull, bot)[1:]:
        _delete(repository, extra.id)


def _delete(repository: Repository, comment: int) -> None:
    # What somebody else has deleted meanwhile is as wanted.
    with contextlib.suppress(NotFound):
        repository.delete_comment(comment)


def _create_check(repository: Repository, draft: CheckDraft) -> None:
    try:
        repository.create_check(draft)
    except Rejected as refused:
        # GitHub refuses a whole run for one remark that it does not take; the verdict matters more than the remarks.
        if not draft.annotations:
            raise
        log.warning("check run refused, written without remarks: %s", refused, extra={"action": "annotations_refused"})
        repository.create_check(replace(draft, annotations=()))


def describe(action: Action) -> str:
    """Say in words what an action writes, with its whole text; for the simulation and the audit record."""
    match action:
        case CreateComment(body):
            return f"create the comment:\n{body}"
        case UpdateComment(comment, body):
            return f"update comment {comment}:\n{body}"
        case DeleteComment(comment):
            return f"delete the extra comment {comment}"
        case CreateCheck(draft):
            return f"create the check run on {draft.head_sha[:12]}: {draft.conclusion}, {draft.title}\n{draft.summary}"
        case UpdateCheck(check, draft):
            return f"update check run {check}: {draft.conclusion}, {draft.title}\n{draft.summary}"
