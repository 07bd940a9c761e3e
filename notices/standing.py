"""What is said of a review: who has agreed to what and when, who is awaited until when, what stands in the way.

Sentences of ours; what people wrote in them is made harmless by whatever shows them.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from notices.words import (
    HOW,
    MAX_NAMED,
    approver,
    enforcement,
    instant,
    listed,
    review_time,
    silence,
)
from rules.contract import Contract
from rules.review import Approval, Link, Review
from rules.review_events import Fact
from rules.review_events import instant as parsed
from rules.review_ledger import Condition, Ledger, Objection
from rules.review_time import audience
from rules.verdict import Verdict

WHILE_OPEN = (
    "Must approve:", "Until ", "The review time ended on", "The clock stands still:", "Answer with ",
    "The contract is in the stage", "Held by ",
)  # fmt: skip
"""How those lines of a review begin that say something only as long as the review is open."""
AWAITING = ("answer anew.", "an answer is needed anew.", "then tell them.")
"""How those end that ask somebody to answer it."""
MAX_QUOTED = 300
"""Characters of a reason that are quoted."""


def review_lines(review: Review, now: datetime | None) -> list[str]:
    """Say who agreed, who is awaited until when, what blocks or is still to be met, and what the check makes of it."""
    contract, ledger = review.assessment.change.contract, review.ledger
    lines = [*_chain(review), *_not_counted(review), *_unreached(review)]
    if ledger is not None and review.needs:
        lines += [_line(*one) for one in on_record(ledger, contract, now)]
    lines += [*_declared(review), *_clock(review)]
    if review.awaited and review.state in ("pending", "blocked"):
        lines.append(HOW)
    if review.state in ("pending", "blocked", "rejected"):
        lines.append(enforcement(contract, now))
    return lines


def _declared(review: Review) -> Iterator[str]:
    """Say why a change is reviewed as more than a maintainer's verdict."""
    override = None if review.ledger is None else review.ledger.override
    bump = review.assessment.versions.bump
    if override is not None and bump is not None and review.grade is bump and bump > override[0]:
        yield (
            f"It is reviewed as {bump.name} all the same, because the version declares that: "
            f"{review.assessment.versions.old} to {review.assessment.versions.new}."
        )


def _line(name: str, said: str) -> str:
    joint = "" if name.startswith(("Objection", "Held")) else ":"
    return f"{name}{joint} {said}" + ("" if said.endswith(("”", ".")) else ".")


def _chain(review: Review) -> Iterator[str]:
    if review.state == "rejected":
        return
    if not review.needs and review.state in ("pending", "blocked") and review.grade >= Verdict.MINOR:
        yield "Must approve: nobody is named."
    for link in review.chain[:MAX_NAMED]:
        yield _link(link, review)
    if len(review.chain) > MAX_NAMED:
        yield f"Must approve: {len(review.chain) - MAX_NAMED} more; the configuration names them."


def _link(link: Link, review: Review) -> str:
    if not link.given:
        if review.approved_by == "silence":
            return f"Did not answer, and agreed by that: {approver(link.needed)}."
        return f"Must approve: {approver(link.needed)}."
    contract = review.assessment.change.contract
    who = listed([f"`{one.login}` on {instant(one.at, contract)}" for one in link.given[:MAX_NAMED]])
    return f"Approved for {_plain(link.needed)}: by {who}."


def _not_counted(review: Review) -> Iterator[str]:
    """Say whose yes was to something else than what stands here, where an answer is still awaited."""
    ledger, contract = review.ledger, review.assessment.change.contract
    if ledger is None or not review.awaited or review.state == "rejected":
        return
    for one in ledger.approvals:
        if one.login and one.grade < review.grade:
            yield (
                f"`{one.login}` approved it on {instant(one.at, contract)} when it was {one.grade.name}. "
                f"It is {review.grade.name} now: an answer is needed anew."
            )
    elsewhere: dict[int | None, Fact] = {}
    for fact in ledger.log:
        if fact.kind == "review.approved" and fact.body.get("digest") != ledger.digest:
            elsewhere[fact.actor_id] = fact
        elif fact.kind in ("review.withdrawn", "review.objected", "review.approved"):
            elsewhere.pop(fact.actor_id, None)
    counted = {one.actor for one in ledger.approvals}
    for fact in [one for who, one in elsewhere.items() if who not in counted][-MAX_NAMED:]:
        yield (
            f"`{fact.body.get('login', '')}` approved other documents on {instant(fact.source_time, contract)}, before "
            "the last changes; that does not count for these: look at what changed, and answer anew."
        )


