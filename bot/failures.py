"""Failures in the log: an outage elsewhere takes one line, what nobody foresaw brings its traceback."""

from __future__ import annotations

import logging
from typing import Any

from bot.github.errors import BadAnswer, GitHubError
from bot.store.errors import is_outage
from notices.channels.contract import NotDeliveredError

_LONGEST = 300


def tell(log: logging.Logger, level: int, what: str, failure: BaseException, facts: dict[str, Any]) -> None:
    """Write what failed, and why, on one line; the traceback goes with it where nobody foresaw the failure."""
    log.log(level, "%s (%s)", what, brief(failure), extra=facts, exc_info=unforeseen(failure))


def unforeseen(failure: BaseException | None) -> BaseException | None:
    """Give a failure whose traceback is worth reading; of an outage elsewhere the sentence says it all."""
    chain = () if failure is None else (failure, failure.__cause__)
    return None if any(map(_foreseen, chain)) else failure


def _foreseen(failure: BaseException | None) -> bool:
    if isinstance(failure, GitHubError):
        return not isinstance(failure, BadAnswer)
    return isinstance(failure, NotDeliveredError) or (failure is not None and is_outage(failure))


def brief(failure: BaseException) -> str:
    """Say on one line what a failure is."""
    first = next(iter(str(failure).splitlines()), "").strip()
    return f"{type(failure).__name__}: {first[:_LONGEST]}" if first else type(failure).__name__
