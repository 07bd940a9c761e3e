"""The plan as a runner is handed it: everything that it takes to migrate, as one value of JSON (docs/migrations.md)."""

from __future__ import annotations

from bot.migrations.runners.contract import Errand, Mode
from bot.migrations.work import Work
from rules.jsontext import JsonValue

FORMAT = 1
"""Raised where a plan is written in another way; a runner refuses a number that it does not know."""


def key(run: str, mode: Mode, number: int) -> str:
    """Name an errand of a run: the number counts how often it was begun anew."""
    return f"{run}-{mode}-{number}"


def errand(  # noqa: PLR0913 what makes an errand
    work: Work, target: str, name: str, mode: Mode, *, exclude: bool = False, accept: bool = False
) -> Errand:
    """Make an errand. `exclude` lets any row stay behind that fails, `accept` one that `down` cannot bring back."""
    spec = work.spec
    plan: dict[str, JsonValue] = {
        "format": FORMAT, "key": name, "mode": mode, "target": target, "contract": spec.contract,
        "from": spec.source, "to": spec.goal, "steps": [dict(one) for one in spec.entries],
        "irreversible": list(spec.transform.irreversible), "allowed": allowed(work, exclude=exclude),
        "accept": accept, "old": work.old, "new": work.new,
    }  # fmt: skip
    return Errand(name, mode, target, plan)


def allowed(work: Work, *, exclude: bool = False) -> int | None:
    """Say how many rows may stay behind; any number where it is `None`."""
    return None if exclude or work.spec.exclude else work.spec.allowed
