"""What is asked of a run, done by its worker; each gives the sentence that is kept as its answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from bot.migrations.run import Worker
from bot.migrations.work import Work
from rules.migration_state import Ask


def _paused(worker: Worker, ask: Ask) -> str:
    if worker.run.state == "running":
        worker.hold(f"paused, as {ask.login} asked")
    return f"it is {worker.run.state}"


def _resumed(worker: Worker, ask: Ask) -> str:
    if worker.run.state != "paused":
        return f"it is {worker.run.state}; there is nothing to go on with"
    if ask.accept:
        worker.options = replace(worker.options, allowed=None)
    worker.again()
    return "it goes on" + ("; rows that fail stay behind in a side table" if ask.accept else "")


def _aborted(worker: Worker, ask: Ask) -> str:
    if worker.run.state == "cut-over":
        return "it has cut over; `/migrate rollback` takes it back, keeping what was written"
    worker.abort(why=f"aborted, as {ask.login} asked: nothing of the table was changed")
    return "nothing of the table was changed"


def _rolled_back(worker: Worker, ask: Ask) -> str:
    reasons = Work.of_text(worker.run.spec).spec.transform.irreversible
    if worker.run.state == "cut-over" and reasons:
        return f"refused: this migration has no way back after cutover: {reasons[0]}"
    worker.options = replace(worker.options, accept=ask.accept)
    worker.roll_back()
    return "rolled back; what was written since cutover was kept"


SERVED: dict[str, Callable[[Worker, Ask], str]] = {
    "pause": _paused, "resume": _resumed, "abort": _aborted, "rollback": _rolled_back, "start": _resumed,
    "reschedule": lambda worker, _: f"it has begun: it is {worker.run.state}",
}  # fmt: skip
