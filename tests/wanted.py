"""What a test wants from the machine and may not find there: skipped with one line, or failed where it is required."""

from __future__ import annotations

import os
from typing import NoReturn

import pytest

REQUIRE = "CONCORDAT_TEST_REQUIRE"
"""Names, separated by commas, of what must not be missing: `postgres`, `browser`, `npm`."""


def absent(what: str, advice: str) -> NoReturn:
    """Skip the tests that want something that is not here; `advice` says in one line what to install."""
    required = {name.strip() for name in os.environ.get(REQUIRE, "").split(",")}
    if what in required:
        pytest.fail(f"{advice} ({REQUIRE} asks for {what})", pytrace=False)
    _given.add(advice)
    pytest.skip(advice)


_given: set[str] = set()


def folded(report: pytest.TestReport) -> pytest.TestReport:
    """Place a skip for want of something here, so that the summary has one line for all tests that want it."""
    if report.skipped and isinstance(report.longrepr, tuple):
        reason = report.longrepr[2]
        if any(advice in reason for advice in _given):
            report.longrepr = (__file__, 1, reason)
    return report
