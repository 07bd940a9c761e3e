from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from jsonschema import Draft202012Validator

from notices.report import FORMATS, render
from rules.assessment import Assessment
from rules.compare.kinds import KINDS
from rules.compare.values import Witness
from rules.quoting import glue
from tests.notices import golden
from tests.notices.making import (
    addition,
    admission_date,
    document,
    documentation,
    lowered,
    many,
    removal,
    undecided,
    untouched,
    unusable,
)

SCHEMA = json.loads((Path(__file__).parents[2] / "docs/schemas/check.schema.json").read_text())
ALL = (addition, admission_date, documentation, lowered, removal, undecided, untouched, unusable)
SEVERAL = [made() for made in ALL]


def with_new_contract() -> Assessment:
    made = addition()
    return replace(made, change=replace(made.change, base=None))


def hostile() -> Assessment:
    made = admission_date()
    assert made.comparison is not None
    name = "x\x1b[2J\r\n::error::y\u202e ##[error]z"
    path = "a:b,c%d\n.json"
    finding = replace(made.comparison.findings[0], sentence=name, instance=name, witness=Witness({name: name}, "/x"))
    change = replace(made.change, head=document(made.change.head and made.change.head.value, path))
    return replace(made, change=change, comparison=replace(made.comparison, findings=(finding,)))


@pytest.mark.parametrize("name", FORMATS)
def test_a_whole_report_reads_as_its_golden_file(name: str) -> None:
    endings = {"people": "txt", "json": "json", "markdown": "md", "sarif": "sarif.json", "github": "workflow.txt"}
    golden.check(f"report.{endings[name]}", render([admission_date(), addition(), untouched()], name))


@pytest.mark.parametrize("made", [*ALL, with_new_contract, hostile, lambda: many(3)])
def test_every_json_report_fits_the_published_schema(made: Any) -> None:
    report = json.loads(render([made()], "json"))
    Draft202012Validator.check_schema(SCHEMA)
    Draft202012Validator(SCHEMA).validate(report)
    jsonschema_rs.Draft202012Validator(SCHEMA).validate(report)


def test_no_change_at_all_is_reported_in_every_format() -> None:
    for name in FORMATS:
        assert render([], name).strip()
    Draft202012Validator(SCHEMA).validate(json.loads(render([], "json")))


def test_numbers_keep_every_digit_in_json() -> None:
    made = admission_date()
    assert made.comparison is not None
    exact = Decimal("0.12345678901234567890")
    finding = replace(made.comparison.findings[0], new={"maximum": exact})
    report = render([replace(made, comparison=replace(made.comparison, findings=(finding,)))], "json")
    assert '"maximum": 0.12345678901234567890' in report


def test_colour_only_paints_what_is_said_anyway() -> None:
    plain = render(SEVERAL, "people")
    painted = render(SEVERAL, "people", colour=True)
    assert "\x1b[" not in plain
    assert re.sub(r"\x1b\[[0-9;]*m", "", painted) == plain
    assert painted != plain


@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_lines_for_people_keep_to_the_width(width: int) -> None:
    made = [one for one in SEVERAL if one.comparison]
    long = [one.strip() for one in render(made, "people", width=width).splitlines() if len(one) > width]
    # A name, path or command that is to be copied is never broken, however long.
    assert not any(" " in glue(one, "_") for one in long)


@pytest.mark.parametrize("name", ["people", "github"])
def test_what_a_pull_request_names_never_commands_a_terminal_or_a_workflow(name: str) -> None:
    text = render([hostile()], name)
    assert "\x1b" not in text
    assert "\r" not in text
    assert "\u202e" not in text
    assert "##[" not in text
    commands = [one for one in text.splitlines() if one.startswith("::")]
    assert all(re.match(r"::(error|warning|notice) file=", one) for one in commands)


def test_workflow_commands_are_escaped_and_hold_file_and_line() -> None:
    lines = render([hostile()], "github").splitlines()
    assert any(one.startswith("::error file=a%3Ab%2Cc%25d .json,line=9,title=MAJOR%3A Constraint") for one in lines)
    assert "%0ANext: " in lines[0]


def test_what_the_version_declares_is_no_error() -> None:
    assert "::error" in render([admission_date()], "github")
    assert "::error" not in render([admission_date("3.0.0")], "github")
    assert "::error" in render([undecided()], "github")
    assert "::error" not in render([undecided()], "github", allow_major=True)


def sarif(assessments: list[Assessment]) -> dict[str, Any]:
    report = json.loads(render(assessments, "sarif"))
    assert report["version"] == "2.1.0"
    run: dict[str, Any] = report["runs"][0]
    return run


def test_sarif_results_name_a_rule_a_level_and_a_line() -> None:
    run = sarif([*SEVERAL, hostile()])
    rules = run["tool"]["driver"]["rules"]
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["level"] in ("none", "note", "warning", "error")
        assert result["message"]["text"]
        location = result["locations"][0]["physicalLocation"]
        assert re.fullmatch(r"[A-Za-z0-9._~/%-]+", location["artifactLocation"]["uri"])
        assert location.get("region", {"startLine": 1})["startLine"] >= 1


def test_sarif_knows_every_kind_of_finding_once() -> None:
    names = [rule["id"] for rule in sarif(SEVERAL)["tool"]["driver"]["rules"]]
    assert set(KINDS) <= set(names)
    assert len(names) == len(set(names))


def test_a_sarif_fingerprint_outlives_an_unrelated_edit() -> None:
    def fingerprint(made: Assessment) -> str:
        return str(sarif([made])["results"][-1]["partialFingerprints"]["concordat/v1"])

    made = admission_date()
    assert made.change.head is not None
    moved = replace(made, change=replace(made.change, head=replace(made.change.head, text="\n\n")))
    assert fingerprint(moved) == fingerprint(made)
    assert fingerprint(removal()) != fingerprint(made)


def test_a_report_for_people_loads_no_template_engine() -> None:
    code = (
        "import sys\nfrom notices.report import render\nfrom tests.notices.making import addition\n"
        "render([addition()], 'people')\nprint('jinja2' in sys.modules)"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "False"
