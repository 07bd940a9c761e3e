"""The container file copies everything that the package is made of."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
WHEEL = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]
MADE_OF = [*WHEEL["packages"], *WHEEL["force-include"], PROJECT["project"]["readme"], "requirements.lock"]


@pytest.mark.parametrize("name", MADE_OF)
def test_what_the_package_is_made_of_reaches_the_image(name: str) -> None:
    copied = {
        word
        for line in (ROOT / "Dockerfile").read_text(encoding="utf-8").splitlines()
        if line.startswith("COPY ") and "--from=" not in line
        for word in line.split()[1:-1]
    }
    assert (ROOT / name).exists()
    assert name in copied
    assert f"!{name}" in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
