"""From the facts of an obligation to what its recipient reads, whatever the channel.

Facts are texts by name, as the rules give them: instants in ISO 8601, lists one item to a line. What people wrote is
among them; it goes through sentences as it is, and each channel's escape makes it harmless.
"""

from __future__ import annotations

import string
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, tzinfo

from notices.catalogue import CATALOGUE
from notices.catalogue_entry import Button, Entry, Line, Text
from notices.escape import line, shorten
from notices.words import zone as zone_of
from rules.clock import show, utc

MAX_NAMED = 60
"""So long a name may be in a subject."""
MAX_ITEMS = 30
"""So many items of a list are shown."""
INSTANTS = ("go_live", "decide_by", "by", "deadline", "meeting", "until", "first", "both_until")
_DERIVED = {"testing_by": -30, "testing_ends": -15, "verify_by": 1, "signed_by": 3}
"""Days after go-live, in the release's zone, of what a major release counts from it."""
_ACCESS = {"reads": "read", "writes": "write", "both": "read and write"}
_PLACES = {"pull": "Pull request", "issue": "Release issue", "blocker": "Issue of the problem",
           "root_cause": "Issue of the root cause", "package": "Documentation package",
           "readiness": "Your page: confirm, or report a problem",
           "member": "Your page: sign in with GitHub, as a member of your team",
           "board": "Board of the release",
           "report": "Verdict with its proof", "calendar": "Calendar of your go-lives, to subscribe to",
           "notice": "The deprecation notice in the contract", "run": "The run, live",
           "violation": "Issue of the violation", "records": "The failing records, after sign-in"}  # fmt: skip
_PATHS = {"pull": "pull", "issue": "issues", "blocker": "issues", "root_cause": "issues", "violation": "issues"}
_PERSONAL = frozenset({"readiness"})
_TYPES = {"MAJOR": "Major (breaking)", "MINOR": "Minor (backward-compatible)", "PATCH": "Patch (text only)"}
_EMERGENCY = {"release.announced": "release.emergency"}


class MissingFactError(LookupError):
    """A notice cannot be written, because its obligation does not carry a fact that its sentences need."""

    def __init__(self, kind: str, fact: str) -> None:
        super().__init__(f"the notice {kind} needs the fact {fact!r}, which its obligation does not have")


@dataclass(frozen=True, slots=True)
class Link:
    """A place to go to, with its name; a `personal` one is for its recipient alone."""

    label: str
    url: str
    personal: bool = False


@dataclass(frozen=True, slots=True)
class House:
    """What every notice of this server shares: where GitHub's pages are, and whom people ask (label, where)."""

    web_url: str = "https://github.com"
    contacts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Notice:
    """One message as its recipient reads it. Sentences are ours, with names between back-ticks; `lists` have titles."""

    kind: str
    subject: str
    says: str
    do: tuple[str, ...]
    by: str
    why: str
    details: tuple[tuple[str, str], ...] = ()
    lists: tuple[tuple[str, tuple[str, ...]], ...] = ()
    links: tuple[Link, ...] = ()
    contacts: tuple[tuple[str, str], ...] = ()
    buttons: tuple[Button, ...] = ()
    state: str = ""
    late: str = ""
    contractual: bool = True
    more: Mapping[str, int] = field(default_factory=dict)


def entry_of(kind: str, facts: Mapping[str, str]) -> Entry:
    """Find the row of a kind; a critical fix is announced as the emergency that it is. Raises `MissingFactError`."""
    if facts.get("class") == "critical fix":
        kind = _EMERGENCY.get(kind, kind)
    if kind not in CATALOGUE:
        raise MissingFactError(kind, "a row of the catalogue")
    return CATALOGUE[kind]


def make(kind: str, facts: Mapping[str, str], house: House, *, due: datetime | None = None) -> Notice:
    """Write a notice; `due` is given where it goes out late. Raises `MissingFactError`."""
    entry = entry_of(kind, facts)
    words = _words(facts)
    write = _Writer(kind, words)
    links = tuple(
        Link(_PLACES[name], url, name in _PERSONAL) for name in entry.links if (url := _url(name, facts, house))
    )
    shown = [(title, items) for title, fact in entry.lists if (items := _items(words, fact))]
    return Notice(
        kind=entry.kind,
        subject=_subject(entry, words),
        says=write.one(entry.says),
        do=tuple(write.all(entry.do)),
        by=next(write.all(entry.by)),
        why=write.one(entry.why),
        details=tuple((label, text) for label, sentence in entry.details if (text := write.maybe(sentence))),
        lists=tuple((title, items[:MAX_ITEMS]) for title, items in shown),
        links=links,
        contacts=house.contacts or _where_to_ask(links),
        buttons=tuple(_buttons(entry, facts, house)),
        state=f"{facts.get('version_of_state', '')}:{facts.get('obligation', '')}",
        late=_late(due, facts),
        contractual=entry.contractual,
        more={title: len(items) - MAX_ITEMS for title, items in shown if len(items) > MAX_ITEMS},
    )  # fmt: skip


