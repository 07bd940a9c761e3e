"""The story that `concordat demo` plays: what each person sees, verified step by step."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import timedelta
from typing import TextIO

from bot.operate.stopping import told_to_stop
from notices.comment import MARKER
from rules.manifest import refreshed
from tests.demo import material, moving, releasing
from tests.demo.stage import Stage, StepError, expect, stage
from tests.demo.telling import Teller, readable
from tests.fakes.github import Pull
from tests.fakes.github.state import CheckRun, Comment

WITNESS = '"2025-01-15"'


class Story:
    """The steps, in order; each does something as a person would, and verifies what people then see."""

    def __init__(self, on: Stage, teller: Teller) -> None:
        self._on = on
        self._tell = teller
        self._github = on.github
        self._contracts = on.github.repository("hospital/contracts", private=True, installed=False)
        self._pull: Pull | None = None

    def steps(self) -> tuple[tuple[str, Callable[[], None]], ...]:
        """Each step's title and what happens in it."""
        return (
            ("The App is installed on hospital/contracts, which keeps two contracts", self._install),
            ("A contributor adds an optional field to the patient record", self._add_a_field),
            ("The admission date becomes a date-time", self._break_it),
            ("GitHub delivers twice, and a push changes no contract", self._change_nothing),
            ("The version is raised to what the verdict asks for", self._raise_the_version),
            ("Eight days pass without a review", self._wait),
            ("The owners agree to the breaking change, under a condition", self._agree),
            ("Another optional field, to which nobody says a word", self._stay_silent),
            ("The on-call rotation's schema changes, and its manifest does not", self._forget_the_manifest),
            ("A deprecated field goes too early, and another whose time has come", self._let_fields_go),
            ("Stored data moves with a breaking change, and back", self._move_data),
            ("The breaking change of the patient record goes live, sixty days later", self._go_live),
        )

    # the steps

    def _install(self) -> None:
        commit = self._contracts.commit
        rota = material.text(material.rota())
        manifest = refreshed(material.ROTA, rota, material.ROTA_VERSION)
        commit(
            "main", {"README.md": material.README, material.RECORD: material.text(material.record("1.0.0"))}, "Begin"
        )
        commit("main", {material.RECORD: material.text(material.record("1.1.0"))}, "Track consent")
        files = {material.ROTA: rota, material.ROTA_MANIFEST: manifest}
        commit("main", files | {material.ROTA_DATA: material.text(material.ROTATION)}, "Keep the rotation here")
        commit("main", {".github/contracts.yml": material.CONFIG}, "Name our contracts", author="rita")
        self._github.team("hospital/records", "vera", "ana")
        self._github.team("hospital/operations", "theo", "bo")
        number = self._github.install("hospital", by="rita")
        self._on.settle()
        answered = [delivery.attempts for delivery in self._github.deliveries]
        expect(answered == [[202]], f"the App accepts the installation's delivery (answers: {answered})")
        self._tell.does(f"rita installs the App (installation {number}); its .github/contracts.yml says:")
        self._tell.shows(material.CONFIG)

    def _add_a_field(self) -> None:
        self._contracts.branch("discharge")
        self._contracts.commit("discharge", {material.RECORD: material.text(material.record_with_discharge())})
        self._pull = self._contracts.open_pull("Record when a patient leaves", head="discharge", author="ana")
        self._tell.does("ana opens pull request #1: discharge_date, optional, version 1.1.0 to 1.2.0.")
        self._on.settle()
        comment = self._the_comment()
        _says(comment, "MINOR", "discharge_date")
        self._tell.comment("ana", "her pull request", comment)
        self._tell.check("ana", self._the_check())

    def _break_it(self) -> None:
        before, first = self._the_comment(), self._the_check()
        number, text = before.id, before.body
        self._mine.push({material.RECORD: material.text(material.record_with_date_time("1.2.0"))}, "Use date-times")
        self._tell.does(
            "ana pushes: admission_date no longer matches a pattern of year, month and day, but has the format "
            "date-time. The version is still 1.2.0."
        )
        self._on.settle()
        comment, check = self._the_comment(), self._the_check()
        expect(comment.id == number, "the comment that was there is updated, not a second one written")
        expect(comment.body != text, "the comment's text changed")
        _says(comment, "MAJOR", WITNESS, "2.0.0")
        expect(check.head_sha == self._mine.head_sha != first.head_sha, "the check is on the commit just pushed")
        expect(check.conclusion == "failure", f"the check fails (it concluded {check.conclusion})")
        expect(check.annotations, "the check annotates the changed lines")
        self._tell.comment("ana", "her pull request, in the same comment", comment)
        self._tell.check("ana", check)

    def _change_nothing(self) -> None:
        comment = self._the_comment()
        text = comment.body
        self._github.forget_requests()
        for delivery in [one for one in self._github.deliveries if one.event == "pull_request"]:
            self._github.redeliver(delivery.guid)
        self._on.settle()
        self._tell.does(f"GitHub sends every delivery again. The App's requests to GitHub: {self._count()}.")
        expect(not self._github.requests, f"a delivery that was seen before leads to nothing ({self._count()})")
        self._mine.push({"README.md": material.README + "\nAsk in #contracts.\n"}, "Say where to ask")
        self._on.settle()
        self._tell.does(f"ana pushes a change of the README. The App's requests to GitHub: {self._count()}.")
        written = [f"{one.method} {one.path}" for one in self._github.requests if one.writes]
        expect(
            [one.rpartition("/")[2] for one in written] == ["check-runs"],
            f"the new commit gets its check and nothing else is written ({written})",
        )
        expect(self._the_comment() is comment and comment.body == text, "the comment is left as it was")
        self._tell.does("The one write is the check that the new commit needs; the comment was not touched.")

    def _raise_the_version(self) -> None:
        text, failed = readable(self._the_comment()), self._the_check()
        self._mine.push({material.RECORD: material.text(material.record_with_date_time("2.0.0"))}, "This is 2.0.0")
        self._tell.does("ana pushes version 2.0.0.")
        self._on.settle()
        comment, check = self._the_comment(), self._the_check()
        _says(comment, "MAJOR", "2.0.0")
        expect(check.conclusion != failed.conclusion, f"the check fails no more (it concluded {check.conclusion})")
        self._tell.changed("ana", text, readable(comment))
        self._tell.check("ana", check)

    def _wait(self) -> None:
        comment = self._the_comment()
        number, text = comment.id, readable(comment)
        self._github.forget_requests()
        self._on.later(timedelta(days=8))
        self._tell.does(f"It is {self._on.clock():%A %d %B %Y, %H:%M} UTC. The App has swept its pull requests.")
        comment, again = self._the_comment(), self._count()
        expect(comment.id == number, "the comment that was there is updated, not a second one written")
        _says(comment, "The review time ended on")
        self._tell.changed("the owning team", text, readable(comment))
        self._the_check()
        self._tell.does(
            f"Still one comment and one check, each brought up to date. The App's requests to GitHub: {again}."
        )
        self._github.forget_requests()
        self._on.later(timedelta(days=1))
        expect(self._github.writes == 0, f"a further sweep writes nothing ({self._count()})")
        self._tell.does(f"A further sweep, a day later, has nothing new to say: {self._count()}.")

    def _agree(self) -> None:
        text = readable(self._the_comment())
        self._mine.comment_as("ana", "/approve")
        self._on.settle()
        answer = self._mine.app_comments[-1]
        expect(
            "Nobody approves their own change" in answer.body, "the author's own approval is refused, with the reason"
        )
        self._tell.comment("ana", "her pull request, after she wrote /approve", answer)
        self._mine.comment_as(
            "vera", 'I read it with the laboratory.\n\n/approve if "convert the 47 records on staging"'
        )
        self._on.settle()
        self._mine.review_as("dana", "APPROVED", "Fine for data protection.")
        self._on.settle()
        check = self._the_check()
        expect(check.conclusion == "action_required", f"the condition holds the merge (concluded {check.conclusion})")
        comment = self._the_comment()
        _says(comment, "One condition has to be met", "convert the 47 records on staging", "`vera`", "`dana`")
        self._tell.does("vera, of the owning team, approves under a condition; dana approves in a review on GitHub.")
        self._tell.changed("ana", text, readable(comment))
        self._mine.comment_as("vera", "/condition done 1")
        self._on.settle()
        check = self._the_check()
        expect(check.conclusion == "success", f"the check passes once the condition is met ({check.conclusion})")
        self._tell.does("vera comments: /condition done 1")
        self._tell.check("ana", check)

    def _stay_silent(self) -> None:
        self._contracts.branch("bed")
        record = material.record("1.1.0", "1.2.0")
        record["properties"]["bed"] = {"type": "string", "description": "The bed that the patient lies in"}
        self._contracts.commit("bed", {material.RECORD: material.text(record)}, "Name the bed")
        self._pull = self._contracts.open_pull("Name the bed", head="bed", author="ana")
        self._on.settle()
        asked = [team.slug for team in self._mine.state.teams]
        expect(asked == ["records"], f"the owning team is asked for its review on GitHub (asked: {asked})")
        comment = self._the_comment()
        text = readable(comment)
        _says(comment, "MINOR", "Silence approves on")
        self._tell.does("ana opens pull request #2: bed, optional. GitHub asks hospital/records for a review.")
        self._on.later(timedelta(hours=49))
        check = self._the_check()
        expect(check.conclusion == "success", f"the check passes after 48 hours of silence ({check.conclusion})")
        expect("MINOR" in str(check.output["title"]), "a new field is MINOR")
        _says(self._the_comment(), "approved by silence")
        self._tell.does(f"It is {self._on.clock():%A %d %B %Y, %H:%M} UTC, and nobody has objected.")
        self._tell.changed("ana", text, readable(self._the_comment()))
        self._tell.check("ana", check)

    def _forget_the_manifest(self) -> None:
        schema = material.text(material.rota(escalation={"type": "string", "default": "operations"}))
        self._contracts.branch("escalation")
        self._contracts.commit("escalation", {material.ROTA: schema}, author="bo")
        self._pull = self._contracts.open_pull("Name who is called next", head="escalation", author="bo")
        self._tell.does("bo opens pull request #3: an optional field in the on-call rotation's schema.")
        self._on.settle()
        check = self._the_check()
        expect(check.conclusion == "failure", f"the check fails (it concluded {check.conclusion})")
        expect("manifest" in _words(check), "the check speaks of the manifest")
        self._tell.check("bo", check)
        fresh = refreshed(material.ROTA, schema, material.ROTA_VERSION)
        self._mine.push({material.ROTA_MANIFEST: fresh}, "Refresh the manifest", author="bo")
        self._tell.does("bo runs `concordat manifest refresh` and pushes the manifest.")
        self._on.settle()
        check = self._the_check()
        expect(check.conclusion != "failure", f"the check fails no more (it concluded {check.conclusion})")
        self._tell.check("bo", check)

    def _let_fields_go(self) -> None:
        today = self._on.clock().date()
        config = {".github/contracts.yml": material.CONFIG + material.LAB_CONTRACT}
        self._contracts.push("main", config | {material.LAB: material.text(material.lab_result(today))}, "Lab results")
        self._tell.does("The laboratory's result joins the contracts, with `unit` and `method` on their way out.")
        self._on.settle()
        self._see_warnings()
        self._contracts.branch("less")
        less = material.lab_result(today, "method", version="2.0.0")
        self._contracts.commit("less", {material.LAB: material.text(less)}, "Drop the method")
        self._pull = self._contracts.open_pull("Drop the method", head="less", author="ana")
        self._tell.does("ana removes `method` from the laboratory's result. Its removal date is in twenty days.")
        self._on.settle()
        comment, check = self._the_comment(), self._the_check()
        _says(comment, "A deprecated field goes too early", "Keep `method` for 20 more days")
        expect(check.conclusion == "failure", f"the check fails (it concluded {check.conclusion})")
        self._tell.comment("ana", "her pull request", comment)
        served = material.lab_result(today, "unit", version="2.0.0")
        self._mine.push({material.LAB: material.text(served)}, "Drop the unit instead")
        self._tell.does("ana puts it back and removes `unit` instead, whose removal date was five days ago.")
        self._on.settle()
        comment, check = self._the_comment(), self._the_check()
        _says(comment, "MAJOR", "unit")
        expect("goes too early" not in comment.body, "nothing holds up a removal whose deprecation was served")
        expect(check.conclusion == "action_required", f"the check awaits the owners (it concluded {check.conclusion})")
        self._tell.comment("ana", "her pull request", comment)

    def _move_data(self) -> None:
        moving.play(self._on, self._tell, self._contracts)

    def _go_live(self) -> None:
        releasing.play(self._on, self._tell, self._contracts, self._contracts.pulls[0])

    def _see_warnings(self) -> None:
        subjects = [str(one.message["Subject"]) for one in self._on.mail.mails]
        warned = [one for one in subjects if "DEPRECATION NOTICE" in one]
        expect(len(warned) == 1 and "method" in warned[0], f"the laboratory is warned of `method` by mail ({subjects})")
        self._tell.does(f"The laboratory, which owns the contract, has one mail: {warned[0]}.")
        issues = [one.title for one in self._contracts.state.issues.values() if "its removal date was" in one.title]
        expect(len(issues) == 1, f"one issue says that `unit` should be gone ({issues})")
        self._tell.does(f"There is one issue: {issues[0]}.")

    # what there is to see

    @property
    def _mine(self) -> Pull:
        if self._pull is None:
            raise StepError("expected that a pull request is open")
        return self._pull

    def _the_comment(self) -> Comment:
        found = [one for one in self._mine.app_comments if MARKER in one.body]
        expect(len(found) == 1, f"pull request #{self._mine.number} has one comment by the App (it has {len(found)})")
        return found[0]

    def _the_check(self) -> CheckRun:
        found = self._mine.checks
        expect(len(found) == 1, f"the commit has one check (it has {len(found)})")
        expect(found[0].status == "completed", f"the check has concluded (it is {found[0].status})")
        return found[0]

    def _count(self) -> str:
        return f"{_many(self._github.reads, 'read')}, {_many(self._github.writes, 'write')}"


