"""What this process counts of itself, in Prometheus' terms; what the database knows is read when it is asked for.

docs/operating.md lists what there is. Labels hold no name that people chose, no repository and no login, but for the
failures of a contract's data, which are asked for by contract and partner.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import cache

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, UnknownMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from bot.operate.failures import Figures
from bot.store.values import Backlog

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
REGISTRY = CollectorRegistry()
disable_created_metrics()  # type: ignore[no-untyped-call]  # a series for each series, which nobody reads

_SECONDS = (0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 60, 180)

_DELIVERIES = Counter(
    "concordat_deliveries", "Deliveries that this process acknowledged, by event and answer.", ["event", "answer"],
    registry=REGISTRY,
)  # fmt: skip
_JOBS = Histogram(
    "concordat_job_seconds", "Time that jobs took here, by kind and how they ended: done, wait, retry, dead.",
    ["kind", "outcome"], buckets=_SECONDS, registry=REGISTRY,
)  # fmt: skip
_REQUESTS = Histogram(
    "concordat_github_request_seconds", "Requests to GitHub, by method and answer: a status, or none.",
    ["method", "answer"], buckets=_SECONDS, registry=REGISTRY,
)  # fmt: skip
_LEFT = Gauge(
    "concordat_github_rate_limit_remaining", "Requests that GitHub still allows, as it last said; by who asks.",
    ["installation"], registry=REGISTRY,
)  # fmt: skip
_VERDICTS = Histogram(
    "concordat_verdict_seconds", "Time that verdicts took here, by verdict.", ["verdict"], buckets=_SECONDS,
    registry=REGISTRY,
)  # fmt: skip

_ROWS = Gauge("concordat_migration_rows", "Rows that a run has copied, by the run's id.", ["run"], registry=REGISTRY)
_SHARE = Gauge("concordat_migration_percent", "How far a run is, in percent.", ["run"], registry=REGISTRY)
_ALONE = Counter(
    "concordat_migration_alone", "Five minutes that a run went on while the database did not answer.", registry=REGISTRY
)

_MOST_LABELS = 100
_OTHER = "other"
_events: set[str] = set()


def delivery_answered(event: str, answer: int) -> None:
    """Count a delivery; beyond a hundred kinds of event, further ones count as "other"."""
    if event not in _events:
        if len(_events) >= _MOST_LABELS:
            event = _OTHER
        else:
            _events.add(event)
    _counted(event, answer).inc()


@cache
def _counted(event: str, answer: int) -> Counter:
    # Looking a series up by its labels takes longer than counting.
    return _DELIVERIES.labels(event, str(answer))


def job_ended(kind: str, outcome: str, seconds: float) -> None:
    """Count a job that was done here, or tried."""
    _JOBS.labels(kind, outcome).observe(seconds)


def github_answered(method: str, status: int | None, seconds: float) -> None:
    """Count a request to GitHub; `None` where no answer came."""
    _REQUESTS.labels(method, "none" if status is None else str(status)).observe(seconds)


def github_allows(installation: int | None, remaining: int) -> None:
    """Keep how many requests GitHub still allows an installation, or the App itself."""
    _LEFT.labels("app" if installation is None else str(installation)).set(remaining)


def verdict_given(verdict: str, seconds: float) -> None:
    """Count a verdict."""
    _VERDICTS.labels(verdict).observe(seconds)


def migration_stands(run: str, rows: int, percent: float) -> None:
    """Keep how far a run is that is worked on here."""
    _ROWS.labels(run).set(rows)
    _SHARE.labels(run).set(percent)


def migration_alone() -> None:
    """Count five minutes in which a run could not be told of."""
    _ALONE.inc()


def written(backlog: Sequence[Backlog] | None, now: datetime, *, held: bool, data: Figures | None = None) -> bytes:
    """Write all that is counted here, and what the store told (`None`: nothing) as Prometheus reads it.

    `held` says whether a quarantine keeps everything from being sent, `data` what production data broke.
    """
    registry = CollectorRegistry()
    registry.register(_Stored(backlog, now, held=held))
    if data is not None:
        registry.register(_Data(data))
    return generate_latest(REGISTRY) + generate_latest(registry)


class _Stored(Collector):
    """What the database knows, the same from whichever process it is asked."""

    def __init__(self, backlog: Sequence[Backlog] | None, now: datetime, *, held: bool) -> None:
        self._backlog = backlog
        self._now = now
        self._held = held

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Give the families."""
        yield GaugeMetricFamily(
            "concordat_database_ready", "Whether the database answers and is as this release needs it.",
            value=float(self._backlog is not None),
        )  # fmt: skip
        yield GaugeMetricFamily(
            "concordat_quarantine", "Whether a quarantine after a restore keeps everything from being sent.",
            value=float(self._held),
        )  # fmt: skip
        jobs = GaugeMetricFamily(
            "concordat_jobs", "Jobs in the table: due, running, waiting for their time, dead.",
            labels=["state", "kind", "pool"],
        )  # fmt: skip
        oldest = GaugeMetricFamily(
            "concordat_oldest_due_seconds", "How long the oldest job that is due has been so.", labels=["kind", "pool"]
        )
        for one in self._backlog or ():
            jobs.add_metric([one.state, one.kind, one.pool], one.count)
            if one.since is not None:
                oldest.add_metric([one.kind, one.pool], max(0.0, (self._now - one.since).total_seconds()))
        yield jobs
        yield oldest


class _Data(Collector):
    """What monitoring reported of production data, over the whole life of the database."""

    def __init__(self, figures: Figures) -> None:
        self._figures = figures

    def collect(self) -> Iterator[Metric]:
        """Give the families."""
        # By the name that it is asked for by, which a counter's `_total` would change.
        failures = UnknownMetricFamily(
            "schema_validation_failures", "Documents of production data that broke their contract, as reported.",
            labels=["contract", "partner", "schema_version"],
        )  # fmt: skip
        for labels, count in self._figures.failures:
            failures.add_metric(list(labels), count)
        yield failures
        yield CounterMetricFamily(
            "concordat_refused_reports", "Reports of violations that could not be taken in.",
            value=self._figures.refused,
        )  # fmt: skip
