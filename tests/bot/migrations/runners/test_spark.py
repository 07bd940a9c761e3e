"""The worked example for Spark: each mode on tables in memory, to the same meaning as a run of Concordat's own."""

from __future__ import annotations

import base64
import gzip
import importlib.util
import json
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from bot.migrations.runners.figures import read, wrong
from bot.migrations.runners.plans import errand
from bot.migrations.runners.workflow import _wrong, packed
from bot.migrations.work import Work
from rules.documents import parse
from rules.migration_spec import load
from tests.bot.migrations.test_examples import EXAMPLES, SPECS, sample

FOLDER = Path("examples/spark")
VIEW = "lake.orders"


def job() -> ModuleType:
    found = importlib.util.spec_from_file_location("spark_job", FOLDER / "job.py")
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


JOB = job()


@dataclass
class Memory:
    """A lake without Spark."""

    tables: dict[str, dict[str, Any]] = field(default_factory=dict)
    views: dict[str, str] = field(default_factory=dict)

    def rows(self, table: str, beside: str | None = None) -> Any:
        known = self.tables.get(beside or "", {})
        return [(key, text) for key, text in self.tables.get(table, {}).items() if key not in known]

    def changed(self, rows: Any, change: Any) -> Any:
        return list(change(iter(rows)))

    def count(self, rows: Any, *, failing: bool | None = None) -> int:
        return len(rows) if failing is None else sum((why is not None) == failing for _, _, why in rows)

    def add(self, table: str, rows: Any, *, failing: bool) -> None:
        into = self.tables.setdefault(table, {})
        for key, text, why in rows:
            if (why is not None) == failing:
                assert key not in into, "a row is added once"
                into[key] = text

    def drop(self, table: str) -> None:
        self.tables.pop(table, None)

    def shown(self, view: str) -> str:
        return self.views[view]

    def show(self, view: str, table: str) -> None:
        self.views[view] = table

    def read(self) -> dict[str, Any]:
        return {key: json.loads(text) for key, text in self.tables[self.views[VIEW]].items()}


@dataclass
class Shore:
    """A lake with the rows of one example, and its plan."""

    work: Work
    lake: Memory
    folder: Path
    capture: pytest.CaptureFixture[str]

    def call(self, mode: Any, code: int = 0, **more: bool) -> Any:
        """Run the job as the workflow does; the figures that it told."""
        one = errand(self.work, "orders", f"ab-{mode}-1", mode, **more)
        path = self.folder / "plan.json"
        path.write_bytes(gzip.decompress(base64.b64decode(packed(one))))
        assert JOB.main(["--plan", str(path), "--view", VIEW], self.lake) == code
        (line,) = self.capture.readouterr().out.splitlines()
        told = read(line.removeprefix("::notice title=concordat::").replace("%25", "%"))
        assert told is not None
        return told

    @property
    def old(self) -> str:
        return str(JOB.table_of(VIEW, self.work.spec.source))


def shore(path: Path, folder: Path, capture: pytest.CaptureFixture[str]) -> Shore:
    spec = load(path.read_text(encoding="utf-8"), path=str(path))
    old, new = (json.loads((EXAMPLES / str(one)).read_text(encoding="utf-8")) for one in (spec.old, spec.new))
    found = Shore(Work(spec, old, new), Memory(), folder, capture)
    found.lake.tables[found.old] = {str(number): text for number, text in enumerate(sample(path))}
    found.lake.views[VIEW] = found.old
    return found


