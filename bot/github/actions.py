"""Workflows of GitHub Actions: dispatched, found again, followed, cancelled.

Source: https://docs.github.com/en/rest/actions/workflow-runs and …/workflows
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import takewhile
from urllib.parse import quote

from bot.github import shapes
from bot.github.client import Client
from bot.github.errors import Unavailable
from rules.jsontext import JsonValue

MOST_INPUTS, LONGEST_INPUTS = 25, 65_535
"""How many inputs a dispatch takes, and of how many characters together."""
_ACCEPTED = 202


@dataclass(frozen=True, slots=True)
class WorkflowRun:
    """One run of a workflow. `title` is its `run-name`, `conclusion` is there once `status` is completed."""

    id: int
    title: str
    status: str
    conclusion: str | None
    url: str
    actor: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class WorkflowJob:
    """One job of a run: how many of its steps are done, the one it is at, and the check run that has its notices."""

    id: int
    name: str
    status: str
    conclusion: str | None
    check: int | None
    steps: int
    done: int
    at: str


def dispatch(client: Client, root: str, workflow: str, ref: str, inputs: Mapping[str, str]) -> None:
    """Start a workflow of a branch; after Unavailable look for its run before starting another."""
    body: JsonValue = {"ref": ref, "inputs": dict(inputs)}
    client.write("POST", f"{root}/actions/workflows/{quote(workflow, safe='')}/dispatches", body)


def runs(client: Client, root: str, workflow: str, since: datetime) -> tuple[WorkflowRun, ...]:
    """List the dispatched runs of a workflow since a moment, oldest first."""
    path = f"{root}/actions/workflows/{quote(workflow, safe='')}/runs"
    listed = (_run(item) for item in client.pages(path, {"event": "workflow_dispatch"}, within="workflow_runs"))
    found = takewhile(lambda one: one.created_at >= since, listed)  # GitHub gives the newest first
    return tuple(sorted(found, key=lambda one: one.id))


def run(client: Client, root: str, number: int) -> WorkflowRun:
    """Read one run."""
    return _run(client.get(f"{root}/actions/runs/{number:d}"))


def jobs(client: Client, root: str, number: int) -> tuple[WorkflowJob, ...]:
    """List the jobs of a run, of its latest attempt."""
    return tuple(_job(item) for item in client.pages(f"{root}/actions/runs/{number:d}/jobs", within="jobs"))


def notices(client: Client, root: str, check: int, title: str) -> tuple[str, ...]:
    """List what a job told by `::notice title=…::`, in its order."""
    found = client.pages(f"{root}/check-runs/{check:d}/annotations")
    mine = (item for item in found if shapes.optional(item, str, "title") == title)
    return tuple(shapes.optional(item, str, "message") or "" for item in mine)


def cancel(client: Client, root: str, number: int) -> None:
    """Ask for the end of a run; Rejected where it has ended."""
    try:
        client.write("POST", f"{root}/actions/runs/{number:d}/cancel")
    except Unavailable as error:
        if error.status != _ACCEPTED:  # GitHub's word for yes here; elsewhere it means that there is no answer yet
            raise


def _run(data: JsonValue) -> WorkflowRun:
    return WorkflowRun(
        id=shapes.required(data, int, "id"),
        title=shapes.optional(data, str, "display_title") or "",
        status=shapes.optional(data, str, "status") or "",
        conclusion=shapes.optional(data, str, "conclusion"),
        url=shapes.required(data, str, "html_url"),
        actor=shapes.optional(data, str, "actor", "login") or "",
        created_at=shapes.moment(data, "created_at"),
    )


def _job(data: JsonValue) -> WorkflowJob:
    steps = shapes.optional(data, list, "steps") or []
    at = next((one for one in steps if shapes.optional(one, str, "status") == "in_progress"), None)
    check = re.search(r"/([0-9]{1,19})$", shapes.optional(data, str, "check_run_url") or "")
    return WorkflowJob(
        id=shapes.required(data, int, "id"),
        name=shapes.required(data, str, "name"),
        status=shapes.required(data, str, "status"),
        conclusion=shapes.optional(data, str, "conclusion"),
        check=int(check[1]) if check else None,
        steps=len(steps),
        done=sum(shapes.optional(one, str, "status") == "completed" for one in steps),
        at=shapes.optional(at, str, "name") or "",
    )
