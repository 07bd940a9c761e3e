"""Repositories, brief to full."""

from __future__ import annotations

from tests.fakes.github.shapes.accounts import account
from tests.fakes.github.shapes.common import Json, Urls, node, stamp
from tests.fakes.github.state import Repository

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
