"""Our own failures: the check is concluded all the same, as the contracts' `on_error` says."""

from __future__ import annotations

import logging
from collections.abc import Callable

from bot.github.errors import GitHubError, NotFound
from bot.github.repository import Repository
from bot.github.values import CheckDraft, PullRequest
from bot.sources import load_config
from bot.sources.hub import HubRevision
from bot.steward.values import CHECK_NAME, Target
from rules.config import ConfigError
from rules.contract import Config
from rules.policy import strictest
from rules.review import Conclusion

log = logging.getLogger(__name__)


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
        _conclude(repository, pull, type(error).__name__, on_error(repository, pull.base_ref, default))
    except GitHubError:
        log.warning("could not tell of a failure", extra={"action": "tell_failure", "stream": target.stream})
    return True


def on_error(repository: Repository, base_ref: str, default: Callable[[], Config | None]) -> Conclusion | None:
    """Give what the contracts ask for, "failure" where they cannot be read, `None` where there are none."""
    try:
        config = load_config(HubRevision(repository, base_ref), default())
    except (GitHubError, ConfigError):
        return "failure"
    if config is None:
        return None
    return strictest(tuple(contract.policy.on_error for contract in config.contracts)) if config.contracts else None


def _conclude(repository: Repository, pull: PullRequest, reason: str, conclusion: Conclusion | None) -> None:
    if conclusion is None or pull.state != "open":
        return
    existing = repository.checks(pull.head_sha, CHECK_NAME)
    wanted = draft(pull.head_sha, reason, conclusion)
    if not existing:
        repository.create_check(wanted)
    elif existing[-1].external_id != wanted.external_id:
        repository.update_check(existing[-1].id, wanted)


def draft(head_sha: str, reason: str, conclusion: Conclusion, *, what: str = "pull request") -> CheckDraft:
    """Write the check run of a failure of ours; `what` is it that could not be judged."""
    return CheckDraft(
        name=CHECK_NAME,
        head_sha=head_sha,
        conclusion=conclusion,
        title="Concordat could not judge this change yet",
        summary=(
            f"Reading or judging this {what} failed several times ({reason}). It is tried again by itself; "
            "pushing a commit tries at once. If it stays like this, the operator of Concordat finds the cause under "
            f"this {what} in the log."
        ),
        text="",
        annotations=(),
        external_id=f"error.{reason}.{conclusion}",
        details_url=None,
    )
