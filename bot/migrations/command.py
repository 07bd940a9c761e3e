"""`concordat migrate`: plan, test, run and follow a migration without the App.

Exit codes: 0 done, 1 paused or refused in this state, 2 unusable input.
"""

from __future__ import annotations

import argparse
import os
import socket
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from bot.errors import UsageError, unreadable, unusable
from bot.migrations import elsewhere, plan, targets, words
from bot.migrations.engine import Engine, open_target
from bot.migrations.errors import MigrationError, Refused, told
from bot.migrations.run import Worker, begin, take
from bot.migrations.running import Options
from bot.migrations.values import OVER, Run, Target
from bot.migrations.work import Work, spec_of
from rules.documents import DocumentError, parse
from rules.jsontext import JsonValue, dumps
from rules.migration_spec import MAX_BYTES, Spec, order

DONE, STOPPED = 0, 1


def migrate(arguments: argparse.Namespace, out: TextIO) -> int:
    """Do one task of `concordat migrate`."""
    try:
        place, work = _asked(arguments)
        if place.runner:
            return elsewhere.migrate(arguments.task, place, work, arguments, out)
        return _TASKS[arguments.task](arguments, out)
    except MigrationError as error:
        sys.stderr.write(f"concordat: {error}\n")
        return STOPPED


def _asked(arguments: argparse.Namespace) -> tuple[Target, Work | None]:
    """Find the target that a task is about, and the migration where it names a file."""
    if hasattr(arguments, "spec"):
        work = _read(arguments)
        return targets.find(_name(arguments, work.spec), arguments.targets), work
    return targets.find(arguments.name, arguments.targets), None


def _read(arguments: argparse.Namespace) -> Work:
    path: Path = arguments.spec
    try:
        with path.open("rb") as file:
            text = file.read(MAX_BYTES + 1).decode("utf-8", "replace")
    except OSError as error:
        raise unreadable(path, error) from error
    spec = spec_of(text, str(path))
    return Work(spec, _schema(path, spec.old, "old", spec.source), _schema(path, spec.new, "new", spec.goal))


def _schema(path: Path, named: str | None, key: str, version: str) -> JsonValue:
    if named is None:
        raise UsageError(f"{path} has no `{key}`: name the schema's file of {version}, from the top of the repository")
    folders = [folder / named for folder in path.absolute().parents]
    file = next((one for one in folders if one.is_file()), folders[0])
    try:
        with file.open("rb") as opened:
            return parse(str(file), opened.read()).value
    except OSError as error:
        raise unreadable(file, error) from error
    except DocumentError as error:
        raise unusable([error.problem]) from error


@contextmanager
def _opened(arguments: argparse.Namespace, name: str) -> Iterator[Engine]:
    target: Target = targets.find(name, arguments.targets)
    engine = open_target(target)
    try:
        yield engine
    except engine.faults as error:
        raise MigrationError(f"the database refused a statement: {told(error)}") from None
    finally:
        engine.close()


def _name(arguments: argparse.Namespace, spec: Spec) -> str:
    return arguments.target or spec.target or spec.contract


def _plan(arguments: argparse.Namespace, out: TextIO) -> int:
    work = _read(arguments)
    with _opened(arguments, _name(arguments, work.spec)) as engine, _counting(out, "counting") as told:
        found = plan.make(engine, work.spec, work.conversions, progress=told)
    out.write(words.plan(found))
    return STOPPED if found.refused else DONE


def _test(arguments: argparse.Namespace, out: TextIO) -> int:
    work = _read(arguments)
    with _opened(arguments, _name(arguments, work.spec)) as engine:
        found = plan.sample(engine, work.conversions, arguments.rows)
    out.write(words.tested(found))
    return STOPPED if found.failures else DONE


def _run(arguments: argparse.Namespace, out: TextIO) -> int:
    work = _read(arguments)
    with _opened(arguments, _name(arguments, work.spec)) as engine:
        survey = engine.survey()
        if not survey.rows:
            out.write(
                f"{work.spec.title}: 0 records affected, no migration required (the table is empty); the version can "
                "be published as it is\n"
            )
            return DONE
        if arguments.approved_rows is not None and survey.rows != arguments.approved_rows:
            raise Refused(
                f"the record count changed since approval: {arguments.approved_rows:,} then, {survey.rows:,} now. "
                "Re-run the impact analysis (`concordat migrate plan`); to go on anyway, leave --approved-rows out"
            )
        _refuse_twice(engine, work.spec)
        if work.spec.needs:
            _refuse_circle(work.spec, arguments.until)
        work.conversions  # noqa: B018 schemas that cannot be used are refused before anything is made
        begun = begin(engine, work.text(), title=work.spec.title, contract=work.spec.contract, goal=work.spec.goal)
        return _go(engine, begun, work, arguments, out)


