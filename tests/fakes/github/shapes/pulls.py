"""Pull requests, as such and as issues, and their comments."""

from __future__ import annotations

from collections.abc import Iterable

from tests.fakes.github.git import FileChange
from tests.fakes.github.shapes.accounts import account, app, maybe_account
from tests.fakes.github.shapes.common import Json, Urls, maybe, node, stamp
from tests.fakes.github.shapes.repositories import repository
from tests.fakes.github.state import Account, AppState, Comment, Pull, Repository, Review, Team

REACTIONS = ("+1", "-1", "laugh", "hooray", "confused", "heart", "rocket", "eyes")


def _end(owner: Account, ref: str, sha: str, one: Repository | None, urls: Urls) -> Json:
    """One end of a pull request, head or base; `repo` is null when the fork was deleted."""
    return {
        "label": f"{owner.login}:{ref}",
        "ref": ref,
        "sha": sha,
        "user": account(owner, urls),
        "repo": repository(one, urls) if one else None,
    }


def simple_pull(one: Pull, base: Repository, urls: Urls) -> Json:
    """`pull-request-simple`: what the list answers."""
    url, page = f"{urls.repository(base)}/pulls/{one.number}", f"{urls.page(base)}/pull/{one.number}"
    issue = f"{urls.repository(base)}/issues/{one.number}"
    links = {
        "self": url,
        "html": page,
        "issue": issue,
        "comments": f"{issue}/comments",
        "review_comments": f"{url}/comments",
        "review_comment": f"{urls.repository(base)}/pulls/comments{{/number}}",
        "commits": f"{url}/commits",
        "statuses": f"{urls.repository(base)}/statuses/{one.head_sha}",
    }
    return {
        "url": url,
        "id": one.id,
        "node_id": node("PullRequest", one.id),
        "html_url": page,
        "diff_url": f"{page}.diff",
        "patch_url": f"{page}.patch",
        **{f"{name}_url": link for name, link in links.items() if name not in ("self", "html")},
        "number": one.number,
        "state": one.state,
        "locked": False,
        "title": one.title,
        "user": maybe_account(one.author, urls),
        "body": one.body,
        "created_at": stamp(one.created_at),
        "updated_at": stamp(one.updated_at),
        "closed_at": maybe(one.closed_at),
        "merged_at": maybe(one.merged_at),
        "merge_commit_sha": one.merge_commit_sha,
        "assignee": None,
        "assignees": [],
        "requested_reviewers": [account(who, urls) for who in one.reviewers],
        "requested_teams": [team(each, urls) for each in one.teams],
        "labels": [],
        "milestone": None,
        "draft": one.draft,
        "head": _end(one.head_owner, one.head_ref, one.head_sha, one.head_repository, urls),
        "base": _end(base.owner, one.base_ref, one.base_sha, base, urls),
        "_links": {name: {"href": link} for name, link in links.items()},
        "author_association": association(one.author, base),
        "auto_merge": None,
        "active_lock_reason": None,
    }


def pull(one: Pull, base: Repository, urls: Urls, changes: Iterable[FileChange], commits: int) -> Json:
    """`pull-request`: what asking for one, and the webhook, answer."""
    files = list(changes)
    still_open = one.state == "open"
    teams = [{name: value for name, value in team(each, urls).items() if name != "parent"} for each in one.teams]
    return {
        **simple_pull(one, base, urls),
        "requested_teams": teams,
        "merged": one.merged_at is not None,
        "mergeable": True if still_open else None,
        "rebaseable": True if still_open else None,
        "mergeable_state": ("draft" if one.draft else "clean") if still_open else "unknown",
        "merged_by": maybe_account(one.merged_by, urls),
        "comments": sum(comment.number == one.number for comment in base.comments.values()),
        "review_comments": 0,
        "maintainer_can_modify": one.head_repository is not base and still_open,
        "commits": commits,
        "additions": sum(file.additions for file in files),
        "deletions": sum(file.deletions for file in files),
        "changed_files": len(files),
    }


