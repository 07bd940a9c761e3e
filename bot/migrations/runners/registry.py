"""Runners by their names: those that come with Concordat, and those that installed packages offer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib.metadata import EntryPoint, entry_points

from bot.migrations.errors import Refused
from bot.migrations.runners.contract import Kind
from bot.migrations.values import Target

GROUP = "concordat.runners"
BUILT_IN: Mapping[str, str] = {
    "postgresql": "bot.migrations.runners.tables:POSTGRESQL",
    "jsonlines": "bot.migrations.runners.tables:JSONLINES",
    "sqlite": "bot.migrations.runners.tables:SQLITE",
    "command": "bot.migrations.runners.command:KIND",
    "workflow": "bot.migrations.runners.workflow:KIND",
}
"""The entry points of Concordat's own, as pyproject.toml has them. No other package can take one of these names."""


def offered() -> Mapping[str, EntryPoint]:
    """List the runners that there are, Concordat's own first; none is loaded yet."""
    others = {one.name: one for one in entry_points(group=GROUP) if one.name not in BUILT_IN}
    return {name: EntryPoint(name, value, GROUP) for name, value in BUILT_IN.items()} | others


def kind(name: str) -> Kind | None:
    """Load a runner by its name; `None` where nobody offers it, `Refused` where what is offered is no runner."""
    entry = offered().get(name)
    if entry is None:
        return None
    try:
        found = entry.load()
    except Exception as error:
        raise Refused(f"the runner {name} ({entry.value}) cannot be loaded: {type(error).__name__}") from error
    if not isinstance(found, Kind) or (found.tables is None) == (found.elsewhere is None):
        raise Refused(f"the runner {name} ({entry.value}) is not what {GROUP} asks for: see docs/migrations.md")
    return found


def kind_of(target: Target) -> Kind:
    """Give the runner of a target: the one it names, or the one whose URL it has; `Refused` where there is none."""
    if target.runner:
        named = kind(target.runner)
        if named is None:
            raise Refused(
                f"the target {target.name} names the runner {target.runner!r}; there are {', '.join(offered())}"
            )
        return named
    served = next((one for one in _by_url() if one.serves(target.url)), None)
    if served is None:
        scheme = target.url.split(":", maxsplit=1)[0][:20]
        known = "use postgresql://…, sqlite:///… or a path that ends with .jsonl"
        raise Refused(f"the target {target.name} has a URL of the kind {scheme!r}: {known}")
    return served


def _by_url() -> Iterator[Kind]:
    for name in offered():
        found = kind(name)
        if found is not None:
            yield found
