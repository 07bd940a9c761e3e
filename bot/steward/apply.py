"""Apply: carry the actions out, or say what would be done."""

from __future__ import annotations

from collections.abc import Sequence

from bot.github.repository import Repository
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


def apply(actions: Sequence[Action], repository: Repository, observation: Observation, *, bot: str) -> None:
    """Write to GitHub, each action once. A failed or unanswered write raises and is never repeated here.

    The job that called tries again later from a fresh observation, which sees what was committed without an answer.
    """
    for action in actions:
        _apply(action, repository, observation, bot)


def _apply(action: Action, repository: Repository, observation: Observation, bot: str) -> None:
    match action:
        case CreateComment(body):
            repository.create_comment(observation.pull.number, body)
            _remove_extras(repository, observation, bot)
        case UpdateComment(comment, body):
            repository.update_comment(comment, body)
        case DeleteComment(comment):
            repository.delete_comment(comment)
        case CreateCheck(draft):
            repository.create_check(draft)
        case UpdateCheck(check, draft):
            repository.update_check(check, draft)


def _remove_extras(repository: Repository, observation: Observation, bot: str) -> None:
    # Another process may have written in the same moment; the oldest comment stays.
    for extra in own_comments(repository, observation.pull, bot)[1:]:
        repository.delete_comment(extra.id)


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
