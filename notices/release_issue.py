"""The issue of a release: where it stands, what is next, its plan, its partners; and the issues that follow from it.

Nothing in it depends on the moment at which it is written, so that it is rewritten only when something has changed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from markupsafe import Markup

from notices.environments import markdown
from notices.escape import code, fence, line, prose
from notices.links import link
from rules.clock import show
from rules.documents import Problem
from rules.partners import Party
from rules.release import NOTICE
from rules.release_plan import Schedule, both_until, decide_by, recommend, unreached
from rules.release_state import Blocker, Release, State

MAX_TITLE = 200


@dataclass(frozen=True, slots=True)
class Page:
    """What the issue is made of; `known` is false where partners.yml cannot be used."""

    stream: str
    release: Release
    found: Schedule
    parties: tuple[Party, ...] = ()
    problems: tuple[Problem, ...] = ()
    board: str = ""
    known: bool = True


@dataclass(frozen=True, slots=True)
class Row:
    """One partner in the table."""

    title: str
    weight: str
    told: str
    ready: str


def marker(stream: str, what: str = "release", about: str = "") -> str:
    """Give the first line of an issue of ours, by which it is known again."""
    return f"<!-- concordat:{what} {stream}{f' {about}' if about else ''} -->"


def title(release: Release) -> str:
    """Name the release's issue; the state stands in it, for lists."""
    return line(f"Release of {release.contract} {release.name}: {_STATES[release.state]}", MAX_TITLE)


_STATES: dict[State, str] = {
    "announced": "announced", "go": "go", "no-go": "no-go", "live": "live", "cancelled": "cancelled",
    "rolled back": "rolled back",
}  # fmt: skip


def render(page: Page) -> str:
    """Write the issue, marker first."""
    release, found = page.release, page.found
    place = release.terms.place
    return markdown().get_template("comments/release.md.j2").render(
        marker=Markup(marker(page.stream)),  # noqa: S704 ids and names of ours
        headline=headline(release, found),
        next=following(release, found),
        says=release.says,
        milestones=found.milestones,
        phases=found.phases if len(found.phases) > 1 else (),
        reason=found.first.bounds[0].sentence if found.first and release.open else "",
        rows=list(rows(page)),
        blockers=release.blocking,
        advice=recommend(release, page.parties) if release.open and page.known else None,
        problems=page.problems,
        board=link(page.board) if page.board else None,
        show=lambda at: show(at, place),
    ).strip() + "\n"  # fmt: skip


def headline(release: Release, found: Schedule) -> str:
    """Say in one sentence where the release stands."""
    what = f"{release.contract} {release.name} ({NOTICE[release.terms.kind].title})"
    when = show(found.go_live, release.terms.place)
    match release.state:
        case "announced":
            return f"{what} goes live {when}."
        case "go":
            return f"Go: {what} goes live {when}."
        case "no-go":
            return f"No-go: {what} does not go live until it is decided again."
        case "live":
            last = max(release.lived.values())
            return f"{what} is live since {show(last, release.terms.place)}."
        case "cancelled":
            return f"{what} is cancelled and does not go live."
        case _:
            return f"{what} is rolled back; the version before is in force."


def following(release: Release, found: Schedule) -> str:
    """Say what is to be done next, by whom and until when."""
    place = release.terms.place
    if release.state == "cancelled":
        return "Nothing. A new `/release VERSION DATE` on the pull request announces it again."
    if release.state == "rolled back":
        revert = release.follow_ups.get("revert", 0)
        merge = f"Merge the revert (#{revert})" if revert else f"Revert pull request #{release.pull}"
        done = "Nothing more." if release.resolved else f"{merge}, write down the root cause in its issue."
        return f"{done} A new `/release VERSION DATE` announces the revised timeline."
    if release.state == "live":
        end = both_until(release, release.phases)
        both = f" Both versions are read until {show(end, place)}: nobody takes the one before away." if end else ""
        return f"Both sides go through the verification after go-live and sign it.{both}"
    if release.needs_go and release.state != "go":
        return f"A release owner decides `/go` or `/no-go REASON` by {show(decide_by(release, found), place)}."
    if not release.merged:
        return (
            f"Pull request #{release.pull} is merged before {show(found.go_live, place)}; without it nothing goes live."
        )
    return f"It goes live by itself at {show(found.go_live, place)}."


def rows(page: Page) -> Iterator[Row]:
    """Make a row of each partner: whether they were told, and what they have answered."""
    release = page.release
    for party in page.parties:
        reached = release.reached.get(party.name)
        told = f"{reached:%Y-%m-%d}" if reached else "not reached" if unreached(release, party) else "under way"
        answer = release.answer(party.name)
        ready = {True: "ready", False: "**not ready**", None: "no answer"}[answer.ready]
        yield Row(party.title, party.profile.criticality, told, Markup(ready))  # noqa: S704 words of ours


def blocker(page: Page, one: Blocker, issue: int) -> tuple[str, str]:
    """Write the issue of a blocking problem that a partner reports: title and text."""
    release = page.release
    named = line(f"Blocker ({one.severity}): {one.party}, {release.contract} {release.name}", MAX_TITLE)
    live = show(page.found.go_live, release.terms.place)
    postpone = " and the recommendation is to postpone" if one.severity == "critical" else ""
    body = f"""\
{marker(page.stream, "blocker", one.id)}

{code(one.party)} reports a {one.severity} problem that keeps them from going along with {code(release.contract)} \
{prose(release.name)}, which goes live {live} (#{issue}).

{fence(one.text, "text")}

**Next:** solve it with them and close this issue; while it is open, the release waits for a decision{postpone}.
"""
    return named, body


def revert(page: Page, issue: int) -> tuple[str, str]:
    """Write the pull request that takes a rolled-back change out again: title and text."""
    release = page.release
    named = line(f"Revert #{release.pull}: {release.contract} {release.name} is rolled back", MAX_TITLE)
    reason = release.ended.reason if release.ended else ""
    body = f"""\
{marker(page.stream, "revert", str(release.round))}

{code(release.contract)} {prose(release.name)} was rolled back (#{issue}). This puts every file that #{release.pull} \
changed back to what it held before. The reason given:

{fence(reason, "text")}

**Next:** see that the version before works with the data written since, and merge this now: until then the branch \
says what is not in force.
"""
    return named, body


def root_cause(page: Page, issue: int) -> tuple[str, str]:
    """Write the issue of the root cause analysis that follows a rollback: title and text."""
    release = page.release
    ended = release.ended
    reason = ended.reason if ended else ""
    at = show(ended.at, release.terms.place) if ended else ""
    named = line(f"Root cause: rollback of {release.contract} {release.name}", MAX_TITLE)
    body = f"""\
{marker(page.stream, "root-cause", str(release.round))}

{code(release.contract)} {prose(release.name)} was rolled back at {at} (#{issue}). The reason given:

{fence(reason, "text")}

**Next:** fill this in and close the issue; partners hear of the state every four hours until then.

- [ ] The pull request that reverts #{release.pull} is merged. Concordat opens it at once, unless somebody has changed
      the same files since; then the button "Revert" on its page begins one.
- [ ] What happened, and when it was noticed:
- [ ] Why it happened:
- [ ] Why it was not noticed before go-live:
- [ ] What is changed so that it does not happen again (a test, a check, a step of the plan):
- [ ] The revised timeline is announced with `/release VERSION DATE` on the pull request that makes the change again.
"""
    return named, body
