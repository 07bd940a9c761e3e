"""What people do on GitHub: push, open pull requests, comment, merge. Each act sends its webhooks before it returns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from tests.fakes.github import state
from tests.fakes.github.site import Site
from tests.fakes.github.state import Account, CheckRun, Comment, Review, WorkflowRun


@dataclass(frozen=True)
class Link:
    """A symbolic link, as a repository holds it."""

    target: str


@dataclass(frozen=True)
class Submodule:
    """A commit of another repository in place of a folder."""

    commit: str


Files = Mapping[str, str | bytes | Link | Submodule | None]
"""Path to new content; `None` deletes the file."""
AUTHOR = "ana"


@contextmanager
def act(site: Site) -> Iterator[None]:
    """Hold the world still for an act, then send what it gave rise to."""
    with site.world.lock:
        yield
    site.webhooks.flush()


@dataclass(frozen=True)
class Repository:
    """A repository in the hands of its people; cheap to make, equal when it is the same one."""

    site: Site
    state: state.Repository

    @property
    def full_name(self) -> str:
        """Owner and name."""
        return self.state.full_name

    @property
    def installation_id(self) -> int:
        """The id of the installation that includes it. Raises `LookupError` when none does."""
        found = self.site.world.installation_of(self.state)
        if found is None:
            raise LookupError(f"the App is not installed on {self.full_name}")
        return found.id

    def head(self, branch: str = "main") -> str:
        """The commit that a branch points at."""
        return self.state.branches[branch]

    def read(self, path: str, ref: str = "main") -> bytes | None:
        """A file at a ref, or none."""
        commit = self.state.resolve(ref)
        sha = commit.files.get(path) if commit else None
        return None if sha is None else self.state.objects.blobs[sha]

    @property
    def workflow_runs(self) -> tuple[WorkflowRun, ...]:
        """Every run of a workflow, oldest first."""
        return tuple(self.state.workflow_runs.values())

    def advance(
        self, run: WorkflowRun, *, done: int = 0, notices: Sequence[str] = (), conclusion: str | None = None
    ) -> None:
        """Let a run come to its next steps, telling something on the way; with a conclusion it ends."""
        with act(self.site):
            run.status, run.done, run.updated_at = "in_progress", done, self.site.world.now()
            told = self.state.checks[run.check].annotations
            place = {"path": ".github", "start_line": 1, "end_line": 1, "annotation_level": "notice"}
            told += [{**place, "title": "concordat", "message": one} for one in notices]
            if conclusion is not None:
                run.status, run.conclusion = "completed", conclusion
                self.site.tell_workflow("completed", self.state, run)

    def commit(self, branch: str, files: Files, message: str = "Change", author: str = AUTHOR) -> str:
        """Add a commit silently, as history that was there before the App; the first one begins the branch."""
        with self.site.world.lock:
            sha = self._commit(self.state.branches.get(branch), files, message, author)
            self.state.branches[branch] = sha
            for base, pull in self.site.pulls_from(self.state, branch):
                pull.head_sha, pull.updated_at = sha, self.site.world.now()
                pull.base_sha = base.branches.get(pull.base_ref, pull.base_sha)
        return sha

    def branch(self, name: str, from_: str = "main") -> str:
        """Begin a branch at a branch or commit, silently; return the commit."""
        with self.site.world.lock:
            commit = self.state.resolve(from_)
            if commit is None:
                raise ValueError(f"{self.full_name} has no {from_}")
            self.state.branches[name] = commit.sha
        return commit.sha

    def push(self, branch: str, files: Files, message: str = "Change", author: str = AUTHOR) -> str:
        """Commit on a branch and push it; open pull requests from it are synchronised."""
        with act(self.site):
            sha = self._commit(self.state.branches.get(branch), files, message, author)
            self.site.move(self.state, branch, sha, self._account(author))
        return sha

    def force_push(
        self, branch: str, onto: str, files: Files | None = None, message: str = "Change", author: str = AUTHOR
    ) -> str:
        """Set a branch to another commit or branch, with one more commit on top when there are files."""
        with act(self.site):
            target = self.state.resolve(onto)
            if target is None:
                raise ValueError(f"{self.full_name} has no {onto}")
            sha = target.sha if files is None else self._commit(target.sha, files, message, author)
            self.site.move(self.state, branch, sha, self._account(author))
        return sha

    def delete_branch(self, branch: str, author: str = AUTHOR) -> None:
        """Delete a branch; pull requests from it stay as they are."""
        with act(self.site):
            self.site.move(self.state, branch, None, self._account(author))

    def _commit(self, parent: str | None, files: Files, message: str, author: str) -> str:
        objects = self.state.objects
        tree = dict(objects.commits[parent].files) if parent else {}
        for path, content in files.items():
            match content:
                case None:
                    del tree[path]
                case Link(target):
                    tree[path] = objects.add_link(target)
                case Submodule(commit):
                    tree[path] = objects.add_submodule(commit)
                case str():
                    tree[path] = objects.add_blob(content.encode())
                case bytes():
                    tree[path] = objects.add_blob(content)
        who = self._account(author)
        now = self.site.world.now()
        return objects.add_commit((parent,) if parent else (), tree, message, (who.id, who.login), now).sha

    def _account(self, login: str) -> Account:
        return self.site.world.account(login)

    def fork(self, owner: str) -> Repository:
        """Fork the repository to a user, where the App is not installed."""
        mine, world = self.state, self.site.world
        with world.lock:
            made = state.Repository(
                id=next(world.ids),
                owner=world.account(owner),
                name=mine.name,
                private=mine.private,
                default_branch=mine.default_branch,
                created_at=world.now(),
                pushed_at=world.now(),
                objects=mine.objects,
                source=mine,
                branches=dict(mine.branches),
            )
            world.repositories[made.full_name.lower()] = made
        return Repository(self.site, made)

    def open_pull(
        self,
        title: str,
        *,
        head: str,
        base: str = "main",
        author: str = AUTHOR,
        body: str | None = None,
        draft: bool = False,
        fork: Repository | None = None,
    ) -> Pull:
        """Open a pull request from a branch of this repository, or of a fork of it."""
        with act(self.site):
            source, world = (fork or self).state, self.site.world
            now = world.now()
            made = state.Pull(
                id=next(world.ids),
                number=next(self.state.numbers),
                title=title,
                body=body,
                author=self._account(author),
                head_repository=source,
                head_owner=source.owner,
                head_ref=head,
                head_sha=source.branches[head],
                base_ref=base,
                base_sha=self.state.branches[base],
                created_at=now,
                updated_at=now,
                draft=draft,
            )
            self.state.pulls[made.number] = made
            self.site.tell_pull("opened", self.state, made, self._account(author))
        return Pull(self.site, self.state, made)

    @property
    def pulls(self) -> tuple[Pull, ...]:
        """Every pull request, oldest first."""
        return tuple(Pull(self.site, self.state, one) for one in self.state.pulls.values())

    def pull(self, number: int) -> Pull:
        """The pull request with this number."""
        return Pull(self.site, self.state, self.state.pulls[number])

    def comment_on_issue_as(self, login: str, number: int, body: str) -> Comment:
        """Comment on an issue that is no pull request."""
        with act(self.site):
            return self.site.add_comment(self.state, number, self._account(login), body, by_app=False)

    def close_issue(self, number: int) -> None:
        """Close an issue, as its people do when it is done."""
        with self.site.world.lock:
            found = self.state.issues[number]
            found.state, found.closed_at = "closed", self.site.world.now()

    def checks(self, ref: str) -> tuple[CheckRun, ...]:
        """Every check run of a commit, oldest first."""
        commit = self.state.resolve(ref)
        return tuple(one for one in self.state.checks.values() if commit and one.head_sha == commit.sha)


@dataclass(frozen=True)
class Pull:
    """A pull request in the hands of its people."""

    site: Site
    base: state.Repository
    state: state.Pull

    @property
    def number(self) -> int:
        """The number, as in the address."""
        return self.state.number

    @property
    def head_sha(self) -> str:
        """The commit at its head now."""
        return self.state.head_sha

    @property
    def url(self) -> str:
        """The page."""
        return f"{self.site.urls.page(self.base)}/pull/{self.number}"

    @property
    def comments(self) -> tuple[Comment, ...]:
        """Every comment, oldest first."""
        with self.site.world.lock:
            return tuple(one for one in self.base.comments.values() if one.number == self.number)

    @property
    def app_comments(self) -> tuple[Comment, ...]:
        """The App's comments, oldest first."""
        return tuple(one for one in self.comments if one.by_app)

    @property
    def checks(self) -> tuple[CheckRun, ...]:
        """The check runs of the head, oldest first."""
        with self.site.world.lock:
            return tuple(one for one in self.base.checks.values() if one.head_sha == self.head_sha)

    def push(self, files: Files, message: str = "Change", author: str = AUTHOR) -> str:
        """Push a commit to its head branch."""
        return self._source.push(self.state.head_ref, files, message, author)

    def force_push(self, onto: str, files: Files | None = None, message: str = "Change", author: str = AUTHOR) -> str:
        """Set its head branch to another commit or branch, with one more commit when there are files."""
        return self._source.force_push(self.state.head_ref, onto, files, message, author)

    @property
    def _source(self) -> Repository:
        if self.state.head_repository is None:
            raise LookupError("the fork was deleted")
        return Repository(self.site, self.state.head_repository)

    def comment_as(self, login: str, body: str) -> Comment:
        """Comment."""
        with act(self.site):
            return self.site.add_comment(self.base, self.number, self._account(login), body, by_app=False)

    def edit_comment_as(self, login: str, comment: Comment, body: str) -> None:
        """Edit a comment."""
        with act(self.site):
            self.site.edit_comment(self.base, comment, self._account(login), body)

    def delete_comment_as(self, login: str, comment: Comment) -> None:
        """Delete a comment, as its author or a maintainer may."""
        with act(self.site):
            self.site.delete_comment(self.base, comment, self._account(login))

    @property
    def reviews(self) -> tuple[Review, ...]:
        """Every review, oldest first."""
        return tuple(one for one in self.base.reviews.values() if one.number == self.number)

    def review_as(self, login: str, state: str, body: str = "") -> Review:
        """Submit a review: APPROVED, CHANGES_REQUESTED or COMMENTED."""
        with act(self.site):
            return self.site.add_review(self.base, self.number, self._account(login), state, body)

    def dismiss_review_as(self, login: str, review: Review) -> None:
        """Dismiss somebody's review."""
        with act(self.site):
            self.site.dismiss_review(self.base, review, self._account(login))

    def press_as(self, login: str, label: str) -> None:
        """Press a button of the newest check; `LookupError` where it has none of that label."""
        check = self.checks[-1]
        found = [one["identifier"] for one in check.actions if one["label"] == label]
        if not found:
            raise LookupError(f"the check has the buttons {[one['label'] for one in check.actions]}")
        self.press_identifier_as(login, found[0])

    def press_identifier_as(self, login: str, identifier: str) -> None:
        """Press what was a button of the newest check, whether it is still shown or not."""
        with act(self.site):
            self.site.tell_check(
                "requested_action", self.base, self.checks[-1], self._account(login), button=identifier
            )

    def close(self, by: str = AUTHOR) -> None:
        """Close it without a merge."""
        with act(self.site):
            self.state.state, self.state.closed_at = "closed", self._touch()
            self._tell("closed", by)

    def reopen(self, by: str = AUTHOR) -> None:
        """Open it again."""
        with act(self.site):
            self.state.state, self.state.closed_at = "open", None
            self._touch()
            self._tell("reopened", by)

    def ready_for_review(self, by: str = AUTHOR) -> None:
        """Take it out of draft."""
        self._set_draft(False, "ready_for_review", by)

    def convert_to_draft(self, by: str = AUTHOR) -> None:
        """Make it a draft."""
        self._set_draft(True, "converted_to_draft", by)

    def _set_draft(self, draft: bool, action: str, by: str) -> None:
        with act(self.site):
            self.state.draft = draft
            self._touch()
            self._tell(action, by)

    def edit(self, *, title: str | None = None, base: str | None = None, by: str = AUTHOR) -> None:
        """Change the title or the base branch."""
        with act(self.site):
            changes: dict[str, object] = {}
            if title is not None:
                changes["title"] = {"from": self.state.title}
                self.state.title = title
            if base is not None:
                changes["base"] = {"ref": {"from": self.state.base_ref}, "sha": {"from": self.state.base_sha}}
                self.state.base_ref, self.state.base_sha = base, self.base.branches[base]
            self._touch()
            self._tell("edited", by, changes=changes)

    def merge(self, by: str = AUTHOR, *, squash: bool = False) -> str:
        """Merge it and return the commit on the base branch."""
        with act(self.site):
            sha = self._merge_commit(by, squash=squash)
            one = self.state
            one.merge_commit_sha, one.merged_by = sha, self._account(by)
            one.state, one.merged_at = "closed", self._touch()
            one.closed_at = one.merged_at
            self._tell("closed", by)
            self.site.move(self.base, one.base_ref, sha, self._account(by))
        return sha

    def _merge_commit(self, by: str, *, squash: bool) -> str:
        objects, tip = self.base.objects, self.base.branches[self.state.base_ref]
        files = dict(objects.commits[tip].files)
        for change in self.site.files(self.base, self.state):
            files.pop(change.previous or change.path, None)
            if change.status != "removed":
                files[change.path] = change.sha
        parents = (tip,) if squash else (tip, self.head_sha)
        who = self._account(by)
        message = f"{self.state.title} (#{self.number})"
        return objects.add_commit(parents, files, message, (who.id, who.login), self.site.world.now()).sha

    def _touch(self) -> datetime:
        self.state.updated_at = self.site.world.now()
        return self.state.updated_at

    def _tell(self, action: str, by: str, **more: object) -> None:
        self.site.tell_pull(action, self.base, self.state, self._account(by), **more)

    def _account(self, login: str) -> Account:
        return self.site.world.account(login)
