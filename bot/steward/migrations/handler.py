"""One migration, from the merge of its pull request to the end of its run.

planned ── merged? ──▸ waiting ── window, conditions, somebody on call ──▸ run ── release says go ──▸ cutover ──▸ watch

The job comes back by the tick and by whatever is said. What the run has come to stands in its target; our log repeats
it for people. A worker that dies is followed by whoever takes its job up, from the checkpoint in the target.
"""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property

from bot.errors import UsageError
from bot.github.errors import NotFound
from bot.migrations.engine import Engine, open_target
from bot.migrations.errors import Fenced, MigrationError, told
from bot.migrations.run import Worker, begin, take
from bot.migrations.running import Options
from bot.migrations.values import OVER, Run, Target
from bot.migrations.work import Work
from bot.steward.house import Steward
from bot.steward.jobs import migration_job
from bot.steward.migrations import gates
from bot.steward.migrations.asks import SERVED
from bot.steward.migrations.case import Case
from bot.steward.migrations.elsewhere import NOT_COUNTED, Elsewhere
from bot.steward.migrations.elsewhere import opened as opened_elsewhere
from bot.steward.migrations.plans import plan_job
from bot.steward.migrations.progress import PROGRESS, Reporter, quietly
from bot.steward.migrations.values import MigrationTarget
from bot.steward.migrations.watch import breach
from bot.steward.values import Target as Pull
from bot.store import Store
from bot.store.values import Lease
from bot.worker import Retry
from rules.migration_spec import Spec
from rules.migration_state import ACTIVE, Migration, fold

log = logging.getLogger(__name__)

SWEEP = "migration.sweep"
EVERY = timedelta(minutes=1)


def merged(store: Store, lease: Lease) -> None:
    """Do one `migration.merged` job: have the migrations that are planned for a closed pull request looked after."""
    pull = Pull(**lease.payload)
    with store.transaction() as transaction:
        for stream in transaction.streams(f"migration:{pull.repository_id}:"):
            found = fold(transaction.events(stream))
            if found is not None and found.pull == pull.number and found.state == "planned":
                transaction.enqueue(migration_job(_target(pull, stream)))


def _target(pull: Pull, stream: str) -> MigrationTarget:
    contract, version = stream.split(":", 3)[2:]
    return MigrationTarget(pull.installation, pull.repository_id, pull.repository, contract, version)


def sweep(steward: Steward) -> None:
    """Do one `migration.sweep` job: a job for every migration in which something may happen; alerts where nothing does.

    One that is not at work is looked at twice an hour, in case nobody told of its merge.
    """
    now = steward.clock()
    with steward.store.transaction() as transaction:
        for stream in transaction.streams("migration:"):
            facts = transaction.events(stream)
            found = fold(facts)
            place = next((one.body["place"] for one in facts if one.kind == "migration.planned"), None)
            if found is None or place is None or found.over or now.minute % _pace(found):
                continue
            contract, version = stream.split(":", 3)[2:]
            target = MigrationTarget(**place, contract=contract, version=version)
            transaction.enqueue(migration_job(target))
            gates.watch_silence(transaction, target, found, transaction.recall(PROGRESS, stream), now)


def _pace(found: Migration) -> int:
    """Give the minutes between two looks; what waits for a moment comes back by itself, this is in case it did not."""
    return 1 if found.state in ("running", "paused") and not found.waits else 30


def handle(steward: Steward, lease: Lease) -> None:
    """Do one `migration` job."""
    if steward.targets is None:
        return
    target = MigrationTarget(**lease.payload)
    repository = steward.app.repository(target.installation, target.repository)
    _Care(steward, repository, target).look_after()


