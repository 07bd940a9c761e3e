"""The organisation-wide configuration, from the organisation's `.github` repository."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from bot.clock import Clock
from bot.github import App
from bot.github.errors import NotFound
from bot.steward.values import Target
from rules.config import CONFIG_PATHS, ConfigError, load
from rules.contract import Config

log = logging.getLogger(__name__)

_REPOSITORY = ".github"
_FRESH = timedelta(minutes=10)


class Defaults:
    """The default configuration of each organisation, read again after ten minutes; safe between threads.

    Two threads that find it missing both ask, which costs a request and changes nothing.
    """

    def __init__(self, app: App, clock: Clock) -> None:
        self._app = app
        self._clock = clock
        self._known: dict[tuple[int, str], tuple[datetime, Config | None]] = {}

    def of(self, target: Target) -> Config | None:
        """Give the default that holds for a pull request's repository; `None` when there is none.

        A `.github` repository that the App is not installed on answers 404 like one that does not exist; both mean
        that no default was given to us. Every other failure raises; one that cannot be used raises `ConfigError` until
        a usable one has been seen, which then goes on to hold.
        """
        owner, _, name = target.repository.partition("/")
        if name == _REPOSITORY:
            return None
        now, key = self._clock(), (target.installation, owner)
        read_at, config = self._known.get(key, (None, None))
        if read_at is None or now - read_at >= _FRESH:
            config = self._usable(target.installation, owner, config, known=read_at is not None)
            self._known[key] = (now, config)
        return config

    def _usable(self, installation: int, owner: str, before: Config | None, *, known: bool) -> Config | None:
        try:
            return _fetch(self._app, installation, owner)
        except ConfigError as error:
            facts = {"action": "default_config", "account": owner}
            log.error("organisation default is unusable: %s", error, extra=facts)  # noqa: TRY400 the problems say all
            if known:
                return before  # the authors of all its repositories cannot mend it, so the last good one holds
            raise


def _fetch(app: App, installation: int, owner: str) -> Config | None:
    repository = app.repository(installation, f"{owner}/{_REPOSITORY}")
    for path in CONFIG_PATHS:
        try:
            data = repository.file(path, "HEAD")
        except NotFound:
            return None
        if data is not None:
            return load(data.decode("utf-8", "replace"), path=f"{owner}/{_REPOSITORY}/{path}")
    return None
