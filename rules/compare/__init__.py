"""JSON Schema inclusion: is every document of this schema accepted by that one? Findings say why not."""

from rules.compare.compare import compare
from rules.compare.decide import decide
from rules.compare.kinds import KINDS
from rules.compare.values import ComparePolicy, Comparison, Decision, Finding, Reason, Relation, Witness

__all__ = [
    "KINDS",
    "ComparePolicy",
    "Comparison",
    "Decision",
    "Finding",
    "Reason",
    "Relation",
    "Witness",
    "compare",
    "decide",
]
