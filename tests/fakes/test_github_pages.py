from __future__ import annotations

import pytest
import requests

from tests.fakes.github.pages import markdown
from tests.fakes.speaking import a_pull_request


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[x](javascript:alert(1))",
        "<details open onclick=alert(1)>",
        "text <b onclick=alert(1)>bold</b>",
        "<details><summary onmouseover=alert(1)>x</summary></details>",
    ],
)
def test_nothing_in_a_comment_runs(hostile: str) -> None:
    shown = markdown(hostile)

    for tag in ("<script", "<img", "<b ", "<details open onclick", "<summary on", 'href="javascript'):
        assert tag not in shown


def test_a_comment_folds_and_has_tables_and_hides_its_marker() -> None:
    text = (
        "<!-- marker -->\n| a | b |\n|---|---|\n| 1 | 2 |\n\n<details>\n<summary>More</summary>\n\n*Text*\n\n</details>"
    )

    shown = markdown(text)

    assert "marker" not in shown
    assert "<td>1</td>" in shown
    assert "<details>\n<summary>More</summary>" in shown
    assert "<em>Text</em>" in shown


def test_a_pull_request_is_shown_with_its_comments_and_checks() -> None:
    with a_pull_request() as (github, contracts, api):
        pull = contracts.pull(1)
        pull.comment_as("eve", "**Hello** <script>")
        output = {"title": "MAJOR & more", "summary": "*Why*"}
        check = api.post(
            f"/repos/{contracts.full_name}/check-runs",
            {"name": "concordat", "head_sha": pull.head_sha, "conclusion": "failure", "output": output},
        ).json()

        shown = requests.get(pull.url, timeout=20)
        run = requests.get(check["html_url"], timeout=20).text
        front = requests.get(github.url, timeout=20).text
        file = requests.get(f"{github.url}/hospital/contracts/blob/more/schemas/patient.json", timeout=20).text
        listed = requests.get(f"{github.url}/hospital/contracts", timeout=20).text

    assert shown.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "<strong>Hello</strong> &lt;script&gt;" in shown.text
    assert "failed. MAJOR &amp; more" in shown.text
    assert "<em>Why</em>" in run
    assert "hospital/contracts" in front
    assert "#1 More" in listed
    assert '<span id="L2">' in file
    assert "&quot;null&quot;" in file


def test_there_is_no_page_for_what_is_not_there() -> None:
    with a_pull_request() as (github, _contracts, _):
        statuses = [
            requests.get(github.url + path, timeout=20).status_code
            for path in (
                "/hospital/nothing",
                "/hospital/contracts/pull/9",
                "/hospital",
                "/hospital/contracts/runs/1",
                "/hospital/contracts/blob/main/nothing",
            )
        ]

    assert statuses == [404] * 5


def test_an_issue_is_shown_with_its_comments() -> None:
    with a_pull_request() as (github, contracts, api):
        issue = api.post(f"/repos/{contracts.full_name}/issues", {"title": "Release & more", "body": "**Plan**"}).json()
        contracts.comment_on_issue_as("eve", issue["number"], "/go <script>")

        shown = requests.get(f"{github.url}/hospital/contracts/issues/{issue['number']}", timeout=20).text
        listed = requests.get(f"{github.url}/hospital/contracts", timeout=20).text

    assert "<strong>Plan</strong>" in shown
    assert "/go &lt;script&gt;" in shown
    assert "Release &amp; more" in listed
