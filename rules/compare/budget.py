"""Steps, counted so that the same question has the same answer everywhere, and where they were spent."""

from __future__ import annotations

from rules.compare.values import Reason


class ExhaustedError(Exception):
    """The budget is spent, or a bound of depth is reached; carries the reason."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.detail)
        self.reason = reason


class Budget:
    """How many steps are left; `keyword` and `pointer` are kept up to date by those who work."""

    def __init__(self, steps: int) -> None:
        self.begin(steps)

    def begin(self, steps: int) -> None:
        """Start afresh, for another question."""
        self.total = steps
        self.left = steps
        self.keyword = ""
        self.pointer = ""

    def spend(self, steps: int = 1) -> None:
        """Use steps; `ExhaustedError` once there are none."""
        self.left -= steps
        if self.left < 0:
            raise ExhaustedError(Reason(self.keyword, self.pointer, f"not decided within {self.total:,} steps"))

    def at(self, origin: tuple[str, str] | None) -> None:
        """Say which keyword is being looked at."""
        if origin is not None:
            self.keyword, self.pointer = origin

    @property
    def used(self) -> int:
        """Steps used so far."""
        return min(self.total - self.left, self.total)
