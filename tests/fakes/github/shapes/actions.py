"""Runs of workflows, and their jobs."""

from __future__ import annotations

from tests.fakes.github.shapes.accounts import account
from tests.fakes.github.shapes.commits import address
from tests.fakes.github.shapes.common import Json, Urls, node, stamp
from tests.fakes.github.shapes.repositories import minimal_repository
from tests.fakes.github.state import Repository, WorkflowRun


def workflow_run(one: WorkflowRun, base: Repository, urls: Urls) -> Json:
    """`workflow-run`."""
    url = f"{urls.repository(base)}/actions/runs/{one.id}"
    commit = base.objects.commits[one.head_sha]
    person = {"name": commit.author_login, "email": address(commit.author_login)}
    tails = ("jobs", "logs", "artifacts", "cancel", "rerun")
    return {
        "id": one.id, "name": one.workflow, "node_id": node("WorkflowRun", one.id), "check_suite_id": one.id,
        "check_suite_node_id": node("CheckSuite", one.id), "head_branch": one.ref, "head_sha": one.head_sha,
        "path": f".github/workflows/{one.workflow}", "run_number": 1, "run_attempt": 1, "referenced_workflows": [],
        "event": "workflow_dispatch", "status": one.status, "conclusion": one.conclusion, "workflow_id": 7,
        "url": url, "html_url": f"{urls.page(base)}/actions/runs/{one.id}", "pull_requests": [],
        "created_at": stamp(one.created_at), "updated_at": stamp(one.updated_at),
        "run_started_at": stamp(one.created_at), "actor": account(one.actor, urls),
        "triggering_actor": account(one.actor, urls), **{f"{tail}_url": f"{url}/{tail}" for tail in tails},
        "check_suite_url": f"{urls.repository(base)}/check-suites/{one.id}", "previous_attempt_url": None,
        "workflow_url": f"{urls.repository(base)}/actions/workflows/7",
        "head_commit": {
            "id": commit.sha, "tree_id": commit.tree, "message": commit.message, "timestamp": stamp(one.created_at),
            "author": person, "committer": person,
        },
        "repository": minimal_repository(base, urls), "head_repository": minimal_repository(base, urls),
        "display_title": one.title,
    }  # fmt: skip


def workflow_job(one: WorkflowRun, base: Repository, urls: Urls) -> Json:
    """`job`: its steps are those that the run was told to have."""
    url = urls.repository(base)
    steps = [
        {
            "name": name, "number": number, "started_at": None, "completed_at": None,
            "status": "completed" if number <= one.done else "in_progress" if number == one.done + 1 else "queued",
            "conclusion": "success" if number <= one.done else None,
        }
        for number, name in enumerate(one.steps, 1)
    ]  # fmt: skip
    return {
        "id": one.check, "run_id": one.id, "run_url": f"{url}/actions/runs/{one.id}", "run_attempt": 1,
        "node_id": node("CheckRun", one.check), "head_sha": one.head_sha, "url": f"{url}/actions/jobs/{one.check}",
        "html_url": f"{urls.page(base)}/actions/runs/{one.id}/job/{one.check}", "status": one.status,
        "conclusion": one.conclusion, "created_at": stamp(one.created_at), "started_at": stamp(one.created_at),
        "completed_at": stamp(one.updated_at) if one.conclusion else None, "name": "migrate", "steps": steps,
        "check_run_url": f"{url}/check-runs/{one.check}", "labels": ["ubuntu-latest"], "runner_id": 1,
        "runner_name": "a runner", "runner_group_id": 2, "runner_group_name": "GitHub Actions",
        "workflow_name": one.workflow, "head_branch": one.ref,
    }  # fmt: skip
