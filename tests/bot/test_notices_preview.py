"""`concordat notices preview`."""

from __future__ import annotations

import json

import pytest

from bot.cli import main
from notices.catalogue import CATALOGUE


def test_the_list_names_every_kind_with_its_audience(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["notices", "preview"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [one.split()[0] for one in lines] == list(CATALOGUE)


@pytest.mark.parametrize(
    ("form", "has"), [("text", "WHAT TO DO"), ("html", "<h2>What to do</h2>"), ("markdown", "###")]
)
def test_a_kind_is_printed_in_each_form(capsys: pytest.CaptureFixture[str], form: str, has: str) -> None:
    assert main(["notices", "preview", "release.confirm", "--format", form]) == 0
    assert has in capsys.readouterr().out


def test_the_form_for_slack_is_json_with_its_fallback(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["notices", "preview", "release.confirm", "--format", "slack"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["text"]
    assert found["blocks"][0]["type"] == "header"


def test_a_kind_that_is_not_there_is_refused_with_the_way_to_the_list(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["notices", "preview", "release.party"]) == 2
    assert "concordat notices preview lists all of them" in capsys.readouterr().err
