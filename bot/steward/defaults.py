"""The organisation-wide configuration, from the organisation's `.github` repository."""

from __future__ import annotations

import logging

from bot.github import App
from bot.github.errors import Denied, NotFound
from bot.steward.values import Target
from rules.config import CONFIG_PATHS, ConfigError, load
from rules.contract import Config

log = logging.getLogger(__name__)

_REPOSITORY = ".github"


def organisation_default(app: App, target: Target) -> Config | None:
    """Read the default configuration; `None` when the organisation has none, or the App may not see it.

    A `.github` repository that the App is not installed on answers 404 like one that does not exist; both mean that
    no default was given to us. Every other failure raises.
    """
    owner, _, name = target.repository.partition("/")
    if name == _REPOSITORY:
        return None
    repository = app.repository(target.installation, f"{owner}/{_REPOSITORY}")
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
