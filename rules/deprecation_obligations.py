"""What a deprecation owes whom, and when: a warning 30, 14, 7 and 1 days before the removal date, each once.

Pure. A key names field, date, days and recipient, so that nothing is owed twice and a later removal date is another
promise. What comes after the removal date is an issue, not a warning.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

from rules.clock import utc
from rules.contract import Contract
from rules.obligations import ESCALATION, Fallback, Owed
from rules.partners import Book, Party, parties
from rules.register import WARNINGS, Entry

TO_PARTNERS, TO_OWNERS = "deprecation.warning", "deprecation.due"
KINDS = (TO_PARTNERS, TO_OWNERS)


def warnings(stream: str, entry: Entry, book: Book, now: datetime) -> tuple[Owed, ...]:
    """List the warnings that are owed about a field, in the order of their moments; `stream` is where they are kept.

    A warning is due when its day begins (UTC), a partner's before their quiet hours. Of those whose day has come only
    the last is owed: who was away for a week is told once how many days are left.
    """
    found = _of(stream, entry, book, utc(now))
    return tuple(sorted(found, key=lambda one: (one.due, one.key)))


def _of(stream: str, entry: Entry, book: Book, now: datetime) -> Iterator[Owed]:
    if entry.earliest is None or entry.days_left is None or entry.days_left <= 0:
        return
    come = [days for days in WARNINGS if entry.days_left <= days]
    for days in (*come[-1:], *(days for days in WARNINGS if days < entry.days_left)):
        due = datetime.combine(entry.earliest - timedelta(days=days), time(), UTC)
        facts = _facts(entry, min(days, entry.days_left))
        for who in owners(entry.contract):
            key = _key(TO_OWNERS, stream, entry, days, who)
            yield Owed(key, TO_OWNERS, who, "slack", due, now > due + timedelta(days=1), facts)
        for party in parties(entry.contract, book):
            yield _to_partner(_key(TO_PARTNERS, stream, entry, days, f"partner:{party.name}"), party, due, now, facts)


def _key(kind: str, stream: str, entry: Entry, days: int, who: str) -> str:
    return "/".join((kind, stream, entry.key, str(days), who))


def owners(contract: Contract) -> tuple[str, ...]:
    """List who is warned on the owning side: the teams, without one the people."""
    named = contract.owners
    return tuple(f"team:{name}" for name in named.teams) or tuple(f"user:{name}" for name in named.users)


def _to_partner(key: str, party: Party, due: datetime, now: datetime, facts: dict[str, str]) -> Owed:
    profile = party.profile
    ways = [(one, profile.contacts.on(one)) for one in profile.channels]
    ways += [(one, profile.backup.on(one)) for one in profile.backup.channels]
    # Without an address the server's own contacts count, and who has none there is told to the owners.
    (channel, address), rest = (ways[0], ways[1:]) if ways else (("slack", ()), [])
    at = profile.quiet.before(due, profile.zone) if profile.quiet else due
    more = {"party": party.title, "access": party.access, "zone": profile.zone, "language": profile.language}
    fallback = tuple(Fallback(one, where, ESCALATION) for one, where in rest)
    late = now > at + timedelta(days=1)
    return Owed(key, TO_PARTNERS, f"partner:{party.name}", channel, at, late, facts | more, address, fallback)


def _facts(entry: Entry, left: int) -> dict[str, str]:
    notice, policy = entry.notice, entry.contract.policy
    on = entry.earliest - timedelta(days=left) if entry.earliest else date.min
    return {
        "contract": entry.contract.name, "field": notice.field, "removal_date": str(entry.earliest),
        "left": f"{left} day{'' if left == 1 else 's'} from {on}", "since": str(notice.deprecated_on),
        "replacement": notice.replacement, "guide": notice.guide, "reason": notice.reason,
        "grace": str(policy.grace_days), "zone": policy.zone,
    }  # fmt: skip
