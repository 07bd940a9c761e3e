from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.commands.parser import commands, words
from bot.commands.registry import COMMANDS, page, run
from bot.commands.values import Outcome, Person, Refused, Scene, Seat, Written
from bot.store.values import NewEvent
from rules.assessment import Assessment
from rules.compare.values import Comparison
from rules.contract import NamedRole, Owners
from rules.review import review
from rules.verdict import Verdict
from tests.rules.making import change, contract

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
OWNED = contract(
    owners=Owners(teams=("acme/crm", "acme/data"), roles=(NamedRole("Advisor", ("ada",)),)), release_owners=("rosa",)
)
SUBJECT = change({}, {"type": "object"}, of=OWNED)
AUTHOR = Person(1, "sarah")
OWNER = Person(2, "carl", teams=frozenset({"acme/crm"}))
ADVISOR = Person(3, "Ada")
MAINTAINER = Person(4, "mia", permission="maintain")
RELEASE = Person(5, "rosa")
STRANGER = Person(6, "eve", permission="write")
PEOPLE = {
    "anyone": STRANGER, "author": AUTHOR, "owner": OWNER, "maintainer": MAINTAINER, "release owner": RELEASE,
}  # fmt: skip


def scene(person: Person, *log: NewEvent, shown: str | None = SUBJECT.digest, number: int = 7) -> Scene:
    pushed = NewEvent(
        "review.submitted", "s", NOW - timedelta(hours=5), {"contract": "orders", "digest": SUBJECT.digest}
    )
    assessment = Assessment(SUBJECT, Comparison(Verdict.MAJOR))
    found = review(assessment, now=NOW, started=None, facts=[pushed, *log], author=AUTHOR.id)
    return Scene(person, (Seat(OWNED, found, shown, "MAJOR"),), NOW, NOW, "comment", number, AUTHOR.id)


def give(text: str, person: Person, *log: NewEvent, shown: str | None = SUBJECT.digest) -> Outcome:
    (written,) = commands(text)
    found = run(written, scene(person, *log, shown=shown))
    assert found is not None
    return found


def names(text: str) -> list[str]:
    return [one.name for one in commands(text)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("/approve", ["approve"]),
        ("Thanks!\n/approve\n/status", ["approve", "status"]),
        ("/Approve orders\r\n/hold wait", ["approve", "hold"]),
        ("I would /approve this", []),
        ("```\n/approve\n```", []),
        ("~~~\n/approve", []),
        ("    /approve", []),
        ("`a\n/approve\n`", []),
        ("> /approve", []),
        ("> quoted\n/approve", []),
        ("- /approve", []),
        ("<!-- \n/approve\n-->", []),
        ("text <!-- \n/approve\n-->", []),
        ("<details>\n/approve\n</details>", []),
        ("**bold\n/approve b**", []),
        ("[a\n/approve\n](https://example.com)", []),
        ("> quoted\n\n/approve", ["approve"]),
        ("/usr/bin is full", []),
        ("/", []),
        ("\ue0000\ue000/approve", []),
        ("/object `/x` is **used**", ["object"]),
        ("# /approve", []),
    ],
)
def test_a_command_stands_at_the_start_of_a_line_of_plain_text(text: str, found: list[str]) -> None:
    assert names(text) == found


def test_the_arguments_are_the_line_as_written() -> None:
    assert commands("/object `/x` is **used**, doesn't work")[0].rest == "`/x` is **used**, doesn't work"


def test_a_comment_has_at_most_20_commands_and_65536_characters() -> None:
    assert len(names("/status\n" * 30)) == 20
    assert names("/status\n" + "x" * 65_536) == []


@pytest.mark.parametrize(
    ("text", "split"),
    [
        ("a b", ("a", "b")),
        ('"a b" c', ("a b", "c")),
        ("doesn't matter", ("doesn't", "matter")),
        ("“fix it” 'a b'", ("fix it", "a b")),
        (r"a\ b " + '"c \\" d"', ("a b", 'c " d')),
        ("", ()),
    ],
)
def test_arguments_are_split_as_in_a_shell(text: str, split: tuple[str, ...]) -> None:
    assert words(text) == split


def test_an_open_quote_is_said() -> None:
    with pytest.raises(Refused, match="not closed"):
        words('orders "fix')


def test_every_command_is_registered_with_examples_that_are_read() -> None:
    for command in COMMANDS.values():
        assert command.examples
        for example in command.examples:
            (written,) = commands(example)
            assert written.name == command.name
            command.read(written.rest, "America/Denver")


@pytest.mark.parametrize(
    "command", [one for one in COMMANDS.values() if one.role != "anyone"], ids=lambda one: one.name
)
@pytest.mark.parametrize("role", PEOPLE)
def test_nobody_uses_a_command_without_its_role(command: object, role: str) -> None:
    row = COMMANDS[command.name]  # type: ignore[attr-defined]
    may = role == row.role or (role == "maintainer" and row.role == "owner")
    found = give(row.examples[0], PEOPLE[role])
    if not may:
        assert (found.done, found.events, found.intents) == (False, (), ())
        assert "role of" in found.says or "is for the" in found.says
    else:
        assert "role of" not in found.says
        assert "is for the" not in found.says


def test_the_docs_page_is_written_from_the_registry() -> None:
    assert Path("docs/commands.md").read_text(encoding="utf-8") == page()


def test_an_owners_yes_names_the_documents_the_class_and_the_authority() -> None:
    (fact,) = give("/approve", OWNER).events
    assert fact.kind == "review.approved"
    assert fact.actor_id == OWNER.id
    assert fact.body == {
        "contract": "orders", "digest": SUBJECT.digest, "login": "carl", "grade": "MAJOR", "teams": ["acme/crm"],
        "roles": [], "maintainer": False, "release_owner": False,
    }  # fmt: skip


