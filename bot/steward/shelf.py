"""What is kept of a pull request for those who look at pages: its report, the rules behind it, and a summary.

All of it can be made again from GitHub and the log, and is, at every examination.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.github.values import PullRequest
from bot.store import Store
from bot.store.transaction import Transaction
from notices import home, pages, why
from notices.values import Context
from rules.review import Review

REPORT, RULES, SUMMARY = "report", "why", "summary"
"""What the texts are remembered under; the stream of the pull request is the key."""


def keep(  # noqa: PLR0913, PLR0917 what an examination found, and where it goes
    store: Store, stream: str, pull: PullRequest, reviews: Sequence[Review], context: Context, now: datetime
) -> None:
    """Keep what the pages about a pull request show; of one that is closed, or changes nothing any more, that it is."""
    if not reviews or pull.state != "open":
        with store.transaction() as transaction:
            put_away(transaction, stream, now)
        return
    texts = {
        REPORT: pages.report(reviews, context),
        RULES: why.render(reviews, context),
        SUMMARY: home.summary(reviews, context, pull.title),
    }
    with store.transaction() as transaction:
        for kind, text in texts.items():
            transaction.remember(kind, stream, text, now)


def put_away(transaction: Transaction, stream: str, now: datetime) -> None:
    """Take a pull request off the list of open reviews; its report stays."""
    known = transaction.recall(SUMMARY, stream)
    if known is not None and home.read(known).open:
        transaction.remember(SUMMARY, stream, home.closed(known), now)
