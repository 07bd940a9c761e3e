"""JSON Schema inclusion: is every document of this schema accepted by that one? Findings say why not.

The engine is loaded when one of its functions is first asked for: most of a program needs only the values.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from rules.compare.values import ComparePolicy, Comparison, Decision, Finding, Older, Reason, Relation, Witness

if TYPE_CHECKING:
    from rules.compare.comparison import compare
    from rules.compare.inclusion import decide
    from rules.compare.kinds import KINDS

__all__ = [
    "KINDS",
    "ComparePolicy",
    "Comparison",
    "Decision",
    "Finding",
    "Older",
    "Reason",
    "Relation",
    "Witness",
    "compare",
    "decide",
]

_HOMES = {"compare": "rules.compare.comparison", "decide": "rules.compare.inclusion", "KINDS": "rules.compare.kinds"}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = found = getattr(import_module(_HOMES[name]), name)
    return found