def test_the_approval_chain_fills_up_to_approved() -> None:
    log = [
        *give("/approve", OWNER).events,
        *(
            replace(one, source_id="x")
            for one in give("/approve", Person(8, "dan", teams=frozenset({"ACME/data"}))).events
        ),
        *(replace(one, source_id="y") for one in give("/approve", ADVISOR).events),
    ]
    assert scene(AUTHOR, *log).seats[0].review.state == "approved"


def test_an_approval_may_have_conditions() -> None:
    found = give('/approve if "fix the 47 records" "run on staging"', OWNER)
    assert [one.body.get("text") for one in found.events] == [None, "fix the 47 records", "run on staging"]
    assert give("/approve if the records are fixed", OWNER).events[1].body["text"] == "the records are fixed"
    assert len({one.source_id for one in found.events}) == 3


@pytest.mark.parametrize(
    ("text", "person", "says"),
    [
        ("/approve", AUTHOR, "is for the owner"),
        ("/approve invoices", OWNER, "no contract of that name"),
        ("/approve", MAINTAINER, "Nobody waits for your approval"),
        ("/approve", STRANGER, "is for the owner"),
        ("/object", OWNER, "Say why"),
        ("/withdraw", STRANGER, "nothing to take back"),
        ("/condition done 4", OWNER, "no condition 4"),
        ("/condition add x by 2026-13-01", OWNER, "Write the date"),
        ("/condition maybe", OWNER, "Say `add`"),
        ("/hold wait until 2020-01-01", OWNER, "past"),
        ("/meeting held 2030-01-01", MAINTAINER, "cannot have been held"),
        ("/meeting", MAINTAINER, "Say when"),
        ("/waive bump_too_small why not", MAINTAINER, "Nothing of that name"),
        ("/override LOW because", MAINTAINER, "one of NONE"),
        ("/emergency http://x", RELEASE, "whole address"),
    ],
)
def test_what_cannot_be_done_is_answered_with_why_and_how_it_is_written(text: str, person: Person, says: str) -> None:
    found = give(text, person)
    assert not found.done
    assert says in found.says
    # How it is written helps whoever may give it, and nobody else.
    theirs = ("is for the", "Nobody waits", "nothing to take back")
    assert ("Usage: `/" in found.says) is not any(one in says for one in theirs)
    assert found.events == ()


def test_nobody_approves_a_text_that_was_not_shown() -> None:
    other = give("/approve", OWNER, shown="other")
    assert "changed after" in other.says
    assert not other.done
    assert [one.body["digest"] for one in other.events] == ["other"]
    assert "had not shown" in give("/approve", OWNER, shown=None).says
    assert give("/approve", OWNER, shown=None).events == ()


def test_an_owner_who_pushed_or_still_objects_does_not_approve() -> None:
    pushed = NewEvent("review.pushed", "p", NOW - timedelta(hours=1),
                      {"contract": "orders", "digest": SUBJECT.digest}, OWNER.id)  # fmt: skip
    assert "You pushed" in give("/approve", OWNER, pushed).says
    assert "objection still stands" in give("/approve", OWNER, *give("/object no", OWNER).events).says


def test_an_objection_is_withdrawn_by_its_giver() -> None:
    no = give("/object no", OWNER).events
    assert give("/withdraw", OWNER, *no).events[0].kind == "review.withdrawn"
    assert not give("/withdraw", ADVISOR, *no).done
    assert give("/waive objection settled in the meeting", MAINTAINER, *no).done


def test_a_condition_is_done_by_its_assignee_or_an_owner_and_nobody_else() -> None:
    asked = give("/condition add fix the records before migration for @eve by 2026-12-01", OWNER).events
    body = asked[0].body
    assert (body["text"], body["guards"], body["assignee"]) == ("fix the records", "migration", "eve")
    assert give("/condition done 1", STRANGER, *asked).events[0].body["id"] == body["id"]
    assert not give("/condition done 1", Person(9, "mallory"), *asked).done
    assert not give("/condition drop 1", STRANGER, *asked).done
    assert give("/condition drop #1", OWNER, *asked).done


def test_a_date_is_the_first_moment_of_the_day_in_the_zone_of_the_contract() -> None:
    hold = COMMANDS["hold"].read("away until 2026-12-01", "America/Denver")
    assert hold == {"reason": "away", "until": datetime(2026, 12, 1, 7, 0, tzinfo=UTC)}
    assert COMMANDS["hold"].read("away until further notice", "UTC")["until"] is None


def test_an_unknown_command_is_answered_once_and_other_bots_words_are_left_alone() -> None:
    assert "Did you mean `/approve`?" in give("/aprove", OWNER).says
    assert run(Written("lgtm", "", 0), scene(OWNER)) is None
    assert "/help" in give("/xyzzy", OWNER).says


def test_what_is_asked_of_the_steward_is_an_intent() -> None:
    assert give("/recheck", STRANGER).intents[0].kind == "recheck"
    assert give("/explain /properties/amount", STRANGER).intents[0].body == {"subject": "/properties/amount"}


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet=st.sampled_from("/aprove \n`>\"'<!-~|*[]()\\\t\ue0000"), max_size=60))
def test_no_text_breaks_the_parser_or_a_command(text: str) -> None:
    for written in commands(text):
        run(written, scene(OWNER))
    for name in COMMANDS:
        run(Written(name, text, 0), scene(MAINTAINER))
