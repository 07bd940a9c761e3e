"""The home page: what this is, and for whoever is signed in the open reviews of the repositories that they see."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from markupsafe import Markup

from notices import pages, words
from notices.links import link
from notices.values import Context
from notices.view import most_severe_first
from rules.review import Review, ReviewState

MAX_CHANGES = 20
"""Contracts of one pull request that are summed up."""
MAX_TITLE = 200
"""Characters of a pull request's title; GitHub takes 256."""

State = Literal["off", "out", "in"]
"""Whether nobody signs in here, this person has not, or has."""


@dataclass(frozen=True, slots=True)
class Line:
    """Where the review of one contract stands; `standing` and `next` are sentences of ours."""

    name: str
    grade: str
    standing: str
    next: str


@dataclass(frozen=True, slots=True)
class Summary:
    """A pull request that changes contracts, in a few lines; `more` counts the contracts left out."""

    repository: str
    web_url: str
    number: int
    title: str
    changes: tuple[Line, ...]
    more: int = 0
    open: bool = True


@dataclass(frozen=True, slots=True)
class Pull:
    """A summary with the addresses of its pages."""

    summary: Summary
    report: str
    why: str

    @property
    def number(self) -> int:
        """The pull request's number."""
        return self.summary.number

    @property
    def title(self) -> str:
        """Its title, as its author wrote it."""
        return self.summary.title

    @property
    def changes(self) -> tuple[Line, ...]:
        """Its contracts."""
        return self.summary.changes

    @property
    def more(self) -> int:
        """How many contracts are left out."""
        return self.summary.more

    @property
    def url(self) -> Markup | None:
        """Its address on GitHub."""
        one = self.summary
        return link(f"{one.web_url}/{one.repository}/pull/{one.number}")


@dataclass(frozen=True, slots=True)
class Repository:
    """A repository with its open pull requests."""

    name: str
    pulls: tuple[Pull, ...]

    @property
    def url(self) -> Markup | None:
        """Its address on GitHub."""
        return link(f"{self.pulls[0].summary.web_url}/{self.name}")


@dataclass(frozen=True, slots=True)
class View:
    """What the page shows; `shown` counts pull requests, `cut` says that there are more.

    `looked_through` counts the repositories that were looked through, where the person sees more.
    """

    state: State
    repositories: tuple[Repository, ...] = ()
    shown: int = 0
    cut: bool = False
    looked_through: int | None = None


def summary(reviews: Sequence[Review], context: Context, title: str) -> str:
    """Sum up an open pull request as JSON text, kept beside its report; who may read that is asked by its name."""
    ordered = most_severe_first(reviews)
    made = Summary(
        repository=context.repository,
        web_url=context.web_url,
        number=context.pull or 0,
        title=title[:MAX_TITLE],
        changes=tuple(_line(one) for one in ordered[:MAX_CHANGES]),
        more=max(0, len(ordered) - MAX_CHANGES),
    )
    return json.dumps(asdict(made))


_STANDING: dict[ReviewState, str] = {
    "none": "nothing to review",
    "notify": "its owners are notified",
    "pending": "waits for approval",
    "blocked": "waits for its author",
    "approved": "approved",
    "rejected": "rejected",
}
"""Where a review stands, in as few words as fit a list; `rules.policy.SITUATIONS` has them in full."""


def _line(review: Review) -> Line:
    assessment = review.assessment
    standing = _STANDING[review.state]
    return Line(assessment.change.contract.name, words.grade(assessment), standing, words.next_step(review))


def closed(text: str) -> str:
    """Give the summary of a pull request that is no longer open."""
    return json.dumps({**json.loads(text), "open": False})


def read(text: str) -> Summary:
    """Read a summary back."""
    data: Mapping[str, Any] = json.loads(text)
    return Summary(**{**data, "changes": tuple(Line(**one) for one in data["changes"])})


def by_repository(pulls: Iterable[Pull]) -> tuple[Repository, ...]:
    """Group pull requests by repository, both in the order of their names and numbers."""
    found: dict[str, list[Pull]] = {}
    for pull in sorted(pulls, key=lambda one: (one.summary.repository.lower(), -one.number)):
        found.setdefault(pull.summary.repository, []).append(pull)
    return tuple(Repository(name, tuple(mine)) for name, mine in found.items())


def render(view: View) -> str:
    """Write the page as HTML."""
    return pages.page("home", title="Concordat", view=view)
