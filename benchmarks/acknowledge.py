"""Acknowledgement of a webhook, beside a bare Flask handler that verifies the signature and inserts the delivery.

Each server runs in a process of its own behind the same WSGI server on the same kind of database; the load comes from
this process over loopback, with connections kept open as GitHub keeps them.
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

SECRET = "a-webhook-secret-for-measuring"  # noqa: S105 nothing is behind it
_CLIENTS = 4
_SECONDS = 4.0
_ROUNDS = 3
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
_SERVERS = {"bare Flask handler": "bare", "Concordat": "concordat"}


def run() -> str:
    """Measure both servers in turn, several rounds each."""
    rates: dict[str, list[float]] = {name: [] for name in _SERVERS}
    latencies: dict[str, list[float]] = {name: [] for name in _SERVERS}
    for _ in range(_ROUNDS):
        for name, kind in _SERVERS.items():
            with _server(kind) as port:
                _flood(port, 0.5)
                rates[name].append(_flood(port, _SECONDS))
                latencies[name] += _paced(port, _SECONDS)
    bare = median(rates["bare Flask handler"])
    base = percentile(latencies["bare Flask handler"], 0.99)
    rows = [
        [
            name,
            f"{median(rates[name]):.0f}/s",
            f"{median(rates[name]) / bare:.0%}",
            milliseconds(median(latencies[name])),
            milliseconds(percentile(latencies[name], 0.99)),
            f"{(percentile(latencies[name], 0.99) - base) * 1000:+.1f} ms",
        ]
        for name in _SERVERS
    ]
    head = ["server", "acknowledged", "of the bare rate", f"median at {_RATE}/s", f"p99 at {_RATE}/s", "p99 above bare"]
    return table("Acknowledging a delivery (SQLite)", head, rows)


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


def _paced(port: int, seconds: float) -> list[float]:
    """Send at a steady rate; returns each answer's latency counted from when it was due to be sent."""
    total = int(_RATE * seconds)
    begin = time.perf_counter()
    latencies: list[float] = []

    def client(first: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port)
        for number in range(first, total, _CLIENTS):
            due = begin + number / _RATE
            time.sleep(max(0.0, due - time.perf_counter()))
            _post(connection)
            latencies.append(time.perf_counter() - due)
        connection.close()

    _together([threading.Thread(target=client, args=(number,)) for number in range(_CLIENTS)])
    return latencies


def _together(threads: list[threading.Thread]) -> None:
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
