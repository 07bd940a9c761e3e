"""Every command of a review as people give it: a comment on GitHub, its delivery, and what they see afterwards.

One row for each; a command without a row fails the last test. Those of releases are told in `test_releases.py`,
that of migrations in `test_migrations.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.commands.registry import COMMANDS
from bot.steward.hearing import MIGRATE
from bot.steward.releases.berths import COMMANDS as RELEASING
from tests.bot.steward.test_commands import Talk, reactions, talk
from tests.e2e.stage import CONFIG

OWNED = CONFIG + "    release-owners: [rosa, rita]\n"
NOBODY = ""


@dataclass(frozen=True)
class Row:
    """Who gives which command after what, who may not, and what is then read in the comment, or in the answer."""

    by: str
    text: str
    reads: str
    not_by: str = NOBODY
    after: tuple[tuple[str, str], ...] = ()
    concludes: str = "action_required"


OBJECTED = (("dora", "/object the dialer reads it"),)
ROWS = (
    Row("carl", "/approve", "Approved for team `octo/data`: by `carl` on", "eve", concludes="success"),
    Row("carl", "/approve order", "Approved for team `octo/data`: by `carl` on", "mia", concludes="success"),
    Row("carl", "/approve if staging works", "Condition 1: before the merge, asked by `carl`", "ana"),
    Row("carl", "/object the dialer reads it", "“the dialer reads it”", "eve", concludes="failure"),
    Row("dora", "/withdraw", "fallen on", after=OBJECTED, not_by="carl"),
    Row("mia", "/reject not before June", "“not before June”", "carl", concludes="failure"),
    Row("carl", '/condition add "fix 47 records" before migration for @sam by 2099-12-01', "to be done by `sam`",
        "eve"),
    Row("sam", "/condition done 1", "(done)", "eve", after=(("carl", "/condition add x for @sam"),)),
    Row("dora", "/condition drop 1", "(not asked for any more)", "eve", after=(("carl", "/condition add x"),)),
    Row("carl", "/hold we are away", "Held by `carl` until", "eve"),
    Row("carl", "/hold we are away until 2099-12-01", "Held by `carl` until 2099-12-01", "ana"),
    Row("dora", "/unhold", "Until ", "eve", after=(("carl", "/hold away"),)),
    Row("mia", "/meeting 2099-12-01T10:00 https://meet.example.com/crm", "Pre-review meeting: planned, 2099-12-01",
        "carl"),
    Row("mia", "/meeting held", "Pre-review meeting: held", "eve"),
    Row("mia", "/waive objection it was settled in the meeting", "fallen on", "carl", after=OBJECTED),
    Row("mia", "/override MINOR nobody reads it", "Overridden by a maintainer: MINOR in place of MAJOR", "carl"),
    Row("rosa", "/emergency https://status.example.com/7", "1 hour for a critical fix", "mia"),
    Row("eve", "/recheck", "Must approve"),
    Row("eve", "/status", "Must approve: team `octo/data`"),
    Row("eve", "/explain /properties/placed", "placed"),
    Row("eve", "/explain deadline", "7 days"),
    Row("eve", "/help", "| `/object REASON` |"),
)  # fmt: skip


def seen(here: Talk) -> str:
    return "\n".join((here.sticky, *here.answers))


def said(here: Talk) -> list[str]:
    return [one for one in here.kinds() if one != "review.pushed"]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.text)
def test_a_command_does_what_it_says_for_whom_it_is_and_nothing_for_others(tmp_path: Path, row: Row) -> None:
    with talk(tmp_path, config=OWNED) as here:
        for login, text in row.after:
            assert reactions(here.say(login, text)) == ["eyes", "+1"]
        if row.not_by:
            before = here.conclusion, said(here)
            assert reactions(here.say(row.not_by, row.text)) == ["eyes", "-1"]
            assert (here.conclusion, said(here)) == before
            assert f"For `{row.not_by}`:" in here.answers[-1]
        assert reactions(here.say(row.by, row.text)) == ["eyes", "+1"], here.answers
        assert row.reads in seen(here)
        assert here.conclusion == row.concludes


def test_every_command_of_the_registry_is_told_here_or_with_the_releases_and_migrations() -> None:
    told = {row.text.split()[0].removeprefix("/") for row in ROWS}
    assert told | RELEASING | {MIGRATE} == set(COMMANDS)


@pytest.mark.parametrize(("wrong", "says"), [
    ("/aprove", "Did you mean `/approve`?"),
    ("/object", "Say why"),
    ("/approve nothing", "This pull request changes no contract of that name. It changes: `order`."),
    ("/condition done 7", "There is no condition 7"),
    ("/condition add x by 2001-01-01", "That date is past"),
    ("/hold x until 2001-01-01", "That date is past"),
    ("/unhold", ""),
])  # fmt: skip
def test_what_cannot_be_done_is_answered_once_with_what_to_do(tmp_path: Path, wrong: str, says: str) -> None:
    with talk(tmp_path, config=OWNED) as here:
        comment = here.say("carl", wrong)
        if says:
            assert reactions(comment) == ["eyes", "-1"]
            assert says in here.answers[0]
        here.on.look(here.pull)
        assert len(here.answers) == bool(says)
