"""Operations on pull requests and on their conversations."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from tests.fakes.github import shapes
from tests.fakes.github.http import Answer, Call, HttpError, Route, invalid, not_found
from tests.fakes.github.state import Account, Comment, Pull, Team

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
    """`GET /repos/{owner}/{repo}/issues/{issue_number}`, of a pull request or of an issue of its own."""
    plain = call.repository.issues.get(number)
    if plain is not None:
        return Answer(shapes.plain_issue(plain, call.repository, call.site.app, call.urls))
    return Answer(shapes.issue(_pull(call, number), call.repository, call.urls))


def list_comments(call: Call, number: int) -> Answer:
    """`GET /repos/{owner}/{repo}/issues/{issue_number}/comments`, oldest first."""
    _conversation(call, number)
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
    _conversation(call, number)
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


def react(call: Call, comment: int) -> Answer:
    """`POST /repos/{owner}/{repo}/issues/comments/{comment_id}/reactions`; the same once more changes nothing."""
    found, who = _found(call, comment), call.site.app.bot
    content = call.text("content", "Reaction")
    if content not in shapes.REACTIONS:
        raise invalid("Reaction", "content", "invalid")
    known = (who.id, content) in found.reactions
    number = found.reactions.setdefault((who.id, content), next(call.world.ids))
    shape = {
        "id": number, "node_id": shapes.node("Reaction", number), "user": shapes.account(who, call.urls),
        "content": content, "created_at": shapes.stamp(call.world.now()),
    }  # fmt: skip
    return Answer(shape, 200 if known else 201)


def list_reviews(call: Call, number: int) -> Answer:
    """`GET /repos/{owner}/{repo}/pulls/{pull_number}/reviews`, oldest first."""
    _pull(call, number)
    found = [one for one in call.repository.reviews.values() if one.number == number]
    return call.paged([shapes.review(one, call.repository, call.urls) for one in found])


def request_reviews(call: Call, number: int) -> Answer:
    """`POST /repos/{owner}/{repo}/pulls/{pull_number}/requested_reviewers`, all or none of them."""
    pull = _pull(call, number)
    people, teams = _asked(call)
    strangers = [one for one in people if one is None or not _collaborates(call, one)]
    if pull.author in people or strangers or any(one is None or one.id not in call.repository.teams for one in teams):
        return Answer(status=422)
    pull.reviewers += [one for one in people if one and one not in pull.reviewers]
    pull.teams += [one for one in teams if one and one not in pull.teams]
    return Answer(shapes.simple_pull(pull, call.repository, call.urls), 201)


def unrequest_reviews(call: Call, number: int) -> Answer:
    """`DELETE /repos/{owner}/{repo}/pulls/{pull_number}/requested_reviewers`."""
    pull = _pull(call, number)
    people, teams = _asked(call)
    pull.reviewers = [one for one in pull.reviewers if one not in people]
    pull.teams = [one for one in pull.teams if one not in teams]
    return Answer(shapes.simple_pull(pull, call.repository, call.urls))


def _collaborates(call: Call, one: Account) -> bool:
    return one.id in call.repository.roles or _in_a_team(call, one)


def _asked(call: Call) -> tuple[list[Account | None], list[Team | None]]:
    """Find who is named; there is nobody where nobody has the login, and no team of another organisation."""
    owner = call.repository.owner.login
    people = [call.world.accounts.get(str(name).lower()) for name in call.body.get("reviewers", ())]
    teams = [call.world.teams.get(f"{owner}/{slug}".lower()) for slug in call.body.get("team_reviewers", ())]
    return people, teams


def _in_a_team(call: Call, one: Account) -> bool:
    teams = (team for team in call.world.teams.values() if team.id in call.repository.teams)
    return any(one.id in team.members for team in teams)


def get_permission(call: Call, login: str) -> Answer:
    """`GET /repos/{owner}/{repo}/collaborators/{username}/permission`."""
    found = call.world.accounts.get(login.lower())
    if found is None:
        raise not_found()
    default = "read" if not call.repository.private or _in_a_team(call, found) else "none"
    role = call.repository.roles.get(found.id, default)
    permission = {"maintain": "write", "triage": "read"}.get(role, role)
    rights = ("pull", "triage", "push", "maintain", "admin")
    level = {"none": 0, "read": 1, "triage": 2, "write": 3, "maintain": 4, "admin": 5}[role]
    user = shapes.account(found, call.urls) | {
        "permissions": {name: number < level for number, name in enumerate(rights)}, "role_name": role,
    }  # fmt: skip
    return Answer({"permission": permission, "role_name": role, "user": user})


def get_membership(call: Call, organisation: str, slug: str, login: str) -> Answer:
    """`GET /orgs/{org}/teams/{team_slug}/memberships/{username}`, of an organisation that the App is installed on."""
    team, found = call.world.teams.get(f"{organisation}/{slug}".lower()), call.world.accounts.get(login.lower())
    if team is None or found is None or call.installation is None or call.installation.account is not team.organisation:
        return Answer(status=404)
    if found.id not in team.members | team.pending:
        return Answer(status=404)
    url = f"{call.urls.api}/organizations/{team.organisation.id}/team/{team.id}/memberships/{found.login}"
    return Answer({"state": "active" if found.id in team.members else "pending", "role": "member", "url": url})


def get_user(call: Call, account: int) -> Answer:
    """`GET /user/{account_id}`."""
    found = next((one for one in call.world.accounts.values() if one.id == account), None)
    if found is None:
        raise not_found()
    return Answer(shapes.public_user(found, call.site.app.created_at, call.urls))


def _body(call: Call) -> str:
    body = call.text("body", "IssueComment", most=MOST_COMMENT)
    if not body.strip():
        raise invalid("IssueComment", "body", "custom", "Body can't be blank")
    return body


def _conversation(call: Call, number: int) -> None:
    if number not in call.repository.issues:
        _pull(call, number)


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
_PULLS_WRITE = (("pull_requests", "write"),)
_NAMES = (("metadata", "read"),)
_REQUESTED = "/repos/<owner>/<repo>/pulls/<int:number>/requested_reviewers"
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
    Route("POST", f"{_COMMENT}/reactions", react, needs=_TALK_WRITE),
    Route("GET", "/repos/<owner>/<repo>/pulls/<int:number>/reviews", list_reviews, needs=_PULLS),
    Route("POST", _REQUESTED, request_reviews, needs=_PULLS_WRITE),
    Route("DELETE", _REQUESTED, unrequest_reviews, needs=_PULLS_WRITE),
    Route("GET", "/repos/<owner>/<repo>/collaborators/<login>/permission", get_permission, needs=_NAMES),
    Route("GET", "/orgs/<organisation>/teams/<slug>/memberships/<login>", get_membership, needs=(("members", "read"),)),
    Route("GET", "/user/<int:account>", get_user),
)
