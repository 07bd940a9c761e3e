"""JSON Lines files: migrated, taken back, followed while others append, and made good after a crash."""

from __future__ import annotations

import fcntl
import json
import os
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.cli import main
from bot.migrations.engine import open_target
from bot.migrations.values import Target

STEPS = [{"cast": {"at": "/n", "from": "string", "to": "integer"}}]
OLD = {"type": "object", "properties": {"n": {"type": "string"}}, "required": ["n"]}
NEW = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}


class Crash(BaseException):
    """The process is gone."""


@dataclass
class Shop:
    """A file of documents, and the command."""

    folder: Path
    capture: pytest.CaptureFixture[str]

    @property
    def file(self) -> Path:
        return self.folder / "things.jsonl"

    def fill(self, *documents: Any) -> None:
        self.file.write_text("".join(f"{json.dumps(one)}\n" for one in documents), encoding="utf-8")

    def append(self, document: Any) -> None:
        with self.file.open("a", encoding="utf-8") as out:
            fcntl.flock(out, fcntl.LOCK_EX)
            if out.fileno() and self.file.stat().st_ino != _inode(out.fileno()):
                self.append(document)  # the file was put in another's place while we waited for it
                return
            out.write(f"{json.dumps(document)}\n")
            out.flush()

    def read(self) -> list[Any]:
        return [json.loads(line) for line in self.file.read_text(encoding="utf-8").splitlines()]

    def migrate(self, task: str, *more: str) -> tuple[int, str]:
        for name, text in (("old.json", json.dumps(OLD)), ("new.json", json.dumps(NEW))):
            (self.folder / name).write_text(text, encoding="utf-8")
        spec = {"version": 1, "contract": "things", "from": "1", "to": "2", "old": "old.json", "new": "new.json"}
        (self.folder / "migration.yml").write_text(yaml.safe_dump({**spec, "steps": STEPS}), encoding="utf-8")
        targets = self.folder / "targets.yml"
        targets.write_text(yaml.safe_dump({"targets": {"things": {"url": str(self.file)}}}), encoding="utf-8")
        named = str(self.folder / "migration.yml") if task in ("plan", "test", "run") else "things"
        code = main(["migrate", task, named, *more, "--targets", str(targets)])
        out, err = self.capture.readouterr()
        return code, out + err


def _inode(number: int) -> int:
    return os.fstat(number).st_ino


@pytest.fixture
def shop(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Shop:
    return Shop(tmp_path, capsys)


def test_a_file_is_migrated_and_taken_back_with_what_was_appended_since(shop: Shop) -> None:
    shop.fill({"n": "1"}, {"n": "2"})
    code, said = shop.migrate("run")
    assert code == 0, said
    assert shop.read() == [{"n": 1}, {"n": 2}]
    shop.append({"n": 3})
    code, said = shop.migrate("rollback")
    assert code == 0, said
    assert shop.read() == [{"n": "1"}, {"n": "2"}, {"n": "3"}]


def test_lines_that_came_before_the_swap_are_taken_along(shop: Shop) -> None:
    shop.fill({"n": "1"})
    assert shop.migrate("run", "--until", "cutover")[0] == 0
    shop.append({"n": "2"})
    shop.file.write_text(shop.file.read_text(encoding="utf-8").replace('"1"', '"7"'), encoding="utf-8")
    code, said = shop.migrate("resume")
    assert code == 0, said
    assert shop.read() == [{"n": 7}, {"n": 2}]


def test_a_crash_between_swap_and_rename_is_made_good(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.fill({"n": "1"})

    def crash(*_: object) -> None:
        raise Crash

    with monkeypatch.context() as broken:
        broken.setattr(Path, "replace", crash)
        with pytest.raises(Crash):
            shop.migrate("run")
    assert shop.read() == [{"n": "1"}]
    open_target(Target("things", str(shop.file))).close()
    assert shop.read() == [{"n": 1}]
    assert shop.migrate("rollback")[0] == 0
    assert shop.read() == [{"n": "1"}]


def test_nothing_that_is_appended_meanwhile_is_lost(shop: Shop) -> None:
    shop.fill(*({"n": str(n)} for n in range(2_000)))
    over, said = threading.Event(), []

    def append() -> None:
        number = 10_000
        while not over.is_set():
            now = shop.read()
            form = int if now and isinstance(now[0]["n"], int) else str
            shop.append({"n": form(number)})
            said.append(number)
            number += 1

    writer = threading.Thread(target=append)
    writer.start()
    try:
        code, told = shop.migrate("run", "--exclude")
    finally:
        over.set()
        writer.join()
    assert code == 0, told
    found = [int(one["n"]) for one in shop.read()]
    assert sorted(found) == sorted([*range(2_000), *said])


def test_a_file_that_is_not_there_is_named(shop: Shop) -> None:
    code, said = shop.migrate("plan")
    assert code == 1
    assert "there is no JSON Lines file" in said
