"""Random histories: deliveries lost, doubled and out of order, heads that come back, answers that get lost.

Whatever happened on the way, each pull request ends as one that was only ever seen in its last state, with at most one
comment. Many pull requests live at once in one room, as they do in earnest. A failure names its seed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest

from bot.steward import shelf, sweep
from bot.store.values import NewJob
from tests.bot.steward.room import MAJOR, MINOR, Room, room
from tests.e2e.stage import schema
from tests.fakes.github import Delivery, GitHubDouble
from tests.fakes.github.faults import How
from tests.fakes.github.people import Pull

SAME = {"schemas/order.json": schema()}
PATCH = {"schemas/order.json": schema("1.0.1", id={"type": "string", "title": "Number"})}
VARIANTS = {"same": SAME, "patch": PATCH, "minor": MINOR, "major": MAJOR}
AT_ONCE = 25
WRITES: tuple[tuple[str, str], ...] = (("POST", "/comments$"), ("POST", "/check-runs$"), ("PATCH", "/comments/"))
_VARIES = re.compile(r"[0-9a-f]{7,40}|\d+|https?://\S+")
AWAY = ", the time in which the clock stood still left out"
"""Said where the documents were away for a minute or longer, or the pull request a draft."""

Ending = tuple[str | None, str | None, str | None]


@dataclass
class Life:
    """One pull request: what its last state is, and which heads it has had."""

    pull: Pull
    variant: str
    heads: list[tuple[str, str]] = field(default_factory=list)
    steps: list[str] = field(default_factory=list)

    def push(self, variant: str, mark: str) -> None:
        files = {**VARIANTS[variant], "notes.txt": mark}
        self.heads.append((self.pull.push(files, message=mark), variant))
        self.variant = variant

    def back(self, random: Random) -> None:
        """A → B → A: an earlier commit is the head again."""
        sha, self.variant = random.choice(self.heads)
        self.pull.force_push(sha)


@dataclass
class World:
    """A room, the deliveries that are on their way to it, and chance."""

    room: Room
    random: Random
    under_way: list[Delivery] = field(default_factory=list)
    count: int = 0
    may_lose: bool = True

    def begin(self) -> Life:
        self.count += 1
        name, variant = f"life-{self.count}", self.random.choice(list(VARIANTS))
        files = {**VARIANTS[variant], "notes.txt": name}
        life = Life(self.room.pull(files, name=name), variant)
        life.heads.append((life.pull.head_sha, variant))
        return life

    def step(self, life: Life) -> None:
        state = life.pull.state
        possible = ["push", "push", "back", "back", "talk", "draft", "close"]
        chosen = "reopen" if state.state == "closed" else self.random.choice(possible)
        life.steps.append(chosen)
        match chosen:
            case "push":
                self.count += 1
                life.push(self.random.choice(list(VARIANTS)), f"step-{self.count}")
            case "back":
                life.back(self.random)
            case "talk":
                life.pull.comment_as("ana", "Hello")
            case "draft":
                (life.pull.ready_for_review if state.draft else life.pull.convert_to_draft)()
            case "close":
                life.pull.close()
            case _:
                life.pull.reopen()

    def post(self) -> None:
        """Let GitHub send what happened: some of it twice, some of it never."""
        sent = self.room.github.deliveries[len(self.room.heard) :]
        self.room.heard.extend(sent)
        for one in sent:
            fates = (0, 1, 1, 1, 2) if self.may_lose else (1, 1, 2)
            self.under_way += [one] * self.random.choice(fates)
        self.random.shuffle(self.under_way)

    def arrive(self, share: float) -> None:
        count = round(len(self.under_way) * share)
        arriving, self.under_way = self.under_way[:count], self.under_way[count:]
        for one in arriving:
            payload = {"event": one.event, "guid": one.guid}
            self.room.store.keep([NewJob("delivery", payload, key=f"delivery:{one.guid}", raw=one.body.decode())])

    def work(self) -> None:
        """Do some of what is due, or all of it."""
        jobs = self.random.choice((0, 3, 10, 1000))
        while jobs and self.room.worker.run_once():
            jobs -= 1

    def disturb(self) -> None:
        if self.random.random() < 0.3:
            method, path = self.random.choice(WRITES)
            self.room.github.fail(how=self.random.choice(FAULTS), method=method, path=path, seconds=0.0)

    def rest(self) -> None:
        """Let everything arrive, and what failed be tried again; where deliveries were lost the sweep comes by."""
        self.arrive(1)
        self.room.github.heal()
        for _ in range(4):
            self.room.work()
            self.room.clock.advance(timedelta(hours=1, minutes=5))
        if self.may_lose:
            sweep.begin(self.room.store)
            self.room.work()


FAULTS: tuple[How, ...] = ("lost_answer", "lost_answer", "half_answer", "500", "404", "429", "403_secondary")


def live(world: World) -> list[Life]:
    lives = [world.begin() for _ in range(AT_ONCE)]
    for _ in range(world.random.randrange(3, 8)):
        for life in world.random.sample(lives, AT_ONCE // 2):
            world.step(life)
        world.disturb()
        world.post()
        world.arrive(world.random.random())
        world.work()
    world.rest()
    return lives


def ending(pull: Pull) -> Ending:
    """What people see: the check's conclusion and title, and the comment's text but for what always differs."""
    check = pull.checks[-1] if pull.checks else None
    comment = _VARIES.sub("#", pull.app_comments[0].body) if pull.app_comments else None
    return (check.conclusion, str(check.output["title"]), comment) if check else (None, None, comment)


def references(made: Room) -> dict[tuple[str, bool], Ending]:
    """Show how a pull request ends that was only ever in its last state."""
    found = {}
    for variant, files in VARIANTS.items():
        for draft in (False, True):
            name = f"reference-{variant}-{draft}"
            pull = made.pull({**files, "notes.txt": name}, name=name)
            if draft:
                pull.convert_to_draft()
            made.look(pull)
            found[variant, draft] = ending(pull)
    made.heard.extend(made.github.deliveries)
    return found


def said(life: Life, comment: str | None) -> str | None:
    """Leave out what a comment rightly says of its history alone: of documents that came back, and of a draft."""
    variants = [variant for _, variant in life.heads]
    came_back = "back" in life.steps or len(set(variants)) < len(variants)
    return comment and comment.replace(AWAY, "") if came_back or "draft" in life.steps else comment


def check(lives: list[Life], expected: dict[tuple[str, bool], Ending], seed: int) -> None:
    for life in lives:
        told = f"seed {seed}, {life.pull.state.head_ref}: {life.steps}, ends as {life.variant}"
        assert len(life.pull.app_comments) <= 1, told
        assert len(life.pull.checks) <= 1, told
        if life.pull.state.state == "closed":
            continue
        conclusion, title, comment = expected[life.variant, life.pull.state.draft]
        ended = ending(life.pull)
        assert ended[:2] == (conclusion, title), told
        if comment is not None:
            assert said(life, ended[2]) == said(life, comment), told
        elif ended[2] is not None:
            assert "MAJOR" not in ended[2].splitlines()[1], told


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave GitHub's description and our pages aside: other tests look at them, and here they would take very long."""
    monkeypatch.setattr(GitHubDouble, "watcher", None)
    monkeypatch.setattr(shelf, "keep", lambda *_: None)


def histories(folder: Path, seed: int, count: int) -> None:
    with room(folder, wired=False) as made:
        made.github.team("octo/data", "carl")
        expected = references(made)
        random = Random(seed)
        world = World(made, random)
        for batch in range(count // AT_ONCE):
            world.may_lose = batch % 2 == 0
            lives = live(world)
            check(lives, expected, seed)
            assert made.dead == (), seed
            for life in lives:
                life.pull.state.state = "closed"  # in silence: the next sweep need not look at it again


@pytest.mark.usefixtures("alone")
def test_histories_end_in_the_state_that_the_truth_implies(tmp_path: Path) -> None:
    histories(tmp_path, seed=1, count=50)


@pytest.mark.exhaustive
@pytest.mark.usefixtures("alone")
@pytest.mark.parametrize("seed", range(100, 140))
def test_ten_thousand_histories_end_in_the_state_that_the_truth_implies(tmp_path: Path, seed: int) -> None:
    histories(tmp_path, seed=seed, count=250)
