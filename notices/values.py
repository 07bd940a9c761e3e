"""What a notice needs to know beside the reviews: where they belong, and where the rest can be read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from notices.migration_values import Planned
from rules.documents import Problem
from rules.review import Conclusion


@dataclass(frozen=True, slots=True)
class Context:
    """The pull request, or the pair of revisions, that the reviews are about.

    `repository` is `owner/name`; `pull` is `None` for two local revisions, to which nothing can be linked.
    `report_url` is where the uncut report stands. `config_problems` are those of the configuration in force and of an
    edit of it; `config_preview` says in sentences what such an edit would change. `now` is an aware instant; it picks
    the enforcement stage and is never printed, so that equal states give equal bytes. `web_url` is GitHub's own
    address, another one with GitHub Enterprise Server. `beside` are the other open pull requests with the same head,
    and what is concluded of each: a commit has one check. `plans` are those of its migrations. `head_repository` and
    `head_ref` are where the author can write; empty where that is gone.
    """

    repository: str
    pull: int | None
    base_ref: str
    base_sha: str
    head_sha: str
    report_url: str | None = None
    config_problems: tuple[Problem, ...] = ()
    config_preview: tuple[str, ...] = ()
    now: datetime | None = None
    web_url: str = "https://github.com"
    beside: tuple[tuple[int, Conclusion], ...] = ()
    plans: tuple[Planned, ...] = ()
    head_repository: str = ""
    head_ref: str = ""
