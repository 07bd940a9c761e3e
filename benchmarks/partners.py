"""One major release planned, promised and announced, to a hundred partners and to ten thousand: the memory it takes.

Each size is a process of its own, from the two configuration files to every announcement in the hands of a sink and
everybody's arrival in the release's log. What GitHub answers and what the verdict takes is not in it: it does not grow
with partners.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

from benchmarks.databases import database
from benchmarks.table import table
from bot.dispatch.channels import Channels, Hand
from bot.dispatch.dispatcher import NOTICE, Dispatch
from bot.dispatch.ways import BULK, URGENT
from bot.settings import Settings
from bot.sources.revision import Revision
from bot.steward import reading
from bot.steward.house import Steward
from bot.steward.releases import handler as releases
from bot.steward.releases.plan import plan
from bot.steward.releases.values import ReleaseTarget, Sight
from bot.store import Store
from bot.store.values import NewEvent
from bot.worker import Worker
from notices.channels.contract import Message, Receipt
from notices.channels.email import Sender
from rules.partners import parties
from rules.release_ledger import fold_ordered

_FEW, _MANY = 100, 10_000
_ALLOWED = 1.2
_NOW = datetime(2027, 1, 4, 9, tzinfo=UTC)
_ZONES = ("UTC", "America/Denver", "Europe/Berlin", "Asia/Kolkata")
_TARGET = ReleaseTarget(1, 1, "octo/orders", "order", "2.0.0")
_BODY = {
    "contract": "order", "version": "2.0.0", "kind": "major", "go_live": "2027-03-08", "zone": "UTC", "at": "10:00",
    "digest": "d" * 64, "pull": 7, "login": "rosa", "says": ["`/placed` is removed."],
}  # fmt: skip


def run(many: int = _MANY) -> str:
    """Measure both sizes on both databases, which run side by side: it is memory that counts, not time."""
    with ThreadPoolExecutor(2) as hands:
        rows = list(hands.map(lambda store: _row(store, many), ("SQLite", "PostgreSQL")))
    text = (
        "Peak memory of a process that reads contracts.yml and partners.yml, plans a major release, promises every "
        "notice of its sixty days, announces it to a sink, and keeps whom that reached. Goal: at most "
        f"{_ALLOWED} times that of {_FEW} partners.\n"
    )
    head = ["database", f"{_FEW} partners", f"{many:,} partners", "times", f"time for {many:,}"]
    return table("Partners of one release", head, rows, text)


def _row(store: str, many: int) -> list[str]:
    small, large = (_apart(store, count) for count in (_FEW, many))
    times = large["memory"] / small["memory"]
    said = [f"{small['memory']:.0f} MB", f"{large['memory']:.0f} MB", f"{times:.2f}", f"{large['seconds']:.0f} s"]
    return [store, *said]


def _apart(store: str, count: int) -> dict[str, float]:
    with database(store) as url:
        command = [sys.executable, "-m", "benchmarks.partners", str(count), url]
        done = subprocess.run(command, env=os.environ, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def _files(count: int) -> tuple[str, str]:
    """Write contracts.yml and partners.yml of so many partners."""
    names = [f"partner-{number}" for number in range(count)]
    head = "version: 1\ncontracts:\n  order:\n    files: order.json\n    release-owners: [rosa]\n    partners: "
    lines = [
        f"  {name}: {{contacts: {{email: it@{name}.example}}, zone: {_ZONES[number % len(_ZONES)]}}}"
        for number, name in enumerate(names)
    ]
    links = ", ".join(f"{name}: reads" for name in names)
    return f"{head}{{{links}}}\n", "\n".join(["version: 1", "partners:", *lines, ""])


class _Sink:
    """Channels that take every message and keep none."""

    sender = Sender("Concordat <concordat@example.com>", b"k" * 32)

    @contextmanager
    def open(self, *_: object) -> Iterator[Hand]:
        yield Hand(_taken)


def _taken(message: Message, _: str | None) -> Receipt:
    mail = len(message.letter.text) + len(message.letter.html)  # as every mail is written in both forms
    return Receipt(message.mark, {"to": message.address[0], "answer": f"{mail} characters taken"})


def _announce(url: str, count: int) -> None:
    store = Store.open(url)
    fake = SimpleNamespace(store=store, clock=lambda: _NOW, release_url=lambda *said: f"https://x.example/{said[:3]}")
    steward = cast("Steward", fake)
    with store.transaction() as transaction:
        transaction.append(_TARGET.stream, [NewEvent("release.announced", "announced", _NOW, _BODY)])
    _look(steward, count)
    settings = SimpleNamespace(contacts={}, github_web_url="https://github.com", support_contacts=())
    dispatch = Dispatch(cast("Settings", settings), store, fake.clock, cast("Channels", _Sink()))
    dispatch.tick()
    worker = Worker(store, {NOTICE: dispatch.handle}, fake.clock, pools=(BULK, URGENT))
    while worker.run_once():
        pass
    _look(steward, count)
    with store.reading() as transaction:
        release = fold_ordered(transaction.in_order(_TARGET.stream), now=_NOW)
    if release is None or len(release.reached) != count:
        raise RuntimeError("not everybody was told")
    store.close()


def _look(steward: Steward, count: int) -> None:
    """Look after the release once, as its job does, but for what it asks GitHub."""
    contracts, partners = _files(count)
    files = {".github/contracts.yml": contracts.encode(), ".github/partners.yml": partners.encode()}
    revision = cast("Revision", SimpleNamespace(read=files.get, paths=lambda: frozenset(files)))
    config = reading.config_at(revision)
    assert config is not None, "it is there"
    (contract,) = config.contracts
    book = reading.book_at(revision, config)
    sight = Sight(cast("Any", SimpleNamespace(merged=False)), contract, parties(contract, book))
    with steward.store.reading() as transaction:
        release = fold_ordered(transaction.in_order(_TARGET.stream), now=_NOW)
    if release is None:
        raise RuntimeError("nothing was announced")
    release = releases.take_in(steward.store, _TARGET, release, sight, _NOW)
    for _ in plan(release, sight, _TARGET, steward, _NOW):
        pass
    releases.promise(steward, _TARGET, release, sight, _NOW)


def _measure(url: str, count: int) -> dict[str, float]:
    began = time.monotonic()
    _announce(url, count)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"memory": peak, "seconds": time.monotonic() - began}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(_measure(sys.argv[2], int(sys.argv[1]))))