def _unreached(review: Review) -> Iterator[str]:
    """Say whom nothing could tell of the review, and what to do about it."""
    ledger, contract = review.ledger, review.assessment.change.contract
    mine = () if ledger is None else [one for one in ledger.log if one.body.get("digest") == ledger.digest]
    told = {
        kind: {one.body.get("audience") for one in mine if one.kind == kind}
        for kind in ("review.noticed", "review.unnoticed")
    }
    for needed in review.awaited:
        if audience(needed) in told["review.unnoticed"] - told["review.noticed"]:
            place = contract.source if contract.line is None else f"{contract.source}:{contract.line}"
            yield (
                f"{_plain(needed).capitalize()} could not be told: GitHub could not ask them for a review, and no "
                f"other way reached them. Look whether `owners` of `{contract.name}` in `{place}` names them rightly, "
                "and whether they may read this repository; then tell them."
            )


def _plain(needed: Approval) -> str:
    return needed.name if needed.kind == "role" else f"{needed.kind} `{needed.name}`"


def on_record(ledger: Ledger, contract: Contract, now: datetime | None) -> Iterator[tuple[str, str]]:
    """Yield what people put on record: what it is, and what is said of it, with its reason."""
    if ledger.rejected is not None:
        yield "Rejected by a maintainer", f"{_by(ledger, 'review.rejected')}{quoted(ledger.rejected)}"
    if ledger.emergency is not None:
        at, incident = ledger.emergency
        yield "Critical fix", f"since {instant(at, contract)}, for the incident {quoted(incident)}"
    for one in ledger.objections:
        yield f"Objection of `{one.login}`", _objection(one, contract)
    for condition in sorted(ledger.conditions, key=lambda one: one.number):
        yield f"Condition {condition.number}", _condition(condition, contract)
    if ledger.override is not None:
        said, instead_of = ledger.override
        yield (
            "Overridden by a maintainer",
            f"{said.name} in place of {instead_of.name}{_why(ledger, 'review.overridden')}",
        )
    for rule in sorted(ledger.waived):
        yield "Waived by a maintainer", f"`{rule}`{_why(ledger, 'review.waived', rule)}"
    if ledger.meeting is not None:
        yield (
            "Pre-review meeting",
            f"{'held' if ledger.meeting_held else 'planned'}, {_moment(ledger.meeting, contract)}",
        )
    for hold in ledger.holds:
        if now is not None and hold.until > now:
            yield f"Held by `{hold.by}`", f"until {instant(hold.until, contract)}: {quoted(hold.reason)}"


def _given(ledger: Ledger, kind: str, rule: str = "") -> Fact | None:
    """Give the fact by which somebody put something on record for these documents, the last of several."""
    found = (
        one for one in reversed(ledger.log)
        if one.kind == kind and one.body.get("digest") == ledger.digest and one.body.get("rule", "") == rule
    )  # fmt: skip
    return next(found, None)


def _by(ledger: Ledger, kind: str) -> str:
    fact = _given(ledger, kind)
    return f"`{fact.body['login']}` says " if fact is not None and fact.body.get("login") else ""


def _why(ledger: Ledger, kind: str, rule: str = "") -> str:
    fact = _given(ledger, kind, rule)
    if fact is None or not fact.body.get("login"):
        return ""
    return f", by `{fact.body['login']}`: {quoted(str(fact.body.get('reason', '')))}"


def _objection(one: Objection, contract: Contract) -> str:
    when = instant(one.at, contract)
    if one.ended is not None:
        return f"on {when}, fallen on {instant(one.ended, contract)}"
    return f"on {when}: {quoted(one.reason)}"


def _condition(one: Condition, contract: Contract) -> str:
    who = f", to be done by `{one.assignee}`" if one.assignee else ""
    until = f" until {instant(one.until, contract)}" if one.until is not None else ""
    state = {"open": "still open", "done": "done", "dropped": "not asked for any more"}[one.state]
    text = f"before the {one.guards}, asked by `{one.by}`{who}{until} ({state}): {quoted(one.text)}"
    return f"{text} Say `/condition done {one.number}` once it is met" if one.state == "open" else text


def _moment(text: str, contract: Contract) -> str:
    found = parsed(text)
    return quoted(text) if found is None else instant(found, contract)


def _clock(review: Review) -> Iterator[str]:
    contract = review.assessment.change.contract
    if review.state == "approved":
        yield {
            "people": "Everybody who had to has approved.",
            "silence": "Nobody objected in time: approved by silence.",
        }.get(review.approved_by, "Approved.")
    elif review.deadline is not None and review.awaited and review.state != "rejected":
        begin = "The review time ended on" if review.overdue else "Until"
        yield f"{begin} {instant(review.deadline, contract)}{review_time(review)}. {silence(review)}".rstrip()
    if review.paused:
        yield f"The clock stands still: {review.paused}."


def quoted(text: str) -> str:
    """Quote what somebody wrote, on one line and not too long; whatever shows it escapes it."""
    line = " ".join(text.split())
    return f"“{line if len(line) <= MAX_QUOTED else line[: MAX_QUOTED - 1] + '…'}”"
