"""`concordat migrate` on data that lives elsewhere: the same words, carried out as errands of the target's runner."""

from __future__ import annotations

import argparse
import os
import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, TextIO

from bot.clock import system_clock
from bot.errors import UsageError
from bot.migrations import words
from bot.migrations.errors import Refused
from bot.migrations.runners import plans
from bot.migrations.runners.contract import MODES, Around, Mode, Report, Runner
from bot.migrations.runners.errands import DEADLINE, Carrier
from bot.migrations.runners.ledger import Ledger, place_of
from bot.migrations.runners.registry import kind_of
from bot.migrations.values import Target
from bot.migrations.work import Work
from notices.escape import visible
from rules.jsontext import dumps

if TYPE_CHECKING:
    from bot.github.app import App
    from bot.github.repository import Repository  # long to load, and for the workflow runner alone

DONE, STOPPED = 0, 1
_FORWARD: tuple[Mode, ...] = ("copy", "cutover")
_SOONEST, _LATEST = 0.2, 5.0


@dataclass
class _Desk:
    """One call of the command: on which target, with whom, and where it writes."""

    place: Target
    runner: Runner
    ledger: Ledger
    arguments: argparse.Namespace
    out: TextIO

    def carry(self, work: Work, run: str, mode: Mode) -> Report:
        """Carry an errand to its end, and show how far it is; a failed one is begun anew."""
        number, found = self.ledger.of(run, mode)
        failed = found.report is not None and found.report.state == "failed"
        name = plans.key(run, mode, max(1, number) + failed)
        more = {"exclude": bool(getattr(self.arguments, "exclude", False)),
                "accept": bool(getattr(self.arguments, "accept", False))}  # fmt: skip
        errand = plans.errand(work, self.place.name, name, mode, **more)
        allowed = None if mode == "test" else plans.allowed(work, exclude=more["exclude"])
        return self._until(mode, lambda: self._carrier(allowed).carry(errand))

    def halt(self, work: Work, run: str, mode: Mode) -> None:
        """Have what is under way stopped, and wait until it is."""
        number, _ = self.ledger.of(run, mode)
        if number:
            errand = plans.errand(work, self.place.name, plans.key(run, mode, number), mode)
            self._until(mode, lambda: self._carrier(None).halt(errand, "it was told to stop") or Report("failed"))

    def _carrier(self, allowed: int | None) -> Carrier:
        deadline = DEADLINE if self.place.deadline is None else self.place.deadline
        return Carrier(self.ledger, self.runner, system_clock(), deadline, allowed)

    def _until(self, mode: Mode, look: Callable[[], Report]) -> Report:
        wait, told = _SOONEST, ""
        while not (report := look()).over:
            line = _line(mode, report)
            if line != told:
                self.out.write(f"{visible(line)}\n")
                self.out.flush()
                told = line
            time.sleep(wait)
            wait = min(_LATEST, wait * 1.5)
        return report

    def latest(self) -> tuple[str, Work]:
        """Give the latest run and its plan."""
        kept = self.ledger.latest()
        if kept is None:
            raise Refused(f"there is no run of {self.place.name} from this machine's command line")
        return str(kept["run"]), Work.of_text(str(kept["work"]))

    def say(self, *lines: str) -> None:
        """Write lines for people."""
        self.out.write("".join(f"{visible(line)}\n" for line in lines))


def _line(mode: Mode, report: Report) -> str:
    figures = report.figures
    rows = f"{figures.written or 0:,} of {figures.rows:,} rows" if figures.rows is not None else ""
    share = f"{figures.percent:.0f} %" if figures.percent is not None else ""
    said = ", ".join(filter(None, (figures.step, rows, share, report.says)))
    return f"{mode}: {said or 'under way'}"


def migrate(task: str, place: Target, work: Work | None, arguments: argparse.Namespace, out: TextIO) -> int:
    """Do one task of `concordat migrate`; raises `MigrationError` and `UsageError`."""
    with _opened(place) as runner:
        desk = _Desk(place, runner, Ledger(place_of(place.name), system_clock), arguments, out)
        if work is not None:
            return _OF_FILES[task](desk, work)
        return _OF_RUNS[task](desk)


@contextmanager
def _opened(place: Target) -> Iterator[Runner]:
    kind = kind_of(place)
    assert kind.elsewhere is not None, "a target with a runner of its own"
    with _around() as around:
        runner = kind.elsewhere(place, around)
        try:
            yield runner
        finally:
            runner.close()


