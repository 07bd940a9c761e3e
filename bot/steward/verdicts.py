"""Verdicts in a child process, so that no schema can hang the App or eat its memory.

The engine bounds its own steps; this bounds what the engine, its libraries or the interpreter could do all the same.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace

from bot.steward.child import Failed, Limits, run
from bot.steward.decide import Judge
from rules.assessment import Assessment, assess, unavailable
from rules.change import Change
from rules.jsontext import digest

__all__ = ["LIMITS", "TOGETHER", "Bench", "Limits", "judge"]

LIMITS = Limits()
TOGETHER = 180.0
"""Seconds that the verdicts of one pull request may take together, so that no pull request keeps a worker for hours."""


class Bench:
    """Judges for a whole App: bounded for each pull request, and not asked in vain for what has failed already.

    A change that could not be judged is remembered until the process ends, so that the sweep does not spend the same
    half minute again each time. Safe between threads.
    """

    def __init__(
        self, judge: Judge, *, together: float = TOGETHER, ticks: Callable[[], float] = time.monotonic
    ) -> None:
        self._judge = judge
        self._together = together
        self._ticks = ticks
        self._failed: OrderedDict[str, Assessment] = OrderedDict()
        self._lock = threading.Lock()

    def sitting(self) -> Judge:
        """Give the judge of one pull request's changes."""
        end = self._ticks() + self._together

        def judged(change: Change) -> Assessment:
            if self._ticks() > end:
                return unavailable(
                    change, f"the verdicts of this pull request took longer than {self._together:g} s together"
                )
            return self._remembered(change)

        return judged

    def try_again(self) -> None:
        """Forget what could not be judged: somebody asks for it once more."""
        with self._lock:
            self._failed.clear()

    def _remembered(self, change: Change) -> Assessment:
        older = [one.document.value for one in change.older]
        key = digest(change.digest, repr(change.contract), change.files, older)
        with self._lock:
            if key in self._failed:
                return replace(self._failed[key], change=change)
        found = self._judge(change)
        if found.failed:
            with self._lock:
                self._failed[key] = found
                while len(self._failed) > _REMEMBERED:
                    self._failed.popitem(last=False)
        return found


_REMEMBERED = 500


def judge(change: Change, limits: Limits = LIMITS, work: Callable[[Change], Assessment] = assess) -> Assessment:
    """Assess a change in a process of its own; where it dies or is stopped, the assessment says so.

    `work` is what the process does, importable by name.
    """
    answer = run(work, change, limits)
    if isinstance(answer, Assessment):
        return answer
    return unavailable(change, f"deciding {answer.why if isinstance(answer, Failed) else 'failed'}")
