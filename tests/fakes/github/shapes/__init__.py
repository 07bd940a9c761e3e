"""The JSON that GitHub answers with, field by field as its OpenAPI description names and requires it.

Source: https://github.com/github/rest-api-description (npm `@octokit/openapi`, api.github.com).
"""

from __future__ import annotations

from tests.fakes.github.shapes.accounts import account, app, installation, maybe_account, public_user
from tests.fakes.github.shapes.actions import workflow_job, workflow_run
from tests.fakes.github.shapes.checks import check_pulls, check_run
from tests.fakes.github.shapes.commits import address, change, commit, git_commit, pushed_commit
from tests.fakes.github.shapes.common import Json, Urls, maybe, node, stamp
from tests.fakes.github.shapes.issues import plain_issue
from tests.fakes.github.shapes.pulls import REACTIONS, association, comment, issue, pull, review, simple_pull, team
from tests.fakes.github.shapes.repositories import brief_repository, full_repository, minimal_repository, repository

__all__ = [
    "REACTIONS",
    "Json",
    "Urls",
    "account",
    "address",
    "app",
    "association",
    "brief_repository",
    "change",
    "check_pulls",
    "check_run",
    "comment",
    "commit",
    "full_repository",
    "git_commit",
    "installation",
    "issue",
    "maybe",
    "maybe_account",
    "minimal_repository",
    "node",
    "plain_issue",
    "public_user",
    "pull",
    "pushed_commit",
    "repository",
    "review",
    "simple_pull",
    "stamp",
    "team",
    "workflow_job",
    "workflow_run",
]
