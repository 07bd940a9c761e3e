"""The JSON that GitHub answers with, field by field as its OpenAPI description names and requires it.

Source: https://github.com/github/rest-api-description (npm `@octokit/openapi`, api.github.com).
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

from tests.fakes.github.git import Commit, FileChange
from tests.fakes.github.state import Account, AppState, CheckRun, Comment, Installation, Pull, Repository, World

Json = dict[str, Any]

_ACCOUNT_URLS = {
    "followers_url": "/followers",
    "following_url": "/following{/other_user}",
    "gists_url": "/gists{/gist_id}",
    "starred_url": "/starred{/owner}{/repo}",
    "subscriptions_url": "/subscriptions",
    "organizations_url": "/orgs",
    "repos_url": "/repos",
    "events_url": "/events{/privacy}",
    "received_events_url": "/received_events",
}
_REPOSITORY_URLS = {
    "archive_url": "/{archive_format}{/ref}",
    "assignees_url": "/assignees{/user}",
    "blobs_url": "/git/blobs{/sha}",
    "branches_url": "/branches{/branch}",
    "collaborators_url": "/collaborators{/collaborator}",
    "comments_url": "/comments{/number}",
    "commits_url": "/commits{/sha}",
    "compare_url": "/compare/{base}...{head}",
    "contents_url": "/contents/{+path}",
    "contributors_url": "/contributors",
    "deployments_url": "/deployments",
    "downloads_url": "/downloads",
    "events_url": "/events",
    "forks_url": "/forks",
    "git_commits_url": "/git/commits{/sha}",
    "git_refs_url": "/git/refs{/sha}",
    "git_tags_url": "/git/tags{/sha}",
    "hooks_url": "/hooks",
    "issue_comment_url": "/issues/comments{/number}",
    "issue_events_url": "/issues/events{/number}",
    "issues_url": "/issues{/number}",
    "keys_url": "/keys{/key_id}",
    "labels_url": "/labels{/name}",
    "languages_url": "/languages",
    "merges_url": "/merges",
    "milestones_url": "/milestones{/number}",
    "notifications_url": "/notifications{?since,all,participating}",
    "pulls_url": "/pulls{/number}",
    "releases_url": "/releases{/id}",
    "stargazers_url": "/stargazers",
    "statuses_url": "/statuses/{sha}",
    "subscribers_url": "/subscribers",
    "subscription_url": "/subscription",
    "tags_url": "/tags",
    "teams_url": "/teams",
    "trees_url": "/git/trees{/sha}",
}
_REACTIONS = ("+1", "-1", "laugh", "hooray", "confused", "heart", "rocket", "eyes")


@dataclass(frozen=True)
class Urls:
    """Where the API and the pages are; GitHub Enterprise Server has its API under `/api/v3`."""

    api: str
    html: str

    def repository(self, repository: Repository) -> str:
        """The API's address of a repository."""
        return f"{self.api}/repos/{repository.full_name}"

    def page(self, repository: Repository) -> str:
        """The address of a repository's page."""
        return f"{self.html}/{repository.full_name}"