def _subject(entry: Entry, words: Mapping[str, str]) -> str:
    return line(_Writer(entry.kind, _short(words)).one(entry.subject).replace("`", ""), 150)


def _message(facts: Mapping[str, str], words: Mapping[str, str]) -> str:
    """Name another message, of which this one speaks, as its reader knows it: by its subject."""
    kind = facts.get("notice", "")
    try:
        return f"“{_subject(entry_of(kind, facts), words)}” ({kind})"
    except MissingFactError:
        return kind


def _short(words: Mapping[str, str]) -> dict[str, str]:
    """Cut long names, so that a subject has room for what it is about."""
    return {name: shorten(word, MAX_NAMED) for name, word in words.items()}


def _buttons(entry: Entry, facts: Mapping[str, str], house: House) -> Iterator[Button]:
    """Draw the buttons: those that lead somewhere known, and those whose state and obligation a click can name."""
    for one in entry.buttons:
        if one.among and one.action not in facts.get(one.among, "").split():
            continue
        if one.opens:
            address = _url(one.opens, facts, house)
            if address:
                yield replace(one, opens=address)
        elif facts.get("version_of_state") and facts.get("obligation"):
            yield one


def _late(due: datetime | None, facts: Mapping[str, str]) -> str:
    place = zone_of(facts.get("zone", ""))
    return "" if due is None else f"This message should have reached you at {show(due, place)}."


def _where_to_ask(links: Iterable[Link]) -> tuple[tuple[str, str], ...]:
    place = next((one for one in links if one.label in (_PLACES["issue"], _PLACES["pull"])), None)
    return (("Questions and problems", place.url),) if place else ()


class _Writer(string.Formatter):
    """Fills sentences with facts."""

    def __init__(self, kind: str, words: Mapping[str, str]) -> None:
        self._kind = kind
        self._words = words

    def get_value(self, key: int | str, args: object, kwargs: object) -> str:
        del args, kwargs
        if not self._words.get(str(key)):
            raise MissingFactError(self._kind, str(key))
        return self._words[str(key)]

    def one(self, text: str) -> str:
        return self.vformat(text, (), {})

    def all(self, texts: Iterable[Text]) -> Iterator[str]:
        for text in texts:
            if isinstance(text, str):
                yield self.one(text)
            elif self._applies(text):
                yield self.one(text.text)

    def maybe(self, text: Text) -> str:
        """Write a detail, or nothing where one of its facts says nothing."""
        sentence = text if isinstance(text, str) else text.text
        named = [name for _, name, _, _ in self.parse(sentence) if name]
        applies = isinstance(text, str) or self._applies(text)
        return self.one(sentence) if applies and all(self._words.get(name) for name in named) else ""

    def _applies(self, text: Line) -> bool:
        said = bool(self._words.get(text.when.lstrip("!")))
        return not text.when or said is not text.when.startswith("!")


def _words(facts: Mapping[str, str]) -> dict[str, str]:
    """Make the facts readable: instants in UTC and the recipient's zone, and what follows from the go-live."""
    place = zone_of(facts.get("zone", ""))
    words = dict(facts)
    words |= {name: show(_instant(facts[name]), place) for name in INSTANTS if facts.get(name)}
    if facts.get("go_live"):
        live, home = _instant(facts["go_live"]), zone_of(facts.get("release_zone", ""))
        words["day"] = live.astimezone(home).date().isoformat()
        words |= {name: show(_days_from(live, home, days), place) for name, days in _DERIVED.items()}
    words["type"] = facts.get("type") or _TYPES.get(facts.get("grade", ""), "")
    words["sla"] = _review_sla(facts.get("sla", ""), words.get("deadline", ""))
    words["access"] = _ACCESS.get(facts.get("access", ""), "depend on")
    words["major"] = "yes" if facts.get("class") == "MAJOR" else ""
    words["message"] = _message(facts, words)
    return words


def _review_sla(agreed: str, deadline: str) -> str:
    """Write the time of a review as the governance protocol's template does; where none is agreed there is no line."""
    return f"{agreed}, due {deadline}" if agreed and deadline else f"due {deadline}" if deadline else ""


def _days_from(live: datetime, home: tzinfo, days: int) -> datetime:
    """Count calendar days in the release's zone, where every milestone has the go-live's own time of day."""
    return utc(live.astimezone(home) + timedelta(days=days))


def _instant(text: str) -> datetime:
    return utc(datetime.fromisoformat(text))


def _items(words: Mapping[str, str], fact: str) -> tuple[str, ...]:
    return tuple(one for one in words.get(fact, "").split("\n") if one.strip())


def _url(name: str, facts: Mapping[str, str], house: House) -> str:
    """Give the address of a place: as the facts say it, or made from the repository and a number."""
    given = facts.get(f"{name}_url", "")
    if given.startswith(("https://", "http://")):
        return given
    if name == "notice" and facts.get("notice_at") and facts.get("repository"):
        return f"{house.web_url}/{facts['repository']}/{facts['notice_at']}"
    path = _PATHS.get(name)
    number = facts.get(name, "")
    if path and number.isdigit() and facts.get("repository"):
        return f"{house.web_url}/{facts['repository']}/{path}/{number}"
    return ""
