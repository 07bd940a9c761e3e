"""The plan of a migration, before anybody approves it: counted and measured on the target, shown on the pull request.

Only a pull request from the repository itself has its data counted unasked: whoever could have rows counted by any
schema could read them bit by bit. For a fork a maintainer asks with `/migrate test`.
"""

from __future__ import annotations

import hashlib
import logging
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from datetime import datetime

from bot.errors import UsageError
from bot.github.repository import Repository
from bot.migrations import plan, targets
from bot.migrations.engine import open_target
from bot.migrations.errors import MigrationError, told
from bot.migrations.targets import known_to
from bot.migrations.values import Failing, Target, shown_key
from bot.migrations.work import Work, spec_of
from bot.steward import bases
from bot.steward.house import Steward
from bot.steward.jobs import MIGRATION, examination
from bot.steward.migrations.elsewhere import EVERY
from bot.steward.migrations.measure import measured as measured_elsewhere
from bot.steward.migrations.values import PLANNED, stream_of
from bot.steward.values import Observation
from bot.steward.values import Target as Pull
from bot.store.values import Lease, NewEvent, NewJob
from notices import migration_pages
from notices.migration_pages import Broken
from notices.migration_values import Planned, read
from rules.change import Change
from rules.config import ConfigError
from rules.migration_spec import MAX_BYTES, Spec, order
from rules.migration_state import ACTIVE, Migration, fold
from rules.versions import read as declared

log = logging.getLogger(__name__)

PLAN = PLANNED
"""The kind of job, and what a plan is remembered under; the pull request's stream and the contract are the key."""
FAILING = "migration.failing"
"""What the rows that cannot be migrated are remembered under, by their keys, for those who may see them."""
SAMPLES, SAMPLE = 5, 300
"""So many of them are kept with their documents, and so many characters of each."""
_Counted = tuple[Planned, tuple[Failing, ...]]
_FORK = (
    "this pull request comes from a fork, whose schemas are not held to data unasked; a maintainer has it done with "
    "`/migrate test`"
)


@dataclass(frozen=True, slots=True)
class _Matter:
    """What a plan is made of: the pull request, its change, its migration file, its head and whose it is."""

    repository: Repository
    target: Pull
    change: Change
    path: str
    data: bytes
    head: str
    home: str | None = None


def shown(
    steward: Steward, repository: Repository, target: Pull, observation: Observation, *, ask: bool
) -> tuple[Planned, ...]:
    """Give the plans of a pull request as they are known; what is not measured yet is asked for."""
    pull = observation.pull
    if steward.targets is None or pull.state != "open":
        return ()
    found = []
    for change in observation.changes:
        path = migration_file(change)
        data = None if path is None else repository.file(path, pull.head_sha)
        if path is not None and data is not None:
            matter = _Matter(repository, target, change, path, data, pull.head_sha, pull.head_repository)
            found.append(_shown(steward, matter, ask=ask))
    return tuple(found)


def _shown(steward: Steward, of: _Matter, *, ask: bool) -> Planned:
    target, name = of.target, of.change.contract.name
    key = key_of(of.data, of.change)
    with steward.store.reading() as transaction:
        known = read(transaction.recall(PLAN, f"{target.stream}:{name}"))
    if known is not None and known.key == key:
        other = _taken(steward, target, name, known.goal)
        return replace(known, trouble=other) if other else known
    if (of.home or "").casefold() != target.repository.casefold():
        return Planned(name, "?", "?", of.path, key=key, trouble=_FORK)
    if ask:
        with steward.store.transaction() as transaction:
            transaction.enqueue(plan_job(target, name))
    return Planned(name, *_versions(of.data, of.path), of.path, key=key, pending=True)


def _versions(data: bytes, path: str) -> tuple[str, str]:
    try:
        spec = spec_of(data[: MAX_BYTES + 1].decode("utf-8", "replace"), path)
    except UsageError:
        return "?", "?"
    return spec.source, spec.goal


def migration_file(change: Change) -> str | None:
    """Find the migration file that a change brings: in a folder `migrations`, named after its contract or within it."""
    name = change.contract.name
    found = [
        path for path in change.changed
        if path.lower().endswith((".yml", ".yaml", ".json")) and "migrations" in path.split("/")[:-1]
        and name in path.split("/")[:-1]
    ]  # fmt: skip
    return max(found, default=None)


