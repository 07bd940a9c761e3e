"""Hints: what a delivery asks to be looked at, as jobs. Nothing is taken from a payload but which place to look at."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Any

from bot.commands.parser import commands
from bot.github import shapes
from bot.github.errors import BadAnswer
from bot.steward import jobs, signature, talk
from bot.steward.releases.values import ReleaseTarget
from bot.steward.talk import PUSHED, Said
from bot.steward.values import Group, Place, Target
from bot.steward.violations.values import RefusedTarget, ViolationTarget
from bot.store.values import NewEvent, NewJob
from notices.comment import MARKER
from rules.review_events import ALL

Payload = Mapping[str, Any]

_RELEASE_ISSUE = re.compile(
    r"<!-- concordat:release release:([0-9]{1,20}):([A-Za-z0-9._-]{1,200}):([A-Za-z0-9.+_-]{1,64}) -->"
)
EPOCH = datetime.fromtimestamp(0, UTC)

_LARGEST = 2**63 - 1
_LONGEST = 1000
_SHOWN = 80
_SHA = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_FULL_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]{0,99}/(?!\.{1,2}$)[A-Za-z0-9_.-]{1,100}")


@dataclass(frozen=True, slots=True)
class Hint:
    """What an event asks for: a job, or a word in our own books.

    `anew` is the pull request that is to be read from end to end, `closed` one that is not open any more,
    `signed_out` the GitHub user id of somebody whose sessions end. `fact` is something that only this delivery
    tells, to be kept in the log of `of`, under the delivery's name and at its moment where it has none; `said` is
    likewise, by somebody who pressed a button. `left` is somebody who left a team: the job is done where they have
    approved something.
    """

    job: NewJob | None = None
    anew: Target | None = None
    closed: Target | None = None
    signed_out: int | None = None
    of: Target | ReleaseTarget | ViolationTarget | RefusedTarget | None = None
    fact: NewEvent | None = None
    said: Said | None = None
    left: int | None = None


# What each row of the table of events asks for. A payload of another shape raises, and is acknowledged all the same.


def nothing(payload: Payload) -> Iterator[Hint]:
    """Ask for nothing."""
    del payload
    yield from ()


def pull(payload: Payload) -> Iterator[Hint]:
    """Ask for the pull request."""
    yield Hint(jobs.examination(_target(payload, payload["pull_request"]["number"])))


def pushed_to(payload: Payload) -> Iterator[Hint]:
    """Ask for the pull request, and keep who pushed to it."""
    try:
        who, at = shapes.actor(dict(payload), "sender"), shapes.moment(payload["pull_request"], "updated_at")
        head = text_of(payload["after"])
    except (BadAnswer, KeyError, TypeError):
        # Who wrote the commit stands in for who pushed it; the pull request is looked at in any case.
        yield from pull(payload)
        return
    fact = NewEvent(PUSHED, f"push:{head}:{at.isoformat()}", at, {"head": head}, who.id)
    yield from pull_with(payload, fact)


def pull_with(payload: Payload, fact: NewEvent) -> Iterator[Hint]:
    """Ask for the pull request, and keep a fact about it."""
    target = _target(payload, payload["pull_request"]["number"])
    yield Hint(jobs.examination(target), of=target, fact=fact)


def said(payload: Payload) -> Iterator[Hint]:
    """Keep a comment that holds a command, as it was created, and ask for the pull request."""
    found = talk.of_comment(shapes.comment(_as_created(payload["comment"])))
    if found is not None and payload["issue"].get("pull_request") is not None:
        target = _target(payload, payload["issue"]["number"])
        yield Hint(jobs.examination(target), of=target, fact=found.event())
    elif found is not None:
        yield from _of_release(payload, found)


def _of_release(payload: Payload, found: Said) -> Iterator[Hint]:
    """Ask for the release whose issue the App opened; that it is the release's own is seen when it is looked after."""
    issue = payload["issue"]
    mine = _RELEASE_ISSUE.match(issue.get("body") or "")
    if mine is None or not shapes.actor(issue, "user").bot:
        return
    place, number = place_of(payload), _id(issue["number"])
    if mine[1] != str(place.repository_id):
        return
    target = ReleaseTarget(place.installation, place.repository_id, place.repository, mine[2], mine[3])
    fact = found.event()
    yield Hint(jobs.release_job(target), of=target, fact=replace(fact, body={**fact.body, "issue": number}))


def _as_created(comment: dict[str, Any]) -> dict[str, Any]:
    # The delivery of a creation tells the text as created, whatever was done to it while it was under way.
    return {**comment, "updated_at": comment["created_at"]}


