from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from tests.e2e.stage import Stage, schema, stage

DATE_TIME = {"type": "string", "format": "date-time"}
NOTE = {"type": "string"}


def test_a_breaking_pull_request_gets_one_comment_and_one_check(on_stage: Stage) -> None:
    number = on_stage.topic("date-time", {"schemas/order.json": schema("1.1.0", placed=DATE_TIME)})
    on_stage.settle()
    pull = on_stage.repository.pull(number)
    (comment,) = pull.app_comments
    (check,) = pull.checks
    assert "MAJOR" in comment.body
    assert '"2025-01-15"' in comment.body
    assert "2.0.0" in comment.body
    assert check.conclusion == "failure"
    assert {annotation["path"] for annotation in check.annotations} == {"schemas/order.json"}
    changed = schema("1.1.0", placed=DATE_TIME).splitlines()
    marked = [changed[annotation["start_line"] - 1] for annotation in check.annotations]
    assert any("placed" in line or "format" in line for line in marked)


def test_a_push_brings_the_same_comment_up_to_date(on_stage: Stage) -> None:
    number = on_stage.topic("evolve", {"schemas/order.json": schema("1.1.0", note=NOTE)})
    on_stage.settle()
    pull = on_stage.repository.pull(number)
    (before,) = pull.app_comments
    first = before.id
    assert "MINOR" in before.body
    pull.push({"schemas/order.json": schema("1.1.0", placed=DATE_TIME)})
    on_stage.settle()
    (after,) = pull.app_comments
    assert after.id == first
    assert "MAJOR" in after.body
    (check,) = pull.checks
    assert check.head_sha == pull.head_sha


def test_a_redelivery_and_a_push_that_changes_nothing_write_no_comment(on_stage: Stage) -> None:
    number = on_stage.topic("minor", {"schemas/order.json": schema("1.1.0", note=NOTE)})
    on_stage.settle()
    pull = on_stage.repository.pull(number)
    body = pull.app_comments[0].body
    on_stage.github.forget_requests()
    for delivery in on_stage.github.deliveries:
        on_stage.github.redeliver(delivery.guid)
    on_stage.settle()
    assert on_stage.github.requests == ()
    on_stage.later(hours=2)
    on_stage.server.sweep()
    on_stage.settle()
    assert on_stage.github.writes == 0
    assert pull.app_comments[0].body == body


def test_a_review_that_nobody_answered_in_time_says_so_once(on_stage: Stage) -> None:
    number = on_stage.topic("late", {"schemas/order.json": schema("1.1.0", note=NOTE)})
    on_stage.settle()
    pull = on_stage.repository.pull(number)
    (waiting,) = pull.app_comments
    assert "ended on" not in waiting.body
    on_stage.clock.advance(timedelta(hours=49))
    on_stage.server.sweep()
    on_stage.settle()
    comment, mention = pull.app_comments
    assert comment.id == waiting.id
    assert "@octo/data" in mention.body  # an edit of the comment rings nobody's bell
    assert "The review time ended on" in comment.body
    assert "Still waiting for team `octo/data`" in comment.body
    on_stage.github.forget_requests()
    on_stage.clock.advance(timedelta(days=3))
    on_stage.server.sweep()
    on_stage.settle()
    assert on_stage.github.writes == 0
    assert len(pull.checks) == 1


def test_a_pull_request_that_touches_no_contract_gets_a_passing_check_and_no_comment(on_stage: Stage) -> None:
    number = on_stage.topic("docs", {"README.md": "hello\n"})
    on_stage.settle()
    pull = on_stage.repository.pull(number)
    assert pull.app_comments == ()
    assert [check.conclusion for check in pull.checks] == ["success"]


def test_a_repository_without_configuration_is_left_alone(on_stage: Stage) -> None:
    other = on_stage.github.repository("octo/website")
    other.commit("main", {"index.html": "hello"})
    other.branch("topic")
    other.commit("topic", {"schema.json": "{}"})
    number = other.open_pull("topic", head="topic").number
    on_stage.settle()
    assert other.pull(number).app_comments == ()
    assert other.pull(number).checks == ()


def test_an_answer_lost_after_github_committed_leads_to_no_second_comment_and_no_second_check(on_stage: Stage) -> None:
    on_stage.github.fail(how="lost_answer", method="POST", path="/comments$")
    on_stage.github.fail(how="lost_answer", method="POST", path="/check-runs$")
    number = on_stage.topic("lost", {"schemas/order.json": schema("1.1.0", note=NOTE)})
    on_stage.settle()
    for _ in range(4):
        on_stage.later(minutes=5)
    pull = on_stage.repository.pull(number)
    assert len(pull.app_comments) == 1
    assert len(pull.checks) == 1


def test_a_lost_webhook_is_made_good_by_the_sweep(on_stage: Stage) -> None:
    on_stage.github.astray("lose", event="pull_request")
    number = on_stage.topic("unheard", {"schemas/order.json": schema("1.1.0", note=NOTE)})
    on_stage.settle()
    assert on_stage.repository.pull(number).app_comments == ()
    on_stage.server.sweep()
    on_stage.settle()
    assert len(on_stage.repository.pull(number).app_comments) == 1


@pytest.mark.parametrize("how", ["500", "502_html", "half_answer", "403_secondary", "429"])
def test_a_failed_read_is_tried_again_and_never_taken_for_no_config(on_stage: Stage, how: str) -> None:
    on_stage.github.fail(how=how, method="GET", path=r"/contents/\.github/contracts", times=2)  # type: ignore[arg-type]
    number = on_stage.topic("retry", {"schemas/order.json": schema("1.1.0", note=NOTE)})
    on_stage.settle()
    for _ in range(5):
        on_stage.later(minutes=30)
    assert len(on_stage.repository.pull(number).app_comments) == 1


