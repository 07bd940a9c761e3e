"""Observe: read the truth about one pull request in as few GitHub requests as possible."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime

from bot.github.errors import Unrelated
from bot.github.repository import Repository
from bot.github.values import CheckRun, Comment, PullRequest
from bot.sources import gather, hub
from bot.sources.revision import Span
from bot.steward import signature, talk
from bot.steward.bases import config_of, span_of
from bot.steward.defaults import Default
from bot.steward.memory import Memory
from bot.steward.owners import owned
from bot.steward.reading import config_at, read
from bot.steward.signature import Signature
from bot.steward.talk import Said
from bot.steward.values import CHECK_NAME, Observation
from notices.comment import MARKER
from rules.change import Change
from rules.config import CONFIG_PATHS, ConfigError
from rules.contract import Config
from rules.documents import Problem
from rules.preview import preview

MOST_CONTRACTS = 300
"""So many contracts of one pull request are judged; each takes two requests, and a comment could not show more."""


def observe(
    repository: Repository, number: int, *, bot: str, default: Default, memory: Memory | None = None
) -> Observation:
    """Read the pull request, its configuration, its changed contracts, our comments and our checks.

    `bot` is the login under which the App writes; `default` the organisation's configuration. What `memory` holds of
    our own writes is not asked for; without one everything is read, whatever state the pull request is in. Every
    failure to read raises the GitHub room's errors: what could not be read is never taken for absent.
    """
    pull = repository.pull(number)
    if memory is not None and (pull.state != "open" or pull.archived):
        return Observation(pull=pull, configured=False, base_sha=pull.base_sha)
    found = _changed(repository, pull, default)
    if not found.configured and (memory is None or not memory.been_here):
        return found
    remembered = memory.remembered if memory else None
    checks = memory.checks(pull.head_sha) if memory else None
    if checks is None:
        checks = repository.checks(pull.head_sha, CHECK_NAME)
    listed = () if remembered else repository.comments(pull.number)
    return replace(
        found,
        # What we wrote before the configuration went away must not stand for ever.
        configured=True,
        comments=_ours(listed, repository, bot),
        heard=_heard(repository, pull, listed, found) if memory and memory.been_here and not remembered else (),
        remembered=remembered,
        checks=checks,
        sharing=sharing(repository, pull, checks),
    )


def _changed(repository: Repository, pull: PullRequest, organisation: Default) -> Observation:
    """Read what the pull request changes of contracts and of their configuration."""
    try:
        span = hub.span(repository, pull.base_ref, pull.head_sha)
    except Unrelated:
        return _unrelated(repository, pull, organisation)
    default = organisation.config
    config, problems = _config_in_force(span, default)
    mended, edited, preview_lines = _config_edit(span, config, default)
    if problems and mended:
        # Nobody else's configuration can be used, and the pull request that mends it must not be held up by what it
        # mends, nor slip a contract past in the same breath.
        config, problems = mended, tuple(replace(one, blocking=False) for one in problems)
    problems = organisation.problems + problems
    touched = config is not None or bool(problems or edited or preview_lines)
    return Observation(
        pull=pull,
        configured=touched,
        base_sha=span.tip.name,
        changes=owned(gather(config, span, read, most=MOST_CONTRACTS, archived=True), span.tip) if config else (),
        config_problems=problems + edited,
        config_preview=preview_lines,
    )


def merged_changes(repository: Repository, pull: PullRequest, organisation: Default) -> tuple[Change, ...]:
    """Read which contracts a merged pull request changed, towards the base that it had; none without configuration."""
    try:
        config = config_of(repository, pull, organisation.config)
    except ConfigError:
        return ()
    span = span_of(repository, pull)
    return owned(gather(config, span, read, most=MOST_CONTRACTS), span.tip) if config else ()


def _unrelated(repository: Repository, pull: PullRequest, organisation: Default) -> Observation:
    """Say of a head without common history what its author can do; where nothing is configured, nothing."""
    try:
        configured = config_of(repository, pull, organisation.config) is not None
    except ConfigError:
        configured = True
    problem = Problem(
        code="histories_unrelated",
        sentence=f"This branch and {pull.base_ref} share no commit, so there is nothing to compare with.",
        fix=f"Make the branch anew from {pull.base_ref} (git rebase --onto {pull.base_ref} --root, or cherry-pick its "
        "commits) and push it.",
    )
    return Observation(pull=pull, configured=configured, base_sha=pull.base_sha, config_problems=(problem,))


def sharing(repository: Repository, pull: PullRequest, checks: tuple[CheckRun, ...]) -> tuple[Signature, ...]:
    """Give the newest signature of every other open pull request with this head; costs nothing where there is none."""
    signatures = (signature.read(run.external_id) for run in checks)
    newest = {one.pull: one for one in signatures if one and one.pull != pull.number}
    return tuple(one for one in newest.values() if _has_head(repository.pull(one.pull), pull.head_sha))


def _has_head(pull: PullRequest, head_sha: str) -> bool:
    return pull.state == "open" and pull.head_sha == head_sha


def _heard(
    repository: Repository, pull: PullRequest, listed: Iterable[Comment], found: Observation
) -> tuple[Said, ...]:
    """Give what people said to us; of a pull request that changes no contract nothing is read for that."""
    return (*_said(listed), *_said_in_reviews(repository, pull)) if found.changes else ()


def conversation(repository: Repository, pull: PullRequest, since: datetime) -> tuple[Said, ...]:
    """Read what people said to us since a moment, so that nothing is carried out before what was said earlier."""
    return (*_said(repository.comments(pull.number, since=since)), *_said_in_reviews(repository, pull))


def _said(listed: Iterable[Comment]) -> Iterator[Said]:
    return (said for said in map(talk.of_comment, listed) if said is not None)


def _said_in_reviews(repository: Repository, pull: PullRequest) -> Iterator[Said]:
    return (said for said in map(talk.of_review, repository.reviews(pull.number)) if said is not None)


def own_comments(
    repository: Repository, pull: PullRequest, bot: str, marker: str = MARKER, since: datetime | None = None
) -> tuple[Comment, ...]:
    """List the comments that carry a marker of ours and that we wrote, oldest first."""
    return _ours(repository.comments(pull.number, since=since), repository, bot, marker)


def _ours(listed: Iterable[Comment], repository: Repository, bot: str, marker: str = MARKER) -> tuple[Comment, ...]:
    mine = (comment for comment in listed if is_ours(comment, repository, bot, marker))
    return tuple(sorted(mine, key=lambda comment: comment.id))


def is_ours(comment: Comment, repository: Repository, bot: str, marker: str = MARKER) -> bool:
    """Say whether a comment is ours: anybody can type the marker, only the author tells whose it is.

    The App's id outlasts its name, and a person for whom the App writes is not the App.
    """
    by_us = comment.author == bot or (comment.by_bot and comment.app_id == repository.app_id)
    return by_us and marker in comment.body


def _config_in_force(span: Span, default: Config | None) -> tuple[Config | None, tuple[Problem, ...]]:
    try:
        return config_at(span.tip, default), ()
    except ConfigError as error:
        return None, error.problems


def _config_edit(
    span: Span, config: Config | None, default: Config | None
) -> tuple[Config | None, tuple[Problem, ...], tuple[str, ...]]:
    """Read an edit of the configuration: what it would be, or its problems, and what would change."""
    if not span.changed.intersection(CONFIG_PATHS):
        return None, (), ()
    try:
        edited = config_at(span.head, default)
    except ConfigError as error:
        return None, error.problems, ()
    return edited, (), preview(config or Config(), edited or Config(), span.head.paths())
