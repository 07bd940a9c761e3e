"""Issues that are no pull requests."""

from __future__ import annotations

from tests.fakes.github.shapes.accounts import account, app
from tests.fakes.github.shapes.common import Json, Urls, maybe, node, stamp
from tests.fakes.github.shapes.pulls import association
from tests.fakes.github.state import AppState, Issue, Repository

_REACTIONS = ("+1", "-1", "laugh", "hooray", "confused", "heart", "rocket", "eyes")


def plain_issue(one: Issue, base: Repository, owner: AppState, urls: Urls) -> Json:
    """`issue`."""
    url = f"{urls.repository(base)}/issues/{one.number}"
    return {
        "url": url,
        "repository_url": urls.repository(base),
        "labels_url": f"{url}/labels{{/name}}",
        "comments_url": f"{url}/comments",
        "events_url": f"{url}/events",
        "timeline_url": f"{url}/timeline",
        "html_url": f"{urls.page(base)}/issues/{one.number}",
        "id": one.id,
        "node_id": node("Issue", one.id),
        "number": one.number,
        "title": one.title,
        "user": account(one.author, urls),
        "labels": [],
        "state": one.state,
        "locked": False,
        "assignee": None,
        "assignees": [],
        "milestone": None,
        "comments": sum(comment.number == one.number for comment in base.comments.values()),
        "created_at": stamp(one.created_at),
        "updated_at": stamp(one.updated_at),
        "closed_at": maybe(one.closed_at),
        "author_association": association(one.author, base),
        "active_lock_reason": None,
        "body": one.body,
        "reactions": {"url": f"{url}/reactions", "total_count": 0, **dict.fromkeys(_REACTIONS, 0)},
        "performed_via_github_app": app(owner, urls) if one.by_app else None,
        "state_reason": "completed" if one.state == "closed" else None,
    }
