"""Every event that GitHub sends: what it is a hint about, what is observed, which writes follow.

docs/events.md is written from this table by `page`, and each row is a test against the GitHub double.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from bot.steward import hints
from bot.steward.hints import Hint, Payload
from bot.steward.violations import arrival

OTHER = "*"
"""The action of a row for all the actions of its event that have no row of their own."""


@dataclass(frozen=True, slots=True)
class Route:
    """One row: an event and its action ("" where it has none, `OTHER`), and what is done about it, in words.

    `ask` turns a payload into what is to be looked at.
    """

    event: str
    action: str
    about: str
    observed: str
    writes: str
    ask: Callable[[Payload], Iterable[Hint]] = hints.nothing


_NONE = "nothing"
_PULL = "the pull request"
_SEEN = "pull request, configuration, changed contracts, our comment, our check"
_TOLD = f"{_SEEN}; the conversation, who gave the command and what they may do"
_USUAL = "comment and check, as far as they change"
_CHECK = "the check is concluded anew"

_PULL_REQUEST = (
    Route(
        "pull_request",
        "opened",
        _PULL,
        _SEEN,
        "check; comment from MINOR up; its owners are asked for their review",
        hints.pull,
    ),
    Route(
        "pull_request",
        "synchronize",
        f"{_PULL}; who pushed",
        _SEEN,
        "check of the new head; comment, where it changes",
        hints.pushed_to,
    ),
    Route("pull_request", "edited", f"{_PULL}, if its base branch is another", _SEEN, _USUAL, hints.new_base),
    Route("pull_request", "ready_for_review", _PULL, _SEEN, "comment and check: the review's clock starts", hints.pull),
    Route("pull_request", "converted_to_draft", _PULL, _SEEN, "comment and check: the clock stands still", hints.pull),
    Route("pull_request", "reopened", _PULL, _SEEN, _USUAL, hints.pull),
    Route(
        "pull_request",
        "closed",
        "the pull request, merged or not; others with the same head",
        "the pull request, our comment; the open pull requests",
        "the comment says what came of the review; the others' check, where it depended on this one",
        hints.left_head,
    ),
    Route("pull_request", OTHER, "labels, people, the queue, …", _NONE, "none"),
)

_CHECKS = (
    Route(
        "check_run",
        "rerequested",
        "its pull requests; a fork's by our check or by the head",
        _SEEN,
        _CHECK,
        hints.checked,
    ),
    Route(
        "check_run", "requested_action", "a button: a command, if its check is as it was", _TOLD, _USUAL, hints.pressed
    ),
    Route("check_run", OTHER, "our own writes", _NONE, "none"),
    Route("check_suite", "rerequested", "its pull requests; a fork's by the head", _SEEN, _CHECK, hints.checked),
    Route("check_suite", OTHER, "what the pull request's own event says too", _NONE, "none"),
    Route(
        "merge_group",
        "checks_requested",
        "the merge group",
        "its base branch's configuration, the contracts that it changes towards its base, our check",
        "a check on the group's head, always: also where nothing is configured, and after a failure of ours",
        hints.merge_group,
    ),
    Route("merge_group", OTHER, "a group that is gone", _NONE, "none"),
)

_TALK = (
    Route(
        "issue_comment",
        "created",
        "a comment with a command, as it was created, on a pull request or a release's issue; another asks for nothing",
        _TOLD,
        f"reactions; {_USUAL}; an answer, where one is asked for",
        hints.said,
    ),
    Route(
        "issue_comment",
        "edited",
        "our comment, if somebody else edited it",
        _SEEN,
        "it is restored at once",
        hints.touched_comment,
    ),
    Route(
        "issue_comment",
        "deleted",
        "our comment, if somebody else deleted it",
        _SEEN,
        "it is written again",
        hints.touched_comment,
    ),
    Route("issue_comment", OTHER, "pinned, unpinned", _NONE, "none"),
    Route(
        "pull_request_review",
        "submitted",
        "a review on GitHub: approval, objection, or commands in its text",
        _TOLD,
        _USUAL,
        hints.reviewed,
    ),
    Route("pull_request_review", "dismissed", "kept; no objection falls by it", _NONE, "none", hints.dismissed),
    Route("pull_request_review", OTHER, "what was said counts as it was submitted", _NONE, "none"),
)

_PUSH = (
    Route(
        "push",
        "",
        "the default branch",
        "its open pull requests; whether the configuration or a contract differs since it was last looked at, and "
        "if so the deprecations on it",
        "each of these pull requests is looked at again, at low priority; after the merge of what was approved, a pull "
        "request that tidies up; where a removal date has passed, an issue",
        hints.pushed,
    ),
)

_EVERY = "every open pull request"
_LATER = "none of its own; each is looked at, at low priority"
_INSTALLED = (
    Route("installation", "created", _EVERY, "repositories and open pull requests", _LATER, hints.installation),
    Route("installation", "unsuspend", _EVERY, "repositories and open pull requests", _LATER, hints.installation),
    Route(
        "installation",
        "new_permissions_accepted",
        _EVERY,
        "repositories and open pull requests",
        _LATER,
        hints.installation,
    ),
    Route("installation", "suspend", "the App is to be quiet: jobs that are left end in silence", _NONE, "none"),
    Route("installation", "deleted", "the App is gone: jobs that are left end in silence", _NONE, "none"),
    Route("installation", OTHER, "the installation", _NONE, "none"),
    Route(
        "installation_repositories",
        "added",
        f"{_EVERY} of these repositories",
        "open pull requests",
        _LATER,
        hints.added_repositories,
    ),
    Route("installation_repositories", "removed", "repositories that are out of sight", _NONE, "none"),
    Route(
        "installation_target", OTHER, "the account has another name; GitHub redirects from the old one", _NONE, "none"
    ),
)

_REPOSITORY = (
    Route(
        "repository",
        "renamed",
        f"{_EVERY} of the repository, under its new name",
        "open pull requests",
        _LATER,
        hints.repository,
    ),
    Route("repository", "transferred", f"{_EVERY} of the repository", "open pull requests", _LATER, hints.repository),
    Route("repository", "unarchived", f"{_EVERY} of the repository", "open pull requests", _LATER, hints.repository),
    Route(
        "repository",
        "edited",
        f"{_EVERY} of the repository: its default branch may be another",
        "open pull requests",
        _LATER,
        hints.repository,
    ),
    Route("repository", "archived", "nothing can be written there any more", _NONE, "none"),
    Route("repository", "deleted", "it is gone; jobs that are left end in silence", _NONE, "none"),
    Route("repository", OTHER, "created, published, made private", _NONE, "none"),
    Route(
        "repository_dispatch",
        "schema-violation",
        "production data that breaks a contract, as monitoring reports it",
        "configuration, partners, the violation's issue",
        "an issue for each violation; owners and partner are told within 15 minutes; one about reports not taken in",
        arrival.violated,
    ),
    Route("repository_dispatch", OTHER, "what others tell each other", _NONE, "none"),
)

_AUTHORITY = "who may do what; nothing is kept of that, it is asked when it matters"
_PEOPLE = (
    Route("member", OTHER, _AUTHORITY, _NONE, "none"),
    Route(
        "membership",
        "removed",
        "who left a team: where they have approved something, every open pull request",
        "repositories and open pull requests; of whoever approved, the role",
        _LATER,
        hints.left_team,
    ),
    Route("membership", OTHER, _AUTHORITY, _NONE, "none"),
    Route("team", OTHER, _AUTHORITY, _NONE, "none"),
    Route("organization", OTHER, _AUTHORITY, _NONE, "none"),
    Route(
        "github_app_authorization",
        OTHER,
        "somebody took back what they allowed at sign-in: their sessions end",
        _NONE,
        "none",
        hints.signed_out,
    ),
    Route("ping", "", "the webhook is set up", _NONE, "none"),
)

UNKNOWN = Route(OTHER, OTHER, "an event that is not listed here: acknowledged and counted", _NONE, "none")

ROUTES: tuple[Route, ...] = (
    *_PULL_REQUEST,
    *_CHECKS,
    *_TALK,
    *_PUSH,
    *_INSTALLED,
    *_REPOSITORY,
    *_PEOPLE,
    UNKNOWN,
)
"""The rows, in the order of the page; each event's row for other actions comes last."""

