"""Operations on issues that are no pull requests."""

from __future__ import annotations

from typing import Any

from tests.fakes.github import shapes
from tests.fakes.github.http import Answer, Call, Route, not_found
from tests.fakes.github.routes_pulls import MOST_COMMENT
from tests.fakes.github.state import Issue


def list_issues(call: Call) -> Answer:
    """`GET /repos/{owner}/{repo}/issues`, pull requests among them, as on GitHub."""
    state, creator = call.query.get("state", "open"), call.query.get("creator")
    pulls = [(one.number, one.author, one.state, shapes.issue(one, call.repository, call.urls))
             for one in call.repository.pulls.values()]  # fmt: skip
    plain = [(one.number, one.author, one.state, _shape(call, one)) for one in call.repository.issues.values()]
    chosen = [
        (number, shape)
        for number, author, now, shape in (*pulls, *plain)
        if state in ("all", now) and (creator is None or (author is not None and author.login == creator))
    ]
    chosen.sort(key=lambda one: one[0], reverse=call.query.get("direction", "desc") == "desc")
    return call.paged([shape for _, shape in chosen])


def create_issue(call: Call) -> Answer:
    """`POST /repos/{owner}/{repo}/issues`."""
    now = call.world.now()
    made = Issue(
        next(call.world.ids), next(call.repository.numbers), call.text("title", "Issue", most=256),
        call.text("body", "Issue", most=MOST_COMMENT), call.site.app.bot, now, now, by_app=True,
    )  # fmt: skip
    call.repository.issues[made.number] = made
    shape = _shape(call, made)
    return Answer(shape, 201, {"Location": shape["url"]})


def update_issue(call: Call, number: int) -> Answer:
    """`PATCH /repos/{owner}/{repo}/issues/{issue_number}`."""
    found = call.repository.issues.get(number)
    if found is None:
        raise not_found()
    found.title = str(call.body.get("title", found.title))
    found.body = str(call.body.get("body", found.body))
    found.updated_at = call.world.now()
    return Answer(_shape(call, found))


def _shape(call: Call, one: Issue) -> dict[str, Any]:
    return shapes.plain_issue(one, call.repository, call.site.app, call.urls)


_WRITE = (("issues", "write"),)
ROUTES = (
    Route("GET", "/repos/<owner>/<repo>/issues", list_issues, needs=(("issues", "read"),)),
    Route("POST", "/repos/<owner>/<repo>/issues", create_issue, needs=_WRITE),
    Route("PATCH", "/repos/<owner>/<repo>/issues/<int:number>", update_issue, needs=_WRITE),
)