@dataclass
class _Care(Case):
    """What is done in one look."""

    def look_after(self) -> None:
        found = self.known()
        if found is None:
            return
        try:
            if found.state == "planned":
                found = self._merged(found)
            if found.state == "waiting":
                found = self._started(found)
            if found.state in ACTIVE:
                self._drive(found)
            self._serve_idle()
        except (MigrationError, UsageError) as error:
            self.wait(self.known() or found, [str(error)])
        finally:
            self.promise()
            self.tell()

    # From the merge to the start

    def _merged(self, found: Migration) -> Migration:
        pull = self.repository.pull(found.pull)
        if pull.repository_id not in {None, self.target.repository_id}:
            raise NotFound(f"{self.target.repository} is another repository than the one that was meant")
        if pull.merged:
            return self.keep(
                "created", f"created:{found.pull}:{pull.head_sha}", says=f"pull request #{found.pull} was merged"
            )
        if pull.state == "closed":
            return self.keep("withdrawn", f"withdrawn:{found.pull}:{found.version}", says="closed without a merge")
        return found

    def _started(self, found: Migration) -> Migration:
        """Start a run where nothing stands against it; else say what does, and come back when it may not any more."""
        work, place = self.work, self.place(found)
        if place.runner:
            return self._started_elsewhere(found, place)
        with _opened(place) as engine:
            adopted = self._adopted(engine)
            if adopted is not None:
                return self.keep("begun", f"begun:{adopted.id}", run=adopted.id)
            rows = engine.survey().rows
            stands = gates.start(self.steward, self.repository, self.target, found, work.spec, rows)
            if stands.why:
                self.wait(found, list(stands.why), stands.again)
                return found
            if not rows:
                return self._skipped("table empty")
            work.conversions  # noqa: B018 schemas that cannot be used are refused before anything is made
            self._told(found, stands.person)
            spec = work.spec
            run = begin(
                engine, work.text(), title=spec.title, contract=spec.contract, goal=spec.goal, stream=self.target.stream
            )
        return self.keep("begun", f"begun:{run.id}", run=run.id, rows=rows, login=stands.person)

    def _started_elsewhere(self, found: Migration, place: Target) -> Migration:
        """Start one that another engine carries out, of whose rows nothing is known but what was said in its plan."""
        stands = gates.start(self.steward, self.repository, self.target, found, self.work.spec, found.rows or 0)
        if stands.why:
            self.wait(found, list(stands.why), stands.again)
            return found
        if found.rows == 0:
            return self._skipped("no rows")
        found = self._told(found, stands.person)
        with self._elsewhere(place) as run:
            return run.begin(found, stands.person)

    def _skipped(self, why: str) -> Migration:
        return self.keep("skipped", "skipped", says=f"Schema published successfully. No migration needed ({why}).")

    def _told(self, found: Migration, person: str) -> Migration:
        """Tell who is on call, where anybody is."""
        if person:
            found = self.keep("told", f"told:{found.version}:{person}", login=person, says="is on call")
            self.promise()
        return found

    @contextmanager
    def _elsewhere(self, place: Target) -> Iterator[Elsewhere]:
        with opened_elsewhere(self.steward, place) as runner:
            yield Elsewhere(
                self.steward, self.target, place, runner, self.known, self.keep, self.wait, self.contract,
                lambda: self.work,
            )  # fmt: skip

    def _adopted(self, engine: Engine) -> Run | None:
        """Find a run of this migration that was begun, and of which a crash left no word in the log."""
        for run in engine.runs():
            if run.state not in OVER:
                return run if run.facts.get("stream") == self.target.stream else None
        return None

    # The run

    def _drive(self, found: Migration) -> None:
        place = self.place(found)
        if place.runner:
            with self._elsewhere(place) as there:
                there.drive(found)
            return
        with _opened(place) as engine:
            run = next((one for one in engine.runs() if one.id == found.run), None)
            if run is None:
                raise MigrationError(f"the target knows no run {found.run}; was its database restored from a backup?")
            if run.state in OVER:
                self._stood(run, engine)
                return
            worker = self._worker(engine, run)
            self.promise()
            try:
                self._go(worker)
            except Fenced:
                raise Retry(timedelta(seconds=10), "another worker has the run") from None
            finally:
                with suppress(*engine.faults):
                    engine.release()

    @cached_property
    def _reporter(self) -> Reporter:
        return Reporter(self.steward, self.target, self._stood, self.tell)

    def _worker(self, engine: Engine, run: Run) -> Worker:
        taken = take(engine, run, f"{socket.gethostname()}:{os.getpid()}")
        if taken is None:
            raise Retry(timedelta(seconds=10), f"run {run.id} has a worker: {run.worker}")
        work = Work.of_text(run.spec)
        spec = work.spec
        options = Options(allowed=None if spec.exclude else spec.allowed)
        clock = lambda: self.steward.clock().timestamp()  # noqa: E731 one line for one number
        reporter = self._reporter
        return Worker(engine, taken, work.conversions, options, reporter.of(engine), clock, alive=reporter.alive)

    def _go(self, worker: Worker) -> None:
        """Do what was asked, then go on as far as the run may."""
        engine, spec = worker.engine, Work.of_text(worker.run.spec).spec
        self._serve(worker)
        if worker.run.state == "running":
            shut = gates.cutover(self.steward, self.target, self.contract, self.known(), spec)
            worker.options = replace(worker.options, until="cutover" if shut else None)
            if not shut or worker.run.step != "cutover":
                worker.work()
            if self._at_the_gate(worker, spec):
                return
        if worker.run.state == "paused" and spec.on_failure == "roll-back" and worker.run.facts.get("failed"):
            self._stood(worker.run, engine)
            worker.roll_back()
        self._serve(worker)
        self._reporter.remember(worker.run, engine)
        found = self._stood(worker.run, engine)
        if worker.run.state == "cut-over":
            self._watch(worker, found)

    def _at_the_gate(self, worker: Worker, spec: Spec) -> bool:
        """Wait before the cutover, and say what for; `False` where it is over, one way or the other."""
        if worker.run.state != "running" or worker.run.step != "cutover":
            return False
        self._reporter.remember(worker.run, worker.engine)
        found = self._stood(worker.run, worker.engine)
        shut = gates.cutover(self.steward, self.target, self.contract, found, spec)
        soon = timedelta(minutes=1 if spec.needs else 5)
        self.wait(found, list(shut), self.steward.clock() + soon if shut else None)
        if shut:
            return True
        worker.options = replace(worker.options, until=None)
        worker.work()
        return False

    def _serve(self, worker: Worker) -> None:
        """Do what was asked of the run, each once."""
        for ask in (self.known() or _NOTHING).asks:
            if ask.what == "test":
                continue
            try:
                says = SERVED[ask.what](worker, ask)
            except MigrationError as error:
                says = str(error)
            self._stood(worker.run, worker.engine)
            self.keep("served", f"served:{ask.id}", ask=ask.id, what=ask.what, says=says)

    def _serve_idle(self) -> None:
        """Do what is asked where no run is at work: measure anew, or end what has not begun."""
        found = self.known()
        if found is None:
            return
        for ask in found.asks:
            if ask.what == "test":
                with self.steward.store.transaction() as transaction:
                    transaction.enqueue(plan_job(self.pull_of(found), found.contract))
                says = "measured anew" if self._recount(found) else NOT_COUNTED
                self.keep("served", f"served:{ask.id}", ask=ask.id, what="test", says=says)
            elif found.state in ("waiting", "planned") and ask.what in ("abort", "rollback"):
                self.keep("stood", f"stood:none:{found.version}", state="aborted", why="ended before it began")
                self.keep("served", f"served:{ask.id}", ask=ask.id, what=ask.what, says="nothing was changed")
            elif found.state not in ACTIVE:
                says = f"there is nothing to {ask.what}: it is {found.state}"
                self.keep("served", f"served:{ask.id}", ask=ask.id, what=ask.what, says=says)

    def _recount(self, found: Migration) -> bool:
        """Take the rows of now for those that the approval was about; only a fresh analysis does that.

        `False` where they are elsewhere, and nobody counts them any more.
        """
        if found.state != "waiting":
            return True
        if self.place(found).runner:
            return False
        with _opened(self.place(found)) as engine:
            rows = engine.survey().rows
        body = {
            "contract": found.contract, "from": found.source, "to": found.goal, "pull": found.pull, "path": found.path,
            "target": found.target, "key": found.key, "zone": found.zone, "place": self._where(),
        }  # fmt: skip
        self.keep("planned", f"recounted:{found.version}", **body, rows=rows, says=f"{rows:,} rows now")
        with self.steward.store.transaction() as transaction:
            transaction.enqueue(migration_job(self.target))
        return True

    def _where(self) -> dict[str, object]:
        place = asdict(self.target)
        return {name: place[name] for name in ("installation", "repository_id", "repository")}

    def _watch(self, worker: Worker, found: Migration) -> None:
        """For half an hour hold samples of what is written to the new version, and see whether writers are stalled."""
        now, facts = self.steward.clock(), worker.run.facts
        if now.timestamp() >= float(facts["keep_until"]):
            worker.finish()
            self._stood(worker.run, worker.engine)
            return
        watched = now.timestamp() - float(facts["cut_over"]) > gates.WATCH.total_seconds() or "breach" in found.alerts
        again = datetime.fromtimestamp(float(facts["keep_until"]), UTC) if watched else now + EVERY
        with self.steward.store.transaction() as transaction:
            transaction.enqueue(migration_job(self.target, again))
        if watched:
            return
        says = breach(self.steward, self.target, worker, found)
        if says:
            self.keep("alerted", "alerted:breach", what="breach", says=f"{says}. Proposed: `/migrate rollback`")

    def _stood(self, run: Run, engine: Engine) -> Migration:
        """Repeat in the log what a run has come to, once for each turn that it takes."""
        found = self.known() or _NOTHING
        why = str(run.facts.get("why") or "") if run.state in ("paused", "rolled-back", "aborted") else ""
        if run.state in ("rolled-back", "aborted"):
            why = why or found.why
        if (found.state, found.step, found.why) == (run.state, run.step, why):
            return found
        facts = run.facts
        swap = facts.get("swap_seconds")
        body: dict[str, object] = {
            "run": run.id, "state": run.state, "step": run.step, "why": why, "rows": facts.get("rows", 0),
            "copied": facts.get("copied", 0), "failing": quietly(lambda: engine.count("failing")),
            "failed": bool(facts.get("failed")), "keep_until": facts.get("keep_until"),
            "cut_over": facts.get("cut_over"), "verified": facts.get("verified"), "tail": facts.get("tail"),
            "backup": facts.get("backup"),
            "seconds": float(facts.get("cut_over", facts.get("copied_at", 0)) or 0) - float(facts.get("begun", 0)),
        } | ({"swap_ms": swap * 1000} if isinstance(swap, float) else {})  # fmt: skip
        return self.keep("stood", f"stood:{run.id}:{found.version}", **body)


_NOTHING = Migration("", "", "", 0, "", "")


@contextmanager
def _opened(place: Target) -> Iterator[Engine]:
    engine = open_target(place)
    try:
        yield engine
    except engine.faults as error:
        raise MigrationError(f"the target's database refused a statement: {told(error)}") from None
    finally:
        with suppress(*engine.faults):
            engine.close()
