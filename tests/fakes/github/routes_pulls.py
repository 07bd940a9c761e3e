"""Operations on pull requests and on their conversations."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from tests.fakes.github import shapes
from tests.fakes.github.http import Answer, Call, HttpError, Route, invalid, not_found
from tests.fakes.github.state import Comment, Pull

MOST_COMMENT = 65_536
"""Characters of a comment."""
MOST_FILES = 3_000
"""Files of a pull request, https://docs.github.com/en/rest/pulls/pulls#list-pull-requests-files."""


def list_pulls(call: Call) -> Answer:
    """`GET /repos/{owner}/{repo}/pulls`."""
    state = call.query.get("state", "open")
    chosen = [one for one in call.repository.pulls.values() if state in ("all", one.state) and _wanted(call, one)]
    by_update = call.query.get("sort") == "updated"
    newest_first = call.query.get("direction", "desc" if call.query.get("sort", "created") == "created" else "asc")
    chosen.sort(
        key=lambda one: (one.updated_at if by_update else one.created_at, one.number), reverse=newest_first == "desc"
    )
    return call.paged([shapes.simple_pull(one, call.repository, call.urls) for one in chosen])


def _wanted(call: Call, one: Pull) -> bool:
    head, base = call.query.get("head"), call.query.get("base")
    return head in (None, f"{one.head_owner.login}:{one.head_ref}") and base in (None, one.base_ref)


def get_pull(call: Call, number: int) -> Answer:
    """`GET /repos/{owner}/{repo}/pulls/{pull_number}`."""
    return Answer(call.site.pull_shape(call.repository, _pull(call, number), call.urls))


def list_files(call: Call, number: int) -> Answer:
    """`GET /repos/{owner}/{repo}/pulls/{pull_number}/files`."""
    one = _pull(call, number)
    files = call.site.files(call.repository, one)[:MOST_FILES]
    return call.paged([shapes.change(file, one.head_sha, call.repository, call.urls) for file in files])


def get_issue(call: Call, number: int) -> Answer:
    """`GET /repos/{owner}/{repo}/issues/{issue_number}`, of a pull request."""
    return Answer(shapes.issue(_pull(call, number), call.repository, call.urls))


def list_comments(call: Call, number: int) -> Answer:
    """`GET /repos/{owner}/{repo}/issues/{issue_number}/comments`, oldest first."""
    _pull(call, number)
    since = _since(call.query.get("since"))
    found = [one for one in call.repository.comments.values() if one.number == number and since(one)]
    return call.paged([_comment(call, one) for one in sorted(found, key=lambda one: one.id)])


def _since(text: str | None) -> Callable[[Comment], bool]:
    if text is None:
        return lambda _: True
    try:
        start = datetime.fromisoformat(text)
    except ValueError as error:
        raise HttpError(422, "Validation Failed: since is no timestamp") from error
    return lambda one: one.updated_at >= start


def create_comment(call: Call, number: int) -> Answer:
    """`POST /repos/{owner}/{repo}/issues/{issue_number}/comments`."""
    _pull(call, number)
    made = call.site.add_comment(call.repository, number, call.site.app.bot, _body(call), by_app=True)
    shape = _comment(call, made)
    return Answer(shape, 201, {"Location": shape["url"]})


def get_comment(call: Call, comment: int) -> Answer:
    """`GET /repos/{owner}/{repo}/issues/comments/{comment_id}`."""
    return Answer(_comment(call, _found(call, comment)))


def update_comment(call: Call, comment: int) -> Answer:
    """`PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}`."""
    found = _found(call, comment)
    call.site.edit_comment(call.repository, found, call.site.app.bot, _body(call))
    return Answer(_comment(call, found))


def delete_comment(call: Call, comment: int) -> Answer:
    """`DELETE /repos/{owner}/{repo}/issues/comments/{comment_id}`."""
    call.site.delete_comment(call.repository, _found(call, comment), call.site.app.bot)
    return Answer(status=204)


def _body(call: Call) -> str:
    body = call.text("body", "IssueComment", most=MOST_COMMENT)
    if not body.strip():
        raise invalid("IssueComment", "body", "custom", "Body can't be blank")
    return body


def _pull(call: Call, number: int) -> Pull:
    found = call.repository.pulls.get(number)
    if found is None:
        raise not_found()
    return found


def _found(call: Call, comment: int) -> Comment:
    found = call.repository.comments.get(comment)
    if found is None:
        raise not_found()
    return found


def _comment(call: Call, one: Comment) -> dict[str, Any]:
    return shapes.comment(one, call.repository, call.site.app, call.urls)


_PULLS = (("pull_requests", "read"),)
# a pull request's conversation is reachable by either permission
_TALK_READ = (("issues", "read"), ("pull_requests", "read"))
_TALK_WRITE = (("issues", "write"), ("pull_requests", "write"))
_COMMENT = "/repos/<owner>/<repo>/issues/comments/<int:comment>"
_COMMENTS = "/repos/<owner>/<repo>/issues/<int:number>/comments"
ROUTES = (
    Route("GET", "/repos/<owner>/<repo>/pulls", list_pulls, needs=_PULLS),
    Route("GET", "/repos/<owner>/<repo>/pulls/<int:number>", get_pull, needs=_PULLS),
    Route("GET", "/repos/<owner>/<repo>/pulls/<int:number>/files", list_files, needs=_PULLS),
    Route("GET", "/repos/<owner>/<repo>/issues/<int:number>", get_issue, needs=_TALK_READ),
    Route("GET", _COMMENTS, list_comments, needs=_TALK_READ),
    Route("POST", _COMMENTS, create_comment, needs=_TALK_WRITE),
    Route("GET", _COMMENT, get_comment, needs=_TALK_READ),
    Route("PATCH", _COMMENT, update_comment, needs=_TALK_WRITE),
    Route("DELETE", _COMMENT, delete_comment, needs=_TALK_WRITE),
)
