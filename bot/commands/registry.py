"""Every slash command: one row each. Help, docs/commands.md and the permission tests are made from this table."""

from __future__ import annotations

from difflib import get_close_matches

from bot.commands import arguments as read
from bot.commands import handlers as do
from bot.commands import migrations, releases
from bot.commands.authority import MOST_NAMED, Authority, authority, may, who_may
from bot.commands.values import Berth, Command, Dock, NotYoursError, Outcome, Refused, Scene, Seat, Written

COMMANDS: dict[str, Command] = {
    one.name: one
    for one in (
        Command(
            "approve", "/approve [CONTRACT…] [if CONDITION…]",
            "Say yes: for the contracts named, or for all of the pull request that you own; with conditions to be met "
            "before the merge.",
            ("/approve", "/approve orders", '/approve if "fix the 47 records" "run on staging"'),
            "owner", read.names_if, do.approve,
        ),
        Command(
            "object", "/object REASON",
            "Say no. It blocks, with its reason shown, until you withdraw it or a maintainer waives it.",
            ("/object the dialer still reads owner_phone",), "owner", read.reason, do.object_,
        ),
        Command(
            "withdraw", "/withdraw", "Take your own approvals and objections back.", ("/withdraw",), "anyone",
            read.nothing, do.withdraw,
        ),
        Command(
            "reject", "/reject REASON", "End the review of these documents; other documents start a new one.",
            ("/reject we agreed to keep the field until June",), "maintainer", read.reason, do.reject,
        ),
        Command(
            "condition",
            "/condition add TEXT [before merge|migration] [for @LOGIN] [by DATE] · done NUMBER · drop NUMBER",
            "Ask for something to be done first; say that it is done (its assignee may, too); ask for it no longer.",
            ('/condition add "fix the 47 records" before migration for @sarah by 2026-12-01', "/condition done 1"),
            "anyone", read.condition, do.condition,
        ),
        Command(
            "hold", "/hold REASON [until DATE]", "Stop the clock: until a date, or for seven days.",
            ("/hold the data team is away until 2026-12-01",), "owner", read.hold, do.hold,
        ),
        Command("unhold", "/unhold", "Let the clock run again.", ("/unhold",), "owner", read.nothing, do.unhold),
        Command(
            "meeting", "/meeting DATE [LINK] · held [DATE]",
            "Plan the pre-review meeting of a major change; confirm afterwards that it was held.",
            ("/meeting 2026-12-01T10:00 https://meet.example.com/crm", "/meeting held"),
            "maintainer", read.meeting, do.meeting,
        ),
        Command(
            "waive", "/waive RULE REASON", "Let a to-do be, by its code, or the objections (`objection`); on record.",
            ("/waive change_log_missing it follows with the release",), "maintainer", read.rule_reason, do.waive,
        ),
        Command(
            "override", "/override VERDICT REASON",
            "Put your verdict in the place of the engine's, for these documents, visibly.",
            ("/override MINOR nobody sends the old form any more",), "maintainer", read.verdict_reason, do.override,
        ),
        Command(
            "emergency", "/emergency INCIDENT-LINK",
            "Declare a critical fix: a release owner approves it within an hour.",
            ("/emergency https://status.example.com/incidents/7",), "release owner", read.link, do.emergency,
        ),
        Command(
            "release", "/release VERSION DATE [phase DATE SCOPE]…",
            "Announce the release of the change to its partners, or move it to another day; with the days and scopes "
            "of the steps that it rolls out in.",
            ("/release 2.0.0 2027-01-20", '/release 2.0 2027-01-20 phase 2027-02-10 "probate and tax lien"'),
            "release owner", read.release, releases.release,
        ),
        Command(
            "go", "/go", "Decide that the release goes live on its day.", ("/go",), "release owner", read.nothing,
            releases.go,
        ),
        Command(
            "no-go", "/no-go REASON", "Decide that it does not; it waits for another decision or another day.",
            ("/no-go the CRM still reads owner_phone",), "release owner", read.reason, releases.no_go,
        ),
        Command(
            "postpone", "/postpone DATE REASON", "Move the release to a later day; every partner is told why.",
            ("/postpone 2027-02-10 a critical partner is not ready",), "release owner", read.date_reason,
            releases.postpone,
        ),
        Command(
            "cancel", "/cancel REASON", "End the release before it goes live; every partner is told.",
            ("/cancel the field stays after all",), "release owner", read.reason, releases.cancel,
        ),
        Command(
            "rollback", "/rollback REASON",
            "Return to the version before; every partner is told within 1 hour, and hears of it until it is resolved.",
            ("/rollback orders are lost since 10:20",), "release owner", read.reason, releases.rollback,
        ),
        Command(
            "migrate", "/migrate TASK [DATE] [CONTRACT] [exclude|accept]",
            "Test, start, pause, resume, abort, reschedule (to a DATE) or rollback the migration of the change. "
            "`resume exclude` leaves rows that fail in a side table; `rollback accept` does so with rows that the old "
            "version cannot say.",
            ("/migrate test", "/migrate reschedule 2026-12-01T02:00", "/migrate resume exclude", "/migrate rollback"),
            "maintainer", migrations.read, migrations.migrate,
        ),
        Command(
            "recheck", "/recheck", "Read everything again and judge it anew.", ("/recheck",), "anyone", read.nothing,
            do.intent("recheck"),
        ),
        Command(
            "status", "/status", "Say where the review stands and whose answer is awaited.", ("/status",), "anyone",
            read.nothing, do.intent("status"),
        ),
        Command(
            "explain", "/explain POINTER|RULE", "Explain a finding or a rule: its input and its result.",
            ("/explain /properties/amount", "/explain bump_too_small"), "anyone", read.subject, do.intent("explain"),
        ),
        Command("help", "/help", "List the commands.", ("/help",), "anyone", read.nothing, do.intent("help")),
    )
}  # fmt: skip
"""The commands in the order in which people read them."""

