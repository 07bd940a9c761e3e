"""The front: how it begins and ends."""

from __future__ import annotations

import threading
import time

import pytest
from flask import Flask
from waitress.trigger import trigger

from bot.front import Front


def test_it_stops_although_a_request_wakes_it_at_the_same_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    front = Front(Flask(__name__), "127.0.0.1", 0)
    before = threading.enumerate()
    front.start()
    (web,) = (one for one in threading.enumerate() if one.name == "web" and one not in before)
    pulled = vars(trigger)["_physical_pull"]  # between telling what to do and waking who does it

    def woken_before(one: trigger) -> None:
        pulled(one)
        web.join(timeout=0.2)
        pulled(one)

    monkeypatch.setattr(trigger, "_physical_pull", woken_before)
    front.stop(time.monotonic() + 5)
    assert not web.is_alive()
