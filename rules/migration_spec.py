"""A migration file read into values: every problem at its line, or a specification that can be relied on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, Literal

from rules import config_problems as say
from rules.documents import Document, DocumentError, Problem, parse
from rules.migration_schema import SCHEMA
from rules.migration_window import ROTATION, Window, window_of
from rules.pointer import join
from rules.transform import KINDS, Function, Transform, compile_steps

MAX_BYTES = 256 * 1024
_HARD = frozenset({"expression", "call", "split", "join", "move"})
"""Kinds of steps that change more than one value in its place."""


@dataclass(frozen=True, slots=True)
class Spec:
    """How documents of one version become those of the next. `old` and `new` are schema files, beside this one.

    `entries` are the steps as they are written, which is how other engines are told of them.
    """

    contract: str
    source: str
    goal: str
    transform: Transform
    text: str
    path: str = ""
    old: str | None = None
    new: str | None = None
    target: str | None = None
    exclude: bool = False
    allowed: int = 0
    on_failure: Literal["pause", "roll-back"] = "pause"
    needs: tuple[str, ...] = ()
    window: Window | None = None
    on_call: str = ROTATION
    entries: tuple[Mapping[str, Any], ...] = ()

    @property
    def complexity(self) -> str:
        """Say how hard the transform is to follow: SIMPLE, MODERATE or COMPLEX, by its steps and what they are."""
        steps = self.transform.steps
        hard = sum(one.kind in _HARD for one in steps)
        return "COMPLEX" if hard > 1 or len(steps) > 8 else "MODERATE" if hard or len(steps) > 2 else "SIMPLE"

    @property
    def title(self) -> str:
        """Name it as people do: `payment-transaction 1.0.0 → 2.0.0`."""
        return f"{self.contract} {self.source} → {self.goal}"


class SpecError(ValueError):
    """A migration file cannot be used; carries every problem, in the order of its lines."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("; ".join(f"{problem.where()}: {problem.sentence}" for problem in problems))
        self.problems = problems


def load(text: str, *, path: str, functions: Mapping[str, Function] | None = None) -> Spec:
    """Read a migration file of at most 256 KB; raises `SpecError` with every problem found.

    `functions` are those that installed packages offer to `call`, by name.
    """
    document = _document(text, path)
    problems = list(dict.fromkeys(say.shape(document, SCHEMA, {})))
    if not problems:
        problems = list(_kinds(document))
    if not problems:
        problems = [*_steps(document, functions or {}), *_window(document)]
    if problems:
        in_order = sorted(problems, key=lambda problem: (problem.line or 0, problem.sentence))
        raise SpecError(tuple(islice(in_order, say.MAX_PROBLEMS)))
    return _spec(document, functions or {})


def _document(text: str, path: str) -> Document:
    if len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        sentence = f"The file is larger than {MAX_BYTES // 1024} KB."
        raise SpecError((Problem("config_too_large", sentence, "Put less into one migration.", path=path),))
    if secrets := tuple(islice(say.secrets(text, path), say.MAX_PROBLEMS)):
        raise SpecError(secrets)
    try:
        return parse(path, text, syntax="json" if path.lower().endswith(".json") else "yaml")
    except DocumentError as error:
        raise SpecError((error.problem,)) from None


def _hyphened(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Write keys as the schema does; people write underscores out of habit."""
    return {key.replace("_", "-"): value for key, value in entry.items()}


def _plain(entry: Mapping[str, Any]) -> dict[str, Any]:
    whole = _hyphened(entry)
    steps = [_hyphened(step) for step in whole["steps"]]
    whole["steps"] = [
        {key: _hyphened(value) if isinstance(value, dict) else value for key, value in step.items()} for step in steps
    ]
    return whole


def _kinds(document: Document) -> Iterator[Problem]:
    """Find steps that do not name one kind: what is done."""
    for index, step in enumerate(_plain(document.value)["steps"]):
        found = [key for key in step if key in KINDS]
        if len(found) != 1:
            what = f"names {' and '.join(found)}" if found else "says nothing to do"
            fix = f"Write one of: {', '.join(KINDS)}; a second thing is a step of its own."
            yield say.at(document, join("/steps", index), "migration_step", f"Step {index + 1} {what}.", fix)


def _steps(document: Document, functions: Mapping[str, Function]) -> Iterator[Problem]:
    for index, step in enumerate(_plain(document.value)["steps"]):
        try:
            compile_steps([step], functions)
        except ValueError as error:
            sentence = f"Step {index + 1} cannot be used: {error}."
            yield say.at(document, join("/steps", index), "migration_step", sentence, "See docs/migrations.md.")


def _window(document: Document) -> Iterator[Problem]:
    entry = _plain(document.value)
    try:
        if "window" in entry:
            window_of(entry["window"])
    except ValueError as error:
        yield say.at(document, "/window", "migration_step", f"The window cannot be used: {error}.", "Mend it.")


def _spec(document: Document, functions: Mapping[str, Function]) -> Spec:
    entry = _plain(document.value)
    return Spec(
        contract=entry["contract"], source=str(entry["from"]), goal=str(entry["to"]),
        transform=compile_steps(entry["steps"], functions), text=document.text, path=document.path,
        old=entry.get("old"), new=entry.get("new"), target=entry.get("target"),
        exclude=entry.get("on-failing-rows") == "exclude", allowed=int(entry.get("allowed", 0)),
        on_failure=entry.get("on-failure", "pause"), needs=tuple(entry.get("needs", ())),
        window=window_of(entry["window"]) if "window" in entry else None, on_call=entry.get("on-call", ROTATION),
        entries=tuple(entry["steps"]),
    )  # fmt: skip


def order(specs: Iterable[Spec]) -> tuple[tuple[Spec, ...], ...]:
    """Put migrations in the order of what they need; those that need each other come as one group, to be run together.

    What a migration needs and is not among these is taken as done.
    """
    known = {f"{spec.contract}@{spec.goal}": spec for spec in specs}
    reached = {name: _reached(name, known) for name in known}
    groups: list[tuple[Spec, ...]] = []
    placed: set[str] = set()
    for name in sorted(known, key=lambda one: (len(reached[one]), one)):
        if name not in placed:
            together = sorted(other for other in known if other == name or _mutual(name, other, reached))
            placed.update(together)
            groups.append(tuple(known[other] for other in together))
    return tuple(groups)


def _mutual(one: str, other: str, reached: Mapping[str, frozenset[str]]) -> bool:
    return other in reached[one] and one in reached[other]


def _reached(start: str, known: Mapping[str, Spec]) -> frozenset[str]:
    found: set[str] = set()
    waiting = list(known[start].needs)
    while waiting:
        name = waiting.pop()
        if name in known and name not in found:
            found.add(name)
            waiting += known[name].needs
    return frozenset(found)