FOREIGN = frozenset({"assign", "close", "label", "lgtm", "merge", "ok-to-test", "reopen", "retest", "test", "unassign"})
"""Words that other bots answer to; nothing is said of them."""


def run(written: Written, scene: Scene) -> Outcome | None:
    """Carry one command out, as far as facts and intents go; `None` for a word that is plainly meant for others."""
    command = COMMANDS.get(written.name)
    if command is None:
        return _unknown(written.name)
    try:
        zone = next((one.contract.policy.zone for one in _places(scene)), "UTC")
        found = command.read(written.rest, zone)
        _allowed(command, scene)
        return command.handle(found, scene, written)
    except NotYoursError as refusal:
        return Outcome(done=False, says=f"`/{command.name}`: {refusal}")
    except Refused as refusal:
        return Outcome(done=False, says=f"`/{command.name}`: {refusal} Usage: `{command.usage}`.")


def _allowed(command: Command, scene: Scene) -> None:
    held = [do.held_in(one, scene) if isinstance(one, Seat) else _authority(one, scene) for one in _places(scene)]
    if command.role != "anyone" and not any(may(one, command.role) for one in held):
        who = who_may(command.role, [one.contract for one in _places(scene)])
        raise NotYoursError(
            f"This is for the {command.role} of a contract that the pull request changes{who}.{_untold(command, scene)}"
        )


def _untold(command: Command, scene: Scene) -> str:
    """Say what may be wrong where it is not the person: GitHub may keep from the App who is in a team."""
    if not scene.person.untold or command.role != "owner":
        return ""
    teams = ", ".join(f"`{one}`" for one in sorted(scene.person.untold)[:MOST_NAMED])
    return (
        f" GitHub does not tell Concordat who is in {teams}, so nobody counts as a member: whoever runs the App gives "
        "it the permission to read the members of the organisation; `concordat doctor` names the page."
    )


def _authority(berth: Berth | Dock, scene: Scene) -> Authority:
    return authority(scene.person, berth.contract, author=scene.author)


def _places(scene: Scene) -> tuple[Seat | Berth | Dock, ...]:
    return (*scene.seats, *scene.berths, *scene.docks)


def _unknown(name: str) -> Outcome | None:
    if name in FOREIGN:
        return None
    meant = near(name)
    hint = f"Did you mean `/{meant}`? " if meant else ""
    return Outcome(done=False, says=f"There is no command `/{name}`. {hint}`/help` lists them all.")


def near(name: str) -> str | None:
    """Give the command that a word may have been meant for; `None` where it is like none."""
    return next(iter(get_close_matches(name, COMMANDS, n=1, cutoff=0.6)), None)


def table() -> str:
    """Write the commands as a Markdown table, for `/help` and the docs page."""
    rows = [f"| `{one.usage.replace('|', chr(92) + '|')}` | {one.summary} | {one.role} |" for one in COMMANDS.values()]
    return "\n".join(["| command | what it does | who may |", "| --- | --- | --- |", *rows])


def page() -> str:
    """Write docs/commands.md."""
    examples = "\n".join(f"- `{example}`" for one in COMMANDS.values() for example in one.examples)
    return _PAGE.format(table=table(), examples=examples)


_PAGE = """\
# Commands

Written from the table in `bot/commands/registry.py`; a test keeps the two equal. GitHub's reviews count too: approving
is `/approve`, requesting changes is `/object` with the review's text; a review that only comments decides nothing, and
is an answer where one was overdue. So do the buttons of the check.

{table}

A command stands at the start of a line of a comment on the pull request, not in code, quotes, lists or HTML. Several
may stand in one comment. Arguments are split as in a shell: quotes keep words together. Dates are `2026-12-01`, which
is the first moment of that day in the contract's zone, or `2026-12-01T10:00`.

Concordat reacts with 👀 once it has heard, then with 👍 if everything was done and with 👎 if something was not; then
an answer says why. An unknown command is answered once, words of other bots never. Bots are not listened to.

A command counts as it was created, with the text that it then had: editing or deleting the comment later takes nothing
back (`/withdraw` does), and a command that somebody edits into a comment is kept on record and never carried out.
Authority is asked of GitHub at the moment of execution, by user id. A maintainer is whoever has the permission maintain
or admin, or is listed. Nobody approves a change that they opened or pushed to. An approval belongs to the documents
that Concordat's comment showed, and returns with them.

Once the pull request is merged or closed its review is over: `/migrate`, the commands of a release and the conditions
of a migration are carried out still, and whatever else is said is answered with what came of the review.

`withdraw` takes back one's own words only; `condition` is for owners, and `done` for whoever it is assigned to as well.

## Examples

{examples}
"""