COSTS: Mapping[tuple[str, str], tuple[int, int]] = {
    ("repository_dispatch", "schema-violation"): (6, 1),
    ("pull_request", "opened"): (6, 3),
    ("pull_request", "synchronize"): (3, 2),
    ("pull_request", "edited"): (4, 0),
    ("pull_request", "ready_for_review"): (2, 2),
    ("pull_request", "converted_to_draft"): (2, 2),
    ("pull_request", "reopened"): (5, 2),
    ("pull_request", "closed"): (3, 1),
    ("check_run", "rerequested"): (5, 1),
    ("check_run", "requested_action"): (7, 2),
    ("check_suite", "rerequested"): (5, 1),
    ("merge_group", "checks_requested"): (4, 1),
    ("issue_comment", "created"): (7, 4),
    ("issue_comment", "edited"): (5, 1),
    ("issue_comment", "deleted"): (6, 1),
    ("pull_request_review", "submitted"): (7, 2),
    ("push", ""): (8, 0),
    ("installation_repositories", "added"): (6, 0),
    ("installation", "created"): (10, 0),
    ("installation", "unsuspend"): (10, 0),
    ("installation", "new_permissions_accepted"): (10, 0),
    ("repository", "renamed"): (6, 0),
    ("repository", "transferred"): (6, 0),
    ("repository", "unarchived"): (6, 0),
    ("repository", "edited"): (6, 0),
}
"""Reads and writes that an event causes where the token is warm: of the only pull request, whose MINOR change of one
contract has been seen; each further one costs its own. Three reads of a push's and an installation's are of
the default branch's deprecations. The other rows cost nothing."""

