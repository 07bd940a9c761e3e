"""What the log says of failures: a line for an outage elsewhere, the traceback for what nobody foresaw."""

from __future__ import annotations

import logging
import sqlite3

import pytest
from sqlalchemy.exc import OperationalError

from bot.failures import brief, tell, unforeseen
from bot.github.errors import BadAnswer, NotFound, Unavailable
from bot.steward.apply import CommentUnwritten
from bot.store.errors import StoreError
from notices.channels.contract import TransientError

log = logging.getLogger(__name__)


def caused(failure: Exception, by: Exception) -> Exception:
    failure.__cause__ = by
    return failure


@pytest.mark.parametrize(
    "failure",
    [
        Unavailable("no answer from GitHub", request="GET /app"),
        NotFound("GitHub has nothing there for us", request="GET /app", status=404),
        caused(CommentUnwritten("no answer"), Unavailable("no answer from GitHub")),
        TransientError("the mail server does not answer"),
        OperationalError("SELECT 1", {}, sqlite3.OperationalError("disk I/O error")),
        sqlite3.OperationalError("database is locked"),
        StoreError("the database's file was moved"),
    ],
    ids=lambda failure: type(failure).__name__,
)
def test_an_outage_elsewhere_takes_one_line(failure: Exception, caplog: pytest.LogCaptureFixture) -> None:
    tell(log, logging.WARNING, "job failed, again later", failure, {"action": "retry"})
    (line,) = caplog.records
    assert line.exc_info is None
    assert line.getMessage().startswith(f"job failed, again later ({type(failure).__name__}: ")
    assert "\n" not in line.getMessage()


@pytest.mark.parametrize("failure", [KeyError("head"), BadAnswer("GitHub's answer has no head.sha")], ids=repr)
def test_what_nobody_foresaw_brings_its_traceback(failure: Exception) -> None:
    assert unforeseen(failure) is failure


def test_no_failure_is_none() -> None:
    assert unforeseen(None) is None
    assert brief(ValueError()) == "ValueError"