def _many(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def _says(comment: Comment, *words: str) -> None:
    missing = [word for word in words if word not in comment.body]
    expect(not missing, f"the comment says {', '.join(words)}; missing: {', '.join(missing)}")


def _words(check: CheckRun) -> str:
    notes = " ".join(f"{one.get('title')} {one['message']}" for one in check.annotations)
    return " ".join([*(text or "" for text in check.output.values()), notes]).lower()


def run(*, exit: bool = False, port: int | None = None, out: TextIO | None = None) -> int:  # noqa: A002 # the option's name
    """Play the story; 0 when every step happened, else 1. Stays until Ctrl-C unless `exit`."""
    teller = Teller(out or sys.stdout)
    with stage(port or 0) as on:
        teller.say(f"GitHub (a double): {on.github.url}   the App: {on.server.url}   mail: {on.mail.url}")
        happened = play(on, teller)
        _where_to_look(on, teller)
        if not exit:
            _stay(teller)
    return 0 if happened else 1


def play(on: Stage, teller: Teller) -> bool:
    """Play every step, or up to the first that does not happen; say whether all did."""
    for number, (title, happen) in enumerate(Story(on, teller).steps(), start=1):
        teller.scene(number, title)
        try:
            happen()
        except StepError as error:
            teller.say(f"\nStep {number} did not happen: {title}.\n  {error}.")
            return False
    teller.say("\nEvery step happened.")
    return True


def _where_to_look(on: Stage, teller: Teller) -> None:
    teller.say("\nWhere to look:")
    for repository in on.github.repositories:
        for pull in repository.pulls:
            teller.say(f"  {pull.url}   {pull.state.title}")
            for check in pull.checks:
                report = f"   full report: {check.details_url}" if check.details_url else ""
                teller.say(f"    check: {repository.site.urls.page(repository.state)}/runs/{check.id}{report}")
        for issue in repository.state.issues.values():
            teller.say(f"  {repository.site.urls.page(repository.state)}/issues/{issue.number}   {issue.title}")
    teller.say(f"  {on.mail.url}   {_many(len(on.mail.mails), 'mail')} so far")


def _stay(teller: Teller) -> None:
    with told_to_stop() as wait:
        teller.say("\nThe pages stay up until Ctrl-C.")
        wait()
