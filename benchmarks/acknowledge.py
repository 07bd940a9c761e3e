"""Acknowledgement of a webhook, beside a bare Flask handler that verifies the signature and inserts the delivery.

Each server runs in a process of its own behind the same WSGI server on the same kind of database; the load comes from
this process over loopback.
"""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.table import median, milliseconds, percentile, table

SECRET = "a-webhook-secret-for-measuring"
_CLIENTS = 4
_ROUNDS = 10
_FLOOD_SECONDS = 1.0
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
_BARE, _OURS = "bare Flask handler", "Concordat"
_SERVERS = {_BARE: "bare", _OURS: "concordat"}

Ports = dict[str, int]


def run() -> str:
    """Measure both servers in many short rounds, so that what else the machine does falls on both alike."""
    rates: dict[str, list[float]] = {name: [] for name in _SERVERS}
    latencies: dict[str, list[float]] = {name: [] for name in _SERVERS}
    with _server("bare") as bare, _server("concordat") as ours:
        ports = {_BARE: bare, _OURS: ours}
        for port in ports.values():
            _flood(port, _FLOOD_SECONDS)
        for number in range(_ROUNDS):
            # Whoever goes second meets a busier disk: they take turns at that.
            for name in list(ports)[:: 1 if number % 2 else -1]:
                rates[name].append(_flood(ports[name], _FLOOD_SECONDS))
            for name, values in _paced(ports, _PACED_SECONDS).items():
                latencies[name] += values
    return _tables(rates, latencies)


def _tables(rates: dict[str, list[float]], latencies: dict[str, list[float]]) -> str:
    shares = {name: [one / bare for one, bare in zip(rates[name], rates[_BARE], strict=True)] for name in _SERVERS}
    base = percentile(latencies[_BARE], 0.99)
    rows = [
        [
            name,
            f"{median(rates[name]):.0f}/s",
            f"{median(shares[name]):.0%} ({min(shares[name]):.0%} to {max(shares[name]):.0%})",
            milliseconds(median(latencies[name])),
            milliseconds(percentile(latencies[name], 0.99)),
            f"{(percentile(latencies[name], 0.99) - base) * 1000:+.1f} ms",
        ]
        for name in _SERVERS
    ]
    head = ["server", "acknowledged", "of the bare rate", f"median at {_RATE}/s", f"p99 at {_RATE}/s", "p99 above bare"]
    text = (
        f"Goal: at least 90 % of the bare rate, p99 at {_RATE}/s at most 10 ms above it. {_ROUNDS} rounds of "
        f"{_FLOOD_SECONDS:.0f} s each; rates and shares are medians of the rounds. {_CLIENTS} connections send bodies "
        f"of {len(_BODY) / 1000:.0f} kB; both keep them in SQLite (WAL, synchronous=FULL) before they answer.\n"
    )
    return table("Acknowledging a delivery", head, rows, text)


@contextmanager
def _server(kind: str) -> Iterator[int]:
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "benchmarks.servers", kind, str(Path(folder, "measure.db"))]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        try:
            yield int(process.stdout.readline())
        finally:
            process.kill()
            process.wait()
            process.stdout.close()


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


def _flood(port: int, seconds: float) -> float:
    """Send as fast as a few clients can; returns acknowledgements a second."""
    end = time.perf_counter() + seconds
    counts = [0] * _CLIENTS

    def client(number: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port)
        while time.perf_counter() < end:
            _post(connection)
            counts[number] += 1
        connection.close()

    _together([threading.Thread(target=client, args=(number,)) for number in range(_CLIENTS)])
    return sum(counts) / seconds


def _paced(ports: Ports, seconds: float) -> dict[str, list[float]]:
    """Send to each server at a steady rate, in turn; gives latencies counted from when each was due to be sent."""
    begin = time.perf_counter()
    latencies: dict[str, list[float]] = {name: [] for name in ports}

    def client(name: str, offset: float, first: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", ports[name])
        for number in range(first, int(_RATE * seconds), _CLIENTS):
            due = begin + offset + number / _RATE
            time.sleep(max(0.0, due - time.perf_counter()))
            _post(connection)
            latencies[name].append(time.perf_counter() - due)
        connection.close()

    _together(
        [
            threading.Thread(target=client, args=(name, place / _RATE / len(ports), first))
            for place, name in enumerate(ports)
            for first in range(_CLIENTS)
        ]
    )
    return latencies


def _together(threads: list[threading.Thread]) -> None:
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
