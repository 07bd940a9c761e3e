"""What a violation owes whom, and when: Slack at once, mail where a critical one has no answer in four hours.

Pure. Detection is told within 15 minutes; a high one that is not remedied in its 24 hours is told once more.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from rules.clock import utc
from rules.contract import Contract
from rules.dual_read import Retired
from rules.obligations import ESCALATION, Fallback, Owed
from rules.partners import Book, Party, parties
from rules.violations import RESPONSES, Violation

WITHIN = timedelta(minutes=15)
"""So soon after it was reported a violation is on Slack."""

TOLD, TO_PARTNER, ESCALATED, OVERDUE = (
    "violation.reported", "violation.partner", "violation.escalated", "violation.overdue",
)  # fmt: skip
NOTICES = (TOLD, TO_PARTNER, ESCALATED, OVERDUE)


def response(one: Violation, retired: Retired | None) -> str:
    """Say what is to be done about a violation; for data of a retired version nothing is rolled back."""
    if retired is None:
        return RESPONSES[one.severity].does
    return (
        f"Roll nothing back: version {retired.version} was retired on {retired.since:%Y-%m-%d}, and new data of it is "
        f"refused; what is stored stays readable. Have whoever sends it move to {retired.by}."
    )


def owed(  # noqa: PLR0913, PLR0917 what is known of one violation
    stream: str, one: Violation, contract: Contract, book: Book, now: datetime, retired: Retired | None = None
) -> tuple[Owed, ...]:
    """List what is owed about a violation that is not resolved: to the owners, the release owners and the partner."""
    if one.resolved is not None:
        return ()
    facts = _facts(one, contract, retired)
    return tuple(sorted(_owed(stream, one, contract, book, utc(now), facts), key=lambda each: (each.due, each.key)))


def _owed(  # noqa: PLR0913, PLR0917 what is known of one violation
    stream: str, one: Violation, contract: Contract, book: Book, now: datetime, facts: dict[str, str]
) -> Iterator[Owed]:
    for who in responsible(contract):
        yield _to(TOLD, stream, one, who, one.first, now, facts)
        if one.severity == "critical" and one.answered is None:
            yield _to(ESCALATED, stream, one, who, one.first + ESCALATION, now, facts, channel="email")
        if one.severity == "high" and one.due is not None:
            yield _to(OVERDUE, stream, one, who, one.due, now, facts)
    for party in parties(contract, book):
        if party.name == one.report.party:
            yield _to_partner(stream, one, party, now, facts)


def responsible(contract: Contract) -> tuple[str, ...]:
    """List who is told: the owning teams (without one the people), and whoever may roll back."""
    named = contract.owners
    own = tuple(f"team:{name}" for name in named.teams) or tuple(f"user:{name}" for name in named.users)
    return (*own, *(f"user:{name}" for name in contract.release_owners)) or tuple(
        f"user:{name}" for name in contract.maintainers
    )


def _to(  # noqa: PLR0913, PLR0917 what makes an obligation
    kind: str, stream: str, one: Violation, who: str, due: datetime, now: datetime, facts: dict[str, str], *,
    channel: str = "slack",
) -> Owed:  # fmt: skip
    return Owed(f"{kind}/{stream}/{one.id}/{who}", kind, who, channel, due, now > due + WITHIN, facts)


def _to_partner(stream: str, one: Violation, party: Party, now: datetime, facts: dict[str, str]) -> Owed:
    profile = party.profile
    ways = [(each, profile.contacts.on(each)) for each in profile.channels]
    ways += [(each, profile.backup.on(each)) for each in profile.backup.channels]
    (channel, address), rest = (ways[0], ways[1:]) if ways else (("slack", ()), [])
    key = f"{TO_PARTNER}/{stream}/{one.id}/partner:{party.name}"
    more = {"party": party.title, "zone": profile.zone, "language": profile.language}
    fallback = tuple(Fallback(each, where, ESCALATION) for each, where in rest)
    late = now > one.first + WITHIN
    return Owed(key, TO_PARTNER, f"partner:{party.name}", channel, one.first, late, facts | more, address, fallback)


def _facts(one: Violation, contract: Contract, retired: Retired | None) -> dict[str, str]:
    report = one.report
    return {
        "contract": contract.name, "severity": one.severity, "critical": "yes" if one.severity == "critical" else "",
        "family": one.kind.family, "what": one.kind.title,
        "fields": ", ".join(f"`{each}`" for each in report.fields), "found_by": report.text, "party": report.party,
        "schema_version": report.version, "does": response(one, retired),
        "instead": "" if retired is None else retired.by,
        "retired": "" if retired is None else f"{retired.since:%Y-%m-%d}", "first": one.first.isoformat(),
        "until": one.due.isoformat() if one.due is not None and one.severity == "high" else "",
        "zone": contract.policy.zone,
    }  # fmt: skip
