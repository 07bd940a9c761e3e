"""Everything that the rules owe has its row in the catalogue, and the facts that the row needs."""

from __future__ import annotations

import re
from pathlib import Path

import rules.obligations
import rules.release_obligations
from notices.catalogue import CATALOGUE


def test_every_kind_that_a_release_owes_has_a_row() -> None:
    assert set(rules.release_obligations.KINDS) <= set(CATALOGUE)


def test_every_kind_that_a_review_owes_has_a_row() -> None:
    source = Path(rules.obligations.__file__).read_text(encoding="utf-8")
    assert set(re.findall(r'"(review\.\w+)"', source)) - rules.obligations.ANSWERS <= set(CATALOGUE)
