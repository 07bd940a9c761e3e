"""The runner `workflow`: a GitHub Actions workflow, in a repository that the server's settings name.

targets:
  lake:
    runner: workflow
    repository: acme/lake          # the App is installed there, with the permission `actions: write`
    workflow: migrate.yml          # .github/workflows/migrate.yml
    ref: main                      # the branch whose workflow is run; main unless given

An errand is a dispatch with four inputs: `correlation` (its key), `mode`, `target` and `plan` (JSON, packed by gzip,
written as base64). GitHub answers a dispatch without saying which run it began, and an answer can be lost; the key is
in the run's name (`run-name: … ${{ inputs.correlation }}`), by which it is found. Only runs that this App began
count. The workflow tells its figures in notices: `::notice title=concordat::{"rows": …}`.
"""

from __future__ import annotations

import base64
import gzip
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from bot.github.errors import Denied, NotFound, RateLimited, Rejected, Suspended, TooLarge
from bot.migrations.errors import MigrationError
from bot.migrations.runners import figures
from bot.migrations.runners.contract import Around, Errand, Figures, Kind, NotBegun, Report, text
from bot.migrations.values import Target
from rules.documents import DocumentError, parse
from rules.jsontext import dumps

if TYPE_CHECKING:
    from bot.github.actions import WorkflowJob, WorkflowRun
    from bot.github.repository import Repository  # long to load, where another runner is meant

INPUTS = ("correlation", "mode", "target", "plan")
TITLE = "concordat"
"""The title of the notices in which a workflow tells its figures."""
LONGEST_PLAN = 60_000
"""Characters of the plan as an input; GitHub takes 65,535 of all of them."""
_NAMED = re.compile(r"\$\{\{[^}]*\binputs\.correlation\b[^}]*\}\}")
_EARLIER = timedelta(minutes=5)
"""By so much GitHub's clock may be behind ours."""
_MOST_JOBS = 20


@dataclass(frozen=True, slots=True)
class Workflow:
    """One target whose migrations are carried out by a workflow."""

    repository: Repository
    name: str
    ref: str
    login: str
    settles: timedelta = timedelta(minutes=5)
    sends: int = 2
    where: str = ""

    @property
    def place(self) -> str:
        """Name it for people."""
        return f"the workflow {self.name} of {self.repository.full_name}"

    def check(self) -> tuple[str, ...]:
        """Say what is wrong with the workflow's file, before anything is begun."""
        path = f".github/workflows/{self.name}"
        at = f"{path} at {self.ref} of {self.repository.full_name}"
        try:
            data = self.repository.file(path, self.ref)
        except (NotFound, Denied) as error:
            return (f"{self.repository.full_name} at {self.ref} cannot be read: {error.sentence}",)
        if data is None:
            return (f"there is no {at}",)
        try:
            return tuple(f"{at} {what}" for what in _wrong(parse(path, data, syntax="yaml").value))
        except DocumentError as error:
            return (f"{at} cannot be read: {error.problem.sentence}",)

    def start(self, errand: Errand) -> None:
        """Dispatch the workflow; whether a lost answer began a run is found out by `find`."""
        inputs = dict(zip(INPUTS, (errand.key, errand.mode, errand.target, packed(errand)), strict=True))
        try:
            self.repository.dispatch(self.name, self.ref, inputs)
        except RateLimited as error:
            raise NotBegun(error.sentence, passing=True) from error
        except Suspended as error:
            raise NotBegun(error.sentence) from error
        except Denied as error:
            raise NotBegun(
                f"GitHub does not let the App start {self.place} ({error.sentence}): it needs the permission "
                "`actions: write` there (docs/migrations.md)"
            ) from error
        except (NotFound, Rejected, TooLarge) as error:
            raise NotBegun(f"GitHub does not start {self.place}: {error.sentence}") from error

    def find(self, errand: Errand, since: datetime) -> str | None:
        """Find the run by the key in its name. Were there several, the oldest counts and the others are cancelled."""
        key = re.compile(rf"(?<![\w-]){re.escape(errand.key)}(?![\w-])")
        found = self.repository.workflow_runs(self.name, since - _EARLIER)
        mine = [one for one in found if one.actor == self.login and key.search(one.title)]
        for extra in mine[1:]:
            self._cancel(extra)
        return str(mine[0].id) if mine else None

    def look(self, errand: Errand, handle: str) -> Report:
        """Read the run, how far its jobs are, and the figures that they told."""
        del errand
        one = self.repository.workflow_run(int(handle))
        jobs = self.repository.workflow_jobs(one.id)[:_MOST_JOBS]
        told = self._figures(jobs)
        if one.status != "completed":
            says = _WAITS.get(one.status, "")
            return Report("under-way", _progress(told, jobs), says, one.url)
        if one.conclusion == "success":
            return Report("done", told, url=one.url)
        at = ", ".join(job.name for job in jobs if job.conclusion not in (None, "success", "skipped"))
        why = f"the run ended as {one.conclusion}{f' in {at}' if at else ''}"
        return Report("failed", told, f"{why}{f': {told.says}' if told.says else ''}", one.url)

    def stop(self, errand: Errand, handle: str) -> None:
        """Cancel the run, if it has not ended."""
        del errand
        self._cancel(self.repository.workflow_run(int(handle)))

    def close(self) -> None:
        """Let go of nothing: the repository is the house's."""

    def _cancel(self, one: WorkflowRun) -> None:
        if one.status != "completed":
            with suppress(Rejected):  # it has ended meanwhile
                self.repository.cancel_run(one.id)

    def _figures(self, jobs: tuple[WorkflowJob, ...]) -> Figures:
        told = Figures()
        for job in jobs:
            for message in self.repository.notices(job.check, TITLE) if job.check is not None else ():
                found = figures.read(message)
                told = figures.merged(told, found) if found is not None else told
        return told


