"""Cold start of `concordat check` on two small files, beside a bare interpreter and one that imports jsonschema.

A difference with a witness needs jsonschema, which confirms it; a change of words does not.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.table import median, milliseconds, table

_RUNS = 10
_OLD: dict[str, object] = {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]}
_WORDED: dict[str, object] = {**_OLD, "description": "An order."}
_NEW: dict[str, object] = {
    "type": "object",
    "properties": {"a": {"type": "string"}, "b": {"type": "integer"}},
    "required": ["a"],
}
_FILES = {"old": _OLD, "worded": _WORDED, "new": _NEW}


def run() -> str:
    """Time whole processes, in turn, so that the machine's mood is shared."""
    with tempfile.TemporaryDirectory() as folder:
        old, worded, new = (_file(folder, name, schema) for name, schema in _FILES.items())
        commands = {
            "bare interpreter (`python -c pass`)": [sys.executable, "-c", "pass"],
            "interpreter + `import jsonschema`": [sys.executable, "-c", "import jsonschema"],
            "`concordat --help`": [sys.executable, "-m", "bot", "--help"],
            "`concordat check`, other words (PATCH)": [sys.executable, "-m", "bot", "check", old, worded],
            "`concordat check`, a new field (MINOR, with a witness)": [sys.executable, "-m", "bot", "check", old, new],
        }
        times: dict[str, list[float]] = {name: [] for name in commands}
        environment = _installed(folder)
        for command in commands.values():
            _time(command, environment)
        for _ in range(_RUNS):
            for name, command in commands.items():
                times[name].append(_time(command, environment))
    bare = median(times["bare interpreter (`python -c pass`)"])
    rows = [
        [name, milliseconds(median(values)), milliseconds(min(values)), f"{median(values) / bare:.1f}"]
        for name, values in times.items()
    ]
    text = f"Whole processes, {_RUNS} runs of each in turn, compiled before as an installation is.\n"
    return table("Cold start", ["process", "median", "least", "times the bare interpreter"], rows, text)


def _file(folder: str, name: str, schema: dict[str, object]) -> str:
    path = Path(folder, f"{name}.json")
    path.write_text(json.dumps(schema))
    return str(path)


def _installed(folder: str) -> dict[str, str]:
    """Let what is imported be compiled once and kept, as installers do; some environments forbid it."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return kept | {"PYTHONPYCACHEPREFIX": folder}


def _time(command: list[str], environment: dict[str, str]) -> float:
    begin = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True, env=environment)
    return time.perf_counter() - begin
