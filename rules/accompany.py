"""What must accompany a change and does not: the to-dos of its author, as the class of the change asks for them.

Two files compared at a desk stand in no configuration, and nothing has to accompany them.
"""

from __future__ import annotations

from datetime import datetime

from rules import grace
from rules.assessment import Assessment
from rules.clock import utc
from rules.documents import Problem
from rules.review_ledger import Ledger


def missing(assessment: Assessment, *, now: datetime, ledger: Ledger | None) -> tuple[Problem, ...]:
    """List what is still to be brought, as of an aware instant.

    `ledger` is what the log says, `None` where nobody reviews: then nothing that only people can say is asked for. A
    critical fix is accompanied by its incident alone.
    """
    contract = assessment.change.contract
    if contract.line is None or assessment.comparison is None or (ledger is not None and ledger.emergency is not None):
        return ()
    return grace.problems(assessment, utc(now).date())
