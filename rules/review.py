"""The review of a change: who must say yes, until when, and what the check concludes.

Pure: `now` and the moment the review began come in as arguments, in UTC.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from rules.assessment import Assessment
from rules.verdict import Verdict

Conclusion = Literal["success", "neutral", "action_required", "failure"]
ReviewState = Literal["none", "notify", "pending", "blocked"]


@dataclass(frozen=True, slots=True)
class Approval:
    """One approval that the review needs: who gives it ("team", "role", "user") and by which name."""

    kind: Literal["team", "role", "user"]
    name: str
    people: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Review:
    """Where the review of one change stands.

    `state`: "none" nothing to review, "notify" owners are told and nobody has to act, "pending" approvals are
    awaited, "blocked" a to-do of the author comes first. `deadline` is UTC; `None` where no clock runs, either
    because none is owed or because the pull request is a draft (`paused` then says why).
    """

    assessment: Assessment
    state: ReviewState
    needs: tuple[Approval, ...] = ()
    started: datetime | None = None
    deadline: datetime | None = None
    paused: str = ""
    silence_approves: bool = False
    conclusion: Conclusion = "success"

    @property
    def grade(self) -> Verdict:
        """The review's class."""
        return self.assessment.grade
