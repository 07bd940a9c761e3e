"""Operations on check runs. Source: https://docs.github.com/en/rest/checks/runs"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from tests.fakes.github import shapes
from tests.fakes.github.http import Answer, Call, HttpError, Route, invalid, not_found
from tests.fakes.github.state import CheckRun

MOST_ANNOTATIONS = 50
"""Annotations of one request."""
MOST_ACTIONS = 3
"""Buttons of a check run."""
_ACTION = {"label": 20, "description": 40, "identifier": 20}
"""Characters of each of a button's texts."""
MOST_OUTPUT = 65_535
"""Characters of a check run's summary, and of its text."""
_CONCLUSIONS = ("success", "failure", "neutral", "cancelled", "skipped", "timed_out", "action_required")
_STATUSES = ("queued", "in_progress", "completed", "waiting", "requested", "pending")
_LEVELS = ("notice", "warning", "failure")
_ANNOTATION_NEEDS: Mapping[str, type] = {
    "path": str,
    "start_line": int,
    "end_line": int,
    "annotation_level": str,
    "message": str,
}
_ANNOTATION_MAY = ("start_column", "end_column", "title", "raw_details")


def list_runs(call: Call, ref: str) -> Answer:
    """`GET /repos/{owner}/{repo}/commits/{ref}/check-runs`."""
    commit = call.repository.resolve(ref)
    if commit is None:
        raise HttpError(422, f"No commit found for SHA: {ref}")
    found = [one for one in call.repository.checks.values() if one.head_sha == commit.sha and _wanted(call, one)]
    if call.query.get("filter", "latest") == "latest":
        found = list({one.name: one for one in sorted(found, key=lambda one: one.id)}.values())
    items = [_shape(call, one) for one in sorted(found, key=lambda one: -one.id)]
    return call.paged(items, wrap=lambda page: {"total_count": len(items), "check_runs": page})


def _wanted(call: Call, one: CheckRun) -> bool:
    filters = {"check_name": one.name, "status": one.status, "app_id": str(one.app_id or call.site.app.id)}
    return all(call.query.get(name, value) == value for name, value in filters.items())


def create_run(call: Call) -> Answer:
    """`POST /repos/{owner}/{repo}/check-runs`."""
    name, sha = call.text("name", "CheckRun"), call.text("head_sha", "CheckRun")
    commit = call.repository.resolve(sha)
    if commit is None or commit.sha != sha:
        raise HttpError(422, f"No commit found for SHA: {sha}")
    suite = call.repository.suites.setdefault(sha, 0) or next(call.world.ids)
    call.repository.suites[sha] = suite
    run = CheckRun(next(call.world.ids), suite, name, sha, "queued", None, None, None, "", None, {})
    _apply(call, run)
    run.started_at = run.started_at or call.world.now()
    call.repository.checks[run.id] = run
    call.site.tell_check("created", call.repository, run, call.site.app.bot)
    if run.status == "completed":
        call.site.tell_check("completed", call.repository, run, call.site.app.bot)
    shape = _shape(call, run)
    return Answer(shape, 201, {"Location": shape["url"]})


def update_run(call: Call, number: int) -> Answer:
    """`PATCH /repos/{owner}/{repo}/check-runs/{check_run_id}`; annotations add to those there are."""
    run = _found(call, number)
    was = run.status
    _apply(call, run)
    if run.status == "completed" and was != "completed":
        call.site.tell_check("completed", call.repository, run, call.site.app.bot)
    return Answer(_shape(call, run))


def get_run(call: Call, number: int) -> Answer:
    """`GET /repos/{owner}/{repo}/check-runs/{check_run_id}`."""
    return Answer(_shape(call, _found(call, number)))


def list_annotations(call: Call, number: int) -> Answer:
    """`GET /repos/{owner}/{repo}/check-runs/{check_run_id}/annotations`."""
    run = _found(call, number)
    page = call.urls.page(call.repository)
    blank = dict.fromkeys(_ANNOTATION_MAY)
    items = [{**blank, "blob_href": f"{page}/blob/{run.head_sha}/{one['path']}", **one} for one in run.annotations]
    return call.paged(items)


def _found(call: Call, number: int) -> CheckRun:
    found = call.repository.checks.get(number)
    if found is None:
        raise not_found()
    return found


