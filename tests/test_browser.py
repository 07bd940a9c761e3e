from __future__ import annotations

import pytest

from tests import browser


def test_a_machine_without_chromium_is_said_to_have_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(browser, "NAMES", ("no-such-browser", "/nowhere/chromium"))
    with pytest.raises(browser.NoBrowser), browser.chromium():
        pass
