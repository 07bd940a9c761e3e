"""A migration as people are shown it before it runs: what is counted and measured, as values and as text."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from rules.jsontext import dumps


@dataclass(frozen=True, slots=True)
class Planned:
    """What a migration would do. `trouble` says why nothing could be measured; `pending` that it is being measured.

    `findings` are (place, rule, rows); nothing of a row's content or key is here. `seconds` is an estimate, `rate` rows
    a second as measured on `tested` random rows, of which `unfit` do not fit afterwards and `lost` do not come back.
    `unmovable` of all rows cannot be migrated. `elsewhere` names who carries it out where Concordat does not see the
    rows; what that one said of them stands here then, and where it cannot say it they are not `counted`.
    """

    contract: str
    source: str
    goal: str
    path: str
    target: str = ""
    key: str = ""
    pending: bool = False
    trouble: str = ""
    rows: int = 0
    failing: int = 0
    findings: tuple[tuple[str, str, int], ...] = ()
    seconds: float = 0.0
    rate: float = 0.0
    tested: int = 0
    tested_on: str = ""
    unfit: int = 0
    lost: int = 0
    unmovable: int = 0
    why_unfit: tuple[tuple[str, int], ...] = ()
    risk: str = ""
    reasons: tuple[str, ...] = ()
    complexity: str = ""
    irreversible: tuple[str, ...] = ()
    transform: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    carried: tuple[str, ...] = ()
    window: str = ""
    together: tuple[str, ...] = ()
    parts: tuple[tuple[str, float], ...] = ()
    url: str = ""
    elsewhere: str = ""
    counted: bool = True

    def text(self) -> str:
        """Write it down."""
        return dumps(asdict(self))

    def at(self, url: str) -> Planned:
        """Give it with the address of its page."""
        return replace(self, url=url)


def read(text: str | None) -> Planned | None:
    """Read what `Planned.text` wrote; `None` for nothing, and for what an earlier release wrote in another shape."""
    try:
        body: Mapping[str, Any] = json.loads(text or "")
        known = {one.name for one in fields(Planned)}
        return Planned(**{name: _frozen(value) for name, value in body.items() if name in known})
    except (ValueError, TypeError, AttributeError):
        return None


def _frozen(value: Any) -> Any:
    return tuple(_frozen(one) for one in value) if isinstance(value, list) else value
