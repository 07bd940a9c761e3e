"""The organisation-wide configuration, from the organisation's `.github` repository."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

from bot.clock import Clock
from bot.github import App
from bot.github.errors import NotFound
from bot.steward.values import Place, Target
from bot.store import Store
from rules.config import CONFIG_PATHS, ConfigError, load
from rules.contract import Config
from rules.documents import Problem

log = logging.getLogger(__name__)

REPOSITORY = ".github"
_FRESH = timedelta(minutes=10)
_CHANGED = "default.changed"


@dataclass(frozen=True, slots=True)
class Default:
    """What holds where a repository says nothing: a configuration, none, or the problems for which it cannot be used.

    The problems say where they stand in words, since no line of the reader's own repository is meant.
    """

    config: Config | None = None
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class _Read:
    at: datetime
    mark: str | None
    found: Default


class Defaults:
    """The default configuration of each organisation, read again after ten minutes; safe between threads.

    A push to the organisation's `.github` repository has every process read it anew at once. Two threads that find it
    missing both ask, which costs a request and changes nothing.
    """

    def __init__(self, app: App, store: Store, clock: Clock) -> None:
        self._app = app
        self._store = store
        self._clock = clock
        self._known: dict[str, _Read] = {}

    def of(self, target: Target) -> Default:
        """Give the default that holds for a pull request's repository.

        A `.github` repository that the App is not installed on answers 404 like one that does not exist; both mean
        that no default was given to us. Every other failure raises. One that cannot be used has its problems, until a
        usable one has been seen, which then goes on to hold.
        """
        owner, _, name = target.repository.partition("/")
        if name == REPOSITORY:
            return Default()
        key = _key(target.installation, owner)
        with self._store.reading() as transaction:
            mark = transaction.recall(_CHANGED, key)
        now, before = self._clock(), self._known.get(key)
        if before is None or now - before.at >= _FRESH or before.mark != mark:
            found = self._usable(target.installation, owner, before.found if before else Default())
            before = self._known[key] = _Read(now, mark, found)
        return before.found

    def changed(self, place: Place) -> None:
        """Have the default of this repository's organisation read again, in every process."""
        key = _key(place.installation, place.repository.partition("/")[0])
        with self._store.transaction() as transaction:
            transaction.remember(_CHANGED, key, str(uuid4()), self._clock())

    def _usable(self, installation: int, owner: str, before: Default) -> Default:
        try:
            return Default(_fetch(self._app, installation, owner))
        except ConfigError as error:
            facts = {"action": "default_config", "account": owner}
            log.error("organisation default is unusable: %s", error, extra=facts)  # noqa: TRY400 the problems say all
            if before.config is not None:
                return before  # the authors of all its repositories cannot mend it, so the last good one holds
            return Default(problems=tuple(_elsewhere(one, owner) for one in error.problems))


def _elsewhere(problem: Problem, owner: str) -> Problem:
    line = "" if problem.line is None else f", line {problem.line}"
    sentence = f"The default configuration of {owner} cannot be used ({problem.path}{line}): {problem.sentence}"
    fix = f"{problem.fix} It is mended in {owner}/{REPOSITORY}, on its default branch; every pull request is looked at"
    return Problem("default_unusable", sentence, f"{fix.strip()} again once that is pushed.")


def _key(installation: int, owner: str) -> str:
    return f"{installation}:{owner.lower()}"


def _fetch(app: App, installation: int, owner: str) -> Config | None:
    repository = app.repository(installation, f"{owner}/{REPOSITORY}")
    for path in CONFIG_PATHS:
        try:
            data = repository.file(path, "HEAD")
        except NotFound:
            return None
        if data is not None:
            return load(data.decode("utf-8", "replace"), path=f"{owner}/{REPOSITORY}/{path}")
    return None
