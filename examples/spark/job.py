"""A migration carried out by Spark: the plan that Concordat hands over, on a table too large for one machine.

    spark-submit job.py --plan plan.json --view lake.orders

Readers see the view `lake.orders`; the rows of version 1.0.0 stand in the table `lake.orders_1_0_0`, each with a `key`
and a `document` (JSON). Rows are only ever added, as in most lakes. What is done to a document is what Concordat does
everywhere: the steps are its own (`rules.transform`), and each row is validated on the executor that wrote it.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

FORMAT = 1
BATCH = 1_000
Row = tuple[str, str]
Converted = tuple[str, str, str | None]
"""A row's key, its document (the old one where it has no new form), and why it has none."""
Change = Callable[[Iterable[Row]], Iterator[Converted]]


def changes(plan: Mapping[str, Any], way: str) -> Change:
    """Make what an executor does to a part of the rows; the plan alone travels to it."""

    def change(rows: Iterable[Row]) -> Iterator[Converted]:
        from bot.migrations.check import compile_check  # noqa: PLC0415 on the executor, where it is installed too
        from bot.migrations.rows import conversions  # noqa: PLC0415 as above
        from rules.transform import compile_steps  # noqa: PLC0415 as above

        old, new = (compile_check(plan[side], f"the {side} schema") for side in ("old", "new"))
        convert = getattr(conversions(compile_steps(plan["steps"]), old, new), way)
        for part in batches(rows):
            for (key, document), one in zip(part, convert([text for _, text in part]), strict=True):
                yield (key, one, None) if isinstance(one, str) else (key, document, one.sentence)

    return change


def batches(rows: Iterable[Row]) -> Iterator[list[Row]]:
    """Part rows into lists of a thousand."""
    part: list[Row] = []
    for row in rows:
        part.append((row[0], row[1]))
        if len(part) == BATCH:
            yield part
            part = []
    if part:
        yield part


class Lake(Protocol):
    """What a job needs of where the tables are. `rows` stands for a table that is not read before it has to be."""

    def rows(self, table: str, beside: str | None = None) -> Any:
        """Give a table's rows; with `beside` those whose key is not in that one."""

    def changed(self, rows: Any, change: Change) -> Any:
        """Give them changed, where they are."""

    def count(self, rows: Any, *, failing: bool | None = None) -> int:
        """Count rows, or those that failed or did not."""

    def add(self, table: str, rows: Any, *, failing: bool) -> None:
        """Add the rows that failed, or those that did not, to a table."""

    def drop(self, table: str) -> None:
        """Drop a table, if it is there."""

    def shown(self, view: str) -> str:
        """Name the table that a view shows."""

    def show(self, view: str, table: str) -> None:
        """Have a view show another table, at once for all who read it from then on."""


class Failed(Exception):  # noqa: N818 it names what happened
    """The errand failed; the message goes to the people who look after the migration."""


def carry_out(plan: Mapping[str, Any], lake: Lake, view: str) -> dict[str, Any]:
    """Do what the plan asks for; its figures. Each mode can be done again after it failed anywhere in between."""
    if plan.get("format") != FORMAT:
        raise Failed(f"this job knows plans of format {FORMAT}, not {plan.get('format')!r}")
    return _MODES[plan["mode"]](plan, lake, view)


def table_of(view: str, version: str) -> str:
    """Name the table of a version."""
    return f"{view}_{''.join(sign if sign.isalnum() else '_' for sign in version)}"


def tables(plan: Mapping[str, Any], view: str) -> tuple[str, str, str]:
    """Name the old table, the new one, and the one for rows that stay behind."""
    new = table_of(view, plan["to"])
    return table_of(view, plan["from"]), new, f"{new}_failing"


def _test(plan: Mapping[str, Any], lake: Lake, view: str) -> dict[str, Any]:
    old, _, _ = tables(plan, view)
    rows = lake.rows(old)
    return {
        "rows": lake.count(rows),
        "affected": lake.count(lake.changed(rows, changes(plan, "check")), failing=True),
        "failing": lake.count(lake.changed(rows, changes(plan, "up")), failing=True),
    }


def _copy(plan: Mapping[str, Any], lake: Lake, view: str) -> dict[str, Any]:
    old, new, failing = tables(plan, view)
    if lake.shown(view) == new:
        raise Failed(f"{view} shows {new} already")
    lake.drop(new)
    lake.drop(failing)
    return _over(plan, lake, (old, new, failing))


def _over(plan: Mapping[str, Any], lake: Lake, names: tuple[str, str, str]) -> dict[str, Any]:
    """Bring over the rows that are not there yet."""
    old, new, failing = names
    found = lake.changed(lake.rows(old, beside=new), changes(plan, "up"))
    lake.add(failing, found, failing=True)
    lake.add(new, found, failing=False)
    rows, written = lake.count(lake.rows(old)), lake.count(lake.rows(new))
    return {"rows": rows, "written": written, "failing": rows - written}


