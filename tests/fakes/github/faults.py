"""Faults by rule: which requests fail, how often, and in which way."""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass
from typing import Literal, get_args

How = Literal[
    "lost_answer",
    "500",
    "502_html",
    "404",
    "403",
    "422",
    "403_rate_limit",
    "403_secondary",
    "429",
    "timeout",
    "half_answer",
    "slow",
]
COMMITS: frozenset[How] = frozenset({"lost_answer", "half_answer", "slow"})
"""The ways to fail after GitHub has done what was asked; the others do nothing."""


@dataclass
class Fault:
    """One rule. `path` is searched, `times` counts down (`None` is for ever), `skip` lets that many pass first."""

    how: How
    method: str | None = None
    path: str = ""
    times: int | None = 1
    skip: int = 0
    seconds: float = 0.2
    hits: int = 0

    def matches(self, method: str, path: str) -> bool:
        """Say whether the rule is about this request and not used up."""
        fits = self.method in (None, method) and re.search(self.path, path) is not None
        return fits and self.times != 0


class Faults:
    """The rules in force, oldest first; each request meets at most one."""

    def __init__(self) -> None:
        self._rules: list[Fault] = []
        self._lock = threading.Lock()

    def add(self, fault: Fault) -> Fault:
        """Put a rule into force and return it; its `hits` tell later how often it struck."""
        if fault.how not in get_args(How):
            raise ValueError(f"no such fault: {fault.how!r}; there are {', '.join(get_args(How))}")
        with self._lock:
            self._rules.append(fault)
        return fault

    def clear(self) -> None:
        """Let everything succeed again."""
        with self._lock:
            self._rules.clear()

    def strike(self, method: str, path: str) -> Fault | None:
        """Find the rule that this request meets, and count it."""
        with self._lock:
            for rule in self._rules:
                if not rule.matches(method, path):
                    continue
                if rule.skip:
                    rule.skip -= 1
                    return None
                rule.hits += 1
                rule.times = None if rule.times is None else rule.times - 1
                return rule
        return None
