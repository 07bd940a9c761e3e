"""An errand is sent once, found again, followed and stopped, whatever dies or is lost on the way."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

import pytest

from bot.migrations.runners.contract import Errand, Figures, Report
from bot.migrations.runners.errands import WORDS
from tests.bot.migrations.runners.pages import GOOD, Engine, Killed, LostError, Pages

COPY = Errand("ab-copy-1", "copy", "lake")


def go_on(engine: Engine, minutes: int = 1) -> Report:
    """Ask as another worker does after a while."""
    engine.pages.now += timedelta(minutes=minutes)
    with suppress(Killed, LostError):
        return engine.carrier().carry(COPY)
    return Report("sent")


def to_the_end(engine: Engine) -> Report:
    for _ in range(60):
        report = go_on(engine)
        if report.over:
            return report
    raise AssertionError("it never ended")


def test_an_errand_is_sent_followed_and_its_report_kept() -> None:
    engine = Engine(Pages(), reports=[Report("under-way", Figures(percent=50))])
    assert go_on(engine).figures.percent == 50
    assert go_on(engine) == Report("done", GOOD)
    engine.reports = [Report("failed")]
    assert go_on(engine) == Report("done", GOOD), "what has ended is not asked for again"
    assert engine.starts == [COPY.key]


@pytest.mark.parametrize("dies", [f"{before}{word}" for word in WORDS for before in ("", "-")])
def test_a_worker_that_dies_at_any_word_leads_to_one_start(dies: str) -> None:
    engine = Engine(Pages(dies=dies))
    assert to_the_end(engine).state == "done"
    assert engine.starts == [COPY.key]


@pytest.mark.parametrize("hidden", [False, True])
@pytest.mark.parametrize("fault", ["after", "killed"])
def test_an_answer_that_was_lost_after_the_start_leads_to_no_second_one(fault: str, hidden: bool) -> None:
    engine = Engine(Pages(), fault=fault, hidden=hidden)
    go_on(engine)
    for _ in range(3):
        assert not go_on(engine).over or not hidden
    engine.hidden = False
    assert to_the_end(engine).state == "done"
    assert engine.starts == [COPY.key]


def test_what_never_arrived_is_sent_again_after_it_would_have_been_seen() -> None:
    engine = Engine(Pages(), fault="before")
    for _ in range(5):
        assert go_on(engine).state == "sent"
        assert engine.starts == []
    assert to_the_end(engine).state == "done"
    assert engine.starts == [COPY.key]


def test_what_may_have_arrived_too_often_is_given_up_and_says_so() -> None:
    engine = Engine(Pages(), hidden=True, fault="after")
    report = Report("sent")
    while not report.over:
        engine.fault = "after"
        report = go_on(engine)
    assert len(engine.starts) == 2
    assert "did not answer" in report.says


def test_what_arrived_and_is_not_seen_is_never_sent_again() -> None:
    engine = Engine(Pages(), hidden=True)
    report = to_the_end(engine)
    assert (report.state, engine.starts) == ("failed", [COPY.key])
    assert "the key is in the name" in report.says


def test_a_refusal_is_tried_again_and_then_believed() -> None:
    engine = Engine(Pages())
    said = []
    for _ in range(3):
        engine.fault = "refused"
        said.append(go_on(engine))
    assert [one.state for one in said] == ["sent", "sent", "failed"]
    assert said[-1].says == "no such thing"
    assert engine.starts == []


def test_a_limit_is_waited_for_however_long_it_takes() -> None:
    engine = Engine(Pages(), fault="limited")
    assert {go_on(engine).state for _ in range(20)} == {"sent"}
    engine.fault = ""
    assert to_the_end(engine).state == "done"


def test_two_workers_at_once_send_it_once() -> None:
    engine = Engine(Pages(), hidden=True)
    first, second = engine.carrier(), engine.carrier()
    first.carry(COPY)
    second.carry(COPY)
    assert engine.starts == [COPY.key]


@pytest.mark.parametrize(
    ("figures", "says"),
    [
        (Figures(), "without saying rows and failing and written"),
        (Figures(rows=10, written=8, failing=1), "do not add up"),
        (Figures(rows=10, written=8, failing=2), "2 rows cannot be migrated (0 allowed)"),
    ],
)
def test_an_end_whose_figures_are_not_in_order_is_a_failure(figures: Figures, says: str) -> None:
    report = to_the_end(Engine(Pages(), reports=[Report("done", figures)]))
    assert report.state == "failed"
    assert says in report.says


def test_rows_may_stay_behind_where_that_is_allowed() -> None:
    engine = Engine(Pages(), reports=[Report("done", Figures(rows=10, written=8, failing=2))])
    assert engine.carrier(allowed=None).carry(COPY).state == "done"


def test_what_takes_too_long_is_stopped_and_says_why() -> None:
    engine = Engine(Pages(), reports=[Report("under-way")] * 40)
    engine.carrier(deadline=timedelta(minutes=30)).carry(COPY)
    engine.pages.now += timedelta(minutes=31)
    assert not engine.carrier(deadline=timedelta(minutes=30)).carry(COPY).over
    assert engine.stopped == [COPY.key]
    assert "longer than" in to_the_end(engine).says


def test_an_errand_is_stopped_once_it_is_seen_and_not_at_all_where_it_never_began() -> None:
    engine = Engine(Pages(), hidden=True)
    assert engine.carrier().halt(COPY, "abort") is None
    go_on(engine)
    waits = engine.carrier().halt(COPY, "abort")
    assert waits is not None
    assert not waits.over
    engine.hidden = False
    stopped = engine.carrier().halt(COPY, "aborted by rosa")
    assert stopped == Report("failed", says="aborted by rosa")
    assert go_on(engine) == stopped


def test_an_errand_of_another_machine_is_left_to_it() -> None:
    engine = Engine(Pages(), where="here", reports=[Report("under-way")] * 9)
    go_on(engine)
    engine.where = "there"
    assert "another machine" in go_on(engine).says
    assert engine.starts == [COPY.key]
    engine.pages.now += timedelta(days=2)
    assert "not heard of" in go_on(engine).says
