"""Cold start of `concordat check` on two small files, beside a bare interpreter and one that imports jsonschema."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.table import median, milliseconds, table

_RUNS = 15
_OLD = {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]}
_NEW = {"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "integer"}}, "required": ["a"]}


def run() -> str:
    """Time whole processes, in turn, so that the machine's mood is shared."""
    with tempfile.TemporaryDirectory() as folder:
        old, new = Path(folder, "old.json"), Path(folder, "new.json")
        old.write_text(json.dumps(_OLD))
        new.write_text(json.dumps(_NEW))
        commands = {
            "bare interpreter (`python -c pass`)": [sys.executable, "-c", "pass"],
            "interpreter + `import jsonschema`": [sys.executable, "-c", "import jsonschema"],
            "`concordat --help`": [sys.executable, "-m", "bot", "--help"],
            "`concordat check OLD NEW`": [sys.executable, "-m", "bot", "check", str(old), str(new)],
        }
        times: dict[str, list[float]] = {name: [] for name in commands}
        for _ in range(_RUNS):
            for name, command in commands.items():
                times[name].append(_time(command))
    bare = median(times["bare interpreter (`python -c pass`)"])
    rows = [
        [name, milliseconds(median(values)), milliseconds(min(values)), f"{median(values) / bare:.1f}"]
        for name, values in times.items()
    ]
    return table("Cold start", ["process", "median", "least", "times the bare interpreter"], rows)


def _time(command: list[str]) -> float:
    begin = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - begin
