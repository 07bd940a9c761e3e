"""Everything that the rules owe has its row in the catalogue, and the facts that the row needs."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest

import rules.obligations
import rules.release_obligations
from notices.catalogue import CATALOGUE
from notices.examples import HOUSE
from notices.letter import write
from notices.notice import make
from rules.release_ledger import fold
from rules.release_obligations import to_owners, to_party
from rules.release_plan import schedule
from tests.rules.test_release_log import CRM, GO, LOST, MERGED, NEW, OLD, START, TOLD, announced, fact


def test_every_kind_that_a_release_owes_has_a_row() -> None:
    assert set(rules.release_obligations.KINDS) <= set(CATALOGUE)


def test_every_kind_that_a_review_owes_has_a_row() -> None:
    source = Path(rules.obligations.__file__).read_text(encoding="utf-8")
    assert set(re.findall(r'"(review\.\w+)"', source)) - rules.obligations.ANSWERS <= set(CATALOGUE)


SHARED = {
    "repository": "acme/contracts", "version_of_state": "4", "obligation": "1", "package_url": "https://c.example/p",
    "readiness_url": "https://c.example/r", "board_url": "https://c.example/b",
}  # fmt: skip
BLOCKER = fact("release.blocker", 20, id="b1", party="crm", severity="critical", text="It <b>breaks</b> us", digest=OLD)
LIVE = fact("release.live", 63.2, phase=0)
HISTORIES = {
    "announced": (announced(says=["`id` is gone."], phases=[{"day": "2027-02-01", "scope": "the rest"}]), *TOLD),
    "critical": (announced(kind="critical", go_live="2026-11-02", at="12:00"), *TOLD),
    "minor": (announced(kind="minor"), *TOLD),
    "unreached": (announced(), fact("release.unnoticed", 1, party="crm", notice="release.announced", why="550 gone")),
    "blocked": (announced(), *TOLD, BLOCKER),
    "moved": (announced(), *TOLD, fact("release.moved", 9, go_live="2027-02-04", login="rosa")),
    "postponed": (announced(), *TOLD, fact("release.postponed", 9, go_live="2027-02-04", reason="late", login="rosa")),
    "changed": (announced(), *TOLD, fact("release.digest_changed", 9, digest=NEW, kind="major", says=["`x` too."])),
    "anew": (announced(), *TOLD, fact("release.digest_changed", 9, digest=NEW, kind="major", restarts=True)),
    "no-go": (announced(), *TOLD, fact("release.no_go", 57, reason="not yet", login="rosa")),
    "live": (announced(), *TOLD, MERGED, GO, LIVE),
    "cancelled": (announced(), *TOLD, fact("release.cancelled", 9, reason="not needed", login="rosa")),
    "rolled back": (announced(), *TOLD, MERGED, GO, LIVE, fact("release.rolled_back", 64, reason="broke")),
    "resolved": (
        announced(), *TOLD, MERGED, GO, LIVE, fact("release.rolled_back", 64, reason="broke", login="rosa"),
        fact("release.resolved", 66, reason="a typing error", login="rosa"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", HISTORIES)
def test_everything_that_a_release_owes_can_be_written_from_its_facts(name: str) -> None:
    seen = set()
    for days in (0.1, 15, 46, 57, 63.5, 64.3, 66.5, 80):
        now = START + timedelta(days=days)
        release = fold([one for one in HISTORIES[name] if one.source_time <= now], now=now)
        if release is None:
            continue
        parties = (CRM, LOST)
        found = schedule(release, parties, now)
        owed = [*to_party("s", release, found, CRM, now), *to_owners("s", release, found, parties, ("rosa",), now)]
        for one in owed:
            written = write(make(one.kind, {**one.facts, **SHARED}, HOUSE))
            assert "<b>" not in written.html
            seen.add(one.kind)
    assert seen