@contextmanager
def _around() -> Iterator[Around]:
    """Give what the command line can: the App's own credentials, where a runner asks for a repository."""
    from bot.github.errors import GitHubError  # noqa: PLC0415 long to load

    apps: list[Callable[[], None]] = []

    def app() -> App:
        from bot.github import App  # noqa: PLC0415 as above, and for the workflow runner alone
        from bot.settings import Settings, SettingsError  # noqa: PLC0415 as above

        try:
            found = Settings.from_environment(os.environ)
        except SettingsError as error:
            raise UsageError(f"this target is migrated by a workflow, which the App starts: {error}") from None
        made = App(found.app_id, found.private_key, found.github_api_url)
        apps.append(made.close)
        return made

    def repository(name: str) -> Repository:
        made = app()
        return made.repository(made.find(name)[0], name)

    try:
        yield Around(repository, lambda: app().login(), system_clock)
    except GitHubError as error:
        raise Refused(f"{error}; what is under way goes on, and the same command looks at it again") from None
    finally:
        for close in apps:
            close()


# What is asked of a migration file


def _plan(desk: _Desk, work: Work) -> int:
    problems = _checked(desk, work)
    spec = work.spec
    desk.say(f"Migration plan: {spec.title}", f"  Carried out by {desk.runner.place}")
    desk.say(*(f"  REFUSED: {problem}" for problem in problems))
    if not problems and "test" in desk.place.modes:
        _counted(desk, work)
    back = "rollback" in desk.place.modes
    way = f"no, {desk.runner.place} cannot take it back"
    if back:
        way = "before cutover what was made is removed; after it by `down`"
        if spec.transform.irreversible:
            way = f"before cutover at any time; after it NOT: {spec.transform.irreversible[0]}"
    desk.say(f"  Rollback:    {way}", "  Transform:")
    desk.say(*(f"    {number}. {step.sentence}" for number, step in enumerate(spec.transform.steps, 1)))
    desk.say("  Rows are validated by who carries it out; Concordat does not see them.")
    return STOPPED if problems else DONE


def _checked(desk: _Desk, work: Work) -> tuple[str, ...]:
    work.check  # noqa: B018 a schema that cannot be used is refused before anything is begun
    return desk.runner.check()


def _counted(desk: _Desk, work: Work) -> Report:
    report = desk.carry(work, secrets.token_hex(4), "test")
    if report.state == "failed":
        raise Refused(f"{desk.runner.place} did not count the rows: {report.says}")
    figures = report.figures
    affected = figures.failing if figures.affected is None else figures.affected
    desk.say(
        f"  Rows:        {figures.rows or 0:,}",
        f"  Affected:    {affected or 0:,} rows fail {work.spec.goal} as they are",
        f"  Cannot:      {figures.failing or 0:,} rows cannot be migrated",
    )  # fmt: skip
    desk.say(*(f"    {number:>12,}  {at or 'the root'}: {rule}" for at, rule, number in figures.findings))
    if figures.seconds:
        desk.say(f"  Duration:    about {words.clock(figures.seconds)}, as it estimates")
    return report


def _test(desk: _Desk, work: Work) -> int:
    if "test" not in desk.place.modes:
        raise Refused(f"{desk.runner.place} cannot test: `modes` of {desk.place.name} does not name it")
    for problem in _checked(desk, work):
        raise Refused(problem)
    desk.say(f"Test by {desk.runner.place}; nothing is written")
    return STOPPED if _counted(desk, work).figures.failing else DONE


def _run(desk: _Desk, work: Work) -> int:
    kept = desk.ledger.latest()
    if kept is not None and _state(desk.ledger, str(kept["run"])) not in ("done", "rolled back"):
        raise Refused(
            f"run {kept['run']} of {desk.place.name} is {_state(desk.ledger, str(kept['run']))}: `concordat migrate "
            f"resume {desk.place.name}` goes on with it, `rollback` takes it back, `finish` ends it"
        )
    for problem in _checked(desk, work):
        raise Refused(problem)
    run = secrets.token_hex(4)
    desk.ledger.begin(run, work.text(), until=desk.arguments.until or "")
    return _go(desk, run, work)


def _go(desk: _Desk, run: str, work: Work) -> int:
    for mode in _FORWARD:
        if mode == "cutover" and desk.arguments.until == "cutover":
            desk.say(f"Run {run}: all is done but the cutover; `concordat migrate resume {desk.place.name}` does it")
            return DONE
        if desk.ledger.done(run, mode) is not None:
            continue
        report = desk.carry(work, run, mode)
        if report.state == "failed":
            desk.say(f"Migration stopped at {mode}: {report.says}", *([f"  See {report.url}"] if report.url else []))
            desk.say(f"  `concordat migrate resume {desk.place.name}` begins it anew, `abort` has what it made removed")
            return STOPPED
        figures = report.figures
        if figures.rows is not None:
            desk.say(f"{mode}: {figures.written or 0:,} of {figures.rows:,} rows, {figures.failing or 0:,} stay behind")
    desk.say(f"Run {run}: cut over, as {desk.runner.place} says", f"  `concordat migrate rollback {desk.place.name}`")
    return DONE


