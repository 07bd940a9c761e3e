"""A migration that another engine carries out: the same story as any other, told in errands (`bot.migrations.runners`).

copy ──▸ (the release says go) ──▸ cutover ──▸ watch, a day long ──▸ finish
  └──────── abort, rollback ──▸ what is under way is stopped ──▸ rollback

What an errand has come to stands in the migration's own log, a fact for each word of it; so nothing is sent twice,
whichever worker looks. Concordat sees none of the rows: the engine validates each, and says how many there are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any, cast

from bot import metrics
from bot.migrations.errors import MigrationError
from bot.migrations.runners import plans
from bot.migrations.runners.contract import Around, Errand, Mode, Report, Runner
from bot.migrations.runners.errands import DEADLINE, WORDS, Carrier, Word, known
from bot.migrations.runners.registry import kind_of
from bot.migrations.running import RETAIN_SECONDS
from bot.migrations.values import Target
from bot.migrations.work import Work
from bot.steward.house import Steward
from bot.steward.jobs import migration_job
from bot.steward.migrations import gates
from bot.steward.migrations.progress import PROGRESS
from bot.steward.migrations.values import MigrationTarget
from bot.store import Store
from bot.store.values import NewEvent
from notices.migration import Progress
from rules.contract import Contract
from rules.jsontext import digest, dumps
from rules.migration_state import Ask, Migration

EVERY = timedelta(seconds=30)
WORK = "migration.work"
"""What the plan of a run is remembered under; made anew of the pull request where it was forgotten."""
NOT_COUNTED = "its rows are elsewhere and are counted there while the pull request is open; `/migrate start` starts it"
_SHARES: Mapping[str, tuple[float, float]] = {"copy": (0.0, 90.0), "cutover": (90.0, 99.0), "watch": (100.0, 100.0)}
"""From where to where a step takes the percentage."""


@dataclass(frozen=True, slots=True)
class Log:
    """The words about errands as facts of a migration's log; its fold passes over them."""

    store: Store
    stream: str
    clock: Callable[[], datetime]

    def read(self, key: str) -> Iterable[tuple[Word, datetime, Mapping[str, Any]]]:
        """Give what was written of an errand, in the order in which it was."""
        with self.store.reading() as transaction:
            facts = [one for one in transaction.events(self.stream) if one.body.get("errand") == key]
        for fact in sorted(facts, key=lambda one: one.seq):
            word = fact.kind.removeprefix("errand.")
            if word in WORDS:
                yield word, fact.source_time, fact.body

    def write(self, key: str, word: Word, number: int, body: Mapping[str, Any]) -> bool:
        """Write a word once."""
        fact = NewEvent(f"errand.{word}", f"errand:{key}:{word}:{number}", self.clock(), {**body, "errand": key})
        with self.store.transaction() as transaction:
            return transaction.append(self.stream, [fact]) == 1

    def ended(self, begin: str) -> int:
        """Count the errands that have ended, of those whose keys begin so."""
        with self.store.reading() as transaction:
            facts = transaction.events(self.stream)
        return sum(one.kind == "errand.ended" and str(one.body.get("errand")).startswith(begin) for one in facts)


@contextmanager
def opened(steward: Steward, place: Target) -> Iterator[Runner]:
    """Open the runner of a target, with what the App can give it."""

    def repository(name: str) -> Any:
        return steward.app.repository(steward.app.find(name)[0], name)

    kind = kind_of(place)
    if kind.elsewhere is None:
        raise MigrationError(f"the target {place.name} has no runner")
    runner = kind.elsewhere(place, Around(repository, steward.app.login, steward.clock))
    try:
        yield runner
    finally:
        runner.close()