def reviewed(payload: Payload) -> Iterator[Hint]:
    """Keep a review that says something to us, and ask for the pull request."""
    review = shapes.review(payload["review"])
    found = None if review is None else talk.of_review(review)
    if found is not None:
        yield from pull_with(payload, found.event())


def dismissed(payload: Payload) -> Iterator[Hint]:
    """Keep that a review was dismissed; no objection falls by it, so that nothing has to be looked at."""
    review, who = shapes.review(payload["review"]), shapes.actor(dict(payload), "sender")
    if review is not None:
        at = shapes.moment(payload["pull_request"], "updated_at")  # of the review it says when that was written
        body = {"contract": ALL, "review": str(review.id), "login": who.login}
        fact = NewEvent("review.dismissed", f"dismissed:{review.id}", at, body, who.id)
        yield Hint(of=_target(payload, payload["pull_request"]["number"]), fact=fact)


def left_team(payload: Payload) -> Iterator[Hint]:
    """Ask for every pull request of the installation, if who left a team has approved anything."""
    job = jobs.sweep_of_installation(_id(payload["installation"]["id"]))
    yield Hint(job, left=_id(payload["member"]["id"]))


def new_base(payload: Payload) -> Iterator[Hint]:
    """Ask for the pull request if its base branch is another now; titles and descriptions say nothing to us."""
    changes = payload.get("changes")
    if changes is None or "base" in changes:
        yield from pull(payload)


def left_head(payload: Payload) -> Iterator[Hint]:
    """Ask for one that is closed now, and for the other pull requests that have its head."""
    if head := (payload["pull_request"].get("head") or {}).get("sha"):
        yield _by_head(payload, head)
    target = _target(payload, payload["pull_request"]["number"])
    # What a migration is planned for is known here, so that a pull request without one costs GitHub nothing.
    yield Hint(
        NewJob(jobs.MERGED, asdict(target), lane=f"{jobs.MERGED}:{target.stream}", installation=target.installation)
    )
    # Nobody is reminded of what is over, and our comment says that it is.
    yield Hint(jobs.examination(target), closed=target)


def signed_out(payload: Payload) -> Iterator[Hint]:
    """End the sessions of whoever took back, on GitHub, what they had allowed at sign-in."""
    yield Hint(signed_out=int(payload["sender"]["id"]))


def checked(payload: Payload) -> Iterator[Hint]:
    """Ask for the pull requests of a check, all of it anew: asking for it again has taken its conclusion away.

    GitHub names those of the repository itself. Of a fork's there is what our own check says, or its head.
    """
    subject = payload.get("check_run") or payload["check_suite"]
    numbers = [pull["number"] for pull in subject.get("pull_requests") or ()]
    ours = signature.read(subject.get("external_id") or "")
    numbers += [ours.pull] if ours is not None and not numbers else []
    for number in numbers:
        target = _target(payload, number)
        yield Hint(jobs.examination(target), anew=target)
    if not numbers:
        yield _by_head(payload, subject["head_sha"])


def touched_comment(payload: Payload) -> Iterator[Hint]:
    """Ask for the pull request if somebody else edited or deleted a comment of an App that carries our marker.

    That somebody's own comment with a command was edited or deleted is kept, and leads to nothing.
    """
    comment = payload["comment"]
    yield from _edited(payload)
    before = payload.get("changes", {}).get("body", {}).get("from") or ""
    author, sender = shapes.actor(comment, "user"), shapes.actor(dict(payload), "sender")
    on_pull = payload["issue"].get("pull_request") is not None
    if on_pull and author.bot and author.id != sender.id and MARKER in f"{comment['body']}\n{before}":
        target = _target(payload, payload["issue"]["number"])
        yield Hint(jobs.examination(target), anew=target)


def _edited(payload: Payload) -> Iterator[Hint]:
    comment, who = shapes.comment(payload["comment"]), shapes.actor(dict(payload), "sender")
    before = payload.get("changes", {}).get("body", {}).get("from") or ""
    if comment.by_bot or payload["issue"].get("pull_request") is None or not commands(f"{before}\n\n{comment.body}"):
        return
    action, at = text_of(payload["action"]), comment.updated_at
    body = {"comment": str(comment.id), "what": action, "login": who.login}
    fact = NewEvent(talk.EDITED, f"{action}:{comment.id}:{at.isoformat()}", at, body, who.id)
    yield Hint(of=_target(payload, payload["issue"]["number"]), fact=fact)