def _apply(call: Call, run: CheckRun) -> None:
    """Take over what the body says, all of it or nothing."""
    body = call.body
    output, annotations = _output(body.get("output"))
    actions = _actions(body.get("actions") or [])
    status, conclusion = _state(body, run)
    times = {name: _time(body[name]) for name in ("started_at", "completed_at") if body.get(name)}
    run.name = body.get("name", run.name)
    run.external_id = body.get("external_id", run.external_id)
    run.details_url = body.get("details_url", run.details_url)
    run.status, run.conclusion = status, conclusion
    run.started_at = times.get("started_at", run.started_at)
    finished = times.get("completed_at", run.completed_at) or call.world.now()
    run.completed_at = finished if status == "completed" else None
    run.output = run.output | output
    run.annotations = run.annotations + annotations
    if "actions" in body:
        run.actions = actions


def _state(body: Mapping[str, Any], run: CheckRun) -> tuple[str, str | None]:
    conclusion = body.get("conclusion")
    status = "completed" if conclusion else body.get("status", run.status)
    if status not in _STATUSES:
        raise invalid("CheckRun", "status", "invalid")
    if conclusion is not None and conclusion not in _CONCLUSIONS:
        raise invalid("CheckRun", "conclusion", "invalid")
    if status != "completed":
        return status, None
    conclusion = conclusion or run.conclusion
    if conclusion is None:
        raise invalid("CheckRun", "conclusion", "missing_field")
    return status, conclusion


def _time(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        raise HttpError(422, f"Invalid request.\n\n{text!r} is not a valid timestamp.") from error


def _output(output: Any) -> tuple[dict[str, str | None], list[dict[str, Any]]]:
    if output is None:
        return {}, []
    if not isinstance(output, dict):
        raise invalid("CheckRun", "output", "invalid")
    # the title is required by the create operation only, but a summary always
    if not isinstance(output.get("summary"), str):
        raise HttpError(422, 'Invalid request.\n\n"summary" wasn\'t supplied.')
    for name in ("summary", "text"):
        if len(output.get(name) or "") > MOST_OUTPUT:
            raise invalid(
                "CheckRun", name, "custom", f"Output {name} is too long (maximum is {MOST_OUTPUT} characters)"
            )
    kept = {name: output[name] for name in ("title", "summary", "text") if name in output}
    return kept, _annotations(output.get("annotations") or [])


def _actions(given: list[dict[str, Any]]) -> list[dict[str, Any]]:
    if len(given) > MOST_ACTIONS:
        raise HttpError(422, f"Invalid request.\n\nNo more than {MOST_ACTIONS} items are allowed.")
    for one in given:
        if any(not one.get(name) or len(one[name]) > most for name, most in _ACTION.items()):
            raise invalid("CheckRun", "actions", "invalid", "an action's label, description or identifier is too long")
    return [dict(one) for one in given]


def _annotations(given: list[dict[str, Any]]) -> list[dict[str, Any]]:
    if len(given) > MOST_ANNOTATIONS:
        message = f"No more than {MOST_ANNOTATIONS} items are allowed; {len(given)} were supplied."
        raise HttpError(422, f"Invalid request.\n\n{message}")
    for one in given:
        for name, kind in _ANNOTATION_NEEDS.items():
            if not isinstance(one.get(name), kind):
                raise HttpError(422, f'Invalid request.\n\n"{name}" wasn\'t supplied.')
        if one["annotation_level"] not in _LEVELS or one["end_line"] < one["start_line"] or one["start_line"] < 1:
            raise invalid("CheckRun", "annotations", "invalid", "an annotation's level or lines are invalid")
    return [dict(one) for one in given]


def _shape(call: Call, one: CheckRun) -> dict[str, Any]:
    return shapes.check_run(one, call.repository, call.site.app, call.urls)


_READ, _WRITE = (("checks", "read"),), (("checks", "write"),)
_RUN = "/repos/<owner>/<repo>/check-runs/<int:number>"
ROUTES = (
    Route("GET", "/repos/<owner>/<repo>/commits/<path:ref>/check-runs", list_runs, needs=_READ),
    Route("POST", "/repos/<owner>/<repo>/check-runs", create_run, needs=_WRITE),
    Route("GET", _RUN, get_run, needs=_READ),
    Route("PATCH", _RUN, update_run, needs=_WRITE),
    Route("GET", f"{_RUN}/annotations", list_annotations, needs=_READ),
)