# What is asked of a run


def _state(ledger: Ledger, run: str) -> str:
    """Say where a run stands, by its errands."""
    if ledger.done(run, "rollback"):
        return "rolled back"
    if ledger.done(run, "finish"):
        return "done"
    if ledger.done(run, "cutover"):
        return "cut over"
    return "ready for its cutover" if ledger.done(run, "copy") else "not cut over"


def _status(desk: _Desk) -> int:
    run, work = desk.latest()
    shown: dict[str, object] = {"run": run, "state": _state(desk.ledger, run), "by": desk.runner.place}
    errands = []
    for mode in MODES:
        number, found = desk.ledger.of(run, mode)
        if number:
            said = found.report.state if found.report else "under way"
            why = found.report.says if found.report else ""
            errands.append({"mode": mode, "number": number, "state": said, "says": why})
    if desk.arguments.format == "json":
        desk.out.write(dumps({**shown, "errands": errands}, indent=2) + "\n")
        return DONE
    desk.say(f"Run {run}: {work.spec.title}, {shown['state']}", f"  By:       {desk.runner.place}")
    desk.say(*(f"  {one['mode']} {one['number']}: {one['state']} {one['says']}".rstrip() for one in errands))
    return DONE


def _pause(desk: _Desk) -> int:
    raise Refused(
        f"what is under way at {desk.runner.place} cannot be held from here: `concordat migrate abort "
        f"{desk.place.name}` stops it, and `run --until cutover` waits before the cutover"
    )


def _resume(desk: _Desk) -> int:
    run, work = desk.latest()
    state = _state(desk.ledger, run)
    if state not in ("not cut over", "ready for its cutover"):
        raise Refused(f"run {run} is {state}; there is nothing to go on with")
    return _go(desk, run, work)


def _back(desk: _Desk) -> int:
    run, work = desk.latest()
    state = _state(desk.ledger, run)
    over = state == "cut over"
    if state in ("rolled back", "done") or (over and desk.arguments.task == "abort"):
        raise Refused(f"run {run} is {state}" + ("; `concordat migrate rollback` takes it back" if over else ""))
    if over and work.spec.transform.irreversible:
        raise Refused(f"this migration has no way back after cutover: {work.spec.transform.irreversible[0]}")
    able = "rollback" in desk.place.modes
    if over and not able:
        raise Refused(f"{desk.runner.place} cannot take it back; restore the data where it is, from its backup")
    for mode in () if over else _FORWARD:
        desk.halt(work, run, mode)
    if not able:
        _close(desk, run, "rollback")
        desk.say(f"Run {run}: stopped; what it made stays where it is, since {desk.runner.place} cannot take it back")
        return DONE
    report = desk.carry(work, run, "rollback")
    if report.state == "failed":
        raise Refused(f"it was not taken back: {report.says}")
    desk.say(f"Run {run}: taken back, as {desk.runner.place} says")
    return DONE


def _finish(desk: _Desk) -> int:
    run, work = desk.latest()
    state = _state(desk.ledger, run)
    if state != "cut over":
        raise Refused(f"run {run} is {state}; only one that has cut over can be finished")
    at = desk.ledger.of(run, "cutover")[1].at or datetime.now(UTC)
    left = at + timedelta(hours=24) - system_clock()
    if left > timedelta():
        hours = left.total_seconds() / 3600
        raise Refused(f"the way back is kept for another {hours:.1f} hours; nothing was dropped")
    if "finish" in desk.place.modes:
        report = desk.carry(work, run, "finish")
        if report.state == "failed":
            raise Refused(f"it was not finished: {report.says}")
    else:
        _close(desk, run, "finish")
    desk.say(f"Run {run}: finished, as {desk.runner.place} says")
    return DONE


def _close(desk: _Desk, run: str, mode: Mode) -> None:
    """Enter an errand that its runner cannot do as one that ended: the run is over all the same."""
    name = plans.key(run, mode, 1)
    desk.ledger.write(name, "sent", 1, {})
    desk.ledger.write(name, "ended", 1, {"state": "done"})


_OF_FILES: Mapping[str, Callable[[_Desk, Work], int]] = {"plan": _plan, "test": _test, "run": _run}
_OF_RUNS: Mapping[str, Callable[[_Desk], int]] = {
    "status": _status, "pause": _pause, "resume": _resume, "rollback": _back, "abort": _back, "finish": _finish,
}  # fmt: skip
