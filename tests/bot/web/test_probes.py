"""/healthz, /readyz and /metrics, as balancers, Prometheus and strangers meet them."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families

from bot import metrics
from bot.operate.failures import Figures
from bot.steward import quarantine
from bot.store import Store
from bot.store.values import NewEvent, NewJob
from bot.web import create_app, create_probes, report_url
from rules.violations import REFUSED, REPORTED, body, read
from tests.bot.web.making import BODY, NOW, clock, headers, settings

TOKEN = "a-token-for-metrics"
SHOWN = {"Authorization": f"Bearer {TOKEN}"}
HERE = {"REMOTE_ADDR": "127.0.0.1"}
ELSEWHERE = {"REMOTE_ADDR": "192.0.2.7"}


@pytest.fixture
def watched(store: Store) -> FlaskClient:
    return create_app(replace(settings(), metrics_token=TOKEN), store, clock).test_client()


def told(client: FlaskClient) -> dict[tuple[str, ...], float]:
    """Read what /metrics says: value by name and labels."""
    text = client.get("/metrics", headers=SHOWN).get_data(as_text=True)
    return {
        (sample.name, *(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_a_process_that_lives_says_so(client: FlaskClient) -> None:
    assert client.get("/healthz").get_data() == b"ok\n"


def test_a_process_is_ready_when_its_database_is(client: FlaskClient) -> None:
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json) == (200, {"ready": True, "missing": []})


def test_what_is_missing_is_said_without_naming_the_database(client: FlaskClient, tmp_path: Path) -> None:
    with _elsewhere(tmp_path) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0001'")
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json
    assert "revision 0001" in answer.json["missing"][0]
    with _elsewhere(tmp_path) as connection:
        connection.execute("ALTER TABLE alembic_version RENAME TO elsewhere")
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json) == (503, {"ready": False, "missing": ["the database does not answer"]})


def test_a_file_that_was_moved_away_takes_no_delivery_until_it_is_back(client: FlaskClient, tmp_path: Path) -> None:
    (file,) = tmp_path.glob("*.db")
    away = file.rename(tmp_path / "away")
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json
    assert "put it back" in answer.json["missing"][0]
    assert client.post("/webhook", data=BODY, headers=headers()).status_code == 503
    away.rename(file)
    assert client.get("/readyz").status_code == 200
    assert client.post("/webhook", data=BODY, headers=headers()).status_code == 202


def test_metrics_tell_what_is_to_be_done_and_since_when(watched: FlaskClient, store: Store) -> None:
    with store.transaction() as transaction:
        transaction.enqueue(NewJob("pull", {}, pool="pull", due=NOW))
        transaction.enqueue(NewJob("pull", {}, pool="pull", due=NOW.replace(hour=20)))
    found = told(watched)
    assert found["concordat_jobs", "pull", "pull", "due"] == 1
    assert found["concordat_jobs", "pull", "pull", "waiting"] == 1
    assert found["concordat_oldest_due_seconds", "pull", "pull"] >= 0
    assert found[("concordat_database_ready",)] == 1


def test_metrics_tell_of_a_quarantine(watched: FlaskClient, store: Store) -> None:
    assert told(watched)[("concordat_quarantine",)] == 0
    quarantine.begin(store, "restored", NOW)
    assert told(watched)[("concordat_quarantine",)] == 1
    quarantine.release(store, "dana", NOW)
    assert told(watched)[("concordat_quarantine",)] == 0


def test_metrics_count_deliveries_by_event_and_answer(watched: FlaskClient) -> None:
    before = told(watched)
    watched.post("/webhook", data=BODY, headers=headers())
    watched.post("/webhook", data=BODY, headers=headers(secret="somebody-elses-secret"))
    after = told(watched)
    for labels in (("202", "pull_request"), ("401", "unsigned")):
        key = ("concordat_deliveries_total", *labels)
        assert after[key] - before.get(key, 0) == 1


def test_metrics_count_work_requests_and_verdicts(watched: FlaskClient) -> None:
    metrics.job_ended("pull", "done", 0.2)
    metrics.github_answered("POST", 201, 0.1)
    metrics.github_answered("GET", None, 20.0)
    metrics.github_allows(None, 4999)
    metrics.github_allows(7, 12)
    metrics.verdict_given("major", 1.5)
    found = told(watched)
    assert found["concordat_job_seconds_count", "pull", "done"] >= 1
    assert found["concordat_github_request_seconds_count", "201", "POST"] >= 1
    assert found["concordat_github_request_seconds_count", "none", "GET"] >= 1
    assert found["concordat_github_rate_limit_remaining", "app"] == 4999
    assert found["concordat_github_rate_limit_remaining", "7"] == 12
    assert found["concordat_verdict_seconds_count", "major"] >= 1


def test_metrics_are_told_without_a_database_too(watched: FlaskClient, tmp_path: Path) -> None:
    with _elsewhere(tmp_path) as connection:
        connection.execute("ALTER TABLE alembic_version RENAME TO elsewhere")
    assert told(watched)[("concordat_database_ready",)] == 0


def test_events_that_nobody_knows_cannot_fill_the_memory(watched: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metrics, "_events", set(), raising=True)
    for number in range(150):
        metrics.delivery_answered(f"event_{number:03}", 202)
    events = {key[2] for key in told(watched) if key[0] == "concordat_deliveries_total"}
    assert "event_099" in events
    assert "event_100" not in events
    assert "other" in events


@pytest.mark.parametrize(
    ("shown", "allowed"),
    [
        (f"Bearer {TOKEN}", True),
        (f"bearer  {TOKEN} ", True),
        ("", False),
        ("Bearer", False),
        (f"Basic {TOKEN}", False),
        (f"Bearer {TOKEN}x", False),
        ("Bearer é", False),
    ],
)
def test_with_a_token_metrics_are_for_who_shows_it(watched: FlaskClient, shown: str, *, allowed: bool) -> None:
    answer = watched.get("/metrics", headers={"Authorization": shown}, environ_base=HERE)
    assert answer.status_code == (200 if allowed else 403)
    assert allowed or b"METRICS_TOKEN" in answer.get_data()


@pytest.mark.parametrize(
    ("base", "peer", "allowed"),
    [
        ("http://127.0.0.1:8000", HERE, True),
        ("http://[::1]:8000", {"REMOTE_ADDR": "::1"}, True),
        ("http://localhost:8000", HERE, True),
        ("http://127.0.0.1:8000", ELSEWHERE, False),
        # A proxy on this machine would pass the whole world on as this machine.
        ("https://concordat.example.com", HERE, False),
    ],
)
def test_without_a_token_metrics_stay_on_a_machine_that_serves_itself(
    store: Store, base: str, peer: dict[str, str], *, allowed: bool
) -> None:
    for app in (create_app, create_probes):
        client = app(replace(settings(), base_url=base), store, clock).test_client()
        assert client.get("/metrics", environ_base=peer).status_code == (200 if allowed else 403)


def test_a_process_that_only_works_serves_probes_and_nothing_else(store: Store) -> None:
    client = create_probes(settings(), store, clock).test_client()
    assert client.get("/healthz").status_code == client.get("/readyz").status_code == 200
    assert client.post("/webhook", data=BODY, headers=headers()).status_code == 404


def test_every_metric_is_explained_on_the_operating_page() -> None:
    page = Path(__file__).parents[3] / "docs" / "operating.md"
    listed = set(re.findall(r"`((?:concordat|schema)_[a-z_]+)`(?:,| \|)", page.read_text()))
    text = metrics.written([], NOW, held=False, data=Figures()).decode()
    assert {re.sub("_total$", "", family.name) for family in text_string_to_metric_families(text)} == {
        re.sub("_total$", "", name) for name in listed
    }


@contextmanager
def _elsewhere(folder: Path) -> Iterator[sqlite3.Connection]:
    """Write to the database as somebody else does."""
    with closing(sqlite3.connect(folder / "test.db")) as connection, connection:
        yield connection


def test_a_page_says_that_the_database_does_not_answer(client: FlaskClient, tmp_path: Path) -> None:
    with _elsewhere(tmp_path) as connection:
        for table in ("remembered", "session"):
            connection.execute(f"ALTER TABLE {table} RENAME TO {table}_elsewhere")
    answer = client.get(urlsplit(report_url(settings(), "pull:1:1")).path)
    assert answer.status_code == 503
    assert "database does not answer" in answer.get_data(as_text=True)
    assert answer.headers["Retry-After"] == "60"


def test_failures_of_production_data_are_told_by_contract_partner_and_version(
    store: Store, watched: FlaskClient
) -> None:
    assert told(watched)["concordat_refused_reports_total",] == 0
    reports: list[dict[str, Any]] = [
        {"missing": ["total"], "partner": "crm", "schemaVersion": "2.0", "count": 30},
        {"type": "sync_slow"},
    ]
    for stands in (30, 60):
        made = [
            NewEvent(REPORTED, f"{stands}:{n}", NOW, body(read({"contract": "order"} | one)))
            for n, one in enumerate(reports)
        ]
        with store.transaction() as transaction:
            transaction.append("violations:1:order", made)
            transaction.append("refused:1:reports", [NewEvent(REFUSED, str(stands), NOW, {"reason": "x"})])
        found = told(watched)
        assert {key: one for key, one in found.items() if key[0].startswith("schema")} == {
            ("schema_validation_failures", "order", "crm", "2.0"): stands
        }
        assert found["concordat_refused_reports_total",] == stands / 30
