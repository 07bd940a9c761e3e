"""The database of the story's invoices, and the file that names it to the server."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

ROWS = 20_000


def table(folder: Path) -> Path:
    """Make the database in which the invoices stand, and name it to the server; where the server reads of it."""
    database, targets = folder / "billing.db", folder / "targets.yml"
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE invoices (number INTEGER PRIMARY KEY, document TEXT)")
        rows = ((one, json.dumps({"number": one, "total": f"{one}.5"})) for one in range(ROWS))
        connection.executemany("INSERT INTO invoices VALUES (?, ?)", rows)
    targets.write_text(
        f"targets:\n  invoice: {{url: 'sqlite:///{database}', table: invoices, column: document, "
        "repositories: [hospital/contracts]}\n",
        encoding="utf-8",
    )
    return targets
