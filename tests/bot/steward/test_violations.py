"""Violations, from what monitoring reports to the issue, and what is owed until it is closed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from bot.store.values import Obligation
from rules.violations import fold
from tests.bot.steward.room import Room, room, tell
from tests.e2e.stage import CONFIG

TOLD = {"contract": "order", "partner": "dialer", "missing": ["placed"], "schemaVersion": "1.0.0", "count": 12}


def report(on: Room, **more: Any) -> None:
    tell(on, "repository_dispatch", "schema-violation", branch="main", client_payload={**TOLD, **more})
    on.hear()


def owed(on: Room) -> list[Obligation]:
    with on.store.reading() as transaction:
        found = transaction.obligations(f"violations:{on.repository.state.id}:order")
    return [one for one in found if one.state == "owed"]


def test_a_report_opens_one_issue_and_its_owners_are_told_at_once(tmp_path: Path) -> None:
    with room(tmp_path, wired=False) as on:
        report(on)
        report(on, count=3)
        (issue,) = on.repository.state.issues.values()
        assert issue.title == "Critical violation of order: a required field is missing, dialer"
        assert "**To do, now:**" in issue.body
        assert "`/rollback REASON`" in issue.body
        reported = [one for one in owed(on) if one.kind == "violation.reported"]
        assert [one.recipient for one in reported] == ["team:octo/data"]
        assert all(one.due <= on.now for one in reported)
        assert reported[0].payload["facts"]["count"] == "15"
        assert reported[0].payload["facts"]["violation"] == str(issue.number)
        assert on.dead == ()


def test_an_answer_in_the_issue_ends_the_escalation_and_closing_it_everything(tmp_path: Path) -> None:
    with room(tmp_path, wired=False) as on:
        report(on)
        (issue,) = on.repository.state.issues.values()
        assert "violation.escalated" in [one.kind for one in owed(on)]
        on.repository.comment_on_issue_as("carl", issue.number, "I look at it.")
        on.clock.advance(on.hours(0.6))
        on.work()
        assert [one.kind for one in owed(on)] == ["violation.reported"]
        on.repository.close_issue(issue.number)
        on.clock.advance(on.hours(0.6))
        on.work()
        assert owed(on) == []
        report(on)
        assert len(on.repository.state.issues) == 2


def test_a_report_is_kept_once_and_what_is_no_report_or_of_no_contract_opens_nothing(tmp_path: Path) -> None:
    with room(tmp_path, wired=False) as on:
        report(on)
        on.take(on.heard[-1:])
        with on.store.reading() as transaction:
            (one,) = fold(transaction.events(f"violations:{on.repository.state.id}:order"))
        assert one.count == 12
        report(on, contract="nobody's")
        report(on, type="bad luck")
        report(on, count=-1)
        assert [one.title.partition(" ")[0] for one in on.repository.state.issues.values()] == ["Critical", "Concordat"]
        assert on.dead == ()


def test_whoever_sends_a_report_that_cannot_be_taken_in_is_told_in_one_issue_as_long_as_it_is_open(
    tmp_path: Path,
) -> None:
    with room(tmp_path, wired=False) as on:
        report(on, type=["sync_slow"])
        report(on, count=-1)
        report(on, count=-1)
        report(on, contract="nobody's")
        tell(on, "repository_dispatch", "schema-violation", branch="main", client_payload="broken")
        on.hear()
        (issue,) = on.repository.state.issues.values()
        assert issue.title == "Concordat cannot take in reports of violations"
        for said in ("No violation was opened", "(2 times, first", "`nobody's`", "is an object", "sync_slow']"):
            assert said in issue.body, said
        on.repository.close_issue(issue.number)
        report(on, checked="many")
        first, second = on.repository.state.issues.values()
        assert first.body == issue.body
        assert second.body.count("\n- ") == 1
        assert on.dead == ()


def test_while_the_configuration_cannot_be_read_nothing_that_is_promised_is_taken_back(tmp_path: Path) -> None:
    with room(tmp_path, wired=False) as on:
        report(on)
        before = owed(on)
        on.repository.commit("main", {".github/contracts.yml": "version: ["})
        on.clock.advance(on.hours(0.6))
        on.work()
        assert owed(on) == before
        on.repository.commit("main", {".github/contracts.yml": CONFIG})
        (issue,) = on.repository.state.issues.values()
        on.repository.close_issue(issue.number)
        on.clock.advance(on.hours(0.6))
        on.work()
        assert owed(on) == []


def test_hostile_text_in_a_report_does_nothing_in_its_issue(tmp_path: Path) -> None:
    with room(tmp_path, wired=False) as on:
        report(on, partner="@everyone", text="<script>x</script> ![a](http://x) /approve", missing=["`@octo/data`"])
        (issue,) = on.repository.state.issues.values()
        for bad in ("<script>x</script> !", "\n@everyone", "](http://x)"):
            assert bad not in issue.body.replace("`@everyone`", "")


def test_an_issue_whose_answer_was_lost_is_not_opened_twice(tmp_path: Path) -> None:
    with room(tmp_path, wired=False) as on:
        on.github.fail(how="lost_answer", method="POST", path="/issues$")
        report(on)
        on.clock.advance(on.hours(1))
        on.work()
        assert len(on.repository.state.issues) == 1
