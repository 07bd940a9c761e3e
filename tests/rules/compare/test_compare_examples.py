"""The seven domains of the registry UX flow: contracts in examples/ with the verdict and findings they must give."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from rules.compare.comparison import compare
from rules.compare.values import ComparePolicy

EXAMPLES = Path(__file__).parents[3] / "examples"


def cases() -> list[Any]:
    found = []
    for path in sorted(EXAMPLES.glob("*/*/expected.yml")):
        for case in yaml.safe_load(path.read_text(encoding="utf-8")):
            strict = " strictly" if case.get("strict_readers") else ""
            name = f"{path.parent.name} {case['old'][:-5]} to {case['new'][:-5]}{strict}"
            found.append(pytest.param(path.parent, case, id=name))
    return found


@pytest.mark.parametrize(("folder", "case"), cases())
def test_an_example_gives_its_expected_verdict_and_findings(folder: Path, case: dict[str, Any]) -> None:
    old, new = (json.loads((folder / case[side]).read_text(encoding="utf-8")) for side in ("old", "new"))
    current = case["old"].removeprefix("v").removesuffix(".json")
    policy = ComparePolicy(current=current, strict_readers=case.get("strict_readers", False))
    found = compare(old, new, policy=policy)
    assert [f"{f.severity.name} {f.kind} {f.instance}".rstrip() for f in found.findings] == case["findings"]
    assert found.verdict.name == case["verdict"]
    assert found.recommended == case["recommended"]
    if "witness" in case:
        assert str(case["witness"]) in found.findings[0].sentence


def test_there_is_a_contract_of_each_of_the_seven_domains() -> None:
    assert {path.parents[1].name for path in EXAMPLES.glob("*/*/expected.yml")} == {
        "finance", "healthcare", "legal", "research", "e-commerce", "saas", "insurance",
    }  # fmt: skip