_ROWS: Mapping[tuple[str, str], Route] = {(row.event, row.action): row for row in ROUTES}


def route(event: str, action: str | None) -> Route:
    """Find the row of an event: its action's own, that of its other actions, or the one for unknown events."""
    for key in ((event, action or ""), (event, OTHER)):
        if key in _ROWS:
            return _ROWS[key]
    return UNKNOWN


def page() -> str:
    """Write docs/events.md."""
    head = ("event", "action", "is a hint about", "what is observed", "which writes follow", "requests")
    rows = [head, ("---",) * len(head), *(_cells(row) for row in ROUTES)]
    return _PAGE.format(table="\n".join("| " + " | ".join(row) + " |" for row in rows))


def _cells(row: Route) -> tuple[str, ...]:
    event = "any other" if row.event == OTHER else f"`{row.event}`"
    action = "any other" if row.action == OTHER else f"`{row.action}`" if row.action else "–"
    reads, writes = COSTS.get((row.event, row.action), (0, 0))
    return event, action, row.about, row.observed, row.writes, f"{reads} + {writes}" if reads else "none"


_PAGE = """\
# Events

Written from the table in `bot/steward/routes.py`; a test keeps the two equal, and another goes through every row
against the GitHub double and counts reads and writes.

Every delivery whose signature is right is kept and acknowledged, whatever it says, and counted by its event
(`concordat_deliveries_total`). A delivery is a hint: it says where to look, and what is true is read from GitHub. Hints
for the same pull request coalesce. What a hint missed is made good by the sweep, which looks at every open pull request
every half hour. Where a delivery does not say which installation or repository (by its id) it is about, as GitHub's
always do, GitHub is asked for both by the repository's name.

The requests are reads and writes, where the installation's token is warm, of one pull request whose MINOR change of one
contract has been seen before.

{table}

## What is asked of GitHub

An ordinary push to a pull request with one contract costs five requests with a warm token: the pull request, the
comparison with its base branch, the changed document; then the comment and the check are written. A push that touches
no contract costs three (four where there is a comment to be looked after). This works because

- files and lists of files are kept by their hashes, which never say anything else, for each installation apart;
- what Concordat itself wrote is remembered: the id of its comment with a key of what it says, and its check runs by
  commit. It is remembered only after GitHub has answered; a write that is under way, or whose answer was lost, makes
  it unknown, and then everything is listed again. The answer to an update proves that the comment is still there, and
  a comment that stays as it is is read each time;
- the sweep, and events that tell of others' hands on our comment or check, list everything whatever is remembered.

## Quiet

A suspended installation costs nothing: what is still waiting ends in silence, and when it is unsuspended every open
pull request is looked at. Nothing is written to archived repositories.
"""
