"""What the steward remembers of its own writes, so that an ordinary push costs few requests.

It is a cache in the store: whatever is missing, older than `TRUSTED`, in doubt or being written is read from GitHub
again, and so is everything where a thorough look is asked for (by the sweep, and by events that tell of others' hands
on our comment or check). Before a write what is known becomes unknown, and it is known again once GitHub has answered:
an answer that is lost, or a process that is killed, leaves doubt and never a wrong belief.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

from bot.github.values import CheckRun
from bot.steward.values import CHECK_NAME, Remembered, Target
from bot.store import Store
from bot.store.transaction import Transaction
from rules.jsontext import dumps

TRUSTED = timedelta(hours=2)
"""The sweep looks thoroughly more often than this, so what is older comes from a time when nobody swept."""

_THOROUGH = "pull.thorough"
_PULL = "pull.known"
_CHECKS = "head.checks"
_IN_DOUBT = ""
_DONE = "-"


def ask_thorough(transaction: Transaction, target: Target, why: str, now: datetime) -> None:
    """Have the next examination read everything again; `why` is unique, so that no later one is taken for done."""
    transaction.remember(_THOROUGH, target.stream, why, now)


class Memory:
    """What is known of one pull request during one examination of it."""

    def __init__(self, store: Store, target: Target, now: datetime) -> None:
        self._store = store
        self._target = target
        self._now = now
        self._head: str | None = None
        self._token: str | None = None
        with store.reading() as transaction:
            why = transaction.recall(_THOROUGH, target.stream)
            self._why = None if why == _DONE else why
            known = transaction.recall(_PULL, target.stream)
        self.been_here = known is not None
        """Whether there may be a comment or a check of ours, however long ago they were written."""
        self.remembered: Remembered | None = None if self._why else _remembered(known, now)
        """What the last look left; `None` where everything has to be read."""

    def checks(self, head_sha: str) -> tuple[CheckRun, ...] | None:
        """Give our check runs of a head; `None` where they have to be read.

        A head that nobody here has written to has none, if the pull request had another head when it was last looked
        at.
        """
        with self._store.reading() as transaction:
            self._head, self._token = head_sha, transaction.recall(_CHECKS, self._key(head_sha))
        if self.remembered is None:
            return None
        if self._token is None:
            return None if self.remembered.head_sha == head_sha else ()
        return _runs(head_sha, self._token)

    def forget(self) -> None:
        """Believe nothing of what was remembered, since some of it turned out to be otherwise."""
        self.remembered = None

    def doubt(self, head_sha: str, transaction: Transaction) -> bool:
        """Say that writes begin; false where somebody else has written to this head since it was looked at."""
        if self._head == head_sha and transaction.recall(_CHECKS, self._key(head_sha)) != self._token:
            return False
        transaction.remember(_PULL, self._target.stream, _IN_DOUBT, self._now)
        transaction.remember(_CHECKS, self._key(head_sha), _IN_DOUBT, self._now)
        return True

    def keep(
        self,
        head_sha: str,
        comment: int | None,
        says: str | None,
        checks: tuple[CheckRun, ...],
        transaction: Transaction,
    ) -> None:
        """Remember what is there now, after all writes have been answered."""
        read_at = self.remembered.read_at if self.remembered else self._now
        body = {"head_sha": head_sha, "comment": comment, "says": says, "read_at": read_at.isoformat()}
        runs = [[run.id, run.external_id, run.status, run.conclusion] for run in checks]
        transaction.remember(_PULL, self._target.stream, dumps(body), self._now)
        transaction.remember(_CHECKS, self._key(head_sha), dumps({"runs": runs}), self._now)
        self._thoroughly_done(transaction)

    def _thoroughly_done(self, transaction: Transaction) -> None:
        # What was asked for meanwhile stays asked for.
        if self._why is not None and transaction.recall(_THOROUGH, self._target.stream) == self._why:
            transaction.remember(_THOROUGH, self._target.stream, _DONE, self._now)

    def _key(self, head_sha: str) -> str:
        return f"{self._target.repository_id}:{head_sha}"


def _remembered(text: str | None, now: datetime) -> Remembered | None:
    body = _object(text)
    try:
        read_at = datetime.fromisoformat(body["read_at"])
        found = Remembered(body["head_sha"], body["comment"], body["says"], read_at)
    except (KeyError, TypeError, ValueError):
        return None
    return found if timedelta() <= now - read_at < TRUSTED else None


def _runs(head_sha: str, text: str) -> tuple[CheckRun, ...] | None:
    runs = _object(text).get("runs")
    return None if runs is None else tuple(_run(head_sha, *one) for one in runs)


def _run(head_sha: str, number: int, external_id: str, status: str, conclusion: str | None) -> CheckRun:
    return CheckRun(number, CHECK_NAME, head_sha, status, conclusion, external_id, title="", summary="")


def _object(text: str | None) -> dict[str, Any]:
    try:
        found = json.loads(text or "")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
