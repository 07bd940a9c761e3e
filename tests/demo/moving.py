"""The data behind a contract is moved in the story: planned on the pull request, run at the merge, taken back."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from typing import Any

from tests.demo import material
from tests.demo.billing import ROWS
from tests.demo.stage import Stage, expect
from tests.demo.telling import Teller
from tests.fakes.github import Pull, Repository
from tests.fakes.github.state import Comment

INVOICE, FILE = "schemas/invoice.json", "migrations/invoice/1.0.0-2.0.0.yml"
CONTRACT = """\
  invoice:
    files: schemas/invoice.json
    version: semver-field
    owners:
      users: [vera]
    maintainers: [vera]
    policy: {accompany: []}
"""
MIGRATION = """\
version: 1
contract: invoice
from: 1.0.0
to: 2.0.0
steps:
  - cast: {at: /total, from: string, to: number}
"""


def invoice(version: str, **total: Any) -> str:
    """Write the invoice's schema with a total of some type."""
    properties = {"number": {"type": "integer"}, "total": total}
    schema = {"version": version, "type": "object", "properties": properties, "required": ["number", "total"]}
    return material.text({"$schema": "https://json-schema.org/draft/2020-12/schema", **schema})


def play(on: Stage, tell: Teller, contracts: Repository) -> None:
    """Move the invoices to their new form, write one more, and take it all back."""
    pull = _propose(on, tell, contracts)
    pull.merge()
    on.settle()
    tell.does(f"The pull request is merged. Nobody is owed notice, and somebody is on call: {ROWS:,} rows move.")
    tell.comment("vera", "the pull request", _comment(pull, "concordat:migration:run"))
    expect(_total(on, 7) == 7.5, "the seventh invoice has its total as a number")
    with closing(sqlite3.connect(on.folder / "billing.db")) as connection, connection:
        connection.execute("INSERT INTO invoices VALUES (?, ?)", (ROWS, json.dumps({"number": ROWS, "total": 1.25})))
    pull.comment_as("vera", "/migrate rollback")
    on.settle()
    tell.does("The application writes one more invoice in the new form. Then vera comments: /migrate rollback")
    expect(_total(on, 7) == "7.5", "the seventh invoice has its total as text again")
    expect(_total(on, ROWS) == "1.25", "the invoice written since is there, in the old form")
    tell.comment("vera", "the pull request, in the same comment", _comment(pull, "concordat:migration:run"))
    issues = [one.title for one in contracts.state.issues.values() if one.title.startswith("Incident")]
    expect(len(issues) == 1, "an incident report became an issue")
    tell.does(f"The report is an issue: {issues[0]}")


def _propose(on: Stage, tell: Teller, contracts: Repository) -> Pull:
    config = {".github/contracts.yml": material.CONFIG + material.LAB_CONTRACT + CONTRACT}
    contracts.commit("main", config | {INVOICE: invoice("1.0.0", type="string")}, "Invoices")
    contracts.branch("totals")
    contracts.commit("totals", {INVOICE: invoice("2.0.0", type="number"), FILE: MIGRATION}, "Totals are numbers")
    pull = contracts.open_pull("Totals are numbers", head="totals", author="ana")
    on.settle()
    tell.does(f"ana makes the total of an invoice a number, and says how {ROWS:,} stored ones become so.")
    comment = _comment(pull, "concordat:review")
    expect(f"{ROWS:,} of {ROWS:,} rows fail" in comment.body, "the comment says how many rows the new schema refuses")
    tell.comment("ana", "her pull request", comment)
    return pull


def _comment(pull: Pull, marker: str) -> Comment:
    found = [one for one in pull.app_comments if marker in one.body]
    expect(len(found) == 1, f"pull request #{pull.number} has one such comment (it has {len(found)})")
    return found[0]


def _total(on: Stage, number: int) -> object:
    with closing(sqlite3.connect(on.folder / "billing.db")) as connection:
        found = connection.execute("SELECT document FROM invoices WHERE number = ?", (number,)).fetchone()
    return json.loads(found[0])["total"] if found else None