@dataclass
class Elsewhere:
    """One look at a migration that another engine carries out; `care` is who looks after it."""

    steward: Steward
    target: MigrationTarget
    place: Target
    runner: Runner
    known: Callable[[], Migration | None]
    keep: Callable[..., Migration]
    wait: Callable[[Migration, list[str], datetime | None], None]
    contract: Contract | None
    make: Callable[[], Work]

    @cached_property
    def work(self) -> Work:
        """The plan as it was when the run began, else made anew of what was merged."""
        with self.steward.store.reading() as transaction:
            kept = transaction.recall(WORK, self.target.stream)
        return Work.of_text(kept) if kept else self.make()

    def _carrier(self, found: Migration) -> Carrier:
        book = Log(self.steward.store, self.target.stream, self.steward.clock)
        allowed = plans.allowed(self.work, exclude=bool(_facts(found).get("exclude")))
        deadline = DEADLINE if self.place.deadline is None else self.place.deadline
        return Carrier(book, self.runner, self.steward.clock(), deadline, allowed)

    def _errand(self, found: Migration, mode: Mode) -> Errand:
        facts = _facts(found)
        name = plans.key(found.run, mode, int(_tries(found).get(mode, 1)))
        more = {"exclude": bool(facts.get("exclude")), "accept": bool(facts.get("accept"))}
        return plans.errand(self.work, self.place.name, name, mode, **more)

    # The start

    def begin(self, found: Migration, login: str) -> Migration:
        """Enter a run: its id follows from the log, so that two workers enter the same one."""
        work = self.make()
        work.check  # noqa: B018 a schema that cannot be used is refused before anything is begun
        problems = self.runner.check()
        if problems:
            raise MigrationError("; ".join(problems))
        before = sum(turn.kind == "begun" for turn in found.turns)
        run = digest([self.target.stream, found.key, before])[:8]
        with self.steward.store.transaction() as transaction:
            transaction.remember(WORK, self.target.stream, work.text(), self.steward.clock())
        says = f"carried out by {self.runner.place}"
        return self.keep("begun", f"begun:{run}", run=run, rows=found.rows, login=login, says=says)

    # The run

    def drive(self, found: Migration) -> None:
        """Do what was asked, then go on as far as the run may."""
        if found.state == "running" and not found.step:
            found = self._stand(found, "running", "copy", rows=found.rows)
        found = self._serve(found)
        if found.state == "running":
            steps = {"copy": self._copy, "cutover": self._cut_over, "rollback": self._back}
            steps[found.step or "copy"](found)
        elif found.state == "cut-over":
            self._watch(found)
        elif found.state == "paused":
            self._held(found)

    def _copy(self, found: Migration) -> None:
        report = self._carried(found, "copy")
        if report.state != "done":
            return
        rows, approved = report.figures.rows or 0, found.rows
        if approved is not None and abs(rows - approved) > gates.TOLERANCE * approved and not found.counted_anew:
            why = f"Record count changed since approval: {approved:,} then, {rows:,} now. `/migrate resume` goes on"
            self._stand(found, "paused", "cutover", report, why=f"{why}, `/migrate abort` ends it")
            return
        self._cut_over(self._stand(found, "running", "cutover", report))

    def _cut_over(self, found: Migration) -> None:
        if not self._sent(found, "cutover"):
            shut = gates.cutover(self.steward, self.target, self.contract, found, self.work.spec)
            soon = timedelta(minutes=1 if self.work.spec.needs else 5)
            self.wait(found, list(shut), self.steward.clock() + soon if shut else None)
            if shut:
                return
            found = self.known() or found
        report = self._carried(found, "cutover")
        if report.state == "done":
            now = self.steward.clock().timestamp()
            found = self._stand(found, "cut-over", "watch", cut_over=now, keep_until=now + RETAIN_SECONDS)
            self._remember(found, Report("done"))
            # What was asked during the cutover is done at once.
            self._later(self.steward.clock() if found.asks else datetime.fromtimestamp(now + RETAIN_SECONDS, UTC))

    def _watch(self, found: Migration) -> None:
        until = datetime.fromtimestamp(float(_facts(found).get("keep_until") or 0), UTC)
        if self.steward.clock() < until:
            self._later(until)
            return
        report = Report("done")
        if "finish" in self.place.modes:
            report = self._carrier(found).carry(self._errand(found, "finish"))
        if not report.over:
            self._later(self.steward.clock() + EVERY)
            return
        if report.state == "failed":
            says = f"What was kept for the way back could not be removed: {report.says}"
            self.keep("alerted", f"alerted:finish:{found.run}", what="finish", says=says)
        self._stand(found, "done", "drop")

    def _back(self, found: Migration) -> None:
        """Stop what is under way, then have it taken back."""
        facts = _facts(found)
        halts = facts.get("halts")
        if isinstance(halts, str) and halts:
            stopped = self._carrier(found).halt(self._errand(found, cast("Mode", halts)), str(facts.get("because")))
            if stopped is not None and not stopped.over:
                self._remember(found, stopped)
                self._later(self.steward.clock() + EVERY)
                return
            if stopped is None and halts == "copy" and "copy" not in _tries(found):  # it was never begun
                self._end_back(found, "; nothing was begun")
                return
        if "rollback" in self.place.modes:
            report = self._carried(found, "rollback")
            if report.state != "done":
                return
            why = ""
        else:
            why = f"; what it made stays where it is, since {self.runner.place} cannot take it back"
        self._end_back(found, why)

    def _end_back(self, found: Migration, why: str) -> None:
        facts = _facts(found)
        ending = "rolled-back" if facts.get("ending") == "rolled-back" else "aborted"
        self._stand(found, ending, "rollback", why=f"{facts.get('because') or ending}{why}")

    def _held(self, found: Migration) -> None:
        """Look at what goes on while nothing further is begun; roll back by itself where the plan says so."""
        step = found.step or "copy"
        if _facts(found).get("failed"):
            if self.work.spec.on_failure == "roll-back" and step == "copy":
                self._take_back(found, "rolled-back", f"rolled back by itself: {found.why}")
            return
        if step in ("copy", "cutover") and self._sent(found, cast("Mode", step)):
            report = self._carrier(found).carry(self._errand(found, cast("Mode", step)))
            self._remember(found, report)

    # What steps have in common

    def _sent(self, found: Migration, mode: Mode) -> bool:
        return bool(known(self._carrier(found).book, self._errand(found, mode).key).sent)

    def _carried(self, found: Migration, mode: Mode) -> Report:
        """Carry the errand of a step; where it fails the run is paused, where it is under way it is looked at again."""
        report = self._carrier(found).carry(self._errand(found, mode))
        self._remember(found, report)
        if report.state == "failed":
            said = f"{self.runner.place}: {report.says}{f' ({report.url})' if report.url else ''}"
            self._stand(found, "paused", found.step or "copy", report, why=said, failed=True)
        elif not report.over:
            self.wait(found, [], None)
            self._later(self.steward.clock() + EVERY)
        return report

    def _stand(self, found: Migration, state: str, step: str, report: Report | None = None, **more: Any) -> Migration:
        """Write down what the run has come to; what is not said stays as it was."""
        before, now = _facts(found), self.steward.clock().timestamp()
        body = {**before, "why": "", "failed": False, "elsewhere": self.runner.place, **more}
        body |= {"run": found.run, "state": state, "step": step, "begun": before.get("begun") or now}
        if report is not None:
            figures = report.figures
            body |= {"rows": figures.rows, "copied": figures.written or 0, "failing": figures.failing or 0}
            body |= {"url": report.url} if report.url else {}
        body["seconds"] = float(body.get("cut_over") or now) - float(body["begun"])
        return self.keep("stood", f"stood:{found.run}:{found.version}", **body)

    def _later(self, at: datetime) -> None:
        with self.steward.store.transaction() as transaction:
            transaction.enqueue(migration_job(self.target, at))

    def _remember(self, found: Migration, report: Report) -> None:
        """Keep where it is, for people."""
        figures, now, facts = report.figures, self.steward.clock().timestamp(), _facts(found)
        step = figures.step or found.step or "copy"
        start, end = _SHARES.get(found.step or "copy", (0.0, 99.0))
        share = 100.0 if report.state == "done" else figures.percent or 0.0
        rows = figures.rows if figures.rows is not None else found.rows or 0
        copied = figures.written if figures.written is not None else facts.get("copied", 0)
        progress = Progress(
            percentage=start + (end - start) * share / 100, state=found.state, step=step, copied=int(copied or 0),
            rows=int(rows), errors=figures.failing or 0, at=now, began=facts.get("begun"), checkpoint_at=now,
            keep_until=facts.get("keep_until"), says=report.says, url=report.url,
        )  # fmt: skip
        metrics.migration_stands(found.run, progress.copied, progress.percentage)
        with self.steward.store.transaction() as transaction:
            transaction.remember(PROGRESS, self.target.stream, dumps(asdict(progress)), self.steward.clock())

    # What is asked of it

    def _serve(self, found: Migration) -> Migration:
        """Do what was asked, each once; what comes while the cutover is under way waits for its end."""
        for ask in found.asks:
            if ask.what == "test":
                continue
            if found.state == "running" and found.step == "cutover" and self._under_way(found):
                break
            says = self._served(found, ask)
            found = self.keep("served", f"served:{ask.id}", ask=ask.id, what=ask.what, says=says)
        return found

    def _under_way(self, found: Migration) -> bool:
        what = known(self._carrier(found).book, self._errand(found, "cutover").key)
        return bool(what.sent) and what.report is None

    def _served(self, found: Migration, ask: Ask) -> str:
        match ask.what:
            case "pause" if found.state == "running" and found.step != "rollback":
                goes_on = f"nothing further is begun; what is under way at {self.runner.place} goes on"
                self._stand(found, "paused", found.step or "copy", why=f"paused, as {ask.login} asked: {goes_on}")
                return goes_on
            case "resume" | "start" if found.state == "paused":
                tries = dict(_tries(found))
                if _facts(found).get("failed"):
                    mode = found.step or "copy"
                    tries[mode] = int(tries.get(mode, 1)) + 1
                self._stand(
                    found, "running", found.step or "copy", tries=tries,
                    exclude=ask.accept or bool(_facts(found).get("exclude")),
                )  # fmt: skip
                return "it goes on"
            case "abort" if found.state in ("running", "paused") and found.step != "rollback":
                self._take_back(found, "aborted", f"aborted, as {ask.login} asked")
                return "what is under way is stopped, and what it made is removed"
            case "rollback" if found.step != "rollback":
                return self._rolled_back(found, ask)
        return f"there is nothing to {ask.what}: it is {found.state}"

    def _rolled_back(self, found: Migration, ask: Ask) -> str:
        over = found.state == "cut-over"
        if over and self.work.spec.transform.irreversible:
            reason = self.work.spec.transform.irreversible[0]
            return f"refused: this migration has no way back after cutover: {reason}"
        if over and "rollback" not in self.place.modes:
            return f"refused: {self.runner.place} cannot take it back; restore the data where it is, from its backup"
        self._take_back(found, "rolled-back", f"rolled back, as {ask.login} asked", accept=ask.accept)
        return "it is being taken back" + ("; what was written since cutover is brought back by `down`" if over else "")

    def _take_back(self, found: Migration, ending: str, because: str, **more: Any) -> None:
        halts = "" if found.state == "cut-over" else found.step or "copy"
        self._stand(found, "running", "rollback", ending=ending, because=because, halts=halts, **more)
        self._later(self.steward.clock())


def _facts(found: Migration) -> Mapping[str, Any]:
    return found.facts or {}


def _tries(found: Migration) -> Mapping[str, Any]:
    tries = _facts(found).get("tries")
    return tries if isinstance(tries, dict) else {}
