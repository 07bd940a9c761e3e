"""One release, from a hint that something happened to what its partners are owed and its issue shows.

observe → admit → decide → plan → apply, in a lane of its own; the job comes back at the next milestone, and every half
hour by the sweep. The log is the truth: whatever a crash cuts off here is done by the next run.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from datetime import datetime
from itertools import chain, islice

from bot.github.errors import Denied, NotFound, Rejected, TooLarge
from bot.github.repository import Repository
from bot.steward import promises
from bot.steward.house import Steward
from bot.steward.jobs import migration_job, release_job
from bot.steward.migrations.values import MigrationTarget
from bot.steward.patience import patient
from bot.steward.releases import revert as release_revert
from bot.steward.releases import shelf as release_shelf
from bot.steward.releases import talk as release_talk
from bot.steward.releases.admit import MET, due, filed, observed, reverted, told, told_as
from bot.steward.releases.observe import observe
from bot.steward.releases.packing import Failure, pack
from bot.steward.releases.plan import plan
from bot.steward.releases.values import OpenIssue, ReleaseAction, ReleaseTarget, Revert, Sight, UpdateIssue
from bot.steward.values import Place, Target
from bot.store import Store
from bot.store.transaction import Transaction
from bot.store.values import Event, Lease, NewEvent, NewObligation
from rules.partners import Party
from rules.release_ledger import ANNOUNCING, fold, fold_ordered
from rules.release_obligations import FEEDBACK_AFTER, to_owners, to_party, unpacked
from rules.release_plan import next_moment, schedule, spoken
from rules.release_state import Release

log = logging.getLogger(__name__)

SWEEP = "release.sweep"


class StaleError(Exception):
    """A decision about a release was not kept, because the release has changed since it was looked at."""


def admit(transaction: Transaction, place: Place, facts: Iterable[tuple[str, NewEvent]]) -> None:
    """Keep facts of releases and migrations, each in its stream, and have each of these looked after.

    `StaleError` where a decision was made about a release that somebody else has decided on meanwhile.
    """
    facts = tuple(facts)
    for stream in sorted({stream for stream, fact in facts if "at_version" in fact.body}):
        transaction.hold(stream)
        _expect(stream, transaction.events(stream), [fact for about, fact in facts if about == stream])
    for stream, fact in facts:
        contract, version = stream.split(":", 3)[2:]
        if stream.startswith("migration:"):
            transaction.append(stream, [fact])
            where = MigrationTarget(place.installation, place.repository_id, place.repository, contract, version)
            transaction.enqueue(migration_job(where))
            continue
        body = {**fact.body, "place": asdict(place)} if fact.kind == "release.announced" else fact.body
        kept = NewEvent(fact.kind, fact.source_id, fact.source_time, body, fact.actor_id, fact.version)
        transaction.append(stream, [kept])
        transaction.enqueue(
            release_job(ReleaseTarget(place.installation, place.repository_id, place.repository, contract, version))
        )


def _expect(stream: str, log: Sequence[Event], facts: Sequence[NewEvent]) -> None:
    """Refuse decisions that were made at another version of the release; what is kept already may come again."""
    known = {(one.source_id, one.kind) for one in log}
    new = [one for one in facts if "at_version" in one.body and (one.source_id, one.kind) not in known]
    if not new:
        return
    if {one.source_id for one in new} & {source for source, _ in known}:
        raise StaleError(stream)  # from the same page, at the same version, somebody said something else
    latest = max((one.source_time for one in log), default=new[0].source_time)
    release = fold(log, now=max(latest, *(one.source_time for one in new)))
    if any(one.body["at_version"] != (release.version if release else 0) for one in new):
        raise StaleError(stream)


def sweep(store: Store, now: datetime) -> None:
    """Do one `release.sweep` job: a job for every release in which something may still happen."""
    with store.transaction() as transaction:
        for stream in transaction.streams("release:"):
            target = _alive(stream, transaction.events(stream), now)
            if target is not None:
                transaction.enqueue(release_job(target))


def _alive(stream: str, events: Sequence[Event], now: datetime) -> ReleaseTarget | None:
    release = fold(events, now=now)
    place = next((one.body["place"] for one in events if one.kind == "release.announced" and "place" in one.body), None)
    if release is None or place is None:
        return None
    last = release.turns[-1].at if release.turns else release.announced
    if not release.open and now - last > 2 * FEEDBACK_AFTER and release.state != "rolled back":
        return None
    return ReleaseTarget(**place, contract=release.contract, version=stream.split(":", 3)[3])


def handle(steward: Steward, lease: Lease) -> None:
    """Do one `release` job."""
    target = ReleaseTarget(**lease.payload)
    repository = steward.app.repository(target.installation, target.repository)
    with patient(steward.clock):
        _look_after(steward, repository, target)


def _look_after(steward: Steward, repository: Repository, target: ReleaseTarget) -> None:
    store, now = steward.store, steward.clock()
    release = _fold(store, target, now)
    if release is None:
        return
    default = steward.defaults.of(Target(target.installation, target.repository_id, target.repository, release.pull))
    sight = observe(steward, repository, release, target.stream, default)
    if sight.pull.repository_id not in {None, target.repository_id}:
        raise NotFound(f"{target.repository} is another repository than the one that was meant")
    release_talk.listen(store, repository, target, release, sight, now)
    release = take_in(store, target, release, sight, now)
    for action in plan(release, sight, target, steward, now):
        _apply(repository, store, target, sight, action, now)
    release_talk.reply(store, repository, target, release, now)
    promise(steward, target, _fold(store, target, now) or release, sight, now)


def _fold(store: Store, target: ReleaseTarget, now: datetime) -> Release | None:
    with store.reading() as transaction:
        return fold_ordered(transaction.in_order(target.stream), now=now)


def take_in(store: Store, target: ReleaseTarget, release: Release, sight: Sight, now: datetime) -> Release:
    """Write down what was observed, then what time brings: the one may decide the other."""
    with store.transaction() as transaction:
        transaction.append(target.stream, tuple(observed(release, sight, now)))
        known = transaction.source_ids(target.stream, tuple(MET.values()))
        keys = iter([
            key for key, state in transaction.settled_keys(target.stream, tuple(ANNOUNCING))
            if told_as(key, state) not in known
        ])  # fmt: skip
        while batch := list(islice(keys, promises.BATCH)):
            transaction.append(target.stream, [told(one) for one in transaction.promised(batch).values()])
        release = fold_ordered(transaction.in_order(target.stream), now=now) or release
        new = tuple(due(release, sight.parties, now)) if sight.parties is not None else ()
        if not transaction.append(target.stream, new):
            return release
        return fold_ordered(transaction.in_order(target.stream), now=now) or release


def _apply(  # noqa: PLR0913, PLR0917 what is written, where, and about what
    repository: Repository, store: Store, target: ReleaseTarget, sight: Sight, action: ReleaseAction, now: datetime
) -> None:
    """Write to GitHub once; a refusal (no permission for issues) costs the page on GitHub, and nothing else."""
    try:
        fact = _write(repository, sight, action, now)
    except (Denied, Rejected, TooLarge) as refused:
        log.warning("a write was refused: %s", refused, extra={"action": "refused", "stream": target.stream})
        if not isinstance(action, Revert):
            return
        fact = reverted(0, now)  # people do it; the branch may be one that nobody but they may write to
    if fact is not None:
        with store.transaction() as transaction:
            transaction.append(target.stream, [fact])
            transaction.enqueue(release_job(target))  # the release's own issue and the notices name what is open now


def _write(repository: Repository, sight: Sight, action: ReleaseAction, now: datetime) -> NewEvent | None:
    if isinstance(action, Revert):
        return reverted(release_revert.propose(repository, sight.pull, action.about, action.title, action.body), now)
    if isinstance(action, UpdateIssue):
        repository.update_issue(action.number, action.title, action.body)
        return None
    made = repository.create_issue(action.title, action.body).number
    return _filed(action, made, now)


def _filed(action: OpenIssue, number: int, now: datetime) -> NewEvent:
    if action.what == "release":
        return NewEvent("release.issue", f"issue:{number}", now, {"number": number})
    return filed(action.about, number, now)


def promise(steward: Steward, target: ReleaseTarget, release: Release, sight: Sight, now: datetime) -> None:
    """Promise what is owed by now, take back what is not, and come back at the next moment."""
    if sight.parties is None:
        log.warning(
            "partners are not known, nothing is promised", extra={"action": "partners", "stream": target.stream}
        )
        return
    _shelve(steward.store, target, sight, sight.parties, now)
    failure = pack(steward.store, target, release, sight.parties, sight.assessment, now)
    owed = chain(
        _owed(steward, target, release, sight.parties, sight, now),
        _of_package(steward, target, release, sight, failure, now),
    )
    taken_back = promises.keep(steward.store, target.stream, owed, now)
    if taken_back:
        log.info("%d notices are owed no longer", taken_back, extra={"action": "superseded", "stream": target.stream})
    following = next_moment(release, schedule(release, sight.parties, now), now)
    if following is not None:
        with steward.store.transaction() as transaction:
            transaction.enqueue(release_job(target, following))


def _shelve(store: Store, target: ReleaseTarget, sight: Sight, parties: tuple[Party, ...], now: datetime) -> None:
    """Keep what the pages show: who depends on the release, and who decides."""
    owners = sight.contract.release_owners if sight.contract else ()
    kept = release_shelf.Kept(target.repository, target.repository_id, target.installation, owners, parties)
    with store.transaction() as transaction:
        release_shelf.keep(transaction, target.stream, kept, now)


def _of_package(  # noqa: PLR0913, PLR0917 everything that a notice is made of
    steward: Steward, target: ReleaseTarget, release: Release, sight: Sight, failure: Failure | None, now: datetime
) -> Iterator[NewObligation]:
    """Promise the owners word of a package that could not be made, once for what it is made from."""
    if failure is None or not release.open:
        return
    owners = sight.contract.release_owners if sight.contract else ()
    found = spoken(release, schedule(release, sight.parties or (), now))
    board = {
        "repository": target.repository, "board_url": steward.release_url("board", target.stream, "", found.go_live),
    }  # fmt: skip
    since = datetime.fromisoformat(failure.since)
    for one in unpacked(target.stream, release, found, owners, (failure.key, failure.why, since), now):
        yield promises.obligation(one, target.stream, board, installation=target.installation, owners=list(owners))


def _on_github(party: Party) -> bool:
    return bool(party.profile.contacts.github or party.profile.backup.github)


def _owed(  # noqa: PLR0913, PLR0917 everything that a notice is made of
    steward: Steward, target: ReleaseTarget, release: Release, parties: Sequence[Party], sight: Sight, now: datetime
) -> Iterator[NewObligation]:
    found, stream = spoken(release, schedule(release, parties, now)), target.stream
    until = found.go_live + FEEDBACK_AFTER * 4
    shared = {
        "repository": target.repository, "version_of_state": str(release.version),
        "package_url": steward.release_url("package", stream, "", until),
    }  # fmt: skip
    owners = sight.contract.release_owners if sight.contract else ()
    more: dict[str, object] = {"installation": target.installation, "owners": list(owners)}
    for party in parties:
        own = {
            **shared, "version_of_state": release.asked,
            "readiness_url": steward.release_url("readiness", stream, party.name, until),
            "calendar_url": steward.release_url("calendar", stream, party.name, until),
            "member_url": steward.release_url("member", stream, party.name, until) if _on_github(party) else "",
        }  # fmt: skip
        for one in to_party(stream, release, found, party, now):
            yield promises.obligation(one, stream, own, **more)
    board = {**shared, "board_url": steward.release_url("board", stream, "", until)}
    for one in to_owners(stream, release, found, parties, owners, now):
        yield promises.obligation(one, stream, board, **more)
