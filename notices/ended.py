"""What is answered on a pull request that is merged or closed: its review is over, and this is what still runs."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass

from notices.escape import prose
from notices.migration import headline
from notices.standing import AWAITING, WHILE_OPEN
from notices.words import listed
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
    """Give our comment as it is left behind: what came of the review in place of what comes next; once.

    What was asked of people while it was open goes; what was not done by then is still named.
    """
    lines = body.replace("\r\n", "\n").split("\n")
    if not any(line.startswith(_AHEAD) for line in lines):
        return body
    how = "Merged" if ending.merged else "Closed"
    told = " ".join(("The review is over.", *_came(ending), _next(ending)))
    first = next(number for number, line in enumerate(lines) if line.startswith(_AHEAD))
    lines[first] = f"**{how}.** {prose(told, 2_000)}"
    left = (line for line in _without(_HEADED, lines) if not line.startswith(_AHEAD))
    return "\n".join(_settled(line, ending) for line in left if not _was_asked(line))


_HEADED = re.compile(r"#{3,4} Review")
_UNDONE = re.compile(r"(#{3,4}) To do( about the configuration)?")
_FILL_IN = re.compile(r" \[Fill it in\]\(\S*\)\.$")
_UNMET = re.compile(r"(- Condition \d+: before the merge, .*) Say `/condition done \d+` once it is met\.")
_ROW = re.compile(r"(\| (`+)(.*?)\2 \| .*?(?<!\\) \| ).* \|")


def _was_asked(line: str) -> bool:
    """Say whether a line of the review has nothing to say any more, now that it is over."""
    return line.startswith("- ") and (line[2:].startswith(WHILE_OPEN) or line.endswith(AWAITING))


def _without(heading: re.Pattern[str], lines: list[str]) -> Iterator[str]:
    """Leave a heading out that nothing is left beneath."""
    for number, line in enumerate(lines):
        below = itertools.takewhile(lambda one: not one.startswith(_NEW_PART), lines[number + 1 :])
        if heading.fullmatch(line) and all(not one.strip() or _was_asked(one) for one in below):
            continue
        yield line


_NEW_PART = ("#", "<details>", "[The full report]")


def _settled(line: str, ending: Ending) -> str:
    """Say of what was still to do that it was not done, and in the table of contracts how each review ended."""
    if (found := _UNDONE.fullmatch(line)) is not None:
        when = "merged" if ending.merged else "closed"
        return f"{found[1]} Not done when it was {when}{found[2] or ''}"
    if line == "| contract | verdict | next |":
        return "| contract | verdict | how its review ended |"
    row = _ROW.fullmatch(line)
    if row is not None and (end := next((one for one in ending.reviews if one.contract == row[3]), None)) is not None:
        return f"{row[1]}{prose(_how(end, merged=ending.merged), 240)} |"
    line = _UNMET.sub(r"\1", line)
    return _FILL_IN.sub("", line).replace("- [ ] ", "- ", 1) if line.startswith("- [ ] ") else line


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