def stamp(at: datetime) -> str:
    """Write a time as GitHub does."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def maybe(at: datetime | None) -> str | None:
    """Write a time that may be missing."""
    return stamp(at) if at else None


def node(kind: str, number: int | str) -> str:
    """Make the opaque id that GraphQL would use."""
    return base64.b64encode(f"0:{kind}:{number}".encode()).decode()


def account(one: Account, urls: Urls) -> Json:
    """`simple-user`."""
    url = f"{urls.api}/users/{quote(one.login, safe='')}"
    page = one.login.removesuffix("[bot]") if one.type == "Bot" else one.login
    html = f"{urls.html}/apps/{page}" if one.type == "Bot" else f"{urls.html}/{page}"
    return {
        "login": one.login,
        "id": one.id,
        "node_id": node(one.type, one.id),
        "avatar_url": f"{urls.html}/avatars/{one.id}",
        "gravatar_id": "",
        "url": url,
        "html_url": html,
        "type": one.type,
        "site_admin": False,
        "user_view_type": "public",
        **{name: url + tail for name, tail in _ACCOUNT_URLS.items()},
    }


def public_user(one: Account, since: datetime, urls: Urls) -> Json:
    """`public-user`."""
    nothing = ("bio", "blog", "company", "email", "hireable", "location", "name")
    none_of = ("followers", "following", "public_gists", "public_repos")
    times = {"created_at": stamp(since), "updated_at": stamp(since)}
    return {**account(one, urls), **dict.fromkeys(nothing), **dict.fromkeys(none_of, 0), **times}


def maybe_account(one: Account | None, urls: Urls) -> Json | None:
    """`nullable-simple-user`: null when the account was deleted."""
    return account(one, urls) if one else None


def app(one: AppState, urls: Urls, installations: int | None = None) -> Json:
    """`integration`; with the number of installations only where the App asks for itself."""
    shape = {
        "id": one.id,
        "client_id": f"Iv23{one.id:016d}",
        "slug": one.slug,
        "node_id": node("App", one.id),
        "owner": account(one.owner, urls),
        "name": one.name,
        "description": "",
        "external_url": f"{urls.html}/{one.owner.login}",
        "html_url": f"{urls.html}/apps/{one.slug}",
        "created_at": stamp(one.created_at),
        "updated_at": stamp(one.created_at),
        "permissions": dict(one.permissions),
        "events": list(one.events),
    }
    return shape if installations is None else {**shape, "installations_count": installations}


def installation(one: Installation, owner: AppState, urls: Urls) -> Json:
    """`installation`."""
    organisation = one.account.type == "Organization"
    settings = f"/organizations/{one.account.login}/settings" if organisation else "/settings"
    return {
        "id": one.id,
        "account": account(one.account, urls),
        "repository_selection": "selected",
        "access_tokens_url": f"{urls.api}/app/installations/{one.id}/access_tokens",
        "repositories_url": f"{urls.api}/installation/repositories",
        "html_url": f"{urls.html}{settings}/installations/{one.id}",
        "app_id": owner.id,
        "app_slug": owner.slug,
        "target_id": one.account.id,
        "target_type": one.account.type,
        "permissions": dict(one.permissions),
        "events": list(one.events),
        "created_at": stamp(one.created_at),
        "updated_at": stamp(one.updated_at),
        "single_file_name": None,
        "has_multiple_single_files": False,
        "single_file_paths": [],
        "suspended_by": None,
        "suspended_at": maybe(one.suspended_at),
    }


def brief_repository(one: Repository) -> Json:
    """The few fields that the installation events carry."""
    return {
        "id": one.id,
        "node_id": node("Repository", one.id),
        "name": one.name,
        "full_name": one.full_name,
        "private": one.private,
    }


def minimal_repository(one: Repository, urls: Urls) -> Json:
    """`minimal-repository`: names and addresses."""
    url = urls.repository(one)
    return {
        **brief_repository(one),
        "owner": account(one.owner, urls),
        "html_url": urls.page(one),
        "description": None,
        "fork": one.source is not None,
        "url": url,
        **{name: url + tail for name, tail in _REPOSITORY_URLS.items()},
    }


def repository(one: Repository, urls: Urls) -> Json:
    """`repository`, and all that `full-repository` requires beside."""
    page = urls.page(one)
    still_open = sum(pull.state == "open" for pull in one.pulls.values())
    counts = ("size", "stargazers_count", "watchers_count", "watchers", "forks_count", "forks")
    switches = ("has_issues", "has_projects", "has_downloads", "has_wiki", "has_pull_requests", "allow_forking")
    return {
        **minimal_repository(one, urls),
        "git_url": page.replace("http:", "git:", 1) + ".git",
        "ssh_url": f"git@github.test:{one.full_name}.git",
        "clone_url": page + ".git",
        "svn_url": page,
        "mirror_url": None,
        "homepage": None,
        "language": None,
        "license": None,
        "created_at": stamp(one.created_at),
        "updated_at": stamp(one.pushed_at),
        "pushed_at": stamp(one.pushed_at),
        **dict.fromkeys(counts, 0),
        **dict.fromkeys(switches, True),
        "has_pages": False,
        "has_discussions": False,
        "archived": one.archived,
        "disabled": False,
        "open_issues_count": still_open,
        "open_issues": still_open,
        "is_template": False,
        "web_commit_signoff_required": False,
        "topics": [],
        "visibility": "private" if one.private else "public",
        "default_branch": one.default_branch,
    }


def full_repository(one: Repository, urls: Urls) -> Json:
    """`full-repository`: what asking for one repository answers."""
    shape = repository(one, urls) | {"network_count": 0, "subscribers_count": 0, "custom_properties": {}}
    if one.source is not None:
        shape |= {"parent": repository(one.source, urls), "source": repository(one.source, urls)}
    return shape


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
        "requested_reviewers": [],
        "requested_teams": [],
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
    return {
        **simple_pull(one, base, urls),
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
        "reactions": _reactions(url),
        "performed_via_github_app": app(owner, urls) if one.by_app else None,
    }


def _reactions(url: str) -> Json:
    return {"url": f"{url}/reactions", "total_count": 0, **dict.fromkeys(_REACTIONS, 0)}


def change(one: FileChange, head_sha: str, base: Repository, urls: Urls) -> Json:
    """`diff-entry`."""
    path = quote(one.path)
    shape = {
        "sha": one.sha,
        "filename": one.path,
        "status": one.status,
        "additions": one.additions,
        "deletions": one.deletions,
        "changes": one.additions + one.deletions,
        "blob_url": f"{urls.page(base)}/blob/{head_sha}/{path}",
        "raw_url": f"{urls.page(base)}/raw/{head_sha}/{path}",
        "contents_url": f"{urls.repository(base)}/contents/{path}?ref={head_sha}",
    }
    optional = {"patch": one.patch, "previous_filename": one.previous}
    return shape | {name: value for name, value in optional.items() if value is not None}


def commit(one: Commit, base: Repository, world: World, urls: Urls) -> Json:
    """`commit`."""
    url, page = f"{urls.repository(base)}/commits/{one.sha}", f"{urls.page(base)}/commit/{one.sha}"
    author = world.accounts.get(one.author_login.lower())
    person = _git_user(one)
    parents = [
        {
            "sha": sha,
            "url": f"{urls.repository(base)}/commits/{sha}",
            "html_url": f"{urls.page(base)}/commit/{sha}",
        }
        for sha in one.parents
    ]
    return {
        "url": url,
        "sha": one.sha,
        "node_id": node("Commit", one.sha),
        "html_url": page,
        "comments_url": f"{url}/comments",
        "commit": {
            "url": f"{urls.repository(base)}/git/commits/{one.sha}",
            "author": person,
            "committer": person,
            "message": one.message,
            "tree": {"sha": one.tree, "url": f"{urls.repository(base)}/git/trees/{one.tree}"},
            "comment_count": 0,
            "verification": {
                "verified": False,
                "reason": "unsigned",
                "signature": None,
                "payload": None,
                "verified_at": None,
            },
        },
        "author": maybe_account(author, urls),
        "committer": maybe_account(author, urls),
        "parents": parents,
    }


def _git_user(one: Commit) -> Json:
    mail = f"{one.author_id}+{one.author_login}@users.noreply.github.com"
    return {"name": one.author_login, "email": mail, "date": stamp(one.at)}


def pushed_commit(one: Commit, before: Mapping[str, str], base: Repository, urls: Urls) -> Json:
    """A commit as the push event shows it; `before` is the files of its first parent."""
    person = {**_git_user(one), "username": one.author_login}
    return {
        "id": one.sha,
        "tree_id": one.tree,
        "distinct": True,
        "message": one.message,
        "timestamp": stamp(one.at),
        "url": f"{urls.page(base)}/commit/{one.sha}",
        "author": person,
        "committer": person,
        "added": sorted(set(one.files) - set(before)),
        "removed": sorted(set(before) - set(one.files)),
        "modified": sorted(path for path, sha in one.files.items() if before.get(path, sha) != sha),
    }


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
        "app": app(owner, urls),
        "pull_requests": check_pulls(one.head_sha, base, urls),
    }
