"""Operations that make trees, commits, branches and pull requests."""

from __future__ import annotations

from typing import Any

from tests.fakes.github import shapes
from tests.fakes.github.http import Answer, Call, HttpError, Route, invalid, not_found
from tests.fakes.github.people import Repository
from tests.fakes.github.routes_git import tree_shape


def create_tree(call: Call) -> Answer:
    """`POST /repos/{owner}/{repo}/git/trees`, on top of `base_tree`; an entry whose sha is null takes a path away."""
    objects = call.repository.objects
    base = call.body.get("base_tree")
    if base is not None and base not in objects.trees:
        raise not_found()
    files = {one.path: one.sha for one in objects.walk(base) if one.kind != "tree"} if base else {}
    for entry in call.body["tree"]:
        path = str(entry["path"])
        if "content" in entry:
            files[path] = objects.add_blob(str(entry["content"]).encode())
        elif entry["sha"] is None:
            if files.pop(path, None) is None:
                raise HttpError(422, "GitRPC::BadObjectState")
        elif entry["sha"] in objects.blobs:
            files[path] = entry["sha"]
        else:
            raise HttpError(422, f"tree.sha {entry['sha']} is not a valid blob")
    sha = objects.add_tree(files)
    return Answer(tree_shape(call, sha), 201)


def create_commit(call: Call) -> Answer:
    """`POST /repos/{owner}/{repo}/git/commits`, by the App."""
    objects, bot = call.repository.objects, call.site.app.bot
    tree, parents = call.text("tree", "Commit"), tuple(map(str, call.body.get("parents", ())))
    if tree not in objects.trees or any(one not in objects.commits for one in parents):
        raise HttpError(422, "Tree SHA does not exist")
    files = {one.path: one.sha for one in objects.walk(tree) if one.kind != "tree"}
    made = objects.add_commit(parents, files, call.text("message", "Commit"), (bot.id, bot.login), call.world.now())
    return Answer(shapes.git_commit(made, call.repository, call.urls), 201)


def create_ref(call: Call) -> Answer:
    """`POST /repos/{owner}/{repo}/git/refs`, of a branch."""
    ref, sha = call.text("ref", "Reference"), call.text("sha", "Reference")
    branch = ref.removeprefix("refs/heads/")
    if branch == ref or sha not in call.repository.objects.commits:
        raise HttpError(422, "Reference does not exist")
    if branch in call.repository.branches:
        raise HttpError(422, "Reference already exists")
    call.site.move(call.repository, branch, sha, call.site.app.bot)
    url = f"{call.urls.repository(call.repository)}/git"
    shape = {
        "ref": ref, "node_id": shapes.node("Ref", ref), "url": f"{url}/{ref}",
        "object": {"type": "commit", "sha": sha, "url": f"{url}/commits/{sha}"},
    }  # fmt: skip
    return Answer(shape, 201)


def create_pull(call: Call) -> Answer:
    """`POST /repos/{owner}/{repo}/pulls`, from a branch of the repository itself."""
    head, base = call.text("head", "PullRequest"), call.text("base", "PullRequest")
    repository = call.repository
    if head not in repository.branches or base not in repository.branches:
        raise invalid("PullRequest", "head", "invalid")
    if any((one.head_ref, one.state) == (head, "open") for one in repository.pulls.values()):
        raise HttpError(422, f"Validation Failed: A pull request already exists for {repository.owner.login}:{head}.")
    made = Repository(call.site, repository).open_pull(
        call.text("title", "PullRequest"), head=head, base=base, author=call.site.app.bot.login,
        body=call.body.get("body"),
    )  # fmt: skip
    shape: dict[str, Any] = call.site.pull_shape(repository, made.state, call.urls)
    return Answer(shape, 201, {"Location": shape["url"]})


_CONTENTS = (("contents", "write"),)
ROUTES = (
    Route("POST", "/repos/<owner>/<repo>/git/trees", create_tree, needs=_CONTENTS),
    Route("POST", "/repos/<owner>/<repo>/git/commits", create_commit, needs=_CONTENTS),
    Route("POST", "/repos/<owner>/<repo>/git/refs", create_ref, needs=_CONTENTS),
    Route("POST", "/repos/<owner>/<repo>/pulls", create_pull, needs=(("pull_requests", "write"),)),
)