_WAITS = {
    "queued": "it waits on GitHub for a machine",
    "waiting": "it waits on GitHub for somebody's approval of its environment",
    "pending": "it waits on GitHub for another run of its group",
    "requested": "it waits on GitHub to begin",
}


def _progress(told: Figures, jobs: tuple[WorkflowJob, ...]) -> Figures:
    """Say how far it is by its steps, where it does not say so itself."""
    steps, done = sum(job.steps for job in jobs), sum(job.done for job in jobs)
    at = next((job.at for job in jobs if job.at), "")
    by_steps = Figures(percent=min(99.0, 100.0 * done / steps) if steps else None, step=at)
    return figures.merged(by_steps, told)


def packed(errand: Errand) -> str:
    """Write the plan as an input; letters, digits, + / and = alone, so that no shell can take it for anything else."""
    text = base64.b64encode(gzip.compress(dumps(dict(errand.plan)).encode(), mtime=0)).decode()
    if len(text) > LONGEST_PLAN:
        raise NotBegun(
            f"the plan has {len(text):,} characters when it is packed, and GitHub takes {LONGEST_PLAN:,}: make the "
            "schemas smaller, or let a command carry the migration out"
        )
    return text


def _wrong(value: Any) -> Iterator[str]:
    """Say what a workflow's file lacks."""
    whole = value if isinstance(value, dict) else {}
    on = whole.get("on")
    dispatched = on.get("workflow_dispatch") if isinstance(on, dict) else None
    inputs = dispatched.get("inputs") if isinstance(dispatched, dict) else None
    missing = [name for name in INPUTS if not isinstance(inputs, dict) or name not in inputs]
    if missing:
        yield f"does not take the inputs {', '.join(missing)} under on.workflow_dispatch"
    if not _NAMED.search(str(whole.get("run-name", ""))):
        yield "has no run-name with ${{ inputs.correlation }} in it, by which its run is found again"


def _open(target: Target, around: Around) -> Workflow:
    settings = target.settings
    try:
        repository = around.repository(str(settings["repository"]))
        return Workflow(repository, str(settings["workflow"]), str(settings.get("ref", "main")), around.login())
    except NotFound:
        raise MigrationError(
            f"the App is not installed on {settings['repository']}, which has the workflow of {target.name}"
        ) from None
    except Denied as error:
        raise MigrationError(f"GitHub does not let the App see {settings['repository']}: {error.sentence}") from None


def _repository(value: object) -> str:
    named = text(value) or ("" if re.fullmatch(r"[\w.-]{1,100}/[\w.-]{1,100}", str(value), re.ASCII) else "wrong")
    return "is no owner/name" if named else ""


def _file(value: object) -> str:
    good = not text(value) and re.fullmatch(r"[\w.-]{1,200}\.ya?ml", str(value), re.ASCII)
    return "" if good else "is no name of a file in .github/workflows"


KIND = Kind(
    "workflow", {"repository": _repository, "workflow": _file, "ref": text}, ("repository", "workflow"),
    elsewhere=_open,
)  # fmt: skip
