"""`.github/partners.yml` read into values: who each partner is, how they are reached, and what they use.

That a partner depends on a contract, and whether they read or write it, stands in contracts.yml, because the verdict
follows it (docs/decisions/partners.md). The two files meet in `parties`. Every problem is reported at its line.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import islice
from typing import Literal
from zoneinfo import ZoneInfo

from rules import config_problems as say
from rules.clock import utc
from rules.config import ConfigError
from rules.contract import Access, Config, Contract
from rules.documents import Document, DocumentError, Problem, line_of, parse
from rules.jsontext import JsonValue
from rules.partners_schema import SCHEMA
from rules.pointer import join

__all__ = ["PARTNERS_PATHS", "SCHEMA", "Book", "Contacts", "Party", "Profile", "Quiet", "load", "parties"]

PARTNERS_PATHS = (".github/partners.yml", ".github/partners.yaml")
"""Where the file may stand; the first that exists counts."""

MAX_BYTES = 2 * 1024 * 1024

Criticality = Literal["critical", "high", "normal", "low"]
Channel = Literal["slack", "webhook", "email", "github"]

WEIGHT: dict[Criticality, int] = {"critical": 0, "high": 1, "normal": 2, "low": 3}
"""The order in which partners are listed."""
CHANNELS: tuple[Channel, ...] = ("slack", "webhook", "email", "github")
"""The order in which channels are tried where a partner prefers none."""

_LINKED = "in contracts.yml, under the `partners` of each contract, as `NAME: reads`"
_HOMES = dict.fromkeys(("contracts", "contract", "access", "reads", "writes", "both"), _LINKED)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Contacts:
    """Where one partner is reached; an empty text or tuple is a channel that they do not have."""

    email: tuple[str, ...] = ()
    slack: str = ""
    webhook: str = ""
    github: str = ""

    def on(self, channel: Channel) -> tuple[str, ...]:
        """List the addresses on a channel."""
        found = getattr(self, channel)
        return found if isinstance(found, tuple) else (found,) if found else ()

    @property
    def channels(self) -> tuple[Channel, ...]:
        """The channels that lead anywhere, in the order in which they are tried."""
        return tuple(one for one in CHANNELS if self.on(one))


@dataclass(frozen=True, slots=True)
class Quiet:
    """Local times between which a partner is left in peace; over midnight where the end is the earlier one."""

    start: time
    end: time

    def before(self, instant: datetime, zone: str) -> datetime:
        """Give the moment for a notice that is due at an instant: that moment, or the start of the quiet hours."""
        place = ZoneInfo(zone)
        local = instant.astimezone(place)
        if self.start == self.end or not self._holds(local.time()):
            return utc(instant)
        day = local.date() if local.time() >= self.start else local.date() - _DAY
        return min(utc(instant), utc(datetime.combine(day, self.start, place)))

    def _holds(self, at: time) -> bool:
        if self.start < self.end:
            return self.start <= at < self.end
        return at >= self.start or at < self.end


@dataclass(frozen=True, slots=True)
class Profile:
    """Who one partner is. `fields` are pairs of a contract and a JSON Pointer that is used; `line` is of the entry."""

    name: str
    title: str = ""
    criticality: Criticality = "normal"
    contacts: Contacts = Contacts()
    backup: Contacts = Contacts()
    prefers: Channel | None = None
    zone: str = "UTC"
    language: str = "en"
    quiet: Quiet | None = None
    fields: tuple[tuple[str, str], ...] = ()
    line: int | None = None

    @property
    def channels(self) -> tuple[Channel, ...]:
        """The channels by which they are reached, the preferred one first."""
        found = self.contacts.channels
        return tuple(sorted(found, key=lambda one: one != self.prefers))

    @property
    def reachable(self) -> bool:
        """Say whether a notice has anywhere to go."""
        return bool(self.contacts.channels or self.backup.channels)


@dataclass(frozen=True, slots=True)
class Book:
    """Every partner of a repository, in the order of the file; empty where there is no file."""

    profiles: tuple[Profile, ...] = ()
    source: str = PARTNERS_PATHS[0]

    def find(self, name: str) -> Profile:
        """Give the profile of a name; one without contacts where the file has none."""
        return next((one for one in self.profiles if one.name == name), Profile(name))


@dataclass(frozen=True, slots=True)
class Party:
    """One partner as a release meets them: who they are, and what the contract says that they do."""

    profile: Profile
    access: Access
    fields: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The partner's name."""
        return self.profile.name

    @property
    def title(self) -> str:
        """How notices call the partner."""
        return self.profile.title or self.profile.name

    @property
    def critical(self) -> bool:
        """Say whether a release waits for this partner."""
        return self.profile.criticality == "critical"


