"""Time to a verdict: `decide` and `compare` beside two peers, how both grow, and how long real histories take.

The peers are `jsoncompat` (compiled, answers yes or no) and `jsonsubschema`; where one is not installed the table says
so. `SCHEMA_CORPUS` names the folder of real pairs.
"""

from __future__ import annotations

import json
import math
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

from benchmarks import schemas
from benchmarks.schemas import Pair
from benchmarks.table import median, milliseconds, percentile, table
from rules.compare import compare, decide

_RUNS = 5
_SLOW = 2.0
"""Seconds after which a question is asked no second time."""
_LIMIT = 20
"""Seconds after which a peer's process is ended."""
_SIZES = (1_000, 2_000, 5_000, 10_000, 20_000)
_REFERRING = 3_000
_GROWTH = """
import json, resource, sys, time
from benchmarks.schemas import {make}
from rules.compare import compare, decide
old, new = {make}({size})
decide({{"type": "object"}}, {{"type": "string"}})  # what is loaded at first use is not measured
times = []
for ask in (decide, compare):
    begin = time.process_time()
    ask(old, new)
    times.append(time.process_time() - begin)
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps([*times, peak, len(json.dumps(old))]))
"""

_PEERS = (
    """import json, jsoncompat
old, new = map(json.dumps, _pair())
print(_timed(lambda: jsoncompat.check_compat(old, new, "both")))""",
    """import jsonsubschema
old, new = _pair()
print(_timed(lambda: jsonsubschema.isSubschema(old, new)))""",
)
"""How each peer is asked: `jsoncompat` takes text and answers yes or no, as `jsonsubschema` does for values."""


def run() -> str:
    """Measure all three tables."""
    return f"{_beside_peers()}\n{_growth()}\n{_corpus()}"


def _beside_peers() -> str:
    head = ["old and new schema", "bar", "`decide`", "`compare`", "jsoncompat", "jsonsubschema"]
    rows = [[name, bar, *_row(pair)] for name, (bar, pair) in _pairs().items()]
    text = (
        f"Processor time, median of {_RUNS} runs; every schema is read anew each time. `decide` answers "
        "one inclusion with a witness, `compare` six relations and the findings.\n"
    )
    return table("Time to a verdict", head, rows, text)


def _pairs() -> dict[str, tuple[str, Pair]]:
    bars = {10: "5 ms", 100: "30 ms", 500: "150 ms"}
    pairs = {f"{count} fields, one shorter": (bar, schemas.flat(count)) for count, bar in bars.items()}
    pairs["500 fields nested 5 deep, one shorter"] = "150 ms", schemas.nested()
    pairs["`oneOf` of ten tagged branches, one edited"] = "50 ms", schemas.tagged()
    pairs["a pattern widened"] = "100 ms", schemas.patterns()
    pairs["a pattern narrowed"] = "100 ms", schemas.patterns()[::-1]
    return pairs


def _row(pair: Pair) -> list[str]:
    old, new = pair
    own = [milliseconds(_timed(lambda: decide(old, new))), milliseconds(_timed(lambda: compare(old, new)))]
    return [*own, *(_peer(ask, pair) for ask in _PEERS)]


def _timed(question: Callable[[], object]) -> float:
    question()  # what is loaded at first use is not measured
    times: list[float] = []
    while len(times) < _RUNS and sum(times) < _SLOW:
        begin = time.process_time()
        question()
        times.append(time.process_time() - begin)
    return median(times)


def _peer(ask: str, pair: Pair) -> str:
    """Measure a peer in a process of its own: some pairs hold one for minutes."""
    command = [sys.executable, "-c", f"from benchmarks.verdict import _timed, _pair\n{ask}"]
    try:
        done = subprocess.run(command, input=json.dumps(pair), capture_output=True, text=True, timeout=_LIMIT)  # noqa: PLW1510 - told below
    except subprocess.TimeoutExpired:
        return f"over {_LIMIT} s"
    if "ModuleNotFoundError" in done.stderr:
        return "not installed"
    return milliseconds(float(done.stdout)) if done.returncode == 0 else "fails"


def _pair() -> Any:
    return json.load(sys.stdin)


def _growth() -> str:
    measured = [_grown("flat", size) for size in _SIZES]
    rows = [[f"{size:,} fields", *_grown_row(found)] for size, found in zip(_SIZES, measured, strict=True)]
    rows.append([f"{_REFERRING:,} definitions that refer to two others", *_grown_row(_grown("referring", _REFERRING))])
    slopes = [_slope([found[i] for found in measured]) for i in (0, 1)]
    text = (
        "Each in a process of its own. Log-log slope from "
        f"{_SIZES[0]:,} to {_SIZES[-1]:,} fields: `decide` {slopes[0]:.2f}, `compare` {slopes[1]:.2f} (bar: 1.2).\n"
    )
    return table("Growth", ["schema", "text", "`decide`", "`compare`", "peak memory"], rows, text)


def _grown(make: str, size: int) -> list[float]:
    code = _GROWTH.format(make=make, size=size)
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    found: list[float] = json.loads(done.stdout)
    return found


def _grown_row(found: list[float]) -> list[str]:
    decided, compared, peak, characters = found
    return [f"{characters / 1e6:.2f} MB", milliseconds(decided), milliseconds(compared), f"{peak / 1024:.0f} MiB"]


def _slope(times: list[float]) -> float:
    """Fit the exponent of a power law by least squares."""
    xs, ys = [math.log(size) for size in _SIZES], [math.log(each) for each in times]
    x, y = sum(xs) / len(xs), sum(ys) / len(ys)
    return sum((a - x) * (b - y) for a, b in zip(xs, ys, strict=True)) / sum((a - x) ** 2 for a in xs)


def _corpus() -> str:
    asked: dict[str, Callable[..., object]] = {"`decide`": decide, "`compare`": compare}
    times: dict[str, list[float]] = {name: [] for name in asked}
    for old, new in schemas.corpus():
        for name, ask in asked.items():
            begin = time.process_time()
            ask(old, new)
            times[name].append(time.process_time() - begin)
    rows = [
        [name, str(len(found)), *(milliseconds(percentile(found, share)) for share in (0.5, 0.9, 0.99, 1.0))]
        for name, found in times.items()
        if found
    ]
    text = "Real schema histories, old to new (bar: 99 % within 250 ms).\n"
    head = ["question", "pairs", "median", "90 %", "99 %", "most"]
    return table("Real histories", head, rows, text if rows else "Not measured: SCHEMA_CORPUS names no folder.\n")
