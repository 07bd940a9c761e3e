"""A migration's steps as pure functions: what each does to a document, and what takes it back.

`compile_steps` makes them of what a migration file says (`rules.migration_spec` has checked it); `Transform.up` and
`down` run them. A step that meets a document which it cannot say in the other form raises `TransformError`: nothing is
guessed, nothing overwritten. `up` then `down` gives the document back, unless a step says that it cannot.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from rules.transform_places import Change, Document
from rules.transform_steps import KINDS, MAKERS, Function, touched
from rules.transform_values import TransformError

__all__ = ["KINDS", "Function", "Step", "Transform", "TransformError", "compile_steps"]


@dataclass(frozen=True, slots=True)
class Step:
    """One step: its kind, what it does in a sentence, both ways, and why there is no way back where there is none.

    `touched` are the members of the outermost object in which it may change anything, `None` where it may be any.
    """

    kind: str
    sentence: str
    up: Change
    down: Change | None
    irreversible: str | None = None
    touched: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Transform:
    """The steps of a migration, in their order."""

    steps: tuple[Step, ...] = ()

    @property
    def irreversible(self) -> tuple[str, ...]:
        """The reasons for which there is no way back; empty where there is one."""
        return tuple(step.irreversible for step in self.steps if step.irreversible)

    @property
    def touched(self) -> tuple[str, ...] | None:
        """The members of the outermost object in which a document may differ afterwards; `None`: it may be any."""
        known = [step.touched for step in self.steps if step.touched is not None]
        return tuple(dict.fromkeys(chain(*known))) if len(known) == len(self.steps) else None

    def up(self, document: Document) -> Document:
        """Bring a document to the new version, changing it in place; raises `TransformError`."""
        for step in self.steps:
            document = step.up(document)
        return document

    def down(self, document: Document) -> Document:
        """Bring a document back to the old version, as `up`; also raises where a step has no way back."""
        for step in reversed(self.steps):
            if step.down is None:
                raise TransformError(step.kind, "", f"there is no way back: {step.irreversible}")
            document = step.down(document)
        return document


def compile_steps(steps: Sequence[Mapping[str, Any]], functions: Mapping[str, Function] | None = None) -> Transform:
    """Make a transform of the steps of a migration file.

    `functions` are those that installed packages offer, by name. Raises `ValueError` with a sentence for what the
    file's schema cannot say: an expression that cannot be read, a function that is not installed, a step that does not
    say how it is taken back.
    """
    return Transform(tuple(_step(one, functions or {}) for one in steps))


def _step(entry: Mapping[str, Any], functions: Mapping[str, Function]) -> Step:
    kind = next(key for key in entry if key in MAKERS)
    sentence, up, down = MAKERS[kind](entry[kind], functions)
    reason = entry.get("irreversible")
    if reason is None and down is None:
        raise ValueError(f"`{kind}` here has no way back: say how to take it back, or `irreversible: reason`")
    return Step(kind, sentence, up, None if reason else down, reason, touched(kind, entry[kind]))
