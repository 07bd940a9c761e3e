"""What is answered on a pull request that is merged or closed: its review is over, and this is what still runs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from notices.escape import prose
from notices.migration import headline
from notices.words import HOW, listed
from rules.migration_state import Migration
from rules.release_state import Release
from rules.review_ledger import Ledger
from rules.verdict import Verdict

_AHEAD = ("**Next:**", "**After that:**")
TELLING = frozenset({"status", "help", "explain"})
"""Commands that only ask; they are answered, and nothing of them is lost."""


@dataclass(frozen=True, slots=True)
class Closing:
    """How the review of one contract ended; `by` is "people", "silence" or nothing."""

    contract: str
    grade: Verdict
    by: str
    ledger: Ledger


@dataclass(frozen=True, slots=True)
class Ending:
    """A pull request that is not open any more, with what still runs for it."""

    merged: bool
    reviews: tuple[Closing, ...] = ()
    migrations: tuple[Migration, ...] = ()
    releases: tuple[Release, ...] = ()


def says(command: str, ending: Ending) -> str:
    """Answer a command about the review, in sentences: that it is over, what came of it, what can be done now."""
    how = "merged" if ending.merged else "closed without being merged"
    asks = command in TELLING
    lost = "" if asks else f" and `/{command}` does nothing any more"
    told = [f"This pull request is {how}, so its review is over{lost}.", *_came(ending)]
    if command == "explain":
        told.append("The report behind Concordat's comment stays as it last was, with each rule, its input and result.")
    if command == "help":
        told.append(f"Heard here: {listed(_heard(ending))}.")
    return " ".join([*told, _next(ending)])


def comment(body: str, ending: Ending) -> str:
    """Give our comment as it is left behind: what came of the review in place of what comes next; once."""
    lines = body.replace("\r\n", "\n").split("\n")
    if not any(line.startswith(_AHEAD) for line in lines):
        return body
    how = "Merged" if ending.merged else "Closed"
    told = " ".join(("The review is over.", *_came(ending), _next(ending)))
    first = next(number for number, line in enumerate(lines) if line.startswith(_AHEAD))
    lines[first] = f"**{how}.** {prose(told, 2_000)}"
    return "\n".join(line for line in lines if not line.startswith(_AHEAD) and line != f"- {prose(HOW, 2_000)}")


def _came(ending: Ending) -> Iterator[str]:
    for one in ending.reviews:
        yield f"`{one.contract}` ({one.grade.name}): {_how(one, merged=ending.merged)}."
        yield from (
            f"Condition {each.number} is to be met before the migration; say `/condition done {each.number}` here."
            for each in (one.ledger.pending("migration") if ending.migrations else ())
        )
    yield from (f"The migration of `{one.title}`: {headline(one)}." for one in ending.migrations)
    for release in ending.releases:
        where = f"; its commands are heard on issue #{release.issue}" if release.issue else ""
        yield f"Release {release.name} of `{release.contract}`: {release.state}, planned for {release.day}{where}."


def _how(one: Closing, *, merged: bool) -> str:
    if one.ledger.rejected is not None:
        return "rejected by a maintainer"
    if one.by == "silence":
        return "approved by silence, nobody objected in time"
    if one.by:
        names = [f"`{each.login}`" for each in one.ledger.approvals if each.login]
        return f"approved by {listed(names)}" if names else "approved"
    if one.grade < Verdict.MINOR:
        return "no approval was needed"
    return "merged without the approvals that it needed" if merged else "not approved"


def _heard(ending: Ending) -> list[str]:
    found = ["`/status`", "`/help`"]
    if ending.migrations:
        found += ["`/migrate`", "`/condition done NUMBER`", "`/condition drop NUMBER`"]
    return found


def _next(ending: Ending) -> str:
    if ending.merged:
        return "To change a contract again, or to take this back, open another pull request."
    return "Reopen it to go on with the review; then give the command again."