def pressed(payload: Payload) -> Iterator[Hint]:
    """Ask for the pull requests of a check, and keep who pressed which of its buttons."""
    who = shapes.actor(dict(payload), "sender")
    for hint in checked(payload):
        click = payload.get("requested_action") or {}
        if hint.anew is None or who.id is None or not click.get("identifier"):
            yield hint
            continue
        # Neither number nor time stands in the delivery: the inbox puts in its own.
        said = Said("click", 0, who.id, who.login, EPOCH, text_of(click["identifier"])[:20])
        yield Hint(hint.job, of=hint.anew, said=said)


def merge_group(payload: Payload) -> Iterator[Hint]:
    """Ask for the merge group."""
    found, place = payload["merge_group"], place_of(payload)
    base, head = (
        (text_of(found["base_ref"]), _commit(found["base_sha"])),
        (text_of(found["head_ref"]), _commit(found["head_sha"])),
    )
    group = Group(place.installation, place.repository_id, place.repository, *base, *head)
    yield Hint(
        NewJob(
            kind=jobs.GROUP,
            payload=asdict(group),
            lane=f"{jobs.GROUP}:{place.repository_id}:{group.head_sha}",
            pool=jobs.PULL,
            installation=place.installation,
        )
    )


def pushed(payload: Payload) -> Iterator[Hint]:
    """Ask for the default branch, if it moved and is still there."""
    place, branch, after = place_of(payload), payload["repository"]["default_branch"], _commit(payload["after"])
    if payload["ref"] == f"refs/heads/{branch}" and after.strip("0"):
        job = {**asdict(place), "branch": text_of(branch), "sha": after}
        lane = f"{jobs.BRANCH}:{place.repository_id}"
        yield Hint(
            NewJob(jobs.BRANCH, job, lane=lane, pool=jobs.SWEEP, priority=jobs.LOW, installation=place.installation)
        )


def installation(payload: Payload) -> Iterator[Hint]:
    """Ask for every pull request of the installation."""
    yield Hint(jobs.sweep_of_installation(_id(payload["installation"]["id"])))


def added_repositories(payload: Payload) -> Iterator[Hint]:
    """Ask for every pull request of the repositories that the App sees from now on."""
    for found in payload["repositories_added"]:
        place = Place(_id(payload["installation"]["id"]), _id(found["id"]), _name(found["full_name"]))
        yield Hint(jobs.sweep_of_repository(place))


def repository(payload: Payload) -> Iterator[Hint]:
    """Ask for every pull request of the repository, under its name of now."""
    yield Hint(jobs.sweep_of_repository(place_of(payload)))


def _by_head(payload: Payload, head_sha: Any) -> Hint:
    place = place_of(payload)
    job = {**asdict(place), "head_sha": _commit(head_sha)}
    lane = f"{jobs.HEAD}:{place.repository_id}:{head_sha}"
    return Hint(NewJob(jobs.HEAD, job, lane=lane, pool=jobs.PULL, installation=place.installation))


def place_of(payload: Payload) -> Place:
    """Read which repository a delivery is about, and by which installation it came."""
    found = payload["repository"]
    return Place(_id(payload["installation"]["id"]), _id(found["id"]), _name(found["full_name"]))


def _target(payload: Payload, number: Any) -> Target:
    place = place_of(payload)
    return Target(place.installation, place.repository_id, place.repository, _id(number))


def _id(found: Any) -> int:
    if not isinstance(found, int) or isinstance(found, bool) or not 0 < found <= _LARGEST:
        raise TypeError(f"ids of a delivery are positive numbers, not {str(found)[:_SHOWN]!r}")
    return found


def _name(found: Any) -> str:
    """Take a repository's full name, which becomes part of addresses on GitHub."""
    name = text_of(found)
    if not _FULL_NAME.fullmatch(name):
        raise TypeError(f"names of repositories are OWNER/NAME, not {name[:_SHOWN]!r}")
    return name


def _commit(found: Any) -> str:
    sha = text_of(found)
    if not _SHA.fullmatch(sha):
        raise TypeError(f"commits of a delivery are hashes, not {sha[:_SHOWN]!r}")
    return sha


def text_of(found: Any) -> str:
    """Take a name out of a delivery; `TypeError` for anything but a text, and for a long one."""
    if not isinstance(found, str) or not 0 < len(found) <= _LONGEST:
        raise TypeError(f"names of a delivery are texts, not {str(found)[:_SHOWN]!r}")
    return found
