"""Check runs: listed by commit and name, written with any number of annotations."""

from __future__ import annotations

from bot.github import shapes
from bot.github.client import Client, Params
from bot.github.values import Annotation, CheckDraft, CheckRun
from rules.jsontext import JsonValue

BATCH = 50
"""As many annotations as GitHub takes in one request (REST, "Update a check run")."""


def runs(client: Client, root: str, sha: str, name: str, app_id: int) -> tuple[CheckRun, ...]:
    """List the App's runs, oldest first; another App's run of the same name is not ours."""
    wanted: Params = {"check_name": name, "filter": "all", "app_id": app_id}
    found = client.pages(f"{root}/commits/{sha}/check-runs", wanted, within="check_runs")
    ours = (item for item in found if shapes.optional(item, int, "app", "id") in {None, app_id})
    read = (shapes.check_run(item) for item in ours)
    return tuple(sorted((run for run in read if run.name in {"", name}), key=lambda run: run.id))


def create(client: Client, root: str, draft: CheckDraft) -> CheckRun:
    """Write a run; only its last request carries `external_id`, so that half a run is seen to be one."""
    more = draft.annotations[BATCH:]
    body = {**_body(draft, draft.annotations[:BATCH], last=not more), "head_sha": draft.head_sha}
    written = _written(client.write("POST", f"{root}/check-runs", body), draft)
    return _batches(client, root, written.id, draft, more) if more else written


def update(client: Client, root: str, check_id: int, draft: CheckDraft) -> CheckRun:
    """Bring a run up to date, adding the annotations."""
    return _batches(client, root, check_id, draft, draft.annotations)


def _batches(
    client: Client, root: str, check_id: int, draft: CheckDraft, annotations: tuple[Annotation, ...]
) -> CheckRun:
    path = f"{root}/check-runs/{check_id:d}"
    while len(annotations) > BATCH:
        client.write("PATCH", path, _body(draft, annotations[:BATCH], last=False))
        annotations = annotations[BATCH:]
    return _written(client.write("PATCH", path, _body(draft, annotations, last=True)), draft)


def _written(answer: JsonValue, draft: CheckDraft) -> CheckRun:
    """Read the answer to a write: all but the run's id is known already."""
    conclusion = draft.conclusion if draft.status == "completed" else None
    about = (draft.name, draft.head_sha, draft.status, conclusion, draft.external_id, draft.title, draft.summary)
    return CheckRun(shapes.required(answer, int, "id"), *about)


def _body(draft: CheckDraft, annotations: tuple[Annotation, ...], *, last: bool) -> dict[str, JsonValue]:
    output = {
        "title": draft.title,
        "summary": draft.summary,
        "text": draft.text,
        "annotations": [_annotation(annotation) for annotation in annotations],
    }
    return {
        "name": draft.name,
        "status": draft.status,
        **({"conclusion": draft.conclusion} if draft.status == "completed" else {}),
        "output": {key: value for key, value in output.items() if value},
        **({"external_id": draft.external_id, "actions": _buttons(draft)} if last else {}),
        **({"details_url": draft.details_url} if draft.details_url else {}),
    }


def _buttons(draft: CheckDraft) -> list[JsonValue]:
    return [{"label": one.label, "description": one.description, "identifier": one.identifier} for one in draft.buttons]


def _annotation(annotation: Annotation) -> JsonValue:
    return {
        "path": annotation.path,
        "start_line": annotation.start_line,
        "end_line": annotation.end_line,
        "annotation_level": annotation.level,
        "title": annotation.title,
        "message": annotation.message,
    }
