"""Where a SQLite database lies: what is written to a file that was moved away or replaced is lost with it."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Engine

from bot.store.errors import StoreError

_Identity = tuple[int, int]


class Place:
    """The file that was opened; a database on a server has none, and is always in its place."""

    def __init__(self, engine: Engine) -> None:
        name = engine.url.database if engine.dialect.name == "sqlite" else None
        self._path = Path(name).absolute() if name else None
        self._opened = self._found()

    def lacks(self) -> str | None:
        """Say in a sentence that the file is not there any more; `None` while it is."""
        if self._found() == self._opened:
            return None
        return "the database's file was moved, deleted or replaced: put it back, or start this process anew"

    def check(self) -> None:
        """Raise `StoreError` where what is written now would be lost."""
        missing = self.lacks()
        if missing:
            raise StoreError(missing)

    def _found(self) -> _Identity | None:
        if self._path is None:
            return None
        try:
            found = self._path.stat()
        except OSError:
            return None
        return found.st_dev, found.st_ino
