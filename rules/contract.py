"""A contract as its configuration declares it: names, files, versions, owners, partners, policy.

Values only; `rules.config` reads them from `.github/contracts.yml`, and the defaults are in `rules.policy`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Literal, get_args

from rules.calendar import Calendar
from rules.compare.values import Override
from rules.jsontext import JsonValue

SchemeName = Literal["semver-file", "semver-field", "name-vn", "git"]
Stage = Literal["observe", "warn", "enforce"]
Access = Literal["reads", "writes", "both"]
Accompaniment = Literal["deprecation", "impact-analysis", "pre-review-meeting", "migration-plan", "change-request"]
Compared = Literal["previous", "all"]
"""With which versions a change is compared: the one before it, or also all older ones that are still live."""


@dataclass(frozen=True, slots=True)
class VersionScheme:
    """How a contract's documents declare their version.

    "semver-file": in the file name (`podio-schema-v2.0.json`; two or three parts). "semver-field": at the first of
    `pointers` that exists. "name-vn": `<name>_v<N>` at the first pointer, pinned by the manifest. "git": not at all.
    """

    name: SchemeName = "git"
    pointers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NamedRole:
    """A role that must approve beside the teams ("High-Level Advisor"), and the logins who hold it."""

    name: str
    people: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Owners:
    """Who approves: teams as `org/team`, users as logins, named roles."""

    teams: tuple[str, ...] = ()
    users: tuple[str, ...] = ()
    roles: tuple[NamedRole, ...] = ()


@dataclass(frozen=True, slots=True)
class Partner:
    """One who depends on the contract, and whether they read it, write it, or both."""

    name: str
    access: Access = "both"

    @property
    def reads(self) -> bool:
        """Say whether forward compatibility matters to this partner."""
        return self.access in ("reads", "both")


@dataclass(frozen=True, slots=True)
class Enforcement:
    """How strict the check is now, and the stage it moves up to on a date."""

    stage: Stage = "observe"
    next_stage: Stage | None = None
    next_from: date | None = None


@dataclass(frozen=True, slots=True)
class Policy:
    """The numbers of one contract's review; hours are elapsed time unless there is a calendar, days those of it.

    `accompany` names what has to come with a change (`rules.accompany`), beside its version and its change-log row.
    """

    minor_hours: int = 48
    major_hours: int = 168
    on_silence: Literal["approve", "escalate"] = "escalate"
    on_error: Literal["failure", "neutral"] = "failure"
    strict_readers: bool = False
    compare: Compared = "previous"
    grace_days: int = 30
    zone: str = "UTC"
    overrides: tuple[Override, ...] = ()
    calendar: Calendar | None = None
    accompany: tuple[Accompaniment, ...] = get_args(Accompaniment)


@dataclass(frozen=True, slots=True)
class Contract:
    """One contract; `line` is where its entry starts in the configuration file, `source` that file's path.

    `lines` says on which line of that file a key stands ("owners", "policy/review"), its `defaults` included.

    `name`, `files`, `exclude`, `data`, `manifest` and `change_log` may hold `{name}`: then this is a template, and
    `rules.globs.expand` makes the contract of one file from it. `archive` and `proposals` are names of folders whose
    files are set aside: no wildcard looks into them.
    """

    name: str
    files: tuple[str, ...]
    format: str = "json-schema"
    scheme: VersionScheme = VersionScheme()
    manifest: str | None = None
    data: tuple[str, ...] = ()
    change_log: str | None = None
    owners: Owners = Owners()
    maintainers: tuple[str, ...] = ()
    release_owners: tuple[str, ...] = ()
    partners: tuple[Partner, ...] = ()
    policy: Policy = Policy()
    enforcement: Enforcement = Enforcement()
    line: int | None = None
    source: str = ".github/contracts.yml"
    exclude: tuple[str, ...] = ()
    archive: tuple[str, ...] = ("archive", "archived")
    proposals: tuple[str, ...] = ("proposals",)
    lines: dict[str, int] = field(default_factory=dict, hash=False, compare=False)

    @property
    def read_by_partners(self) -> bool:
        """Say whether any partner reads; with no partner named, one is assumed to."""
        return not self.partners or any(partner.reads for partner in self.partners)


@dataclass(frozen=True, slots=True)
class Config:
    """Every contract of a repository, in the order of the file; empty means that none is configured.

    `defaults` is what the file says for every contract, as it was read; it matters where this is an organisation's.
    """

    contracts: tuple[Contract, ...] = ()
    source: str = ""
    defaults: dict[str, JsonValue] = field(default_factory=dict, hash=False)
