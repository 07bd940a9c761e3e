"""Targets with rows for the tests of migrations, on each database, and the command as people call it."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml

from bot.cli import main

Rows = Mapping[int, Mapping[str, Any]]


@dataclass(frozen=True)
class House:
    """A database with the table `things` (id, doc), a targets file that names it, and a terminal to work at."""

    url: str
    folder: Path
    capture: pytest.CaptureFixture[str]

    def execute(self, statement: str, rows: Iterable[tuple[Any, ...]] = ((),)) -> list[Any]:
        if self.url.startswith("sqlite"):
            with sqlite3.connect(self.url.removeprefix("sqlite:///"), timeout=30) as lite:
                found = [lite.execute(statement, row).fetchall() for row in rows]
            lite.close()
            return found[-1] if found else []
        with psycopg.connect(self.url.replace("+psycopg", ""), autocommit=True) as heavy:
            cursors = [heavy.execute(statement.replace("?", "%s"), row or None) for row in rows]
            return cursors[-1].fetchall() if cursors and cursors[-1].description else []

    def fill(self, documents: Iterable[Any], *, kind: str = "") -> None:
        doc = kind or ("text" if self.url.startswith("sqlite") else "jsonb")
        self.execute(f"CREATE TABLE things (id integer PRIMARY KEY, doc {doc})")
        texts = [one if isinstance(one, str) else json.dumps(one) for one in documents]
        self.execute("INSERT INTO things (id, doc) VALUES (?, ?)", list(enumerate(texts, 1)))

    def put(self, key: int, document: Mapping[str, Any]) -> None:
        self.execute("UPDATE things SET doc = ? WHERE id = ?", [(json.dumps(document), key)])

    def add(self, key: int, document: Mapping[str, Any]) -> None:
        self.execute("INSERT INTO things (id, doc) VALUES (?, ?)", [(key, json.dumps(document))])

    def read(self) -> Rows:
        cast = "doc" if self.url.startswith("sqlite") else "doc::text"
        return {key: json.loads(text) for key, text in self.execute(f"SELECT id, {cast} FROM things ORDER BY id")}

    def tables(self) -> set[str]:
        lite = "SELECT name FROM sqlite_master WHERE type = 'table'"
        heavy = "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
        return {row[0] for row in self.execute(lite if self.url.startswith("sqlite") else heavy)}

    @property
    def targets(self) -> Path:
        path = self.folder / "targets.yml"
        target = {"url": self.url, "table": "things", "column": "doc"}
        path.write_text(yaml.safe_dump({"targets": {"things": target}}), encoding="utf-8")
        return path

    def spec(self, steps: list[dict[str, Any]], *, old: Any = True, new: Any = True, **more: Any) -> Path:
        """Write a migration file with its schemas."""
        (self.folder / "old.json").write_text(json.dumps(old), encoding="utf-8")
        (self.folder / "new.json").write_text(json.dumps(new), encoding="utf-8")
        path = self.folder / "migration.yml"
        whole = {"version": 1, "contract": "things", "from": "1", "to": "2", "old": "old.json", "new": "new.json",
                 "steps": steps, **more}  # fmt: skip
        path.write_text(yaml.safe_dump(whole), encoding="utf-8")
        return path

    def migrate(self, task: str, *more: str | Path) -> tuple[int, str, str]:
        """Run `concordat migrate`: its exit code, what it printed, and what it complained of."""
        code = main(["migrate", task, *map(str, more), "--targets", str(self.targets)])
        out, err = self.capture.readouterr()
        return code, out, err
