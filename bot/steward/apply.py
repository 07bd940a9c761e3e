"""Apply: carry the actions out, or say what would be done."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.github.errors import BadAnswer, Denied, GitHubError, NotFound, Rejected, Unavailable
from bot.github.repository import Repository
from bot.github.values import CheckDraft, CheckRun
from bot.steward import asking
from bot.steward.observe import own_comments
from bot.steward.plan import current_comment, says
from bot.steward.values import (
    BESIDE,
    Action,
    Answer,
    AskReviews,
    CreateCheck,
    CreateComment,
    DeleteComment,
    Observation,
    React,
    UpdateCheck,
    UpdateComment,
)
from notices import answers

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Shown:
    """What GitHub shows of ours: the comment, a key of what it says, and the check runs of the head, oldest first.

    `sure` is false where a write was refused, so that nobody knows what is shown instead; `refused` are those writes.
    `reached` is who was asked for a review.
    """

    comment: int | None
    says: str | None
    checks: tuple[CheckRun, ...]
    sure: bool = True
    refused: tuple[Action, ...] = ()
    reached: tuple[asking.Reached, ...] = ()


class CommentUnwritten(Exception):  # noqa: N818 named for what is so
    """GitHub did not answer when the comment was to be written; all the rest was done."""


def apply(actions: Sequence[Action], repository: Repository, observation: Observation, *, bot: str) -> Shown:
    """Write to GitHub, each action once. A failed or unanswered write raises and is never repeated here.

    The job that called tries again later from a fresh observation, which sees what was committed without an answer.
    A comment that GitHub refuses (the conversation is locked), or that has no answer, does not keep the check from
    being written; the latter raises `CommentUnwritten` at the end.
    """
    shown = Shown(*current_comment(observation), observation.checks)
    unanswered: GitHubError | None = None
    for action in actions:
        try:
            shown = _apply(action, repository, observation, bot, shown)
        except (Denied, Rejected, Unavailable, BadAnswer) as problem:
            if isinstance(action, CreateCheck | UpdateCheck):
                raise
            if isinstance(problem, Denied | Rejected):
                shown = _refused(shown, action, problem, repository, observation)
            else:
                unanswered = problem
    if unanswered is not None:
        raise CommentUnwritten(str(unanswered)) from unanswered
    return shown


def _refused(
    shown: Shown, action: Action, problem: GitHubError, repository: Repository, observation: Observation
) -> Shown:
    facts = {"action": "refused", "repository": repository.full_name, "pull": observation.pull.number}
    log.warning("a comment was refused; the check says the same: %s", problem, extra=facts)
    sure = shown.sure and isinstance(action, BESIDE)
    return replace(shown, sure=sure, refused=(*shown.refused, action))


def _apply(  # noqa: PLR0911 one for each kind of action
    action: Action, repository: Repository, observation: Observation, bot: str, shown: Shown
) -> Shown:
    match action:
        case CreateComment(body):
            made = repository.create_comment(observation.pull.number, body)
            kept = _without_extras(repository, observation, bot)
            return replace(shown, comment=made.id, says=says(body), sure=kept == made.id)
        case UpdateComment(comment, body):
            repository.update_comment(comment, body)
            return replace(shown, says=says(body))
        case DeleteComment(comment):
            _delete(repository, comment)
            return shown
        case CreateCheck(draft):
            return replace(shown, checks=(*shown.checks, _create_check(repository, draft)))
        case UpdateCheck(check, draft):
            run = repository.update_check(check, draft)
            return replace(shown, checks=tuple(run if one.id == check else one for one in shown.checks))
        case Answer():
            _answer(action, repository, observation, bot)
            return shown
        case AskReviews():
            return replace(shown, reached=(*shown.reached, asking.carry_out(action, repository, observation.pull)))
        case React(comment, content):
            with contextlib.suppress(NotFound):
                repository.react(comment, content)
            return shown


def _answer(answer: Answer, repository: Repository, observation: Observation, bot: str) -> None:
    """Write an answer unless it is there: an answer of GitHub's may have been lost after it was written."""
    marker = answers.marker(answer.key)
    if not own_comments(repository, observation.pull, bot, marker, answer.since):
        repository.create_comment(observation.pull.number, answer.body)
        for extra in own_comments(repository, observation.pull, bot, marker, answer.since)[1:]:
            _delete(repository, extra.id)


def _without_extras(repository: Repository, observation: Observation, bot: str) -> int | None:
    # Another process may have written in the same moment; the oldest comment stays.
    mine = own_comments(repository, observation.pull, bot)
    for extra in mine[1:]:
        _delete(repository, extra.id)
    return mine[0].id if mine else None


def _delete(repository: Repository, comment: int) -> None:
    # What somebody else has deleted meanwhile is as wanted.
    with contextlib.suppress(NotFound):
        repository.delete_comment(comment)


def _create_check(repository: Repository, draft: CheckDraft) -> CheckRun:
    try:
        return repository.create_check(draft)
    except Rejected as refused:
        # GitHub refuses a whole run for one remark that it does not take; the verdict matters more than the remarks.
        if not draft.annotations:
            raise
        log.warning("check run refused, written without remarks: %s", refused, extra={"action": "annotations_refused"})
        return repository.create_check(replace(draft, annotations=()))


def describe(action: Action) -> str:  # noqa: PLR0911 one for each kind of action
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
        case Answer(key, body):
            return f"answer {key}:\n{body}"
        case AskReviews(wanted):
            return f"ask for the review of {', '.join(sorted({one.name for one in wanted}))}"
        case React(comment, content):
            return f"react to comment {comment}: {content}"