def _cut_over(plan: Mapping[str, Any], lake: Lake, view: str) -> dict[str, Any]:
    """Bring over what was added since, then swap. Who adds rows stops doing so for as long as this takes."""
    names = tables(plan, view)
    if lake.shown(view) == names[1]:
        return {}
    lake.drop(names[2])
    told = _over(plan, lake, names)
    if plan["allowed"] is not None and told["failing"] > plan["allowed"]:
        raise Failed(f"{told['failing']:,} rows cannot be migrated ({plan['allowed']:,} allowed); nothing was swapped")
    lake.show(view, names[1])
    return told


def _back(plan: Mapping[str, Any], lake: Lake, view: str) -> dict[str, Any]:
    old, new, failing = tables(plan, view)
    if lake.shown(view) == new:
        found = lake.changed(lake.rows(new, beside=old), changes(plan, "down"))
        unsaid = lake.count(found, failing=True)
        if unsaid and not plan["accept"]:
            raise Failed(
                f"{unsaid:,} rows added since the cutover cannot be said in {plan['from']}; nothing was swapped"
            )
        lake.add(f"{old}_kept", found, failing=True)
        lake.add(old, found, failing=False)
        lake.show(view, old)
    lake.drop(new)
    lake.drop(failing)
    return {"says": f"{view} shows {old}"}


def _finish(plan: Mapping[str, Any], lake: Lake, view: str) -> dict[str, Any]:
    old, new, _ = tables(plan, view)
    if lake.shown(view) != new:
        raise Failed(f"{view} does not show {new}: {old} is not dropped")
    lake.drop(old)
    return {}


_MODES: Mapping[str, Callable[[Mapping[str, Any], Lake, str], dict[str, Any]]] = {
    "test": _test, "copy": _copy, "cutover": _cut_over, "rollback": _back, "finish": _finish,
}  # fmt: skip


class SparkLake:
    """The lake as Spark's catalogue has it: tables of (key, document), and a view that shows one of them."""

    # ruff: noqa: D102 what each does is said in Lake

    _PROPERTY = "concordat.shows"

    def __init__(self, spark: Any) -> None:
        self.spark = spark

    def rows(self, table: str, beside: str | None = None) -> Any:
        found = self.spark.table(table).select("key", "document")
        if beside is None or not self.spark.catalog.tableExists(beside):
            return found
        return found.join(self.spark.table(beside).select("key"), on="key", how="left_anti")

    def changed(self, rows: Any, change: Change) -> Any:
        made = rows.rdd.mapPartitions(change)
        # Kept, since it is counted and written: computed twice it could be two things, while rows are added.
        return self.spark.createDataFrame(made, "key string, document string, why string").persist()

    def count(self, rows: Any, *, failing: bool | None = None) -> int:
        return int((rows if failing is None else self._those(rows, failing=failing)).count())

    def add(self, table: str, rows: Any, *, failing: bool) -> None:
        found = self._those(rows, failing=failing)
        found = found if failing else found.select("key", "document")
        found.write.mode("append").saveAsTable(table)

    def drop(self, table: str) -> None:
        self.spark.sql(f"DROP TABLE IF EXISTS {table}")

    def shown(self, view: str) -> str:
        found = {row[0]: row[1] for row in self.spark.sql(f"SHOW TBLPROPERTIES {view}").collect()}
        return str(found.get(self._PROPERTY, ""))

    def show(self, view: str, table: str) -> None:
        self.spark.sql(  # names of the command line and of versions, whose signs are letters and digits by now
            f"CREATE OR REPLACE VIEW {view} TBLPROPERTIES ('{self._PROPERTY}' = '{table}') AS SELECT * FROM {table}"  # noqa: S608 as said
        )

    @staticmethod
    def _those(rows: Any, *, failing: bool) -> Any:
        return rows.where("why IS NOT NULL" if failing else "why IS NULL")


def notice(figures: Mapping[str, Any]) -> str:
    """Write figures as a notice of GitHub Actions, which Concordat reads."""
    text = json.dumps(figures)
    for sign, written in (("%", "%25"), ("\r", "%0D"), ("\n", "%0A")):
        text = text.replace(sign, written)
    return f"::notice title=concordat::{text}\n"


def main(words: Sequence[str], lake: Lake | None = None) -> int:
    """Read the plan, carry it out, say what came of it."""
    parser = argparse.ArgumentParser(description="Carry out a migration that Concordat hands over.")
    parser.add_argument("--plan", type=Path, required=True)
    parser.add_argument("--view", required=True, help="what readers read, for instance lake.orders")
    arguments = parser.parse_args(words)
    plan = json.loads(arguments.plan.read_text(encoding="utf-8"))
    try:
        figures = carry_out(plan, lake or SparkLake(_session(plan["key"])), arguments.view)
    except Failed as error:
        sys.stdout.write(notice({"says": str(error)}))
        return 1
    sys.stdout.write(notice(figures))
    return 0


def _session(name: str) -> Any:
    from pyspark.sql import SparkSession  # noqa: PLC0415 only where there is a Spark

    return SparkSession.builder.appName(f"concordat {name}").enableHiveSupport().getOrCreate()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
