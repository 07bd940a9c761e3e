"""What Concordat says of one change: the comparison, the versions, what must still be done.

`assess` is the one pure function behind the command line, the App and the simulation.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from rules.change import Change
from rules.compare.values import Comparison
from rules.documents import Problem
from rules.verdict import Verdict
from rules.versions import Versions

__all__ = ["Assessment", "Versions"]


@dataclass(frozen=True, slots=True)
class Assessment:
    """One change, judged. `comparison` is `None` where a document could not be used; `problems` then says why.

    `grade` is the review's class: the higher of the declared bump and the verdict.
    """

    change: Change
    comparison: Comparison | None
    versions: Versions = field(default_factory=Versions)
    problems: tuple[Problem, ...] = ()

    @property
    def verdict(self) -> Verdict | None:
        """The verdict, or `None` where there is none because a document could not be used."""
        return self.comparison.verdict if self.comparison else None

    @property
    def grade(self) -> Verdict:
        """The class that the review has; an unusable document counts as MAJOR, since nothing is proven of it."""
        if self.comparison is None:
            return Verdict.MAJOR
        return max(self.comparison.verdict, self.versions.bump or Verdict.NONE)

    @property
    def blocking(self) -> tuple[Problem, ...]:
        """The problems that hold the change up."""
        return tuple(problem for problem in self.problems if problem.blocking)
