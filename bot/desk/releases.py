"""`concordat releases plan`: the dates of a release at a desk, without the App: what is legal, and who is told when."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import TextIO

from bot.clock import system_clock
from bot.desk.check import ACCEPTABLE, SEVERE
from bot.desk.partners import read_partners
from bot.errors import UsageError
from notices.escape import visible
from rules.clock import show
from rules.contract import Config, Contract
from rules.jsontext import dumps
from rules.partners import Party, parties
from rules.release import Earliest, Terms, plan, refused
from rules.release_obligations import STEPS
from rules.release_plan import first_day


def releases(arguments: argparse.Namespace, out: TextIO) -> int:
    """Print the plan of a release of a contract, were it announced now; 1 where its day cannot be promised."""
    config, book = read_partners(arguments.repo)
    contract = _contract(config, arguments.contract)
    terms = Terms(arguments.kind, contract.policy.zone)
    told = parties(contract, book)
    first = first_day(terms, told, (), _now(arguments))
    if first is None:
        raise UsageError(
            f"nobody depends on {contract.name} by contracts.yml, so there is nobody to tell: it goes live when its "
            "pull request is merged"
        )
    day = arguments.date or first.day
    objection = refused(day, first)
    if arguments.format == "json":
        out.write(dumps(_json(terms, day, first, told, objection), indent=2) + "\n")
    else:
        out.writelines(f"{visible(line)}\n" for line in _lines(terms, day, first, told, objection))
    return ACCEPTABLE if objection is None else SEVERE


def _now(arguments: argparse.Namespace) -> datetime:
    now = system_clock()
    if arguments.announced is None:
        return now
    return max(now, Terms(arguments.kind, "UTC").instant(arguments.announced))


def _contract(config: Config, name: str) -> Contract:
    found = next((one for one in config.contracts if one.name == name), None)
    if found is None:
        known = ", ".join(one.name for one in config.contracts[:20]) or "none"
        raise UsageError(f"contracts.yml has no contract {name}; it has: {known}")
    return found


def _lines(terms: Terms, day: date, first: Earliest, told: Sequence[Party], objection: str | None) -> Iterator[str]:
    yield f"first day that can be promised: {first.day}"
    yield f"  {first.bounds[0].sentence}"
    if objection is not None:
        yield objection
        return
    yield f"goes live: {show(terms.instant(day), terms.place)}"
    for one in plan(terms, day):
        yield f"  {one.name}: {one.what}, {show(one.at, terms.place)}"
    for party in told:
        ways = ", ".join(party.profile.channels) or "no contact is known"
        yield f"{party.title} ({party.access}, {party.profile.criticality}): {ways}"
        for step in STEPS[terms.kind]:
            at = _at(terms, day, party, step.days)
            yield f"  {step.kind.removeprefix('release.').replace('_', ' ')}: {show(at, terms.place)}"


def _at(terms: Terms, day: date, party: Party, days: int) -> datetime:
    at = terms.instant(day - timedelta(days=days))
    return party.profile.quiet.before(at, party.profile.zone) if party.profile.quiet else at


def _json(terms: Terms, day: date, first: Earliest, told: Sequence[Party], objection: str | None) -> dict[str, object]:
    return {
        "kind": terms.kind, "day": str(day), "go_live": terms.instant(day).isoformat(), "first_day": str(first.day),
        "why": [one.sentence for one in first.bounds], "refused": objection,
        "milestones": [{"name": one.name, "what": one.what, "at": one.at.isoformat()} for one in plan(terms, day)],
        "partners": [
            {
                "name": party.name, "access": party.access, "criticality": party.profile.criticality,
                "channels": list(party.profile.channels),
                "notices": [
                    {"kind": step.kind, "at": _at(terms, day, party, step.days).isoformat()}
                    for step in STEPS[terms.kind]
                ],
            }
            for party in told
        ],
    }  # fmt: skip
