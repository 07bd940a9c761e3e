"""Our own failures: the check is concluded all the same, as the contracts' `on_error` says."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace

from bot.github.errors import Denied, GitHubError, NotFound, RateLimited, TooLarge, Unavailable
from bot.github.repository import Repository
from bot.github.values import CheckDraft, PullRequest
from bot.sources.hub import HubRevision
from bot.steward.observe import sharing
from bot.steward.plan import beside, shown, texts_key
from bot.steward.reading import config_at
from bot.steward.signature import Signature
from bot.steward.values import CHECK_NAME, CreateCheck, Target, UpdateCheck
from rules.config import ConfigError
from rules.contract import Config
from rules.policy import strictest
from rules.review import Conclusion

log = logging.getLogger(__name__)

_KEY = "error"
"""Stands where a verdict's check run has the key of its remarks: a failure has none."""

_REASONS: tuple[tuple[type[Exception], str], ...] = (
    (RateLimited, "GitHub allows no more requests for now"),
    (Denied, "GitHub refused Concordat, which lacks a permission"),
    (NotFound, "GitHub did not find what it had named"),
    (TooLarge, "GitHub's answer is larger than Concordat reads"),
    (Unavailable, "GitHub did not answer"),
    (GitHubError, "GitHub did not take a request, or answered in a way that Concordat cannot read"),
)
"""The first kind that fits; an error that is not GitHub's is our own."""


def tell(
    repository: Repository,
    target: Target,
    error: Exception,
    default: Callable[[], Config | None],
    doubt: Callable[[str], object],
) -> bool:
    """Conclude the check, so that it does not stay open for ever; false where the pull request is gone.

    The reason is the operator's, the state everybody's. `default` gives the organisation's configuration; `doubt` is
    told the head that is about to be written to.
    """
    try:
        pull = repository.pull(target.number)
    except NotFound:
        # Deleted, transferred away, or the App was removed: there is nobody left to tell.
        return False
    except GitHubError:
        log.warning("could not tell of a failure", extra={"action": "tell_failure", "stream": target.stream})
        return True
    if not target.is_of(pull):
        return False
    try:
        doubt(pull.head_sha)
        _conclude(repository, pull, reason_of(error), on_error(repository, pull.base_ref, default))
    except GitHubError:
        log.warning("could not tell of a failure", extra={"action": "tell_failure", "stream": target.stream})
    return True


def on_error(repository: Repository, base_ref: str, default: Callable[[], Config | None]) -> Conclusion | None:
    """Give what the contracts ask for, "failure" where they cannot be read, `None` where there are none."""
    try:
        config = config_at(HubRevision(repository, base_ref), default())
    except (GitHubError, ConfigError):
        return "failure"
    if config is None:
        return None
    return strictest(tuple(contract.policy.on_error for contract in config.contracts)) if config.contracts else None


def _conclude(repository: Repository, pull: PullRequest, reason: str, conclusion: Conclusion | None) -> None:
    if conclusion is None or pull.state != "open":
        return
    checks = repository.checks(pull.head_sha, CHECK_NAME)
    strictest_one, remark = beside(conclusion, pull.number, sharing(repository, pull, checks))
    wanted = draft(pull.head_sha, reason, strictest_one)
    signature = Signature(_KEY, texts_key([reason, strictest_one, remark]), pull.number, conclusion)
    wanted = replace(wanted, summary=wanted.summary + remark, external_id=str(signature))
    for action in shown(wanted, checks, pull.number):
        match action:
            case CreateCheck(new):
                repository.create_check(new)
            case UpdateCheck(run, new):
                repository.update_check(run, new)


def reason_of(error: Exception) -> str:
    """Say in a clause why something of ours failed; what it was exactly stands in the log."""
    return next((clause for kind, clause in _REASONS if isinstance(error, kind)), "Concordat itself failed")


def draft(head_sha: str, reason: str, conclusion: Conclusion, *, what: str = "pull request") -> CheckDraft:
    """Write the check run of a failure of ours; `what` is it that could not be judged."""
    return CheckDraft(
        name=CHECK_NAME,
        head_sha=head_sha,
        conclusion=conclusion,
        title="Concordat could not judge this change yet",
        summary=(
            f"Reading or judging this {what} failed several times: {reason}. Nothing is wrong with the change as far "
            "as anybody knows. It is tried again by itself; pushing a commit tries at once. If it stays like this for "
            f"an hour, tell the operator of Concordat, who finds the cause under this {what} in the log."
        ),
        text="",
        annotations=(),
        external_id=f"{_KEY}.{texts_key(reason)}.{conclusion}",
        details_url=None,
    )
