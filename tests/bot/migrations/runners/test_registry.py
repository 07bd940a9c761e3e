"""Runners are found by their names, as entry points; Concordat's own the same way as those of other packages."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.errors import UsageError
from bot.migrations.engine import open_target
from bot.migrations.errors import Refused
from bot.migrations.runners import registry
from bot.migrations.runners.contract import Kind
from bot.migrations.targets import load
from bot.migrations.values import Target

OURS = Kind("ours", {"place": lambda _: ""}, ("place",), elsewhere=lambda _target, _around: None)  # type: ignore[arg-type,return-value] # never opened
NOTHING = "no runner"


@pytest.fixture
def offered(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have a package installed that offers runners."""
    here = f"{__name__}:"
    entries = [
        EntryPoint(name, value, registry.GROUP)
        for name, value in {
            "ours": f"{here}OURS", "broken": "no.such.module:KIND", "nothing": f"{here}NOTHING",
            "workflow": f"{here}NOTHING",
        }.items()
    ]  # fmt: skip

    def entry_points(*, group: str) -> Sequence[EntryPoint]:
        return [one for one in entries if one.group == group]

    monkeypatch.setattr(registry, "entry_points", entry_points)


def written(folder: Path, **entry: Any) -> Target:
    path = folder / "targets.yml"
    path.write_text(yaml.safe_dump({"targets": {"lake": entry}}), encoding="utf-8")
    return load(path)["lake"]


def test_the_runners_of_our_own_are_entry_points_of_the_package() -> None:
    project = tomllib.loads((Path(__file__).parents[4] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["entry-points"][registry.GROUP] == registry.BUILT_IN


@pytest.mark.parametrize("name", registry.BUILT_IN)
def test_each_of_them_is_one_of_the_two_kinds(name: str) -> None:
    found = registry.kind(name)
    assert found is not None
    assert (found.tables is None) != (found.elsewhere is None)


@pytest.mark.usefixtures("offered")
def test_an_installed_package_offers_a_runner_and_no_package_replaces_one_of_ours(tmp_path: Path) -> None:
    assert registry.kind("ours") is OURS
    assert registry.kind("workflow") is not None
    found = written(tmp_path, runner="ours", place="x", repositories=["octo/orders"])
    assert (found.runner, found.settings) == ("ours", {"place": "x"})
    with pytest.raises(Refused, match="elsewhere: only its runner"):
        open_target(found)


@pytest.mark.usefixtures("offered")
@pytest.mark.parametrize(("name", "says"), [("broken", "cannot be loaded: ModuleNotFound"), ("nothing", "is not what")])
def test_a_runner_that_cannot_be_used_says_so(tmp_path: Path, name: str, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        written(tmp_path, runner=name)


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        ({"runner": "airflow"}, "names the runner 'airflow'; there are postgresql, jsonlines"),
        ({"runner": "command", "command": ["/bin/true"]}, "has no state"),
        ({"runner": "command", "command": "rm -rf /", "state": "/tmp"}, "`command` that is no list of texts"),
        ({"runner": "command", "command": ["/bin/true"], "state": "runs"}, "no folder from the root on"),
        ({"runner": "command", "command": ["/bin/true"], "state": "/r", "url": "sqlite:///x"}, "'url', which is not"),
        ({"runner": "command", "command": ["/bin/true"], "state": "/r", "deadline": "soon"}, "written as 90m, 6h"),
        ({"runner": "command", "command": ["/bin/true"], "state": "/r", "modes": ["copy"]}, "copy, cutover and some"),
        ({"url": "mysql://x/y", "table": "a", "column": "b"}, "URL of the kind 'mysql'"),
        ({"url": "sqlite:///x"}, "has no table"),
    ],
)
def test_a_target_that_cannot_be_used_is_refused_with_what_to_do(
    tmp_path: Path, entry: dict[str, Any], says: str
) -> None:
    with pytest.raises(UsageError, match=says):
        written(tmp_path, **entry)


def test_a_deadline_and_what_a_runner_can_do_are_the_targets(tmp_path: Path) -> None:
    given = {
        "runner": "command",
        "command": ["/bin/true"],
        "state": "/r",
        "deadline": "90m",
        "modes": ["copy", "cutover"],
    }
    found = written(tmp_path, **given)
    assert found.deadline is not None
    assert (found.deadline.total_seconds(), found.modes) == (5400, ("copy", "cutover"))
    assert written(tmp_path, url="/srv/x.jsonl").runner == ""
