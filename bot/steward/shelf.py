"""What is kept of a pull request for those who look at pages: its report, the rules behind it, and a summary.

All of it can be made again from GitHub and the log, and is, at every examination.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from bot.github.values import PullRequest
from bot.store.transaction import Transaction
from notices import home, pages, why
from notices.values import Context
from rules.review import Review

REPORT, RULES, SUMMARY = "report", "why", "summary"
"""What the texts are remembered under; the stream of the pull request is the key."""


def texts(pull: PullRequest, reviews: Sequence[Review], context: Context) -> Mapping[str, str]:
    """Write what the pages about a pull request show; nothing of one that is closed, or changes nothing any more."""
    if not reviews or pull.state != "open":
        return {}
    return {
        REPORT: pages.report(reviews, context),
        RULES: why.render(reviews, context),
        SUMMARY: home.summary(reviews, context, pull.title),
    }


def keep(transaction: Transaction, stream: str, written: Mapping[str, str], now: datetime) -> None:
    """Keep these texts of a pull request; where there are none, that it is closed."""
    if not written:
        put_away(transaction, stream, now)
    for kind, text in written.items():
        transaction.remember(kind, stream, text, now)


def put_away(transaction: Transaction, stream: str, now: datetime) -> None:
    """Take a pull request off the list of open reviews; its report stays."""
    known = transaction.recall(SUMMARY, stream)
    if known is not None and home.read(known).open:
        transaction.remember(SUMMARY, stream, home.closed(known), now)
