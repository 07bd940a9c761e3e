"""What the comment, the page of reasons and `/explain` say of deprecations and of what has to come with a change."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from notices import answers, comment, why
from notices.values import Context
from notices.why_values import Step
from rules.assessment import assess
from rules.contract import Policy, VersionScheme
from rules.papers import gaps, kind_of
from rules.problems import problem
from rules.review import Review, review
from tests.notices.making import CONTEXT
from tests.rules.making import change, contract, document
from tests.rules.test_deprecation import NOTICE, WHOLE, marked, schema

DAY = date(2026, 12, 1)
NOW = datetime.combine(DAY, time(10), UTC)


def judged(base: Any, head: Any, today: date = DAY, **policy: Any) -> Review:
    found = assess(change(base, head, of=contract(policy=Policy(**policy), line=1)))
    now = datetime.combine(today, time(10), UTC)
    return review(found, now=now, started=now)


def at(today: date) -> Context:
    return replace(CONTEXT, now=datetime.combine(today, time(10), UTC))


def step(found: Review, title: str, today: date = DAY) -> Step:
    return next(one for one in why.steps(found, at(today)) if one.title == title)


BASE = schema(total=marked({**NOTICE, "removal_date": "2026-12-31", "deprecated_on": "2026-11-01"}), total_cents=WHOLE)
GONE = schema(total_cents=WHOLE)
SERVED = date(2026, 12, 31)


def test_the_page_of_reasons_shows_the_promise_its_dates_and_that_it_is_broken() -> None:
    found = step(judged(BASE, GONE), "Fields on their way out")
    assert found.tone == "holds"
    assert "promised until 2026-12-31" in found.result
    assert [row.cells for row in found.tables[0].rows] == [
        ("`total`", "2026-11-01", "2026-12-31", "goes with this change, and may not: 30 days left")
    ]
    assert [(one.name, one.value) for one in found.facts] == [
        ("Grace period", "30 days, as nothing else is set"), ("Today", "2026-12-01 (UTC)"),
    ]  # fmt: skip


def test_the_page_of_reasons_shows_that_a_deprecation_was_served() -> None:
    found = step(judged(BASE, GONE, SERVED), "Fields on their way out", SERVED)
    assert (found.tone, found.result) == ("", "What was promised is kept.")
    assert found.tables[0].rows[0].cells[3] == "goes with this change, and may"


def test_a_contract_without_notices_has_no_such_step() -> None:
    same = schema(total_cents=WHOLE)
    grown = schema(total_cents=WHOLE, more=WHOLE)
    assert "Fields on their way out" not in [one.title for one in why.steps(judged(same, grown), at(DAY))]


def test_a_removal_without_a_notice_is_told_there_too() -> None:
    found = step(judged(schema(total=WHOLE, kept=WHOLE), schema(kept=WHOLE)), "Fields on their way out")
    assert "no dated deprecation notice" in found.result


def test_the_comment_says_that_a_deprecation_was_served() -> None:
    text = comment.render([judged(BASE, GONE, SERVED, accompany=())], at(SERVED))
    assert "`total` may go: deprecated since 2026-11-01, removal date 2026-12-31." in text
    assert "may go" not in comment.render([judged(BASE, GONE, accompany=())], at(DAY))


@pytest.mark.parametrize(
    ("policy", "cell"),
    [({}, "comes with an impact analysis, and this one has none."), ({"accompany": ()}, "not asked by the contract")],
)
def test_each_thing_that_may_be_asked_for_is_shown_with_its_code_and_its_answer(policy: Any, cell: str) -> None:
    found = step(judged(BASE, GONE, SERVED, **policy), "What must accompany it", SERVED)
    rows = {row.cells[2]: row.cells[3] for row in found.tables[0].rows}
    assert rows["`impact_analysis_missing`, `impact_analysis_incomplete`"].endswith(cell)
    assert len(rows) == 5


def test_a_smaller_change_is_not_asked_for_the_papers_of_a_major_one() -> None:
    found = step(judged(schema(kept=WHOLE), schema(kept=WHOLE, more=WHOLE)), "What must accompany it")
    assert {row.cells[3] for row in found.tables[0].rows} == {"not asked of a MINOR change", "nothing is missing"}


def test_explain_takes_a_rule_of_deprecation_by_its_code_and_by_its_title() -> None:
    found = judged(BASE, GONE)
    assert "promised until 2026-12-31" in answers.explain([found], at(DAY), "removal_too_early")
    assert "its removal date only moves later" in answers.explain([found], at(DAY), "way out")
    assert "TBD, TODO or N/A" in answers.explain([found], at(DAY), "accompany")
    assert "nothing of that kind is open here" in answers.explain([found], at(DAY), "deprecation_shortened")
    assert "Nothing here is called" in answers.explain([found], at(DAY), "removal_to_early")


WRITABLE = replace(CONTEXT, head_repository="ana/contracts", head_ref="drop/it #1")


def test_the_to_do_list_links_to_where_the_author_writes_what_is_missing() -> None:
    found = judged(BASE, GONE, SERVED)
    text = comment.render([found], replace(WRITABLE, now=at(SERVED).now))
    (line,) = [one for one in text.splitlines() if "There is no impact analysis" in one]
    address = line.rpartition("[Fill it in](")[2].removesuffix(").")
    parts = urlsplit(unescape(address))
    assert parts.path == "/ana/contracts/new/drop/it%20%231"
    given = parse_qs(parts.query)
    assert given["filename"] == ["proposals/impact-analysis-orders.md"]
    assert kind_of(given["value"][0]) == "impact analysis"
    assert len(gaps("impact analysis", given["value"][0])) == 8
    assert len(address) < 2000


def test_a_row_that_is_missing_links_to_its_file_in_the_branch() -> None:
    found = replace(
        judged(BASE, GONE, SERVED),
        missing=(problem("change_log_missing", "x", path="docs/a b.md", version="2.0", change_log="docs/a b.md"),),
    )
    text = comment.render([found], replace(WRITABLE, now=at(SERVED).now))
    assert "[Fill it in](https://github.com/ana/contracts/edit/drop/it%20%231/docs/a%20b.md)." in text


def test_a_field_that_was_not_deprecated_links_to_the_document_that_the_notice_goes_into() -> None:
    text = comment.render([judged(schema(total=WHOLE, total_cents=WHOLE), GONE)], replace(WRITABLE, now=at(DAY).now))
    (line,) = [one for one in text.splitlines() if "without having been deprecated" in one]
    assert "[Fill it in](https://github.com/ana/contracts/edit/drop/it%20%231/" in line
    assert "`concordat new deprecation" in line


def test_a_migration_plan_that_is_missing_links_to_one_begun_from_the_findings() -> None:
    found = replace(judged(BASE, GONE, SERVED), missing=(problem("migration_plan_missing", "x", contract="orders"),))
    text = comment.render([found], replace(WRITABLE, now=at(SERVED).now))
    (line,) = [one for one in text.splitlines() if "There is no migration plan" in one]
    given = parse_qs(urlsplit(unescape(line.rpartition("[Fill it in](")[2].removesuffix(")."))).query)
    (path,), (draft,) = given["filename"], given["value"]
    assert path == "migrations/orders/OLD-NEW.yml"  # neither document names its version
    assert 'contract: "orders"' in draft
    assert "steps:" in draft


def test_where_the_branch_is_gone_nothing_is_linked() -> None:
    assert "Fill it in" not in comment.render([judged(BASE, GONE, SERVED)], at(SERVED))


def too_small(scheme: VersionScheme, *paths: str) -> str:
    """The line about a bump that is too small, of a change that breaks the contract and stays at 1.0.1."""
    versions = ("1.0.0", "1.0.0" if paths[0] == paths[-1] and scheme.name == "semver-file" else "1.0.1")
    before, after = (
        document({**schema(**fields), "version": version}, path)
        for path, version, fields in zip(paths, versions, ({"total": WHOLE}, {}), strict=True)
    )
    found = assess(change(before, after, of=replace(contract(policy=Policy(), line=1), scheme=scheme)))
    text = comment.render([review(found, now=NOW, started=NOW)], replace(WRITABLE, now=NOW))
    (line,) = [one for one in text.splitlines() if "The version bump is too small" in one]
    return unescape(line.rpartition("[Fill it in](")[2].removesuffix(")."))


def test_a_bump_that_is_too_small_links_to_the_document_that_declares_the_version() -> None:
    address = too_small(VersionScheme("semver-field", ("/version",)), "orders.json", "orders.json")
    assert address == "https://github.com/ana/contracts/edit/drop/it%20%231/orders.json"


def test_a_published_version_that_was_edited_links_to_the_next_one_begun_with_its_text() -> None:
    path = "docs/orders-v1.0.0.json"
    given = parse_qs(urlsplit(too_small(VersionScheme("semver-file"), path, path)).query)
    assert given["filename"] == ["docs/orders-v2.0.0.json"]
    assert '"type": "object"' in given["value"][0]