def test_what_keeps_failing_concludes_the_check_and_says_so(on_stage: Stage) -> None:
    on_stage.github.fail(how="500", method="GET", path="/compare/", times=None)
    number = on_stage.topic("broken", {"schemas/order.json": schema("1.1.0", note=NOTE)})
    on_stage.settle()
    for _ in range(4):
        on_stage.later(hours=2)
    pull = on_stage.repository.pull(number)
    (check,) = pull.checks
    assert check.conclusion == "failure"
    assert "could not judge" in str(check.output["title"])
    on_stage.github.heal()
    for _ in range(2):
        on_stage.later(hours=2)
    assert pull.checks[-1].conclusion != "failure"
    assert len(pull.app_comments) == 1


def test_somebody_elses_comment_with_our_marker_is_left_alone(on_stage: Stage) -> None:
    on_stage.github.astray("lose", event="pull_request")
    number = on_stage.topic("forged", {"schemas/order.json": schema("1.1.0", note=NOTE)})
    pull = on_stage.repository.pull(number)
    forged = pull.comment_as("mallory", "<!-- concordat:review -->\nall is well")
    on_stage.server.sweep()
    on_stage.settle()
    assert len(pull.app_comments) == 1
    assert forged.body.endswith("all is well")


def test_an_edit_of_the_configuration_is_previewed_and_does_not_act_yet(on_stage: Stage) -> None:
    config = "version: 1\ncontracts:\n  everything:\n    files: schemas/*.json\n"
    number = on_stage.topic("config", {".github/contracts.yml": config})
    on_stage.settle()
    (comment,) = on_stage.repository.pull(number).app_comments
    assert "everything" in comment.body
    assert "would be guarded" in comment.body


def test_a_broken_configuration_is_annotated_at_its_line(on_stage: Stage) -> None:
    number = on_stage.topic("config", {".github/contracts.yml": "version: 1\ncontracts:\n  order:\n    filez: x\n"})
    on_stage.settle()
    (check,) = on_stage.repository.pull(number).checks
    assert check.conclusion == "failure"
    assert {(one["path"], one["start_line"]) for one in check.annotations} >= {(".github/contracts.yml", 4)}


def test_the_configuration_is_read_from_the_base_branch_only(on_stage: Stage) -> None:
    files = {".github/contracts.yml": "version: 1\ncontracts: {}\n", "schemas/order.json": schema(placed=None)}
    number = on_stage.topic("sneaky", files)
    on_stage.settle()
    (check,) = on_stage.repository.pull(number).checks
    assert check.conclusion == "failure"


def test_a_draft_gets_its_verdict_and_no_deadline(on_stage: Stage) -> None:
    number = on_stage.topic("draft", {"schemas/order.json": schema("1.1.0", note=NOTE)}, draft=True)
    on_stage.settle()
    (comment,) = on_stage.repository.pull(number).app_comments
    assert "MINOR" in comment.body
    assert "draft" in comment.body


def test_the_organisations_default_applies_where_a_repository_has_no_file(on_stage: Stage) -> None:
    defaults = on_stage.github.repository("octo/.github")
    defaults.push(
        "main", {".github/contracts.yml": 'version: 1\ncontracts:\n  "{name}":\n    files: api/{name}.json\n'}
    )
    other = on_stage.github.repository("octo/catalogue")
    other.commit("main", {"api/item.json": schema()})
    other.branch("topic")
    other.commit("topic", {"api/item.json": schema(placed=None)})
    number = other.open_pull("topic", head="topic").number
    on_stage.settle()
    (comment,) = other.pull(number).app_comments
    assert "item" in comment.body
    assert "MAJOR" in comment.body


def test_a_pull_request_from_a_fork_is_judged_like_any_other(on_stage: Stage) -> None:
    fork = on_stage.repository.fork("mallory")
    fork.branch("topic")
    fork.commit("topic", {"schemas/order.json": schema("1.1.0", placed=DATE_TIME)})
    number = on_stage.repository.open_pull("from a fork", head="topic", author="mallory", fork=fork).number
    on_stage.settle()
    (comment,) = on_stage.repository.pull(number).app_comments
    assert "MAJOR" in comment.body


def test_the_full_report_is_kept_behind_its_link(on_stage: Stage) -> None:
    number = on_stage.topic("report", {"schemas/order.json": schema("1.1.0", placed=DATE_TIME)})
    on_stage.settle()
    (check,) = on_stage.repository.pull(number).checks
    assert str(check.details_url).startswith("http://concordat.example.org/reports/")


def test_the_same_holds_on_github_enterprise_server(tmp_path: Path) -> None:
    with stage(tmp_path, enterprise=True) as made:
        number = made.topic("date-time", {"schemas/order.json": schema("1.1.0", placed=DATE_TIME)})
        made.settle()
        assert "MAJOR" in made.repository.pull(number).app_comments[0].body


def test_the_same_holds_on_either_database(tmp_path: Path, database_url: str) -> None:
    with stage(tmp_path, database_url=database_url) as made:
        number = made.topic("date-time", {"schemas/order.json": schema("1.1.0", placed=DATE_TIME)})
        made.settle()
        assert "MAJOR" in made.repository.pull(number).app_comments[0].body
