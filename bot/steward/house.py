"""What the steward works with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bot.clock import Clock
from bot.github import App
from bot.steward.defaults import Defaults
from bot.steward.verdicts import Bench
from bot.store import Store


@dataclass(frozen=True, slots=True)
class Steward:
    """Who the steward asks and where it keeps; `report_url` makes the link to the full report kept under a key."""

    app: App
    defaults: Defaults
    store: Store
    clock: Clock
    bench: Bench
    report_url: Callable[[str], str]
