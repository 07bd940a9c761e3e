"""One pull request, from the hint that something happened to the state that GitHub should show."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.github.errors import NotFound
from bot.github.repository import Repository
from bot.steward import asking, dues, ended, failure, shelf
from bot.steward.apply import CommentUnwritten, Shown, apply, describe
from bot.steward.asking import ask
from bot.steward.bearing import APPROVED, approval, heard
from bot.steward.hearing import shows
from bot.steward.house import Steward
from bot.steward.jobs import examination
from bot.steward.memory import Memory, ask_thorough
from bot.steward.migrations import plans as migration_plans
from bot.steward.observe import is_ours, observe
from bot.steward.patience import patient
from bot.steward.plan import plan, says
from bot.steward.replies import asked_again, replied, replies
from bot.steward.talk import Log
from bot.steward.values import BESIDE, Action, Observation, Target, UpdateComment
from bot.store.values import Lease, NewEvent
from bot.worker import Retry
from notices.values import Context
from rules.review import Review

log = logging.getLogger(__name__)

ACTED = "steward.acted"
_TELL_AFTER_ATTEMPTS = 3
_SOON = timedelta(seconds=1)
_PAGES = "https://github.com"
"""Where a pull request is seen whose own address GitHub does not tell."""


@dataclass(frozen=True, slots=True)
class Examination:
    """A pull request understood: what is true, what follows, and which writes that asks for."""

    observation: Observation
    reviews: tuple[Review, ...]
    context: Context
    actions: tuple[Action, ...]
    log: Log
    now: datetime


def handle(steward: Steward, lease: Lease) -> None:
    """Do one `pull` job; failures to reach GitHub are tried again, and after three the check says so."""
    target = Target(**lease.payload)
    repository = steward.app.repository(target.installation, target.repository)
    try:
        with patient(steward.clock):
            _serve(steward, repository, target)
    except (Retry, CommentUnwritten):
        # The check says it all by now; only the comment is tried again.
        raise
    except Exception as error:
        # GitHub now and then does not find what is there; a 404 is believed once it has been repeated.
        if lease.attempt < _TELL_AFTER_ATTEMPTS or _tell(steward, repository, target, error):
            raise
        log.info("pull request is gone", extra={"action": "gone", "stream": target.stream})


def _tell(steward: Steward, repository: Repository, target: Target, error: Exception) -> bool:
    memory = Memory(steward.store, target, steward.clock())

    def doubt(head_sha: str) -> bool:
        with steward.store.transaction() as transaction:
            return memory.doubt(head_sha, transaction)

    return failure.tell(repository, target, error, lambda: steward.defaults.of(target).config, doubt)


def _serve(steward: Steward, repository: Repository, target: Target) -> None:
    memory = Memory(steward.store, target, steward.clock())
    found = examine(steward, repository, target, memory)
    try:
        _carry_out(steward, repository, target, memory, found)
    except NotFound:
        if memory.remembered is None:
            raise
        # The comment that we remember is gone.
        memory.forget()
        _carry_out(steward, repository, target, memory, examine(steward, repository, target, memory))


def _carry_out(steward: Steward, repository: Repository, target: Target, memory: Memory, found: Examination) -> None:
    observation, now = found.observation, steward.clock()
    if not _begun(steward, target, memory, found, now):
        raise Retry(_SOON, "another pull request with the same head was written to meanwhile")
    if not observation.configured:
        if found.actions:
            # Merged or closed: the comment says so, and whoever still asks for something is answered.
            apply(found.actions, repository, observation, bot=steward.app.login())
            _answered(steward, target, found, now)
        return
    shown = apply(found.actions, repository, observation, bot=steward.app.login())
    _record(steward, target, memory, found, shown, now)


def _begun(steward: Steward, target: Target, memory: Memory, found: Examination, now: datetime) -> bool:
    """Keep the pages, and that writes begin; false where somebody else has written to this head meanwhile.

    Nothing is owed any more about a pull request that is closed, or that nobody asked us to look at.
    """
    observation = found.observation
    texts = shelf.texts(observation.pull, found.reviews, found.context)
    head = observation.pull.head_sha
    with steward.store.transaction() as transaction:
        shelf.keep(transaction, target.stream, texts, now)
        if not observation.configured:
            dues.keep(transaction, target, (), now)
            if found.actions:
                memory.doubt(head, transaction)
            return True
        return all(isinstance(one, BESIDE) for one in found.actions) or memory.doubt(head, transaction)


def examine(steward: Steward, repository: Repository, target: Target, memory: Memory | None = None) -> Examination:
    """Observe, admit, decide and plan. Without a memory nothing is written anywhere: the simulation.

    A comment that is remembered and would stay as it is is looked at all the same: others may have changed it.
    """
    found = _examine(steward, repository, target, memory)
    if memory is not None and (_silent(found) or not _as_remembered(steward, repository, found)):
        memory.forget()
        found = _examine(steward, repository, target, memory)
    return found


def _silent(found: Examination) -> bool:
    """Say whether silence is about to count before the whole conversation was read at this moment."""
    if found.observation.remembered is None:
        return False
    known = {one.source_id for one in found.log if one.kind == APPROVED}
    return any(
        one.approved_by == "silence" and approval(one, found.now).source_id not in known for one in found.reviews
    )


def _as_remembered(steward: Steward, repository: Repository, found: Examination) -> bool:
    known = found.observation.remembered
    if known is None or known.comment is None or any(isinstance(one, UpdateComment) for one in found.actions):
        return True
    try:
        comment = repository.comment(known.comment)
    except NotFound:
        return False
    return is_ours(comment, repository, steward.app.login()) and says(comment.body) == known.says


def _examine(steward: Steward, repository: Repository, target: Target, memory: Memory | None) -> Examination:
    default = steward.defaults.of(target)
    bot = steward.app.login()
    observation = observe(repository, target.number, bot=bot, default=default, memory=memory)
    if not target.is_of(observation.pull):
        raise NotFound(f"{target.repository} is another repository than the one that was meant")
    found = heard(steward, repository, target, observation, record=memory is not None)
    reviews, now = found.reviews, found.now
    context = Context(
        repository=target.repository,
        pull=target.number,
        base_ref=observation.pull.base_ref,
        base_sha=observation.base_sha,
        head_sha=observation.pull.head_sha,
        report_url=steward.report_url(target.stream) if reviews else None,
        config_problems=observation.config_problems,
        config_preview=observation.config_preview,
        now=now,
        beside=tuple((other.pull, other.own) for other in observation.sharing),
        head_repository=observation.pull.head_repository or "",
        head_ref=observation.pull.head_ref,
        web_url=observation.pull.html_url.rsplit("/", 4)[0] or _PAGES,  # GITHUB/owner/name/pull/number
        plans=migration_plans.shown(steward, repository, target, observation, ask=memory is not None),
    )
    asked = ask(observation, reviews, found.log, target.repository)
    actions = (*plan(observation, reviews, context), *asked, *replies(found.log, reviews, context))
    if found.ending is not None and memory is not None and memory.been_here:
        known = memory.remembered.comment if memory.remembered else None
        actions = (*ended.left_behind(repository, observation.pull, known, bot, found.ending), *actions)
    return Examination(observation, reviews, context, actions, found.log, now)


def _answered(steward: Steward, target: Target, found: Examination, now: datetime) -> None:
    with steward.store.transaction() as transaction:
        transaction.append(target.stream, replied(found.log, now))


def _record(  # noqa: PLR0913, PLR0917 what was found and done, and where it goes
    steward: Steward, target: Target, memory: Memory, found: Examination, shown: Shown, now: datetime
) -> None:
    """Keep what was done, and what people are shown from now on."""
    done = [_first_line(action) for action in found.actions if action not in shown.refused]
    left = [_first_line(action) for action in shown.refused]
    digests = [review.assessment.change.digest for review in found.reviews]
    acted = NewEvent(
        kind=ACTED,
        source_id=f"acted:{found.observation.pull.head_sha}:{now.isoformat()}",
        source_time=now,
        body={"actions": done, "refused": left, "digests": digests},
    )
    events = [acted] if found.actions else []
    if shown.comment is not None and shown.sure:
        events += shows(found.log, found.reviews, steward.clock())
    events += replied(found.log, now)
    events += asking.facts(shown.reached, steward.clock())
    with steward.store.transaction() as transaction:
        if shown.sure:
            memory.keep(found.observation.pull.head_sha, shown.comment, shown.says, shown.checks, transaction)
        if events:
            transaction.append(target.stream, events)
        if shown.reached and any(one.silence_approves for one in found.reviews):
            transaction.enqueue(examination(target))  # from now on it can be said when silence counts
        if asked_again(found.log):
            transaction.enqueue(examination(target))
            ask_thorough(transaction, target, f"recheck:{now.isoformat()}", now)
        dues.keep(transaction, target, found.reviews, found.now)
        dues.look_again(transaction, target, found.reviews, found.now)
    if asked_again(found.log):
        steward.bench.try_again()
    for line in done:
        log.info(line, extra={"action": "applied", "stream": target.stream})


def _first_line(action: Action) -> str:
    return describe(action).splitlines()[0].rstrip(":")