def key_of(data: bytes, change: Change) -> str:
    """Make a key of what a plan is about: the migration file and both schemas."""
    return hashlib.sha256(change.digest.encode() + data).hexdigest()[:24]


def plan_job(target: Pull, contract: str) -> NewJob:
    """Make the job that measures a plan."""
    lane = f"{PLAN}:{target.stream}:{contract}"
    return NewJob(
        PLAN, {**asdict(target), "contract": contract}, lane=lane, pool=MIGRATION, installation=target.installation
    )


def handle(steward: Steward, lease: Lease) -> None:
    """Do one `migration.plan` job: measure, keep the plan, and have the pull request look at it."""
    payload = dict(lease.payload)
    contract = str(payload.pop("contract"))
    target = Pull(**payload)
    repository = steward.app.repository(target.installation, target.repository)
    pull = repository.pull(target.number)
    if pull.state != "open" or steward.targets is None:
        return
    found = change_of(steward, repository, target, contract)
    path = None if found is None else migration_file(found)
    if found is None or path is None:
        return
    data = repository.file(path, pull.head_sha) or b""
    planned, broken = _measured(steward, _Matter(repository, target, found, path, data, pull.head_sha))
    planned = replace(planned, key=key_of(data, found))
    planned = planned.at(steward.migration_url(stream_of(target.repository_id, contract, planned.goal)))
    now = steward.clock()
    with steward.store.transaction() as transaction:
        before = transaction.recall(PLAN, f"{target.stream}:{contract}")
        transaction.remember(PLAN, f"{target.stream}:{contract}", planned.text(), now)
        transaction.remember(FAILING, f"{target.stream}:{contract}", migration_pages.write(_shown_rows(broken)), now)
        if planned.pending:  # whoever counts is at it
            transaction.enqueue(replace(plan_job(target, contract), due=now + EVERY))
        elif planned.goal and not planned.trouble:
            fact = _fact(target, planned, now, data, found.contract.maintainers)
            transaction.append(stream_of(target.repository_id, contract, planned.goal), [fact])
        if not planned.pending or planned.text() != before:
            transaction.enqueue(examination(target))


def _shown_rows(broken: Sequence[Failing]) -> list[Broken]:
    return [
        Broken(
            shown_key(one.key), one.why.place, one.why.rule, one.why.sentence, _cut(one.document) if n < SAMPLES else ""
        )
        for n, one in enumerate(broken)
    ]


def _cut(document: object) -> str:
    """Give the beginning of a document; SQLite may hold it as bytes."""
    text = document.decode(errors="replace") if isinstance(document, bytes) else str(document or "")
    return text[:SAMPLE]


def _fact(target: Pull, planned: Planned, now: datetime, data: bytes, maintainers: Sequence[str]) -> NewEvent:
    spec = spec_of(data.decode("utf-8", "replace"), planned.path)
    body = {
        "place": asdict(target.place), "contract": planned.contract, "from": planned.source, "to": planned.goal,
        "pull": target.number, "path": planned.path, "target": planned.target, "key": planned.key,
        "rows": planned.rows if planned.counted else None,
        "zone": spec.window.zone if spec.window else "UTC", "needs": list(spec.needs), "maintainers": list(maintainers),
        "says": f"{planned.failing:,} of {planned.rows:,} rows fail as they are; risk {planned.risk}",
    }  # fmt: skip
    return NewEvent("migration.planned", f"planned:{planned.key}:{now.isoformat()}", now, body)


def change_of(steward: Steward, repository: Repository, target: Pull, name: str) -> Change | None:
    """Read the change of one contract as its pull request makes it, or made it where it is merged."""
    pull = repository.pull(target.number)
    try:
        config = bases.config_of(repository, pull, steward.defaults.of(target).config)
    except ConfigError:
        return None
    return None if config is None else bases.change_of(repository, pull, config, name)


def work_of(change: Change, path: str, data: bytes) -> Work:
    """Make a migration of its file and the two documents that were reviewed; `UsageError` where it cannot be."""
    spec = spec_of(data[: MAX_BYTES + 1].decode("utf-8", "replace"), path)
    if spec.contract != change.contract.name:
        raise UsageError(f"{path} is of the contract {spec.contract}, and lies with {change.contract.name}")
    if change.base is None or change.head is None:
        raise UsageError("there is nothing to move: the contract begins or ends with this pull request")
    for said, document in ((spec.source, change.base), (spec.goal, change.head)):
        version = declared(change.contract.scheme, document)
        if version is not None and str(version) not in (said, f"v{said}"):
            raise UsageError(f"{path} is about version {said}, and {document.path} declares {version}")
    return Work(spec, change.base.value, change.head.value)


