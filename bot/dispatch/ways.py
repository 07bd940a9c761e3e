"""Where an obligation can go: its channels in their order, with the addresses that it or the server knows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from bot.settings.channels import is_mail
from bot.store.values import Body, Obligation
from notices.notice import MissingFactError, entry_of

PATIENCE = timedelta(hours=4)
"""So long one channel is tried before the next one is."""
URGENT_PATIENCE = timedelta(minutes=20)
"""The same for what everybody has to have within the hour."""
CHANNELS = ("slack", "webhook", "email", "github")
SHOWN = "shown"
"""The way of what GitHub shows already: nothing is sent."""
_SHOWN = frozenset({"review.requested", "review.told"})
"""What GitHub's request for a review and the one comment on the pull request tell: no second comment says it again."""
_LIVE = "migration.progress"
"""A message that follows something: where it cannot be edited it is not sent, and GitHub shows the same."""
BULK, URGENT = "notice", "notice.urgent"
"""The pools of jobs: ten thousand notices never stand before one that has an hour."""


@dataclass(frozen=True, slots=True)
class Way:
    """One channel to a recipient, and how long it is tried before the next."""

    channel: str
    address: tuple[str, ...]
    after: timedelta = PATIENCE


def facts_of(payload: Body) -> dict[str, str]:
    """Give the facts of an obligation; of one that keeps them beside its other values, every text and number."""
    given = payload.get("facts", payload)
    found = {
        str(name): str(value) for name, value in given.items() if isinstance(value, str | int) and value is not None
    }
    if "pull" not in found and "number" in found:
        found["pull"] = found["number"]
    return found


def read_by(way: Way, facts: Mapping[str, str]) -> dict[str, str]:
    """Give the facts for who reads a channel.

    On GitHub that is everybody who sees the repository, and a personal link would be everybody's: there a partner's
    page is reached through sign-in, and where nobody can sign in the link is left out.
    """
    personal = {"readiness_url", "calendar_url"} if way.channel == "github" else {"member_url"}
    found = {name: value for name, value in facts.items() if name not in personal}
    elsewhere = way.channel == "github" and facts.get("readiness_url") and not facts.get("member_url")
    return found | ({"pageless": "yes"} if elsewhere else {})


def is_urgent(obligation: Obligation) -> bool:
    """Say whether it waits behind nothing else."""
    try:
        return entry_of(obligation.kind, facts_of(obligation.payload)).urgent
    except MissingFactError:
        return False


def ways(obligation: Obligation, contacts: Mapping[str, tuple[str, ...]]) -> tuple[Way, ...]:
    """List the channels to a recipient, in the order in which they are tried.

    `contacts` are those of teams and people, by name in lower case; `*` stands for whoever has none.
    """
    payload = obligation.payload
    found = tuple(_given(payload)) or tuple(_known(obligation, contacts))
    if not is_urgent(obligation):
        return found
    return tuple(Way(one.channel, one.address, min(one.after, URGENT_PATIENCE)) for one in found)


def _given(payload: Body) -> Iterator[Way]:
    """Read the addresses that stand in the obligation, as partners.yml has them."""
    if not payload.get("address"):
        return
    first = {"channel": payload.get("channel", ""), "address": payload["address"]}
    rest = [one for one in payload.get("fallback", ()) if isinstance(one, Mapping)]
    afters = [one.get("after_seconds", PATIENCE.total_seconds()) for one in rest]
    for one, after in zip((first, *rest), (*afters, PATIENCE.total_seconds()), strict=True):
        address = one.get("address", ())
        if one.get("channel") in CHANNELS and address:
            yield Way(str(one["channel"]), tuple(map(str, address)), timedelta(seconds=float(after)))


def _known(obligation: Obligation, contacts: Mapping[str, tuple[str, ...]]) -> Iterator[Way]:
    kind, _, name = obligation.recipient.partition(":")
    known = contacts.get(name.lower()) or contacts.get("*", ())
    live = obligation.kind == _LIVE
    channels = (one for one in _split(known) if one.channel == "slack" or not live)
    yield from sorted(channels, key=lambda one: one.channel != obligation.payload.get("channel", "slack"))
    mentioned = (name,) if kind in {"team", "user"} and name != "*" else ()
    yield Way(SHOWN if live or obligation.kind in _SHOWN else "github", mentioned)


def _split(known: Sequence[str]) -> Iterator[Way]:
    if rooms := tuple(one for one in known if not is_mail(one)):
        yield Way("slack", rooms[:1])
    if mails := tuple(one for one in known if is_mail(one)):
        yield Way("email", mails)


def lane(obligation: Obligation, first: Way | None) -> str:
    """Name what is done one after the other: one channel's messages, or one recipient's about one thing."""
    if first is not None and first.channel == "slack":
        return f"slack:{first.address[0]}"
    if first is not None and first.channel == "github":
        return f"notice:{obligation.stream}"  # the first may have to open the issue that all are written to
    return f"notice:{obligation.stream}:{obligation.recipient}"
