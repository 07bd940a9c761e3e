"""Plan: which issues a release asks for, and what its own shows. Pure: (release, sight) → frozen actions."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from bot.steward.house import Steward
from bot.steward.releases.values import OpenIssue, ReleaseAction, ReleaseTarget, Revert, Sight, UpdateIssue
from notices import release_issue
from notices.release_issue import Page
from rules.release_plan import schedule, spoken
from rules.release_state import Release


def plan(
    release: Release, sight: Sight, target: ReleaseTarget, steward: Steward, now: datetime
) -> Iterator[ReleaseAction]:
    """List the writes that make GitHub show where a release stands; none where it does already."""
    parties = sight.parties or ()
    found = spoken(release, schedule(release, parties, now))
    board = steward.release_url("board", target.stream, "", now)
    page = Page(target.stream, release, found, parties, sight.problems, board, sight.parties is not None)
    title, body = release_issue.title(release), release_issue.render(page)
    if sight.issue is None:
        yield OpenIssue("release", title, body)
    elif (sight.issue.title, _plain(sight.issue.body)) != (title, _plain(body)):
        yield UpdateIssue(sight.issue.number, title, body)
    number = release.issue or (sight.issue.number if sight.issue else 0)
    for one in release.blocking:
        if not one.issue and number:
            yield OpenIssue("blocker", *release_issue.blocker(page, one, number), about=one.id)
    if release.state == "rolled back" and release.merged and "revert" not in release.follow_ups and number:
        yield Revert(f"{target.stream}:{release.round}", *release_issue.revert(page, number))
    if release.state == "rolled back" and "root_cause" not in release.follow_ups and number:
        yield OpenIssue("root_cause", *release_issue.root_cause(page, number))


def _plain(body: str) -> str:
    # GitHub stores a body with its own line ends and without the white space around it.
    return body.replace("\r\n", "\n").strip()
