"""The go-live as an entry of a calendar (RFC 5545), in a message or in a feed.

The UID names the release and its recipient and never changes; SEQUENCE counts seconds, so that it rises with every
later word (RFC 5546 §2.1.4), whoever writes it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from icalendar import Calendar, Event, vCalAddress, vText

from notices.escape import line
from rules.clock import utc

_PRODUCT = "-//Concordat//Notices//EN"
_START = datetime(2025, 1, 1, tzinfo=UTC)
_LASTS = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Entry:
    """One go-live as a recipient's calendar has it: `written` is when this word about it was due."""

    thread: str
    recipient: str
    facts: Mapping[str, str]
    written: datetime
    cancelled: bool = False
    attendees: tuple[str, ...] = ()


def invitation(entry: Entry, organizer: str, host: str) -> tuple[str, bytes]:
    """Write the file that comes with a message, and its method: REQUEST, or CANCEL (RFC 5546 §3.2)."""
    method = "CANCEL" if entry.cancelled else "REQUEST"
    return method, _calendar((entry,), organizer, host, method)


def feed(entries: Iterable[Entry], organizer: str, host: str) -> bytes:
    """Write a calendar that can be subscribed to; what was cancelled stays in it, and says so."""
    return _calendar(entries, organizer, host, "PUBLISH")


def _calendar(entries: Iterable[Entry], organizer: str, host: str, method: str) -> bytes:
    made = Calendar()
    made.add("prodid", _PRODUCT)
    made.add("version", "2.0")
    made.add("method", method)
    if method == "PUBLISH":
        made.add("x-wr-calname", "Contract releases")
        made.add("refresh-interval", timedelta(hours=6), parameters={"VALUE": "DURATION"})
    for one in entries:
        made.add_component(_event(one, organizer, host))
    content: bytes = made.to_ical()
    return content


def _event(entry: Entry, organizer: str, host: str) -> Event:
    facts, live = entry.facts, utc(datetime.fromisoformat(entry.facts["go_live"]))
    event = Event()
    event.add("uid", f"{entry.thread}/{entry.recipient}@{host}".replace(" ", "-"))
    event.add("sequence", max(0, int((utc(entry.written) - _START).total_seconds())))
    event.add("dtstamp", utc(entry.written))
    event.add("dtstart", live)
    event.add("dtend", live + _LASTS)
    event.add("summary", line(f"{facts['contract']} {facts['version']} goes live", 150))
    event.add("description", line(_describes(facts), 500))
    event.add("status", "CANCELLED" if entry.cancelled else "CONFIRMED")
    event.add("transp", "TRANSPARENT")
    address = vCalAddress(f"MAILTO:{organizer}")
    address.params["cn"] = vText("Concordat")
    event.add("organizer", address)
    for one in entry.attendees:
        # A request is to somebody (RFC 5546 §3.2.2); nobody is asked to answer it.
        invited = vCalAddress(f"MAILTO:{one}")
        invited.params["rsvp"] = vText("FALSE")
        event.add("attendee", invited)
    if facts.get("issue_url", "").startswith("https://"):
        event.add("url", facts["issue_url"])
    return event


def _describes(facts: Mapping[str, str]) -> str:
    return f"Version {facts['version']} of the contract {facts['contract']} ({facts.get('class', '')}) goes live."
