"""`concordat inbox` and `concordat jobs`: what an operator sees of the table of jobs, and may do about it.

They read the same DATABASE_URL as the server and work beside it. Nothing here prints a secret: texts of errors, and the
body of a delivery where it is asked for, are blotted as the log is.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, TextIO

from bot import logs
from bot.clock import system_clock
from bot.errors import UsageError
from bot.settings.table import TABLE
from bot.store import Store, StoreError
from bot.store.transaction import Transaction
from bot.store.values import Job
from bot.web.webhook import GUID
from notices.escape import visible

DELIVERY = "delivery"
_ABOUT = ("repository", "number", "event", "installation", "guid", "head_sha", "branch")
_LONGEST = 200
_Row = Mapping[str, Any]


def inbox(arguments: argparse.Namespace, out: TextIO) -> int:
    """List deliveries, show one by its GUID, or have a dead one done again; 1 where there is nothing to retry."""
    with opened() as store:
        return _INBOX[arguments.task](arguments, store, out)


def jobs(arguments: argparse.Namespace, out: TextIO) -> int:
    """List jobs, show one, have a dead one done again or end it for good; 1 where it is not in a state for that."""
    with opened() as store:
        return _JOBS[arguments.task](arguments, store, out)


def _list_inbox(arguments: argparse.Namespace, store: Store, out: TextIO) -> int:
    return _list(arguments, store, out, kind=DELIVERY, row=_arrival)


def _list_jobs(arguments: argparse.Namespace, store: Store, out: TextIO) -> int:
    return _list(arguments, store, out, kind=arguments.kind, row=_work)


def _list(
    arguments: argparse.Namespace, store: Store, out: TextIO, *, kind: str | None, row: Callable[[Job, datetime], _Row]
) -> int:
    state = None if arguments.state == "all" else arguments.state
    with store.reading() as transaction:
        found = transaction.list_jobs(state=state, kind=kind, limit=arguments.limit)
    rows = [row(one, system_clock()) for one in found]
    if arguments.format == "json":
        _json(out, rows)
    elif rows:
        _table(out, rows)
    else:
        out.write(_none("delivery" if kind == DELIVERY else "job", state))
    return 0


def _none(what: str, state: str | None) -> str:
    if state is None:
        return f"There is no {what}.\n"
    return f"No {what} is {state}; --state all lists those of every state.\n"


def _show_delivery(arguments: argparse.Namespace, store: Store, out: TextIO) -> int:
    with store.reading() as transaction:
        job = _delivery(transaction, arguments.guid)
        caused = transaction.caused_by(str(job.payload.get("guid")))
    now = system_clock()
    row = {**_arrival(job, now), "error": job.error, "asked_for": [_work(one, now) for one in caused]}
    _write_one(arguments, out, row | ({"body": job.raw} if arguments.body else {}))
    return 0


def _show_job(arguments: argparse.Namespace, store: Store, out: TextIO) -> int:
    with store.reading() as transaction:
        job = _job(transaction, arguments.id)
    more = {"pool": job.pool, "lane": job.lane, "delivery": job.cause, "ended": _moment(job.ended_at)}
    _write_one(arguments, out, {**_work(job, system_clock()), **more, "error": job.error})
    return 0


def _retry_delivery(arguments: argparse.Namespace, store: Store, out: TextIO) -> int:
    with store.reading() as transaction:
        job = _delivery(transaction, arguments.guid)
    return _again(store, job, out, f"delivery {arguments.guid}")


def _retry_job(arguments: argparse.Namespace, store: Store, out: TextIO) -> int:
    with store.reading() as transaction:
        job = _job(transaction, arguments.id)
    return _again(store, job, out, f"job {job.job_id}")


def _again(store: Store, job: Job, out: TextIO, name: str) -> int:
    now = system_clock()
    with store.transaction() as transaction:
        done = transaction.revive(job.job_id, now) or transaction.hasten(job.job_id, now)
    if done:
        out.write(f"The {name} will be done again now.\n")
        return 0
    state = _state(job, now)
    out.write(f"The {name} is {state}: only what is dead, or waits to be tried again, can be retried.\n")
    return 1


def _drop(arguments: argparse.Namespace, store: Store, out: TextIO) -> int:
    reason = arguments.reason.strip()
    if not reason:
        raise UsageError("say why it is dropped: concordat jobs drop ID --reason TEXT; the reason is kept with the job")
    now = system_clock()
    with store.transaction() as transaction:
        job = _job(transaction, arguments.id)
        dropped = transaction.end(job.job_id, now, f"dropped by an operator at {_moment(now)}: {reason}")
    if not dropped:
        out.write(f"Job {job.job_id} is {_state(job, now)}: only what is dead or waiting can be dropped.\n")
        return 1
    out.write(f"Job {job.job_id} is dropped, and will not be done.\n")
    return 0


_Task = Callable[[argparse.Namespace, Store, TextIO], int]
_INBOX: Mapping[str, _Task] = {"list": _list_inbox, "show": _show_delivery, "retry": _retry_delivery}
_JOBS: Mapping[str, _Task] = {"list": _list_jobs, "show": _show_job, "retry": _retry_job, "drop": _drop}


@contextmanager
def opened() -> Iterator[Store]:
    """Open the database that the environment names, as it is, beside a running server."""
    default = next(one.default for one in TABLE if one.name == "DATABASE_URL")
    try:
        # As it is: an operator's look must not migrate the database under a running server.
        store = Store.open(os.environ.get("DATABASE_URL", "").strip() or str(default), as_it_is=True)
    except StoreError as error:
        raise UsageError(str(error)) from error
    try:
        yield store
    finally:
        store.close()


def _delivery(transaction: Transaction, guid: str) -> Job:
    if not GUID.fullmatch(guid):
        raise UsageError(f"{guid!r} is no delivery's GUID; concordat inbox list shows them, and so does GitHub")
    found = transaction.job_of(f"{DELIVERY}:{guid.lower()}")
    if found is None:
        raise UsageError(
            f"delivery {guid} is not here. GitHub shows it among the App's recent deliveries and can send it again; "
            "what was done more than 90 days ago is no longer kept"
        )
    return found


def _job(transaction: Transaction, number: int) -> Job:
    found = transaction.job(number)
    if found is None:
        raise UsageError(f"there is no job {number}; concordat jobs list --state all shows those that there are")
    return found


def _arrival(job: Job, now: datetime) -> _Row:
    return {
        "guid": job.payload.get("guid"), "event": job.payload.get("event"), "state": _state(job, now),
        "attempts": job.attempt, "received": _moment(job.enqueued_at), "why": _sentence(job),
    }  # fmt: skip


def _work(job: Job, now: datetime) -> _Row:
    told = ((name, job.payload.get(name)) for name in _ABOUT)
    about = " · ".join(f"{name} {value}" for name, value in told if isinstance(value, str | int))
    return {
        "id": job.job_id, "kind": job.kind, "state": _state(job, now), "attempts": job.attempt, "about": about,
        "asked": _moment(job.enqueued_at), "due": _moment(job.due), "why": _sentence(job),
    }  # fmt: skip


def _state(job: Job, now: datetime) -> str:
    if job.state != "open":
        return job.state
    if job.leased_until is not None and job.leased_until > now:
        return "running"
    return "waiting" if job.due is not None and job.due > now else "due"


def _sentence(job: Job) -> str:
    return job.error.partition("\n")[0][:_LONGEST]


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat(timespec="seconds")


def _write_one(arguments: argparse.Namespace, out: TextIO, row: _Row) -> None:
    if arguments.format == "json":
        _json(out, row)
        return
    for name, value in row.items():
        if isinstance(value, list):
            out.write(f"{name.replace('_', ' ')}:\n" if value else "")
            _table(out, value)
        elif value not in {None, ""}:
            text = _plain(value, keep="\n").rstrip().replace("\n", "\n  ")
            out.write(f"{name}: {text}\n")


def _json(out: TextIO, data: object) -> None:
    out.write(json.dumps(_blotted(data), indent=2, ensure_ascii=False) + "\n")


def _table(out: TextIO, rows: Sequence[_Row]) -> None:
    if not rows:
        return
    lines = [list(rows[0]), *([_plain("" if cell is None else cell) for cell in row.values()] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        cells = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        out.write("  ".join(cells).rstrip() + "\n")


def _plain(value: object, keep: str = "") -> str:
    return visible(_blot(str(value)), keep=keep)


def _blotted(data: Any) -> Any:
    if isinstance(data, Mapping):
        return {name: _blotted(value) for name, value in data.items()}
    if isinstance(data, list):
        return [_blotted(value) for value in data]
    return _blot(data) if isinstance(data, str) else data


def _blot(text: str) -> str:
    secret = (os.environ.get(one.name, "") for one in TABLE if one.secret)
    return logs.blot(text, [one for one in secret if one])