def association(one: Account | None, base: Repository) -> str:
    """`author-association`: what GitHub says of an author, and what nobody may decide by."""
    if one is None:
        return "NONE"
    return "OWNER" if one.id == base.owner.id else "CONTRIBUTOR"


def issue(one: Pull, base: Repository, urls: Urls) -> Json:
    """`issue`, as a pull request appears among issues and in comment events."""
    url, page = f"{urls.repository(base)}/issues/{one.number}", f"{urls.page(base)}/pull/{one.number}"
    whole = simple_pull(one, base, urls)
    same = ("number", "title", "user", "state", "locked", "created_at", "updated_at", "closed_at", "body", "draft")
    lists = ("labels", "assignee", "assignees", "milestone", "author_association", "active_lock_reason")
    merged = maybe(one.merged_at)
    return {
        **{name: whole[name] for name in same + lists},
        "url": url,
        "repository_url": urls.repository(base),
        "labels_url": f"{url}/labels{{/name}}",
        "comments_url": f"{url}/comments",
        "events_url": f"{url}/events",
        "timeline_url": f"{url}/timeline",
        "html_url": page,
        "id": one.id,
        "node_id": node("PullRequest", one.id),
        "comments": sum(comment.number == one.number for comment in base.comments.values()),
        "pull_request": {
            "url": whole["url"],
            "html_url": page,
            "diff_url": whole["diff_url"],
            "patch_url": whole["patch_url"],
            "merged_at": merged,
        },
        "reactions": _reactions(url),
        "performed_via_github_app": None,
        "state_reason": None,
    }


def comment(one: Comment, base: Repository, owner: AppState, urls: Urls) -> Json:
    """`issue-comment`."""
    url = f"{urls.repository(base)}/issues/comments/{one.id}"
    return {
        "url": url,
        "html_url": f"{urls.page(base)}/pull/{one.number}#issuecomment-{one.id}",
        "issue_url": f"{urls.repository(base)}/issues/{one.number}",
        "id": one.id,
        "node_id": node("IssueComment", one.id),
        "user": maybe_account(one.author, urls),
        "created_at": stamp(one.created_at),
        "updated_at": stamp(one.updated_at),
        "body": one.body,
        "author_association": association(one.author, base),
        "reactions": _reactions(url, (content for _, content in one.reactions)),
        "performed_via_github_app": app(owner, urls) if one.by_app else None,
    }


def _reactions(url: str, found: Iterable[str] = ()) -> Json:
    counted = list(found)
    return {
        "url": f"{url}/reactions", "total_count": len(counted), **{name: counted.count(name) for name in REACTIONS},
    }  # fmt: skip


def review(one: Review, base: Repository, urls: Urls) -> Json:
    """`pull-request-review`."""
    url, page = f"{urls.repository(base)}/pulls/{one.number}", f"{urls.page(base)}/pull/{one.number}"
    html = f"{page}#pullrequestreview-{one.id}"
    return {
        "id": one.id,
        "node_id": node("PullRequestReview", one.id),
        "user": account(one.author, urls),
        "body": one.body,
        "state": one.state,
        "html_url": html,
        "pull_request_url": url,
        "author_association": association(one.author, base),
        "_links": {"html": {"href": html}, "pull_request": {"href": url}},
        "submitted_at": stamp(one.submitted_at),
        "commit_id": one.commit_id,
    }


def team(one: Team, urls: Urls) -> Json:
    """`team` and `team-simple`."""
    url = f"{urls.api}/organizations/{one.organisation.id}/team/{one.id}"
    return {
        "id": one.id,
        "node_id": node("Team", one.id),
        "name": one.slug,
        "slug": one.slug,
        "description": None,
        "privacy": "closed",
        "notification_setting": "notifications_enabled",
        "permission": "pull",
        "url": url,
        "html_url": f"{urls.html}/orgs/{one.organisation.login}/teams/{one.slug}",
        "members_url": f"{url}/members{{/member}}",
        "repositories_url": f"{url}/repos",
        "type": "organization",
        "organization_id": one.organisation.id,
        "parent": None,
    }
