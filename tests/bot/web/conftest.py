from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from bot.store import Store
from bot.web import create_app
from tests.bot.web.making import clock, settings
from tests.bot.web.visiting import Room, room
from tests.sqlite import migrated


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store.open(migrated(tmp_path / "test.db"))
    yield opened
    opened.close()


@pytest.fixture
def woken() -> list[str]:
    return []


@pytest.fixture
def app(store: Store, woken: list[str]) -> Flask:
    return create_app(settings(), store, clock, wake=lambda: woken.append("now"))


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def web(tmp_path: Path) -> Iterator[Room]:
    with room(tmp_path) as made:
        yield made