def _refuse_circle(spec: Spec, until: str | None) -> None:
    """Migrations that need each other stop before cutover until each of them is that far."""
    path = Path(spec.path).absolute()
    found = [spec_of(one.read_text(encoding="utf-8"), str(one)) for one in sorted(path.parent.parent.glob("*/*.yml"))]
    together = next((group for group in order([*found, spec]) if any(one.path == str(path) for one in group)), ())
    if len(together) > 1 and until != "cutover":
        names = " and ".join(sorted(one.contract for one in together))
        raise Refused(
            f"Circular dependency detected. Please migrate {names} together: run each with `--until cutover`, which "
            "does all but the swap, and when every one has come that far, resume one after the other"
        )


def _refuse_twice(engine: Engine, spec: Spec) -> None:
    """One version is reached once: a second run towards it has nothing left to do."""
    for run in engine.runs():
        if run.state in {"cut-over", "done"} and run.facts.get("goal") == spec.goal:
            raise Refused(
                f"version {spec.goal} of {spec.contract} is already published by run {run.id}: choose a higher "
                "version, or roll that run back first"
            )
        if run.state in {"cut-over", "done"}:
            return


def _resume(arguments: argparse.Namespace, out: TextIO) -> int:
    with _opened(arguments, arguments.name) as engine:
        run = _latest(engine)
        if run.state not in {"running", "paused"}:
            raise Refused(f"run {run.id} is {run.state}; there is nothing to go on with")
        return _go(engine, run, Work.of_text(run.spec), arguments, out)


def _go(engine: Engine, run: Run, work: Work, arguments: argparse.Namespace, out: TextIO) -> int:
    options = Options(
        batch=arguments.batch,
        allowed=None if arguments.exclude or work.spec.exclude else max(arguments.allowed, work.spec.allowed),
        most_active=arguments.most_active,
        retain_seconds=arguments.retain * 3600,
        until=arguments.until,
    )
    with _worker(engine, run, work, options, out) as worker:
        if worker.run.state == "paused":
            worker.again()
        ended = worker.work()
        if ended.state == "paused" and work.spec.on_failure == "roll-back" and ended.facts.get("failed"):
            ended = worker.roll_back()
        out.write(words.report(ended, engine.timeline(ended.id), engine.count("failing")))
    return DONE if ended.state in {"cut-over", "running", "done"} else STOPPED


@contextmanager
def _worker(engine: Engine, run: Run, work: Work, options: Options, out: TextIO) -> Iterator[Worker]:
    _bury(engine, run)
    taken = take(engine, run, f"{socket.gethostname()}:{os.getpid()}")
    if taken is None:
        raise Refused(
            f"run {run.id} has a worker ({run.worker}); pause it first, or wait until it has been silent for 30 s"
        )
    with _bar(out) as progress:
        worker = Worker(engine, taken, work.conversions, options, progress)
        try:
            yield worker
        finally:
            engine.release()


def _bury(engine: Engine, run: Run) -> None:
    """Do not wait for the lease of a worker of this machine that is no longer there."""
    host, _, number = (run.worker or "").rpartition(":")
    if run.leased and host == socket.gethostname() and number.isdigit() and not _alive(int(number)):
        engine.expire(run.id, str(run.worker))


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _status(arguments: argparse.Namespace, out: TextIO) -> int:
    with _opened(arguments, arguments.name) as engine:
        run = _latest(engine)
        engine.attend(run.id)
        timeline, log = engine.timeline(run.id), "back" if run.state == "cut-over" else "log"
        failing = (*engine.failing(10), *engine.kept(10)) if run.state not in OVER else ()
        if arguments.format == "json":
            shown = {name: getattr(run, name) for name in ("id", "state", "step", "checkpoint", "facts", "leased")}
            shown |= {"percentage": words.percentage(run), "logged": engine.count(log)}
            out.write(dumps(shown, indent=2) + "\n")
        else:
            out.write(words.status(run, timeline, failing, engine.count(log)))
    return DONE


