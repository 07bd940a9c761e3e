"""What the runs of a migration are made of, as values: the target, the run, rows on their way."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Literal

Step = Literal["checks", "backup", "shadow", "copy", "indexes", "catch-up", "verify", "cutover", "watch", "drop"]
"""What a run does now; in this order, each after the one before it."""

STEPS: tuple[Step, ...] = (
    "checks", "backup", "shadow", "copy", "indexes", "catch-up", "verify", "cutover", "watch", "drop",
)  # fmt: skip
"""The order of the steps."""

State = Literal["running", "paused", "cut-over", "rolling-back", "done", "rolled-back", "aborted"]
"""Where a run stands. The last three are over; from `cut-over` on, the table holds the new documents."""

OVER: frozenset[State] = frozenset({"done", "rolled-back", "aborted"})
"""States that nothing follows."""

BATCH_BYTES = 4_000_000
"""Characters of documents after which a batch ends, however few its rows are: memory stays flat for large ones, too."""

LEASE_SECONDS = 30
"""A worker that has not been heard of for so long has lost its run to whoever asks for it."""

Key = tuple[str, ...]
"""A row's primary key, each column as text; on SQLite as the database holds it."""


def shown_key(key: Sequence[object]) -> Key:
    """Write a key for people; bytes as hexadecimal digits."""
    return tuple(one.hex() if isinstance(one, bytes) else str(one) for one in key)


@dataclass(frozen=True, slots=True)
class Failed:
    """Why a document cannot be migrated: the step or the rule that it fails, where in it, and a sentence."""

    rule: str
    place: str
    sentence: str


Converted = str | Failed | None
"""A document after its transform: its text, or why there is none; nothing where the column holds SQL's NULL."""

Convert = Callable[[Sequence[str | None]], Sequence[Converted]]
"""Transforms and validates documents, given and returned as JSON text, in their order."""


@dataclass(frozen=True, slots=True)
class Target:
    """A data set that the server's settings name: where it is, and which column holds the documents.

    `repositories` are those (owner/name) whose pull requests may have the App look at it and migrate it; `staging` is
    the target, by name, on which `/migrate test` tries a migration in its stead. Data that lives elsewhere has no URL:
    `runner` names who carries its migrations out, with the `settings` that are that runner's own; `modes` are the
    errands that it can do, all unless given, and `deadline` is how long one may take.
    """

    name: str
    url: str = field(default="", repr=False)
    table: str = ""
    column: str = ""
    schema: str = "public"
    repositories: tuple[str, ...] = ()
    staging: str = ""
    runner: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict, repr=False)
    modes: tuple[str, ...] = ()
    deadline: timedelta | None = None

    @property
    def place(self) -> str:
        """Name the table as its database does."""
        return f"{self.schema}.{self.table}"


@dataclass(frozen=True, slots=True)
class Names:
    """What a run calls the tables that it makes, all of them beside the one that it migrates."""

    run: str

    def __getattr__(self, role: str) -> str:
        """Name a table by its role, as `names.shadow`."""
        return f"concordat_{self.run}_{role}"


@dataclass(frozen=True, slots=True)
class Run:
    """One run as its row in the target tells it. `facts` is JSON: counts, moments (Unix seconds), what was found."""

    id: str
    target: str
    state: State
    step: Step
    spec: str
    checkpoint: Key | None = None
    wanted: str | None = None
    worker: str | None = None
    leased: bool = False
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows in the order of their keys: every column as text, with the places of the key's and the document's."""

    rows: Sequence[Sequence[str | None]]
    document: int

    @property
    def documents(self) -> list[str | None]:
        """The documents, in the order of the rows."""
        place = self.document
        return [row[place] for row in self.rows]


@dataclass(frozen=True, slots=True)
class Failing:
    """A row that has no document in the other form: its key, its document as it is, and why."""

    key: Key
    document: str | None
    why: Failed


@dataclass(frozen=True, slots=True)
class Passed:
    """What a pass over the key log did: how many keys it took, and how many log rows were there."""

    keys: int
    log_rows: int


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Something about a table that a swap touches: recreated with it, or a reason to refuse."""

    kind: str
    name: str
    refused: bool
    sentence: str


@dataclass(frozen=True, slots=True)
class Survey:
    """A target as it is before a run."""

    rows: int
    bytes: int
    free_bytes: int | None
    key: tuple[str, ...]
    obstacles: tuple[Obstacle, ...] = ()
    version: str = ""


def adapted(size: int, seconds: float, pace: tuple[float, float], smallest: int, largest: int) -> int:
    """Let a batch take as long as `pace` has it: longer ones keep others out, shorter ones only commit."""
    quickest, slowest = pace
    if seconds > slowest:
        return max(min(size, smallest), size // 2)
    return min(largest, size * 2) if seconds < quickest else size