def _measured(steward: Steward, of: _Matter) -> _Counted:
    name, target = of.change.contract.name, of.target
    begun = Planned(name, "", "", of.path)
    try:
        work = work_of(of.change, of.path, of.data)
        begun = replace(begun, source=work.spec.source, goal=work.spec.goal)
        assert steward.targets is not None, "asked before"
        place = known_to(steward.targets, work.spec.target or name, target.repository)
        _refuse_twice(steward, target, work.spec)
        if place.runner:
            return measured_elsewhere(steward, target, place, work, begun), ()
        return _counted(steward, place, work, begun, tuple(_together(of, work.spec)))
    except (UsageError, MigrationError) as error:
        return replace(begun, trouble=str(error)[:1_500]), ()


def _refuse_twice(steward: Steward, target: Pull, spec: Spec) -> None:
    """One version is reached once: the second to ask for it has to take a higher one."""
    other = _taken(steward, target, spec.contract, spec.goal)
    if other:
        raise UsageError(other)


def _taken(steward: Steward, target: Pull, contract: str, goal: str) -> str:
    with steward.store.reading() as transaction:
        found = fold(transaction.events(stream_of(target.repository_id, contract, goal)))
    if found is None or found.pull == target.number or not taken(found):
        return ""
    return (
        f"version {goal} of {contract} is already published by pull request #{found.pull}: choose a higher version, or "
        "roll that one back first"
    )


def taken(found: Migration) -> bool:
    """Say whether a version is taken: its migration is at work, or done."""
    return found.state in ACTIVE or found.state in ("waiting", "done", "skipped")


def _counted(steward: Steward, place: Target, work: Work, begun: Planned, together: tuple[str, ...]) -> _Counted:
    with ExitStack() as stack:
        engine = open_target(place)
        stack.callback(engine.close)
        staging = None
        if place.staging and steward.targets is not None:
            staging = open_target(targets.find(place.staging, steward.targets))
            stack.callback(staging.close)
        try:
            made = plan.make(engine, work.spec, work.conversions, staging=staging)
            unmovable, broken = plan.dry(engine, work.conversions)
        except engine.faults as error:
            log.warning("a target refused to be counted: %s", told(error), extra={"action": "plan.failed"})
            raise MigrationError(
                f"the database refused to be counted: {told(error)}. `/migrate test` tries again"
            ) from None
    return replace(of_plan(made, begun, place, together), unmovable=unmovable), broken


def of_plan(made: plan.Plan, begun: Planned, place: Target, together: tuple[str, ...] = ()) -> Planned:
    """Write a plan as people are shown it, without the key of any row."""
    why = Counter(one.sentence for _, one in made.tested.failures)
    spec = made.spec
    return replace(
        begun, source=spec.source, goal=spec.goal, target=place.name, rows=made.survey.rows,
        failing=made.impact.failing, findings=made.impact.by_finding[:50], seconds=made.seconds, rate=made.tested.rate,
        parts=made.parts,
        tested=made.tested.rows, tested_on=place.staging or place.name, unfit=len(made.tested.failures),
        lost=made.tested.lost, why_unfit=tuple(why.most_common(5)), risk=made.risk, reasons=made.reasons,
        complexity=spec.complexity, irreversible=spec.transform.irreversible,
        transform=tuple(step.sentence for step in spec.transform.steps),
        refused=tuple(one.sentence for one in made.survey.obstacles if one.refused),
        carried=tuple(one.sentence for one in made.survey.obstacles if not one.refused),
        window=spec.window.sentence if spec.window else "", together=together,
    )  # fmt: skip


def _together(of: _Matter, spec: Spec) -> Iterator[str]:
    """Find the contracts whose migrations need each other, this one among them; nothing where none do."""
    if not spec.needs:
        return
    beside = [
        path for path in sorted(of.change.changed) if "migrations" in path.split("/")[:-1] and path.endswith(".yml")
    ]
    specs: list[Spec] = [spec]
    for path in beside[:20]:
        data = of.repository.file(path, of.head) if path != spec.path else None
        if data is not None:
            specs.append(spec_of(data.decode("utf-8", "replace"), path))
    group: Sequence[Spec] = next((each for each in order(specs) if spec in each), ())
    if len(group) > 1:
        yield from sorted(one.contract for one in group)
