"""A migration file with the schemas on both sides, made ready; and as the text that a run keeps in its target."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from importlib.metadata import entry_points

from bot.errors import unusable
from bot.migrations.check import Check, compile_check
from bot.migrations.rows import conversions
from bot.migrations.running import Conversions
from rules.jsontext import JsonValue, dumps
from rules.migration_spec import Spec, SpecError, load
from rules.transform import Function

GROUP = "concordat.transforms"


@dataclass(frozen=True, slots=True)
class Work:
    """A migration file with its schemas, made ready."""

    spec: Spec
    old: JsonValue
    new: JsonValue

    @property
    def check(self) -> Check:
        """The new schema, ready; raises `Refused` where rows cannot be held to it."""
        return compile_check(self.new, f"the schema of {self.spec.goal}")

    @property
    def conversions(self) -> Conversions:
        """What is done to documents, both ways; raises `Refused` likewise."""
        old = compile_check(self.old, f"the schema of {self.spec.source}")
        return conversions(self.spec.transform, old, self.check, partial(_again, self.text()))

    def text(self) -> str:
        """Write it down, so that another worker can go on with the run from the target alone."""
        return dumps({"path": self.spec.path, "spec": self.spec.text, "old": self.old, "new": self.new})

    @classmethod
    def of_text(cls, text: str) -> Work:
        """Read back what `text` wrote."""
        kept = json.loads(text)
        return cls(spec_of(kept["spec"], kept["path"]), kept["old"], kept["new"])


def _again(text: str) -> Conversions:
    return Work.of_text(text).conversions


def spec_of(text: str, path: str) -> Spec:
    """Read a migration file; `UsageError` has every problem at its line."""
    try:
        return load(text, path=path, functions=installed())
    except SpecError as error:
        raise unusable(error.problems) from error


def installed() -> Mapping[str, Function]:
    """Load the functions that installed packages offer; nothing of a repository is ever run."""
    return {entry.name: entry.load() for entry in entry_points(group=GROUP)}