def _pause(arguments: argparse.Namespace, out: TextIO) -> int:
    with _opened(arguments, arguments.name) as engine:
        run = _latest(engine)
        if run.state != "running":
            raise Refused(f"run {run.id} is {run.state}, not running")
        engine.ask(run.id, "pause")
    out.write(f"run {run.id} pauses at the next batch; `concordat migrate resume {arguments.name}` goes on with it\n")
    return DONE


def _end(arguments: argparse.Namespace, out: TextIO) -> int:
    """Abort, roll back or finish: by the run's worker where it has one, else here."""
    with _opened(arguments, arguments.name) as engine:
        run = _latest(engine)
        work = Work.of_text(run.spec)
        if run.state in OVER:
            raise Refused(f"run {run.id} is over: {run.state}")
        if arguments.task == "abort" and run.state == "cut-over":
            raise Refused(
                f"run {run.id} has cut over: `concordat migrate rollback` takes it back, keeping what was written"
            )
        if arguments.task == "rollback" and run.state == "cut-over" and work.spec.transform.irreversible:
            raise Refused(f"this migration has no way back after cutover: {work.spec.transform.irreversible[0]}")
        if arguments.task == "finish" and run.state != "cut-over":
            raise Refused(f"run {run.id} is {run.state}; only one that has cut over can be finished")
        if run.leased and run.state == "running":
            engine.ask(run.id, arguments.task)
            out.write(f"run {run.id} is told to {arguments.task}; its worker does it at the next batch\n")
            return DONE
        with _worker(engine, run, work, Options(accept=arguments.accept), out) as worker:
            done: Mapping[str, Callable[[], Run]] = {
                "abort": worker.abort, "rollback": worker.roll_back, "finish": worker.finish,
            }  # fmt: skip
            ended = done[arguments.task]()
            out.write(words.report(ended, engine.timeline(run.id), 0))
    return DONE


def _latest(engine: Engine) -> Run:
    runs = engine.runs()
    if not runs:
        raise Refused(f"there is no run of {engine.target.name}")
    return runs[0]


_TASKS: Mapping[str, Callable[[argparse.Namespace, TextIO], int]] = {
    "plan": _plan, "test": _test, "run": _run, "status": _status, "pause": _pause, "resume": _resume, "rollback": _end,
    "abort": _end, "finish": _end,
}  # fmt: skip


@contextmanager
def _counting(out: TextIO, what: str) -> Iterator[Callable[[int], None]]:
    """Show on a terminal how far a count is; elsewhere nothing, so that the answer stands alone."""
    if not out.isatty():
        yield lambda _: None
        return
    from rich.progress import Progress, SpinnerColumn, TextColumn  # noqa: PLC0415 only a terminal needs it

    with Progress(SpinnerColumn(), TextColumn("{task.description}"), TextColumn("{task.completed:,.0f} rows")) as bar:
        task = bar.add_task(what, total=None)
        yield lambda rows: bar.update(task, completed=rows)


@contextmanager
def _bar(out: TextIO) -> Iterator[Callable[[Run], None]]:
    """Show a run: a real bar on a terminal, elsewhere a line for each step and every few seconds."""
    if not out.isatty():
        yield _Lines(out).tell
        return
    from rich.progress import (  # noqa: PLC0415 only a terminal needs it
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TaskProgressColumn,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    with Progress(
        TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
        TextColumn("ETA"), TimeRemainingColumn(),
    ) as bar:  # fmt: skip
        task = bar.add_task("checks", total=None)
        yield lambda run: bar.update(
            task, description=run.step, completed=run.facts.get("copied", 0), total=run.facts.get("rows")
        )


class _Lines:
    """Tells a run in plain lines."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._step, self._at = "", 0.0

    def tell(self, run: Run) -> None:
        """Write a line where the step is another, or five seconds have gone by."""
        now = time.monotonic()
        if run.step == self._step and now - self._at < 5:
            return
        self._step, self._at = run.step, now
        facts = run.facts
        self._out.write(f"{run.step}: {facts.get('copied', 0):,} of {facts.get('rows', 0):,} rows, "
                        f"{words.percentage(run):.0f} %\n")  # fmt: skip
        self._out.flush()
