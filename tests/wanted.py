"""What a test wants from the machine and may not find there: skipped with one line, or failed where it is required."""

from __future__ import annotations

import os
from typing import NoReturn

import pytest

REQUIRE = "CONCORDAT_TEST_REQUIRE"
"""Names, separated by commas, of what must not be missing: `postgres`, `browser`."""


def absent(what: str, advice: str) -> NoReturn:
    """Skip the tests that want something that is not here; `advice` says in one line what to install."""
    required = {name.strip() for name in os.environ.get(REQUIRE, "").split(",")}
    if what in required:
        pytest.fail(f"{advice} ({REQUIRE} asks for {what})", pytrace=False)
    pytest.skip(advice)
