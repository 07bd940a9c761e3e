"""The organisation-wide configuration, from the organisation's `.github` repository."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from bot.clock import Clock
from bot.github import App
from bot.github.errors import Denied, NotFound
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
        that no default was given to us. Every other failure raises.
        """
        owner, _, name = target.repository.partition("/")
        if name == _REPOSITORY:
            return None
        now, key = self._clock(), (target.installation, owner)
        read_at, config = self._known.get(key, (None, None))
        if read_at is None or now - read_at >= _FRESH:
            config = _fetch(self._app, target.installation, owner)
            self._known[key] = (now, config)
        return config


def _fetch(app: App, installation: int, owner: str) -> Config | None:
    repository = app.repository(installation, f"{owner}/{_REPOSITORY}")
    for path in CONFIG_PATHS:
        try:
            data = repository.file(path, "HEAD")
        except (NotFound, Denied):
            return None
        if data is not None:
            return _read(data, f"{owner}/{_REPOSITORY}/{path}")
    return None


def _read(data: bytes, path: str) -> Config | None:
    try:
        return load(data.decode("utf-8", "replace"), path=path)
    except ConfigError as error:
        # Every repository of the organisation would fail for a mistake that its authors cannot mend.
        log.error("organisation default is unusable: %s", error, extra={"action": "default_config", "path": path})  # noqa: TRY400 the problems say all
        return None
