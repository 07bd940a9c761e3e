"""Hints: what a delivery asks to be looked at, as jobs. Nothing is taken from a payload but which place to look at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from bot.github import shapes
from bot.steward import signature
from bot.steward.values import Group, Place, Target
from bot.store.values import NewJob
from notices.comment import MARKER

PULL = "pull"
GROUP = "merge_group"
HEAD = "head"
BRANCH = "branch"
SWEEP = "sweep"
INSTALLATION = "sweep.installation"
REPOSITORY = "sweep.repository"
LOW = -10
"""Examinations that nobody waits for come after those that a delivery asked for."""

Payload = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Hint:
    """What an event asks for: a job, or a word in our own books.

    `anew` is the pull request that is to be read from end to end, `closed` one that is not open any more,
    `signed_out` the GitHub user id of somebody whose sessions end.
    """

    job: NewJob | None = None
    anew: Target | None = None
    closed: Target | None = None
    signed_out: int | None = None


def examination(target: Target, *, priority: int = 0) -> NewJob:
    """Make the job that examines a pull request; several for the same one coalesce in its lane."""
    return NewJob(
        kind=PULL,
        payload=asdict(target),
        lane=target.stream,
        pool=PULL,
        priority=priority,
        installation=target.installation,
    )


def sweep_of_installation(installation: int) -> NewJob:
    """Make the job that examines every open pull request of an installation."""
    return NewJob(
        kind=INSTALLATION,
        payload={"installation": installation},
        lane=f"{INSTALLATION}:{installation}",
        pool=SWEEP,
        priority=LOW,
        installation=installation,
    )


def sweep_of_repository(place: Place) -> NewJob:
    """Make the job that examines every open pull request of a repository."""
    return NewJob(
        kind=REPOSITORY,
        payload=asdict(place),
        lane=f"{REPOSITORY}:{place.repository_id}",
        pool=SWEEP,
        priority=LOW,
        installation=place.installation,
    )


# What each row of the table of events asks for. A payload of another shape raises, and is acknowledged all the same.


def nothing(payload: Payload) -> Iterator[Hint]:
    """Ask for nothing."""
    del payload
    yield from ()


def pull(payload: Payload) -> Iterator[Hint]:
    """Ask for the pull request."""
    yield Hint(examination(_target(payload, payload["pull_request"]["number"])))


def new_base(payload: Payload) -> Iterator[Hint]:
    """Ask for the pull request if its base branch is another now; titles and descriptions say nothing to us."""
    if "base" in payload["changes"]:
        yield from pull(payload)


def left_head(payload: Payload) -> Iterator[Hint]:
    """Ask for the other pull requests that have the head of one that is closed now."""
    yield _by_head(payload, payload["pull_request"]["head"]["sha"])
    yield Hint(closed=_target(payload, payload["pull_request"]["number"]))


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
        yield Hint(examination(target), anew=target)
    if not numbers:
        yield _by_head(payload, subject["head_sha"])


def touched_comment(payload: Payload) -> Iterator[Hint]:
    """Ask for the pull request if somebody else edited or deleted a comment of an App that carries our marker."""
    comment = payload["comment"]
    before = payload.get("changes", {}).get("body", {}).get("from") or ""
    author, sender = shapes.actor(comment, "user"), shapes.actor(dict(payload), "sender")
    on_pull = bool(payload["issue"].get("pull_request"))
    if on_pull and author.bot and author.id != sender.id and MARKER in f"{comment['body']}\n{before}":
        target = _target(payload, payload["issue"]["number"])
        yield Hint(examination(target), anew=target)


def merge_group(payload: Payload) -> Iterator[Hint]:
    """Ask for the merge group."""
    found, place = payload["merge_group"], _place(payload)
    names = [_text(found[name]) for name in ("base_ref", "base_sha", "head_ref", "head_sha")]
    group = Group(place.installation, place.repository_id, place.repository, *names)
    yield Hint(
        NewJob(
            kind=GROUP,
            payload=asdict(group),
            lane=f"{GROUP}:{place.repository_id}:{group.head_sha}",
            pool=PULL,
            installation=place.installation,
        )
    )


def pushed(payload: Payload) -> Iterator[Hint]:
    """Ask for the default branch, if it moved and is still there."""
    place, branch, after = _place(payload), payload["repository"]["default_branch"], _text(payload["after"])
    if payload["ref"] == f"refs/heads/{branch}" and after.strip("0"):
        job = {**asdict(place), "branch": _text(branch), "sha": after}
        lane = f"{BRANCH}:{place.repository_id}"
        yield Hint(NewJob(BRANCH, job, lane=lane, pool=SWEEP, priority=LOW, installation=place.installation))


def installation(payload: Payload) -> Iterator[Hint]:
    """Ask for every pull request of the installation."""
    yield Hint(sweep_of_installation(_id(payload["installation"]["id"])))


def added_repositories(payload: Payload) -> Iterator[Hint]:
    """Ask for every pull request of the repositories that the App sees from now on."""
    for found in payload["repositories_added"]:
        place = Place(_id(payload["installation"]["id"]), _id(found["id"]), _text(found["full_name"]))
        yield Hint(sweep_of_repository(place))


def repository(payload: Payload) -> Iterator[Hint]:
    """Ask for every pull request of the repository, under its name of now."""
    yield Hint(sweep_of_repository(_place(payload)))


def _by_head(payload: Payload, head_sha: Any) -> Hint:
    place = _place(payload)
    job = {**asdict(place), "head_sha": _text(head_sha)}
    lane = f"{HEAD}:{place.repository_id}:{head_sha}"
    return Hint(NewJob(HEAD, job, lane=lane, pool=PULL, installation=place.installation))


def _place(payload: Payload) -> Place:
    found = payload["repository"]
    return Place(_id(payload["installation"]["id"]), _id(found["id"]), _text(found["full_name"]))


def _target(payload: Payload, number: Any) -> Target:
    place = _place(payload)
    return Target(place.installation, place.repository_id, place.repository, _id(number))


def _id(found: Any) -> int:
    if not isinstance(found, int) or isinstance(found, bool) or found <= 0:
        raise TypeError(f"ids of a delivery are positive numbers, not {found!r}")
    return found


def _text(found: Any) -> str:
    if not isinstance(found, str) or not found:
        raise TypeError(f"names and commits of a delivery are texts, not {found!r}")
    return found
