"""Merge groups: what would become of the base branch, judged like a pull request and always concluded.

A check that a branch requires is waited for on the group's commit too, whoever is responsible for its not being there;
therefore it is written also where nothing is configured, and after a failure of ours.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence

from bot.github.errors import GitHubError, NotFound, Rejected, Unrelated
from bot.github.repository import Repository
from bot.github.values import CheckDraft
from bot.sources import gather, hub
from bot.steward import failure
from bot.steward.decide import judge_all, stand
from bot.steward.house import Steward
from bot.steward.observe import MOST_CONTRACTS
from bot.steward.owners import owned
from bot.steward.patience import patient
from bot.steward.plan import texts_key
from bot.steward.reading import config_at, read
from bot.steward.values import CHECK_NAME, Group, Target
from bot.store.values import Event, Lease
from bot.worker import Retry
from notices import check
from notices.values import Context
from rules.change import Change
from rules.config import ConfigError
from rules.contract import Config
from rules.documents import Problem

log = logging.getLogger(__name__)

_TELL_AFTER_ATTEMPTS = 3
_NUMBER = re.compile(r"/pr-([1-9][0-9]{0,9})-[0-9a-f]+$")
"""GitHub names a group's branch after the pull request that it adds: gh-readonly-queue/main/pr-104-0fe1…"""


def handle(steward: Steward, lease: Lease) -> None:
    """Do one `merge_group` job; after three failures the check says so."""
    group = Group(**lease.payload)
    repository = steward.app.repository(group.installation, group.repository)
    try:
        with patient(steward.clock):
            _conclude(repository, _judged(steward, repository, group))
    except Retry:
        raise
    except Exception as error:
        if lease.attempt < _TELL_AFTER_ATTEMPTS or _tell(steward, repository, group, error):
            raise
        log.info("merge group is gone", extra={"action": "gone", "stream": lease.lane})


def _judged(steward: Steward, repository: Repository, group: Group) -> CheckDraft:
    """Judge what the group changes since its own base, by the configuration of the branch that it is for.

    The verdicts' clocks are those of the pull request that the group adds, which has the same changes unless another
    group stands before it.
    """
    changes, problems = _changes(steward, repository, group)
    now = steward.clock()
    log_ = _log(steward, group)
    assessments = judge_all(changes, steward.bench.sitting())
    reviews = stand(assessments, log_, now, author=_author(log_))
    context = Context(
        repository=group.repository,
        pull=None,
        base_ref=_branch(group.base_ref),
        base_sha=group.base_sha,
        head_sha=group.head_sha,
        config_problems=problems,
        now=now,
    )
    text = check.render(reviews, context)
    return CheckDraft(
        name=CHECK_NAME,
        head_sha=group.head_sha,
        conclusion=text.conclusion,
        title=text.title,
        summary=text.summary,
        text=text.text,
        annotations=text.annotations,
        external_id=f"group.{texts_key([text.conclusion, text.title, text.summary, text.text])}",
        details_url=None,
    )


def _author(log_: Sequence[Event]) -> int | None:
    """Give who opened the pull request, as the log has kept it; nobody's yes counts where it does not say."""
    return next((event.actor_id for event in log_ if event.kind == "review.submitted"), None)


def _changes(steward: Steward, repository: Repository, group: Group) -> tuple[tuple[Change, ...], tuple[Problem, ...]]:
    try:
        config, problems = _config(steward, repository, group)
    except ConfigError as error:
        return (), error.problems
    if config is None or not config.contracts:
        return (), problems
    try:
        span = hub.span(repository, group.base_sha, group.head_sha)
    except Unrelated:
        sentence = "The merge group and its base share no commit, so there is nothing to compare with."
        return (), (Problem("histories_unrelated", sentence, "Take it out of the merge queue and add it again."),)
    return owned(gather(config, span, read, most=MOST_CONTRACTS), span.tip), problems


def _config(steward: Steward, repository: Repository, group: Group) -> tuple[Config | None, tuple[Problem, ...]]:
    # Not the group's base: that may hold what another group, which is not merged yet, says of itself.
    default = steward.defaults.of(_pull(group, 0))
    config = config_at(hub.HubRevision(repository, _branch(group.base_ref)), default.config)
    return config, default.problems


def _log(steward: Steward, group: Group) -> Sequence[Event]:
    number = _NUMBER.search(group.head_ref)
    if number is None:
        return ()
    with steward.store.reading() as transaction:
        return transaction.events(_pull(group, int(number[1])).stream)


def _conclude(repository: Repository, draft: CheckDraft) -> None:
    existing = repository.checks(draft.head_sha, CHECK_NAME)
    if not existing or existing[-1].external_id != draft.external_id or existing[-1].conclusion is None:
        repository.create_check(draft)


def _tell(steward: Steward, repository: Repository, group: Group, error: Exception) -> bool:
    """Conclude the check for want of a verdict; false where the group is gone, which ends many of them."""
    conclusion = failure.on_error(
        repository, _branch(group.base_ref), lambda: steward.defaults.of(_pull(group, 0)).config
    )
    draft = failure.draft(group.head_sha, failure.reason_of(error), conclusion or "success", what="merge group")
    try:
        _conclude(repository, draft)
    except (NotFound, Rejected):
        return False
    except GitHubError:
        log.warning("could not tell of a failure", extra={"action": "tell_failure", "head": group.head_sha})
    return True


def _branch(ref: str) -> str:
    return ref.removeprefix("refs/heads/")


def _pull(group: Group, number: int) -> Target:
    return Target(group.installation, group.repository_id, group.repository, number)
