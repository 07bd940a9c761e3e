"""One repository on GitHub, as the rest of the project sees it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime

from bot.github import actions, branches, checks, comparison, contents, issues, people, shapes
from bot.github.actions import WorkflowJob, WorkflowRun
from bot.github.branches import FileEdit, Tip
from bot.github.client import Client
from bot.github.known import Known
from bot.github.values import Asked, CheckDraft, CheckRun, Comment, Comparison, Issue, PullRequest, PullReview, Standing
from rules.jsontext import JsonValue

_FULL_NAME = re.compile(r"(?!\.{1,2}/)[A-Za-z0-9_.-]{1,100}/(?!\.{1,2}$)[A-Za-z0-9_.-]{1,100}")


def checked_name(full_name: str) -> str:
    """Give an "owner/name" back, or raise `ValueError`: a `..` in it would reach another address with our token."""
    if not _FULL_NAME.fullmatch(full_name):
        raise ValueError(f"a repository is named owner/name, not {full_name[:80]!r}")
    return full_name


class Repository:
    """Reads and writes one repository under one installation's token; safe between threads.

    Make one for each piece of work (`App.repository`): it counts its `requests`. What can never change (files and lists
    of commits) is kept in `known`, which all the App's repositories share. Every method raises
    `bot.github.errors.GitHubError`. No write is ever repeated.
    """

    def __init__(
        self, client: Client, full_name: str, *, app_id: int, known: Known | None = None, scope: str = ""
    ) -> None:
        self.full_name = checked_name(full_name)
        self.app_id = app_id
        self._client = client
        self._root = f"/repos/{full_name}"
        self._contents = contents.Contents(client, self._root, known=known, scope=f"{scope}{self._root}")

    @property
    def requests(self) -> int:
        """How many requests this object has sent, those for tokens not counted."""
        return self._client.requests

    def pull(self, number: int) -> PullRequest:
        """Read a pull request."""
        return shapes.pull_request(self._client.get(f"{self._root}/pulls/{number:d}"))

    def open_pulls(self, base: str | None = None) -> tuple[PullRequest, ...]:
        """List the open pull requests, those towards one branch if it is named."""
        found = self._client.pages(f"{self._root}/pulls", {"state": "open", **({"base": base} if base else {})})
        return tuple(shapes.pull_request(item) for item in found)

    def compare(self, base_ref: str, head_sha: str) -> Comparison:
        """Compare a head with the base branch's tip of now; however many files differ, all are listed."""
        return comparison.compare(self._client, self._contents, self._root, base_ref, head_sha)

    def file(self, path: str, ref: str, blob: str | None = None) -> bytes | None:
        """Read one file at a commit, a branch or "HEAD"; `None` only where that commit is there and has no such file.

        `blob` is the file's id where it is known already. A link, a folder or a submodule that a list or `blob` has
        named is no file. Raises NotFound where the commit or the repository is not there, TooLarge above 20 MB.
        """
        return self._contents.file(path, ref, blob)

    def paths(self, ref: str) -> frozenset[str]:
        """List every file's path at a commit or a branch; raises TooLarge beyond `contents.MAX_PATHS`."""
        return frozenset(self._contents.blobs(ref))

    def comments(self, number: int, *, since: datetime | None = None) -> tuple[Comment, ...]:
        """List the comments in the conversation of a pull request, oldest first; those touched `since` a moment."""
        params = {} if since is None else {"since": since.strftime("%Y-%m-%dT%H:%M:%SZ")}
        found = self._client.pages(f"{self._root}/issues/{number:d}/comments", params)
        return tuple(shapes.comment(item) for item in found)

    def comment(self, comment_id: int) -> Comment:
        """Read one comment."""
        return shapes.comment(self._client.get(f"{self._root}/issues/comments/{comment_id:d}"))

    def create_comment(self, number: int, body: str) -> Comment:
        """Write a comment; after Unavailable look for it before writing again."""
        return shapes.comment(self._client.write("POST", f"{self._root}/issues/{number:d}/comments", {"body": body}))

    def update_comment(self, comment_id: int, body: str) -> Comment:
        """Replace the text of a comment."""
        path = f"{self._root}/issues/comments/{comment_id:d}"
        return shapes.comment(self._client.write("PATCH", path, {"body": body}))

    def delete_comment(self, comment_id: int) -> None:
        """Remove a comment."""
        self._client.write("DELETE", f"{self._root}/issues/comments/{comment_id:d}")

    def reviews(self, number: int) -> tuple[PullReview, ...]:
        """List the submitted reviews of a pull request, oldest first."""
        found = (shapes.review(item) for item in self._client.pages(f"{self._root}/pulls/{number:d}/reviews"))
        return tuple(one for one in found if one is not None)

    def react(self, comment_id: int, content: str) -> None:
        """React to a comment; GitHub keeps one reaction of each kind, however often it is given."""
        self._client.write("POST", f"{self._root}/issues/comments/{comment_id:d}/reactions", {"content": content})

    def ask_reviews(self, number: int, users: Sequence[str], teams: Sequence[str]) -> Asked:
        """Ask people (logins) and teams (slugs), all or none: Rejected where one cannot be asked; who is asked now."""
        return self._reviewers("POST", number, users, teams)

    def take_back_reviews(self, number: int, users: Sequence[str], teams: Sequence[str]) -> Asked:
        """Ask them no more."""
        return self._reviewers("DELETE", number, users, teams)

    def _reviewers(self, verb: str, number: int, users: Sequence[str], teams: Sequence[str]) -> Asked:
        body: JsonValue = {"reviewers": list(users), "team_reviewers": list(teams)}
        path = f"{self._root}/pulls/{number:d}/requested_reviewers"
        return shapes.asked(self._client.write(verb, path, body))

    def standing(self, login: str) -> Standing | None:
        """Tell who has a login now and what they may do here; `None` where nobody has it."""
        return people.standing(self._client, self._root, login)

    def in_team(self, team: str, login: str) -> bool | None:
        """Say whether somebody is an active member of `org/team`; `None` where this installation is not told."""
        return people.in_team(self._client, team, login)

    def login_of(self, user_id: int) -> str | None:
        """Tell somebody's login of now; `None` for who has left GitHub."""
        return people.login_of(self._client, user_id)

    def wrote(self, sha: str) -> frozenset[int]:
        """Tell the accounts (ids) of a commit's author and committer, as far as GitHub knows them."""
        data = self._client.get(f"{self._root}/commits/{sha}", {"per_page": 1})
        found = (shapes.optional(data, int, who, "id") for who in ("author", "committer"))
        return frozenset(one for one in found if one is not None)

    def issues_by(self, login: str) -> tuple[Issue, ...]:
        """List the issues that an account has opened, oldest first; pull requests are none."""
        return issues.created_by(self._client, self._root, login)

    def issue(self, number: int) -> Issue:
        """Read one issue."""
        return issues.read(self._client, self._root, number)

    def create_issue(self, title: str, body: str) -> Issue:
        """Open an issue; after Unavailable look for it before opening another."""
        return issues.create(self._client, self._root, title, body)

    def update_issue(self, number: int, title: str, body: str) -> Issue:
        """Replace the title and the text of an issue."""
        return issues.update(self._client, self._root, number, title, body)

    def tip(self, branch: str) -> Tip:
        """Read the newest commit of a branch."""
        return branches.tip(self._client, self._root, branch)

    def blobs(self, ref: str) -> Mapping[str, str]:
        """List every file at a commit or a branch: path to blob id; raises TooLarge like `paths`."""
        return self._contents.blobs(ref)

    def make_branch(self, branch: str, base: Tip, edits: Sequence[FileEdit], message: str) -> None:
        """Make a branch with one commit of edits on a base; one that is there already is left as it is."""
        branches.make(self._client, self._root, branch, base, edits=edits, message=message)

    def pulls_from(self, branch: str) -> tuple[PullRequest, ...]:
        """List the pull requests from a branch of this repository, closed ones too."""
        return branches.pulls_from(self._client, self._root, self.full_name.partition("/")[0], branch)

    def propose(self, branch: str, base: str, title: str, body: str) -> PullRequest:
        """Open a pull request; after Unavailable look for it before opening another."""
        return branches.propose(self._client, self._root, branch, base, title=title, body=body)

    def dispatch(self, workflow: str, ref: str, inputs: Mapping[str, str]) -> None:
        """Start a workflow; after Unavailable look for its run (`workflow_runs`) before starting another."""
        actions.dispatch(self._client, self._root, workflow, ref, inputs)

    def workflow_runs(self, workflow: str, since: datetime) -> tuple[WorkflowRun, ...]:
        """List the dispatched runs of a workflow since a moment, oldest first."""
        return actions.runs(self._client, self._root, workflow, since)

    def workflow_run(self, number: int) -> WorkflowRun:
        """Read one run of a workflow."""
        return actions.run(self._client, self._root, number)

    def workflow_jobs(self, number: int) -> tuple[WorkflowJob, ...]:
        """List the jobs of a run."""
        return actions.jobs(self._client, self._root, number)

    def notices(self, check: int, title: str) -> tuple[str, ...]:
        """List what a job told in notices of a title, in its order."""
        return actions.notices(self._client, self._root, check, title)

    def cancel_run(self, number: int) -> None:
        """Ask for the end of a run of a workflow; Rejected where it has ended."""
        actions.cancel(self._client, self._root, number)

    def checks(self, sha: str, name: str) -> tuple[CheckRun, ...]:
        """List the App's own check runs of a name on a commit, oldest first."""
        return checks.runs(self._client, self._root, sha, name, self.app_id)

    def create_check(self, draft: CheckDraft) -> CheckRun:
        """Write a check run with all its annotations, fifty at a time."""
        return checks.create(self._client, self._root, draft)

    def update_check(self, check_id: int, draft: CheckDraft) -> CheckRun:
        """Bring a check run up to date. GitHub adds the draft's annotations to those the run has."""
        return checks.update(self._client, self._root, check_id, draft)
