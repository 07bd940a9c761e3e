"""JSON Schema inclusion: is every document of this schema accepted by that one? Findings say why not."""

from rules.compare.decide import decide
from rules.compare.values import Decision, Reason

__all__ = ["Decision", "Reason", "decide"]
