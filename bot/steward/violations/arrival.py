"""What monitoring reports, as it arrives: a violation of a contract, or a report that nothing can be made of."""

from __future__ import annotations

import logging
from collections.abc import Iterator

from bot.github import shapes
from bot.steward.hints import EPOCH, Hint, Payload, place_of, text_of
from bot.steward.violations.values import RefusedTarget, ViolationTarget, job, refused_job
from bot.store.values import NewEvent
from rules import violations
from rules.violations import Report

log = logging.getLogger(__name__)


def violated(payload: Payload) -> Iterator[Hint]:
    """Keep what monitoring found in production, and ask for the contract that it breaks.

    A report that cannot be read is kept too, and whoever sent it is told.
    """
    told = payload.get("client_payload")
    try:
        report = violations.read(told if isinstance(told, dict) else {})
    except ValueError as error:
        yield _refused(payload, str(error) if isinstance(told, dict) else "`client_payload` is an object")
    else:
        yield _reported(payload, report)


def _reported(payload: Payload, report: Report) -> Hint:
    place, who = place_of(payload), shapes.actor(dict(payload), "sender")
    branch = text_of(payload["repository"]["default_branch"])
    target = ViolationTarget(place.installation, place.repository_id, place.repository, branch, report.contract)
    log.info(
        "production data breaks a contract",
        extra={"action": "violation", "stream": target.stream, "type": report.type, "missing": list(report.fields),
               "schemaVersion": report.version},
    )  # fmt: skip
    body = {**violations.body(report), "login": who.login}
    return Hint(job(target), of=target, fact=NewEvent(violations.REPORTED, "", EPOCH, body, who.id))


def _refused(payload: Payload, reason: str) -> Hint:
    place, who = place_of(payload), shapes.actor(dict(payload), "sender")
    target = RefusedTarget(place.installation, place.repository_id, place.repository)
    log.warning(
        "a report of a violation cannot be read",
        extra={"action": "violation.refused", "stream": target.stream, "reason": reason},
    )
    body = {"reason": reason, "login": who.login}
    return Hint(refused_job(target), of=target, fact=NewEvent(violations.REFUSED, "", EPOCH, body, who.id))
