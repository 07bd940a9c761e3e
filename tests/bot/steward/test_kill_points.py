"""Killed at any write to GitHub, before it, or after it and before anybody knows of it: the next worker makes it good.

Which writes there are is read from the room that makes them, so that a new one without its kill point fails here.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

import bot.github
from bot.github.client import Client
from bot.store import Store
from tests.bot.steward import test_tidying as tidying
from tests.bot.steward import test_violations as violations
from tests.bot.steward.room import MAJOR, Room, room
from tests.e2e.stage import CONFIG, schema
from tests.fakes.github.people import act

ROOT = Path(__file__).parents[3]
Story = Callable[[Room], None]


class KilledError(BaseException):
    """The process ended here: nothing after this line ran."""


def opened(on: Room) -> None:
    on.pull()
    on.hear()


def pushed(on: Room) -> None:
    pull = on.pull()
    on.hear()
    pull.push(MAJOR)
    on.hear()


def drafted(on: Room) -> None:
    pull = on.pull()
    on.hear()
    pull.convert_to_draft()
    on.hear()


def approved(on: Room) -> None:
    pull = on.pull()
    on.hear()
    on.clock.advance(timedelta(minutes=1))  # nobody approves what was not shown yet
    pull.comment_as("carl", "/approve")
    on.hear()


def doubled(on: Room) -> None:
    """Find the comment twice: another process wrote it in the same moment."""
    pull = on.pull()
    on.hear()
    site = pull.site
    with act(site):
        site.add_comment(pull.base, pull.number, site.app.bot, pull.app_comments[0].body, by_app=True)
    on.look(pull)


def remarked(on: Room) -> None:
    fields = {f"field_{number}": {"type": "string"} for number in range(60)}
    on.pull({"schemas/order.json": schema("1.1.0", **fields)})
    on.hear()


def reported(on: Room) -> None:
    violations.report(on)


def reported_more(on: Room) -> None:
    for count in (-1, -2):
        violations.report(on, count=count)


def merged(on: Room) -> None:
    on.repository.commit("main", {"docs/podio-v1.0.json": tidying.V10, "docs/README.md": tidying.LOG}, message="Begin")
    on.hear()
    tidying.approve(on, 1)
    on.repository.branch("topic")
    on.repository.commit("topic", {"docs/podio-v1.1.json": tidying.V11}, message="More")
    on.repository.open_pull("topic", head="topic").merge()
    on.hear()


POINTS: tuple[tuple[str, Story], ...] = (
    ("repository.Repository.create_comment", opened),
    ("repository.Repository.update_comment", pushed),
    ("repository.Repository.delete_comment", doubled),
    ("repository.Repository.react", approved),
    ("repository.Repository._reviewers", opened),
    ("checks.create", opened),
    ("checks._batches", drafted),
    ("checks._batches", remarked),
    ("issues.create", reported),
    ("issues.update", reported_more),
    ("branches.make", merged),
    ("branches.propose", merged),
)
"""Every write, and what leads to it."""
ELSEWHERE = {
    "actions.dispatch": "tests/bot/migrations/runners/test_errands.py",
    "actions.cancel": "tests/bot/migrations/runners/test_errands.py",
    "deliveries.Deliveries.again": "tests/e2e/test_kill_later.py",
    "credentials.Tokens._fetch": "a token that nobody holds ends within the hour",
    "visitors.SignIn.revoke": "what a visitor's token allowed ends with it",
}
"""Writes that are killed in a test of their own, or by which nothing is left to make good."""


def writes() -> Iterator[str]:
    """Name every function of the room that talks to GitHub which writes."""
    for path in Path(bot.github.__file__).parent.glob("*.py"):
        if path.name != "client.py":
            yield from _writing(ast.parse(path.read_text()), path.stem)


def _writing(node: ast.AST, name: str) -> Iterator[str]:
    for child in ast.iter_child_nodes(node):
        named = isinstance(child, ast.FunctionDef | ast.ClassDef)
        within = f"{name}.{child.name}" if isinstance(child, ast.FunctionDef | ast.ClassDef) else name
        if isinstance(child, ast.Call) and isinstance(child.func, ast.Attribute) and child.func.attr == "write":
            yield name
        yield from _writing(child, within if named else name)


def test_every_write_to_github_has_its_kill_point() -> None:
    assert set(writes()) == {point for point, _ in POINTS} | set(ELSEWHERE)
    assert all((ROOT / where).exists() for where in ELSEWHERE.values() if where.startswith("tests/"))


def kill(monkeypatch: pytest.MonkeyPatch, point: str, *, after: bool) -> list[str]:
    """End the process at the first write of this name; the list says whether it came to that."""
    died: list[str] = []
    real = Client.write

    def write(self: Client, verb: str, path: str, body: Any = None) -> Any:
        code = sys._getframe(1).f_code
        if not died and f"{Path(code.co_filename).stem}.{code.co_qualname}" == point:
            died.append(point)
            if after:
                real(self, verb, path, body)
            raise KilledError
        return real(self, verb, path, body)

    monkeypatch.setattr(Client, "write", write)
    return died


def picture(on: Room) -> list[object]:
    """What people see on GitHub: of runs of one name the newest."""
    pulls = [
        (
            pull.number, pull.state.title, len(pull.app_comments),
            {one.name: (one.conclusion, len(one.annotations)) for one in pull.checks},
            sorted(one.slug for one in pull.state.teams), [sorted(one.reactions) for one in pull.comments],
        )
        for pull in on.repository.pulls
    ]  # fmt: skip
    issues = [(one.title, one.body.count("\n- ")) for one in on.repository.state.issues.values()]
    return [pulls, issues]


_work = Room.work


def survived(on: Room) -> None:
    """Do what is due; where the worker is killed, another begins once the lease of the first has ended."""
    try:
        _work(on)
    except KilledError:
        on.clock.advance(timedelta(minutes=3))
        _work(on)


_UNDISTURBED: dict[Story, list[object]] = {}


def undisturbed(folder: Path, story: Story) -> list[object]:
    """Play a story to its end without any kill, once for all tests."""
    if story not in _UNDISTURBED:
        _UNDISTURBED[story] = played(folder / "undisturbed", story)
    return _UNDISTURBED[story]


def played(folder: Path, story: Story) -> list[object]:
    """Play a story to its end."""
    folder.mkdir(exist_ok=True)
    config = tidying.CONFIG if story is merged else CONFIG
    with room(folder, config=config, wired=False) as on, patch.object(Room, "work", survived):
        on.github.team("octo/data", "carl", "mona")
        story(on)
        for _ in range(4):
            on.hear()
            on.clock.advance(timedelta(minutes=3))
        assert on.dead == ()
        return picture(on)


@pytest.mark.parametrize("after", [False, True], ids=["before it", "after it, unrecorded"])
@pytest.mark.parametrize(("point", "story"), POINTS, ids=[f"{point}, {story.__name__}" for point, story in POINTS])
def test_a_kill_at_a_write_leaves_what_would_be_there_without(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, point: str, story: Story, *, after: bool
) -> None:
    expected = undisturbed(tmp_path, story)
    died = kill(monkeypatch, point, after=after)
    assert played(tmp_path / "killed", story) == expected
    assert died


@pytest.mark.slow
@pytest.mark.parametrize("after", [False, True], ids=["before it is kept", "after it is kept"])
@pytest.mark.parametrize("story", [opened, approved, merged], ids=lambda one: one.__name__)
def test_a_kill_at_any_word_to_the_database_leaves_what_would_be_there_without(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, story: Story, *, after: bool
) -> None:
    expected = undisturbed(tmp_path, story)
    number, came = 0, True
    while came:
        number += 1
        with monkeypatch.context() as patched:
            died = kill_at_transaction(patched, number, after=after)
            assert played(tmp_path / f"killed-{number}", story) == expected, number
        came = bool(died)
    assert number > 5


def kill_at_transaction(monkeypatch: pytest.MonkeyPatch, number: int, *, after: bool) -> list[int]:
    """End the process at the n-th transaction of its worker: before it is kept, or after."""
    died: list[int] = []
    left = [number]
    real = Store.transaction

    @contextmanager
    def transaction(self: Store) -> Iterator[Any]:
        worker = sys._getframe(2).f_globals["__name__"].startswith("bot.")
        left[0] -= worker
        dies = worker and not left[0] and not died
        with real(self) as one:
            yield one
            if dies and not after:
                died.append(number)
                raise KilledError
        if dies:
            died.append(number)
            raise KilledError

    monkeypatch.setattr(Store, "transaction", transaction)
    return died