@pytest.fixture(params=SPECS, ids=lambda path: path.parts[-3])
def domain(request: pytest.FixtureRequest, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Shore:
    return shore(request.param, tmp_path, capsys)


def test_each_domain_reaches_the_new_version_as_a_run_of_our_own_and_comes_back(domain: Shore) -> None:
    before = domain.lake.read()
    up = domain.work.spec.transform.up
    expected = {key: up(json.loads(json.dumps(document))) for key, document in before.items()}
    assert wrong(domain.call("test"), "test", 0) == ""
    assert domain.lake.read() == before
    assert wrong(domain.call("copy"), "copy", 0) == ""
    assert domain.lake.read() == before, "readers notice nothing"
    domain.call("cutover")
    assert domain.lake.read() == expected
    domain.call("cutover")
    domain.call("rollback")
    assert domain.lake.read() == before
    assert list(domain.lake.tables) == [domain.old] or f"{domain.old}_kept" in domain.lake.tables


@pytest.fixture
def finance(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Shore:
    (path,) = [one for one in SPECS if "payment-transaction" in one.parts]
    return shore(path, tmp_path, capsys)


def test_rows_that_come_meanwhile_are_brought_over_and_those_that_come_after_are_brought_back(finance: Shore) -> None:
    finance.call("copy")
    one = finance.lake.tables[finance.old]["0"]
    finance.lake.tables[finance.old]["late"] = one
    assert finance.call("cutover").written == len(finance.lake.tables[finance.old])
    finance.lake.tables[finance.lake.views[VIEW]]["after"] = finance.lake.tables[finance.lake.views[VIEW]]["late"]
    finance.call("rollback")
    assert finance.lake.read()["after"] == json.loads(one)


def test_a_row_that_fails_stops_the_cutover_unless_it_may_stay_behind(finance: Shore) -> None:
    finance.lake.tables[finance.old]["bad"] = "{}"
    told = finance.call("copy")
    assert (told.failing, wrong(told, "copy", 0)) == (1, "1 rows cannot be migrated (0 allowed)")
    assert "nothing was swapped" in finance.call("cutover", code=1).says
    assert finance.lake.views[VIEW] == finance.old
    finance.call("cutover", exclude=True)
    assert "bad" not in finance.lake.read()
    finance.call("rollback")
    assert "bad" in finance.lake.read()


def test_what_cannot_be_said_in_the_old_version_holds_the_rollback_up(finance: Shore) -> None:
    finance.call("copy")
    finance.call("cutover")
    finance.lake.tables[finance.lake.views[VIEW]]["strange"] = '"no object"'
    assert "cannot be said in 1.0.0" in finance.call("rollback", code=1).says
    finance.call("rollback", accept=True)
    assert "strange" in finance.lake.tables[f"{finance.old}_kept"]


def test_the_old_table_goes_only_where_the_new_one_is_read(finance: Shore) -> None:
    assert "is not dropped" in finance.call("finish", code=1).says
    finance.call("copy")
    finance.call("cutover")
    finance.call("finish")
    assert finance.old not in finance.lake.tables


def test_a_plan_of_another_format_is_refused(finance: Shore) -> None:
    with pytest.raises(JOB.Failed, match="format 1, not 2"):
        JOB.carry_out({"format": 2, "mode": "test"}, finance.lake, VIEW)


def test_the_workflow_of_the_example_is_one_that_is_found_again() -> None:
    data = (FOLDER / ".github/workflows/migrate.yml").read_bytes()
    assert list(_wrong(parse("migrate.yml", data, syntax="yaml").value)) == []


def test_the_same_on_spark_itself(finance: Shore, tmp_path: Path) -> None:
    pyspark = pytest.importorskip("pyspark.sql", reason="pyspark is not installed: the example's few lines on Spark")
    if shutil.which("java") is None:
        pytest.skip("Java is not installed: the example's few lines on Spark")
    builder = pyspark.SparkSession.builder.master("local[1]").config("spark.sql.warehouse.dir", str(tmp_path / "w"))
    lake = JOB.SparkLake(builder.config("spark.sql.catalogImplementation", "hive").getOrCreate())
    rows = [(key, text, None) for key, text in finance.lake.tables[finance.old].items()]
    lake.spark.sql("CREATE DATABASE IF NOT EXISTS lake")
    lake.add(finance.old, lake.spark.createDataFrame(rows, "key string, document string, why string"), failing=False)
    lake.show(VIEW, finance.old)
    for mode in ("copy", "cutover", "rollback"):
        one = errand(finance.work, "orders", f"ab-{mode}-1", mode)
        JOB.carry_out(one.plan, lake, VIEW)
    assert lake.shown(VIEW) == finance.old
