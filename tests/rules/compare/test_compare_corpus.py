"""Real schema histories: no exception, every refuted relation with its witness, every verdict explained."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rules.compare import ComparePolicy, compare

CORPUS = os.environ.get("SCHEMA_CORPUS", "")
SAMPLE = {"iglu-central.jsonl": 4, "apicurio.jsonl": 2, "schemastore-history.jsonl": 8}
"""The files, and of how many pairs one is taken."""
LARGE = 120_000
"""Characters of a pair beyond which the sample leaves it to the benchmarks."""
BUDGET = 30_000


def pairs() -> Iterator[Any]:
    for name, every in SAMPLE.items() if CORPUS else ():
        lines = (Path(CORPUS) / name).read_text(encoding="utf-8").splitlines()
        for i, line in enumerate(lines[::every]):
            if len(line) < LARGE:
                yield pytest.param(line, id=f"{name.removesuffix('.jsonl')} {i * every}")


@pytest.mark.skipif(not CORPUS, reason="SCHEMA_CORPUS names no folder of schema pairs")
@pytest.mark.parametrize("line", list(pairs()))
def test_a_real_change_is_compared_and_explained(line: str) -> None:
    pair = json.loads(line)
    found = compare(pair["old"], pair["new"], policy=ComparePolicy(budget=BUDGET))
    for relation in found.relations:
        assert (relation.witness is not None) == (relation.status == "refuted")
        assert (relation.reason is not None) == (relation.status == "undecided")
    assert max((finding.severity for finding in found.findings), default=0) == found.verdict
    assert len({finding.fingerprint for finding in found.findings}) == len(found.findings)
