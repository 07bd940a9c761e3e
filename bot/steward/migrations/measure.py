"""The plan of a migration whose rows are elsewhere: what its runner says of them, before anybody approves it."""

from __future__ import annotations

from dataclasses import replace

from bot.migrations.errors import MigrationError
from bot.migrations.runners import plans
from bot.migrations.runners.contract import Figures
from bot.migrations.runners.errands import DEADLINE, Carrier
from bot.migrations.values import Target
from bot.migrations.work import Work
from bot.steward.house import Steward
from bot.steward.migrations.elsewhere import Log, opened
from bot.steward.migrations.values import stream_of
from bot.steward.values import Target as Pull
from notices.migration_values import Planned
from rules.jsontext import digest


def measured(steward: Steward, target: Pull, place: Target, work: Work, begun: Planned) -> Planned:
    """Have the rows counted by who sees them; `pending` for as long as that takes. Raises `MigrationError`.

    Each call begins a count of its own, unless one of the same plan is under way.
    """
    spec = work.spec
    work.check  # noqa: B018 a schema that cannot be used is refused before anything is begun
    log = Log(steward.store, stream_of(target.repository_id, spec.contract, spec.goal), steward.clock)
    with opened(steward, place) as runner:
        problems = runner.check()
        if problems:
            raise MigrationError("; ".join(problems))
        found = replace(
            begun, target=place.name, elsewhere=runner.place, complexity=spec.complexity,
            irreversible=spec.transform.irreversible, transform=tuple(one.sentence for one in spec.transform.steps),
            window=spec.window.sentence if spec.window else "",
        )  # fmt: skip
        if "test" not in place.modes:
            return _weighed(replace(found, counted=False), place)
        run = digest([log.stream, target.number, spec.text, work.old, work.new])[:8]
        name = plans.key(run, "test", log.ended(f"{run}-test-") + 1)
        deadline = DEADLINE if place.deadline is None else place.deadline
        report = Carrier(log, runner, steward.clock(), deadline, None).carry(
            plans.errand(work, place.name, name, "test")
        )
    if not report.over:
        return replace(found, pending=True)
    if report.state == "failed":
        raise MigrationError(f"{runner.place} did not count the rows: {report.says}. `/migrate test` asks it again")
    return _weighed(_told(found, report.figures), place)


def _told(found: Planned, said: Figures) -> Planned:
    rows, failing = said.rows or 0, said.failing or 0
    return replace(
        found, rows=rows, failing=said.affected if said.affected is not None else failing, unmovable=failing,
        findings=said.findings, seconds=said.seconds or 0.0,
    )  # fmt: skip


def _weighed(found: Planned, place: Target) -> Planned:
    high = [f"no way back after cutover: {reason}" for reason in found.irreversible]
    if "rollback" not in place.modes:
        high.append(f"{found.elsewhere} cannot take it back")
    more = [f"the rows are validated by {found.elsewhere}, which Concordat cannot check"]
    if found.unmovable:
        more.append(f"{found.unmovable:,} of {found.rows:,} rows cannot be migrated")
    if not found.counted:
        more.append("nobody has counted its rows")
    return replace(found, risk="HIGH" if high else "MODERATE", reasons=tuple(high + more))
