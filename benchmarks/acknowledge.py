"""Acknowledgement of a webhook, beside a bare Flask handler that verifies the signature and inserts the delivery.

Both run behind the same WSGI server, in as many processes, on the same kind of database with the same durability; the
load comes from this process over loopback.
"""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import os
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.databases import database
from benchmarks.table import median, milliseconds, percentile, table

SECRET = "a-webhook-secret-for-measuring"
_CLIENTS = 4
_ROUNDS = 16
"""Many and short: a moment at which the machine does something else spoils one round, and medians leave it out."""
_FLOOD_SECONDS = 0.5
_PACED_EVERY = 4
_PACED_SECONDS = 2.0
_RATE = 50
_BODY = json.dumps(
    {
        "action": "synchronize",
        "number": 7,
        "pull_request": {"number": 7, "title": "x" * 200, "body": "y" * 12_000},
        "repository": {"id": 1, "full_name": "octo/orders"},
        "installation": {"id": 1},
    }
).encode()
_SIGNATURE = "sha256=" + hmac.new(SECRET.encode(), _BODY, hashlib.sha256).hexdigest()
_KINDS = {"bare": "bare Flask handler", "concordat": "Concordat"}
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class _Server:
    """Some processes of one kind on one database, and what was measured of them."""

    kind: str
    processes: Sequence[subprocess.Popen[str]]
    ports: Sequence[int]
    rates: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    latencies: list[float] = field(default_factory=list)

    def port(self, client: int) -> int:
        """Tell which process a client speaks with."""
        return self.ports[client % len(self.ports)]

    def cpu(self) -> float:
        """Tell how many seconds of processor its processes have used."""
        return sum(_cpu(process.pid) for process in self.processes)


def run() -> str:
    """Measure on both databases, with one process and with two."""
    rows: list[list[str]] = []
    for store in ("SQLite", "PostgreSQL"):
        for processes in (1, 2):
            rows += _measured(store, processes)
    head = [
        "database", "processes", "server", "acknowledged", "of the bare rate", "CPU each", f"median at {_RATE}/s",
        f"p99 at {_RATE}/s", "p99 above bare",
    ]  # fmt: skip
    text = (
        f"Goal: at least 90 % of the bare rate, p99 at {_RATE}/s at most 10 ms above it. {_ROUNDS} rounds of "
        f"{_FLOOD_SECONDS} s each; rates and shares are medians of the rounds (in brackets where half of them lie), "
        f"each compared with the bare handler's of the same moment. {_CLIENTS} connections send bodies of "
        f"{len(_BODY) / 1000:.0f} kB; both keep them durably before they answer (SQLite with WAL and "
        "synchronous=FULL, PostgreSQL with fsync). CPU is that of the web processes, without PostgreSQL's.\n"
    )
    return table("Acknowledging a delivery", head, rows, text)


def _measured(store: str, processes: int) -> list[list[str]]:
    """Measure both servers in many short rounds, so that what else the machine does falls on both alike."""
    with ExitStack() as stack:
        servers = [stack.enter_context(_serving(kind, store, processes)) for kind in _KINDS]
        for one in servers:
            _flood(one)
            one.rates.clear()
            one.seconds.clear()
        for number in range(_ROUNDS):
            # Whoever goes second meets a busier disk: they take turns at that.
            for one in servers[:: 1 if number % 2 else -1]:
                _flood(one)
            if number % _PACED_EVERY == 0:
                _paced(servers)
    bare = servers[0]
    return [_row(one, bare, store, processes) for one in servers]


def _row(one: _Server, bare: _Server, store: str, processes: int) -> list[str]:
    shares = [ours / theirs for ours, theirs in zip(one.rates, bare.rates, strict=True)]
    slow = percentile(one.latencies, 0.99)
    return [
        store,
        str(processes),
        _KINDS[one.kind],
        f"{median(one.rates):.0f}/s",
        f"{median(shares):.0%} ({percentile(shares, 0.25):.0%} to {percentile(shares, 0.75):.0%})",
        milliseconds(median(one.seconds)),
        milliseconds(median(one.latencies)),
        milliseconds(slow),
        f"{(slow - percentile(bare.latencies, 0.99)) * 1000:+.1f} ms",
    ]


@contextmanager
def _serving(kind: str, store: str, count: int) -> Iterator[_Server]:
    with database(store) as url, ExitStack() as stack:
        processes, ports = [], []
        for _ in range(count):
            processes.append(stack.enter_context(_process(kind, url)))
            ports.append(_port(processes[-1]))  # it has made its tables by now
        yield _Server(kind, processes, ports)


@contextmanager
def _process(kind: str, url: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "benchmarks.servers", kind, url]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def _port(process: subprocess.Popen[str]) -> int:
    assert process.stdout is not None
    return int(process.stdout.readline())


def _cpu(pid: int) -> float:
    # User and system time are the 14th and 15th field of /proc/PID/stat (proc(5)); the second may hold blanks.
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _post(connection: http.client.HTTPConnection) -> None:
    headers = {
        "Content-Type": "application/json",
        "X-GitHub-Event": "pull_request",
        "X-GitHub-Delivery": str(uuid.uuid4()),
        "X-Hub-Signature-256": _SIGNATURE,
    }
    connection.request("POST", "/webhook", _BODY, headers)
    answer = connection.getresponse()
    answer.read()
    if answer.status != 202:
        raise RuntimeError(f"the server answered {answer.status}")


def _flood(server: _Server) -> None:
    """Send as fast as a few clients can; notes acknowledgements a second, and the processor's seconds for each."""
    end = time.perf_counter() + _FLOOD_SECONDS
    counts = [0] * _CLIENTS
    before = server.cpu()

    def client(number: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", server.port(number))
        while time.perf_counter() < end:
            _post(connection)
            counts[number] += 1
        connection.close()

    _together([threading.Thread(target=client, args=(number,)) for number in range(_CLIENTS)])
    server.rates.append(sum(counts) / _FLOOD_SECONDS)
    server.seconds.append((server.cpu() - before) / max(1, sum(counts)))


def _paced(servers: Sequence[_Server]) -> None:
    """Send to each server at a steady rate, in turn; notes latencies counted from when each was due to be sent."""
    begin = time.perf_counter()

    def client(server: _Server, offset: float, first: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", server.port(first))
        for number in range(first, int(_RATE * _PACED_SECONDS), _CLIENTS):
            due = begin + offset + number / _RATE
            time.sleep(max(0.0, due - time.perf_counter()))
            _post(connection)
            server.latencies.append(time.perf_counter() - due)
        connection.close()

    _together(
        [
            threading.Thread(target=client, args=(server, place / _RATE / len(servers), first))
            for place, server in enumerate(servers)
            for first in range(_CLIENTS)
        ]
    )


def _together(threads: list[threading.Thread]) -> None:
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
