from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.review_events import Fact
from rules.statistics import NOBODY, Promise, Request, by_team_and_month, figures, requests

START = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
LATER = START + timedelta(days=60)


@dataclass(frozen=True)
class Said:
    """A fact of the log, so many hours after the start."""

    kind: str
    hours: float = 0
    contract: str = "orders"
    digest: str = "d1"
    more: Mapping[str, Any] = field(default_factory=dict)
    source_id: str = "1"
    actor_id: int | None = 1

    @property
    def source_time(self) -> datetime:
        return START + timedelta(hours=self.hours)

    @property
    def body(self) -> Mapping[str, Any]:
        return {"contract": self.contract, "digest": self.digest, **self.more}


def submitted(hours: float = 0, **more: Any) -> Said:
    return Said("review.submitted", hours, **more)


def judged(grade: str, **more: Any) -> Said:
    return Said("review.judged", more={"grade": grade}, **more)


def approved(hours: float, **more: Any) -> Said:
    return Said("review.approved_at_last", hours, **more)


def promise(kind: str = "requested", who: str = "team:acme/crm", *, hours: float = 48, stands: bool = True) -> Promise:
    return Promise("pull:1:1", f"review.{kind}", "orders", who, START + timedelta(hours=hours), stands)


def folded(
    *log: Fact, promises: Sequence[Promise] = (), closed: frozenset[str] = frozenset(), now: datetime = LATER
) -> list[Request]:
    return list(requests({"pull:1:1": log}, promises, closed, now))


def outcome(*log: Fact, **values: Any) -> str:
    (one,) = folded(*log, **values)
    return one.outcome


def test_a_request_is_pending_until_it_is_approved_or_rejected() -> None:
    assert outcome(submitted()) == "pending"
    assert outcome(submitted(), approved(30)) == "approved"
    assert outcome(submitted(), Said("review.rejected", 5)) == "rejected"
    assert outcome(submitted(), closed=frozenset({"pull:1:1"})) == "closed"
    assert outcome(submitted(), approved(30), closed=frozenset({"pull:1:1"})) == "approved"


def test_what_was_approved_before_the_documents_changed_is_pending_again() -> None:
    log = (submitted(), approved(30), Said("review.pushed", 40, digest="d2"))
    assert outcome(*log) == "pending"
    assert (
        outcome(*log, submitted(41, digest="d2", source_id="2"), approved(50, digest="d2", source_id="3")) == "approved"
    )


def test_what_was_approved_and_is_closed_stays_approved_though_its_documents_are_gone() -> None:
    gone = Said("review.pushed", 50, digest="")
    assert outcome(submitted(), approved(5), gone, closed=frozenset({"pull:1:1"})) == "approved"
    assert outcome(submitted(), gone, closed=frozenset({"pull:1:1"})) == "closed"
    assert outcome(submitted(), approved(5), gone) == "pending"


def test_the_time_counts_from_the_first_moment_it_was_ready() -> None:
    (one,) = folded(submitted(), Said("review.pushed", 40, digest="d2"), approved(50, digest="d2"))
    assert one.took == timedelta(hours=50)


def test_what_nobody_has_to_answer_is_no_request() -> None:
    assert folded(submitted(), judged("PATCH")) == []
    assert len(folded(submitted(), judged("PATCH"), judged("MAJOR", digest="d2"))) == 1
    assert len(folded(submitted(), judged("SOMETHING NEW"))) == 1
    assert folded(approved(3)) == []


def test_each_contract_of_a_pull_request_is_a_request() -> None:
    found = folded(submitted(), submitted(1, contract="payments"), approved(2, contract="payments"))
    assert [(one.contract, one.outcome) for one in found] == [("orders", "pending"), ("payments", "approved")]


def test_what_lies_ahead_is_not_looked_at() -> None:
    assert outcome(submitted(), approved(30), now=START + timedelta(hours=29)) == "pending"


def test_a_breach_is_a_review_time_that_ran_out_and_still_counts() -> None:
    late, moved = promise("breached"), promise("breached", "team:acme/data", stands=False)
    (one,) = folded(submitted(), promises=[promise(), promise(who="team:acme/data"), late, moved])
    assert one.teams == ("acme/crm", "acme/data")
    assert one.breaches == frozenset({"acme/crm"})
    (early,) = folded(submitted(), promises=[late], now=START + timedelta(hours=47))
    assert early.breaches == frozenset()


def request(hours: float | None, month: int = 11, *teams: str) -> Request:
    took = None if hours is None else timedelta(hours=hours)
    state = "pending" if hours is None else "approved"
    return Request("pull:1:1", "orders", START.replace(month=month), state, took, teams or (NOBODY,))  # type: ignore[arg-type] # one of the two


def test_the_average_and_the_time_within_which_nine_of_ten_were_approved() -> None:
    found = figures([request(hours) for hours in (1, 2, 3, 4, 5, 6, 7, 8, 9, 100)] + [request(None)])
    assert (found.requests, found.approved, found.pending) == (11, 10, 1)
    assert (found.average_hours, found.p90_hours) == (14.5, 9.0)
    assert (figures([request(7.25)]).average_hours, figures([request(7.25)]).p90_hours) == (7.2, 7.2)


def test_without_an_approval_there_is_no_time() -> None:
    assert (figures([]).average_hours, figures([request(None)]).p90_hours) == (None, None)


def test_a_request_counts_for_each_team_in_its_month() -> None:
    found = by_team_and_month([request(1, 11, "a", "b"), request(2, 12, "a"), request(None, 11)])
    assert [(month, team, one.requests) for month, team, one in found] == [
        ("2026-11", "a", 1), ("2026-11", "b", 1), ("2026-11", NOBODY, 1), ("2026-12", "a", 1),
    ]  # fmt: skip


FACTS = st.builds(
    Said,
    st.sampled_from(["review.submitted", "review.pushed", "review.rejected", "review.approved_at_last"]),
    st.integers(0, 50),
    digest=st.sampled_from(["d1", "d2"]),
    source_id=st.uuids().map(str),
)


@settings(deadline=None)
@given(st.lists(FACTS, max_size=8).flatmap(lambda log: st.tuples(st.just(log), st.permutations(log))))
def test_the_figures_are_the_same_whatever_the_order_of_arrival(logs: tuple[list[Said], list[Said]]) -> None:
    first, other = logs
    assert folded(*first) == folded(*other)


@pytest.mark.parametrize("hours", [[5.0], [1.0, 2.0], [float(n) for n in range(100)]])
def test_nine_of_ten_are_within_the_p90(hours: list[float]) -> None:
    p90 = figures([request(one) for one in hours]).p90_hours
    assert p90 is not None
    assert sum(one <= p90 for one in hours) >= 0.9 * len(hours)


def test_a_team_that_had_approved_in_time_breached_nothing() -> None:
    """Nothing ran at that moment, and what was owed was taken back only afterwards."""
    late, yes = promise("breached"), Said("review.approved", 47, more={"teams": ["acme/crm"], "login": "mona"})
    (one,) = folded(submitted(), yes, promises=[late])
    assert one.breaches == frozenset()
    (one,) = folded(submitted(), promises=[late])
    assert one.breaches == {"acme/crm"}