def parties(contract: Contract, book: Book) -> tuple[Party, ...]:
    """List the partners of a contract, critical ones first, those of one weight by their names."""
    found, known = [], {one.name: one for one in book.profiles}
    for link in contract.partners:
        profile = known.get(link.name) or Profile(link.name)
        used = tuple(pointer for name, pointer in profile.fields if name == contract.name)
        found.append(Party(profile, link.access, used))
    return tuple(sorted(found, key=lambda one: (WEIGHT[one.profile.criticality], one.name)))


def load(text: str, path: str = PARTNERS_PATHS[0], config: Config | None = None) -> Book:
    """Read a partners file; raises `rules.config.ConfigError` with every problem at its line.

    With the configuration it is checked that the two files name the same partners. A path that ends in `.json` is
    read as JSON; the file may hold 2 MB and 10,000 partners.
    """
    document = _document(text, path)
    problems = list(dict.fromkeys(say.shape(document, SCHEMA, _HOMES)))
    if not problems:
        problems = [*_quiet_problems(document), *(_strangers(document, config) if config else ())]
    if problems:
        in_order = sorted(problems, key=lambda one: (one.line or 0, one.sentence))
        raise ConfigError(tuple(islice(in_order, say.MAX_PROBLEMS)))
    entries = document.value["partners"]
    return Book(tuple(_profile(name, _hyphened(entry), document) for name, entry in entries.items()), path)


def _document(text: str, path: str) -> Document:
    if len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        sentence = f"The file is larger than {MAX_BYTES // 1024 // 1024} MB."
        raise ConfigError((Problem("config_too_large", sentence, "Keep to who the partners are.", path=path),))
    if secrets := tuple(islice(say.secrets(text, path), say.MAX_PROBLEMS)):
        raise ConfigError(secrets)
    try:
        return parse(path, text, syntax="json" if path.lower().endswith(".json") else "yaml")
    except DocumentError as error:
        raise ConfigError((error.problem,)) from None


def _quiet_problems(document: Document) -> Iterator[Problem]:
    for name, entry in document.value["partners"].items():
        quiet = _hyphened(entry).get("quiet-hours")
        if quiet and quiet["from"] == quiet["to"]:
            yield say.at(
                document, join("/partners", name), "partners_quiet",
                f"The quiet hours of `{name}` begin when they end.",
                "Write two different times, or remove `quiet-hours`.",
            )  # fmt: skip


def _strangers(document: Document, config: Config) -> Iterator[Problem]:
    """Find partners and contracts that the configuration does not know: a notice would go to nobody, or never out."""
    links = {(link.name, one.name) for one in config.contracts for link in one.partners}
    linked = {name for name, _ in links}
    for name, entry in document.value["partners"].items():
        place = join("/partners", name)
        if name not in linked:
            yield say.at(
                document, place, "partners_unlinked",
                f"No contract in {config.source or 'contracts.yml'} names `{name}`.",
                f"Write `partners: {{{name}: reads}}` under each contract that they depend on, or remove the entry.",
            )  # fmt: skip
            continue
        for contract in entry.get("fields", {}):
            if (name, contract) not in links:
                yield say.at(
                    document, join(place, "fields", contract), "partners_unlinked",
                    f"`{contract}` does not name `{name}` among its partners.",
                    f"Write `{name}: reads` under `partners` of `{contract}` in contracts.yml, or remove these fields.",
                )  # fmt: skip


def _hyphened(entry: dict[str, JsonValue]) -> dict[str, JsonValue]:
    return {key.replace("_", "-"): value for key, value in entry.items()}


def _profile(name: str, entry: dict[str, JsonValue], document: Document) -> Profile:
    quiet = entry.get("quiet-hours")
    return Profile(
        name=name,
        title=entry.get("title", ""),
        criticality=entry.get("criticality", "normal"),
        contacts=_contacts(entry.get("contacts", {})),
        backup=_contacts(entry.get("backup", {})),
        prefers=entry.get("prefers"),
        zone=entry.get("zone", "UTC"),
        language=entry.get("language", "en"),
        quiet=quiet and Quiet(time.fromisoformat(quiet["from"]), time.fromisoformat(quiet["to"])),
        fields=tuple((contract, one) for contract, found in entry.get("fields", {}).items() for one in found),
        line=line_of(document, join("/partners", name)),
    )


def _contacts(entry: dict[str, JsonValue]) -> Contacts:
    email = entry.get("email", ())
    return Contacts(
        (email,) if isinstance(email, str) else tuple(email),
        entry.get("slack", ""),
        entry.get("webhook", ""),
        str(entry.get("github", "")).removeprefix("@"),
    )
