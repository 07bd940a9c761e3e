"""Check runs."""

from __future__ import annotations

from tests.fakes.github.shapes.accounts import app
from tests.fakes.github.shapes.common import Json, Urls, maybe, node
from tests.fakes.github.state import AppState, CheckRun, Repository


def check_pulls(sha: str, base: Repository, urls: Urls) -> list[Json]:
    """The open pull requests of a commit; empty for forks, as on GitHub."""

    def end(ref: str, at: str) -> Json:
        return {
            "ref": ref,
            "sha": at,
            "repo": {"id": base.id, "url": urls.repository(base), "name": base.name},
        }

    return [
        {
            "url": f"{urls.repository(base)}/pulls/{one.number}",
            "id": one.id,
            "number": one.number,
            "head": end(one.head_ref, one.head_sha),
            "base": end(one.base_ref, one.base_sha),
        }
        for one in base.pulls.values()
        if one.head_sha == sha and one.state == "open" and one.head_repository is base
    ]


def check_run(one: CheckRun, base: Repository, owner: AppState, urls: Urls) -> Json:
    """`check-run`."""
    url, page = f"{urls.repository(base)}/check-runs/{one.id}", f"{urls.page(base)}/runs/{one.id}"
    return {
        "id": one.id,
        "name": one.name,
        "node_id": node("CheckRun", one.id),
        "head_sha": one.head_sha,
        "external_id": one.external_id,
        "url": url,
        "html_url": page,
        "details_url": one.details_url or page,
        "status": one.status,
        "conclusion": one.conclusion,
        "started_at": maybe(one.started_at),
        "completed_at": maybe(one.completed_at),
        "output": {
            "title": one.output.get("title"),
            "summary": one.output.get("summary"),
            "text": one.output.get("text"),
            "annotations_count": len(one.annotations),
            "annotations_url": f"{url}/annotations",
        },
        "check_suite": {"id": one.suite},
        "app": app(owner, urls) if one.app_id is None else {**app(owner, urls), "id": one.app_id, "slug": "another"},
        "pull_requests": check_pulls(one.head_sha, base, urls),
    }
