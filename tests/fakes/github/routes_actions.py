"""Operations on workflows and their runs. Source: https://docs.github.com/en/rest/actions"""

from __future__ import annotations

import re
from typing import Any

import yaml

from tests.fakes.github import shapes
from tests.fakes.github.http import Answer, Call, HttpError, Route, not_found
from tests.fakes.github.state import CheckRun, WorkflowRun

MOST_INPUTS, LONGEST_INPUTS = 25, 65_535
_INPUT = re.compile(r"\$\{\{\s*(?:github\.event\.)?inputs\.([\w-]+)\s*\}\}")


def dispatch(call: Call, workflow: str) -> Answer:
    """`POST /repos/{owner}/{repo}/actions/workflows/{workflow_id}/dispatches`: begins a run, and does not say which."""
    ref, inputs = call.text("ref", "Workflow"), call.body.get("inputs") or {}
    commit = call.repository.resolve(f"refs/heads/{ref}")
    if commit is None:
        raise HttpError(422, f"No ref found for: {ref}")
    sha = commit.files.get(f".github/workflows/{workflow}")
    if sha is None:
        raise not_found()
    file = yaml.load(call.repository.objects.blobs[sha], Loader=yaml.BaseLoader)
    asked = file.get("on")
    if not isinstance(asked, dict) or "workflow_dispatch" not in asked:
        raise HttpError(422, "Workflow does not have 'workflow_dispatch' trigger")
    known = (asked["workflow_dispatch"] or {}).get("inputs") or {}
    unknown = [name for name in inputs if name not in known]
    if unknown:
        raise HttpError(422, f"Unexpected inputs provided: {unknown}")
    if len(inputs) > MOST_INPUTS or sum(len(str(value)) for value in inputs.values()) > LONGEST_INPUTS:
        raise HttpError(422, "inputs are too large.")
    title = _INPUT.sub(
        lambda found: str(inputs.get(found[1], "")), str(file.get("run-name", file.get("name", workflow)))
    )
    now = call.world.now()
    made = WorkflowRun(
        next(call.world.ids), workflow, title, ref, commit.sha, call.site.app.bot, dict(inputs), now, now
    )
    made.check = next(call.world.ids)
    call.repository.checks[made.check] = CheckRun(
        made.check, made.id, "migrate", commit.sha, "queued", None, now, None, "", None, {}, app_id=15368
    )
    call.repository.workflow_runs[made.id] = made
    call.site.tell_workflow("requested", call.repository, made)
    return Answer(None, 204)


def list_runs(call: Call, workflow: str) -> Answer:
    """`GET /repos/{owner}/{repo}/actions/workflows/{workflow_id}/runs`, newest first."""
    found = [
        one
        for one in call.repository.workflow_runs.values()
        if one.workflow == workflow and not one.hidden
        and call.query.get("event", "workflow_dispatch") == "workflow_dispatch"
    ]  # fmt: skip
    items = [_shape(call, one) for one in sorted(found, key=lambda one: -one.id)]
    return call.paged(items, wrap=lambda page: {"total_count": len(items), "workflow_runs": page})


def get_run(call: Call, number: int) -> Answer:
    """`GET /repos/{owner}/{repo}/actions/runs/{run_id}`."""
    return Answer(_shape(call, _found(call, number)))


def list_jobs(call: Call, number: int) -> Answer:
    """`GET /repos/{owner}/{repo}/actions/runs/{run_id}/jobs`: one job."""
    one = _found(call, number)
    items = [shapes.workflow_job(one, call.repository, call.urls)]
    return call.paged(items, wrap=lambda page: {"total_count": 1, "jobs": page})


def cancel(call: Call, number: int) -> Answer:
    """`POST /repos/{owner}/{repo}/actions/runs/{run_id}/cancel`."""
    one = _found(call, number)
    if one.status == "completed":
        raise HttpError(409, "Cannot cancel a workflow run that is completed.")
    one.status, one.conclusion, one.updated_at = "completed", "cancelled", call.world.now()
    call.site.tell_workflow("completed", call.repository, one)
    return Answer({}, 202)


def _found(call: Call, number: int) -> WorkflowRun:
    found = call.repository.workflow_runs.get(number)
    if found is None:
        raise not_found()
    return found


def _shape(call: Call, one: WorkflowRun) -> dict[str, Any]:
    return shapes.workflow_run(one, call.repository, call.urls)


_READ, _WRITE = (("actions", "read"),), (("actions", "write"),)
_WORKFLOW, _RUN = (
    "/repos/<owner>/<repo>/actions/workflows/<workflow>",
    "/repos/<owner>/<repo>/actions/runs/<int:number>",
)
ROUTES = (
    Route("POST", f"{_WORKFLOW}/dispatches", dispatch, needs=_WRITE),
    Route("GET", f"{_WORKFLOW}/runs", list_runs, needs=_READ),
    Route("GET", _RUN, get_run, needs=_READ),
    Route("GET", f"{_RUN}/jobs", list_jobs, needs=_READ),
    Route("POST", f"{_RUN}/cancel", cancel, needs=_WRITE),
)
