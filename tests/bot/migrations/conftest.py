"""Fixtures for migrations: a target on each database."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bot.migrations.house import House


@pytest.fixture
def house(database_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> House:
    return House(database_url, tmp_path, capsys)
