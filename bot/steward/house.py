"""What the steward works with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from bot.clock import Clock
from bot.github import App
from bot.steward.defaults import Defaults
from bot.steward.verdicts import Bench
from bot.store import Store

ReleaseUrl = Callable[[Literal["board", "package", "readiness", "member", "calendar"], str, str, datetime], str]
"""Makes the address of (what, the release's stream, the partner's name, the moment at which a personal one ends)."""

Restate = Callable[[str, str, Mapping[str, str]], None]
"""Brings a message up to date: by its receipt, its kind, the facts that it is to show."""


@dataclass(frozen=True, slots=True)
class Steward:
    """Who the steward asks and where it keeps; `report_url` makes the link to the full report kept under a key.

    `release_url` makes those of a release: of its "board" or "package", or one partner's "readiness" until a moment.
    `targets` is the file that names the data sets which the App may migrate, `migration_url` makes the address of a
    migration's page from its stream. `restate` lets a message on Slack show other facts, where there is a Slack app.
    """

    app: App
    defaults: Defaults
    store: Store
    clock: Clock
    bench: Bench
    report_url: Callable[[str], str]
    release_url: ReleaseUrl
    targets: Path | None = None
    migration_url: Callable[[str], str] = lambda _: ""
    restate: Restate | None = None
