"""What happens on GitHub, whoever causes it: each change of the world, with the webhook that tells of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tests.fakes.github import shapes
from tests.fakes.github.git import Commit, FileChange, NoMergeBaseError
from tests.fakes.github.shapes import Urls
from tests.fakes.github.state import (
    Account,
    AppState,
    CheckRun,
    Comment,
    Installation,
    Pull,
    Repository,
    Review,
    Team,
    WorkflowRun,
    World,
)
from tests.fakes.github.webhooks import Webhooks

_ALWAYS = frozenset({"installation", "installation_repositories"})
"""Events that every App receives, subscribed or not."""
NO_COMMIT = "0" * 40


_BRIEF_TEAMS = {
    ("pull_request", "synchronize"), ("pull_request_review", "submitted"), ("pull_request_review", "dismissed"),
}  # fmt: skip
"""The events that show less of a team than the others do."""
_NOT_IN_EVENTS = frozenset({"notification_setting", "type", "organization_id"})


def _heard_of(team: dict[str, Any]) -> dict[str, Any]:
    """Give a team as events show it."""
    return {name: value for name, value in team.items() if name not in _NOT_IN_EVENTS}


@dataclass
class Site:
    """The world, the App in it, its webhook, and the address that everything is reached at."""

    world: World
    app: AppState
    webhooks: Webhooks
    root: str = "http://127.0.0.1"
    enterprise: bool = False
    registrations: dict[str, tuple[dict[str, Any], datetime]] = field(default_factory=dict)
    """Manifests of Apps to be, by the code that fetches their credentials, and when it ends."""

    @property
    def urls(self) -> Urls:
        """The addresses that webhooks carry."""
        return self.urls_under("/api/v3" if self.enterprise else "")

    def urls_under(self, prefix: str) -> Urls:
        """The addresses for a client that came in under this prefix."""
        return Urls(api=self.root + prefix, html=self.root)

    def emit(
        self,
        event: str,
        payload: dict[str, Any],
        sender: Account,
        *,
        repository: Repository | None = None,
        sketch: bool = False,
    ) -> None:
        """Make the delivery of an event that belongs to a repository, if the App is to hear of it."""
        if repository is None:
            return
        installation = self.world.installation_of(repository)
        if installation is None or installation.suspended_at or event not in installation.events:
            return
        whole = payload | {"repository": shapes.repository(repository, self.urls)}
        if "requested_teams" in payload.get("pull_request", {}) and (event, payload.get("action")) in _BRIEF_TEAMS:
            teams = [_heard_of(one) for one in payload["pull_request"]["requested_teams"]]
            whole["pull_request"] = payload["pull_request"] | {"requested_teams": teams}
        if repository.owner.type == "Organization":
            whole["organization"] = self._organisation(repository.owner)
        self._deliver(event, whole, sender, installation.id, {"id": installation.id}, sketch=sketch)

    def emit_installation(self, event: str, installation: Installation, payload: dict[str, Any], by: Account) -> None:
        """Make the delivery of an event that belongs to an installation."""
        shape = shapes.installation(installation, self.app, self.urls)
        if event in _ALWAYS:
            self._deliver(event, payload, by, installation.id, shape)

    def _deliver(
        self,
        event: str,
        payload: dict[str, Any],
        sender: Account,
        installation: int,
        shape: dict[str, Any],
        *,
        sketch: bool = False,
    ) -> None:
        if "node_id" not in shape and "account" not in shape:
            shape = shape | {"node_id": shapes.node("IntegrationInstallation", installation)}
        whole = payload | {"sender": shapes.account(sender, self.urls), "installation": shape}
        self.webhooks.emit(event, whole, installation, self.world.now(), sketch=sketch)

    def _organisation(self, owner: Account) -> dict[str, Any]:
        url = f"{self.urls.api}/orgs/{owner.login}"
        tails = {"hooks_url": "/hooks", "issues_url": "/issues", "repos_url": "/repos", "events_url": "/events"}
        more = {"members_url": "/members{/member}", "public_members_url": "/public_members{/member}"}
        return {
            "login": owner.login,
            "id": owner.id,
            "node_id": shapes.node("Organization", owner.id),
            "url": url,
            **{name: url + tail for name, tail in (tails | more).items()},
            "avatar_url": f"{self.urls.html}/avatars/{owner.id}",
            "description": None,
        }

    # pull requests

    def files(self, base: Repository, pull: Pull) -> tuple[FileChange, ...]:
        """What the pull request changes: from where its head left the base branch to its head."""
        objects = base.objects
        try:
            start = objects.merge_base(base.branches.get(pull.base_ref, pull.base_sha), pull.head_sha).files
        except NoMergeBaseError:
            start = {}
        return tuple(objects.difference(start, objects.commits[pull.head_sha].files))

    def pull_shape(self, base: Repository, pull: Pull, urls: Urls) -> dict[str, Any]:
        """The whole pull request as JSON."""
        tip = base.branches.get(pull.base_ref, pull.base_sha)
        commits = len(base.objects.between(tip, pull.head_sha))
        return shapes.pull(pull, base, urls, self.files(base, pull), commits)

    def tell_pull(self, action: str, base: Repository, pull: Pull, sender: Account, **more: Any) -> None:
        """Announce something that happened to a pull request."""
        payload = {"action": action, "number": pull.number, "pull_request": self.pull_shape(base, pull, self.urls)}
        self.emit("pull_request", payload | more, sender, repository=base)

    # pushes

    def move(self, repository: Repository, branch: str, after: str | None, sender: Account) -> None:
        """Point a branch at another commit (`None` deletes it) and tell what follows from it."""
        before = repository.branches.get(branch)
        if after is None:
            repository.branches.pop(branch, None)
        else:
            repository.branches[branch] = after
        repository.pushed_at = self.world.now()
        self._tell_push(repository, branch, before, after, sender)
        if after is not None:
            for base, pull in self.pulls_from(repository, branch):
                self._synchronize(base, pull, after, sender)

    def pulls_from(self, repository: Repository, branch: str) -> Iterable[tuple[Repository, Pull]]:
        """The open pull requests from a branch, each with the repository that it is in."""
        for base in list(self.world.repositories.values()):
            for pull in base.pulls.values():
                if (pull.head_repository, pull.head_ref, pull.state) == (repository, branch, "open"):
                    yield base, pull

    def _synchronize(self, base: Repository, pull: Pull, after: str, sender: Account) -> None:
        before, pull.head_sha, pull.updated_at = pull.head_sha, after, self.world.now()
        pull.base_sha = base.branches.get(pull.base_ref, pull.base_sha)
        self.tell_pull("synchronize", base, pull, sender, before=before, after=after)

    def _tell_push(
        self, repository: Repository, branch: str, before: str | None, after: str | None, sender: Account
    ) -> None:
        objects = repository.objects
        fresh = objects.between(before, after) if before and after else [objects.commits[after]] if after else []
        commits = [self._pushed(repository, commit) for commit in fresh]
        between = f"{(before or NO_COMMIT)[:12]}...{(after or NO_COMMIT)[:12]}"
        payload = {
            "ref": f"refs/heads/{branch}",
            "before": before or NO_COMMIT,
            "after": after or NO_COMMIT,
            "created": before is None,
            "deleted": after is None,
            "forced": bool(before and after and before not in objects.ancestors(after)),
            "base_ref": None,
            "compare": f"{self.urls.page(repository)}/compare/{between}",
            "commits": commits,
            "head_commit": self._pushed(repository, objects.commits[after]) if after else None,
            "pusher": {"name": sender.login, "email": shapes.address(sender.login)},
        }
        self.emit("push", payload, sender, repository=repository)

    def _pushed(self, repository: Repository, commit: Commit) -> dict[str, Any]:
        parent = repository.objects.commits[commit.parents[0]].files if commit.parents else {}
        return shapes.pushed_commit(commit, parent, repository, self.urls)

    # comments and check runs

    def add_comment(self, base: Repository, number: int, author: Account, body: str, *, by_app: bool) -> Comment:
        """Comment on a pull request."""
        now = self.world.now()
        made = Comment(next(self.world.ids), number, author, body, now, now, by_app)
        base.comments[made.id] = made
        (base.pulls.get(number) or base.issues[number]).updated_at = now
        self._tell_comment("created", base, made, author)
        return made

    def edit_comment(self, base: Repository, comment: Comment, editor: Account, body: str) -> None:
        """Change a comment's text."""
        before, comment.body, comment.updated_at = comment.body, body, self.world.now()
        self._tell_comment("edited", base, comment, editor, changes={"body": {"from": before}})

    def delete_comment(self, base: Repository, comment: Comment, by: Account) -> None:
        """Delete a comment."""
        del base.comments[comment.id]
        self._tell_comment("deleted", base, comment, by)

    def _issue(self, base: Repository, number: int) -> dict[str, Any]:
        """The issue that a conversation belongs to, a pull request or one of its own."""
        plain = base.issues.get(number)
        if plain is not None:
            # GitHub's description of the event knows the App in another shape, or none.
            return shapes.plain_issue(plain, base, self.app, self.urls) | {"performed_via_github_app": None}
        return shapes.issue(base.pulls[number], base, self.urls)

    def _tell_comment(self, action: str, base: Repository, comment: Comment, sender: Account, **more: Any) -> None:
        payload = {
            "action": action,
            "issue": self._issue(base, comment.number),
            "comment": shapes.comment(comment, base, self.app, self.urls),
        }
        self.emit("issue_comment", payload | more, sender, repository=base)

    def add_review(self, base: Repository, number: int, author: Account, state: str, body: str) -> Review:
        """Review a pull request; whoever does is not asked any more."""
        pull, now = base.pulls[number], self.world.now()
        made = Review(next(self.world.ids), number, author, body, state, pull.head_sha, now)
        base.reviews[made.id] = made
        pull.updated_at = now
        if author in pull.reviewers:
            pull.reviewers.remove(author)
        self._tell_review("submitted", base, made, author)
        return made

    def dismiss_review(self, base: Repository, one: Review, by: Account) -> None:
        """Dismiss a review."""
        one.state = "DISMISSED"
        self._tell_review("dismissed", base, one, by)

    def _tell_review(self, action: str, base: Repository, one: Review, sender: Account) -> None:
        pull = shapes.simple_pull(base.pulls[one.number], base, self.urls)
        shape = shapes.review(one, base, self.urls)
        shape |= {"state": one.state.lower(), "updated_at": shape["submitted_at"], "body": one.body or None}
        self.emit(
            "pull_request_review", {"action": action, "review": shape, "pull_request": pull}, sender, repository=base
        )

    def tell_membership(self, action: str, team: Team, member: Account, sender: Account) -> None:
        """Announce that somebody joined a team or left it, to every installation on its organisation."""
        payload = {
            "action": action, "scope": "team", "member": shapes.account(member, self.urls),
            "team": _heard_of(shapes.team(team, self.urls)), "organization": self._organisation(team.organisation),
        }  # fmt: skip
        for one in self.world.installations.values():
            if one.account is team.organisation and "membership" in one.events and not one.suspended_at:
                self._deliver("membership", payload, sender, one.id, {"id": one.id})

    def tell_check(
        self, action: str, base: Repository, run: CheckRun, sender: Account, *, button: str | None = None
    ) -> None:
        """Announce something that happened to one of the App's check runs."""
        shape = shapes.check_run(run, base, self.app, self.urls)
        shape["check_suite"] = self._suite(base, run)
        more = {} if button is None else {"requested_action": {"identifier": button}}
        self.emit("check_run", {"action": action, "check_run": shape, **more}, sender, repository=base)

    def tell_workflow(self, action: str, base: Repository, run: WorkflowRun) -> None:
        """Announce something that happened to a run of a workflow; of the workflow itself no more than its name."""
        payload = {"action": action, "workflow_run": shapes.workflow_run(run, base, self.urls)}
        whole = payload | {"workflow": {"name": run.workflow}}
        self.emit("workflow_run", whole, run.actor, repository=base, sketch=True)

    def _suite(self, base: Repository, run: CheckRun) -> dict[str, Any]:
        heads = [pull.head_ref for pull in base.pulls.values() if pull.head_sha == run.head_sha]
        return {
            "id": run.suite,
            "node_id": shapes.node("CheckSuite", run.suite),
            "head_branch": heads[0] if heads else None,
            "head_sha": run.head_sha,
            "status": run.status,
            "conclusion": run.conclusion,
            "url": f"{self.urls.repository(base)}/check-suites/{run.suite}",
            "before": None,
            "after": run.head_sha,
            "pull_requests": shapes.check_pulls(run.head_sha, base, self.urls),
            "app": shapes.app(self.app, self.urls),
            "created_at": shapes.maybe(run.started_at) or shapes.stamp(self.world.now()),
            "updated_at": shapes.stamp(self.world.now()),
        }
